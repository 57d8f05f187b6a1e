"""The part of an audit that derives bounds again: certificates, and blocking pairs of the stable order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.plan import PlanDuals, PlanSideDuals, PlanTier
from matcher.planning.pairs.audit.certificate import EveryPair, read_duals, read_side_duals
from matcher.planning.words import tier_words
from solvers.faults import InstanceError
from solvers.pairs.check.audit import blocking_pairs
from solvers.pairs.check.bound import bound_from_duals
from solvers.pairs.check.side_bound import closed_tiers, held_values, side_bounds
from solvers.pairs.edges import Edges, Index
from solvers.pairs.flow.certificate import flow_value
from solvers.pairs.flow.network import build_network
from solvers.pairs.instance import Order

if TYPE_CHECKING:
    from matcher.domain.plan import PairsPlan
    from matcher.planning.findings import AuditReport
    from matcher.planning.pairs.instance import Prepared
    from solvers.pairs.instance import PairsInstance
    from solvers.pairs.solution import SideDuals


def audit_bounds(
    out: AuditReport,
    plan: PairsPlan,
    prepared: Prepared,
    instance: PairsInstance,
    edges: Edges,
    sample: int | None,
    seed: int,
) -> None:
    """Derive the bound of each tier from the duals, and object where the result claims a better one."""
    learners = _sample(instance, sample, seed)
    if instance.order is Order.STABLE or plan.blocking_pairs is not None:
        found = blocking_pairs(instance, edges, prepared.wishes)
        out.compare("blocking", "blocking_pairs", plan.blocking_pairs, found)
        out.checked.append(("blocking pairs", f"{found:,} over all eligible pairs"))
    if instance.order is Order.STABLE:
        return
    every = EveryPair(prepared.candidates, learners)
    derive = _Deriver(out, instance, edges, every, learners)
    if instance.order is Order.FLOOR:
        _floor(out, plan, derive)
    else:
        bounds = derive(plan.duals, "duals")
        if bounds is not None:
            _compare(out, plan.tiers, _closer(plan, bounds, derive), derive)
        elif any(tier.bound is not None for tier in plan.tiers) and plan.duals is None:
            out.object("duals", "", "bounds are given without any certificate")
    if bounds_derived := derive.passes:
        how = (
            "every eligible pair"
            if learners is None
            else f"a sample: the pairs of {len(learners):,} learners"
        )
        out.checked.append(
            ("bounds", f"from the duals over {how} ({every.count:,} pairs, {bounds_derived} passes)")
        )
        if learners is None:
            said = plan.effort.counts.get("eligible_pairs")
            if said is not None:
                out.compare("counts", "effort.counts.eligible_pairs", said, every.count)


def _sample(instance: PairsInstance, sample: int | None, seed: int) -> Index | None:
    """Numbers of the learners to look at; None for all of them."""
    if sample is None or sample >= instance.n_learners:
        return None
    drawn = np.random.default_rng(seed).choice(instance.n_learners, sample, replace=False)
    return np.sort(drawn).astype(np.int32)


class _Deriver:
    """Bounds from one set of duals after the other."""

    def __init__(
        self,
        out: AuditReport,
        instance: PairsInstance,
        edges: Edges,
        every: EveryPair,
        learners: Index | None,
    ) -> None:
        self._out, self._instance, self._edges = out, instance, edges
        self._every, self._learners = every, learners
        self._nodes = build_network(instance)
        self.passes = 0

    def __call__(self, duals: PlanDuals | None, name: str) -> dict[str, int] | None:
        """Tier name -> bound; None without duals, or where they do not fit (which is objected to)."""
        if duals is None:
            return None
        arrays = read_duals(duals, self._instance, self._nodes.node_names)
        if isinstance(arrays, str):
            self._out.object("duals", name, arrays)
            return None
        try:
            bounds = bound_from_duals(
                self._instance,
                arrays,
                None if self._learners is None else self._learners.tolist(),
                self._edges,
                self._every.blocks(),
            )
        except InstanceError as error:
            self._out.object("duals", name, str(error))
            return None
        self.passes += 1
        return dict(zip(duals.tiers, bounds, strict=True))

    def side(self, certificates: Sequence[PlanSideDuals], value: list[int]) -> list[dict[str, int]]:
        """Per certificate, tier name -> bound by prices on rules beside the flow, for an answer of `value`
        (its tiers, in units of flow); nothing where one does not fit, which is objected to."""
        names, sides = [tier.name for tier in self._nodes.tiers], []
        for one in certificates:
            arrays = read_side_duals(one, self._instance, self._nodes.node_names)
            if isinstance(arrays, str):
                self._out.object("duals", "side_duals", arrays)
                return []
            held = held_values(arrays)
            if any(name not in names or value[names.index(name)] < least for name, least in held.items()):
                self._out.object("duals", "side_duals", "tiers are held at more than the result reaches")
                return []
            sides.append(arrays)
        if not sides:
            return []
        learners = None if self._learners is None else self._learners.tolist()
        try:
            bounds = side_bounds(self._instance, sides, learners, self._edges, self._every.blocks())
        except InstanceError as error:
            self._out.object("duals", "side_duals", str(error))
            return []
        self.passes += 1
        return [self._told(side, bound, value) for side, bound in zip(sides, bounds, strict=True)]

    def _told(self, side: SideDuals, bound: list[int], value: list[int]) -> dict[str, int]:
        specs = self._nodes.tiers[len(value) - len(bound) :]
        told = closed_tiers(side, bound, value[len(value) - len(bound) :])
        return {spec.name: spec.offset + spec.sign * one for spec, one in zip(specs, told, strict=False)}

    def flow_value(self) -> list[int]:
        """The tiers of the result's pairs in units of flow."""
        value: list[int] = flow_value(self._nodes, self._instance, self._edges).tolist()
        return value

    @property
    def searched(self) -> bool:
        """Whether rules beside the circulation hold, so that a bound may come from a search."""
        one = self._instance
        side = one.budgets or not one.both_ways or one.most_broken is not None or one.all_or_nothing
        return bool(side or self._nodes.side_quotas or one.floor_on == "sum")

    def points_cap(self) -> int | None:
        """The bound on points that needs no duals: everybody's best pair as often as wanted."""
        if self._learners is not None or not self.passes:
            return None
        one = self._instance
        best = self._every.best.copy()
        for fixed in (one.pinned, one.previous):
            np.maximum.at(best, fixed.learner, fixed.points)
        bonus = one.bonus * len(one.previous) if one.changes == "bonus" else 0
        return int((best * one.need).sum()) + bonus


def _closer(plan: PairsPlan, bounds: dict[str, int], derive: _Deriver) -> dict[str, int]:
    """The bounds of an answer that keeps every rule: those of the flow's certificate up to the first tier
    that the answer leaves below (its later ones rest on that), and closer ones by prices."""
    value = {tier.name: tier.value for tier in plan.tiers}
    closer: dict[str, int] = {}
    for name, bound in bounds.items():
        closer[name] = bound
        if value.get(name) != bound:
            break
    reached = derive.flow_value()
    senses = {tier.name: tier.sense for tier in plan.tiers}
    for found in derive.side(plan.side_duals, reached):
        for name, bound in found.items():
            best = min if senses.get(name) == "max" else max
            closer[name] = best(closer.get(name, bound), bound)
    return closer


def _compare(out: AuditReport, tiers: tuple[PlanTier, ...], bounds: dict[str, int], derive: _Deriver) -> None:
    """Each tier's bound may be weaker than the certificates', never better."""
    for tier in tiers:
        if tier.bound is None:
            if tier.proven:
                out.object("bound", tier.name, "is called proven without a bound")
            continue
        bound = bounds.get(tier.name)
        if bound is not None and (tier.bound >= bound if tier.sense == "max" else tier.bound <= bound):
            continue
        cap = derive.points_cap()
        if tier.name == "points" and not tier.proven and cap is not None and tier.bound >= cap:
            continue
        words = f"the result bounds {tier_words(tier.name)} by {tier.bound:,}, "
        words += "without a certificate" if bound is None else f"its certificate only by {bound:,}"
        if derive.searched:
            out.unchecked.append(f"{words[0].upper()}{words[1:]}: the rest was proven by search.")
        else:
            out.object("bound", tier.name, words)


def _floor(out: AuditReport, plan: PairsPlan, derive: _Deriver) -> None:
    """Order floor: the tiers before it, that no higher floor holds, and points given the floor."""
    floor = next((tier for tier in plan.tiers if tier.name == "floor"), None)
    above = tuple(tier for tier in plan.tiers if tier.name not in ("floor", "points"))
    points = tuple(tier for tier in plan.tiers if tier.name == "points")
    upper = derive(plan.upper_duals if plan.upper_duals is not None else plan.duals, "upper_duals")
    if upper is None:
        if any(tier.proven for tier in plan.tiers):
            out.object("duals", "", "tiers are called proven without a certificate")
        return
    _compare(out, above, upper, derive)
    given = derive(plan.duals, "duals") if plan.upper_duals is not None else upper
    if given is not None:
        _compare(out, points, given, derive)
    reached = floor.value if floor is not None else None
    if plan.duals is not None and reached is not None and plan.duals.least_points > reached:
        out.object("duals", "least_points", f"speaks of pairs above the floor of {reached}")
    if floor is None or not floor.proven or floor.bound is None or floor.bound >= 1000:
        return
    if plan.floor_duals is None:
        words = f"the floor of {floor.bound} is called proven without a certificate that refutes a higher one"
        if derive.searched:
            out.unchecked.append(f"{words[0].upper()}{words[1:]}.")
        else:
            out.object("bound", "floor", words)
        return
    if plan.floor_duals.least_points > floor.bound + 1:
        refuted = plan.floor_duals.least_points
        out.object("bound", "floor", f"only a floor of {refuted} is refuted, not {floor.bound + 1}")
    refutes = derive(plan.floor_duals, "floor_duals")
    if refutes is None:
        return
    for tier in above:
        bound, value = refutes[tier.name], tier.value
        if value is None or bound == value:
            continue
        if (bound < value) == (tier.sense == "max"):
            return  # a higher floor would lower this tier: refuted
        break
    out.object(
        "bound", "floor", "the certificate does not show that a higher floor would lower a tier before it"
    )

"""How an answer leaves the family: checked against its instance without the solver, with tiers and duals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.faults import UnauditedError
from solvers.pairs.check.audit import check
from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.certificate import duals_from, flow_value, tiers_from
from solvers.pairs.flow.network import Network
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import Order, PairsInstance, no_edges
from solvers.pairs.solution import Duals, PairsAnswer, SideDuals
from solvers.result import Effort, Status, Tier, status_of


def finish(
    instance: PairsInstance,
    pairs: Edges,
    tiers: tuple[Tier, ...],
    duals: Duals | None,
    effort: Effort,
    *,
    upper_duals: Duals | None = None,
    floor_duals: Duals | None = None,
    notes: tuple[str, ...] = (),
    side_duals: tuple[SideDuals, ...] = (),
) -> PairsAnswer:
    """Check an answer against its instance without the solver, and put it together."""
    with effort.phase("check"):
        broken = check(instance, pairs)
    if broken:
        raise UnauditedError("; ".join(violation.message for violation in broken[:5]))
    return PairsAnswer(
        status=status_of(tiers),
        tiers=tiers,
        pairs=pairs,
        kept=_among(instance, pairs, instance.previous),
        pinned=_among(instance, pairs, instance.pinned),
        duals=duals,
        effort=effort,
        upper_duals=upper_duals,
        floor_duals=floor_duals,
        notes=notes,
        side_duals=side_duals,
    )


def answer_from(
    instance: PairsInstance, network: Network, pairs: Edges, bound: IntArray | None, flow: PricedFlow
) -> PairsAnswer:
    """The answer made of `pairs`, with the bounds of a flow (in its units), which the floor order lacks
    from the floor on."""
    value = flow_value(network, instance, pairs)
    tiers = tiers_from(network, value, bound, points_cap(instance, flow))
    if instance.order is Order.FLOOR:
        reached = floor_reached(instance, pairs)
        unproven = Tier("floor", "max", reached, None, False, "the time ran out before the floor was raised")
        last = tiers[-1]
        tiers = (
            *tiers[:-1],
            unproven,
            Tier(last.name, last.sense, last.value, None, False, unproven.condition),
        )
    return finish(instance, pairs, tiers, duals_from(network, flow.proof), flow.effort)


def new_floor(instance: PairsInstance, pairs: Edges) -> int | None:
    """Lowest points of a pair that is neither pinned nor previous; None without one."""
    fresh = ~old_flags(instance, pairs)
    return int(pairs.points[fresh].min()) if fresh.any() else None


def floor_reached(instance: PairsInstance, pairs: Edges) -> int | None:
    """The floor of an answer, on pairs or on sums (see `check.score.floor_of`)."""
    if instance.floor_on == "pair":
        return new_floor(instance, pairs)
    sums = np.bincount(pairs.learner, pairs.points, minlength=instance.n_learners)
    placed = np.unique(pairs.learner)
    return int(sums[placed].min()) if len(placed) else None


def old_flags(instance: PairsInstance, pairs: Edges) -> NDArray[np.bool_]:
    """Which pairs are previous or pinned."""
    return _among(instance, pairs, instance.previous) | _among(instance, pairs, instance.pinned)


def points_cap(instance: PairsInstance, flow: PricedFlow) -> int | None:
    """A bound on points that rests on nothing: every learner gets their best pair as often as they want
    one."""
    if flow.best is None:
        return None
    best = flow.best.copy()
    for edges in (instance.pinned, instance.previous):
        np.maximum.at(best, edges.learner, edges.points)
    bonus = instance.bonus * len(instance.previous) if instance.changes == "bonus" else 0
    return int((best * instance.need).sum()) + bonus


def _keys(instance: PairsInstance, edges: Edges) -> IntArray:
    keys: IntArray = edges.learner.astype(np.int64) * max(1, instance.n_guides) + edges.guide
    return keys


def _among(instance: PairsInstance, pairs: Edges, others: Edges) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.isin(_keys(instance, pairs), _keys(instance, others))
    return inside


def infeasible(effort: Effort) -> PairsAnswer:
    """No answer exists; `solve` adds what contradicts itself."""
    nobody = np.zeros(0, bool)
    return PairsAnswer(Status.INFEASIBLE, (), no_edges(), nobody, nobody, None, effort)


def unknown(effort: Effort) -> PairsAnswer:
    """No answer was found within the limits."""
    nobody = np.zeros(0, bool)
    return PairsAnswer(Status.UNKNOWN, (), no_edges(), nobody, nobody, None, effort)

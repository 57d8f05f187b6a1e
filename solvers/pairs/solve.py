"""From an instance to an audited answer: the one entry of the family (see `docs/models.md` for the mathematics)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.limits import Limits
from solvers.pairs.audit import check
from solvers.pairs.certificate import duals_from, flow_value, tiers_from
from solvers.pairs.closing import close_side_constraints
from solvers.pairs.conflict import clashing_pins
from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.floor import raise_floor
from solvers.pairs.flow import OverTimeError, StuckError
from solvers.pairs.instance import Order, PairsInstance, no_edges
from solvers.pairs.network import Network, build_network
from solvers.pairs.pricing import PricedFlow
from solvers.pairs.side import broken_minimums, broken_rows
from solvers.pairs.solution import Duals, PairsAnswer
from solvers.pairs.stable import Wishes, solve_stable
from solvers.pairs.start import greedy_start
from solvers.result import Effort, Status, Tier, status_of


class UnauditedError(RuntimeError):
    """The solver's answer breaks a rule of its instance: our fault, and never handed out."""


def solve(instance: PairsInstance, limits: Limits, wishes: Wishes | None = None) -> PairsAnswer:
    """Solve one instance within the limits; every answer that leaves here has passed the solver-free check.

    `wishes` are the sides' own rankings, for the order stable only. Status infeasible comes from pinned pairs
    alone; `conflict` then names a smallest clashing set of them.
    """
    if instance.order is Order.STABLE:
        return solve_stable(instance, limits, wishes)
    effort = Effort()
    network = build_network(instance)
    flow = PricedFlow(instance, limits, effort, network=network)
    try:
        flow.optimize(limits)
    except StuckError:
        return _infeasible(instance, effort, clashing_pins(instance, limits))
    except OverTimeError:
        pass
    if flow.pairs is not None and not broken_rows(instance, network, flow.pairs):
        if not len(broken_minimums(instance, flow.pairs)):
            if instance.order is Order.FLOOR and flow.certified and instance.floor_on == "pair":
                return _with_floor(instance, network, flow, limits)
            if instance.order is not Order.FLOOR:
                return _answer(instance, network, flow.pairs, flow.bound, flow)
    if flow.certified:
        return close_side_constraints(instance, flow, limits)
    with effort.phase("start"):
        pairs = greedy_start(instance, network, flow.first)
    if pairs is None:
        clash = clashing_pins(instance, limits)
        return _infeasible(instance, effort, clash) if clash else _unknown(effort)
    return _answer(instance, network, pairs, flow.bound, flow)


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
    )


def _answer(
    instance: PairsInstance, network: Network, pairs: Edges, bound: IntArray | None, flow: PricedFlow
) -> PairsAnswer:
    value = flow_value(network, instance, pairs)
    tiers = tiers_from(network, value, bound, points_cap(instance, flow))
    if instance.order is Order.FLOOR:
        reached = new_floor(instance, pairs)
        unproven = Tier("floor", "max", reached, None, False, "the time ran out before the floor was raised")
        last = tiers[-1]
        tiers = (*tiers[:-1], unproven, Tier(last.name, last.sense, last.value, None, False, unproven.condition))
    return finish(instance, pairs, tiers, duals_from(network, flow.potentials), flow.effort)


def _with_floor(instance: PairsInstance, network: Network, base: PricedFlow, limits: Limits) -> PairsAnswer:
    assert base.pairs is not None
    floor = raise_floor(base, limits)
    chosen = floor.flow
    assert chosen.pairs is not None
    broken = broken_rows(instance, network, chosen.pairs) or len(broken_minimums(instance, chosen.pairs))
    if broken:
        return close_side_constraints(instance, base, limits)
    value = flow_value(network, instance, chosen.pairs)
    upper = tiers_from(network, value, base.bound)[:-1]
    reached = new_floor(instance, chosen.pairs)
    bound = None if reached is None else max(floor.bound, reached)
    settled = all(tier.proven for tier in upper) and reached == bound
    raised = Tier("floor", "max", reached, bound, settled)
    last = tiers_from(network, value, chosen.bound)[-1]
    if not settled:
        last = Tier(last.name, last.sense, last.value, last.bound, False, f"pairs with at least {reached} points")
    return finish(
        instance,
        chosen.pairs,
        (*upper, raised, last),
        duals_from(network, chosen.potentials, chosen.least_points),
        base.effort,
        upper_duals=duals_from(network, base.potentials),
        floor_duals=floor.refuted,
    )


def new_floor(instance: PairsInstance, pairs: Edges) -> int | None:
    """Lowest points of a pair that is neither pinned nor previous; None without one."""
    fresh = ~np.isin(_keys(instance, pairs), _keys(instance, _old(instance, pairs)))
    return int(pairs.points[fresh].min()) if fresh.any() else None


def _old(instance: PairsInstance, pairs: Edges) -> Edges:
    old = _among(instance, pairs, instance.previous) | _among(instance, pairs, instance.pinned)
    return Edges(pairs.learner[old], pairs.guide[old], pairs.points[old])


def points_cap(instance: PairsInstance, flow: PricedFlow) -> int | None:
    """A bound on points that rests on nothing: every learner gets their best pair as often as they want one."""
    if flow.first is None:
        return None
    best = np.zeros(instance.n_learners, np.int64)
    for edges in (flow.first, instance.pinned, instance.previous):
        np.maximum.at(best, edges.learner, edges.points)
    bonus = instance.bonus * len(instance.previous) if instance.changes == "bonus" else 0
    return int((best * instance.need).sum()) + bonus


def _keys(instance: PairsInstance, edges: Edges) -> IntArray:
    keys: IntArray = edges.learner.astype(np.int64) * max(1, instance.n_guides) + edges.guide
    return keys


def _among(instance: PairsInstance, pairs: Edges, others: Edges) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.isin(_keys(instance, pairs), _keys(instance, others))
    return inside


def _infeasible(instance: PairsInstance, effort: Effort, clash: tuple[str, ...]) -> PairsAnswer:
    nobody = np.zeros(0, bool)
    return PairsAnswer(Status.INFEASIBLE, (), no_edges(), nobody, nobody, None, effort, conflict=clash)


def _unknown(effort: Effort) -> PairsAnswer:
    nobody = np.zeros(0, bool)
    return PairsAnswer(Status.UNKNOWN, (), no_edges(), nobody, nobody, None, effort)

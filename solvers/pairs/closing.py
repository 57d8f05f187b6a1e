"""Answers under side constraints, which no flow holds: from the relaxed optimum to a proven one."""

from __future__ import annotations

import numpy as np

from solvers.limits import Limits
from solvers.pairs.answer import answer_from, finish, floor_reached, infeasible, points_cap, unknown
from solvers.pairs.certificate import duals_from, flow_value
from solvers.pairs.climb import NOBODY, Climb, Climber
from solvers.pairs.edges import Edges, PriceView
from solvers.pairs.instance import Order, PairsInstance
from solvers.pairs.pricing import PricedFlow
from solvers.pairs.solution import PairsAnswer
from solvers.pairs.start import greedy_start
from solvers.result import Tier

ALL_AT_ONCE = 60_000
"""Up to so many eligible pairs, the integer program sees them all."""


def close_side_constraints(instance: PairsInstance, relaxed: PricedFlow, limits: Limits) -> PairsAnswer:
    """An answer that keeps every rule, proven where that can be done in time.

    `relaxed` is the certified optimum without the side constraints; its bound and its duals stay true.
    """
    effort, network = relaxed.effort, relaxed.network
    with effort.phase("start"):
        start = greedy_start(instance, network, relaxed.first)
    pairs = all_pairs(instance)
    assert pairs is not None
    climber = Climber(instance, network, pairs, limits, relaxed.bound)
    with effort.phase("integer programs"):
        climb = climber.upper(start)
        if climb.answer is not None and len(climb.values) == len(network.tiers) - 1:
            if instance.order is Order.FLOOR:
                climb = climber.raise_floor(climb)
            climb = climber.points(climb)
    if climb.answer is None:
        return infeasible(effort) if climb.infeasible else unknown(effort)
    return _told(instance, relaxed, climb, len(pairs), limits)


def all_pairs(instance: PairsInstance) -> Edges | None:
    """Every pair that may be used, pinned ones included; None when there are too many to list."""
    n, m = instance.n_learners, instance.n_guides
    if n * m > ALL_AT_ONCE and instance.edges.count() > ALL_AT_ONCE:
        return None
    listed = instance.edges.violated(PriceView.flat(n, m), max(1, m))
    return joined(instance, listed)


def joined(instance: PairsInstance, *lists: Edges) -> Edges:
    """The given pairs with the pinned and previous ones, each once, by learner and guide; a pin keeps its own points."""
    parts = (instance.pinned, instance.previous, *lists)
    learner, guide, points = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("learner", "guide", "points")
    )
    _, first = np.unique(learner.astype(np.int64) * max(1, instance.n_guides) + guide, return_index=True)
    return Edges(learner[first], guide[first], points[first])


def _told(
    instance: PairsInstance, relaxed: PricedFlow, climb: Climb, seen: int, limits: Limits
) -> PairsAnswer:
    """The answer with its tiers: a bound that is not the flow's own says what it rests on."""
    network, answer = relaxed.network, climb.answer
    assert answer is not None
    how = f"closed by an integer program over {seen:,} pairs"
    value = flow_value(network, instance, answer)
    flow_bound = relaxed.bound
    tiers: list[Tier] = []
    proven = True
    last = len(network.tiers) - 1
    for t, spec in enumerate(network.tiers):
        sense = "max" if spec.sign > 0 else "min"
        if t == last and instance.order is Order.FLOOR:
            reached = floor_reached(instance, answer)
            done = climb.floor is not None and climb.floor_bound is not None
            top = climb.floor_bound if done and proven else None
            closed = proven and done and climb.floor == climb.floor_bound
            limit = None if top is None or top == NOBODY else max(top, reached or 0)
            tiers.append(Tier("floor", "max", reached, limit, closed, how if closed else None))
            proven = closed
        reached = int(value[t])
        bound = climb.bounds[t] if t < len(climb.bounds) else None
        if proven and flow_bound is not None and instance.order is not Order.FLOOR and bound is None:
            bound = int(flow_bound[t])
        if not proven:
            bound = None
        closed = bound is not None and reached == bound
        told = None if bound is None else spec.offset + spec.sign * bound
        condition = None
        if bound is not None and (flow_bound is None or bound != flow_bound[t] or instance.order is Order.FLOOR):
            condition = how
        tiers.append(Tier(spec.name, sense, spec.offset + spec.sign * reached, told, closed, condition))
        proven = closed
    return finish(
        instance, answer, tuple(tiers), duals_from(network, relaxed.potentials), relaxed.effort
    )

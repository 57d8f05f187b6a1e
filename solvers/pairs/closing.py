"""Answers under side constraints, which no flow holds: from the relaxed optimum to a proven one.

Small instances go to integer programs over all their pairs (`climb`). Large ones are bounded by prices and closed
over the pairs near the optimum (`near`). Either way the bounds are over all eligible pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from solvers.limits import Limits
from solvers.pairs.answer import finish, floor_reached, infeasible, points_cap, unknown
from solvers.pairs.certificate import duals_from, flow_value
from solvers.pairs.climb import NOBODY, Climb, Climber
from solvers.pairs.edges import Edges, PriceView
from solvers.pairs.flow import OverTimeError, StuckError
from solvers.pairs.floor import raise_floor
from solvers.pairs.instance import Order, PairsInstance
from solvers.pairs.near import NearClimb
from solvers.pairs.pricing import PricedFlow
from solvers.pairs.program import joined
from solvers.pairs.solution import PairsAnswer
from solvers.pairs.start import greedy_start
from solvers.result import Tier

ALL_AT_ONCE = 60_000
"""Up to so many eligible pairs, the integer program sees them all."""


@dataclass
class Outcome:
    """Pairs and what bounds them: `bounds` in units of flow for the tiers done, `how` each was found (None: by the
    relaxed flow alone). `floor_bound`: NOBODY where nobody counts, None where there is none."""

    answer: Edges | None
    bounds: list[int | None] = field(default_factory=list)
    how: list[str | None] = field(default_factory=list)
    floor_bound: int | None = None
    infeasible: bool = False


def close_side_constraints(instance: PairsInstance, relaxed: PricedFlow, limits: Limits) -> PairsAnswer:
    """An answer that keeps every rule, proven where that can be done in time.

    `relaxed` is the certified optimum without the side constraints; its bound and its duals stay true.
    """
    effort = relaxed.effort
    with effort.phase("start"):
        start = greedy_start(instance, relaxed.network, relaxed.first)
    pairs = all_pairs(instance)
    if pairs is not None:
        with effort.phase("integer programs"):
            outcome = _over_all(instance, relaxed, pairs, start, limits)
    elif instance.order is Order.FLOOR:
        outcome = _floor_near(instance, relaxed, start, limits)
    else:
        outcome = _near(instance, relaxed, start, limits)
    if outcome.answer is None:
        return infeasible(effort) if outcome.infeasible else unknown(effort)
    tiers = _tiers(instance, relaxed, outcome)
    return finish(instance, outcome.answer, tiers, duals_from(relaxed.network, relaxed.potentials), effort)


def all_pairs(instance: PairsInstance) -> Edges | None:
    """Every pair that may be used, pinned ones included; None when there are too many to list."""
    n, m = instance.n_learners, instance.n_guides
    if n * m > ALL_AT_ONCE and instance.edges.count() > ALL_AT_ONCE:
        return None
    return joined(instance, instance.edges.violated(PriceView.flat(n, m), max(1, m)))


def _over_all(
    instance: PairsInstance, relaxed: PricedFlow, pairs: Edges, start: Edges | None, limits: Limits
) -> Outcome:
    """Tier after tier by integer programs over all pairs."""
    climber = Climber(instance, relaxed.network, pairs, limits, relaxed.bound)
    climb = climber.upper(start)
    if climb.answer is not None and len(climb.values) == len(relaxed.network.tiers) - 1:
        if instance.order is Order.FLOOR:
            climb = climber.raise_floor(climb)
        climb = climber.points(climb)
    how = f"closed by an integer program over {len(pairs):,} pairs"
    return Outcome(
        climb.answer, climb.bounds, [how] * len(climb.bounds), climb.floor_bound, infeasible=climb.infeasible
    )


def _near(
    instance: PairsInstance, relaxed: PricedFlow, start: Edges | None, limits: Limits
) -> Outcome:
    """Prices, and integer programs over near pairs, in the floor of `relaxed` if it has one."""
    near = NearClimb(instance, relaxed, limits, start)
    near.run()
    how: list[str | None] = [
        "bounded by prices of the side constraints"
        if seen is None
        else f"closed by an integer program over the {seen:,} pairs that could matter"
        for seen in near.closed_over
    ]
    return Outcome(near.answer, list(near.bounds), how)


def _floor_near(
    instance: PairsInstance, relaxed: PricedFlow, start: Edges | None, limits: Limits
) -> Outcome:
    """The floor order over many pairs: the highest floor of the relaxed problem is tried first, as it is a bound;
    where it cannot be kept, programs over the near pairs raise the floor as far as they can."""
    upper = _near(instance, relaxed, start, limits)
    network, last = relaxed.network, len(relaxed.network.tiers) - 1
    if upper.answer is None:
        return upper
    target = flow_value(network, instance, upper.answer)[:-1].tolist()
    outcome = Outcome(upper.answer, upper.bounds[:last], upper.how[:last])
    assert relaxed.bound is not None
    if instance.floor_on == "pair" and target == relaxed.bound[:-1].tolist():
        try:
            floor = raise_floor(relaxed, limits)
        except (OverTimeError, StuckError):
            return outcome
        outcome.floor_bound = NOBODY if floor.bound > 1000 else floor.bound
        raised = _near(instance, floor.flow, None, limits)
        if raised.answer is not None and floor.value == floor.bound:
            if flow_value(network, instance, raised.answer)[:-1].tolist() == target:
                raised.floor_bound = outcome.floor_bound
                return raised
    if len(upper.bounds) > last and not limits.over:
        listed = relaxed.flow.listed
        pairs = joined(instance, upper.answer, Edges(listed.owner, listed.guide, listed.points))
        climber = Climber(instance, network, pairs, limits)
        known: list[int | None] = [None] * last
        climb = Climb(upper.answer, target, known)
        climb = climber.points(climber.raise_floor(climb))
        outcome.answer = climb.answer
    return outcome


def _tiers(instance: PairsInstance, relaxed: PricedFlow, outcome: Outcome) -> tuple[Tier, ...]:
    """Values and bounds in people's terms; a bound that is not the relaxed flow's own says what it rests on."""
    network, answer, flow_bound = relaxed.network, outcome.answer, relaxed.bound
    assert answer is not None
    value = flow_value(network, instance, answer)
    tiers: list[Tier] = []
    proven = True
    for t, spec in enumerate(network.tiers):
        last = t == len(network.tiers) - 1
        if last and instance.order is Order.FLOOR:
            tiers.append(_floor_tier(instance, outcome, proven))
            proven = tiers[-1].proven
        reached = int(value[t])
        bound = outcome.bounds[t] if t < len(outcome.bounds) else None
        how = outcome.how[t] if bound is not None else None
        floored = last and instance.order is Order.FLOOR
        if bound is None and flow_bound is not None and not floored:
            bound = int(flow_bound[t])
        own = flow_bound is not None and bound == flow_bound[t] and not floored
        condition = None if own else how
        if not proven:
            bound, condition = None, None
        told = None if bound is None else spec.offset + spec.sign * bound
        got = spec.offset + spec.sign * reached
        if last and told is None and (cap := points_cap(instance, relaxed)) is not None:
            told, condition = max(cap, got), "unconditional: every learner with their best pairs"
        proven = proven and bound is not None and told == got
        tiers.append(Tier(spec.name, "max" if spec.sign > 0 else "min", got, told, proven, condition))
    return tuple(tiers)


def _floor_tier(instance: PairsInstance, outcome: Outcome, proven: bool) -> Tier:
    assert outcome.answer is not None
    reached = floor_reached(instance, outcome.answer)
    top = outcome.floor_bound if proven else None
    if top is None:
        return Tier("floor", "max", reached, None, False, None)
    closed = top == (NOBODY if reached is None else reached)
    bound = None if top == NOBODY else max(top, reached or 0)
    return Tier("floor", "max", reached, bound, closed, None)

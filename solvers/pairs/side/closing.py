"""Answers under side constraints, which no flow holds: from the relaxed optimum to a proven one.

Flows and prices answer first (`near`). What they leave open goes to integer programs, over all pairs in
small instances (`climb`), over the pairs near the optimum in large ones. Either way the bounds are over all
eligible pairs."""

from __future__ import annotations

from dataclasses import dataclass, field

from solvers.limits import Limits
from solvers.pairs.answer import finish, floor_reached, infeasible, points_cap, unknown
from solvers.pairs.edges import Edges, PriceView
from solvers.pairs.flow.certificate import duals_from, flow_value
from solvers.pairs.flow.circulation import OverTimeError, StuckError
from solvers.pairs.flow.floor import NOBODY as RELAXED_NOBODY
from solvers.pairs.flow.floor import raise_floor
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import Order, PairsInstance
from solvers.pairs.side.climb import NOBODY, Climb, Climber
from solvers.pairs.side.conflict import clash_by_themselves
from solvers.pairs.side.constraints import broken_minimums, broken_rows
from solvers.pairs.side.ledger import Ledger, Note
from solvers.pairs.side.near import NearClimb
from solvers.pairs.side.program import joined
from solvers.pairs.side.redraw import redrawn
from solvers.pairs.side.split import split_budgets
from solvers.pairs.side.start import greedy_start
from solvers.pairs.side.sum_floor import SumFloor
from solvers.pairs.solution import PairsAnswer, SideDuals
from solvers.result import Status, Tier, status_of

ALL_AT_ONCE, ALL_AT_LAST = 2_000, 60_000
"""Up to so many eligible pairs the integer program sees them all: at once; and at last, where the near pairs
proved nothing (floors on sums, pins that clash with side constraints)."""

WORTH_COUNTING = 5_000_000
"""Beyond so many learners times guides, eligible pairs are not even counted."""


@dataclass
class Outcome:
    """Pairs and what bounds them: `bounds` in units of flow, tier by tier, each given the answer's values in
    the tiers before, `how` each was found (None: by the relaxed flow alone). `floor_bound`: NOBODY where
    nobody counts, None where there is none; `floor_how` it was found. `drawn`: whether a flow drew the
    answer by lottery."""

    answer: Edges | None
    bounds: list[int | None] = field(default_factory=list)
    how: list[str | None] = field(default_factory=list)
    floor_bound: int | None = None
    floor_how: str | None = None
    infeasible: bool = False
    drawn: bool = False
    side_duals: tuple[SideDuals, ...] = ()


def close_side_constraints(instance: PairsInstance, relaxed: PricedFlow, limits: Limits) -> PairsAnswer:
    """An answer that keeps every rule, proven where that can be done in time.

    `relaxed` is the certified optimum without the side constraints; its bound and its duals stay true.
    """
    effort = relaxed.effort
    floored = instance.order is Order.FLOOR
    pairs = all_pairs(instance, ALL_AT_ONCE)
    if floored and pairs is None:
        outcome = _floor_near(instance, relaxed, _start(instance, relaxed, limits), limits)
    elif floored:
        outcome = Outcome(_start(instance, relaxed, limits))
        outcome.infeasible = outcome.answer is None and clash_by_themselves(instance, limits)
    else:
        outcome = _near(instance, relaxed, None, limits, programs=pairs is None)
    if outcome.infeasible:
        return infeasible(effort)
    if pairs is None and not _proven(instance, relaxed, outcome) and not limits.over:
        pairs = all_pairs(instance, ALL_AT_LAST)
    if pairs is not None and not _proven(instance, relaxed, outcome):
        with effort.phase("integer programs"):
            over_all = _over_all(instance, relaxed, pairs, outcome.answer, limits)
        if len(over_all.bounds) >= len(outcome.bounds) or over_all.infeasible:
            outcome = over_all
    if outcome.answer is None:
        return infeasible(effort) if outcome.infeasible else unknown(effort)
    if not outcome.drawn:
        with effort.phase("lottery"):
            outcome.answer = redrawn(instance, relaxed, outcome.answer, limits)
    tiers = _tiers(instance, relaxed, outcome)
    duals = duals_from(relaxed.network, relaxed.potentials)
    return finish(instance, outcome.answer, tiers, duals, effort, side_duals=outcome.side_duals)


def _start(instance: PairsInstance, relaxed: PricedFlow, limits: Limits) -> Edges | None:
    """A constructive answer: around the relaxed optimum, or from nothing."""
    with relaxed.effort.phase("start"):
        try:
            split = split_budgets(instance, relaxed, relaxed.network, limits)
        except OverTimeError:
            split = None
        if split is not None:
            return split.pairs
        return greedy_start(instance, relaxed.network, relaxed.first)


def _proven(instance: PairsInstance, relaxed: PricedFlow, outcome: Outcome) -> bool:
    return outcome.answer is not None and status_of(_tiers(instance, relaxed, outcome)) is Status.OPTIMAL


def all_pairs(instance: PairsInstance, few: int) -> Edges | None:
    """Every pair that may be used, pinned ones included; None when more than `few` are eligible."""
    n, m = instance.n_learners, instance.n_guides
    if n * m > few and (n * m > WORTH_COUNTING or instance.edges.count() > few):
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
    instance: PairsInstance,
    relaxed: PricedFlow,
    start: Edges | None,
    limits: Limits,
    *,
    upper_only: bool = False,
    programs: bool = True,
) -> Outcome:
    """Flows, prices, and programs over near pairs, above the floor of `relaxed` if it has one."""
    ledger = Ledger(instance, relaxed, limits, start)
    near = NearClimb(ledger, upper_only)
    near.by_flows()
    if ledger.answer is None:
        with relaxed.effort.phase("start"):
            ledger.answer = greedy_start(instance, relaxed.network, relaxed.first)
        if ledger.answer is None and clash_by_themselves(instance, limits):
            return Outcome(None, infeasible=True)
    if programs and not near.proven:
        near.by_programs()
        near.fill()
    notes, tiers = ledger.notes(), range(len(relaxed.network.tiers))
    how = [_how(notes[t], relaxed) if t in notes else None for t in tiers]
    sources = {id(note.source): note.source for note in notes.values() if note.source.flow is not relaxed}
    return Outcome(
        ledger.answer,
        [notes[t].bound if t in notes else None for t in tiers],
        how,
        drawn=ledger.drawn,
        side_duals=tuple(source.certificate() for source in sources.values()),
    )


def _how(note: Note, relaxed: PricedFlow) -> str | None:
    if note.how is not None:
        return note.how
    return None if note.source.flow is relaxed else "bounded by prices of the side constraints"


def _floor_near(instance: PairsInstance, relaxed: PricedFlow, start: Edges | None, limits: Limits) -> Outcome:
    """The floor order over many pairs; every step is the problem without the pairs below a floor.

    Floors on sums are raised over the listed pairs only, without a bound, where side constraints lower the
    tiers above.
    """
    last = len(relaxed.network.tiers) - 1
    upper = _relaxed_upper(instance, relaxed) or _near(instance, relaxed, start, limits, upper_only=True)
    if upper.answer is None:
        return upper
    target = _upper_values(instance, relaxed, upper.answer)
    outcome = Outcome(upper.answer, upper.bounds[:last], upper.how[:last])
    if upper.bounds[:last] != target or limits.over:
        return outcome
    if instance.floor_on == "sum" and relaxed.bound is not None and relaxed.bound[:last].tolist() == target:
        return _raise_sums(instance, relaxed, outcome, limits)
    if instance.floor_on == "sum":
        listed = relaxed.flow.listed
        pairs = joined(instance, upper.answer, Edges(listed.owner, listed.guide, listed.points))
        climber = Climber(instance, relaxed.network, pairs, limits)
        climb = climber.raise_floor(Climb(upper.answer, list(target), list(upper.bounds[:last])))
        outcome.answer = climber.points(climb).answer
        return outcome
    return _raise_pairs(instance, relaxed, outcome, target, limits)


def _relaxed_upper(instance: PairsInstance, relaxed: PricedFlow) -> Outcome | None:
    """The relaxed optimum, where it keeps the side constraints as it is."""
    pairs, bound = relaxed.pairs, relaxed.bound
    if pairs is None or bound is None:
        return None
    if broken_rows(instance, relaxed.network, pairs) or len(broken_minimums(instance, pairs)):
        return None
    return Outcome(pairs, bound.tolist(), [None] * len(bound))


def _raise_sums(instance: PairsInstance, relaxed: PricedFlow, outcome: Outcome, limits: Limits) -> Outcome:
    assert outcome.answer is not None
    if not len(outcome.answer):  # nobody is placed in any answer
        outcome.floor_bound = NOBODY
        outcome.bounds, outcome.how = [*outcome.bounds, 0], [*outcome.how, "nobody can be placed"]
        return outcome
    floor = SumFloor(instance, relaxed, outcome.answer, limits)
    floor.run()
    outcome.answer, outcome.floor_bound, outcome.floor_how = floor.answer, floor.bound, floor.how[0]
    if floor.points_bound is not None:
        outcome.bounds, outcome.how = [*outcome.bounds, floor.points_bound], [*outcome.how, floor.how[1]]
    return outcome


def _raise_pairs(
    instance: PairsInstance, relaxed: PricedFlow, outcome: Outcome, target: list[int], limits: Limits
) -> Outcome:
    """Bisect the floor between what `outcome` has and the top; then the points above it."""
    assert relaxed.bound is not None
    assert outcome.answer is not None
    reached = floor_reached(instance, outcome.answer)
    low, high = RELAXED_NOBODY if reached is None else reached, RELAXED_NOBODY
    best: PricedFlow = relaxed
    middle = (low + high + 1) // 2
    try:
        if (
            target == relaxed.bound[:-1].tolist()
        ):  # its floor without side constraints is a bound, and often met
            high = raise_floor(relaxed, limits).bound
            middle = high
        while low < high:
            limits.tell("floor", tier="floor", value=low, bound=high)
            flow = PricedFlow(instance, limits, relaxed.effort, network=relaxed.network, least_points=middle)
            fits = _fits(instance, flow, target, outcome, limits)
            if fits is None:
                break
            if fits:
                reached = floor_reached(instance, outcome.answer)
                low, best = RELAXED_NOBODY if reached is None else max(middle, reached), flow
            else:
                high = middle - 1
            middle = (low + high + 1) // 2
        if best.least_points < low < RELAXED_NOBODY:
            best = PricedFlow(instance, limits, relaxed.effort, network=relaxed.network, least_points=low)
            best.optimize(limits)
    except (OverTimeError, StuckError):
        outcome.floor_bound = NOBODY if high == RELAXED_NOBODY else high
        return outcome
    outcome.floor_bound = NOBODY if high == RELAXED_NOBODY else high
    points = _near(instance, best, outcome.answer, limits)
    if points.answer is not None and _upper_values(instance, relaxed, points.answer) == target:
        outcome.answer = points.answer
        outcome.bounds, outcome.how = (
            [*outcome.bounds, *points.bounds[len(target) :]],
            outcome.how + [how or "the flow above the floor" for how in points.how[len(target) :]],
        )
    return outcome


def _fits(
    instance: PairsInstance, flow: PricedFlow, target: list[int], outcome: Outcome, limits: Limits
) -> bool | None:
    """Whether the upper tiers keep their values over the pairs of `flow`: an answer that does is put into
    `outcome`; None when neither is proven."""
    try:
        flow.optimize(limits)
    except StuckError:
        return False
    assert flow.bound is not None
    if flow.bound[:-1].tolist() < target:
        return False
    trial = _near(instance, flow, None, limits, upper_only=True)
    if trial.answer is not None and _upper_values(instance, flow, trial.answer) == target:
        outcome.answer = trial.answer
        return True
    bounds = [bound for bound in trial.bounds[: len(target)] if bound is not None]
    return False if bounds < target[: len(bounds)] else None


def _values(instance: PairsInstance, flow: PricedFlow, answer: Edges) -> list[int]:
    values: list[int] = flow_value(flow.network, instance, answer).tolist()
    return values


def _upper_values(instance: PairsInstance, flow: PricedFlow, answer: Edges) -> list[int]:
    return _values(instance, flow, answer)[:-1]


def _tiers(instance: PairsInstance, relaxed: PricedFlow, outcome: Outcome) -> tuple[Tier, ...]:
    """Values and bounds in people's terms; a bound that is not the relaxed flow's own says what it rests
    on."""
    network, answer, flow_bound = relaxed.network, outcome.answer, relaxed.bound
    assert answer is not None
    value = flow_value(network, instance, answer)
    tiers: list[Tier] = []
    proven, own = True, flow_bound is not None
    for t, spec in enumerate(network.tiers):
        last = t == len(network.tiers) - 1
        if last and instance.order is Order.FLOOR:
            tiers.append(_floor_tier(instance, outcome, proven))
            proven, own = tiers[-1].proven, False
        reached = int(value[t])
        bound = outcome.bounds[t] if t < len(outcome.bounds) else None
        condition = outcome.how[t] if bound is not None else None
        if own and flow_bound is not None and (bound is None or flow_bound[t] <= bound):
            bound, condition = int(flow_bound[t]), None
        own = own and flow_bound is not None and reached == flow_bound[t]
        if bound is not None and not proven:
            condition = f"{condition or 'bounded by the flow'}, given the values of the tiers before"
        told = None if bound is None else spec.offset + spec.sign * bound
        got = spec.offset + spec.sign * reached
        if last and (cap := points_cap(instance, relaxed)) is not None and (told is None or cap < told):
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
    return Tier("floor", "max", reached, bound, closed, outcome.floor_how)

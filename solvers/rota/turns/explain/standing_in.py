"""Who could take a turn instead, what each would cost, and how many other turns would move."""

from __future__ import annotations

from dataclasses import dataclass, replace

from solvers.limits import Limits
from solvers.result import Status, TierValue
from solvers.rota.turns.check.score import rank, tier_values
from solvers.rota.turns.explain.effect import Moved, TierChange, moves, tier_changes
from solvers.rota.turns.instance import Held, Index, TurnsInstance
from solvers.rota.turns.state import state_of


@dataclass(frozen=True)
class StandIn:
    """One person for the turn.

    against: codes of rules against taking it beside what they have; none: nothing else has to move.
    exact: the plan is proven: no other with them in the turn fills more, moves fewer others, or is better
    with as many. Otherwise it is the turn alone changing hands, a plan that time allowed, or none where rules
    stand against that. moved: other turns that change hands in it. tiers: before and after.
    """

    person: int
    against: tuple[str, ...]
    exact: bool
    moved: tuple[Moved, ...]
    tiers: tuple[TierChange, ...]
    plan: Index | None


def stand_ins(instance: TurnsInstance, person: Index, turn: int, limits: Limits) -> tuple[StandIn, ...]:
    """Everybody else who may take turn `turn` of an assignment (T,), the best first. Within the limits each
    is solved around, those without rules against them first. Nobody for a turn that is pinned."""
    state = state_of(instance, person)
    here = int(person[turn])
    if turn in instance.pinned.turn or turn in instance.open_turns:
        return ()
    low, high = int(instance.choices.start[turn]), int(instance.choices.start[turn + 1])
    known = tier_values(instance, person.tolist())
    found: list[StandIn] = []
    for i in instance.choices.person[low:high].tolist():
        if i == here:
            continue
        against = tuple(state.objections(turn, i))
        plan = None if against else _changed(person, turn, i)
        found.append(_stand_in(instance, person, known, turn, i, against, plan, exact=False))
    order = {one.person: _order(instance, one) for one in found}
    found.sort(key=lambda one: order[one.person])
    for at, one in enumerate(found):
        if limits.over:
            break
        share = max(0.5, limits.left / (len(found) - at))
        found[at] = _solved(
            instance, person, known, turn, one, replace(limits, seconds=limits.elapsed + share)
        )
        order[one.person] = _order(instance, found[at])
    return tuple(sorted(found, key=lambda one: order[one.person]))


def _changed(person: Index, turn: int, i: int) -> Index:
    out = person.copy()
    out[turn] = i
    return out


def _solved(
    instance: TurnsInstance,
    person: Index,
    known: list[TierValue],
    turn: int,
    one: StandIn,
    limits: Limits,
) -> StandIn:
    """The same with a plan that moves as few other turns as can be."""
    from solvers.rota.turns.solve import solve

    fixed = {*instance.pinned.turn.tolist(), turn}
    held = [
        (t, i)
        for t, i in enumerate(person.tolist())
        if i >= 0 and t not in fixed and instance.choices.entry(t, i) >= 0
    ]
    around = replace(
        instance,
        pinned=Held.of([*instance.pinned.rows(), (turn, one.person)]),
        previous=Held.of(held),
        changes="tier",
        most_broken=None,
    )
    answer = solve(around, limits, one.plan)
    if answer.status in (Status.INFEASIBLE, Status.UNKNOWN):
        return one
    # A pin sets rules aside for its person; a stand-in has to keep them.
    if tuple(state_of(instance, answer.person).objections(turn, one.person)):
        return one
    exact = answer.status is Status.OPTIMAL
    better = one.plan is None or rank(around, answer.person.tolist()) <= rank(around, one.plan.tolist())
    if not exact and not better:
        return one
    return _stand_in(instance, person, known, turn, one.person, one.against, answer.person, exact)


def _stand_in(
    instance: TurnsInstance,
    person: Index,
    known: list[TierValue],
    turn: int,
    i: int,
    against: tuple[str, ...],
    plan: Index | None,
    exact: bool,
) -> StandIn:
    if plan is None:
        return StandIn(i, against, exact, (), (), None)
    moved = tuple(move for move in moves(person, plan) if move.turn != turn)
    return StandIn(i, against, exact, moved, tier_changes(instance, person, plan, known), plan)


def _order(instance: TurnsInstance, one: StandIn) -> tuple[object, ...]:
    """Those with a plan first, then by the fewest open turns, fewest moved ones, and the better plan."""
    if one.plan is None:
        return (1, len(one.against), one.person)
    filled = int((one.plan < 0).sum())
    return (0, filled, len(one.moved), rank(instance, one.plan.tolist()), one.person)

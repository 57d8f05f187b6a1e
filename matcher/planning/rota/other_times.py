"""Other times for groups that nobody leads: where another time is as good, somebody may be free then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.candidates.rota.context import ROLES
from matcher.planning.rota.instance import Prepared
from matcher.planning.rota.turns import Turns, turns_of
from solvers.limits import Limits
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import attending, burden_at, tier_values
from solvers.rota.times.instance import Flags, Group
from solvers.rota.times.solution import Times, TimesAnswer
from solvers.rota.turns.instance import Role, TurnsInstance
from solvers.rota.turns.solution import TurnsAnswer

Solve = Callable[..., TurnsAnswer]

TRIED = 6
"""Other times that are tried for one group, the most promising first."""
SHARE = 0.3
"""Of the time that is left, for turns at one other time."""


@dataclass(frozen=True)
class Filled:
    """Times and turns, and what was moved for them, in sentences."""

    times: TimesAnswer
    turns: Turns
    answer: TurnsAnswer
    notes: tuple[str, ...] = ()


def fill(prepared: Prepared, found: Filled, solve: Solve, limits: Limits) -> Filled:
    """Move groups with open turns of leads or co-facilitators to times at which no tier of times loses
    anything, and more of their turns are taken. Ends when nothing helps, or with the time."""
    tried: set[tuple[int, tuple[int, ...]]] = set()
    improved = True
    while improved and not limits.over:
        improved = False
        for g in _groups_with_open_turns(prepared, found):
            for row, slots in _alternatives(prepared, found, g)[:TRIED]:
                if limits.over or (g, row) in tried:
                    continue
                tried.add((g, row))
                better = _moved(prepared, found, g, row, slots, solve, limits)
                if better is not None:
                    found, improved = better, True
                    break
    return found


def _groups_with_open_turns(prepared: Prepared, found: Filled) -> list[int]:
    """Groups by the number of their open turns to lead or co-facilitate, those with most first."""
    number = {group.id: g for g, group in enumerate(prepared.context.groups)}
    count: dict[int, int] = {}
    for turn in _open(found):
        g = number[found.turns.places[turn][0]]
        count[g] = count.get(g, 0) + 1
    return sorted(count, key=lambda g: (-count[g], g))


def _open(found: Filled) -> Iterator[int]:
    instance = found.turns.instance
    for turn, i in enumerate(found.answer.person.tolist()):
        if i < 0 and instance.role[turn] != Role.SHADOW and turn not in found.turns.fixed:
            yield turn


def _alternatives(prepared: Prepared, found: Filled, g: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Other times of a group (steps, slots) that are worth as much to its members, those first at which the
    most of its turns could be taken by somebody."""
    numbers, now = prepared.times.groups[g], found.times.times[g]
    come, burden = (count(prepared, numbers, now) for count in (_come, _burden))
    open_ = _open_hours(prepared, found, g)
    led = _led(open_, numbers.length, now)
    out = []
    for row, slots in _rows(numbers, now, found.times.slots[g]):
        able = _led(open_, numbers.length, row)
        if able > led and _come(prepared, numbers, row) == come and _burden(prepared, numbers, row) == burden:
            out.append((-able, row, slots))
    return [(row, slots) for _, row, slots in sorted(out)]


def _rows(
    numbers: Group, now: tuple[int, ...], slots: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """A whole series at another weekly time; of a rotating one, one session at another time."""
    coming = [t for t, step in enumerate(now) if step >= 0 and t not in numbers.fixed_at]
    for s in range(numbers.n_slots):
        for moved in [[t] for t in coming] if numbers.rotating else [coming]:
            row, held = list(now), list(slots)
            for t in moved:
                row[t], held[t] = int(numbers.starts[s, t]), s
            if all(row[t] >= 0 for t in moved):
                yield tuple(row), tuple(held)


def _come(prepared: Prepared, numbers: Group, row: Sequence[int]) -> int:
    """People at the sessions of a group."""
    return sum(len(attending(prepared.times, numbers, step)) for step in row if step >= 0)


def _burden(prepared: Prepared, numbers: Group, row: Sequence[int]) -> int:
    """The unsocial burden that they bear."""
    return sum(
        burden_at(prepared.times, i, step, numbers.length)
        for step in row
        if step >= 0
        for i in attending(prepared.times, numbers, step)
    )


def _open_hours(prepared: Prepared, found: Filled, g: int) -> Flags:
    """When those who may lead a group are free, and neither in a session of another of their groups nor have
    a turn in one, shape (people, steps)."""
    times, able = prepared.times, prepared.able[g][ROLES.index("lead")]
    open_ = times.free[able]
    for h, (other, starts) in enumerate(zip(times.groups, found.times.times, strict=True)):
        mine = np.isin(able, other.members)
        for step in starts if h != g and mine.any() else ():
            if step >= 0:
                open_[mine, step : step + other.length] = False
    row_of = {int(i): k for k, i in enumerate(able.tolist())}
    number = {group.id: h for h, group in enumerate(prepared.context.groups)}
    for turn, i in enumerate(found.answer.person.tolist()):
        h = number[found.turns.places[turn][0]]
        if i in row_of and h != g:
            step = found.turns.steps[turn]
            open_[row_of[i], step : step + times.groups[h].length] = False
    return open_


def _led(open_: Flags, length: int, row: Sequence[int]) -> int:
    """Sessions at which one of these people could lead."""
    return sum(bool(open_[:, step : step + length].all(axis=1).any()) for step in row if step >= 0)


def _moved(
    prepared: Prepared,
    found: Filled,
    g: int,
    row: tuple[int, ...],
    slots: tuple[int, ...],
    solve: Solve,
    limits: Limits,
) -> Filled | None:
    """The plan with a group at other times; None where a rule breaks, a tier of times changes, or no more
    turns are taken."""
    answer, instance = found.times, prepared.times
    times: Times = (*answer.times[:g], row, *answer.times[g + 1 :])
    held: Times = (*answer.slots[:g], slots, *answer.slots[g + 1 :])
    said = [(tier.name, tier.value) for tier in answer.tiers]
    if check(instance, times, held):
        return None
    if [(one.name, one.value) for one in tier_values(instance, times, held)] != said:
        return None
    turns = turns_of(prepared, times)
    person = dict(zip(found.turns.places, found.answer.person.tolist(), strict=True))
    begin = np.array([person.get(place, -1) for place in turns.places], np.int32)
    some = replace(limits, seconds=limits.elapsed + SHARE * limits.left)
    filled = solve(turns.instance, some, begin)
    before = _unfilled(found.turns.instance, found.answer)
    if not filled.tiers or _unfilled(turns.instance, filled) >= before:
        return None
    group = prepared.context.groups[g]
    first = next(t for t, step in enumerate(row) if step != answer.times[g][t])
    told = (
        f"{group.title} meets at {prepared.context.weekly(group, row[first])} rather than "
        f"{prepared.context.weekly(group, answer.times[g][first])}, which is as good to its members, "
        "so that more of its sessions are led."
    )
    return Filled(replace(answer, times=times, slots=held), turns, filled, (*found.notes, told))


def _unfilled(instance: TurnsInstance, answer: TurnsAnswer) -> tuple[int, ...]:
    """Open turns of leads, then of co-facilitators, then of shadows."""
    open_ = instance.role[answer.person < 0]
    return tuple(int((open_ == role).sum()) for role in Role)

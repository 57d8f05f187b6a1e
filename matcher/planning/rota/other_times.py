"""Other times where turns stay open: times and facilitators of a few groups chosen together, or of all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from matcher.planning.rota.instance import Prepared
from matcher.planning.rota.joint import Question
from matcher.planning.rota.proof import LED
from matcher.planning.rota.turns import Turns, turns_of
from solvers.limits import Limits
from solvers.result import Tier
from solvers.rota.joint.solve import solve
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import tier_values
from solvers.rota.times.chosen import chosen_from
from solvers.rota.times.options import options_of
from solvers.rota.times.solution import Times, TimesAnswer
from solvers.rota.turns.check.audit import check as check_turns
from solvers.rota.turns.instance import Index, Role

NEAR, COLUMNS = 4, 30_000
"""Groups that move together at most, and columns that people in their seats may take."""
WHOLE = 400_000
"""Columns up to which all groups are chosen together, at the end: then the bound is one of all times."""
SHARE = 0.3
"""Of the time that is left, for a few groups; of that for all groups at once, twice as much."""


@dataclass(frozen=True)
class Filled:
    """Times, and who takes which turn (T,); what was moved for it, in sentences.

    least: per role, so many turns stay open at whatever times, as far as that was proven for all groups.
    series: that holds among times at which no series loses single sessions.
    """

    times: TimesAnswer
    turns: Turns
    person: Index
    notes: tuple[str, ...] = ()
    least: dict[str, int] = field(default_factory=dict)
    series: bool = False


def fill(prepared: Prepared, found: Filled, limits: Limits) -> Filled:
    """Move groups to times at which fewer of their turns to lead or to co-facilitate stay open: as many
    sessions are held, and covered, as before. Ends when nothing helps, or with the time."""
    if limits.over or not any(_open(found)):
        return found
    question = Question(prepared, options_of(prepared.times))
    now = chosen_from(question.options, found.times.times, found.times.slots)
    groups = question.movable(found.turns, now)
    tried: set[int] = set()
    while not limits.over:
        left = [g for g in _stuck(question, found) if g in groups and g not in tried]
        if not left:
            break
        tried.add(left[0])
        near = _near(question, found, left[0], groups)
        better = _step(prepared, question, found, near, _part(limits, SHARE))
        if better is not None and _open(better) < _open(found):
            found, tried = better, tried - set(near)
    if any(_open(found)) and question.width(groups) <= WHOLE and not limits.over:
        found = _step(prepared, question, found, groups, _part(limits, 2 * SHARE)) or found
    return found


def _part(limits: Limits, share: float) -> Limits:
    return replace(limits, seconds=limits.elapsed + share * limits.left)


def _open(found: Filled) -> tuple[int, ...]:
    """Open turns of leads, and of co-facilitators."""
    roles = found.turns.instance.role[found.person < 0]
    return tuple(int((roles == Role[role.upper()]).sum()) for role in LED)


def _stuck(question: Question, found: Filled) -> list[int]:
    """Groups by the number of their open turns to lead or co-facilitate, those with most first."""
    count: dict[int, int] = {}
    for k, (place, i) in enumerate(zip(found.turns.places, found.person.tolist(), strict=True)):
        if i < 0 and place[2] in LED and k not in found.turns.fixed:
            g = question.number[place[0]]
            count[g] = count.get(g, 0) + 1
    return sorted(count, key=lambda g: (-count[g], g))


def _near(question: Question, found: Filled, g: int, groups: list[int]) -> list[int]:
    """The group, and those whose facilitators could lead it, the ones with most of them first."""
    able = {int(i) for row in question.prepared.able[g][: len(LED)] for i in row}
    shared: dict[int, int] = {}
    for place, i in zip(found.turns.places, found.person.tolist(), strict=True):
        h = question.number[place[0]]
        if h != g and i in able and place[2] in LED:
            shared[h] = shared.get(h, 0) + 1
    near, width = [g], question.width([g])
    for h in sorted(shared, key=lambda h: (-shared[h], h)):
        width += question.width([h])
        if len(near) == NEAR or width > COLUMNS:
            break
        if h in groups:
            near.append(h)
    return near


def _step(
    prepared: Prepared, question: Question, found: Filled, groups: list[int], limits: Limits
) -> Filled | None:
    """The plan with some groups at the times found for them; the same where none are better, with what was
    proven; None where a rule breaks, or nothing was found in time."""
    now = chosen_from(question.options, found.times.times, found.times.slots)
    answer = solve(question.of(groups, found.turns, found.person, now), limits)
    if answer is None:
        return None
    least: dict[str, int] = {}
    if {g for g, units in enumerate(question.options.units_of) if units} == set(groups):
        least["lead"] = answer.bound[0]
        if answer.open[0] == answer.bound[0]:  # given the fewest leads open
            least["co"] = answer.bound[1]
    times, slots = answer.chosen.times(question.options)
    if times == found.times.times or not answer.settled:
        return replace(found, least=least, series=_unheld(found))
    if check(prepared.times, times, slots):
        return None
    turns = turns_of(prepared, times)
    person = _person(question, found, turns, groups, answer.person)
    if check_turns(turns.instance, person.tolist()):
        return None
    told = tuple(
        _sentence(prepared, g, found.times.times, times) for g in groups if times[g] != found.times.times[g]
    )
    better = replace(found.times, times=times, slots=slots, tiers=_tiers(prepared, found.times, times, slots))
    return Filled(better, turns, person, (*found.notes, *told), least, _unheld(found))


def _unheld(found: Filled) -> bool:
    """Whether sessions have no time, so that others could be without one in their place."""
    return any(tier.name == "unscheduled" and tier.value != 0 for tier in found.times.tiers)


def _person(
    question: Question, found: Filled, turns: Turns, groups: list[int], seated: tuple[int, ...]
) -> Index:
    """Who takes each turn at the new times; whoever shadowed in the groups that moved is asked anew."""
    before = dict(zip(found.turns.places, found.person.tolist(), strict=True))
    seats = iter(seated)
    moved: dict[tuple[int, int, str, int], int] = {}
    for g in groups:
        group, numbers = question.prepared.context.groups[g], question.prepared.times.groups[g]
        for role in LED:
            for t in range(numbers.n_sessions):
                if t not in numbers.fixed_at and t not in numbers.closed:
                    for number in range(getattr(group.facilitators, role)):
                        moved[g, t, role, number] = next(seats)
    out = np.full(len(turns.places), -1, np.int32)
    for k, place in enumerate(turns.places):
        key = (question.number[place[0]], *place[1:])
        out[k] = moved.get(key, before.get(place, -1) if place[2] in LED else -1)
    pins = turns.instance.pinned
    out[pins.turn] = pins.person
    return out


def _tiers(prepared: Prepared, before: TimesAnswer, times: Times, slots: Times) -> tuple[Tier, ...]:
    """The tiers of new times: bounds hold as long as the tiers before them have the values they had; those
    after are counted."""
    out: list[Tier] = []
    same = True
    for (name, sense, value), old in zip(
        tier_values(prepared.times, times, slots), before.tiers, strict=True
    ):
        bound = old.bound if same else None
        out.append(Tier(name, sense, value, bound, old.proven and same and value == bound))
        same = same and value == old.value
    return tuple(out)


def _sentence(prepared: Prepared, g: int, before: Times, after: Times) -> str:
    context = prepared.context
    t = next(k for k, step in enumerate(after[g]) if step != before[g][k])
    return (
        f"{context.groups[g].title} meets at {context.weekly(context.groups[g], after[g][t])} rather than "
        f"{context.weekly(context.groups[g], before[g][t])}, so that more sessions are led."
    )

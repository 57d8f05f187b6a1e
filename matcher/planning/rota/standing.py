"""A rota's document as the numbers it came from, for those who ask it or check it."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.domain.errors import InputError
from matcher.domain.rota_plan import RotaPlan
from matcher.planning.rota.history import TurnPlace, name_of
from matcher.planning.rota.instance import Prepared
from matcher.planning.rota.turns import Turns
from solvers.rota.times.instance import Group
from solvers.rota.times.solution import Times


@dataclass(frozen=True)
class Standing:
    """Times, and the slot of each session (-1: in none), of a plan. `faults`: what fits no group or step."""

    times: Times
    slots: Times
    faults: tuple[tuple[str, str], ...]


def standing_times(prepared: Prepared, plan: RotaPlan) -> Standing:
    """The times of a plan's sessions as steps."""
    context = prepared.context
    series = {name_of(one): one for one in plan.series}
    faults = [(name, "is no group of this rota") for name in series if name not in context.group]
    times, slots = [], []
    for group, numbers in zip(context.groups, prepared.times.groups, strict=True):
        row = [-1] * len(group.weeks)
        number = {group.index(t): t for t in range(len(group.weeks))}
        found = series.get(group.id)
        if found is None:
            faults.append((group.id, "has no series in the result"))
        for session in found.sessions if found is not None else ():
            t, step = number.get(session.index), context.step(session.start)
            if t is None or step is None or row[t] >= 0:
                faults.append(
                    (group.id, f"session {session.index} is in no week of it, off the grid or twice")
                )
            else:
                row[t] = step
        times.append(tuple(row))
        slots.append(_slots(numbers, row))
    return Standing(tuple(times), tuple(slots), tuple(faults))


def _slots(numbers: Group, row: list[int]) -> tuple[int, ...]:
    """The slot of each session: the one that the most sessions are in, where several begin then."""
    at = [
        [s for s in range(numbers.n_slots) if step >= 0 and numbers.starts[s, t] == step]
        for t, step in enumerate(row)
    ]
    often: dict[int, int] = {}
    for found in at:
        for s in found:
            often[s] = often.get(s, 0) + 1
    return tuple(-1 if not found else max(found, key=lambda s: (often[s], -s)) for t, found in enumerate(at))


def standing_turns(
    prepared: Prepared, plan: RotaPlan, turns: Turns
) -> tuple[list[int], list[tuple[str, str]]]:
    """Who takes each turn by the plan, -1 for nobody; and what fits no turn or person."""
    number = {place: k for k, place in enumerate(turns.places)}
    person = [-1] * len(turns.places)
    faults: list[tuple[str, str]] = []
    seen: set[TurnPlace] = set()
    for one in plan.series:
        group = prepared.context.group.get(name_of(one))
        if group is None:
            continue
        week = {group.index(t): t for t in range(len(group.weeks))}
        for session in one.sessions:
            for turn in session.turns:
                place = (group.id, week.get(session.index, -1), turn.role, turn.number)
                k = number.get(place)
                if k is None or place in seen:
                    faults.append((group.id, f"the turn {turn.role} {turn.number} is none, or told twice"))
                    continue
                seen.add(place)
                if turn.member is not None and turn.member not in prepared.row:
                    faults.append((group.id, f"{turn.member} is nobody who could take a turn"))
                elif turn.member is not None:
                    person[k] = prepared.row[turn.member]
    for place in number.keys() - seen:
        faults.append((place[0], f"the turn {place[2]} {place[3]} of session {place[1]} is not told"))
    return person, faults


def handed_in(prepared: Prepared, plan: RotaPlan) -> frozenset[TurnPlace]:
    """The turns of a plan that changed hands after it was made."""
    found: set[TurnPlace] = set()
    for one in plan.series:
        group = prepared.context.group.get(name_of(one))
        week = {group.index(t): t for t in range(len(group.weeks))} if group is not None else {}
        for session in one.sessions:
            t = week.get(session.index, -1)
            found |= {(name_of(one), t, turn.role, turn.number) for turn in session.turns if turn.handed}
    return frozenset(found)


def fitting(prepared: Prepared, plan: RotaPlan) -> tuple[Standing, Turns, list[int]]:
    """Times, turns and people of a plan. Raises InputError where it does not fit its document."""
    from matcher.planning.rota.turns import turns_of

    standing = standing_times(prepared, plan)
    turns = turns_of(prepared, standing.times, handed_in(prepared, plan))
    person, faults = standing_turns(prepared, plan, turns)
    if all_faults := [*standing.faults, *faults]:
        about, what = all_faults[0]
        raise InputError(
            f"The result does not fit its document: {about}: {what}. Run 'peerloom audit' on it."
        )
    return standing, turns, person

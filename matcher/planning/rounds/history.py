"""Who met before: in pairs that ended or run, in rounds of earlier cycles, and in rounds of this one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from matcher.domain.errors import InputError
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.network import NetworkHeader
from matcher.domain.program import Program
from matcher.domain.rounds_plan import PlanRound, RoundsPlan

REPEAT_WEIGHT = 12
"""What meeting again within these rounds costs. A meeting of k cycles ago weighs a k-th of it, rounded down,
so that what is more than twelve cycles ago is forgotten."""

Earlier = dict[tuple[str, str], int]
"""By two ids in order: how many cycles ago they met last; 0 for a pair that runs now."""


def weight(cycles_ago: int) -> int:
    """What meeting somebody again costs whom one met last so many cycles ago."""
    return REPEAT_WEIGHT // max(1, cycles_ago)


def note(earlier: Earlier, one: str, other: str, cycles_ago: int) -> None:
    """Keep the latest time that two people met."""
    pair = (one, other) if one <= other else (other, one)
    earlier[pair] = min(cycles_ago, earlier.get(pair, cycles_ago))


def of_pairs(people: Iterable[EndedPair | RunningPair]) -> Earlier:
    """Meetings in pairs of the document."""
    found: Earlier = {}
    for pair in people:
        note(found, pair.learner, pair.guide, pair.cycles_ago if isinstance(pair, EndedPair) else 0)
    return found


def of_rounds(header: NetworkHeader, program: Program, previous: RoundsPlan | None) -> Earlier:
    """Meetings in rounds of earlier cycles and of other programs: those that the document names, those of a
    previous plan, and those that it knew of."""
    found: Earlier = {}
    for over in header.ended_rounds:
        if weight(over.cycles_ago):
            _note_groups(found, over.groups, over.cycles_ago)
    for running in header.running_rounds:
        if (running.program, running.cycle) != (program.id, program.cycle.id):
            _note_groups(found, running.groups, 1 if running.program == program.id else 0)
    if previous is None:
        return found
    past = 0 if previous.cycle == program.cycle.id else 1
    for one, other, cycles_ago in previous.earlier:
        if weight(cycles_ago + past):
            note(found, one, other, cycles_ago + past)
    for one_round in previous.rounds if past else ():
        _note_groups(found, one_round.groups, 1)
    return found


def _note_groups(found: Earlier, groups: Iterable[tuple[str, ...]], cycles_ago: int) -> None:
    for group in groups:
        for one, other in combinations(group, 2):
            note(found, one, other, cycles_ago)


def rounds_before(
    header: NetworkHeader, program: Program, previous: RoundsPlan | None
) -> tuple[PlanRound, ...]:
    """The rounds of this cycle as they were planned before: by the previous plan, or as the document names
    them; empty where there are none."""
    if previous is not None:
        return previous.rounds if previous.cycle == program.cycle.id else ()
    mine = [
        one for one in header.running_rounds if (one.program, one.cycle) == (program.id, program.cycle.id)
    ]
    found = {one.number: one for one in mine}
    rounds: list[PlanRound] = []
    while (one := found.get(len(rounds) + 1)) is not None:
        keys = tuple(key_of(one.number, k) for k in range(len(one.groups)))
        rounds.append(PlanRound(number=one.number, week_of=one.week_of, groups=one.groups, keys=keys))
    return tuple(rounds)


def key_of(number: int, group: int) -> str:
    """What names the group of a round that is the so-many-th (from 0) by its members."""
    return f"round-{number}-{group + 1}"


def held_rounds(
    program: Program, previous: RoundsPlan | None, before: tuple[PlanRound, ...], held: int
) -> tuple[PlanRound, ...]:
    """The first `held` rounds of those before, which took place.

    Raises InputError where there are none to take.
    """
    if not held:
        return ()
    if previous is not None and (previous.program, previous.cycle) != (program.id, program.cycle.id):
        raise InputError(
            f"The previous result is of cycle {previous.cycle!r}, this run of {program.cycle.id!r}: "
            "rounds that took place can only be taken from one of the same program and cycle."
        )
    if not before:
        raise InputError("Rounds that took place are taken from the previous result: give it too.")
    if held > len(before):
        raise InputError(f"The previous result has {len(before)} rounds; {held} cannot have been held.")
    return before[:held]

"""Who met before: in pairs that ended or run, in rounds of earlier cycles, and in rounds of this one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from matcher.domain.errors import InputError
from matcher.domain.history import EndedPair, RunningPair
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


def of_rounds(program: Program, previous: RoundsPlan | None) -> Earlier:
    """Meetings in rounds of earlier cycles: those of a previous plan, and those that it knew of."""
    found: Earlier = {}
    if previous is None:
        return found
    past = 0 if previous.cycle == program.cycle.id else 1
    for one, other, cycles_ago in previous.earlier:
        if weight(cycles_ago + past):
            note(found, one, other, cycles_ago + past)
    if past:
        for one_round in previous.rounds:
            for group in one_round.groups:
                for one, other in combinations(group, 2):
                    note(found, one, other, 1)
    return found


def held_rounds(program: Program, previous: RoundsPlan | None, held: int) -> tuple[PlanRound, ...]:
    """The first `held` rounds of the previous plan, which took place.

    Raises InputError where that plan has none to give.
    """
    if not held:
        return ()
    if previous is None:
        raise InputError("Rounds that took place are taken from the previous result: give it too.")
    if (previous.program, previous.cycle) != (program.id, program.cycle.id):
        raise InputError(
            f"The previous result is of cycle {previous.cycle!r}, this run of {program.cycle.id!r}: "
            "rounds that took place can only be taken from one of the same program and cycle."
        )
    if held > len(previous.rounds):
        raise InputError(
            f"The previous result has {len(previous.rounds)} rounds; {held} cannot have been held."
        )
    return previous.rounds[:held]

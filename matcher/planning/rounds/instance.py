"""From a network document to the numbers that rounds are solved on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.context import rivals
from matcher.documents.read import choose
from matcher.domain.errors import InputError
from matcher.domain.member import Member
from matcher.domain.rounds_plan import NotInRounds, RoundsPlan
from matcher.planning.rounds import history
from matcher.planning.rounds.taking_part import sort_out, weeks_of
from solvers.faults import InstanceError
from solvers.pods.rounds.instance import Index, Met, RoundsInstance
from solvers.pods.rounds.sizes import bounds_of

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.history import EndedPair, RunningPair
    from matcher.domain.program import Program


@dataclass(frozen=True)
class Asked:
    """What a run is asked for: rounds, people in a group, the first rounds of the previous plan that took
    place, and people of one organization in a group at most (None: any number)."""

    rounds: int
    size: int
    held: int = 0
    most_of_one: int | None = None


@dataclass(frozen=True)
class Prepared:
    """One run, ready to be solved. `others` take no part; `earlier` are meetings in rounds of past cycles;
    `any_time`: how many take part who name no weekly hours."""

    source: NetworkSource
    program: Program
    weeks: tuple[date, ...]
    instance: RoundsInstance
    others: tuple[NotInRounds, ...]
    earlier: history.Earlier
    any_time: int


def prepare(
    source: NetworkSource, program_id: str | None, asked: Asked, previous: RoundsPlan | None
) -> Prepared:
    """Read the people once, and state the instance. Raises InputError for what cannot be used."""
    header = source.header
    program, _, _ = choose(header, program_id)
    took_place = history.held_rounds(program, previous, asked.held)
    if len(took_place) > asked.rounds:
        raise InputError(
            f"{asked.held} rounds took place: ask for {asked.held} at least, not {asked.rounds}."
        )
    past = tuple(one.week_of for one in took_place if one.week_of is not None)
    weeks = weeks_of(program.cycle, asked.rounds, past)
    members: dict[str, Member] = {}
    pairs: list[EndedPair | RunningPair] = []
    for record in source.people():
        if isinstance(record, Member):
            members[record.id] = record
        else:
            pairs.append(record)
    taking, attendance, others = sort_out(members.values(), program.cycle, weeks)
    held = [one.groups for one in took_place]
    absent_now = {i for groups in held for group in groups for i in group} - {one.id for one in taking}
    strangers = sorted(absent_now - members.keys())
    if strangers:
        raise InputError(f"A round that took place seats {strangers[0]!r}, who is not in the network.")
    # Whoever was there and comes to no further round still counts as met.
    taking = sorted([*taking, *(members[one] for one in absent_now)], key=lambda one: one.id)
    coming = dict(zip([one.id for one in taking if one.id not in absent_now], attendance, strict=True))
    number = {one.id: i for i, one in enumerate(taking)}
    earlier = history.of_rounds(program, previous)
    latest = history.of_pairs(pairs)
    for (one, other), cycles_ago in earlier.items():
        history.note(latest, one, other, cycles_ago)
    organizations = {one.id: k for k, one in enumerate(header.organizations)}
    least, most = bounds_of(asked.size)
    avoided = {
        (min(one.id, other), max(one.id, other)) for one in taking for other in one.avoids if other in number
    }
    try:
        instance = RoundsInstance(
            person_ids=tuple(number),
            organization_ids=tuple(organizations),
            organization=np.array([organizations[one.organization] for one in taking], np.int32),
            attendance=np.array([coming.get(one.id, [False] * asked.rounds) for one in taking], bool).reshape(
                -1, asked.rounds
            ),
            size=asked.size,
            least=least,
            most=most,
            met=_met(latest, number),
            apart=_rows([(number[one], number[other]) for one, other in sorted(avoided)]),
            competitors=_rows(
                sorted((organizations[a], organizations[b]) for a, b in rivals(header.organizations) if a < b)
            ),
            most_of_one=asked.most_of_one,
            repeat_weight=history.REPEAT_WEIGHT,
            held=tuple(tuple(tuple(sorted(number[i] for i in group)) for group in groups) for groups in held),
        )
    except InstanceError as error:
        raise InputError(f"These rounds cannot be formed: {error}.") from error
    others = tuple(one for one in others if one.member not in number)
    any_time = sum(not one.availability for one in taking)
    return Prepared(source, program, weeks, instance, others, earlier, any_time)


def _met(latest: history.Earlier, number: dict[str, int]) -> Met:
    rows = [
        (number[one], number[other], history.weight(ago))
        for (one, other), ago in sorted(latest.items())
        if one in number and other in number and history.weight(ago)
    ]
    columns = np.array(rows, np.int32).reshape(-1, 3)
    return Met(columns[:, 0], columns[:, 1], columns[:, 2])


def _rows(pairs: list[tuple[int, int]]) -> Index:
    return np.array(pairs, np.int32).reshape(-1, 2)

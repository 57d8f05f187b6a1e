"""From a network document to the numbers that rounds are solved on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.context import rivals
from matcher.documents.read import choose_program
from matcher.domain.errors import InputError, PolicyError
from matcher.domain.member import Member
from matcher.domain.rounds_plan import NotInRounds, PlanRound, RoundsPlan
from matcher.planning.rounds import history
from matcher.planning.rounds.pins import read_pins
from matcher.planning.rounds.taking_part import is_week_of, sort_out, weeks_of
from solvers.faults import InstanceError
from solvers.pods.rounds.instance import Index, Met, Round, RoundsInstance, no_languages
from solvers.pods.rounds.sizes import bounds_of

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.history import EndedPair, RunningPair
    from matcher.domain.policy import Policy
    from matcher.domain.program import Program


@dataclass(frozen=True)
class Asked:
    """What a run is asked for: rounds, people in a group, the first rounds of those planned before that took
    place, and people of one organization in a group at most (None: any number)."""

    rounds: int
    size: int
    held: int = 0
    most_of_one: int | None = None

    @classmethod
    def of(cls, program: Program, said: Mapping[str, int] | None = None) -> Asked:
        """What is `said`, by the names of `ProgramRounds`; the rest as the program says itself. Raises
        InputError where neither names a number of rounds."""
        rounds = program.rounds.model_copy(update=dict(said or {}))
        if rounds.number is None:
            raise InputError(f"Say how many rounds the program {program.id!r} is to have.")
        return cls(rounds.number, rounds.size, rounds.held or 0, rounds.most_of_one)


@dataclass(frozen=True)
class Prepared:
    """One run, ready to be solved. `others` take no part; `earlier` are meetings in rounds of past cycles;
    `planned`: all rounds of this cycle as planned before; `before`: those still open, whose groups are worth
    keeping (the policy's `changes` says how much);
    `any_time`: how many take part who name no weekly hours."""

    source: NetworkSource
    program: Program
    policy: Policy
    weeks: tuple[date, ...]
    instance: RoundsInstance
    others: tuple[NotInRounds, ...]
    earlier: history.Earlier
    planned: tuple[PlanRound, ...]
    before: tuple[PlanRound, ...]
    members: dict[str, Member]
    any_time: int

    @property
    def number(self) -> dict[str, int]:
        """The number of each person in the instance."""
        return {name: i for i, name in enumerate(self.instance.person_ids)}


def prepare(
    source: NetworkSource, program_id: str | None, asked: Asked, previous: RoundsPlan | None
) -> Prepared:
    """Read the people once, and state the instance.

    Raises InputError for what cannot be used, PolicyError for pins that a rule forbids.
    """
    header = source.header
    program, policy = choose_program(header, program_id)
    planned = history.rounds_before(header, program, previous)
    if previous is not None and previous.size != asked.size:
        planned = planned[: asked.held]  # another size is another plan: only what took place counts
    took_place = history.held_rounds(program, previous, planned, asked.held)
    if len(took_place) > asked.rounds:
        raise InputError(
            f"{asked.held} rounds took place: ask for {asked.held} at least, not {asked.rounds}."
        )
    weeks = _weeks(program, asked, planned, took_place)
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
    coming = dict(zip([one.id for one in taking], attendance, strict=True))
    taking = sorted([*taking, *(members[one] for one in absent_now)], key=lambda one: one.id)
    number = {one.id: i for i, one in enumerate(taking)}
    earlier = history.of_rounds(header, program, previous)
    latest = history.of_pairs(pairs)
    for (one, other), cycles_ago in earlier.items():
        history.note(latest, one, other, cycles_ago)
    organizations = {one.id: k for k, one in enumerate(header.organizations)}
    least, most = bounds_of(asked.size)
    comes = np.array([coming.get(one.id, [False] * asked.rounds) for one in taking], bool)
    comes = comes.reshape(-1, asked.rounds)
    pins = read_pins(program, number, comes, len(took_place))
    avoided = {
        (min(one.id, other), max(one.id, other)) for one in taking for other in one.avoids if other in number
    }
    apart = sorted({(number[one], number[other]) for one, other in avoided} | pins.apart)
    before = planned[len(took_place) :]
    languages = sorted({one for person in taking for one in person.languages})
    try:
        instance = RoundsInstance(
            person_ids=tuple(number),
            organization_ids=tuple(organizations),
            organization=np.array([organizations[one.organization] for one in taking], np.int32),
            attendance=comes,
            size=asked.size,
            least=least,
            most=most,
            met=_met(latest, number),
            apart=_rows(apart),
            competitors=_rows(
                sorted((organizations[a], organizations[b]) for a, b in rivals(header.organizations) if a < b)
            ),
            most_of_one=asked.most_of_one,
            language_ids=languages,
            speaks=np.array([[one in person.languages for one in languages] for person in taking], np.bool_)
            if languages
            else no_languages(),
            repeat_weight=history.REPEAT_WEIGHT,
            held=_groups(held, number),
            together=pins.together,
            before=_groups([one.groups for one in before[: asked.rounds - len(took_place)]], number),
            frozen=policy.pods.changes == "frozen",
        )
    except InstanceError as error:
        if error.field == "together":
            raise PolicyError("rounds.pins", f"What was fixed by hand cannot hold: {error}.") from error
        raise InputError(f"These rounds cannot be formed: {error}.") from error
    others = tuple(one for one in others if one.member not in number)
    any_time = sum(not one.availability for one in taking)
    return Prepared(
        source, program, policy, weeks, instance, others, earlier, planned, before, members, any_time
    )


def _weeks(
    program: Program, asked: Asked, planned: tuple[PlanRound, ...], took_place: tuple[PlanRound, ...]
) -> tuple[date, ...]:
    """The weeks of the rounds; as they were where there are as many as before, and all in the cycle.

    Raises InputError where a round took place outside the cycle.
    """
    known = [one.week_of for one in planned if one.week_of is not None]
    inside = [is_week_of(program.cycle, week) for week in known]
    if not all(inside[: len(took_place)]):
        week = known[inside.index(False)]
        raise InputError(f"A round took place in the week of {week}, which is none of the cycle's weeks.")
    if len(known) == len(planned) == asked.rounds and all(inside):
        return tuple(known)
    return weeks_of(program.cycle, asked.rounds, tuple(known[: len(took_place)]))


def _groups(rounds: Sequence[Sequence[Sequence[str]]], number: Mapping[str, int]) -> tuple[Round, ...]:
    """Rounds by numbers, groups in their order; who takes part no more is left out."""
    return tuple(
        tuple(tuple(sorted(number[i] for i in group if i in number)) for group in groups) for groups in rounds
    )


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

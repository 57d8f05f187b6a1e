"""What every rule and part of points may look up: the frozen context of one matching run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.candidates.free_time import Calendar, calendar_of
from matcher.domain.errors import Fault, InputError
from matcher.domain.history import EndedPair, Ending, RunningPair
from matcher.domain.member import Member
from matcher.domain.network import NetworkHeader
from matcher.domain.organization import Organization
from matcher.domain.policy import Kind, PairPolicy
from matcher.domain.program import Program
from matcher.domain.skill import Skill, SkillIndex

Person = Member | EndedPair | RunningPair
"""One record of the people of a network document."""


class SkillList:
    """The skills of a network by number, with their relations made symmetric.

    `related[k]` maps the numbers of the skills that help with skill k to their strength in percent: the
    larger of what the two skills say of each other.
    """

    def __init__(self, skills: Iterable[Skill]) -> None:
        listed = tuple(skills)
        self._index = SkillIndex(listed)
        self.ids = [skill.id for skill in listed]
        self.names = [skill.name for skill in listed]
        self._number = {identifier: k for k, identifier in enumerate(self.ids)}
        self.related: list[dict[int, int]] = [{} for _ in listed]
        for k, skill in enumerate(listed):
            for relation in skill.related:
                other = self.number(relation.skill, f"skills[{k}].related")
                if other != k:
                    strength = max(relation.strength_percent, self.related[k].get(other, 0))
                    self.related[k][other] = self.related[other][k] = strength

    def number(self, text: str, path: str) -> int:
        """The number of the skill that an id, name or synonym means; `InputError` if there is none."""
        identifier = self._index.id_of(text)
        if identifier is None:
            fault = Fault(path, f"{text!r} is no skill of this network: add it to its skills, or correct it")
            raise InputError(f"{path}: {fault.reason}.", (fault,))
        return self._number[identifier]

    def strength(self, sought: int, offered: int) -> int:
        """How much an offered skill counts for a sought one, in percent; 0 if not at all."""
        return 100 if sought == offered else self.related[sought].get(offered, 0)


def rivals(organizations: Iterable[Organization]) -> set[tuple[str, str]]:
    """The pairs of organizations of which one names the other a competitor, in both directions."""
    found: set[tuple[str, str]] = set()
    for organization in organizations:
        for other in organization.competitors:
            found |= {(organization.id, other), (other, organization.id)}
    return found


def bars_repeat(pair: EndedPair, repeat_after_cycles: int) -> bool:
    """Whether an ended pair keeps its two people from meeting again; one that was declined always does."""
    return pair.ending is Ending.DECLINED or pair.cycles_ago <= repeat_after_cycles


Whole = TypeVar("Whole", int, NDArray[np.int64])


def pulse_tenths(total: Whole, answers: Whole) -> Whole:
    """Mean pulse in tenths (10-50), halves rounded up; whole numbers or arrays of them."""
    return (20 * total + answers) // (2 * answers)


def both(a: str, b: str) -> tuple[str, str]:
    """Two ids as one key, whatever their order."""
    return (a, b) if a <= b else (b, a)


@dataclass(frozen=True)
class Context:
    """The run and its lookups. Ids everywhere; see `of` for how it is made from a document.

    `ended`: ended pairs by the two people, in either direction. `running`: (learner, guide) of this kind,
    without those that asked for a rematch, which are in `rematch` by the two people. `ties`: ended and
    running pairs by the two organizations. `pulses`: sum and number of the pulses of each guide. `pins`:
    "pair" or "not_pair" by (learner, guide).
    """

    header: NetworkHeader
    program: Program
    policy: PairPolicy
    kind: Kind
    calendar: Calendar
    skills: SkillList
    groups: dict[str, str | None]
    rivals: frozenset[tuple[str, str]]
    ended: dict[tuple[str, str], tuple[EndedPair, ...]]
    running: frozenset[tuple[str, str]]
    rematch: frozenset[tuple[str, str]]
    ties: Counter[tuple[str, str]]
    pulses: dict[str, tuple[int, int]]
    pins: dict[tuple[str, str], str]
    _free: dict[str, tuple[Member, int]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        header: NetworkHeader,
        people: Iterable[Person],
        program: Program,
        policy: PairPolicy,
        kind: Kind,
    ) -> Context:
        """Gather the lookups in one pass over the people of the network."""
        organization: dict[str, str] = {}
        ended: dict[tuple[str, str], tuple[EndedPair, ...]] = {}
        running: set[tuple[str, str]] = set()
        rematch: set[tuple[str, str]] = set()
        pulses: dict[str, tuple[int, int]] = {}
        met: Counter[tuple[str, str]] = Counter()
        for record in people:
            if isinstance(record, Member):
                organization[record.id] = record.organization
                continue
            key = both(record.learner, record.guide)
            met[key] += 1
            if isinstance(record, EndedPair):
                ended[key] = (*ended.get(key, ()), record)
                if record.pulse is not None:
                    total, answers = pulses.get(record.guide, (0, 0))
                    pulses[record.guide] = (total + record.pulse, answers + 1)
            elif record.rematch:
                rematch.add(key)
            elif record.kind is kind:
                running.add((record.learner, record.guide))
        ties: Counter[tuple[str, str]] = Counter()
        for (one, other), times in met.items():
            if one in organization and other in organization:
                ties[both(organization[one], organization[other])] += times
        return cls(
            header=header,
            program=program,
            policy=policy,
            kind=kind,
            calendar=calendar_of(program.cycle.start, program.cycle.end),
            skills=SkillList(header.skills),
            groups={one.id: one.group for one in header.organizations},
            rivals=frozenset(rivals(header.organizations)),
            ended=ended,
            running=frozenset(running),
            rematch=frozenset(rematch),
            ties=ties,
            pulses=pulses,
            pins={(pin.learner, pin.guide): pin.must for pin in program.pins},
        )

    def is_running(self, learner: Member, guide: Member) -> bool:
        """Whether the two are a protected running pair of this kind."""
        return (learner.id, guide.id) in self.running

    def common_minutes(self, learner: Member, guide: Member) -> int:
        """Free time that two members share over the whole cycle."""
        return 30 * (self._slots(learner) & self._slots(guide)).bit_count()

    def _slots(self, member: Member) -> int:
        """The free slots of a member, worked out once for all rules and parts of points that look at them."""
        known = self._free.get(member.id)
        if known is None or known[0] is not member:
            known = self._free[member.id] = member, self.calendar.free(member)
        return known[1]

"""What rules of turns and meeting times look up: the frozen context of one run of rotas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from matcher.candidates.context import Person, SkillList, rivals
from matcher.candidates.free_time import Calendar, calendar_of
from matcher.candidates.rota.days_off import days_off
from matcher.candidates.rota.groups import Formed, RotaGroup, groups_of
from matcher.domain.family import Family
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import BusyInterval, Leave, Member
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Kind, Policy
from matcher.domain.program import Program
from matcher.domain.rota_plan import FAMILY_OF
from matcher.domain.rota_policy import RoleName, RotaPolicy
from matcher.domain.session import Session, State

STEP = 15
"""Minutes of a step: times of all zones of today, and of all grids, are whole steps."""

ROLES: tuple[RoleName, ...] = ("lead", "co", "shadow")
"""In the order of `solvers.rota.turns.instance.Role`."""


Meets = tuple[Family, Kind | None, tuple[str, ...]]
"""What meets, as its sessions name it: family, kind of a pair, key."""


@dataclass(frozen=True)
class RotaContext:
    """The run and its lookups. Ids everywhere; see `of` for how it is made from a document.

    members: all of the document, in its order. groups: in the order of the plan. busy: times that other plans
    take. hours_taken: hours a month that pairs and pods take. avoided: per member, whom they avoid and who
    avoids them. notes: what was set aside.
    """

    header: NetworkHeader
    program: Program
    policy: RotaPolicy
    calendar: Calendar
    skills: SkillList
    rivals: frozenset[tuple[str, str]]
    members: Mapping[str, Member]
    groups: tuple[RotaGroup, ...]
    busy: Mapping[str, Sequence[BusyInterval]]
    hours_taken: Mapping[str, int]
    avoided: Mapping[str, frozenset[str]]
    notes: tuple[str, ...]
    _free: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        header: NetworkHeader,
        people: Iterable[Person],
        program: Program,
        policy: Policy,
        formed: Formed | None = None,
        commitments: Iterable[Session] = (),
        held: Container[Meets] = (),
    ) -> RotaContext:
        """Gather the lookups in one pass over the people of the network.

        `formed`: groups that plans formed. `commitments`: sessions of other plans; their times are taken, and
        pairs and pods among them have their times already. `held`: groups whose sessions come from the rota
        before, so that they are none of other plans.
        """
        members: dict[str, Member] = {}
        running: list[RunningPair] = []
        for record in people:
            if isinstance(record, Member):
                members[record.id] = record
            elif not isinstance(record, EndedPair):
                running.append(record)
        busy: dict[str, list[BusyInterval]] = {}
        met: set[Meets] = set()
        for session in commitments:
            meets = (session.family, session.kind, session.key)
            if session.state is not State.SCHEDULED or session.family is Family.ROTA or meets in held:
                continue
            met.add(meets)
            for person in session.attendees:
                busy.setdefault(person, []).append(BusyInterval(start=session.start, end=session.end))
        skills = SkillList(header.skills)
        found, notes = groups_of(header, members, running, program, policy.rota, skills, formed or Formed())
        hours = _hours(found, running, met, policy)
        groups = [one for one in found if (FAMILY_OF[one.kind], one.pairing, one.key) not in met]
        if less := len(found) - len(groups):
            notes.append(f"{less} groups have sessions already: their times stay, and are taken.")
        avoided: dict[str, set[str]] = {}
        for one in members.values():
            for other in one.avoids:
                avoided.setdefault(one.id, set()).add(other)
                avoided.setdefault(other, set()).add(one.id)
        return cls(
            header=header,
            program=program,
            policy=policy.rota,
            calendar=calendar_of(program.cycle.start, program.cycle.end, STEP),
            skills=skills,
            rivals=frozenset(rivals(header.organizations)),
            members=members,
            groups=tuple(groups),
            busy=busy,
            hours_taken=hours,
            avoided={one: frozenset(others) for one, others in avoided.items()},
            notes=tuple(notes),
        )

    @cached_property
    def group(self) -> dict[str, RotaGroup]:
        """The groups by what tells them apart."""
        return {one.id: one for one in self.groups}

    @property
    def origin(self) -> datetime:
        """When step 0 begins."""
        return datetime.combine(self.program.cycle.start, time.min, UTC)

    @property
    def n_steps(self) -> int:
        """Steps in the cycle."""
        return self.calendar.n_slots

    def instant(self, step: int) -> datetime:
        """When a step begins."""
        return self.origin + timedelta(minutes=STEP * step)

    def step(self, instant: datetime) -> int | None:
        """The step that begins at an instant; None off the grid or outside the cycle."""
        step, rest = divmod(instant - self.origin, timedelta(minutes=STEP))
        return step if not rest and 0 <= step < self.n_steps else None

    def length(self, group: RotaGroup) -> int:
        """Steps that a session lasts."""
        return -(-group.minutes // STEP)

    def days_off(self, member: Member) -> frozenset[date]:
        """Public holidays of a member in the cycle, where the policy minds them."""
        if not self.policy.holidays:
            return frozenset()
        cycle = self.program.cycle
        return days_off(member.country, member.region, cycle.start, cycle.end)

    def taken_by(self, member: Member) -> dict[str, int]:
        """What takes steps from a member's weekly availability, by the code of the rule: bitsets."""
        taken, zone = self.calendar.taken, member.time_zone
        off = [Leave(start=day, end=day) for day in sorted(self.days_off(member))]
        return {
            "busy": taken(zone, member.busy, ()),
            "on_leave": taken(zone, (), member.leave),
            "holiday": taken(zone, (), off),
            "in_session": taken(zone, self.busy.get(member.id, ()), ()),
        }

    def free(self, member: Member) -> int:
        """The free steps of a member, worked out once."""
        found = self._free.get(member.id)
        if found is None:
            found = self.calendar.template(member)
            for steps in self.taken_by(member).values():
                found &= ~steps
            self._free[member.id] = found
        return found

    def budget(self, member: Member) -> int:
        """Minutes that pairs and pods leave for turns in the whole cycle."""
        hours = max(0, member.hours_per_month - self.hours_taken.get(member.id, 0))
        return hours * 60 * self.calendar.days // 30

    def turn_minutes(self, group: RotaGroup, member: str | None = None) -> int:
        """What a turn takes of the budget of somebody: its preparation, and the session where its minutes are
        not in their hours already. Those of a forum are in nobody's: who is invited may come or not."""
        inside = member in group.members and group.kind != "forum"
        return self.policy.turn_minutes + (0 if inside else group.minutes)

    def wall(self, group: RotaGroup, step: int) -> str:
        """When a session begins, as clocks in the group's zone show it."""
        local = self.instant(step).astimezone(ZoneInfo(group.zone))
        return f"{local:%a %Y-%m-%d %H:%M} ({group.zone})"

    def weekly(self, group: RotaGroup, step: int) -> str:
        """The weekly time of a session, as clocks in the group's zone show it."""
        return f"{self.instant(step).astimezone(ZoneInfo(group.zone)):%a %H:%M}"


def _hours(
    groups: Iterable[RotaGroup],
    running: Iterable[RunningPair],
    met: Iterable[Meets],
    policy: Policy,
) -> Counter[str]:
    """Hours a month that pairs and pods take from each."""
    hours: Counter[str] = Counter()
    pairs = {(one.kind, (one.learner, one.guide)) for one in running if not one.rematch}
    pairs |= {(kind, (key[0], key[1])) for family, kind, key in met if family is Family.PAIRS and kind}
    for group in groups:
        if group.pairing is not None:
            pairs.add((group.pairing, (group.key[0], group.key[1])))
        elif group.kind != "forum":
            hours.update(dict.fromkeys(group.members, policy.pods.pod_hours))
    for _, (learner, guide) in pairs:
        hours[learner] += policy.pairs.learner_hours
        hours[guide] += policy.pairs.guide_hours
    return hours

"""What every rule and part of points of a seat may look up: the frozen context of one run of pods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from itertools import combinations

from matcher.candidates.context import Person, SkillList, rivals
from matcher.candidates.free_time import DAY_MINUTES, SLOT_MINUTES, Calendar, calendar_of
from matcher.candidates.hours import hours_taken
from matcher.candidates.pods.targets import Target, targets_of
from matcher.candidates.pods.weeks import Beat, Week, session_starts
from matcher.documents.pods import source_of
from matcher.domain.family import Family
from matcher.domain.history import EndedPair, RunningPod
from matcher.domain.member import BusyInterval, Member, Status
from matcher.domain.network import NetworkHeader
from matcher.domain.pod_policy import PodPolicy
from matcher.domain.policy import Kind, PairPolicy, Policy
from matcher.domain.problem import Circle
from matcher.domain.program import Program
from matcher.domain.session import Session, State

_SLOT = timedelta(minutes=SLOT_MINUTES)

MET_NOW = 1
"""Two who run a pair meet already: it counts like the cycle before."""


@dataclass(frozen=True)
class PodContext:
    """The run and its lookups. Ids everywhere; see `of` for how it is made from a document.

    members: all of the document, in its order. pair_hours: hours a month that running pairs take from each;
    plan_hours: that pods and turns of other plans take.
    met: (one, other, cycles ago) of pairs and rounds that ended or run. ended: cycles since a member was last
    in the group of a problem or circle; declined: (member, problem or circle). running: (member, pod) of
    running seats, without those who asked to leave, in `rematch`. forced, forbidden: pins. busy: times
    that other plans take. zone: that of the weekly meeting times.
    """

    header: NetworkHeader
    program: Program
    policy: PodPolicy
    pairs: PairPolicy
    calendar: Calendar
    skills: SkillList
    rivals: frozenset[tuple[str, str]]
    members: Mapping[str, Member]
    targets: tuple[Target, ...]
    pair_hours: Mapping[str, int]
    plan_hours: Mapping[str, int]
    met: tuple[tuple[str, str, int], ...]
    ended: Mapping[tuple[str, str], int]
    declined: frozenset[tuple[str, str]]
    running: frozenset[tuple[str, str]]
    rematch: frozenset[tuple[str, str]]
    forced: frozenset[tuple[str, str]]
    forbidden: frozenset[tuple[str, str]]
    busy: Mapping[str, Sequence[BusyInterval]]
    zone: str
    _weeks: dict[Beat, Week] = field(default_factory=dict, compare=False, repr=False)
    _sessions: dict[tuple[Beat, int], list[tuple[datetime, int]]] = field(
        default_factory=dict, compare=False, repr=False
    )
    _free: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        header: NetworkHeader,
        people: Iterable[Person],
        program: Program,
        policy: Policy,
        running_pods: Sequence[RunningPod],
        commitments: Iterable[Session] = (),
    ) -> PodContext:
        """Gather the lookups in one pass over the people of the network.

        `commitments`: sessions of other plans (what is of these pods themselves is passed over); their times
        and hours are taken.
        """
        pairs = policy.pairs
        members: dict[str, Member] = {}
        hours: Counter[str] = Counter()
        met: list[tuple[str, str, int]] = []
        now: dict[tuple[str, str, Kind | None], None] = {}
        for record in people:
            if isinstance(record, Member):
                members[record.id] = record
            elif isinstance(record, EndedPair):
                met.append((record.learner, record.guide, record.cycles_ago))
            elif not record.rematch:
                now[record.learner, record.guide, record.kind] = None
        busy: dict[str, list[BusyInterval]] = {}
        others: list[Session] = []
        for session in commitments:
            own = (Family.PODS, program.id, program.cycle.id)
            if (
                session.state is not State.SCHEDULED
                or (session.family, session.program, session.cycle) == own
            ):
                continue
            if session.family is Family.PAIRS:
                learner, guide = session.key
                now[learner, guide, session.kind] = None
            others.append(session)
            for person in session.attendees:
                busy.setdefault(person, []).append(BusyInterval(start=session.start, end=session.end))
        for over in header.ended_rounds:
            met += _meetings(over.groups, over.cycles_ago)
        for one_round in header.running_rounds:
            met += _meetings(one_round.groups, MET_NOW)
        for learner, guide, _ in now:
            met.append((learner, guide, MET_NOW))
            hours[learner] += pairs.learner_hours
            hours[guide] += pairs.guide_hours
        skills = SkillList(header.skills)
        organization_of = {
            one.sponsor: members[one.sponsor].organization
            for one in header.problems
            if one.sponsor in members
        }
        demand = _demands(header, members.values(), skills)
        for pod in running_pods:
            source, _, number = pod.pod.rpartition("/")
            if source in demand and number.isdigit():
                demand[source] = max(demand[source], int(number))
        targets = tuple(targets_of(header, program, policy.pods, skills, organization_of, demand))
        known = {target.id for target in targets}
        ended: dict[tuple[str, str], int] = {}
        for old in header.ended_pods:
            for member in old.members:
                key = (member, source_of(old.pod))
                ended[key] = min(ended.get(key, old.cycles_ago), old.cycles_ago)
        pins = [(pin.member, resolve(pin.pod, known), pin.must) for pin in program.pods.pins]
        return cls(
            header=header,
            program=program,
            policy=policy.pods,
            pairs=pairs,
            calendar=calendar_of(program.cycle.start, program.cycle.end),
            skills=skills,
            rivals=frozenset(rivals(header.organizations)),
            members=members,
            targets=targets,
            pair_hours=hours,
            plan_hours=hours_taken(header, program, others, known=now),
            met=tuple(met),
            ended=ended,
            declined=frozenset(
                (one, source_of(pod.pod)) for pod in header.ended_pods for one in pod.declined
            ),
            running=frozenset(
                (one, resolve(pod.pod, known))
                for pod in running_pods
                for one in pod.members
                if one not in pod.rematch
            ),
            rematch=frozenset((one, resolve(pod.pod, known)) for pod in running_pods for one in pod.rematch),
            forced=frozenset((member, pod) for member, pod, must in pins if must == "seat"),
            forbidden=frozenset((member, pod) for member, pod, must in pins if must == "no_seat"),
            busy=busy,
            zone=program.pods.time_zone or _zone_of(running_pods) or _usual_zone(members.values()),
        )

    @cached_property
    def target(self) -> dict[str, Target]:
        """The pods that may run, by id."""
        return {target.id: target for target in self.targets}

    @property
    def rhythms(self) -> list[Beat]:
        """The rhythms of the pods that may run."""
        return sorted({target.rhythm for target in self.targets})

    def week(self, rhythm: Beat) -> Week:
        """The weekly slots of a rhythm."""
        if rhythm not in self._weeks:
            cycle = self.program.cycle
            self._weeks[rhythm] = Week.of(cycle, self.zone, rhythm, self.policy.slot_minutes)
        return self._weeks[rhythm]

    def sessions(self, rhythm: Beat, start: int) -> list[tuple[datetime, int]]:
        """When the sessions of a weekly time begin (`start`: minutes after Monday 00:00 in the zone), each
        with the half hours that it takes, as `free` has them."""
        found = self._sessions.get((rhythm, start))
        if found is None:
            cycle, (minutes, every, weeks) = self.program.cycle, rhythm
            weekday, minute = start // DAY_MINUTES + 1, start % DAY_MINUTES
            origin = datetime.combine(cycle.start, time.min, UTC)
            found = []
            for begin in session_starts(cycle, self.zone, weekday, minute, minutes, every, weeks):
                end = begin + timedelta(minutes=minutes)
                first, beyond = (begin - origin) // _SLOT, -((origin - end) // _SLOT)
                found.append((begin, ((1 << (beyond - first)) - 1) << first))
            self._sessions[rhythm, start] = found
        return found

    def free(self, member: Member) -> int:
        """The free half hours of a member, worked out once."""
        found = self._free.get(member.id)
        if found is None:
            found = self.calendar.free(member)
            if taken := self.busy.get(member.id):
                found &= ~self.calendar.taken(member.time_zone, taken, ())
            self._free[member.id] = found
        return found

    def hours_left(self, member: Member) -> int:
        """Hours a month that pairs and other plans leave."""
        taken = self.pair_hours.get(member.id, 0) + self.plan_hours.get(member.id, 0)
        return max(0, member.hours_per_month - taken)

    def newcomer(self, member: Member) -> bool:
        """Whether a member joined a short while ago and has hardly attended."""
        policy = self.policy
        return (
            member.joined is not None
            and member.joined > self.program.cycle.start - timedelta(days=policy.newcomer_days)
            and member.sessions_attended < policy.newcomer_sessions
        )

    def veteran(self, member: Member) -> bool:
        """Whether a member has attended often enough, or joined long ago."""
        policy = self.policy
        if member.sessions_attended >= policy.veteran_sessions:
            return True
        start = self.program.cycle.start
        return member.joined is not None and member.joined <= start - timedelta(days=policy.veteran_days)


def resolve(pod: str, known: set[str]) -> str:
    """The id of a pod as people write it: a circle without a number is the first of its kind."""
    if pod in known:
        return pod
    return f"{pod}/1" if f"{pod}/1" in known else pod


def _demands(header: NetworkHeader, members: Collection[Member], skills: SkillList) -> dict[str, int]:
    """How many groups of each circle may run, where it leaves that open: all together for the places that
    members take, at most."""
    found = {circle.id: _demand(circle, members, skills) for circle in header.circles}
    places = sum(one.capacities.pods for one in members if one.status is not Status.LEFT)
    asked = sum(found[one.id] * one.least_people for one in header.circles if one.groups is None)
    if asked > places:
        for circle in header.circles:
            if circle.groups is None:
                found[circle.id] = max(1, found[circle.id] * places // asked)
    return found


def _demand(circle: Circle, members: Iterable[Member], skills: SkillList) -> int:
    """How many circles of a kind have enough people who offer and who seek."""
    if circle.groups is not None:
        return circle.groups
    skill = skills.number(circle.skill, circle.id)
    offering = seeking = both = 0
    for member in members:
        if member.status is Status.LEFT or not member.capacities.pods:
            continue
        offers = any(
            skills.number(one.skill, member.id) == skill and one.level >= circle.level
            for one in member.offers
        )
        seeks = any(skills.number(one.skill, member.id) == skill for one in member.seeks)
        offering, seeking, both = offering + offers, seeking + seeks, both + (offers or seeks)
    rooms = [-(-both // circle.most_people)]
    rooms += [offering // circle.offering] if circle.offering else []
    rooms += [seeking // circle.seeking] if circle.seeking else []
    return min(rooms)


def _meetings(groups: Iterable[Sequence[str]], cycles_ago: int) -> Iterator[tuple[str, str, int]]:
    """Who met in the groups of a round, and how long ago."""
    for group in groups:
        yield from ((one, other, cycles_ago) for one, other in combinations(group, 2))


def _zone_of(running_pods: Iterable[RunningPod]) -> str | None:
    """The zone in which running pods meet, so that their times stay what they are."""
    return next((pod.meeting.time_zone for pod in running_pods if pod.meeting is not None), None)


def _usual_zone(members: Iterable[Member]) -> str:
    """The time zone of most members, the first by name of equals."""
    counts = Counter(member.time_zone for member in members if member.status is not Status.LEFT)
    return min(counts, key=lambda zone: (-counts[zone], zone)) if counts else "UTC"

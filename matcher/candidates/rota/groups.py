"""What a rota gives times and facilitators: running pods and circles, pairs, forums, and those of plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from matcher.candidates.context import SkillList
from matcher.candidates.pods.context import resolve
from matcher.documents.pods import source_of
from matcher.domain.forum import Forum
from matcher.domain.history import RunningPair, RunningPod
from matcher.domain.member import Member, Status
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Kind
from matcher.domain.problem import Circle, Problem
from matcher.domain.program import Program
from matcher.domain.rota_plan import GroupKind
from matcher.domain.rota_policy import Facilitators, RotaPolicy

NOBODY = Facilitators(lead=0, co=0, shadow=0)


@dataclass(frozen=True)
class RotaGroup:
    """One series to give times and facilitators.

    members: those who take part, in order. weeks: weeks of the cycle in which it meets. zone: in which its
    wall times are stated. quorum: so many must be able to come; spared: members who need not be able to come
    to a share of the sessions. required: who has to be there each time. source: the problem, circle or forum,
    as wishes name it. skills: what it is about, by number. sponsor: organization of a problem. gone: members
    who take no part any more, with the code of the reason.
    """

    kind: GroupKind
    key: tuple[str, ...]
    title: str
    members: tuple[str, ...]
    minutes: int
    every_weeks: int
    weeks: tuple[int, ...]
    zone: str
    quorum: int
    least_percent: int
    facilitators: Facilitators = NOBODY
    pairing: Kind | None = None
    expert: str | None = None
    required: tuple[str, ...] = ()
    spared: frozenset[str] = frozenset()
    source: str = ""
    skills: frozenset[int] = frozenset()
    languages: tuple[str, ...] = ()
    sponsor: str | None = None
    gone: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """What tells it from other groups, as people may read it."""
        return f"{self.pairing or self.kind} {' + '.join(self.key)}"

    def index(self, t: int) -> int:
        """What names session t in a `SessionKey`: its week of the cycle, for pairs its session week."""
        return t if self.kind == "pair" else self.weeks[t]


@dataclass(frozen=True)
class Formed:
    """Groups that plans formed: they stand in place of what runs by the document. None: no plan was given."""

    pods: tuple[RunningPod, ...] | None = None
    titles: Mapping[str, str] | None = None
    pairs: Mapping[Kind, tuple[tuple[str, str], ...]] | None = None


def groups_of(
    header: NetworkHeader,
    members: Mapping[str, Member],
    running: Sequence[RunningPair],
    program: Program,
    policy: RotaPolicy,
    skills: SkillList,
    formed: Formed,
) -> tuple[list[RotaGroup], list[str]]:
    """The groups in order (pods and circles, forums, pairs), and what was set aside, in sentences."""
    maker = _Maker(header, members, program, policy, skills)
    found: list[RotaGroup | None] = []
    pods = formed.pods if formed.pods is not None else header.running_pods if program.rota.pods else ()
    found += [maker.pod(pod, (formed.titles or {}).get(pod.pod)) for pod in pods]
    wanted = program.rota.forums
    found += [maker.forum(one) for one in header.forums if wanted is None or one.id in wanted]
    planned = formed.pairs or {}
    pairs = [(kind, pair) for kind, listed in planned.items() for pair in listed]
    if program.rota.pairs:
        pairs += [
            (one.kind, (one.learner, one.guide))
            for one in running
            if not one.rematch and one.kind in program.kinds and one.kind not in planned
        ]
    found += [maker.pair(kind, pair) for kind, pair in dict.fromkeys(pairs)]
    return [one for one in found if one is not None], maker.notes


class _Maker:
    def __init__(
        self,
        header: NetworkHeader,
        members: Mapping[str, Member],
        program: Program,
        policy: RotaPolicy,
        skills: SkillList,
    ) -> None:
        self.members, self.program, self.policy, self.skills = members, program, policy, skills
        self.notes: list[str] = []
        self._problems = {one.id: one for one in header.problems}
        self._circles = {one.id: one for one in header.circles}
        self._pods = set(self._problems) | {f"{one.id}/1" for one in header.circles}
        cycle = program.cycle
        self._weeks = ((cycle.end - cycle.start).days + 1) // 7

    def pod(self, pod: RunningPod, title: str | None) -> RotaGroup | None:
        name = resolve(pod.pod, self._pods)
        source: Problem | Circle | None = self._problems.get(name) or self._circles.get(source_of(name))
        if source is None:
            self.notes.append(f"{pod.pod} is no problem or circle any more: it gets no times.")
            return None
        asked = [one for one in pod.members if one not in pod.rematch]
        here, gone = self._taking_part(asked)
        if len(here) < 2:
            self.notes.append(f"{name} has {len(here)} members who take part: it gets no times.")
            return None
        minutes = source.session_minutes or self.program.cycle.session_minutes
        every = source.weeks_between_sessions or self.program.cycle.weeks_between_sessions
        weeks, tiers, policy = self._weeks, self.policy.facilitators, self.policy
        sponsor = None
        if isinstance(source, Problem):
            weeks = min(weeks, source.horizon_weeks)
            speaker = self.members.get(source.sponsor)
            sponsor = speaker.organization if speaker is not None else source.sponsor
            about = frozenset(self.skills.number(need.skill, source.id) for need in source.needs)
        else:
            about = frozenset({self.skills.number(source.skill, source.id)})
        common = [t for t in source.languages if all(t in self.members[one].languages for one in here)]
        number = name.rpartition("/")[2]
        own = source.title if isinstance(source, Problem) or number == "1" else f"{source.title} {number}"
        return RotaGroup(
            kind="pod" if isinstance(source, Problem) else "circle",
            key=(name,),
            title=title or own,
            members=here,
            minutes=minutes,
            every_weeks=every,
            weeks=tuple(range(0, weeks, every)),
            zone=pod.meeting.time_zone if pod.meeting is not None else self._usual_zone(here),
            quorum=min(len(here), max(2, -(-policy.quorum * len(here) // 100))),
            least_percent=policy.least_percent,
            facilitators=tiers.pod if isinstance(source, Problem) else tiers.circle,
            source=source.id,
            skills=about,
            languages=tuple(common) or source.languages,
            sponsor=sponsor,
            gone=gone,
        )

    def forum(self, forum: Forum) -> RotaGroup | None:
        expert = self.members.get(forum.expert)
        if expert is None or expert.status is Status.LEFT:
            self.notes.append(f"{forum.title}: its expert {forum.expert} has left, so it gets no times.")
            return None
        asked = forum.members if forum.members is not None else tuple(self._invited(forum))
        here, gone = self._taking_part(one for one in asked if one != forum.expert)
        if not here:
            self.notes.append(f"{forum.title}: nobody is invited, so it gets no times.")
            return None
        every = forum.weeks_between_sessions or self.program.cycle.weeks_between_sessions
        people = (forum.expert, *here)
        return RotaGroup(
            kind="forum",
            key=(forum.id,),
            title=forum.title,
            members=people,
            minutes=forum.session_minutes or self.program.cycle.session_minutes,
            every_weeks=every,
            weeks=tuple(range(0, self._weeks, every)),
            zone=expert.time_zone,
            quorum=2,
            least_percent=0,
            facilitators=self.policy.facilitators.forum,
            expert=forum.expert,
            required=(forum.expert,),
            spared=frozenset(people),
            source=forum.id,
            skills=frozenset({self.skills.number(forum.skill, forum.id)} if forum.skill else ()),
            languages=forum.languages,
            gone=gone,
        )

    def pair(self, kind: Kind, pair: tuple[str, str]) -> RotaGroup | None:
        here, _ = self._taking_part(pair)
        if len(here) < 2:
            return None
        learner, guide = (self.members[one] for one in pair)
        cycle = self.program.cycle
        return RotaGroup(
            kind="pair",
            key=pair,
            title=f"{learner.name} and {guide.name}",
            members=pair,
            minutes=cycle.session_minutes,
            every_weeks=cycle.weeks_between_sessions,
            weeks=tuple(range(0, self._weeks, cycle.weeks_between_sessions)),
            zone=guide.time_zone,
            quorum=2,
            least_percent=0,
            pairing=kind,
        )

    def _taking_part(self, asked: Iterable[str]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """Those who take part; and those who do not, with the code of the reason."""
        here: list[str] = []
        gone: list[tuple[str, str]] = []
        for one in dict.fromkeys(asked):
            member = self.members.get(one)
            if member is None or member.status is Status.LEFT:
                gone.append((one, "left"))
            else:
                here.append(one)
        return tuple(here), tuple(gone)

    def _usual_zone(self, people: Iterable[str]) -> str:
        counts = Counter(self.members[one].time_zone for one in people)
        return min(counts, key=lambda zone: (-counts[zone], zone))

    def _invited(self, forum: Forum) -> Iterator[str]:
        """Whom a forum without a list invites: who seeks its skill most first, then in the order of ids."""
        skill = self.skills.number(forum.skill, forum.id) if forum.skill else None
        asked: list[tuple[int, str]] = []
        for one in self.members.values():
            if one.status is Status.LEFT or not set(one.languages) & set(forum.languages):
                continue
            if skill is None:
                asked.append((0, one.id))
                continue
            wish = [s.priority for s in one.seeks if self.skills.number(s.skill, one.id) == skill]
            if wish:
                asked.append((-max(wish), one.id))
        for _, name in sorted(asked)[: forum.most_people]:
            yield name

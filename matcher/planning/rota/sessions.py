"""Sessions for the series of a rota: its times and facilitators, under the identities of the groups."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from matcher.candidates.context import SkillList
from matcher.domain.errors import InputError
from matcher.domain.family import Family
from matcher.domain.rota_plan import FAMILY_OF
from matcher.domain.session import Obstacle, Schedule, SeriesKey, Session, State, Unscheduled
from matcher.domain.session_text import Label, SessionText, Why
from matcher.planning.rota.check import check_sessions
from matcher.planning.sessions.agenda import ROLES, group_text, pair_text, why_matched
from matcher.planning.sessions.scheduling import begin, passed
from matcher.planning.sessions.writer import Meeting, SessionWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from matcher.documents.read import NetworkSource
    from matcher.domain.member import Member
    from matcher.domain.network import NetworkHeader
    from matcher.domain.program import Program
    from matcher.domain.rota_plan import NoTime, PlanSeries, PlanSession, RotaPlan
    from matcher.planning.sessions.scheduling import Occasion

LABELS: dict[str, Label] = {"pod": "pod", "circle": "circle", "forum": "forum"}


def schedule_rota(
    source: NetworkSource, plan: RotaPlan, when: Occasion
) -> tuple[Schedule, dict[str, Member]]:
    """Sessions for the series of a rota, checked before they leave, and the members concerned by id.

    Members of a group are asked to each session, but for those who are in another one then; so is everybody
    with a turn. `when.previous`: sessions of these series before, whatever plan they come from. Of a group
    that the rota does not hold any more they stay, without facilitators from outside.

    Raises InputError as `scheduling.begin`, and where somebody with a turn got another session since.
    """
    concerned = {person for series in plan.series for person in people_of(series)}
    concerned |= {person for session in when.previous for person in session.attendees}
    program, members = begin(source, plan, concerned)
    desk = _Desk(source.header, program, members, plan, when)
    made: list[Session] = []
    for series in plan.series:
        made += desk.sessions(series)
    made += desk.rest()
    made.sort(key=lambda one: (one.family, one.kind or "", one.key, one.index))
    schedule = Schedule(sessions=tuple(made), unscheduled=tuple(desk.missing()))
    passed(check_sessions(schedule, plan, when.commitments, when.not_before))
    return schedule, members


def people_of(series: PlanSeries) -> list[str]:
    """Everybody whom a series concerns: members, expert, and who takes a turn; each once."""
    expert = [series.expert] if series.expert else []
    turns = [turn.member for one in series.sessions for turn in one.turns if turn.member]
    return list(dict.fromkeys((*series.members, *expert, *turns)))


def identity(plan: RotaPlan, series: PlanSeries | NoTime) -> SeriesKey:
    """What a series is, with or without a rota."""
    return SeriesKey(
        network=plan.network.id,
        program=str(plan.program),
        cycle=str(plan.cycle),
        family=FAMILY_OF[series.kind],
        kind=series.pairing,
        key=series.key,
    )


class _Desk:
    """Writes the sessions of one rota, series by series; knows who is taken when."""

    def __init__(
        self,
        header: NetworkHeader,
        program: Program,
        members: Mapping[str, Member],
        plan: RotaPlan,
        when: Occasion,
    ) -> None:
        self._header, self._program, self._members = header, program, members
        self._plan, self._when = plan, when
        self._policy = next(one for one in header.policies if one.id == program.policy).rota
        self._skills = SkillList(header.skills)
        self._writer = SessionWriter(when.name, when.domain, when.changed_at)
        self._old: dict[tuple[object, ...], dict[int, Session]] = defaultdict(dict)
        for session in when.previous:
            self._old[session.family, session.kind, session.key][session.index] = session
        self._elsewhere, self._taken = _Times(), _Times()
        for one in when.commitments:
            if one.state is State.SCHEDULED:
                self._elsewhere.take(one.attendees, one.start, one.end)
        self._check_turns()
        for series in plan.series:
            for meeting in series.sessions:
                able = {*meeting.attending, *_needed(series, meeting)}
                self._taken.take(able, meeting.start, meeting.end)
        self._told: list[Unscheduled] = []

    def sessions(self, series: PlanSeries) -> list[Session]:
        """The sessions of one series, and the cancellation of those that it had beside."""
        own = identity(self._plan, series)
        old = self._old.pop((own.family, own.kind, own.key), {})
        made = []
        for number, meeting in enumerate(series.sessions):
            before = old.pop(meeting.index, None)
            if self._begun(meeting.start) or (before is not None and self._over(before)):
                made += [before] if before is not None else []
                continue
            able = [one for one in meeting.attending if self._elsewhere.free(one, meeting)]
            if len(able) < series.quorum:
                old |= {meeting.index: before} if before is not None else {}
                self._told.append(_taken(own, series, meeting, len(able)))
                continue
            made.append(self._writer.session(own, self._meeting(series, number, able, before), before))
        return made + [one if self._over(one) else self._writer.cancelled(one) for one in old.values()]

    def rest(self) -> list[Session]:
        """Sessions of series that the rota does not hold: without facilitators from outside, or cancelled."""
        lost = [one for one in self._plan.no_time if one.index is None]
        timeless = {(FAMILY_OF[one.kind], one.pairing, one.key) for one in lost}
        found = []
        for name, sessions in self._old.items():
            for one in sessions.values():
                if self._over(one) or one.state is State.CANCELLED:
                    found.append(one)
                elif name[0] is Family.ROTA or name in timeless:
                    found.append(self._writer.cancelled(one))
                else:
                    found.append(self._without_facilitators(one))
        return found

    def missing(self) -> list[Unscheduled]:
        """What has no time, with the reason."""
        of_series = {(one.kind, one.key): one for one in self._plan.series}
        found = self._told
        for one in self._plan.no_time:
            series = of_series.get((one.kind, one.key))
            own = identity(self._plan, one)
            values = dict(own) | {"attendees": series.members if series else ()}
            found.append(
                Unscheduled(**values, index=one.index, reason=Obstacle.NO_COMMON_TIME, sentence=one.sentence)
            )
        return found

    def _meeting(self, series: PlanSeries, number: int, able: list[str], before: Session | None) -> Meeting:
        one = series.sessions[number]
        roles = {turn.member: turn.role for turn in one.turns if turn.member}
        needed = _needed(series, one)
        members = series.key if series.kind == "pair" else series.members
        guests = [who for who in needed if who not in members]
        here = [who for who in members if who in able or who in needed or self._asked(who, one)]
        return Meeting(
            index=one.index,
            start=one.start,
            length=one.end - one.start,
            time_zone=series.time_zone,
            attendees=(*here, *guests),
            text=self._text(series, number, before),
            roles=roles,
            guests=tuple(guests),
        )

    def _text(self, series: PlanSeries, number: int, before: Session | None) -> SessionText:
        one = series.sessions[number]
        parts = getattr(self._policy.agendas, series.kind)
        if series.pairing is not None:
            learner, guide = (self._members[who] for who in series.key)
            why = why_matched(learner, guide, self._skills)
            count = len(series.sessions)
            return pair_text(series.pairing, learner, guide, number, count, series.minutes, why, parts)
        people = [self._members[who] for who in series.members]
        led = {
            role: [self._members[turn.member] for turn in one.turns if turn.member and turn.role == role]
            for role in ROLES
        }
        about, success = self._about(series)
        return group_text(
            LABELS[series.kind],
            series.title,
            people if series.kind != "forum" else (),
            number,
            len(series.sessions),
            series.minutes,
            parts,
            expert=self._members[series.expert] if series.expert else None,
            facilitators=led,
            about=about,
            success=success,
            why=before.text.why if before is not None and before.text is not None else Why(),
        )

    def _about(self, series: PlanSeries) -> tuple[str, str]:
        """What a group works on, and what success is, as the network has written it down."""
        name = series.key[0]
        if series.kind == "forum":
            return next((one.statement for one in self._header.forums if one.id == name), ""), ""
        if series.kind == "circle":
            name = name.partition("/")[0]
            return next((one.statement for one in self._header.circles if one.id == name), ""), ""
        for problem in self._header.problems if series.kind == "pod" else ():
            if problem.id == name:
                return problem.statement, problem.success_metric or ""
        return "", ""

    def _without_facilitators(self, session: Session) -> Session:
        here = tuple(one for one in session.attendees if one not in session.guests)
        if not session.roles and not session.guests:
            return session
        if len(here) < 2:
            return self._writer.cancelled(session)
        return self._writer.changed(session, {"attendees": here, "guests": (), "roles": {}})

    def _check_turns(self) -> None:
        for series in self._plan.series:
            for one in series.sessions:
                for who in _needed(series, one):
                    if not self._begun(one.start) and not self._elsewhere.free(who, one):
                        raise InputError(
                            f"{who} facilitates {series.title} at {one.start:%Y-%m-%d %H:%M} UTC, and got "
                            "another session then since the plan was made: run the rota again."
                        )

    def _asked(self, person: str, meeting: PlanSession) -> bool:
        """Whether somebody who cannot come is asked all the same: not to two sessions at once."""
        if not self._elsewhere.free(person, meeting) or not self._taken.free(person, meeting):
            return False
        self._taken.take([person], meeting.start, meeting.end)
        return True

    def _begun(self, start: datetime) -> bool:
        return self._when.not_before is not None and start < self._when.not_before

    def _over(self, session: Session) -> bool:
        return session.state is State.SCHEDULED and self._begun(session.start)


class _Times:
    """When people are taken."""

    def __init__(self) -> None:
        self._of: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)

    def take(self, people: Iterable[str], start: datetime, end: datetime) -> None:
        """Take an interval from each of them."""
        for person in people:
            self._of[person].append((start, end))

    def free(self, person: str, meeting: PlanSession) -> bool:
        """Whether nothing takes the time of a session from somebody."""
        return not any(a < meeting.end and meeting.start < b for a, b in self._of[person])


def _needed(series: PlanSeries, meeting: PlanSession) -> list[str]:
    """Who has to be there: the expert, and who takes a turn."""
    turns = [turn.member for turn in meeting.turns if turn.member]
    return list(dict.fromkeys([series.expert, *turns] if series.expert else turns))


def _taken(own: SeriesKey, series: PlanSeries, meeting: PlanSession, able: int) -> Unscheduled:
    why = (
        f"{able} of {len(series.members)} could come to {series.title} at "
        f"{meeting.start:%Y-%m-%d %H:%M} UTC, and {series.quorum} are needed: others got sessions then."
    )
    values = dict(own) | {"attendees": series.members, "index": meeting.index}
    return Unscheduled(**values, reason=Obstacle.TAKEN, sentence=why)

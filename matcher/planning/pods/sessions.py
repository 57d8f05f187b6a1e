"""Sessions for the pods of a plan: each at its weekly time, with what it works on and why these people."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from matcher.domain.family import Family
from matcher.domain.pods_plan import MeetingTime, PlanPod, PodsPlan
from matcher.domain.session import WeeklySlot
from matcher.domain.session_text import Label, SeatReasons, Why
from matcher.planning.sessions.agenda import named
from matcher.planning.sessions.check import check_groups
from matcher.planning.sessions.groups import find_times, schedule_groups
from matcher.planning.sessions.meetings import Group
from matcher.planning.sessions.scheduling import begin, passed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matcher.documents.read import NetworkSource
    from matcher.domain.member import Member
    from matcher.domain.network import NetworkHeader
    from matcher.domain.policy import Policy
    from matcher.domain.session import Schedule
    from matcher.planning.sessions.scheduling import Occasion

LABELS: dict[str, Label] = {"problem": "pod", "circle": "circle"}


def schedule_pods(
    source: NetworkSource, plan: PodsPlan, when: Occasion
) -> tuple[Schedule, dict[str, Member]]:
    """Sessions for the pods of a plan, checked before they leave, and the members concerned by id.

    The quorum is that of the policy. A pod whose weekly time other sessions take gets another. A member whose
    seat was pinned need not come to half of the sessions.
    Errors as in `scheduling.begin` and `schedule_groups`.
    """
    pods = [pod for pod in plan.pods if when.only is None or (pod.pod,) in when.only]
    concerned = {person for pod in pods for person in pod.members}
    concerned |= {person for session in when.previous for person in session.attendees}
    program, members = begin(source, plan, concerned)
    policy = next(one for one in source.header.policies if one.id == program.policy)
    groups = find_times(
        [_group(pod, members, source.header, policy) for pod in pods],
        members,
        program,
        previous=when.previous,
        commitments=when.commitments,
        not_before=when.not_before,
    )
    schedule = schedule_groups(
        groups,
        members,
        program,
        family=Family.PODS,
        changed_at=when.changed_at,
        network=source.header.id,
        plan=when.name,
        domain=when.domain,
        previous=when.previous,
        commitments=when.commitments,
        not_before=when.not_before,
    )
    passed(
        check_groups(
            schedule, groups, members, program, commitments=when.commitments, not_before=when.not_before
        )
    )
    return schedule, members


def _group(pod: PlanPod, members: Mapping[str, Member], header: NetworkHeader, policy: Policy) -> Group:
    size, quorum, agendas = len(pod.seats), policy.pods.quorum, policy.rota.agendas
    seats = (
        SeatReasons(who=named(members[one.member]), reasons=one.reasons) for one in pod.seats if one.reasons
    )
    about, success = _about(pod, header)
    return Group(
        id=pod.pod,
        name=pod.title,
        label=LABELS[pod.kind],
        members=pod.members,
        slot=_slot(pod.meeting) if pod.meeting is not None else None,
        quorum=min(size, max(2, -(-quorum * size // 100))),
        spared=frozenset(seat.member for seat in pod.seats if seat.pinned),
        about=about,
        success=success,
        why=Why(seats=tuple(seats)) if pod.meeting is not None else Why(),
        agenda=agendas.circle if pod.kind == "circle" else agendas.pod,
    )


def _slot(meeting: MeetingTime) -> WeeklySlot:
    return WeeklySlot(
        weekday=meeting.weekday,
        start=time.fromisoformat(meeting.start),
        time_zone=meeting.time_zone,
        minutes=meeting.minutes,
        every_weeks=meeting.every_weeks,
        weeks=meeting.weeks,
    )


def _about(pod: PlanPod, header: NetworkHeader) -> tuple[str, str]:
    """What the group works on, and what success is, as the network has written it down."""
    source = pod.pod.partition("/")[0] if pod.kind == "circle" else pod.pod
    for problem in header.problems:
        if pod.kind == "problem" and problem.id == source:
            return problem.statement, problem.success_metric or ""
    return next((one.statement for one in header.circles if one.id == source), ""), ""

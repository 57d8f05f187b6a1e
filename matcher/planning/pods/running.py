"""What becomes of pods that run: seats worth keeping, and those that ended with the reason why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from matcher.candidates.pods.context import PodContext, resolve
from matcher.candidates.pods.rules import CODES, RULE
from matcher.candidates.pods.table import SeatTable
from matcher.domain.history import PodTime, RunningPod
from matcher.domain.pods_plan import MeetingTime, PlanPod, PodSeat, PodsPlan, SeatChange, SeatChanges

Seat = tuple[str, str]
"""Member and pod, by id."""


@dataclass(frozen=True)
class Running:
    """The running seats: (member, pod) numbers worth keeping, those that ended, and when pods meet."""

    protected: tuple[tuple[int, int], ...]
    ended: tuple[SeatChange, ...]
    meeting: Mapping[int, PodTime]


def pods_before(running: Sequence[RunningPod], before: PodsPlan | None) -> tuple[RunningPod, ...]:
    """The pods that run by the document and by a plan before, which broke some of their seats."""
    if before is None:
        return tuple(running)
    changes = before.changes
    gone = {(one.member, one.pod) for one in (*changes.dropped, *changes.ended)}
    gone |= {(one.member, one.moved) for one in changes.moved if one.moved is not None}
    members: dict[str, list[str]] = {}
    meeting: dict[str, PodTime | None] = {}
    rematch: dict[str, tuple[str, ...]] = {}
    for pod in running:
        members[pod.pod] = [one for one in pod.members if (one, pod.pod) not in gone]
        meeting[pod.pod], rematch[pod.pod] = pod.meeting, pod.rematch
    for plan_pod in before.pods:
        listed = members.setdefault(plan_pod.pod, [])
        listed += [one for one in plan_pod.members if one not in listed]
        if plan_pod.meeting is not None:
            meeting[plan_pod.pod] = time_of(plan_pod.meeting)
    return tuple(
        RunningPod(
            pod=pod,
            members=tuple(listed),
            meeting=meeting.get(pod),
            rematch=tuple(one for one in rematch.get(pod, ()) if one in listed),
        )
        for pod, listed in members.items()
        if listed
    )


def implied_before(running: Sequence[RunningPod], plan: PodsPlan) -> PodsPlan | None:
    """The plan before as far as a plan itself tells of it: the seats that counted as running, in pods that
    met when they meet now. None where it was made without one."""
    if plan.previous_plan is None:
        return None
    ended = [(one.member, one.pod) for one in plan.changes.ended]  # first, so that they end in their order
    seats = dict.fromkeys([*ended, *plan.previous])
    now = {pod.pod: pod for pod in plan.pods}
    pods = []
    for name in dict.fromkeys(pod for _, pod in seats):
        members = [member for member, pod in seats if pod == name]
        places = tuple(PodSeat(member=member, points=0) for member in members)
        empty = PlanPod(pod=name, kind="problem", title=name, points=0, seats=())
        pods.append(now.get(name, empty).model_copy(update={"seats": places}))
    gone = [(one, pod.pod) for pod in running for one in pod.members if (one, pod.pod) not in seats]
    dropped = tuple(SeatChange(member=one, pod=pod, reason="dropped", sentence="") for one, pod in gone)
    return plan.model_copy(update={"pods": tuple(pods), "changes": SeatChanges(dropped=dropped)})


def time_of(meeting: MeetingTime) -> PodTime:
    """A meeting time as running pods have it."""
    start = time.fromisoformat(meeting.start)
    return PodTime(weekday=meeting.weekday, start=start, time_zone=meeting.time_zone)


def sort_out(table: SeatTable, running: Sequence[RunningPod]) -> Running:
    """Tell running seats that go on from those that cannot (see the module)."""
    context = table.context
    left_out = dict(table.left_out)
    known = set(table.pod_number)
    protected: list[tuple[int, int]] = []
    ended: list[SeatChange] = []
    meeting: dict[int, PodTime] = {}
    for pod in running:
        name = resolve(pod.pod, known)
        p = table.pod_number.get(name)
        if p is not None and pod.meeting is not None and pod.meeting.time_zone == context.zone:
            meeting[p] = pod.meeting
        for member in pod.members:
            i = table.member_number.get(member)
            if member in pod.rematch:
                ended.append(
                    _ended(member, pod.pod, "rematch", f"{_name(context, member)} asked to leave it.")
                )
            elif p is None:
                ended.append(_ended(member, pod.pod, "pod_gone", "The pod takes no part any more."))
            elif i is None:
                code = left_out.get(member, "left")
                ended.append(_ended(member, pod.pod, code, RULE[code].sentence))
            elif table.failed[i, p]:
                mask = int(table.failed[i, p])
                code = CODES[(mask & -mask).bit_length() - 1]
                ended.append(_ended(member, pod.pod, code, f"They may no longer: {RULE[code].sentence}"))
            else:
                protected.append((i, p))
    return Running(tuple(protected), tuple(ended), meeting)


def _ended(member: str, pod: str, reason: str, sentence: str) -> SeatChange:
    return SeatChange(member=member, pod=pod, reason=reason, sentence=sentence)


def _name(context: PodContext, member: str) -> str:
    found = context.members.get(member)
    return found.name if found is not None else member

"""The audits of pods that need no solver: on the numbers, and on the profiles in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from matcher.candidates.pods.attendance import attendance
from matcher.candidates.pods.context import PodContext
from matcher.candidates.pods.points import meets, parts_of, satisfaction
from matcher.candidates.pods.rules import reasons
from matcher.candidates.pods.targets import Target
from matcher.candidates.pods.terms import couple_points, couples
from matcher.domain.member import Member
from matcher.domain.pods_plan import PlanPod, PodSeat
from matcher.planning.findings import Objection
from matcher.planning.pods.instance import week_minute
from matcher.planning.pods.running import time_of

if TYPE_CHECKING:
    from solvers.pods.instance import Index, PodsInstance, Seats


def tier_objections(
    instance: PodsInstance, seats: Seats, slot: Index, tiers: Sequence[tuple[str, str, int | None]]
) -> list[str]:
    """Hard rules and tiers (name, sense, value) of an answer, checked again on the numbers."""
    from solvers.pods.check.audit import check
    from solvers.pods.check.score import tier_values

    off = [violation.message for violation in check(instance, seats, slot)]
    counted = [tuple(row) for row in tier_values(instance, seats, slot)]
    if list(tiers) != counted:
        off.append(f"tiers are {counted}, the answer says {list(tiers)}")
    return off


def seat_objections(context: PodContext, pods: Iterable[PlanPod]) -> list[Objection]:
    """Rules, points and attendance of each pod of a plan, worked out again from the profiles."""
    pods = list(pods)
    couple: Counter[tuple[str, str]] = Counter()
    for one, other, points in couples(context):
        couple[min(one, other), max(one, other)] += points
    off = [objection for pod in pods for objection in _pod(context, pod, couple)]
    off += _members(context, pods)
    return off


def _pod(context: PodContext, pod: PlanPod, couple: Counter[tuple[str, str]]) -> Iterator[Objection]:
    target = context.target.get(pod.pod)
    if target is None:
        yield Objection("pod", pod.pod, "takes no part in the program")
        return
    strangers = [seat.member for seat in pod.seats if seat.member not in context.members]
    if strangers or len(set(pod.members)) != len(pod.members):
        yield Objection("members", pod.pod, f"lists strangers, or somebody twice: {', '.join(strangers)}")
        return
    people = [context.members[seat.member] for seat in pod.seats]
    for seat, member in zip(pod.seats, people, strict=True):
        yield from _seat(context, target, seat, member)
    yield from _group(context, target, pod, people)
    yield from _worth(context, target, pod, people, couple)
    yield from _meeting(context, target, pod, people)


def _seat(context: PodContext, target: Target, seat: PodSeat, member: Member) -> Iterator[Objection]:
    about = f"{seat.member} in {target.id}"
    against = reasons(context, member, target)
    forced = (member.id, target.id) in context.forced
    for reason in against:
        if not forced or not reason.pin_overrides:
            yield Objection(reason.code, about, reason.sentence)
    if forced and seat.overrides != tuple(reason.code for reason in against):
        yield Objection("overrides", about, f"the pin sets aside {[r.code for r in against]}")
    parts = parts_of(context, member, target)
    if seat.parts != parts or seat.points != sum(parts.values()):
        yield Objection("points", about, f"says {seat.parts}, the profiles give {parts}")
    wished = satisfaction(member, target) if member.wishes else None
    if seat.satisfaction != wished:
        yield Objection("satisfaction", about, f"says {seat.satisfaction}, the wishes give {wished}")


def _group(context: PodContext, target: Target, pod: PlanPod, people: list[Member]) -> Iterator[Objection]:
    """The rules on the whole group."""
    size, policy = len(people), context.policy
    pinned = {seat.member for seat in pod.seats if seat.pinned}
    if not target.least <= size <= target.most:
        yield Objection("size", pod.pod, f"has {size} members, not {target.least} to {target.most}")
    count = Counter(member.organization for member in people)
    if len(count) < target.least_organizations or pod.organizations != len(count):
        yield Objection("organizations", pod.pod, f"spans {len(count)} organizations")
    if max(count.values(), default=0) * 100 > target.most_share * size:
        yield Objection(
            "share", pod.pod, f"has {max(count.values())} of {size} members from one organization"
        )
    if target.presence == "present" and target.sponsor not in count:
        yield Objection("sponsor", pod.pod, "has nobody of its sponsor")
    for one, other in combinations(sorted(count), 2):
        if (one, other) in context.rivals:
            yield Objection("rivals", pod.pod, f"joins the competitors {one} and {other}")
    for first, second in combinations(people, 2):
        if second.id in first.avoids or first.id in second.avoids:
            yield Objection(
                "apart", pod.pod, f"joins {first.id} and {second.id}, of whom one avoids the other"
            )
    inside = {member.id for member in people}
    for group in context.program.pods.apart:
        if len(inside.intersection(group)) > 1:
            yield Objection("apart", pod.pod, f"joins {sorted(inside.intersection(group))}")
    new = sum(map(context.newcomer, people))
    if new * 100 > policy.most_newcomers * size:
        yield Objection("newcomers", pod.pod, f"has {new} newcomers of {size}")
    if policy.veteran_each and sum(map(context.veteran, people)) < new:
        yield Objection("veterans", pod.pod, f"has more newcomers ({new}) than veterans")
    free = [member for member in people if member.id not in pinned]
    if target.languages and not any(all(t in one.languages for one in free) for t in target.languages):
        yield Objection("language", pod.pod, "has no language that all its members speak")


def _worth(
    context: PodContext,
    target: Target,
    pod: PlanPod,
    people: list[Member],
    couple: Counter[tuple[str, str]],
) -> Iterator[Objection]:
    """The points of the pod by part, and who meets which need."""
    worth = context.policy.worth
    needs = 0
    for need, told in zip(target.needs, pod.needs, strict=False):
        able = tuple(member.id for member in people if meets(context, member, need))
        if able != told.members or len(target.needs) != len(pod.needs):
            yield Objection("needs", pod.pod, f"{told.skill} is met by {able}, the plan says {told.members}")
        if len(able) < need.least:
            yield Objection("need", pod.pod, f"has {len(able)} for {told.skill}, at least {need.least}")
        needs += sum(((worth.need,) * need.people + (worth.spare,))[: len(able)])
    ids = [member.id for member in people]
    pairs = sum(couple[min(a, b), max(a, b)] + couple_points(context, a, b) for a, b in combinations(ids, 2))
    ease = 0
    if pod.meeting is not None:
        start = week_minute(time_of(pod.meeting))
        ease = sum(attendance(context, member, target.rhythm, start).ease for member in people)
    found = {
        "seats": sum(seat.points for seat in pod.seats),
        "needs": needs,
        "organizations": sum(worth.organizations[: len({member.organization for member in people})]),
        "pairs": pairs,
        "meeting": ease,
    }
    if pod.parts != found or pod.points != sum(found.values()):
        yield Objection("points", pod.pod, f"says {pod.parts}, the profiles give {found}")


def _meeting(context: PodContext, target: Target, pod: PlanPod, people: list[Member]) -> Iterator[Objection]:
    """Who can come when it meets."""
    meeting = pod.meeting
    if meeting is None:
        if context.policy.meetings:
            yield Objection("slot", pod.pod, "has no meeting time")
        return
    if (
        meeting.time_zone != context.zone
        or (
            meeting.minutes,
            meeting.every_weeks,
            meeting.weeks,
        )
        != target.rhythm
    ):
        yield Objection("slot", pod.pod, "meets in another zone or rhythm than its program has")
        return
    start = week_minute(time_of(meeting))
    found = {member.id: attendance(context, member, target.rhythm, start) for member in people}
    always = tuple(member for member, one in found.items() if one.always)
    half = tuple(member for member, one in found.items() if one.half)
    if (meeting.always, meeting.half) != (always, half):
        yield Objection("slot", pod.pod, f"says that {meeting.always} can always come; it is {always}")
    if len(always) * 100 < context.policy.quorum * len(people):
        yield Objection("quorum", pod.pod, f"has {len(always)} of {len(people)} who can always come")
    absent = [seat.member for seat in pod.seats if not seat.pinned and seat.member not in half]
    if absent:
        yield Objection("half", pod.pod, f"meets when {', '.join(absent)} can come to less than half")


def _members(context: PodContext, pods: list[PlanPod]) -> Iterator[Objection]:
    """Each person's pods and hours, pods at one time, and who stays together."""
    of: dict[str, list[PlanPod]] = {}
    for pod in pods:
        for member in pod.members:
            if member in context.members:
                of.setdefault(member, []).append(pod)
    ran = Counter(member for member, _ in context.running)
    forced = Counter(member for member, _ in context.forced)
    for member, held in of.items():
        profile = context.members[member]
        most = max(profile.capacities.pods, ran[member], forced[member])
        hours = max(context.hours_left(profile), ran[member] * context.policy.pod_hours)
        hours = max(hours, forced[member] * context.policy.pod_hours)
        if len(held) > most:
            yield Objection("capacity", member, f"is in {len(held)} pods, at most {most} are allowed")
        if len(held) * context.policy.pod_hours > hours:
            yield Objection("hours", member, f"gives {len(held) * context.policy.pod_hours} hours to pods")
        for one, other in combinations(held, 2):
            if _overlap(one, other):
                yield Objection("two_places", member, f"is in {one.pod} and {other.pod} at one time")
    for group in context.program.pods.together:
        taking = [member for member in group if member in of]
        places = {tuple(sorted(pod.pod for pod in of[member])) for member in taking}
        if len(places) > 1:
            yield Objection("together", ", ".join(taking), "are to be in the same pods, but are not")


def _overlap(one: PlanPod, other: PlanPod) -> bool:
    if one.meeting is None or other.meeting is None:
        return False
    week = 7 * 24 * 60
    gap = (week_minute(time_of(other.meeting)) - week_minute(time_of(one.meeting))) % week
    return gap < one.meeting.minutes or week - gap < other.meeting.minutes

"""What a plan says to people about pods: why this one, why none, why it does not run."""

from __future__ import annotations

from collections.abc import Iterable

from matcher.candidates.free_time import DAY_MINUTES
from matcher.candidates.pods.context import PodContext
from matcher.candidates.pods.points import meets, offers_of
from matcher.candidates.pods.targets import Target
from matcher.domain.member import Member
from matcher.domain.pods_plan import MeetingTime
from matcher.domain.session_text import SeatReason
from matcher.domain.skill import skill_key

ORDINALS = ("first", "second", "third", "fourth", "fifth")
DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def why_here(
    context: PodContext, member: Member, target: Target, meeting: MeetingTime | None
) -> tuple[SeatReason, ...]:
    """Why a member is in a pod, as other organizations may read it."""
    found = []
    if target.source in member.wishes and member.shows("wishes"):
        found.append(SeatReason(code="wish", place=member.wishes.index(target.source) + 1))
    names = context.skills.names
    given = [need for need in target.needs if not need.seeks and meets(context, member, need)]
    if given and member.shows("offers"):
        levels = dict(offers_of(context, member))
        skills = [
            f"{names[need.skill]} ({levels[need.skill]})" if need.skill in levels else names[need.skill]
            for need in given
        ]
        found.append(SeatReason(code="brings", names=tuple(dict.fromkeys(skills))))
    needed = {need.skill for need in target.needs}
    sought = [context.skills.number(one.skill, member.id) for one in member.seeks]
    learnt = tuple(names[skill] for skill in sought if skill in needed)
    if learnt and member.shows("seeks"):
        found.append(SeatReason(code="learns", names=learnt))
    practised = {skill_key(goal) for goal in target.goals}
    shared = tuple(goal for goal in member.goals if skill_key(goal) in practised)
    if shared and member.shows("goals"):
        found.append(SeatReason(code="goal", names=shared))
    if meeting is not None and member.id in meeting.always:
        found.append(SeatReason(code="always"))
    elif meeting is not None and member.id in meeting.half:
        found.append(SeatReason(code="half"))
    return tuple(found)


def told(reasons: Iterable[SeatReason], target: Target) -> tuple[str, ...]:
    """Reasons in sentences, one each."""
    return tuple(_told(one, target) for one in reasons)


def _told(one: SeatReason, target: Target) -> str:
    match one.code:
        case "wish":
            place = one.place or 1
            which = ORDINALS[place - 1] if place <= len(ORDINALS) else f"{place}th"
            return f"It is their {which} wish."
        case "brings":
            return f"They bring {_joined(one.names)}, which the {_word(target)} needs."
        case "learns":
            return f"They want to learn {_joined(one.names)}."
        case "goal":
            return f"They share the goal {_joined(one.names)}."
        case "always":
            return "They can come to every session."
        case "half":
            return "They can come to at least half of the sessions."


def clock(start: int) -> str:
    """A weekly time, given as minutes after Monday 00:00."""
    day, minute = divmod(start, DAY_MINUTES)
    return f"{DAYS[day]} {minute // 60:02d}:{minute % 60:02d}"


def when(meeting: MeetingTime) -> str:
    """A weekly time in words."""
    every = "weekly" if meeting.every_weeks == 1 else f"every {meeting.every_weeks} weeks"
    every += f" for {meeting.weeks} weeks" if meeting.weeks is not None else ""
    day = DAYS[meeting.weekday - 1]
    return f"{day} {meeting.start} {meeting.time_zone}, {meeting.minutes} min, {every}"


def _word(target: Target) -> str:
    return "pod" if target.kind == "problem" else "circle"


def _joined(names: Iterable[str]) -> str:
    listed = list(names)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"

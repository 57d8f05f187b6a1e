"""What a session's title and description say. Only what both organizations may read goes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from matcher.domain.member import Member
from matcher.domain.policy import MAX_POINTS, Kind
from matcher.domain.skill import Skill, SkillIndex, skill_key

KIND_NAMES = {
    Kind.MENTORING: "Mentoring",
    Kind.REVERSE: "Reverse mentoring",
    Kind.SHADOWING: "Job shadowing",
}

# Shares of the session in percent; the largest takes what rounding leaves.
_FIRST = ((20, "Who we are, and how each came here"), (45, "What the learner wants to reach this cycle"))
_FIRST_END = (
    (20, "How we work together: confidentiality, rhythm, channels"),
    (15, "First step, and who does it"),
)
_MIDDLE = (
    (10, "Check-in"),
    (20, "What became of the last step"),
    (55, "Today's question"),
    (15, "Next step"),
)
_LAST = (
    (10, "Check-in"),
    (40, "What we reached, and what we did not"),
    (30, "What stays, and what comes next"),
)
_LAST_END = ((20, "Thanks and feedback, both ways"),)

_QUALITY = (
    (800, "an excellent match"),
    (650, "a very good match"),
    (500, "a good match"),
    (0, "a fair match"),
)


def shown_name(member: Member) -> str:
    """A member's name as others may read it."""
    return member.name if member.shows("name") else f"a member of {member.organization}"


def title(kind: Kind, learner: Member, guide: Member) -> str:
    """One line for both calendars."""
    return f"{KIND_NAMES[kind]}: {shown_name(learner)} and {shown_name(guide)}"


def agenda(index: int, count: int, minutes: int) -> tuple[tuple[int, str], ...]:
    """Parts of a session as (minutes, what for), in order; they add up to its length.

    The first session of a cycle is for getting to know each other, the last of several for looking back.
    """
    if index == 0:
        shares: tuple[tuple[int, str], ...] = _FIRST + _FIRST_END
    elif index == count - 1:
        shares = _LAST + _LAST_END
    else:
        shares = _MIDDLE
    parts = [max((share * minutes + 250) // 500 * 5, 1) for share, _ in shares]
    parts[parts.index(max(parts))] += minutes - sum(parts)
    return tuple((part, text) for part, (_, text) in zip(parts, shares, strict=True))


def describe(
    kind: Kind, learner: Member, guide: Member, index: int, count: int, minutes: int, why: str
) -> str:
    """The text of one session: who takes which part, the agenda with time boxes, why they were matched."""
    lines = [
        f"Session {index + 1} of {count}. Learner: {shown_name(learner)}. Guide: {shown_name(guide)}.",
        "",
        "Agenda",
    ]
    begin = timedelta(0)
    for length, text in agenda(index, count, minutes):
        lines.append(f"{_clock(begin)} {text} ({length} min)")
        begin += timedelta(minutes=length)
    if why:
        lines += ["", "Why you were matched", why]
    return "\n".join(lines)


def why_matched(
    learner: Member,
    guide: Member,
    skills: Iterable[Skill] | Mapping[str, str],
    index: SkillIndex,
    points: int | None = None,
) -> str:
    """Why two people were matched, in words both may read: shared skills, goals, languages, and the points.

    `skills` are the network's (or names by id). Wishes, pulses and private rules are never told.
    """
    names = skills if isinstance(skills, Mapping) else {skill.id: skill.name for skill in skills}
    lines = []
    if learner.shows("seeks") and guide.shows("offers"):
        levels: dict[str, int] = {}
        for offer in guide.offers:
            found = index.id_of(offer.skill) or offer.skill
            levels[found] = max(levels.get(found, 0), offer.level)
        sought = sorted(learner.seeks, key=lambda seek: -seek.priority)
        shared = dict.fromkeys(index.id_of(seek.skill) or seek.skill for seek in sought)
        told = [
            f"{names.get(skill, skill)} (level {levels[skill]} of 5)" for skill in shared if skill in levels
        ]
        if told:
            lines.append(f"- {shown_name(guide)} offers what {shown_name(learner)} seeks: {_listed(told)}.")
    if learner.shows("goals") and guide.shows("goals"):
        known = {skill_key(goal) for goal in guide.goals}
        goals = [goal for goal in learner.goals if skill_key(goal) in known]
        if goals:
            lines.append(f"- Goals in common: {_listed(goals)}.")
    if points is not None:
        words = next(text for least, text in _QUALITY if points >= least)
        lines.append(f"- In points: {points} of {MAX_POINTS}, {words}.")
    return "\n".join(lines)


def _listed(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _clock(since_start: timedelta) -> str:
    hours, minutes = divmod(int(since_start.total_seconds()) // 60, 60)
    return f"{hours}:{minutes:02d}"

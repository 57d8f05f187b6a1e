"""What a session's title and description say. Only what both organizations may read goes in."""

from __future__ import annotations

from datetime import timedelta

from matcher.candidates.context import SkillList
from matcher.domain.member import Member
from matcher.domain.policy import Kind
from matcher.domain.skill import skill_key

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


def why_matched(learner: Member, guide: Member, skills: SkillList) -> str:
    """Why two people were matched, in words both may read: the sought skills on offer, and goals in common.

    What a profile hides from other organizations is left out, and so are points, as wishes and pulses are in
    them. Empty when nothing is left to tell.
    """
    lines = []
    if learner.shows("seeks") and guide.shows("offers"):
        told = _met(learner, guide, skills)
        if told:
            lines.append(f"- {shown_name(guide)} offers what {shown_name(learner)} seeks: {_listed(told)}.")
    if learner.shows("goals") and guide.shows("goals"):
        known = {skill_key(goal) for goal in guide.goals}
        goals = [goal for goal in learner.goals if skill_key(goal) in known]
        if goals:
            lines.append(f"- Goals in common: {_listed(goals)}.")
    return "\n".join(lines)


def _met(learner: Member, guide: Member, skills: SkillList) -> list[str]:
    """The skills sought and offered, the most urgent first; a related one where the skill itself is not."""
    offers = {skills.number(offer.skill, guide.id): offer.level for offer in guide.offers}
    told = []
    for seek in sorted(learner.seeks, key=lambda seek: -seek.priority):
        sought = skills.number(seek.skill, learner.id)
        best = max(offers, key=lambda offered: skills.strength(sought, offered), default=sought)
        if best in offers and skills.strength(sought, best):
            helps = "" if best == sought else f", which helps with {skills.names[sought]}"
            told.append(f"{skills.names[best]} (level {offers[best]} of 5{helps})")
    return list(dict.fromkeys(told))


def _listed(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _clock(since_start: timedelta) -> str:
    hours, minutes = divmod(int(since_start.total_seconds()) // 60, 60)
    return f"{hours}:{minutes:02d}"

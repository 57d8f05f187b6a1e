"""What a session's title and description say. Only what both organizations may read goes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from matcher.candidates.context import SkillList
from matcher.domain.member import Member
from matcher.domain.policy import Kind
from matcher.domain.rota_policy import Agenda, Agendas, RoleName
from matcher.domain.skill import skill_key

KIND_NAMES = {
    Kind.MENTORING: "Mentoring",
    Kind.REVERSE: "Reverse mentoring",
    Kind.SHADOWING: "Job shadowing",
}

AGENDAS = Agendas()
"""What sessions are made of where a policy says nothing else."""

_WHY = "Why you were matched"
LED_BY: dict[RoleName, str] = {"lead": "Led by", "co": "Co-facilitated by", "shadow": "Shadowed by"}


def shown_name(member: Member) -> str:
    """A member's name as others may read it."""
    return member.name if member.shows("name") else f"a member of {member.organization}"


def title(kind: Kind, learner: Member, guide: Member) -> str:
    """One line for both calendars."""
    return f"{KIND_NAMES[kind]}: {shown_name(learner)} and {shown_name(guide)}"


def agenda(index: int, count: int, minutes: int, parts: Agenda = AGENDAS.pair) -> tuple[tuple[int, str], ...]:
    """Parts of a session as (minutes, what for), in order; they add up to its length.

    The first session of a cycle is for getting to know each other, the last of several for looking back.
    """
    shares = parts.first if index == 0 else parts.last if index == count - 1 else parts.middle
    boxes = [max((part.percent * minutes + 250) // 500 * 5, 1) for part in shares]
    boxes[boxes.index(max(boxes))] += minutes - sum(boxes)  # the largest takes what rounding leaves
    return tuple((box, part.text) for box, part in zip(boxes, shares, strict=True))


def describe(
    kind: Kind,
    learner: Member,
    guide: Member,
    index: int,
    count: int,
    minutes: int,
    why: str,
    parts: Agenda = AGENDAS.pair,
) -> str:
    """The text of one session: who takes which part, the agenda with time boxes, why they were matched."""
    people = f"Learner: {shown_name(learner)}. Guide: {shown_name(guide)}."
    return _text(index, count, people, agenda(index, count, minutes, parts), why)


def describe_group(
    members: Sequence[Member],
    index: int,
    count: int,
    minutes: int,
    about: str,
    why: str,
    parts: Agenda = AGENDAS.pod,
) -> str:
    """The text of one session of a group: who is in it, what it works on, the agenda with time boxes, why
    these people were matched."""
    people = f"With {_listed([shown_name(one) for one in members])}."
    framed = f"{people}\n\n{about}" if about else people
    return _text(index, count, framed, agenda(index, count, minutes, parts), why)


def describe_led(
    members: Sequence[Member],
    index: int,
    count: int,
    minutes: int,
    parts: Agenda,
    *,
    expert: str = "",
    facilitators: Mapping[RoleName, Sequence[str]],
    about: str = "",
    why: str = "",
) -> str:
    """The text of one session of a rota: who is in it and who facilitates (names as others may read them),
    what it is about, the agenda of the policy with time boxes, why these people were matched."""
    people = [f"With {_listed([shown_name(one) for one in members])}."] if members else []
    people += [f"Expert: {expert}."] if expert else []
    people += [f"{LED_BY[role]}: {_listed(list(names))}." for role, names in facilitators.items() if names]
    framed = "\n\n".join(filter(None, (" ".join(people), about)))
    return _text(index, count, framed, agenda(index, count, minutes, parts), why)


def why_in(description: str) -> str:
    """Why its people were matched, as a session's text tells it; empty where it does not."""
    return description.partition(f"\n\n{_WHY}\n")[2]


def _text(index: int, count: int, people: str, parts: Iterable[tuple[int, str]], why: str) -> str:
    lines = [f"Session {index + 1} of {count}. {people}", "", "Agenda"]
    begin = timedelta(0)
    for length, text in parts:
        lines.append(f"{_clock(begin)} {text} ({length} min)")
        begin += timedelta(minutes=length)
    if why:
        lines += ["", _WHY, why]
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

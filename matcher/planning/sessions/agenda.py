"""What a session's text says, in parts. Only what both organizations may read goes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matcher.domain.member import Member
from matcher.domain.policy import Kind
from matcher.domain.rota_policy import Agenda, Agendas, RoleName
from matcher.domain.session_text import Label, Named, SessionText, SkillMet, TimeBox, Why
from matcher.domain.skill import skill_key

if TYPE_CHECKING:
    from matcher.candidates.context import SkillList

LABELS: dict[Kind, Label] = {
    Kind.MENTORING: "mentoring",
    Kind.REVERSE: "reverse",
    Kind.SHADOWING: "shadowing",
}

AGENDAS = Agendas()
"""What sessions are made of where a policy says nothing else."""

NO_REASONS = Why()

ROLES: tuple[RoleName, ...] = ("lead", "co", "shadow")
"""Roles in the order in which a text names who holds them."""


def shown_name(member: Member) -> str:
    """A member's name as others may read it."""
    return member.name if member.shows("name") else f"a member of {member.organization}"


def named(member: Member) -> Named:
    """A member in a text."""
    shown = member.name if member.shows("name") else None
    return Named(member=member.id, name=shown, organization=member.organization)


def agenda(index: int, count: int, minutes: int, parts: Agenda = AGENDAS.pair) -> tuple[tuple[int, str], ...]:
    """Parts of a session as (minutes, what for), in order; they add up to its length.

    The first session of a cycle is for getting to know each other, the last of several for looking back.
    """
    shares = parts.first if index == 0 else parts.last if index == count - 1 else parts.middle
    boxes = [max((part.percent * minutes + 250) // 500 * 5, 1) for part in shares]
    boxes[boxes.index(max(boxes))] += minutes - sum(boxes)  # the largest takes what rounding leaves
    return tuple((box, part.text) for box, part in zip(boxes, shares, strict=True))


def pair_text(
    kind: Kind,
    learner: Member,
    guide: Member,
    index: int,
    count: int,
    minutes: int,
    why: Why,
    parts: Agenda = AGENDAS.pair,
) -> SessionText:
    """The text of one session of a pair: who takes which part, the agenda with time boxes, why they were
    matched."""
    return SessionText(
        label=LABELS[kind],
        people=(named(learner), named(guide)),
        pair_roles=True,
        why=why,
        **_place(index, count, minutes, parts),
    )


def group_text(
    label: Label | None,
    title: str,
    members: Sequence[Member],
    index: int,
    count: int,
    minutes: int,
    parts: Agenda = AGENDAS.pod,
    *,
    expert: Member | None = None,
    facilitators: Mapping[RoleName, Sequence[Member]] | None = None,
    about: str = "",
    success: str = "",
    why: Why = NO_REASONS,
) -> SessionText:
    """The text of one session of a group: who is in it and who facilitates, what it works on, the agenda with
    time boxes, why these people were matched."""
    led = {role: tuple(named(one) for one in (facilitators or {}).get(role, ())) for role in ROLES}
    return SessionText(
        label=label,
        title=title,
        people=tuple(named(one) for one in members),
        expert=named(expert) if expert is not None else None,
        facilitators={role: people for role, people in led.items() if people},
        about=about,
        success=success,
        why=why,
        **_place(index, count, minutes, parts),
    )


def _place(index: int, count: int, minutes: int, parts: Agenda) -> dict[str, Any]:
    boxes = (TimeBox(minutes=length, text=text) for length, text in agenda(index, count, minutes, parts))
    return {"number": index + 1, "count": count, "agenda": tuple(boxes)}


def why_matched(learner: Member, guide: Member, skills: SkillList) -> Why:
    """Why two people were matched, as both may read it: the sought skills on offer, and goals in common.

    What a profile hides from other organizations is left out, and so are points, as wishes and pulses are in
    them.
    """
    told: tuple[SkillMet, ...] = ()
    if learner.shows("seeks") and guide.shows("offers"):
        told = _met(learner, guide, skills)
    goals: tuple[str, ...] = ()
    if learner.shows("goals") and guide.shows("goals"):
        known = {skill_key(goal) for goal in guide.goals}
        goals = tuple(goal for goal in learner.goals if skill_key(goal) in known)
    return Why(skills=told, goals=goals)


def _met(learner: Member, guide: Member, skills: SkillList) -> tuple[SkillMet, ...]:
    """The skills sought and offered, the most urgent first; a related one where the skill itself is not."""
    offers = {skills.number(offer.skill, guide.id): offer.level for offer in guide.offers}
    told = []
    for seek in sorted(learner.seeks, key=lambda seek: -seek.priority):
        sought = skills.number(seek.skill, learner.id)
        best = max(offers, key=lambda offered: skills.strength(sought, offered), default=sought)
        if best in offers and skills.strength(sought, best):
            helps = None if best == sought else skills.names[sought]
            told.append(SkillMet(skill=skills.names[best], level=offers[best], helps_with=helps))
    return tuple(dict.fromkeys(told))

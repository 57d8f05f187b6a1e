"""The points of a seat, 0-1000: named parts, each 0 to its maximum. The definition of record; tables agree.

Whole numbers throughout; every division is a floor division.
"""

from __future__ import annotations

from collections.abc import Callable

from matcher.candidates.pods.context import PodContext
from matcher.candidates.pods.targets import Target, TargetNeed
from matcher.candidates.points import level_credit, wish_points
from matcher.domain.member import Member
from matcher.domain.pod_policy import POD_PARTS
from matcher.domain.skill import skill_key

FULL = 1000
"""Satisfaction of somebody who has what they wished for most, or no wishes."""


def offers_of(context: PodContext, member: Member) -> list[tuple[int, int]]:
    """Number and level of each skill that a member offers."""
    return [(context.skills.number(one.skill, member.id), one.level) for one in member.offers]


def meets(context: PodContext, member: Member, need: TargetNeed) -> bool:
    """Whether a member counts towards a need: offers it (or close to it) at its level, or seeks it."""
    if need.seeks:
        return any(context.skills.number(one.skill, member.id) == need.skill for one in member.seeks)
    least = context.policy.related_percent
    return any(
        level >= need.level and context.skills.strength(need.skill, skill) >= least
        for skill, level in offers_of(context, member)
    )


def satisfaction(member: Member, target: Target) -> int:
    """How far a seat meets the member's wishes, 0-1000."""
    if not member.wishes:
        return FULL
    if target.source not in member.wishes:
        return 0
    return wish_points(FULL, member.wishes.index(target.source))


def _wishes(context: PodContext, member: Member, target: Target) -> int:
    most = context.policy.maxima.wishes
    return wish_points(most, member.wishes.index(target.source)) if target.source in member.wishes else 0


def _skills(context: PodContext, member: Member, target: Target) -> int:
    offered = offers_of(context, member)
    credits = [
        context.skills.strength(need.skill, skill) * level_credit(level, need.level) // 100
        for need in target.needs
        if not need.seeks
        for skill, level in offered
    ]
    return context.policy.maxima.skills * max(credits, default=0) // 100


def _growth(context: PodContext, member: Member, target: Target) -> int:
    needed = {need.skill for need in target.needs}
    earned = total = 0
    for seek in member.seeks:
        sought = context.skills.number(seek.skill, member.id)
        earned += seek.priority * max((context.skills.strength(sought, one) for one in needed), default=0)
        total += seek.priority
    return context.policy.maxima.growth * earned // (100 * total) if total else 0


def _goals(context: PodContext, member: Member, target: Target) -> int:
    practised = {skill_key(goal) for goal in target.goals}
    shared = sum(skill_key(goal) in practised for goal in member.goals)
    return context.policy.maxima.goals * shared // len(member.goals) if member.goals else 0


PART: dict[str, Callable[[PodContext, Member, Target], int]] = {
    "wishes": _wishes,
    "skills": _skills,
    "growth": _growth,
    "goals": _goals,
}
assert tuple(PART) == POD_PARTS


def parts_of(context: PodContext, member: Member, target: Target) -> dict[str, int]:
    """The points of a seat by part, in the order of `POD_PARTS`; their sum is the points."""
    return {name: part(context, member, target) for name, part in PART.items()}

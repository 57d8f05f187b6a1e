"""The points of a pair, 0-1000: named parts, each 0 to its maximum. The definition of record; kernels agree.

Whole numbers throughout; every division is a floor division.
"""

from __future__ import annotations

from collections.abc import Callable

from matcher.candidates.context import Context, both, pulse_tenths
from matcher.domain.member import Member
from matcher.domain.policy import PARTS
from matcher.domain.skill import skill_key

LEVEL_CREDIT = {1: 100, 0: 90, -1: 40}
"""Percent of a skill's worth by offered minus sought level; 1 stands for all above, below -1 is worth 0."""

WISH_STEPS = 5
"""A wish at place 0 counts 5/5, at place 1 4/5, ... from place 4 on 1/5."""


def level_credit(offered: int, sought: int) -> int:
    """Percent that an offered level is worth for a sought one."""
    return LEVEL_CREDIT.get(min(offered - sought, 1), 0)


def wish_points(most: int, position: int) -> int:
    """Points of a wish by its place in the list of wishes, from 0."""
    return most * (WISH_STEPS - min(position, WISH_STEPS - 1)) // WISH_STEPS


def _skills(context: Context, learner: Member, guide: Member) -> int:
    skills = context.skills
    offers = [(skills.number(offer.skill, guide.id), offer.level) for offer in guide.offers]
    earned = total = 0
    for seek in learner.seeks:
        sought = skills.number(seek.skill, learner.id)
        credits = [
            skills.strength(sought, offered) * level_credit(level, seek.level) // 100
            for offered, level in offers
        ]
        earned += seek.priority * max(credits, default=0)
        total += seek.priority
    return context.policy.maxima.skills * earned // (100 * total) if total else 0


def _goals(context: Context, learner: Member, guide: Member) -> int:
    named = {skill_key(goal) for goal in guide.goals}
    shared = sum(skill_key(goal) in named for goal in learner.goals)
    return context.policy.maxima.goals * shared // len(learner.goals) if learner.goals else 0


def _hours(context: Context, learner: Member, guide: Member) -> int:
    month = context.common_minutes(learner, guide) * 30 // context.calendar.days
    full = context.policy.full_common_hours * 60
    return context.policy.maxima.hours * min(month, full) // full


def _seniority(context: Context, learner: Member, guide: Member) -> int:
    bounds = context.policy.seniority_gap.of(context.kind)
    away = abs(guide.seniority - learner.seniority - bounds.ideal)
    reach = max(bounds.ideal - bounds.least, bounds.most - bounds.ideal) + 1
    return max(0, context.policy.maxima.seniority * (reach - away) // reach)


def _wishes(context: Context, learner: Member, guide: Member) -> int:
    most = context.policy.maxima.wishes
    sides = ((most - most // 2, learner, guide), (most // 2, guide, learner))
    return sum(wish_points(half, a.prefers.index(b.id)) for half, a, b in sides if b.id in a.prefers)


def _novelty(context: Context, learner: Member, guide: Member) -> int:
    met = context.ties[both(learner.organization, guide.organization)]
    return context.policy.maxima.novelty // (1 + met)


def _pulse(context: Context, _: Member, guide: Member) -> int:
    most = context.policy.maxima.pulse
    total, answers = context.pulses.get(guide.id, (0, 0))
    return most * (pulse_tenths(total, answers) - 10) // 40 if answers else most // 2


PART: dict[str, Callable[[Context, Member, Member], int]] = {
    "skills": _skills,
    "goals": _goals,
    "hours": _hours,
    "seniority": _seniority,
    "wishes": _wishes,
    "novelty": _novelty,
    "pulse": _pulse,
}
assert tuple(PART) == PARTS


def parts_of(context: Context, learner: Member, guide: Member) -> dict[str, int]:
    """The points of a pair by part, in the order of `PARTS`; their sum is the points, 0-1000."""
    return {name: part(context, learner, guide) for name, part in PART.items()}

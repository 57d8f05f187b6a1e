"""Prices of skills: what one more guide would bring who offers one.

The definition: one more guide with one place, bound by no organization's give and take, who offers the
skill at the median level that guides offer it at; every learner who seeks it at no higher level may meet
them, and the pair is worth to each the median points of the pairs listed for that skill. The bound comes
from the duals; the price of the scarcest skills is exact, by adding that guide to the solved flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.plan import SkillPrice
from solvers.pairs.explain import State, one_more_guide

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from solvers.pairs.edges import Index, IntArray

MOST_PRICED = 10
"""Skills priced exactly."""


def price_skills(
    state: State, candidates: Candidates, rows: Sequence[SkillPrice], most: int = MOST_PRICED
) -> tuple[SkillPrice, ...]:
    """The rows with exact prices for the `most` scarcest skills, those first; the others as they were."""
    number = {skill: k for k, skill in enumerate(candidates.skill_ids)}
    profile = _Profile(state, candidates)
    worth = {row.skill: profile.learners(number[row.skill]) for row in rows if row.learners and row.places}
    potentials = state.flow.potentials()[:, : state.n]
    bounds = {skill: _bound(potentials, *who) for skill, who in worth.items() if len(who[0])}
    scarce = sorted(bounds, key=lambda skill: (*(-digit for digit in bounds[skill]), skill))[:most]
    names = [tier.name for tier in state.network.tiers]
    priced: dict[str, SkillPrice] = {}
    for row in rows:
        if row.skill not in scarce:
            continue
        outcome, bound = one_more_guide(state, *worth[row.skill])
        tier = outcome.decisive
        at = names.index(tier.name) if tier is not None and tier.name in names else len(names) - 1
        limit = int(bound[at]) if not bound[:at].any() else None
        priced[row.skill] = row.model_copy(
            update={
                "tier": names[at],
                "price": tier.gain if tier is not None else 0,
                "bound": limit,
                "exact": outcome.exact or (outcome.attained and tier is not None and tier.gain == limit),
            }
        )
    first = [priced[skill] for skill in scarce]
    return (*first, *(row for row in rows if row.skill not in priced))


class _Profile:
    """Who seeks and offers what, and the points of the pairs that are listed."""

    def __init__(self, state: State, candidates: Candidates) -> None:
        start, self.sought, self.sought_level = candidates.learner_skills[:3]
        self.seeker = np.repeat(np.arange(len(start) - 1), np.diff(start))
        start, self.offered, self.offered_level = candidates.guide_skills
        self.offerer = np.repeat(np.arange(len(start) - 1), np.diff(start))
        listed = state.flow.listed
        order = np.argsort(listed.guide, kind="stable")
        self.points = listed.points[order]
        self.begin = np.searchsorted(listed.guide[order], np.arange(state.instance.n_guides + 1))
        self.wants = state.instance.need > 0

    def learners(self, skill: int) -> tuple[Index, Index]:
        """Learners whom the added guide could serve, and the points they are worth to each."""
        mine = self.offered == skill
        level = _median(self.offered_level[mine])
        guides = np.unique(self.offerer[mine])
        known = [self.points[self.begin[j] : self.begin[j + 1]] for j in guides.tolist()]
        points = np.concatenate(known) if known else np.zeros(0, np.int32)
        who = np.unique(self.seeker[(self.sought == skill) & (self.sought_level <= level)]).astype(np.int32)
        who = who[self.wants[who]]
        if not len(points):
            who = who[:0]
        worth = _median(points) if len(points) else 0
        return who, np.full(len(who), worth, np.int32)


def _median(numbers: Index) -> int:
    """The median, rounded down, of one number or more, none below 0 (NumPy's takes five times as long)."""
    ordered = np.sort(numbers)
    return int(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) // 2


def _bound(potentials: IntArray, learners: Index, points: Index) -> tuple[int, ...]:
    """The lexicographically greatest (0, ..., 0, w) - u_i over the learners, zeros where none is positive."""
    gain = -potentials[:, learners]
    gain[-1] += points
    best = np.lexsort(gain[::-1])[-1]
    digits = tuple(gain[:, best].tolist())
    return digits if digits > (0,) * len(digits) else (0,) * len(digits)

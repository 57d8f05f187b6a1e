"""How many of the other side each rule takes away from one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.funnel import funnel_of

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from matcher.candidates.pack import Array


@dataclass(frozen=True)
class RuleCounts:
    """By rule code, where it takes anybody away: `taken` in all, `alone` where no other rule stands."""

    taken: dict[str, int]
    alone: dict[str, int]


def of_learner(candidates: Candidates, learner: int) -> RuleCounts:
    """What each rule takes away from one learner, over all listed guides."""
    guides = np.arange(len(candidates.guide_ids), dtype=np.int32)
    return _counted(candidates.failed(np.full(len(guides), learner, np.int32), guides))


def of_guide(candidates: Candidates, guide: int) -> RuleCounts:
    """What each rule takes away from one guide, over all listed learners."""
    learners = np.arange(len(candidates.learner_ids), dtype=np.int32)
    return _counted(candidates.failed(learners, np.full(len(learners), guide, np.int32)))


def _counted(masks: Array) -> RuleCounts:
    funnel = funnel_of(masks)
    return RuleCounts(
        {code: count for code, count in funnel.taken.items() if count},
        {code: count for code, count in funnel.alone.items() if count},
    )

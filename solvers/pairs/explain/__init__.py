"""Questions to a solved instance: what forcing a pair costs, what blocks, what one more place is worth."""

from __future__ import annotations

from solvers.pairs.explain.cuts import Cut, LimitAt, cut
from solvers.pairs.explain.forcing import exchange, forbid, force, least_losses, nearest_learners
from solvers.pairs.explain.outcome import Outcome, TierChange
from solvers.pairs.explain.prices import one_more_guide, one_more_place, place_bounds
from solvers.pairs.explain.repairs import allow_pair, raise_limit
from solvers.pairs.explain.state import State

__all__ = [
    "Cut",
    "LimitAt",
    "Outcome",
    "State",
    "TierChange",
    "allow_pair",
    "cut",
    "exchange",
    "forbid",
    "force",
    "least_losses",
    "nearest_learners",
    "one_more_guide",
    "one_more_place",
    "place_bounds",
    "raise_limit",
]

"""Which pairs the flow looks at first: those that are near the best under prices that an auction bid up.

Best by points alone would crowd around the same few guides. So an auction prices guides by the pairs listed,
every eligible pair is searched under these prices, the better ones are listed, and again. Nothing is proven
by these prices; what the search leaves out is priced later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import EdgeOracle, Edges, Index, IntArray, PriceView
from solvers.pairs.flow.rough import rough_prices

FIRST, PRICED = 8, 6
"""Pairs per learner: best by points at first, and best by the prices of each auction."""

AUCTIONS = 4
"""At most so many auctions; fewer where one brings less than a `FEW`-th more pairs to the list."""

FEW = 50

CLOSE, NEAR = 10, 120
"""Points: pairs so far below a learner's best are searched for; those farther below are no longer listed."""

PARTS, WHOLE = 4, 10**9
"""Beyond `WHOLE` pairs of a learner and a guide, eligible or not, a learner's first pairs are sought in one
of `PARTS` parts of the guides."""


@dataclass(frozen=True)
class Shortlist:
    """`pairs`, and `best` (learners,): no eligible pair of the learner has more points."""

    pairs: Edges
    best: IntArray


def make_shortlist(oracle: EdgeOracle, capacity: Index, limits: Limits, least_points: int) -> Shortlist:
    """Pairs with at least `least_points` to begin with; the first alone where the limits end the search."""
    n, m = oracle.n_learners, oracle.n_guides
    whole = n * m <= WHOLE
    pairs = _first(oracle, 1 if whole else PARTS, least_points)
    best = np.full(n, 1000, np.int64)
    if whole:
        best[:] = 0
        np.maximum.at(best, pairs.learner, pairs.points)
    for _ in range(AUCTIONS):
        if limits.over:
            break
        prices = rough_prices(n, capacity, pairs)
        value = _values(n, pairs, prices)
        view = PriceView(np.zeros(n, np.int32), value - CLOSE, np.zeros(m, np.int32), prices)
        found = oracle.violated(view, PRICED, least_points)
        before = len(pairs)
        pairs = joined(m, pairs, found)
        if (len(pairs) - before) * FEW < before:
            break
    prices = rough_prices(n, capacity, pairs)
    near = pairs.points - prices[pairs.guide] >= _values(n, pairs, prices)[pairs.learner] - NEAR
    return Shortlist(Edges(pairs.learner[near], pairs.guide[near], pairs.points[near]), best)


def joined(n_guides: int, one: Edges, other: Edges) -> Edges:
    """Both lists, by learner and guide, no pair twice."""
    learner = np.concatenate((one.learner, other.learner))
    guide, points = np.concatenate((one.guide, other.guide)), np.concatenate((one.points, other.points))
    _, at = np.unique(learner.astype(np.int64) * n_guides + guide, return_index=True)
    return Edges(learner[at], guide[at], points[at])


def _values(n: int, pairs: Edges, prices: IntArray) -> IntArray:
    """What the best listed pair of each learner is worth over its price; far below all for who has none."""
    values = np.full(n, -100_000, np.int64)
    np.maximum.at(values, pairs.learner, pairs.points - prices[pairs.guide])
    return values


def _first(oracle: EdgeOracle, parts: int, least_points: int) -> Edges:
    """Each learner's best pairs by points, out of one part of the guides."""
    n, m = oracle.n_learners, oracle.n_guides
    draw = np.random.default_rng(0)
    part_of_learner, part_of_guide = draw.permutation(n) % parts, draw.permutation(m) % parts
    found: list[Edges] = []
    for part in range(parts):
        view = PriceView(
            (part_of_learner != part).astype(np.int32),
            np.full(n, -1, np.int64),
            -(part_of_guide != part).astype(np.int32),
            np.zeros(m, np.int64),
        )
        found.append(oracle.violated(view, FIRST, least_points))
    learner = np.concatenate([one.learner for one in found])
    order = np.argsort(learner, kind="stable")
    guide = np.concatenate([one.guide for one in found])[order]
    return Edges(learner[order], guide, np.concatenate([one.points for one in found])[order])

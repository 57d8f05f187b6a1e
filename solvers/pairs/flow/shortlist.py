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

PART, WHOLE, VAST = 12_000, 10**9, 2 * 10**10
"""Beyond `WHOLE` pairs of a learner and a guide, eligible or not, the first search looks through one part
of the guides for each learner, of some `PART` guides. Beyond `VAST`, where a search costs as much as a
flow, so do those after an auction, each through another part; only the last one looks at all."""

SHARE = 4
"""No auction begins after this part of the time: the flow, and a bound on it, need the rest."""


@dataclass(frozen=True)
class Shortlist:
    """`pairs`, and `best` (learners,): no eligible pair of the learner has more points."""

    pairs: Edges
    best: IntArray


def make_shortlist(oracle: EdgeOracle, capacity: Index, limits: Limits, least_points: int) -> Shortlist:
    """Pairs with at least `least_points` to begin with; the first alone where the limits end the search."""
    n, m = oracle.n_learners, oracle.n_guides
    parts, vast = 1 if n * m <= WHOLE else max(1, m // PART), n * m > VAST
    search = _Search(oracle, parts, least_points)
    pairs = search.part(0, FIRST, np.full(n, -1, np.int64), np.zeros(m, np.int64))
    best = np.full(n, 1000, np.int64)
    if parts == 1:
        best[:] = 0
        np.maximum.at(best, pairs.learner, pairs.points)
    for auction in range(1, AUCTIONS + 1):
        if limits.over or limits.elapsed * SHARE > limits.seconds:
            break
        prices = rough_prices(n, capacity, pairs)
        least = _values(n, pairs, prices) - CLOSE
        if vast and auction < AUCTIONS:
            found = search.part(auction, PRICED, least, prices)
        else:
            found = search.whole(PRICED, least, prices)
        before = len(pairs)
        pairs = joined(m, pairs, found)
        if not vast and (len(pairs) - before) * FEW < before:
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


class _Search:
    """Searches for each learner's best pairs, through all guides or through one of `number` parts of them."""

    def __init__(self, oracle: EdgeOracle, number: int, least_points: int) -> None:
        draw = np.random.default_rng(0)
        self._number, self._oracle, self._least = number, oracle, least_points
        self._learner = draw.permutation(oracle.n_learners) % number
        self._guide = draw.permutation(oracle.n_guides) % number

    def whole(self, most: int, value: IntArray, price: IntArray) -> Edges:
        """Pairs worth more than `value` over the price, by learner."""
        ranks = np.zeros(len(value), np.int32), np.zeros(len(price), np.int32)
        return self._oracle.violated(PriceView(ranks[0], value, ranks[1], price), most, self._least)

    def part(self, turn: int, most: int, value: IntArray, price: IntArray) -> Edges:
        """The same out of one part, another one each turn."""
        found: list[Edges] = []
        for part in range(self._number):
            ours, theirs = self._learner == part, self._guide == (part + turn) % self._number
            view = PriceView((~ours).astype(np.int32), value, -(~theirs).astype(np.int32), price)
            found.append(self._oracle.violated(view, most, self._least))
        learner = np.concatenate([one.learner for one in found])
        order = np.argsort(learner, kind="stable")
        guide = np.concatenate([one.guide for one in found])[order]
        return Edges(learner[order], guide, np.concatenate([one.points for one in found])[order])

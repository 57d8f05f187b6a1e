"""Rough weights of tiers and rough prices of guides: where the exact flow starts from.

The best pairs of every learner crowd around the same few guides. An auction over a first list (Bertsekas, The
auction algorithm, Annals of Operations Research 14, 1988; forward, Gauss-Seidel) prices those guides up.
Nothing is proven by these prices: they only choose which pairs the flow looks at first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit
from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.flow.network import Network

_ROUGH = ((2**14, 32, 32), (2**14, 5, 32), (2**13, 4, 16), (2**12, 3, 8))
"""Margins of rough weights, widest first: points that the next tier outweighs, times the worth of an arc in a
tier (at least so many) that the tier before outweighs."""

STEP = 20
"""Points by which each bid beats the second choice."""

WITHOUT = 1000
"""Points that a learner would give up rather than stay without a guide."""


def rough_prices(n_learners: int, capacity: Index, first: Edges) -> IntArray:
    """Prices per guide in points, 0..2 * WITHOUT + STEP, from a list of pairs sorted by learner."""
    start = np.searchsorted(first.learner, np.arange(n_learners + 1)).astype(np.int64)
    places = np.zeros(len(capacity) + 1, np.int64)
    np.cumsum(capacity, out=places[1:])
    prices: IntArray = _auction(start, first.guide, first.points, places)
    return prices


def rough_weights(network: Network) -> list[int] | None:
    """One weight per tier, first tier first; None where no margins keep them within what the library adds
    up.
    """
    most = [max(1, int(np.abs(worth).max(initial=0))) for worth in network.worth]
    for points, margin, least in _ROUGH:
        weights, unit = [1], points
        for t in range(len(network.tiers) - 2, -1, -1):
            weights.append(unit)
            unit *= max(least, margin * most[t])
        if max(unit, points) * (network.n_nodes + 2) < 2**62:
            return weights[::-1]
    return None


@njit(cache=True)
def _auction(start: Any, guide: Any, points: Any, places: Any) -> Any:
    n, m = len(start) - 1, len(places) - 1
    bid = np.zeros(places[m], np.int64)
    holder = np.full(places[m], -1, np.int64)
    price = np.zeros(m, np.int64)
    waiting = np.zeros(n, np.int64)
    size = 0
    for i in range(n):
        if start[i + 1] > start[i]:
            waiting[size] = i
            size += 1
    while size > 0:
        size -= 1
        i = waiting[size]
        best, second, at = -WITHOUT - 1, -WITHOUT - 1, -1
        for e in range(start[i], start[i + 1]):
            j = guide[e]
            if places[j + 1] == places[j]:
                continue
            value = points[e] - price[j]
            if value > best:
                second = best
                best = value
                at = j
            elif value > second:
                second = value
        if at < 0:
            continue  # too dear: this learner goes without
        offer = price[at] + best - second + STEP
        low = places[at]
        for k in range(places[at], places[at + 1]):
            if bid[k] < bid[low]:
                low = k
        if holder[low] >= 0:
            waiting[size] = holder[low]
            size += 1
        holder[low] = i
        bid[low] = offer
        least = bid[low]
        for k in range(places[at], places[at + 1]):
            if bid[k] < least:
                least = bid[k]
        price[at] = least
    return price

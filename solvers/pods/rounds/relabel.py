"""Who takes which place of a design: all are alike to the design, not to organizations, history and rules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.kernels import njit
from solvers.limits import Limits
from solvers.pods.rounds.instance import Index, IntArray
from solvers.pods.rounds.kernel import accepted, below

TRIES_PER_PLACE = 4_000


def seated(design: Index, charge: IntArray, goal: int, limits: Limits) -> Index:
    """The person in each place, shape (places,), so that the meetings of the design cost little.

    charge (places, places): cost of a meeting of two people, as many people as places. Begins with a seeded
    lottery, and ends when the cost is `goal` or less.
    """
    places = len(charge)
    meets = np.zeros((places, places), np.int64)
    for k in range(design.shape[2]):
        for h in range(k):
            np.add.at(meets, (design[:, :, k], design[:, :, h]), 1)
    meets += meets.T
    person = np.random.default_rng(limits.seed).permutation(places).astype(np.int32)
    cost = int((meets * charge[np.ix_(person, person)]).sum()) // 2
    state = np.array([limits.seed], np.uint64)
    hot = max(1.0, 2.0 * cost / max(1, int(meets.sum())))
    if cost > goal and not limits.over:
        _exchange(person, meets, charge, state, TRIES_PER_PLACE * places, hot, 0.2, cost, goal)
    return person


@njit(cache=True)
def _exchange(
    person: Index,
    meets: IntArray,
    charge: IntArray,
    state: NDArray[np.uint64],
    tries: int,
    hot: float,
    cold: float,
    cost: int,
    goal: int,
) -> int:
    """Anneal by letting two people change places; the cost at the end. `person` is changed in place."""
    n = len(person)
    temperature = hot
    for step in range(tries):
        if step % 256 == 0:
            temperature = hot * (cold / hot) ** (step / tries)
        p = below(state, n)
        q = below(state, n)
        if p == q:
            continue
        a, b = person[p], person[q]
        change = 0
        for x in range(n):
            if x != p and x != q:
                change += (meets[p, x] - meets[q, x]) * (charge[b, person[x]] - charge[a, person[x]])
        if accepted(state, change, temperature):
            person[p], person[q] = b, a
            cost += change
            if cost <= goal:
                break
    return cost

"""Constructions of rounds in which no two people meet twice, each for every number that its algebra fits.

A design has the shape (rounds, groups, size); its entries are places 0..groups * size - 1, each once a round.
"""

from __future__ import annotations

import numpy as np

from solvers.pods.rounds.designs.fields import (
    MAX_ORDER,
    Ring,
    field,
    powers_of_a_root,
    prime_powers,
    ring,
)
from solvers.pods.rounds.instance import Index


def circle(groups: int) -> Index:
    """Pairs: 2 * groups - 1 rounds, in which everybody meets everybody (the circle method, Kirkman 1847).

    One place stands still, the others sit around a circle and move on by one each round.
    """
    around = 2 * groups - 1
    rounds = np.zeros((around, groups, 2), np.int32)
    for r in range(around):
        rounds[r, 0] = around, r
        for k in range(1, groups):
            rounds[r, k] = (r + k) % around, (r - k) % around
    return rounds


def lines(groups: int, size: int) -> Index:
    """Groups as lines of a net: `groups` rounds and more where every prime power in `groups` is >= `size`,
    fewer elsewhere.

    Place (i, y) for i < size and y in a ring of order `groups`. In the round of slope m, group c holds the
    places (i, m a_i + c), the differences of the a_i being invertible: (i, y) and (j, z) meet only for
    m = (y - z) / (a_i - a_j) (Bose 1938; MacNeish 1922 for rings that are no fields). People of one i have
    not met then: where `size` divides `groups` they go on among themselves, in the same way. With groups a
    power of a prime `size` this gives all lines of an affine space, and everybody meets everybody.
    """
    if groups == 1:
        return np.arange(size, dtype=np.int32).reshape(1, 1, size)
    own = ring(groups)
    slopes = np.array(own.spread[:size])
    shift = own.times[:, slopes] if len(slopes) == size else np.zeros((1, size), np.int32)
    at = own.add[shift[:, None, :], np.arange(groups)[None, :, None]]
    rounds: Index = (at + np.arange(size) * groups).astype(np.int32)
    if groups % size:
        return rounds
    inner = lines(groups // size, size)
    side = [inner + i * groups for i in range(size)]
    return np.concatenate([rounds, np.concatenate(side, axis=1)])


def kirkman_tripled(groups: int) -> Index | None:
    """Trios of 3q places, q = groups = 6t + 1 a prime power: (3q - 1) / 2 rounds, everybody meets everybody.

    Places (x, j) of a field of order q and j modulo 3 (Ray-Chaudhuri and Wilson 1971).
    """
    own = _field_of(groups)
    if own is None or groups % 6 != 1:
        return None
    q, t = groups, groups // 6
    a = powers_of_a_root(own)
    pure = [[(a[i], j), (a[i + 2 * t], j), (a[i + 4 * t], j)] for i in range(t) for j in range(3)]
    mixed = [
        [(a[i % (q - 1)], 0), (a[(i + 2 * t) % (q - 1)], 1), (a[(i + 4 * t) % (q - 1)], 2)]
        for i in range(6 * t)
    ]
    odd = [i for i in range(6 * t) if i // t % 2]
    first = [[(0, 0), (0, 1), (0, 2)], *pure, *(mixed[i] for i in odd)]
    rounds = [[[(int(own.add[x, c]), j) for x, j in trio] for trio in first] for c in range(q)]
    for i in range(6 * t):
        if i not in odd:
            rounds.append([[(int(own.add[x, c]), j) for x, j in mixed[i]] for c in range(q)])
    return np.array([[[x + j * q for x, j in trio] for trio in one] for one in rounds], np.int32)


def kirkman_doubled(groups: int) -> Index | None:
    """Trios of 2q + 1 places, q = 6t + 1 a prime power: q rounds, in which everybody meets everybody.

    Places (x, j) of a field of order q and j modulo 2, and one more that stands still (Ray-Chaudhuri and
    Wilson 1971).
    """
    q, rest = divmod(3 * groups - 1, 2)
    own = _field_of(q)
    if rest or own is None or q % 6 != 1:
        return None
    t, a = q // 6, powers_of_a_root(own)
    double = own.add[np.arange(q), np.arange(q)].tolist()
    m = next(k for k in range(q - 1) if double[a[k]] == own.add[a[t], a[0]])

    def power(k: int) -> int:
        return a[k % (q - 1)]

    still = 2 * q
    first = [[0, q, still]]
    for i in (i for i in range(6 * t) if i // t in (0, 2, 4)):
        first.append([power(i), power(i + t), power(i + m) + q])
    for i in range(t):
        first.append([power(i + m + t) + q, power(i + m + 3 * t) + q, power(i + m + 5 * t) + q])
    moved = np.concatenate([own.add, own.add + q, np.full((1, q), still)])
    return np.array([[[moved[x, c] for x in trio] for trio in first] for c in range(q)], np.int32)


def _field_of(order: int) -> Ring | None:
    """The field of that order, if there is one."""
    factors = prime_powers(order) if 1 < order <= MAX_ORDER else ()
    return field(*factors[0]) if len(factors) == 1 else None

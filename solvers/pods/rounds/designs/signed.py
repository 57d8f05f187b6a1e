"""Two affine planes with signs: 2q groups of q over 2 (q + 1) rounds, in which everybody meets all but one.

Take a plane of order q and a second one on the same q^2 points, so that any two points lie on a line of both.
Every point stands for two people, plus and minus. A line with a sign for each of its points is a group, and
with all signs turned another. Two points must have like signs on one of their lines and unlike ones on the
other; then any two people meet once, but for the two of one point (a signing of a 2-(q^2, q, 2) design:
Bhaskar Rao 1966; de Launey and Seberry 1984). Whether two planes have such signs is a question of linear
equations modulo 2; second planes are drawn until they do.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from solvers.limits import Limits
from solvers.pods.rounds.designs.algebra import lines
from solvers.pods.rounds.designs.fields import ring
from solvers.pods.rounds.instance import Index

DRAWS = 20_000
"""Second planes that are drawn at most; for planes of order 3 and 4 some dozens do."""


def signed_planes(groups: int, size: int, limits: Limits) -> Index | None:
    """The rounds, shape (2 (size + 1), groups, size); None where groups is not 2 * size, or none are found.

    Beyond planes of order 4 there are more equations than unknowns, and none are looked for.
    """
    if groups != 2 * size or size not in (3, 4):
        return None
    plane = lines(size, size)
    points = size * size
    together = {trio for one in plane.tolist() for line in one for trio in combinations(line, 3)}
    number = {pair: k for k, pair in enumerate(combinations(range(points), 2))}
    lottery = np.random.default_rng(limits.seed)
    for _ in range(DRAWS):
        if limits.over:
            return None
        other = np.sort(_carried(size, lottery)[plane], axis=2)
        if any(trio in together for one in other.tolist() for line in one for trio in combinations(line, 3)):
            continue  # three points on one line of both could not be like, and unlike, in pairs
        solution = _like(plane, other, number)
        if solution is not None:
            return np.concatenate(
                [_groups(plane, solution, number, 0), _groups(other, solution, number, 1)]
            ).astype(np.int32)
    return None


def _carried(order: int, lottery: np.random.Generator) -> Index:
    """Where the points go: at random, but with orbits of some translations kept together.

    Such maps give planes with signs far more often than maps drawn at large.
    """
    add = ring(order).add
    points = np.arange(order * order)
    high, low = np.divmod(points, order)
    moves = {0}
    for _ in range(lottery.integers(3)):
        step = int(lottery.integers(1, len(points)))
        grown = moves
        while grown:
            grown = {int(add[high[step], high[m]] * order + add[low[step], low[m]]) for m in moves} - moves
            moves = moves | grown
    orbits: list[list[int]] = []
    left = set(points.tolist())
    while left:
        first = min(left)
        orbits.append(
            [int(add[high[first], high[m]] * order + add[low[first], low[m]]) for m in sorted(moves)]
        )
        left -= set(orbits[-1])
    to = np.zeros(len(points), np.int32)
    for here, there in zip(orbits, lottery.permutation(len(orbits)).tolist(), strict=True):
        shift = orbits[there][int(lottery.integers(len(moves)))]
        for place, move in zip(here, sorted(moves), strict=True):
            to[place] = add[high[shift], high[move]] * order + add[low[shift], low[move]]
    return to


def _like(plane: Index, other: Index, number: dict[tuple[int, int], int]) -> int | None:
    """A bit for each pair of points, 1 for unlike signs on the line of `plane`; None where there are none.

    Around three points of a line the signs change an even number of times, on the other plane as well, where
    each bit is turned. Gauss' elimination, a row a whole number whose top bit is the right side.
    """
    width = len(number)
    pivots: dict[int, int] = {}
    for of, odd in ((plane, 0), (other, 1)):
        for line in of.reshape(-1, of.shape[2]).tolist():
            for a, b in combinations(line[1:], 2):
                row = odd << width
                for pair in ((line[0], a), (line[0], b), (a, b)):
                    row ^= 1 << number[pair]
                while row & ((1 << width) - 1):
                    top = (row & ((1 << width) - 1)).bit_length() - 1
                    if top not in pivots:
                        pivots[top] = row
                        break
                    row ^= pivots[top]
                else:
                    if row:
                        return None
    found = 0
    for top in sorted(pivots):
        row = pivots[top]
        known = (row & ((1 << top) - 1) & found).bit_count() + (row >> width)
        found |= (known & 1) << top
    return found


def _groups(plane: Index, unlike: int, number: dict[tuple[int, int], int], turned: int) -> Index:
    """The groups of one plane's rounds: person p + (points if minus) for point p."""
    points = plane.shape[1] * plane.shape[2]
    rounds = []
    for one in plane.tolist():
        groups = []
        for line in one:
            signs = [0, *((unlike >> number[line[0], p] & 1) ^ turned for p in line[1:])]
            for side in (0, 1):
                groups.append([p + points * (sign ^ side) for p, sign in zip(line, signs, strict=True)])
        rounds.append(groups)
    return np.array(rounds, np.int32)

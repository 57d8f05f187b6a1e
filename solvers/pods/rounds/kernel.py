"""Annealing of rounds, compiled: two people of one round change places, pairs that meet are counted.

Pairs are counted by *orbit*. In plain rounds each pair is an orbit of its own; in rounds that a group of
permutations develops from base rounds (`designs.developed`), all images of a pair share one, so that base
rounds without a repeated orbit develop into rounds without a repeated pair.
"""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from solvers.kernels import njit
from solvers.pods.rounds.instance import Index, IntArray

_ADD = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _32, _11 = (np.uint64(bits) for bits in (30, 27, 31, 32, 11))
_IDLE = np.uint64(7)


@njit(inline="always")
def draw(state: NDArray[np.uint64]) -> np.uint64:
    """The next number of SplitMix64 (Steele, Lea, Flood 2014); `state` has one word, which moves on."""
    x = state[0] + _ADD
    state[0] = x
    x = (x ^ (x >> _30)) * _FIRST
    x = (x ^ (x >> _27)) * _SECOND
    return np.uint64(x ^ (x >> _31))


@njit(inline="always")
def below(state: NDArray[np.uint64], most: int) -> np.int64:
    """A draw from 0..most-1; `most` is below 2^32."""
    return np.int64(((draw(state) >> _32) * np.uint64(most)) >> _32)


@njit(inline="always")
def accepted(state: NDArray[np.uint64], worse: int, temperature: float) -> bool:
    """Metropolis' rule: whether to take a step that is `worse` by so much."""
    if worse <= 0:
        return True
    chance = (draw(state) >> _11) * (1.0 / 9007199254740992.0)
    return bool(chance < exp(-worse / temperature))


@njit
def _of_one(seats: Index, size: int, organization: Index, one: int) -> int:
    """How many people of one organization sit in a group."""
    found = 0
    for k in range(size):
        if organization[seats[k]] == one:
            found += 1
    return found


@njit
def shares_change(
    here: Index,
    places: int,
    there: Index,
    other_places: int,
    organization: Index,
    one: int,
    other: int,
    most_of_one: int,
) -> int:
    """How many more people are above `most_of_one` in two groups when somebody of organization `one` goes
    from here to there, and somebody of another one the other way."""
    change = 0
    if _of_one(here, places, organization, one) > most_of_one:
        change -= 1
    if _of_one(there, other_places, organization, one) >= most_of_one:
        change += 1
    if _of_one(there, other_places, organization, other) > most_of_one:
        change -= 1
    if _of_one(here, places, organization, other) >= most_of_one:
        change += 1
    return change


@njit
def speechless(seats: Index, size: int, tongues: NDArray[np.uint64], but: int, plus: int) -> int:
    """Whether a group has no language in common once one of it is gone and somebody else has come (-1:
    nobody goes or comes); 0 or 1. tongues (n, words): languages of each person as bits."""
    for w in range(tongues.shape[1]):
        common = ~np.uint64(0)
        if plus >= 0:
            common &= tongues[plus, w]
        for k in range(size):
            if seats[k] != but:
                common &= tongues[seats[k], w]
        if common != 0:
            return 0
    return 1


@njit
def speech_change(
    here: Index, places: int, there: Index, other_places: int, tongues: NDArray[np.uint64], a: int, b: int
) -> int:
    """How many more of two groups have no language in common when a goes from here to there, and b the other
    way."""
    change: int = speechless(here, places, tongues, a, b) + speechless(there, other_places, tongues, b, a)
    change -= speechless(here, places, tongues, -1, -1) + speechless(there, other_places, tongues, -1, -1)
    return change


@njit(cache=True)
def anneal(
    seat: Index,
    group: Index,
    size: Index,
    fixed: NDArray[np.bool_],
    orbit: Index,
    charge: IntArray,
    count: Index,
    unit: int,
    organization: Index,
    most_of_one: int,
    tongues: NDArray[np.uint64],
    excess: int,
    state: NDArray[np.uint64],
    steps: int,
    hot: float,
    cold: float,
    cost: int,
    goal: int,
) -> tuple[int, int]:
    """Anneal from temperature `hot` to `cold` over `steps` tries; the cost at the end, and the tries made.

    seat (rounds, groups, places): who sits there, -1 for nobody. group (rounds, n): the group of each person,
    -1 for none. size (rounds, groups). fixed (rounds, n): who stays in their group. orbit
    (n, n): orbit of each pair. charge (orbits,): cost of each meeting; count (orbits,): meetings
    now; the k-th meeting of an orbit costs charge + unit * (k - 1).
    excess: cost of each person above `most_of_one` of one organization in a group, and of each group without
    a common language among `tongues` (see `speechless`; no words: no such rule). 0: neither is a rule.
    All but charge are changed in place. Ends when the cost is `goal` or less.
    """
    rounds, n = group.shape
    temperature = hot
    for step in range(steps):
        if step % 256 == 0:
            temperature = hot * (cold / hot) ** (step / steps)
        r = below(state, rounds)
        a = below(state, n)
        ga = group[r, a]
        if ga < 0 or fixed[r, a]:
            continue
        # People who bear nothing are rarely moved: search where it hurts.
        hurts = excess > 0
        for k in range(size[r, ga]):
            x = seat[r, ga, k]
            if x != a and not hurts:
                o = orbit[a, x]
                hurts = count[o] > 1 or charge[o] > 0
        if not hurts and draw(state) & _IDLE != 0:
            continue
        b = below(state, n)
        gb = group[r, b]
        if gb < 0 or gb == ga or fixed[r, b]:
            continue
        change = 0
        for k in range(size[r, ga]):
            x = seat[r, ga, k]
            if x != a:
                o = orbit[a, x]
                count[o] -= 1
                change -= charge[o] + unit * count[o]
        for k in range(size[r, gb]):
            x = seat[r, gb, k]
            if x != b:
                o = orbit[b, x]
                count[o] -= 1
                change -= charge[o] + unit * count[o]
        for k in range(size[r, ga]):
            x = seat[r, ga, k]
            if x != a:
                o = orbit[b, x]
                change += charge[o] + unit * count[o]
                count[o] += 1
        for k in range(size[r, gb]):
            x = seat[r, gb, k]
            if x != b:
                o = orbit[a, x]
                change += charge[o] + unit * count[o]
                count[o] += 1
        if excess > 0 and organization[a] != organization[b]:
            change += excess * shares_change(
                seat[r, ga], size[r, ga], seat[r, gb], size[r, gb], organization,
                organization[a], organization[b], most_of_one,
            )  # fmt: skip
        if tongues.shape[1]:
            change += excess * speech_change(
                seat[r, ga], size[r, ga], seat[r, gb], size[r, gb], tongues, a, b
            )
        if accepted(state, change, temperature):
            for k in range(size[r, ga]):
                if seat[r, ga, k] == a:
                    seat[r, ga, k] = b
                    break
            for k in range(size[r, gb]):
                if seat[r, gb, k] == b:
                    seat[r, gb, k] = a
                    break
            group[r, a], group[r, b] = gb, ga
            cost += change
            if cost <= goal:
                return cost, step + 1
        else:
            for k in range(size[r, ga]):
                x = seat[r, ga, k]
                if x != a:
                    count[orbit[b, x]] -= 1
                    count[orbit[a, x]] += 1
            for k in range(size[r, gb]):
                x = seat[r, gb, k]
                if x != b:
                    count[orbit[a, x]] -= 1
                    count[orbit[b, x]] += 1
    return cost, steps


@njit(cache=True)
def total_cost(
    seat: Index,
    size: Index,
    orbit: Index,
    charge: IntArray,
    count: Index,
    unit: int,
    organization: Index,
    most_of_one: int,
    tongues: NDArray[np.uint64],
    excess: int,
) -> int:
    """Count every meeting of the seats into `count`, which is set anew, and return what they cost."""
    count[:] = 0
    cost = 0
    for r in range(seat.shape[0]):
        for g in range(seat.shape[1]):
            for k in range(size[r, g]):
                for h in range(k):
                    o = orbit[seat[r, g, k], seat[r, g, h]]
                    cost += charge[o] + unit * count[o]
                    count[o] += 1
                if excess > 0:
                    same = _of_one(seat[r, g], k, organization, organization[seat[r, g, k]])
                    cost += excess * (same >= most_of_one)
            if tongues.shape[1] and size[r, g] > 0:
                cost += excess * speechless(seat[r, g], size[r, g], tongues, -1, -1)
    return cost

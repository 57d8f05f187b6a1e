"""Annealing that spreads repeats over people, compiled: nobody is to bear more of them than others must."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.kernels import njit
from solvers.pods.rounds.instance import Index, IntArray
from solvers.pods.rounds.kernel import accepted, below, shares_change, speech_change


@njit(inline="always")
def _over(borne: int, target: int) -> int:
    """What it costs that a person bears so much: the square of what is above the target."""
    return (borne - target) ** 2 if borne > target else 0


@njit
def _meet(
    a: int,
    seats: Index,
    size: int,
    but: int,
    sign: int,
    repeat: IntArray,
    other: IntArray,
    count: Index,
    unit: int,
    borne: IntArray,
    weight: int,
) -> int:
    """Let a meet everybody of a group but one (`sign` 1), or no longer (-1); the change of the cost."""
    change = 0
    for k in range(size):
        x = seats[k]
        if x != but:
            lower, higher = min(a, x), max(a, x)
            if sign < 0:
                count[lower, higher] -= 1
            part = repeat[a, x] + unit * count[lower, higher]
            if sign > 0:
                count[lower, higher] += 1
            borne[a] += sign * part
            borne[x] += sign * part
            change += sign * (weight * part + other[a, x])
    return change


@njit
def _level_of(seats: Index, size: int, borne: IntArray, target: int) -> int:
    """What a group's people cost above the target."""
    total = 0
    for k in range(size):
        total += _over(borne[seats[k]], target)
    return total


@njit(cache=True)
def level(
    seat: Index,
    group: Index,
    size: Index,
    fixed: NDArray[np.bool_],
    repeat: IntArray,
    other: IntArray,
    count: Index,
    unit: int,
    borne: IntArray,
    target: int,
    weight: int,
    even: int,
    organization: Index,
    most_of_one: int,
    tongues: NDArray[np.uint64],
    excess: int,
    state: NDArray[np.uint64],
    steps: int,
    hot: float,
    cold: float,
) -> None:
    """Anneal from temperature `hot` to `cold` over `steps` tries, people of one round changing places.

    seat, group, size, fixed, organization, most_of_one, tongues, excess, state: as in `kernel.anneal`. repeat
    (n, n): cost of a first meeting in repeats; unit: what each further one costs more; count (n, n): meetings
    now, by lower and higher number; borne (n,): repeats that each person bears now. other (n, n): other costs
    of a meeting. weight: cost of a unit of repeats; even: cost of a unit above `target` that one bears,
    squared.
    """
    rounds, n = group.shape
    temperature = hot
    for step in range(steps):
        if step % 256 == 0:
            temperature = hot * (cold / hot) ** (step / steps)
        r, a = below(state, rounds), below(state, n)
        ga = group[r, a]
        if ga < 0 or fixed[r, a]:
            continue
        b = below(state, n)
        gb = group[r, b]
        if gb < 0 or gb == ga or fixed[r, b]:
            continue
        here, there = seat[r, ga], seat[r, gb]
        change = -even * (
            _level_of(here, size[r, ga], borne, target) + _level_of(there, size[r, gb], borne, target)
        )
        change += _meet(a, here, size[r, ga], a, -1, repeat, other, count, unit, borne, weight)
        change += _meet(b, there, size[r, gb], b, -1, repeat, other, count, unit, borne, weight)
        change += _meet(b, here, size[r, ga], a, 1, repeat, other, count, unit, borne, weight)
        change += _meet(a, there, size[r, gb], b, 1, repeat, other, count, unit, borne, weight)
        change += even * (
            _level_of(here, size[r, ga], borne, target) + _level_of(there, size[r, gb], borne, target)
        )
        if excess > 0 and organization[a] != organization[b]:
            change += excess * shares_change(
                here, size[r, ga], there, size[r, gb], organization, organization[a], organization[b],
                most_of_one,
            )  # fmt: skip
        if tongues.shape[1]:
            change += excess * speech_change(here, size[r, ga], there, size[r, gb], tongues, a, b)
        if accepted(state, change, temperature):
            for k in range(size[r, ga]):
                if here[k] == a:
                    here[k] = b
                    break
            for k in range(size[r, gb]):
                if there[k] == b:
                    there[k] = a
                    break
            group[r, a], group[r, b] = gb, ga
        else:
            _meet(b, here, size[r, ga], a, -1, repeat, other, count, unit, borne, weight)
            _meet(a, there, size[r, gb], b, -1, repeat, other, count, unit, borne, weight)
            _meet(a, here, size[r, ga], a, 1, repeat, other, count, unit, borne, weight)
            _meet(b, there, size[r, gb], b, 1, repeat, other, count, unit, borne, weight)

"""Which construction serves: the algebraic ones first, then base rounds searched for."""

from __future__ import annotations

from collections.abc import Iterator

from solvers.limits import Limits
from solvers.pods.rounds.designs.algebra import circle, kirkman_doubled, kirkman_tripled, lines
from solvers.pods.rounds.designs.developed import developed, turns_for
from solvers.pods.rounds.designs.signed import signed_planes
from solvers.pods.rounds.instance import Index

RUNS = 24
"""Runs over base rounds per group of turns."""

MOST_RUNS = 4 * RUNS
"""Runs over base rounds in all: whoever asks again, with another seed, may be luckier."""


def designs_for(groups: int, size: int, rounds: int, limits: Limits) -> Iterator[tuple[str, Index]]:
    """Names and rounds of `groups` groups of `size` places, shape (rounds, groups, size).

    The first has no repeat; where it has fewer rounds than asked for, one that has enough of them, with few
    repeats, may follow.
    """
    best = ("lines of a net", lines(groups, size))
    others: tuple[tuple[str, Index | None], ...] = ()
    if size == 2:
        others = (("circle method", circle(groups)),)
    elif size == 3:
        others = (
            ("Kirkman triples, 3q", kirkman_tripled(groups)),
            ("Kirkman triples, 2q + 1", kirkman_doubled(groups)),
        )
    others = (*others, ("two planes with signs", signed_planes(groups, size, limits)))
    for name, algebraic in others:
        if algebraic is not None and len(algebraic) > len(best[1]):
            best = name, algebraic
    near: tuple[int, str, Index] | None = None
    runs = MOST_RUNS
    for wanted in range(min(rounds, (groups * size - 1) // (size - 1)), len(best[1]), -1):
        for turns in turns_for(groups, size, wanted):
            if limits.over or not runs:
                break
            made, cost = developed(turns, groups, size, RUNS, limits)
            runs -= RUNS
            name = f"{turns.bases} base round{'s' if turns.bases > 1 else ''} under Z_{turns.order}"
            if cost == 0:
                best = name, made
                break
            if len(made) >= rounds and (near is None or cost * turns.order < near[0]):
                near = cost * turns.order, name, made
        if len(best[1]) >= wanted:
            break
    yield best
    if len(best[1]) < rounds and near is not None:
        yield near[1:]

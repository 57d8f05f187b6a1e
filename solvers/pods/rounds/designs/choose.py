"""Which construction serves: the algebraic ones first, then base rounds searched for."""

from __future__ import annotations

from solvers.limits import Limits
from solvers.pods.rounds.designs.algebra import circle, kirkman_doubled, kirkman_tripled, lines
from solvers.pods.rounds.designs.developed import developed, turns_for
from solvers.pods.rounds.instance import Index


def design_for(groups: int, size: int, rounds: int, limits: Limits) -> tuple[str, Index]:
    """A name and rounds of `groups` groups of `size` places without a repeat, shape (rounds, groups, size).

    As many rounds as asked for, or more, where a construction has them; else the most that one has.
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
    for name, algebraic in others:
        if algebraic is not None and len(algebraic) > len(best[1]):
            best = name, algebraic
    for wanted in range(min(rounds, (groups * size - 1) // (size - 1)), len(best[1]), -1):
        for turns in turns_for(groups, size, wanted):
            made = developed(turns, groups, size, limits)
            if made is not None:
                name = f"{turns.bases} base round{'s' if turns.bases > 1 else ''} under Z_{turns.order}"
                return name, made
    return best

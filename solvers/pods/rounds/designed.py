"""Open rounds made from a design, where everybody comes to all of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from solvers.limits import Limits
from solvers.pods.rounds.costs import Costs
from solvers.pods.rounds.designs.choose import designs_for
from solvers.pods.rounds.instance import IntArray, Round, RoundsInstance
from solvers.pods.rounds.relabel import seated
from solvers.pods.rounds.table import canonical

MOST_PLACES = 1000
"""Above so many people no design is made: where so many can meet, search finds strangers at once."""


def fits(instance: RoundsInstance) -> bool:
    """Whether a design may serve: the same people come to several open rounds, in groups of one size, or
    some one smaller, and nothing has to stay together."""
    if instance.before or instance.together:
        return False
    comes = instance.attendance[:, len(instance.held) :]
    people = comes.any(axis=1)
    if comes.shape[1] < 2 or not people.any() or not comes[people].all() or people.sum() > MOST_PLACES:
        return False
    sizes = instance.sizes(int(people.sum()))
    return sum(sizes) == people.sum() and sum(one < sizes[0] for one in sizes) * 2 <= len(sizes)


def designed(
    instance: RoundsInstance, costs: Costs, weights: tuple[int, int], goal: int, limits: Limits
) -> Iterator[tuple[str, tuple[Round, ...]]]:
    """Names of designs and their rounds, as many as are open, or fewer where one has no more.

    Call it where `fits`. weights: what a unit of repeats and a forbidden meeting cost beside a meeting within
    an organization; goal: the cost at which nothing is to be won.
    """
    people = np.flatnonzero(instance.attendance[:, len(instance.held)])
    sizes = instance.sizes(len(people))
    wanted = len(instance.open_rounds)
    lottery = np.random.default_rng(limits.seed)
    places = len(sizes) * sizes[0]
    # Places over are nobody's: a group loses one at most, so that two of them never meet.
    charge: IntArray = np.zeros((places, places), np.int64)
    charge[len(people) :, len(people) :] = weights[1]
    charge[: len(people), : len(people)] = costs.charge(*weights)[np.ix_(people, people)]
    np.fill_diagonal(charge, 0)
    for name, design in designs_for(len(sizes), sizes[0], wanted, limits):
        chosen = design[np.sort(lottery.permutation(len(design))[:wanted])]
        person = seated(chosen, charge, goal, limits)
        yield (
            name,
            tuple(
                canonical([[int(people[i]) for i in person[group] if i < len(people)] for group in one])
                for one in chosen
            ),
        )

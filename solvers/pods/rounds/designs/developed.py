"""Rounds developed from a few base rounds under a cyclic group, found by a small search.

The group Z_k turns places in cycles of length k and leaves the others where they are; its images of a base
round are k rounds. These have no repeat if no orbit of pairs is met twice in the base rounds, and none that
returns to itself before k turns. So the search has k times fewer rounds and pairs to look at: Kirkman's own
starters and the difference families of Bose (1939) are such base rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.limits import Limits
from solvers.pods.rounds.instance import Index
from solvers.pods.rounds.kernel import anneal, total_cost
from solvers.pods.rounds.table import Table

TRIES = 400_000
"""Tries of one run over base rounds."""


@dataclass(frozen=True)
class Turns:
    """A cyclic group of order `order` on places: `cycles` of that length, `fixed` ones that stay; how many
    base rounds are to be developed."""

    order: int
    cycles: int
    fixed: int
    bases: int

    @property
    def rounds(self) -> int:
        """Rounds that come of it."""
        return self.order * self.bases

    def image(self, places: Index, turn: int) -> Index:
        """The places after so many turns."""
        moved = places // self.order * self.order + (places + turn) % self.order
        return np.where(places < self.order * self.cycles, moved, places).astype(np.int32)

    def orbits(self) -> tuple[Index, NDArray[np.bool_]]:
        """The orbit of each pair of places, shape (n, n), and which orbits are short or of fixed places."""
        k, n = self.order, self.order * self.cycles + self.fixed
        cycle = np.minimum(np.arange(n) // k, self.cycles)
        one, other = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
        apart = (other - one) % k
        same = cycle[one] == cycle[other]
        apart = np.where(same, np.minimum(apart, (-apart) % k), apart)
        # Fixed places differ by themselves, not by how far they are from others.
        still = cycle == self.cycles
        apart = np.where(still[one] | still[other], 0, apart)
        name = np.where(still, np.arange(n), cycle)
        keys = (name[one] * (n + 1) + name[other]) * k + apart
        keys = np.where(one <= other, keys, keys.T)
        found, orbit = np.unique(keys, return_inverse=True)
        orbit = orbit.reshape(n, n)
        length = np.bincount(orbit[np.triu_indices(n, 1)], minlength=len(found))
        return orbit.astype(np.int32), length < k


def turns_for(groups: int, size: int, rounds: int) -> Iterator[Turns]:
    """Cyclic groups whose base rounds could have no repeat by counting, those with most room first."""
    people, meetings = groups * size, groups * size * (size - 1) // 2
    possible = (people - 1) // (size - 1)
    rows = []
    for order in range(3, people + 1):
        bases = -(-rounds // order)
        cycles, fixed = divmod(people, order)
        if order * bases > possible or fixed > groups or (fixed and cycles < size - 1):
            continue
        room = cycles * (cycles - 1) // 2 * order + cycles * ((order - 1) // 2) + cycles * fixed
        spare = room - bases * meetings
        if spare >= 0:
            rows.append((bases, -spare, order, Turns(order, cycles, fixed, bases)))
    for *_, turns in sorted(rows, key=lambda row: row[:3]):
        yield turns


def developed(turns: Turns, groups: int, size: int, runs: int, limits: Limits) -> tuple[Index, int]:
    """Rounds developed from the best base rounds of so many runs, shape (rounds, groups, size), and the cost:
    0 where no orbit is met twice, and so nobody."""
    orbit, short = turns.orbits()
    people = groups * size
    charge = short.astype(np.int64)
    count = np.zeros(len(short), np.int32)
    alike, any_language = np.zeros(people, np.int32), np.zeros((people, 0), np.uint64)
    lottery = np.random.default_rng(limits.seed)
    state = np.array([limits.seed], np.uint64)
    best: tuple[int, Index] | None = None
    for _ in range(runs):
        deal = [lottery.permutation(people).reshape(groups, size).tolist() for _ in range(turns.bases)]
        table = Table.of(deal, people)
        cost = total_cost(table.seat, table.size, orbit, charge, count, 1, alike, 0, any_language, 0)
        cost, _ = anneal(
            table.seat, table.group, table.size, table.fixed, orbit, charge, count, 1,
            alike, 0, any_language, 0, state, TRIES, 0.5, 0.2, cost, 0,
        )  # fmt: skip
        if best is None or cost < best[0]:
            best = cost, table.seat
        if cost == 0 or limits.over:
            break
    assert best is not None
    return np.concatenate([turns.image(best[1], turn) for turn in range(turns.order)]), best[0]

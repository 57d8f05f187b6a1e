"""The annealed answer of an instance, tier by tier where floors are tiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from solvers.limits import Limits
from solvers.pods.anneal.portfolio import ROUNDS, Annealer
from solvers.pods.check.score import tier_values
from solvers.pods.instance import Order, PodsInstance
from solvers.pods.solution import Assignment
from solvers.result import Effort, TierValue, sort_key

_SHARE = 0.25
"""Part of the time that each stage of the order floor may take, but for the last."""
_TRY_ROUNDS = 2
"""Rounds of annealing that try one value of a floor."""

Tell = Callable[[list[TierValue]], None]


@dataclass(frozen=True)
class Found:
    """An assignment with its tiers, counted without the kernels."""

    assignment: Assignment
    values: list[TierValue]

    def value(self, name: str) -> int | None:
        """The value of a tier, None where there is none."""
        return next((tier.value for tier in self.values if tier.name == name), None)

    def upper(self) -> tuple[tuple[bool, int], ...]:
        """The tiers before the first floor, to be compared."""
        return sort_key([tier for tier in self.values if tier.name not in ("lowest", "weakest", "points")])


class Search:
    """The best clean assignment found so far, `best`, and what is at work to find a better one."""

    def __init__(self, instance: PodsInstance, limits: Limits, effort: Effort, tell: Tell) -> None:
        self.instance, self.limits, self.effort, self.tell = instance, limits, effort, tell
        self.best: Found | None = None

    def start(self, begin: Assignment | None = None) -> None:
        """The constructive start, from `begin` (clean or not) or from the previous seats."""
        self.first = self._annealer(0, None, begin)

    def improve(self) -> None:
        """Anneal until the limits or the rounds end."""
        if self.instance.order is Order.FLOOR:
            self._floors()
        else:
            self._rounds(self.first, self.limits)

    def _annealer(self, lowest: int, weakest: int | None, begin: Assignment | None) -> Annealer:
        """An annealer under these floors, with its start."""
        with self.effort.phase("start"):
            annealer = Annealer(
                self.instance, self.limits.seed, least_satisfaction=lowest, least_points=weakest
            )
            annealer.start(begin)
        self._take(annealer)
        return annealer

    def _rounds(self, annealer: Annealer, limits: Limits, rounds: int = ROUNDS) -> None:
        moves, before = annealer.moves, annealer.rounds
        with self.effort.phase("anneal"):
            annealer.improve(limits, rounds=rounds, tell=lambda _: self._take(annealer))
        self.effort.count("moves", annealer.moves - moves)
        self.effort.count("rounds", annealer.rounds - before)

    def _take(self, annealer: Annealer) -> None:
        """Keep what the annealer found if it is better."""
        assignment = annealer.assignment()
        if assignment is None:
            return
        values = tier_values(self.instance, assignment.seats, assignment.slot)
        if self.best is None or sort_key(values) > sort_key(self.best.values):
            self.best = Found(assignment, values)
            self.tell(values)

    def _floors(self) -> None:
        """The tiers before the floors, then each floor as high as it was found to go, then points."""
        self._rounds(self.first, self._until(_SHARE))
        if self.best is None:
            self._rounds(self.first, self.limits)
            return
        if self.instance.satisfaction is not None:
            levels = np.unique(self.instance.satisfaction[self.instance.eligible]).tolist()
            self._raise("lowest", levels, self._until(2 * _SHARE))
        weakest = self.best.value("weakest")
        if weakest is not None:
            reach = 4 * int(np.abs(self.instance.points).max(initial=0)) + abs(weakest) + 1
            self._raise("weakest", range(weakest + 1, weakest + reach), self._until(3 * _SHARE))
        if not self.limits.over:
            last = self._annealer(
                self.best.value("lowest") or 0, self.best.value("weakest"), self.best.assignment
            )
            self._rounds(last, self.limits)

    def _raise(self, name: str, levels: Sequence[int], limits: Limits) -> None:
        """Raise one floor over its levels, as long as the tiers before the floors stay."""
        while self.best is not None and not limits.over:
            now = self.best.value(name)
            levels = [level for level in levels if now is not None and level > now]
            if not levels:
                return
            at = len(levels) // 4  # a level within reach is worth more than one that is not
            lowest = levels[at] if name == "lowest" else self.best.value("lowest") or 0
            weakest = levels[at] if name == "weakest" else None
            tried = self._annealer(lowest, weakest, self.best.assignment)
            self._rounds(tried, limits, _TRY_ROUNDS)
            reached = self.best.value(name)
            if reached is None or reached < levels[at]:
                levels = levels[:at]

    def _until(self, share: float) -> Limits:
        """The limits with this part of the time."""
        return replace(self.limits, seconds=self.limits.seconds * share)

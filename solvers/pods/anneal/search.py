"""The annealed answer of an instance, tier by tier where floors are tiers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from solvers.limits import Limits
from solvers.pods.anneal.portfolio import Annealer
from solvers.pods.check.score import tier_values
from solvers.pods.instance import Order, PodsInstance
from solvers.pods.solution import Assignment
from solvers.result import Effort, TierValue, sort_key

_SHARE = 0.25
"""Part of the time that each floor may take."""
_ROUNDS = 2
"""Rounds of annealing that try one value of a floor."""

Tell = Callable[[list[TierValue]], None]


@dataclass(frozen=True)
class Found:
    """An assignment with its tiers, counted without the kernels."""

    assignment: Assignment
    values: list[TierValue]

    @property
    def floors(self) -> dict[str, int | None]:
        """Values of the tiers lowest and weakest, where they are tiers."""
        return {tier.name: tier.value for tier in self.values if tier.name in ("lowest", "weakest")}

    def upper(self) -> tuple[tuple[bool, int], ...]:
        """The tiers before the first floor, to be compared."""
        names = [tier.name for tier in self.values]
        first = min((names.index(name) for name in self.floors), default=len(names))
        return sort_key(self.values[:first])


def anneal(instance: PodsInstance, limits: Limits, effort: Effort, tell: Tell) -> Found | None:
    """The best clean assignment within the limits, None when none was found. Zero seconds: the start."""
    search = _Search(instance, limits, effort, tell)
    if instance.order is Order.FLOOR:
        search.floor()
    else:
        search.plain(0, None, limits)
    return search.best


class _Search:
    def __init__(self, instance: PodsInstance, limits: Limits, effort: Effort, tell: Tell) -> None:
        self.instance, self.limits, self.effort, self.tell = instance, limits, effort, tell
        self.best: Found | None = None

    def plain(self, lowest: int, weakest: int | None, limits: Limits, rounds: int | None = None) -> bool:
        """Anneal under these floors; whether an assignment was found that keeps them and the upper tiers."""
        with self.effort.phase("start"):
            annealer = Annealer(
                self.instance, self.limits.seed, least_satisfaction=lowest, least_points=weakest
            )
            annealer.start(None if self.best is None else self.best.assignment)
        reached = self._take(annealer)
        with self.effort.phase("anneal"):
            if rounds is None:
                annealer.improve(limits, tell=lambda _: bool(self._take(annealer)))
            else:
                annealer.improve(limits, rounds=rounds)
        self.effort.count("moves", annealer.moves)
        self.effort.count("rounds", annealer.rounds)
        return self._take(annealer) or reached

    def _take(self, annealer: Annealer) -> bool:
        """Keep what the annealer found if it is better; whether it is no worse in the upper tiers."""
        assignment = annealer.assignment()
        if assignment is None:
            return False
        values = tier_values(self.instance, assignment.seats, assignment.slot)
        found = Found(assignment, values)
        fine = self.best is None or found.upper() >= self.best.upper()
        if self.best is None or sort_key(values) > sort_key(self.best.values):
            self.best = found
        self.tell(self.best.values)
        return fine

    def floor(self) -> None:
        """The tiers before the floors, then each floor as high as it was found to go, then points."""
        began = self.limits
        self.plain(0, None, self._until(_SHARE))
        if self.best is None:
            self.plain(0, None, began)
            return
        lowest = 0
        if self.instance.satisfaction is not None:
            levels = np.unique(self.instance.satisfaction[self.instance.eligible]).tolist()
            self._raise("lowest", [int(x) for x in levels], self._until(2 * _SHARE), 0)
            lowest = self.best.floors["lowest"] or 0
        weakest = self.best.floors["weakest"]
        if weakest is not None:
            best = int(np.abs(self.instance.points).max(initial=0)) * 4 + abs(weakest) + 1
            self._raise("weakest", range(weakest, weakest + best), self._until(3 * _SHARE), lowest)
            weakest = self.best.floors["weakest"]
        self.plain(lowest, weakest, began)

    def _raise(self, name: str, levels: range | list[int], limits: Limits, lowest: int) -> None:
        """Raise one floor by halving over its levels, as long as the upper tiers stay."""
        assert self.best is not None
        now = self.best.floors[name]
        levels = [x for x in levels if now is not None and x > now]
        while levels and not limits.over:
            middle = len(levels) // 4
            level = levels[middle]
            kept = (
                self.plain(level, None, limits, _ROUNDS)
                if name == "lowest"
                else self.plain(lowest, level, limits, _ROUNDS)
            )
            now = self.best.floors[name]
            levels = [x for x in levels if now is not None and x > now] if kept else levels[:middle]

    def _until(self, share: float) -> Limits:
        """The limits with this part of the time."""
        return replace(self.limits, seconds=self.limits.seconds * share)

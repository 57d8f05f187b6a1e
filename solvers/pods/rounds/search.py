"""The search over plain rounds: annealing from fresh deals, each run longer than the one before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.limits import Limits
from solvers.pods.rounds.check.score import borne, meetings, tier_values
from solvers.pods.rounds.costs import Costs
from solvers.pods.rounds.frame import Fixed
from solvers.pods.rounds.instance import Index, IntArray, Round, RoundsInstance
from solvers.pods.rounds.kernel import anneal, total_cost
from solvers.pods.rounds.level_kernel import level
from solvers.pods.rounds.repair import repaired
from solvers.pods.rounds.table import Table
from solvers.result import Effort, sort_key

SOFT = 6
"""Meetings within an organization that one unit of repeats is worth while the search may still trade them."""

EVEN = 4096
"""What a unit of repeats costs beside one, squared, that a person bears above the target."""

CHUNK = 400_000
"""Tries between two looks at the clock."""


@dataclass(frozen=True)
class Found:
    """Open rounds that keep every rule, and the key by which better ones come later; `fixed`: who stayed in
    their group while they were searched for."""

    rounds: tuple[Round, ...]
    key: tuple[tuple[bool, int], ...]
    fixed: Fixed = ()


def weighed(instance: RoundsInstance, costs: Costs, rounds: tuple[Round, ...], fixed: Fixed = ()) -> Found:
    """Open rounds, repaired where they break a rule, with their key."""
    clean = repaired(instance, costs, rounds, fixed)
    return Found(clean, sort_key(tier_values(instance, instance.held + clean)), fixed)


class Search:
    """One instance under search: its costs, its pairs, and the state of its lottery."""

    def __init__(self, instance: RoundsInstance, costs: Costs, limits: Limits, effort: Effort) -> None:
        self._instance, self._costs, self._limits, self._effort = instance, costs, limits, effort
        n = instance.n_people
        number = np.arange(n * n, dtype=np.int32).reshape(n, n)
        self._orbit: Index = np.minimum(number, number.T)
        self._count: Index = np.zeros(n * n, np.int32)
        self._state: NDArray[np.uint64] = np.array([limits.seed], np.uint64)
        meetings_ = sum(
            one * (one - 1) // 2
            for number_ in instance.open_rounds
            for one in instance.sizes(int(instance.attendance[:, number_].sum()))
        )
        self._strict = min(meetings_, 1 << 20) + 1 if costs.own.any() else 1
        # A forbidden meeting, in units of repeats: more than a change of places saves in them at most.
        dearest = int(costs.repeat.max(initial=0)) + instance.repeat_weight * len(instance.open_rounds)
        self._barred = 2 * instance.most * dearest

    @property
    def weights(self) -> tuple[int, int]:
        """What a unit of repeats and a forbidden meeting cost beside a meeting within an organization."""
        return self._strict, self._strict * self._barred

    def run(self, rounds: tuple[Round, ...], steps: int, goal: int, fixed: Fixed = ()) -> tuple[Round, ...]:
        """Anneal open rounds: first with repeats and organizations traded, then repeats strictly first.

        `goal`: the cost in repeats, times the strict weight, plus meetings within organizations, at which
        nothing better is to be had.
        """
        table = Table.of(rounds, self._instance.n_people, fixed)
        unit = self._instance.repeat_weight
        if self._strict > 1:
            weight = SOFT
            self._anneal(table, weight, steps, 0.6 * weight * unit, 0.3, -1)
        weight = self._strict
        hot = 0.5 * unit if weight == 1 else 0.6
        self._anneal(table, weight, steps, hot, 0.25 * unit if weight == 1 else 0.25, goal)
        return table.rounds()

    def level(self, found: Found, steps: int, worst: int, target: int) -> tuple[Round, ...]:
        """Anneal open rounds so that nobody bears more repeats than `target`, where somebody bears `worst`,
        and all together bear no more; then so that fewer meet within their organization."""
        instance, costs = self._instance, self._costs
        n, unit = instance.n_people, instance.repeat_weight
        table = Table.of(found.rounds, n, found.fixed)
        count: Index = np.zeros((n, n), np.int32)
        for (i, j), times in meetings(found.rounds).items():
            count[i, j] = times
        shares: IntArray = np.array(borne(instance, instance.held + found.rounds), np.int64)
        other: IntArray = costs.charge(0, self._strict * EVEN * self._barred)
        most, bars = self._limits_of_groups()
        excess = self._strict * EVEN * self._barred * bars
        hot = 0.5 * self._strict * unit * unit if worst > target else 1.0
        done = 0
        while done < steps and not self._limits.over:
            part = min(CHUNK, steps - done)
            begins, ends = (hot * (0.3 / hot) ** (at / steps) for at in (done, done + part))
            level(
                table.seat, table.group, table.size, table.fixed, costs.repeat, other, count, unit, shares,
                target, self._strict * EVEN, self._strict, instance.organization.astype(np.int32), most,
                self._instance.tongues, excess, self._state, part, begins, ends,
            )  # fmt: skip
            done += part
            self._effort.count("tries", part)
        return table.rounds()

    def _limits_of_groups(self) -> tuple[int, bool]:
        """People of one organization in a group at most, and whether that or a common language is a rule."""
        instance = self._instance
        limited = instance.most_of_one is not None
        most = instance.most_of_one if instance.most_of_one is not None else instance.n_people
        return most, limited or instance.tongues.shape[1] > 0

    def goal(self, repeats: int, own: int) -> int:
        """The goal of `run` for lowest tiers."""
        return repeats * self._strict + own

    def _anneal(self, table: Table, weight: int, steps: int, hot: float, cold: float, goal: int) -> None:
        instance, limits = self._instance, self._limits
        charge: IntArray = self._costs.charge(weight, weight * self._barred).ravel()
        unit = weight * instance.repeat_weight
        most, bars = self._limits_of_groups()
        excess = weight * self._barred * bars
        home: Index = instance.organization.astype(np.int32)
        tongues = instance.tongues
        cost = total_cost(
            table.seat, table.size, self._orbit, charge, self._count, unit, home, most, tongues, excess
        )
        done = 0
        while done < steps and cost > goal and not (done and limits.over):  # some tries at least
            part = min(CHUNK, steps - done)
            begins = hot * (cold / hot) ** (done / steps)
            ends = hot * (cold / hot) ** ((done + part) / steps)
            cost, tried = anneal(
                table.seat, table.group, table.size, table.fixed, self._orbit, charge, self._count, unit,
                home, most, tongues, excess, self._state, part, begins, ends, cost, goal,
            )  # fmt: skip
            done += part
            self._effort.count("tries", int(tried))

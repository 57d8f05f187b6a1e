"""Tier after tier: each is bounded, searched where the bound is not reached yet, and held for those after.

A tier's bound comes from the linear relaxation, counted again in whole numbers (`pricing`), or from CP-SAT.
The assignment at hand is the hint of every search, so it only gets better from the top tier down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from solvers.cpsat import Search
from solvers.engine import NO_BOUND, IntArray, Program, relax
from solvers.limits import Limits
from solvers.result import Effort
from solvers.rota.turns.instance import Index, TurnsInstance
from solvers.rota.turns.model import Model
from solvers.rota.turns.pricing import bound_by_prices
from solvers.rota.turns.tiers import Stage, Unary, level, levels_of, stages


@dataclass
class Staged:
    """An assignment with the bound of each tier that was looked at (by name)."""

    person: Index
    bounds: dict[str, int] = field(default_factory=dict)


class Stages:
    """The run through the tiers of one instance, from an assignment that keeps every rule."""

    def __init__(self, instance: TurnsInstance, person: Index, limits: Limits, effort: Effort) -> None:
        self.instance, self.limits, self.effort = instance, limits, effort
        self.model = Model(instance)
        self.result = Staged(person)
        self._held: list[tuple[IntArray, IntArray, int]] = []
        self._program: Program | None = None
        self._search: Search | None = None

    def run(self) -> Staged:
        """Work through the tiers until the limits end it."""
        for stage in stages(self.model):
            if self.limits.over:
                break
            if isinstance(stage, Unary):
                self._levels(stage)
            else:
                self._stage(stage)
        return self.result

    def _levels(self, unary: Unary) -> None:
        """Order full: the people at or above each load that somebody has, from the highest down.

        Nobody is between two such loads, so the people above the lower one are as few as those at or above
        the higher one: that is held too, before the lower one is looked at.
        """
        last: int | None = None
        while not self.limits.over:
            levels = [*levels_of(self.instance, self.result.person, unary.c), 0]
            loads = next((one for one in levels if last is None or one < last), None)
            if loads is None:
                return
            above = unary.load[unary.load > loads]
            if len(above):
                self._keep(level(self.model, unary, int(above.min())))
            if loads:
                self._stage(level(self.model, unary, loads))
            if loads in (0, *levels_of(self.instance, self.result.person, unary.c)):
                last = loads

    def _keep(self, stage: Stage) -> None:
        """Hold what a stage is worth now."""
        self._grown()
        worth = self._wide(stage.worth)
        self._hold(worth, int(worth @ self.model.values(self.result.person)))

    def _wide(self, worth: IntArray) -> IntArray:
        """An objective over all the columns there are by now."""
        return np.concatenate([worth, np.zeros(self.model.rows.n_columns - len(worth), np.int64)])

    def _stage(self, stage: Stage) -> None:
        program = self._grown()
        worth = self._wide(stage.worth)
        values = self.model.values(self.result.person)
        value = int(worth @ values)
        bound = int(np.where(worth > 0, worth * program.upper, worth * program.lower).sum())
        tell = self._teller(stage)
        if value < bound:
            with self.effort.phase("relax"):
                relaxed = relax(
                    program, worth, replace(self.limits, seconds=self.limits.elapsed + self._share())
                )
            self.effort.count("relaxations")
            if relaxed is not None:
                bound = min(bound, bound_by_prices(program, worth, relaxed.row_prices))
        tell(value, bound)
        if value < bound and not self.limits.over:
            with self.effort.phase("search"):
                if self._search is None:
                    self._search = Search(program)
                found = self._search.maximize(
                    worth,
                    replace(self.limits, seconds=self.limits.elapsed + self._share()),
                    hint=values,
                    bound=bound,
                    workers=self.limits.workers,
                    tell=tell,
                )
            self.effort.count("searches")
            if found.bound is not None:
                bound = min(bound, found.bound)
            if found.values is not None and found.value is not None and found.value > value:
                value = found.value
                self.result.person = self.model.read(found.values)
        self.result.bounds[stage.name] = stage.tier_value(bound)
        self._hold(worth, value)

    def _share(self) -> float:
        return max(1.0, self.limits.left / 2)

    def _grown(self) -> Program:
        """The program with all columns so far and every row held."""
        if self._program is None or self._program.n_columns != self.model.rows.n_columns:
            program = self.model.rows.program()
            for columns, by, least in self._held:
                program = program.with_row(columns, by, least, NO_BOUND)
            self._program, self._search = program, None
        return self._program

    def _hold(self, worth: IntArray, value: int) -> None:
        columns = np.flatnonzero(worth)
        if not len(columns):
            return
        self._held.append((columns, worth[columns], value))
        assert self._program is not None
        self._program = self._program.with_row(columns, worth[columns], value, NO_BOUND)
        if self._search is not None:
            self._search.hold(worth, value)

    def _teller(self, stage: Stage) -> Callable[[int | None, int | None], None]:
        def tell(value: int | None, bound: int | None) -> None:
            self.limits.tell(
                "turns",
                tier=stage.name,
                value=None if value is None else stage.tier_value(value),
                bound=None if bound is None else stage.tier_value(bound),
            )

        return tell

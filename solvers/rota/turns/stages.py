"""Tier after tier: each is bounded, searched where the bound is not reached yet, and held for those after.

A tier's bound comes from the linear relaxation (`pricing`). Where the assignment at hand is below it, a
search first looks among the choices that the relaxation uses, then among all that could be in a better
answer: the reduced costs say which. What a tier's value rules out stays out in the tiers after it. The assignment at hand
is the hint of every search, so it only gets better from the top tier down.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from solvers.cpsat import Tell, search
from solvers.engine import NO_BOUND, IntArray, Program
from solvers.limits import Limits
from solvers.result import Effort
from solvers.rota.turns.instance import Index, TurnsInstance
from solvers.rota.turns.model import Model
from solvers.rota.turns.pricing import Flags, Priced, compact, priced, tightened
from solvers.rota.turns.tiers import Dive, Levels, Stage, stages

LISTED = 8
"""So many choices of each turn are in the first relaxation, drawn by lot, beside those of the assignment."""


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
        self._out = np.zeros(self.model.n_choices, bool)
        self._listed = self._drawn()

    def run(self) -> Staged:
        """Work through the tiers until the limits end it."""
        for stage in stages(self.model):
            if self.limits.over:
                break
            if isinstance(stage, Levels):
                self._levels(stage)
            elif isinstance(stage, Dive):
                self._dive(stage)
            else:
                self._stage(stage)
        return self.result

    def _levels(self, levels: Levels) -> None:
        """Order full: the people at or above each load that somebody has, from the highest down.

        Nobody is between two such loads, so the people above the lower one are as few as those at or above
        the higher one: that is held too, before the lower one is looked at.
        """
        last: int | None = None
        while not self.limits.over:
            reached = [*levels.loads(self.result.person), 0]
            loads = next((one for one in reached if last is None or one < last), None)
            if loads is None:
                return
            above = levels.next_above(loads)
            if above is not None:
                worth = self._wide(levels.stage(above).worth)
                self._hold(worth, int(worth @ self.model.values(self.result.person)))
            if loads:
                self._stage(levels.stage(loads))
            if loads in (0, *levels.loads(self.result.person)):
                last = loads

    def _dive(self, dive: Dive) -> None:
        """Search an objective that leads to good values of several tiers at once; nothing is held."""
        worth = self._wide(dive.worth)
        values = self.model.values(self.result.person)
        known = self._bounded(worth)
        if known is not None and int(worth @ values) < known.bound:
            self._search(worth, values, known, self._near(known, values), known.bound, None)

    def _stage(self, stage: Stage) -> None:
        program = self._grown()
        worth = self._wide(stage.worth)
        value = int(worth @ self.model.values(self.result.person))
        bound = int(np.where(worth > 0, worth * program.upper, worth * program.lower).sum())
        if stage.sense == "min":
            bound = min(bound, stage.objective_value(0))
        tell = self._teller(stage)
        known: Priced | None = None
        if value < bound:
            known = self._bounded(worth)
            bound = bound if known is None else min(bound, known.bound)
        tell(value, bound)
        if known is not None and value < bound:
            values = self.model.values(self.result.person)
            value, _ = self._search(worth, values, known, self._near(known, values), bound, tell)
        if value < bound and not self.limits.over:
            values = self.model.values(self.result.person)
            able = self._able() if known is None else self._able() & ~self._choices(known.useless(value + 1))
            able |= values > 0
            value, proven = self._search(worth, values, known, able, bound, tell)
            bound = min(bound, max(value, proven))
        self.result.bounds[stage.name] = stage.tier_value(bound)
        if known is not None:
            self._out |= known.useless(value)[: len(self._out)]
        self._hold(worth, value)

    def _bounded(self, worth: IntArray) -> Priced | None:
        program = self._grown()
        grown = np.ones(program.n_columns - len(self._listed), bool)
        listed = np.concatenate([self._listed, grown]) & self._able()
        listed |= self.model.values(self.result.person) > 0
        with self.effort.phase("relax"):
            known = priced(self._open(program), worth, listed, self._slice())
        self._listed = listed
        self.effort.count("relaxations")
        return known

    def _search(
        self,
        worth: IntArray,
        values: IntArray,
        known: Priced | None,
        among: Flags,
        bound: int,
        tell: Tell | None,
    ) -> tuple[int, int]:
        """Search among some of the columns, keep what is better; the value, and the bound among those."""
        with self.effort.phase("search"):
            part, columns = compact(self._grown(), among)
            found = search(
                tightened(part),
                worth[columns],
                self._slice(),
                hint=values[columns],
                bound=bound,
                workers=self.limits.workers,
                tell=tell,
            )
        self.effort.count("searches")
        value = int(worth @ values)
        if found.values is not None and found.value is not None and found.value > value:
            value = found.value
            better = np.zeros(len(worth), np.int64)
            better[columns] = found.values
            self.result.person = self.model.read(better)
        return value, bound if found.bound is None else found.bound

    def _near(self, known: Priced, values: IntArray) -> Flags:
        """The columns that the relaxation or the assignment uses, and all that are no choices."""
        near = (known.values > 1e-7) | (values > 0)
        near[self.model.n_choices :] = True
        return near

    def _choices(self, some: Flags) -> Flags:
        """The same flags for choices, none for other columns."""
        out = some.copy()
        out[self.model.n_choices :] = False
        return out

    def _able(self) -> Flags:
        """Columns that tiers so far leave open."""
        out = np.ones(self._grown().n_columns, bool)
        out[: len(self._out)] = ~self._out
        return out

    def _open(self, program: Program) -> Program:
        """The program where choices that are out have no room."""
        upper = program.upper.copy()
        upper[: len(self._out)][self._out] = 0
        return replace(program, upper=upper)

    def _drawn(self) -> Flags:
        """Choices of the first relaxation."""
        model = self.model
        lot = np.random.default_rng(self.limits.seed).random(model.n_choices)
        order = np.lexsort((lot, model.turn))
        place = np.empty(model.n_choices, np.int64)
        place[order] = np.arange(model.n_choices) - np.searchsorted(model.turn, model.turn[order])
        drawn: Flags = (place < LISTED) | model.fixed
        return drawn

    def _slice(self) -> Limits:
        """Half of the time left: what comes after has its chance too."""
        return replace(self.limits, seconds=self.limits.elapsed + max(1.0, self.limits.left / 2))

    def _grown(self) -> Program:
        """The program with all columns so far and every row held."""
        if self._program is None or self._program.n_columns != self.model.rows.n_columns:
            program = self.model.rows.program()
            for columns, by, least in self._held:
                program = program.with_row(columns, by, least, NO_BOUND)
            self._program = program
        return self._program

    def _wide(self, worth: IntArray) -> IntArray:
        """An objective over all the columns there are by now."""
        return np.concatenate([worth, np.zeros(self.model.rows.n_columns - len(worth), np.int64)])

    def _hold(self, worth: IntArray, value: int) -> None:
        columns = np.flatnonzero(worth)
        if len(columns):
            self._held.append((columns, worth[columns], value))
            self._program = self._grown().with_row(columns, worth[columns], value, NO_BOUND)

    def _teller(self, stage: Stage) -> Tell:
        def tell(value: int | None, bound: int | None) -> None:
            self.limits.tell(
                "turns",
                tier=stage.name,
                value=None if value is None else stage.tier_value(value),
                bound=None if bound is None else stage.tier_value(bound),
            )

        return tell

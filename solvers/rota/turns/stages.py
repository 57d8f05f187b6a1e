"""Tier after tier: each is bounded, searched where the bound is not reached yet, and held for those after.

A tier's bound comes from the linear relaxation (`pricing`). Where the assignment at hand is below it, a
search first looks among the choices that the relaxation uses, then among all that could be in a better
answer: the reduced costs say which. What a tier's value rules out stays out in the tiers after it. The
assignment at hand is the hint of every search, so it only gets better from the top tier down.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from solvers.cpsat import Tell, search
from solvers.engine import NO_BOUND, Found, IntArray, Program, maximize
from solvers.limits import Limits
from solvers.result import Effort
from solvers.rota.turns.bearing import least_highest
from solvers.rota.turns.check.score import burdens
from solvers.rota.turns.flow import Flow, FlowPriced
from solvers.rota.turns.instance import Index, TurnsInstance
from solvers.rota.turns.levels import Highest, Levels, Lowest, Stage
from solvers.rota.turns.model import Model
from solvers.rota.turns.pricing import Flags, Priced, compact, priced, tightened
from solvers.rota.turns.tiers import Dive, stages

LISTED = 8
"""So many choices of each turn are in the first relaxation, drawn by lot, beside those of the assignment."""

ROUND_SECONDS, ROUND_COLUMNS = 4.0, 500
"""Time for the choices that the relaxation uses: these seconds, and one more for so many columns."""

ROUND_LARGE = 3_000
"""Beyond so many of them presolve takes longer than it saves."""

ROUND_WIDEST = 40_000
"""Beyond so many columns HiGHS would take memory and no more."""


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
        self._known: list[tuple[IntArray, IntArray, Priced]] = []
        self._out = np.zeros(self.model.n_choices, bool)
        self._listed = self._drawn()
        self._flow = Flow(self.model)
        self._last_flow: tuple[IntArray, FlowPriced | None] | None = None

    def run(self) -> Staged:
        """Work through the tiers until the limits end it."""
        for stage in stages(self.model):
            if self.limits.over:
                break
            if isinstance(stage, Levels):
                self._levels(stage)
            elif isinstance(stage, Dive):
                self._dive(stage)
            elif isinstance(stage, Highest | Lowest):
                self._extreme(stage)
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
                # Nobody is above the highest load, so every turn there is out, for flows as well.
                worth = self._wide(levels.above(above) if last is None else levels.stage(above).worth)
                self._hold(worth, int(worth @ self.model.values(self.result.person)))
            if loads:
                self._stage(levels.stage(loads))
            if loads in (0, *levels.loads(self.result.person)):
                last = loads

    def _extreme(self, tier: Highest | Lowest) -> None:
        """The highest or lowest load: from one level to the next, until none is better."""
        proven = False
        while not (proven or self.limits.over):
            value = tier.value(self.result.person)
            self.limits.tell("turns", tier=tier.name, value=value, bound=tier.limit)
            target = tier.better(value)
            if target is None or tier.counted_out(value, self._filled(tier.turns)):
                proven = True
                break
            worth = self._wide(target.worth)
            reached, bound, _ = self._optimize(worth, target.least, None)
            proven = bound < target.least
            if reached < target.least:
                break
        value = tier.value(self.result.person)
        self.result.bounds[tier.name] = value if proven else tier.limit
        held = tier.held(value)
        self._hold(self._wide(held.worth), held.least)

    def _filled(self, turns: int) -> int:
        """So many of a class's turns, at least, are taken in every answer that fills as many as this one."""
        return turns - int((self.result.person < 0).sum())

    def _dive(self, dive: Dive) -> None:
        """Search an objective that leads to good values of several tiers at once; nothing is held."""
        worth = self._wide(dive.worth)
        if len(dive.fixed):
            self._dive_beside(worth, dive.fixed)
            return
        values = self.model.values(self.result.person)
        if self._reached(worth, int(worth @ values)):
            return
        known = self._bounded(worth)
        if known is not None and int(worth @ values) < known.bound:
            value, _ = self._round(worth, self._near(known), known.bound)
            if value < known.bound and not self.limits.over:
                self._search(worth, self._near(known), known.bound, None)

    def _dive_beside(self, worth: IntArray, fixed: IntArray) -> None:
        """The same while some columns stay as they are: what that bounds holds for nothing else."""
        program, values = self._grown(), self.model.values(self.result.person)
        if self._reached(worth, int(worth @ values)):
            return
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[fixed] = upper[fixed] = values[fixed]
        self._program = replace(program, lower=lower, upper=upper)
        try:
            with self.effort.phase("relax"):
                known = priced(self._open(self._program), worth, self._some(), self._slice())
            if known is not None and int(worth @ values) < known.bound:
                self._round(worth, self._near(known), known.bound)
        finally:
            self._program = program

    def _stage(self, stage: Stage) -> None:
        worth = self._wide(stage.worth)
        program = self._grown()
        bound = int(np.where(worth > 0, worth * program.upper, worth * program.lower).sum())
        if stage.sense == "min":
            bound = min(bound, stage.objective_value(0))
        if stage.name == "highest_burden":
            bound = min(bound, stage.objective_value(self._least_burden()))
        value, bound, known = self._optimize(worth, bound, self._teller(stage))
        self.result.bounds[stage.name] = stage.tier_value(bound)
        if known is not None:
            self._out |= self._useless(known, value)
        self._hold(worth, value)

    def _least_burden(self) -> int:
        """No answer that reaches the tiers so far has a lower highest burden."""
        instance = self.instance
        borne = np.array(burdens(instance, self.result.person.tolist()), np.int64) + instance.carried_burden
        with self.effort.phase("bearing"):
            return least_highest(self.model, self._flow, self._out, borne, self._slice())

    def _optimize(self, worth: IntArray, bound: int, tell: Tell | None) -> tuple[int, int, Priced | None]:
        """Raise worth @ x as far as `bound`; the value reached, what no answer passes, and the prices."""
        values = self.model.values(self.result.person)
        value = int(worth @ values)
        known: Priced | None = None
        if value < bound:
            known = self._by_flow(worth)
            bound = bound if known is None else min(bound, known.bound)
        if value < bound:
            closer = self._bounded(worth)
            known = known if closer is None else closer
            bound = bound if known is None else min(bound, known.bound)
        if tell is not None:
            tell(value, bound)
        if known is not None and value < bound:
            value, _ = self._round(worth, self._near(known), bound)
        for searched in (self._round, self._search):
            if value < bound and not self.limits.over:
                able = self._able()
                if known is not None:
                    able[: len(self._out)] &= ~self._useless(known, value + 1)
                able |= self.model.values(self.result.person) > 0
                if searched == self._round and able.sum() > ROUND_WIDEST:
                    continue
                value, proven = searched(worth, able, bound, tell)
                bound = min(bound, max(value, proven))
        return value, bound, known

    def _some(self) -> Flags:
        """Columns for a first relaxation."""
        grown = np.ones(self._grown().n_columns - len(self._listed), bool)
        listed = np.concatenate([self._listed, grown]) & self._able()
        return listed | (self.model.values(self.result.person) > 0)

    def _near(self, known: Priced) -> Flags:
        """The columns that the relaxation or the assignment uses, and all that are no choices."""
        near = np.ones(self.model.rows.n_columns, bool)
        near[: self.model.n_choices] = known.values[: self.model.n_choices] > 1e-7
        near |= self.model.values(self.result.person) > 0
        return near

    def _useless(self, known: Priced, value: int) -> Flags:
        """Choices that no answer worth so much takes."""
        out: Flags = known.useless(value)[: self.model.n_choices] & ~self.model.fixed
        return out

    def _by_flow(self, worth: IntArray) -> FlowPriced | None:
        """Prices of the flow relaxation, which takes a small part of the time that a linear program takes."""
        with self.effort.phase("flow"):
            known = self._flow.priced(worth, self._out)
        self.effort.count("flows")
        self._last_flow = worth, known
        return known

    def _reached(self, worth: IntArray, value: int) -> bool:
        """Whether the flow says that no answer is worth more."""
        known = self._by_flow(worth)
        return known is not None and known.bound <= value

    def _bounded(self, worth: IntArray) -> Priced | None:
        for columns, by, known in self._known:  # what held then holds now: there are only more rows
            if np.array_equal(columns, np.flatnonzero(worth)) and np.array_equal(by, worth[columns]):
                return known
        program, listed = self._grown(), self._some()
        with self.effort.phase("relax"):
            found = priced(self._open(program), worth, listed, self._slice())
        self._listed = listed
        self.effort.count("relaxations")
        if found is not None:
            columns = np.flatnonzero(worth)
            self._known.append((columns, worth[columns], found))
        return found

    def _round(self, worth: IntArray, among: Flags, bound: int, tell: Tell | None = None) -> tuple[int, int]:
        """Search among some of the columns by HiGHS, for a short time: where the relaxation is all but whole,
        it is there at once. The value reached, and the bound among those columns."""
        values = self.model.values(self.result.person)
        with self.effort.phase("round"):
            part, columns = compact(self._grown(), among)
            seconds = min(self._slice().left, ROUND_SECONDS + len(columns) / ROUND_COLUMNS)
            found = maximize(
                tightened(part),
                worth[columns],
                replace(self.limits, seconds=self.limits.elapsed + seconds, report=lambda _: None),
                hint=values[columns],
                bound=bound,
                large=ROUND_LARGE,
            )
        self.effort.count("rounded")
        value = self._take(worth, values, columns, found)
        if tell is not None:
            tell(value, bound)
        return value, bound if found.bound is None else found.bound

    def _search(self, worth: IntArray, among: Flags, bound: int, tell: Tell | None) -> tuple[int, int]:
        """The same by CP-SAT, for longer."""
        values = self.model.values(self.result.person)
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
        value = self._take(worth, values, columns, found)
        return value, bound if found.bound is None else found.bound

    def _take(self, worth: IntArray, values: IntArray, columns: IntArray, found: Found) -> int:
        """Keep the assignment found if it is better; the value of the one kept."""
        value = int(worth @ values)
        if found.values is None or found.value is None or found.value <= value:
            return value
        better = np.zeros(len(worth), np.int64)
        better[columns] = found.values
        self.result.person = self.model.read(better)
        return found.value

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
            self._hold_flow(worth, value)

    def _hold_flow(self, worth: IntArray, value: int) -> None:
        """Where no answer is worth more in the flow, it stays on its optimal face, and so does every answer
        that reaches the tier: choices off it are out."""
        last = self._last_flow
        known = last[1] if last is not None and np.array_equal(last[0], worth) else self._by_flow(worth)
        if known is not None and known.bound == value:
            self._out |= self._flow.hold(known) & ~self.model.fixed

    def _teller(self, stage: Stage) -> Tell:
        def tell(value: int | None, bound: int | None) -> None:
            self.limits.tell(
                "turns",
                tier=stage.name,
                value=None if value is None else stage.tier_value(value),
                bound=None if bound is None else stage.tier_value(bound),
            )

        return tell

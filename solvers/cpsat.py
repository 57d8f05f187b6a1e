"""The gate between integer programs and CP-SAT's own search, with several workers, hints and progress.

`solvers.engine` asks one solver for one short answer; this keeps a program that grows row by row between
searches (a tier is held, the next one searched), runs as many workers as it is told, and tells of value and
bound while it runs. The same rules hold: values are read only when the solver says that there are some,
rounded, and tried against every row; a bound is rounded away from the proof; infeasible is believed only
after a second solve without presolve. One worker repeats exactly; several may return another one of equally
good answers.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from solvers.engine import NO_BOUND, Found, IntArray, Program
from solvers.limits import Limits
from solvers.result import Status

_SLACK = 0.05
_POLL = 0.05
"""Seconds between two looks at the limits while a search runs."""


class Search:
    """One program, searched again and again; rows may be added between searches (see the module)."""

    def __init__(self, program: Program) -> None:
        from ortools.sat.python import cp_model

        self.program = program
        self._model = cp_model.CpModel()
        proto = self._model.proto
        for low, high in zip(program.lower.tolist(), program.upper.tolist(), strict=True):
            proto.variables.add().domain.extend((low, high))
        row, column, coefficient = program.sorted_entries
        first = np.searchsorted(row, np.arange(program.n_rows + 1)).tolist()
        columns, coefficients = column.tolist(), coefficient.tolist()
        sides = zip(program.least.tolist(), program.most.tolist(), strict=True)
        boolean = (program.lower >= 0) & (program.upper <= 1)
        flags = boolean[column]
        plain = (coefficient == 1) & flags
        for r, (least, most) in enumerate(sides):
            low, high = first[r], first[r + 1]
            self._state(columns[low:high], coefficients[low:high], least, most, bool(plain[low:high].all()))

    def _state(self, columns: list[int], by: list[int], least: int, most: int, plain: bool) -> None:
        added = self._model.proto.constraints.add()
        if plain and most == 1 and least <= 0:
            added.at_most_one.literals.extend(columns)
        elif plain and most == 1 and least == 1:
            added.exactly_one.literals.extend(columns)
        else:
            added.linear.vars.extend(columns)
            added.linear.coeffs.extend(by)
            added.linear.domain.extend((max(least, -NO_BOUND), min(most, NO_BOUND)))

    def hold(self, objective: IntArray, least: int) -> None:
        """From now on, objective @ x >= least."""
        columns = np.flatnonzero(objective)
        self.program = self.program.with_row(columns, objective[columns], least, NO_BOUND)
        self._state(columns.tolist(), objective[columns].tolist(), least, NO_BOUND, plain=False)

    def maximize(
        self,
        objective: IntArray,
        limits: Limits,
        *,
        hint: IntArray | None = None,
        bound: int | None = None,
        workers: int = 1,
        tell: Any = None,
    ) -> Found:
        """Maximize objective @ x from `hint`; `bound`: no answer is worth more, the search ends there.

        `tell`: called now and then with value and bound so far. Ends with the limits; what they leave is
        returned.
        """
        value: int | None = None
        values: IntArray | None = None
        if hint is not None and self.program.holds(hint):
            values, value = hint, int(objective @ hint)
            if value == bound:
                return Found(Status.OPTIMAL, values, value, value)
        if limits.over:
            return Found(Status.UNKNOWN if value is None else Status.FEASIBLE, values, value, bound)
        self._objective(objective, bound)
        self._model.clear_hints()  # type: ignore[no-untyped-call]
        if hint is not None:
            proto = self._model.proto
            proto.solution_hint.vars.extend(range(len(hint)))
            proto.solution_hint.values.extend(hint.tolist())
        found = self._run(objective, limits, workers, tell)
        if found.status is Status.INFEASIBLE:
            if value is not None:  # the hint keeps every row: the solver is wrong
                return Found(Status.FEASIBLE, values, value, bound)
            found = self._run(objective, limits, workers, tell, presolve=False)
            if found.status is Status.INFEASIBLE:
                return found
        if found.value is not None and (value is None or found.value > value):
            values, value = found.values, found.value
        if found.bound is not None:
            bound = found.bound if bound is None else min(bound, found.bound)
        if value is not None and bound is not None and value >= bound:
            return Found(Status.OPTIMAL, values, value, value)
        return Found(Status.UNKNOWN if value is None else Status.FEASIBLE, values, value, bound)

    def _objective(self, objective: IntArray, bound: int | None) -> None:
        self._model.clear_objective()  # type: ignore[no-untyped-call]
        columns = np.flatnonzero(objective)
        if not len(columns):
            return
        stated = self._model.proto.objective
        stated.vars.extend(columns.tolist())
        stated.coeffs.extend((-objective[columns]).tolist())
        stated.scaling_factor = -1.0
        if bound is not None:
            stated.domain.extend((-bound, 2**62))

    def _run(
        self, objective: IntArray, limits: Limits, workers: int, tell: Any, presolve: bool = True
    ) -> Found:
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        chosen = solver.parameters
        chosen.max_time_in_seconds = max(0.01, limits.left)
        chosen.num_workers = workers
        chosen.random_seed = limits.seed
        chosen.linearization_level = 2
        chosen.cp_model_presolve = presolve
        watch = _Watch(tell)
        solver.best_bound_callback = watch.on_bound
        ended: list[Any] = []
        thread = threading.Thread(target=lambda: ended.append(solver.solve(self._model, watch.callback())))
        thread.start()
        while thread.is_alive():
            thread.join(_POLL)
            watch.pass_on()
            if limits.over and thread.is_alive():
                solver.stop_search()
        status = ended[0] if ended else cp_model.UNKNOWN
        if status == cp_model.INFEASIBLE:
            return Found(Status.INFEASIBLE)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            limit = (
                solver.best_objective_bound if status == cp_model.UNKNOWN and objective.any() else math.inf
            )
            return Found(Status.UNKNOWN, bound=_whole(limit) if watch.bounded else None)
        values = np.array(solver.response_proto.solution, np.int64)
        if not self.program.holds(values):
            return Found(Status.UNKNOWN)
        worth = int(objective @ values)
        proved = worth if status == cp_model.OPTIMAL else _whole(solver.best_objective_bound)
        if proved is not None and proved <= worth:
            return Found(Status.OPTIMAL, values, worth, worth)
        return Found(Status.FEASIBLE, values, worth, proved)


def _whole(limit: float) -> int | None:
    return math.floor(limit + _SLACK) if math.isfinite(limit) and abs(limit) < 2**52 else None


class _Watch:
    """Collects value and bound from the solver's threads; the caller's own thread passes them on."""

    def __init__(self, tell: Any) -> None:
        self.tell = tell
        self.value: int | None = None
        self.bound: int | None = None
        self.bounded = False
        self.told: tuple[int | None, int | None] = (None, None)

    def on_bound(self, limit: float) -> None:
        self.bounded = True
        self.bound = _whole(limit)

    def callback(self) -> Any:
        from ortools.sat.python import cp_model

        watch = self

        class OnSolution(cp_model.CpSolverSolutionCallback):
            """Keeps the value of each better solution."""

            def on_solution_callback(self) -> None:
                """Called by the solver."""
                watch.value = round(self.objective_value)

        return OnSolution()

    def pass_on(self) -> None:
        now = (self.value, self.bound)
        if self.tell is not None and now != self.told:
            self.told = now
            self.tell(*now)

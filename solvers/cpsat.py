"""The gate between integer programs and CP-SAT's own search, with several workers, hints and progress.

`solvers.engine` asks one solver at a time on one thread; here as many workers run as are told, the start is a
hint, and value and bound are told while it runs. The same rules hold: values are read only when the solver
says that there are some, rounded, and tried against every row; a bound is rounded away from the proof;
infeasible is believed only after a second solve without presolve. One worker repeats exactly; several may
return another one of equally good answers.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from solvers.engine import NO_BOUND, Found, IntArray, Program
from solvers.limits import Limits
from solvers.result import Status

Tell = Callable[[int | None, int | None], None]
"""What value and bound so far are told to."""

_SLACK = 0.05
_POLL = 0.05
"""Seconds between two looks at the limits while a search runs."""


def search(
    program: Program,
    objective: IntArray,
    limits: Limits,
    *,
    hint: IntArray | None = None,
    bound: int | None = None,
    workers: int = 1,
    tell: Tell | None = None,
) -> Found:
    """Maximize objective @ x from `hint`; `bound`: no answer is worth more, the search ends there.

    `tell` is called now and then with value and bound so far. What the limits leave is returned.
    """
    value: int | None = None
    values: IntArray | None = None
    if hint is not None and program.holds(hint):
        values, value = hint, int(objective @ hint)
        if value == bound:
            return Found(Status.OPTIMAL, values, value, value)
    if limits.over:
        return Found(Status.UNKNOWN if value is None else Status.FEASIBLE, values, value, bound)
    model = _model(program, objective, bound, hint)
    found = _run(model, program, objective, limits, workers, tell)
    if found.status is Status.INFEASIBLE:
        if value is not None:  # the hint keeps every row: there is no better one than the bound allows
            return Found(Status.FEASIBLE, values, value, bound)
        found = _run(model, program, objective, limits, workers, tell, presolve=False)
        if found.status is Status.INFEASIBLE:
            return found
    if found.value is not None and (value is None or found.value > value):
        values, value = found.values, found.value
    if found.bound is not None:
        bound = found.bound if bound is None else min(bound, found.bound)
    if value is not None and bound is not None and value >= bound:
        return Found(Status.OPTIMAL, values, value, value)
    return Found(Status.UNKNOWN if value is None else Status.FEASIBLE, values, value, bound)


def _model(program: Program, objective: IntArray, bound: int | None, hint: IntArray | None) -> Any:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    proto = model.proto
    for low, high in zip(program.lower.tolist(), program.upper.tolist(), strict=True):
        proto.variables.add().domain.extend((low, high))
    row, column, coefficient = program.sorted_entries
    first = np.searchsorted(row, np.arange(program.n_rows + 1)).tolist()
    columns, coefficients = column.tolist(), coefficient.tolist()
    plain = (coefficient == 1) & ((program.lower >= 0) & (program.upper <= 1))[column]
    odd = np.concatenate([[0], np.cumsum(~plain)]).tolist()
    for r, (least, most) in enumerate(zip(program.least.tolist(), program.most.tolist(), strict=True)):
        low, high = first[r], first[r + 1]
        added = proto.constraints.add()
        if odd[low] == odd[high] and most == 1 and least <= 0:
            added.at_most_one.literals.extend(columns[low:high])
        elif odd[low] == odd[high] and most == 1 and least == 1:
            added.exactly_one.literals.extend(columns[low:high])
        else:
            added.linear.vars.extend(columns[low:high])
            added.linear.coeffs.extend(coefficients[low:high])
            added.linear.domain.extend((max(least, -NO_BOUND), min(most, NO_BOUND)))
    counted = np.flatnonzero(objective)
    if len(counted):
        stated = proto.objective
        stated.vars.extend(counted.tolist())
        stated.coeffs.extend((-objective[counted]).tolist())
        stated.scaling_factor = -1.0
        if bound is not None:
            stated.domain.extend((-bound, 2**62))
    if hint is not None:
        proto.solution_hint.vars.extend(range(len(hint)))
        proto.solution_hint.values.extend(hint.tolist())
    return model


def _run(
    model: Any,
    program: Program,
    objective: IntArray,
    limits: Limits,
    workers: int,
    tell: Tell | None,
    presolve: bool = True,
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
    thread = threading.Thread(target=lambda: ended.append(solver.solve(model, watch.callback())))
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
        return Found(Status.UNKNOWN, bound=watch.bound)
    values = np.array(solver.response_proto.solution, np.int64)
    if not program.holds(values):
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

    def __init__(self, tell: Tell | None) -> None:
        self.tell = tell
        self.value: int | None = None
        self.bound: int | None = None
        self.told: tuple[int | None, int | None] = (None, None)

    def on_bound(self, limit: float) -> None:
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

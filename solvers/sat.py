"""The gate to CP-SAT with several workers, for programs of choices: at most one, exactly one, and sums.

What it claims is checked as in `solvers.engine`: values are read only when there are some, and tried against
every row; bounds are whole numbers. With one worker a run that comes to its end repeats exactly; with more,
equally good answers may differ, values and proofs do not.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.engine import NO_BOUND, Found, Program
from solvers.limits import Limits
from solvers.result import Status

IntArray = NDArray[np.int64]

SMALL = 2_000
"""Programs with at most so many entries get one worker: more cost more to start than they bring."""

MANY = 8
"""Workers of larger programs, whatever the cores: their ways of searching differ, and help each other."""

POLL = 0.05


def minimize(
    program: Program,
    costs: IntArray,
    limits: Limits,
    *,
    hint: IntArray | None = None,
    seconds: float | None = None,
    least: int | None = None,
    phase: str = "integer program",
    tier: str | None = None,
    offset: int = 0,
) -> Found:
    """Minimize costs @ x over a program whose columns are whole; `Found.bound` is a lower bound here.

    hint: an answer to begin from; kept if it keeps every row. seconds: less time than the limits leave.
    least: no answer costs less, known beforehand. phase, tier, offset: what progress tells (value + offset).
    """
    values: IntArray | None = None
    value: int | None = None
    if hint is not None and program.holds(hint):
        values, value = hint, int(costs @ hint)
        if least is not None and value <= least:
            return Found(Status.OPTIMAL, values, value, value)
    time = limits.left if seconds is None else min(seconds, limits.left)
    if limits.over or time <= 0.0:
        return Found(Status.UNKNOWN if values is None else Status.FEASIBLE, values, value, least)
    model = _model(program, costs, hint, least)
    solver = _solver(program, limits, time)
    done = threading.Event()

    def bounded(bound: float) -> None:
        limits.tell(phase, tier=tier, value=None, bound=round(bound) + offset)

    if tier is not None:
        solver.best_bound_callback = bounded
    watch = threading.Thread(target=_watch, args=(solver, limits, done), daemon=True)
    watch.start()
    try:
        status = solver.solve(model)
        if _infeasible(status) and values is None and not limits.over:  # believed only when said twice
            solver.parameters.cp_model_presolve = False
            solver.parameters.max_time_in_seconds = max(0.01, limits.left)
            status = solver.solve(model)
    finally:
        done.set()
        watch.join()
    return _read(program, costs, solver, status, values, value, least)


def _infeasible(status: Any) -> bool:
    from ortools.sat.python import cp_model

    return bool(status == cp_model.INFEASIBLE)


def _watch(solver: Any, limits: Limits, done: threading.Event) -> None:
    while not done.wait(POLL):
        if limits.cancelled():
            solver.stop_search()


def _solver(program: Program, limits: Limits, seconds: float) -> Any:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    small = len(program.row) <= SMALL or limits.workers == 1
    solver.parameters.num_workers = 1 if small else max(MANY, limits.workers)
    solver.parameters.linearization_level = 2
    solver.parameters.max_time_in_seconds = max(0.01, seconds)
    solver.parameters.random_seed = limits.seed
    return solver


def _model(program: Program, costs: IntArray, hint: IntArray | None, least: int | None) -> Any:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    proto = model.proto
    for low, high in zip(program.lower.tolist(), program.upper.tolist(), strict=True):
        proto.variables.add().domain.extend([low, high])
    binary = ((program.lower >= 0) & (program.upper <= 1)).tolist()
    order = np.argsort(program.row, kind="stable")
    column, coefficient = program.column[order].tolist(), program.coefficient[order].tolist()
    start = np.searchsorted(program.row[order], np.arange(program.n_rows + 1)).tolist()
    bounds = zip(program.least.tolist(), program.most.tolist(), strict=True)
    for r, (low, high) in enumerate(bounds):
        columns, by = column[start[r] : start[r + 1]], coefficient[start[r] : start[r + 1]]
        row = proto.constraints.add()
        if high == 1 and low <= 1 and all(one == 1 for one in by) and all(binary[at] for at in columns):
            if low == 1:
                row.exactly_one.literals.extend(columns)
                continue
            if low <= 0:
                row.at_most_one.literals.extend(columns)
                continue
        row.linear.vars.extend(columns)
        row.linear.coeffs.extend(by)
        row.linear.domain.extend([max(low, -NO_BOUND), min(high, NO_BOUND)])
    counted = np.flatnonzero(costs)
    proto.objective.vars.extend(counted.tolist())
    proto.objective.coeffs.extend(costs[counted].tolist())
    if least is not None and len(counted):
        proto.objective.domain.extend([least, NO_BOUND])
    if hint is not None:
        proto.solution_hint.vars.extend(range(program.n_columns))
        proto.solution_hint.values.extend(hint.tolist())
    return model


def _read(
    program: Program,
    costs: IntArray,
    solver: Any,
    status: Any,
    values: IntArray | None,
    value: int | None,
    least: int | None,
) -> Found:
    from ortools.sat.python import cp_model

    if _infeasible(status) or status == cp_model.MODEL_INVALID:
        told = Status.INFEASIBLE if _infeasible(status) else Status.UNKNOWN
        return Found(told if values is None else Status.FEASIBLE, values, value, least)
    bound = least
    if costs.any():
        claimed = solver.best_objective_bound
        if np.isfinite(claimed) and abs(claimed) < 2**53:
            proved = int(np.ceil(claimed - 1e-6))
            bound = proved if bound is None else max(bound, proved)
    else:
        bound = 0
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        found = np.array(solver.response_proto.solution, np.int64)
        if program.holds(found) and (value is None or costs @ found < value):
            values, value = found, int(costs @ found)
    if value is None:
        return Found(Status.UNKNOWN, bound=bound)
    if bound is not None and bound >= value:
        return Found(Status.OPTIMAL, values, value, value)
    return Found(Status.FEASIBLE, values, value, bound)

"""The one gate between integer programs and the solvers of ortools; `solvers.cpsat` opens it to searches
with several workers.

Whole numbers go in and come out. What a solver claims is checked here: values are read only when it says
that there are some, rounded, and tried against every row; a bound is rounded away from the proof;
infeasible is believed only after a second solve by another way. Small programs go to CP-SAT, which counts
exactly, large ones to HiGHS, whose linear relaxations carry much further on flows with few rows beside
them; either takes over from the other. One thread: values and bounds of a run that comes to its end repeat
exactly; among equally good answers HiGHS may pick another one.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.hush import hushed
from solvers.limits import Limits
from solvers.result import Status

IntArray = NDArray[np.int64]

NO_BOUND = 2**40
"""As `least` (negative) or `most` of a row: there is none."""

SMALL = 300
"""Programs with at most so many open columns go to CP-SAT first."""

LARGE = 10_000
"""Beyond so many open columns HiGHS goes without presolve: there it takes many times longer than it saves."""

FIRST_SLICE = 4.0
"""Seconds of the first try; each further one, from the best answer so far, has twice the time. Between them
the limits are asked, because not every solver can be called off."""

_SLACK = 0.05


@dataclass(frozen=True)
class Program:
    """Whole x with lower <= x <= upper and least <= A x <= most; A[row, column] = coefficient, no entry
    twice.

    whole: the columns that HiGHS has to branch on, where it can be expected that the others come out whole.
    Shapes: (columns,) for lower, upper and whole, (rows,) for least and most, (entries,) for row, column,
    coefficient."""

    lower: IntArray
    upper: IntArray
    row: IntArray
    column: IntArray
    coefficient: IntArray
    least: IntArray
    most: IntArray
    whole: NDArray[np.bool_] | None = None

    @property
    def n_columns(self) -> int:
        """Number of unknowns."""
        return len(self.lower)

    @cached_property
    def n_free(self) -> int:
        """Number of unknowns that bounds leave open: the size that matters."""
        return int((self.lower < self.upper).sum())

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.least)

    def with_row(self, columns: IntArray, coefficients: IntArray, least: int, most: int) -> Program:
        """The same program with one row more (columns without repeats)."""
        return replace(
            self,
            row=np.append(self.row, np.full(len(columns), self.n_rows, np.int64)),
            column=np.append(self.column, columns),
            coefficient=np.append(self.coefficient, coefficients),
            least=np.append(self.least, np.int64(least)),
            most=np.append(self.most, np.int64(most)),
        )

    def holds(self, values: IntArray) -> bool:
        """Whether values keep every bound and row, counted in whole numbers."""
        if len(values) != self.n_columns or (values < self.lower).any() or (values > self.upper).any():
            return False
        total = np.zeros(self.n_rows, np.int64)
        np.add.at(total, self.row, self.coefficient * values[self.column])
        return bool(((total >= self.least) & (total <= self.most)).all())

    @cached_property
    def sorted_entries(self) -> tuple[IntArray, IntArray, IntArray]:
        """Row, column and coefficient of the entries that are not 0, row by row."""
        order = np.lexsort((self.column, self.row))
        order = order[self.coefficient[order] != 0]
        return self.row[order], self.column[order], self.coefficient[order]


@dataclass(frozen=True)
class Found:
    """What a solve brought: optimal (value == bound), feasible, infeasible or unknown; None where there is
    none."""

    status: Status
    values: IntArray | None = None
    value: int | None = None
    bound: int | None = None


@dataclass(frozen=True)
class Relaxed:
    """The optimum of a linear relaxation: its worth, the columns, and one price per row (floats: good for
    hints only)."""

    value: float
    values: NDArray[np.float64]
    row_prices: NDArray[np.float64]


def maximize(
    program: Program,
    objective: IntArray,
    limits: Limits,
    *,
    hint: IntArray | None = None,
    bound: int | None = None,
    phase: str = "integer program",
    large: int = LARGE,
) -> Found:
    """Maximize objective @ x, starting from `hint` (an answer, or near one).

    `bound`: no answer is worth more, known beforehand; the search ends when it is reached. `large`: beyond so
    many open columns HiGHS goes without presolve; few where its relaxation is all but whole.
    """
    value: int | None = None
    values: IntArray | None = None
    if hint is not None and program.holds(hint):
        values, value = hint, int(objective @ hint)
        if value == bound or not objective.any():
            return Found(Status.OPTIMAL, values, value, value)
    if (program.lower > program.upper).any() or (program.least > program.most).any():
        return Found(Status.INFEASIBLE)
    seconds, exact, refusals = (
        FIRST_SLICE if program.n_free <= LARGE else 4 * FIRST_SLICE,
        program.n_free <= SMALL,
        0,
    )
    while not limits.over:
        tried = _solve(
            program,
            objective,
            min(seconds, limits.left),
            values if values is not None else hint,
            exact,
            bound,
            large,
        )
        if tried.status is Status.INFEASIBLE:
            small = program.n_free <= SMALL
            tried = _solve(program, objective, limits.left, None, small, bound, large, again=True)
            if tried.status is Status.INFEASIBLE and values is None:
                return tried
        if tried.value is not None and (value is None or tried.value > value):
            values, value = tried.values, tried.value
        if tried.bound is not None:
            bound = tried.bound if bound is None else min(bound, tried.bound)
        if value is not None and bound is not None and value >= bound:
            return Found(Status.OPTIMAL, values, value, value)
        limits.tell(phase, value=value, bound=bound)
        if tried.bound is None:  # it gave up, or said what the check refuses: the other one's turn
            exact, refusals = not exact, refusals + 1
            if refusals > 3:
                break
        seconds *= 2
    return Found(Status.UNKNOWN if value is None else Status.FEASIBLE, values, value, bound)


def relax(program: Program, objective: IntArray, limits: Limits) -> Relaxed | None:
    """Solve the linear relaxation; None when there is no optimum, or not within half of the time left."""
    from ortools.math_opt.python import mathopt

    model = _model(program, objective, np.zeros(program.n_columns, bool))
    params = mathopt.SolveParameters(time_limit=_seconds(limits.left / 2))
    params.highs.int_options["threads"] = 1
    try:
        result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=params)
    except (RuntimeError, ValueError, AttributeError):
        return None
    if not _has_optimum(result):
        return None
    prices = np.zeros(program.n_rows)
    for row, price in result.dual_values().items():
        prices[row.id] = price
    values = np.zeros(program.n_columns)
    for variable, number in result.variable_values().items():
        values[variable.id] = number
    return Relaxed(float(result.objective_value()), values, prices)


class GrowingProgram:
    """A linear relaxation that takes more columns between solves: column generation's master problem.

    Rows least <= A x <= most are there from the start (NO_BOUND: there is none); columns x >= 0 come in
    bundles. GLOP goes on from its last basis, so that a solve after few new columns takes few steps."""

    def __init__(self, least: IntArray, most: IntArray) -> None:
        from ortools.math_opt.python import mathopt

        self._model = mathopt.Model()
        self._rows = [
            self._model.add_linear_constraint(
                lb=-np.inf if low <= -NO_BOUND else low, ub=np.inf if high >= NO_BOUND else high
            )
            for low, high in zip(least.tolist(), most.tolist(), strict=True)
        ]
        self._model.objective.is_maximize = True
        self._columns: list[Any] = []
        self._solver = mathopt.IncrementalSolver(self._model, mathopt.SolverType.GLOP)
        self.restarts = 0

    def add(
        self, worth: int, rows: Sequence[int], coefficients: Sequence[int], upper: int = NO_BOUND
    ) -> None:
        """Take in one column, at most `upper`, with coefficients in rows that are named once."""
        column = self._model.add_variable(lb=0.0, ub=np.inf if upper >= NO_BOUND else upper)
        self._model.objective.set_linear_coefficient(column, worth)
        for row, coefficient in zip(rows, coefficients, strict=True):
            self._rows[row].set_coefficient(column, coefficient)
        self._columns.append(column)

    def fix(self, column: int, value: int) -> None:
        """Give a column, by its number in the order they came, this value from now on."""
        self._columns[column].lower_bound = self._columns[column].upper_bound = value

    def add_row(self, columns: Sequence[int], coefficients: Sequence[int], most: int) -> None:
        """Take in one row, at most `most`, over columns by their numbers."""
        row = self._model.add_linear_constraint(lb=-np.inf, ub=most)
        for column, coefficient in zip(columns, coefficients, strict=True):
            row.set_coefficient(self._columns[column], coefficient)
        self._rows.append(row)

    def allow(self, column: int, allowed: bool) -> None:
        """Let a column into the optimum or keep it out, by its number, until this is called again."""
        self._columns[column].upper_bound = np.inf if allowed else 0.0

    def require(self, row: int, least: int) -> None:
        """Set the least of a row (-NO_BOUND: there is none)."""
        self._rows[row].lower_bound = -np.inf if least <= -NO_BOUND else least

    def solve(self, limits: Limits) -> Relaxed | None:
        """The optimum over the columns so far; None when there is none, or not within the time left."""
        from ortools.math_opt.python import mathopt

        # Without presolve it goes on from its last basis; what is 0 need not be told.
        params = mathopt.SolveParameters(time_limit=_seconds(limits.left), presolve=mathopt.Emphasis.OFF)
        told = mathopt.ModelSolveParameters(
            variable_values_filter=mathopt.VariableFilter(skip_zero_values=True),
            reduced_costs_filter=mathopt.VariableFilter(filtered_items=()),
        )
        try:
            result = self._solver.solve(params=params, model_params=told)
            stuck = not _has_optimum(result)
        except (RuntimeError, ValueError, AttributeError):  # it lost its way: another one, from the start
            stuck = True
        if stuck:
            self.restarts += 1
            self._solver.close()
            self._solver = mathopt.IncrementalSolver(self._model, mathopt.SolverType.GLOP)
            params = mathopt.SolveParameters(time_limit=_seconds(limits.left))
            params.highs.int_options["threads"] = 1
            try:
                result = mathopt.solve(self._model, mathopt.SolverType.HIGHS, params=params)
            except (RuntimeError, ValueError, AttributeError):
                return None
            if not _has_optimum(result):
                return None
        values = np.zeros(len(self._columns))
        for column, value in result.variable_values().items():
            values[column.id] = value
        return Relaxed(
            float(result.objective_value()),
            values,
            np.array(result.dual_values(self._rows), np.float64),
        )

    def close(self) -> None:
        """Give the solver's memory back."""
        self._solver.close()


def _has_optimum(result: Any) -> bool:
    from ortools.math_opt.python import mathopt

    optimal = result.termination.reason is mathopt.TerminationReason.OPTIMAL
    return bool(optimal and result.has_dual_feasible_solution())


def _seconds(seconds: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=max(0.01, seconds))


def _model(program: Program, objective: IntArray, whole: NDArray[np.bool_]) -> Any:
    from ortools.math_opt import model_pb2
    from ortools.math_opt.python import mathopt

    proto = model_pb2.ModelProto()
    columns, rows = program.n_columns, program.n_rows
    proto.variables.ids.extend(range(columns))
    proto.variables.lower_bounds.extend(program.lower.astype(np.float64).tolist())
    proto.variables.upper_bounds.extend(program.upper.astype(np.float64).tolist())
    proto.variables.integers.extend(whole.tolist())
    proto.linear_constraints.ids.extend(range(rows))
    least = np.where(program.least <= -NO_BOUND, -np.inf, program.least)
    most = np.where(program.most >= NO_BOUND, np.inf, program.most)
    proto.linear_constraints.lower_bounds.extend(least.tolist())
    proto.linear_constraints.upper_bounds.extend(most.tolist())
    row, column, coefficient = (part.tolist() for part in program.sorted_entries)
    proto.linear_constraint_matrix.row_ids.extend(row)
    proto.linear_constraint_matrix.column_ids.extend(column)
    proto.linear_constraint_matrix.coefficients.extend(coefficient)
    proto.objective.maximize = True
    counted = np.flatnonzero(objective)
    proto.objective.linear_coefficients.ids.extend(counted.tolist())
    proto.objective.linear_coefficients.values.extend(objective[counted].astype(np.float64).tolist())
    return mathopt.Model.from_model_proto(proto)


def _solve(
    program: Program,
    objective: IntArray,
    seconds: float,
    hint: IntArray | None,
    exact: bool,
    bound: int | None,
    large: int,
    again: bool = False,
) -> Found:
    """One solve by CP-SAT (exact) or HiGHS; `again`: by another way than usual, with presolve if that was
    without, or the reverse. Unknown where nothing can be relied on."""
    from ortools.math_opt.python import mathopt

    every = np.ones(program.n_columns, bool)
    model = _model(program, objective, every if exact or program.whole is None else program.whole)
    params = mathopt.SolveParameters(time_limit=_seconds(seconds), relative_gap_tolerance=0.0)
    if exact:
        params.threads = 1
        params.absolute_gap_tolerance = 0.0
        params.random_seed = 1
        if again:
            params.presolve = mathopt.Emphasis.OFF
    else:
        params.highs.int_options["threads"] = 1
        if (program.n_free > large) != again:
            params.highs.string_options["presolve"] = "off"
            params.highs.bool_options["mip_detect_symmetry"] = False
        params.highs.double_options["mip_abs_gap"] = 1 - 2 * _SLACK
        if bound is not None:
            params.highs.double_options["objective_target"] = float(bound)
    hints = None
    if hint is not None:
        variables = {variable.id: variable for variable in model.variables()}
        given = {variables[at]: float(value) for at, value in enumerate(hint.tolist())}
        hints = mathopt.ModelSolveParameters(solution_hints=[mathopt.SolutionHint(variable_values=given)])
    solver = mathopt.SolverType.CP_SAT if exact else mathopt.SolverType.HIGHS
    try:
        with hushed():
            result = mathopt.solve(model, solver, params=params, model_params=hints)
    except (RuntimeError, ValueError, AttributeError):  # a refusal of the library to convert or to solve
        return Found(Status.UNKNOWN)
    reason = result.termination.reason
    if reason in (mathopt.TerminationReason.INFEASIBLE, mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED):
        return Found(Status.INFEASIBLE)  # nothing is unbounded where every column is bounded
    limit = result.termination.objective_bounds.dual_bound
    proved = int(np.floor(limit + _SLACK)) if np.isfinite(limit) else None
    if not result.has_primal_feasible_solution():
        return Found(Status.UNKNOWN, bound=proved)
    values = np.zeros(program.n_columns, np.int64)
    for variable, number in result.variable_values().items():
        values[variable.id] = round(number)
    if not program.holds(values):
        if exact or program.whole is None:
            return Found(Status.UNKNOWN)
        return _solve(replace(program, whole=None), objective, seconds, hint, exact, bound, large, again)
    worth = int(objective @ values)
    if proved is not None and proved <= worth:
        return Found(Status.OPTIMAL, values, worth, worth)
    return Found(Status.FEASIBLE, values, worth, proved)

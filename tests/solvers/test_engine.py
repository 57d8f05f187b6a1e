"""The gate to the solvers: whole programs against exhaustive search, and what it says when there is nothing
to say."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from solvers import engine
from solvers.engine import NO_BOUND, GrowingProgram, Program, maximize, relax
from solvers.limits import Limits
from solvers.result import Status


def random_program(seed: int) -> tuple[Program, np.ndarray]:
    rng = np.random.default_rng(seed)
    columns, rows = int(rng.integers(2, 7)), int(rng.integers(1, 5))
    dense = rng.integers(-3, 6, (rows, columns))
    row, column = np.nonzero(dense)
    upper = rng.integers(1, 4, columns)
    least = np.where(rng.random(rows) < 0.5, -NO_BOUND, rng.integers(-2, 9, rows))
    most = np.where(rng.random(rows) < 0.2, NO_BOUND, rng.integers(-1, 14, rows))
    program = Program(
        np.zeros(columns, np.int64), upper.astype(np.int64), row, column, dense[row, column], least, most
    )
    return program, rng.integers(-5, 30, columns)


def exhaustive(program: Program, objective: np.ndarray) -> int | None:
    best = None
    for values in product(*(range(int(top) + 1) for top in program.upper)):
        x = np.array(values, np.int64)
        if program.holds(x):
            worth = int(objective @ x)
            best = worth if best is None else max(best, worth)
    return best


@pytest.mark.parametrize("small", [0, 300])
@pytest.mark.parametrize("seed", range(40))
def test_both_solvers_agree_with_exhaustive_search(
    seed: int, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SMALL", small)
    program, objective = random_program(seed)
    best = exhaustive(program, objective)
    found = maximize(program, objective, Limits(seconds=30))
    assert found.value == best
    assert found.status is (Status.INFEASIBLE if best is None else Status.OPTIMAL)
    if found.values is not None:
        assert program.holds(found.values)
        assert int(objective @ found.values) == found.value == found.bound
        relaxed = relax(program, objective, Limits(seconds=30))
        assert relaxed is not None
        assert relaxed.value >= found.value - 1e-6


def test_a_hint_at_a_known_bound_needs_no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    program, objective = random_program(1)
    found = maximize(program, objective, Limits(seconds=30))
    assert found.values is not None

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked for nothing")

    monkeypatch.setattr(engine, "_solve", refuse)
    again = maximize(program, objective, Limits(seconds=30), hint=found.values, bound=found.value)
    assert again.status is Status.OPTIMAL
    late = maximize(program, objective, Limits(seconds=0), hint=found.values)
    assert late.status is Status.FEASIBLE
    assert late.value == found.value
    assert late.bound is None
    assert maximize(program, objective, Limits(seconds=0)).status is Status.UNKNOWN


def test_a_solver_that_fails_never_passes_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    program, objective = random_program(1)

    def nothing(*_: object, **__: object) -> engine.Found:
        return engine.Found(Status.UNKNOWN)

    monkeypatch.setattr(engine, "_solve", nothing)
    found = maximize(program, objective, Limits(seconds=5))
    assert found.status is Status.UNKNOWN
    assert found.values is None
    assert found.bound is None


def test_rows_are_added_without_touching_the_program_they_come_from() -> None:
    program, _ = random_program(3)
    more = program.with_row(np.array([0, 1]), np.array([1, 1]), 0, 1)
    assert more.n_rows == program.n_rows + 1
    assert not more.holds(np.array([1, 1, *([0] * (program.n_columns - 2))]))


@pytest.mark.parametrize("seed", range(20))
def test_a_growing_program_agrees_with_one_that_has_all_columns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = 4, 12
    dense = rng.integers(0, 3, (rows, columns))
    worth = rng.integers(1, 20, columns)
    most = rng.integers(2, 9, rows).astype(np.int64)
    least = np.full(rows, -NO_BOUND, np.int64)
    growing = GrowingProgram(least, most)
    for k in range(columns):
        at = np.flatnonzero(dense[:, k])
        growing.add(int(worth[k]), at.tolist(), dense[at, k].tolist(), 1)
        found = growing.solve(Limits(seconds=30))
        so_far = dense[:, : k + 1]
        row, column = np.nonzero(so_far)
        program = Program(
            np.zeros(k + 1, np.int64), np.ones(k + 1, np.int64), row, column, so_far[row, column], least, most
        )
        whole = relax(program, worth[: k + 1], Limits(seconds=30))
        assert found is not None
        assert whole is not None
        assert found.value == pytest.approx(whole.value)
        assert (found.row_prices >= -1e-9).all()
        assert found.values @ worth[: k + 1] == pytest.approx(found.value)
    growing.close()


def test_a_growing_program_takes_rows_and_keeps_columns_out_until_they_are_let_in() -> None:
    growing = GrowingProgram(np.array([-NO_BOUND], np.int64), np.array([2], np.int64))
    for worth in (5, 3):
        growing.add(worth, [0], [1])
    values = []

    def solve() -> None:
        found = growing.solve(Limits(seconds=5))
        assert found is not None
        values.append(found.values.tolist())

    solve()
    growing.add_row([0], [2], 1)
    solve()
    growing.allow(0, False)
    solve()
    growing.allow(0, True)
    growing.require(0, 1)
    growing.add_row([0, 1], [1, 1], 1)
    solve()
    growing.close()
    assert values == [[2, 0], [0.5, 1.5], [0, 2], [0.5, 0.5]]


def test_a_growing_program_without_an_answer_has_no_optimum() -> None:
    growing = GrowingProgram(np.array([2], np.int64), np.array([NO_BOUND], np.int64))
    growing.add(1, [0], [1], 1)
    assert growing.solve(Limits(seconds=5)) is None

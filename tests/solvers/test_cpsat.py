"""The gate to CP-SAT: values are checked, bounds hold, infeasible is proven twice, limits end it."""

from __future__ import annotations

import numpy as np
import pytest

from solvers.cpsat import search
from solvers.engine import NO_BOUND, Program
from solvers.limits import Limits
from solvers.result import Status


def program(rows: list[tuple[dict[int, int], int, int]], columns: int, upper: int = 1) -> Program:
    entries = [(r, c, by) for r, (terms, _, _) in enumerate(rows) for c, by in terms.items()]
    table = np.array(entries, np.int64).reshape(-1, 3)
    return Program(
        lower=np.zeros(columns, np.int64),
        upper=np.full(columns, upper, np.int64),
        row=table[:, 0],
        column=table[:, 1],
        coefficient=table[:, 2],
        least=np.array([least for _, least, _ in rows], np.int64),
        most=np.array([most for _, _, most in rows], np.int64),
    )


KNAPSACK = program([({0: 3, 1: 4, 2: 5}, -NO_BOUND, 8), ({0: 1, 1: 1}, -NO_BOUND, 1)], 3)
WORTH = np.array([4, 5, 6], np.int64)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_best_is_found_and_proven(workers: int) -> None:
    found = search(KNAPSACK, WORTH, Limits(seconds=20), workers=workers)
    assert (found.status, found.value, found.bound) == (Status.OPTIMAL, 10, 10)
    assert found.values is not None
    assert found.values.tolist() == [1, 0, 1]


def test_whole_columns_and_equalities_are_stated() -> None:
    equal = program([({0: 2, 1: 3}, 12, 12), ({0: 1, 1: 1}, -NO_BOUND, 5)], 2, upper=9)
    found = search(equal, np.array([1, 0], np.int64), Limits(seconds=20))
    assert (found.status, found.value) == (Status.OPTIMAL, 3)
    one = program([({0: 1, 1: 1, 2: 1}, 1, 1)], 3)
    found = search(one, np.array([-1, -2, -3], np.int64), Limits(seconds=20))
    assert (found.status, found.value) == (Status.OPTIMAL, -1)


def test_a_hint_at_the_bound_needs_no_search_and_a_wrong_one_is_not_believed() -> None:
    hint = np.array([1, 0, 1], np.int64)
    assert search(KNAPSACK, WORTH, Limits(seconds=0), hint=hint, bound=10).status is Status.OPTIMAL
    wrong = np.array([1, 1, 1], np.int64)
    assert search(KNAPSACK, WORTH, Limits(seconds=0), hint=wrong).status is Status.UNKNOWN
    assert search(KNAPSACK, WORTH, Limits(seconds=20), hint=wrong).value == 10


def test_what_nothing_keeps_is_infeasible() -> None:
    never = program([({0: 1, 1: 1}, 2, 2), ({0: 1, 1: 1}, -NO_BOUND, 1)], 2)
    assert search(never, np.zeros(2, np.int64), Limits(seconds=20)).status is Status.INFEASIBLE


def test_a_search_that_is_called_off_returns_what_it_has_and_tells_on_the_way() -> None:
    lot = np.random.default_rng(1)
    rows = [
        ({int(c): int(lot.integers(20, 99)) for c in lot.permutation(60)[:30]}, -NO_BOUND, 700)
        for _ in range(40)
    ]
    hard = program(rows, 60)
    looks: list[tuple[int | None, int | None]] = []
    limits = Limits(seconds=30, cancelled=lambda: len(looks) >= 2)
    found = search(hard, lot.integers(20, 99, 60), limits, tell=lambda v, b: looks.append((v, b)))
    assert found.status in (Status.FEASIBLE, Status.UNKNOWN, Status.OPTIMAL)
    assert limits.elapsed < 20
    assert looks
    if found.value is not None and found.bound is not None:
        assert found.value <= found.bound

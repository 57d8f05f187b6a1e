"""Annealing: the kernel's sums are those of the solver-free score, and what it keeps is clean."""

from __future__ import annotations

import numpy as np
import pytest
from pods_cases import random_instance, values_of

from solvers.limits import Limits
from solvers.pods.anneal.chain_kernel import run
from solvers.pods.anneal.layout import BONUS, SLOT
from solvers.pods.anneal.portfolio import Annealer
from solvers.pods.anneal.state import assignment_of
from solvers.pods.check.audit import check
from solvers.pods.check.score import tier_values
from solvers.pods.instance import Order
from solvers.pods.solve import _broken_by_pins, solve
from solvers.result import Status


@pytest.mark.parametrize("seed", range(60))
def test_sums_after_random_moves_are_those_of_the_score(seed: int) -> None:
    instance = random_instance(seed, n=12, pods=4, order=Order.WELFARE)
    annealer = Annealer(instance, seed)
    annealer.start()
    tables, state = annealer.packed.tables, annealer.states[0]
    loose = np.array([2.0, 5.0, 1.0, 1.0, 1.0])
    for _ in range(6):
        best = annealer.best
        run(tables, state, loose, best.total, best.at, best.slot, 200, 20.0, 5.0, np.zeros(0))
        assignment = assignment_of(annealer.packed, state.at, state.pod[:, SLOT])
        counted = {name: value for name, _, value in tier_values(instance, assignment.seats, assignment.slot)}
        points = int(state.total[5] + tables.rule[BONUS] * state.total[4])
        assert points == counted["points"]
        assert state.total[1] == counted["placed"]
        for k, name in ((2, "priority"), (3, "problems"), (4, "kept")):
            if name in counted:
                assert state.total[k] == counted[name]
        if annealer._clean(state) and not _broken_by_pins(instance):
            assert check(instance, assignment.seats, assignment.slot) == []


@pytest.mark.parametrize("seed", range(40))
def test_answers_are_clean_and_their_values_are_those_of_the_score(seed: int) -> None:
    instance = random_instance(seed, n=14, pods=4)
    answer = solve(instance, Limits(seconds=0.05, seed=seed))
    if answer.status in (Status.UNKNOWN, Status.INFEASIBLE):
        assert answer.notes or answer.conflict
        return
    assert values_of(instance, answer) is not None  # type: ignore[arg-type]
    assert all(tier.bound is None or tier.value is None or tier.value <= tier.bound for tier in answer.tiers)


def test_zero_seconds_give_the_start() -> None:
    instance = random_instance(3, n=30, pods=6)
    answer = solve(instance, Limits(seconds=0, seed=1))
    assert answer.status is not Status.UNKNOWN
    assert answer.effort.counts["rounds"] == 0


def test_runs_that_end_by_their_rounds_repeat_whatever_the_workers() -> None:
    instance = random_instance(3, n=40, pods=8)
    found = []
    for workers in (1, 2, 2):
        annealer = Annealer(instance, 7)
        annealer.start()
        annealer.improve(Limits(seconds=100_000, workers=workers), rounds=3)
        assignment = annealer.assignment()
        assert assignment is not None
        found.append((assignment.seats.rows(), assignment.slot.tolist(), annealer.moves))
    assert found[0] == found[1] == found[2]


def test_a_run_that_is_called_off_ends_with_what_it_has() -> None:
    instance = random_instance(3, n=30, pods=6)
    answer = solve(instance, Limits(seconds=100_000, cancelled=lambda: True))
    assert answer.status is not Status.UNKNOWN
    assert check(instance, answer.seats, answer.slot) == []

"""Sweeps: turns of many weeks given out anew by one flow keep every rule and only get better."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from turns_cases import turns_instance
from turns_reference import tiny

from solvers.limits import Limits
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import rank, tier_values
from solvers.rota.turns.greedy import longest_idle
from solvers.rota.turns.instance import Order, TurnsInstance, Windows
from solvers.rota.turns.solve import solve
from solvers.rota.turns.sweep import Sweeps


def weekly(weeks: int, groups: int, people: int, seed: int) -> TurnsInstance:
    """One turn of each group a week, spacing of two weeks, some burden and preferences."""
    lot = np.random.default_rng(seed)
    rows = [
        (t, i, int(lot.integers(0, 4)), int(lot.integers(0, 3)))
        for t in range(weeks * groups)
        for i in range(people)
        if lot.random() < 0.4
    ]
    spacing = [("spacing", list(range(w * groups, (w + 2) * groups)), 1, 0) for w in range(weeks - 1)]
    capacity = lot.choice([50, 75, 100], people).astype(np.int32)
    return turns_instance(weeks * groups, people, rows, windows=Windows.of(spacing), capacity=capacity)


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny((Order.QUICK, Order.FULL)))
def test_whatever_the_rules_nothing_gets_worse_and_none_is_broken(instance: TurnsInstance) -> None:
    start = longest_idle(instance, 1)
    assume(not check(instance, start.tolist()))
    found = Sweeps(instance, 1).improve(start, Limits(seconds=60))
    assert not check(instance, found.tolist())
    assert rank(instance, found.tolist()) <= rank(instance, start.tolist())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_rotation_by_hand_becomes_nearly_the_best(seed: int) -> None:
    instance = weekly(10, 4, 14, seed)
    start = longest_idle(instance, 1)
    found = Sweeps(instance, 1).improve(start, Limits(seconds=60))
    best = solve(instance, Limits(seconds=60, workers=1))
    values = {tier.name: tier.value for tier in tier_values(instance, found.tolist())}
    proven = {tier.name: tier.value for tier in best.tiers}
    before = {tier.name: tier.value for tier in tier_values(instance, start.tolist())}
    assert values["squares"] is not None
    assert proven["squares"] <= values["squares"] < before["squares"]
    assert values["squares"] - proven["squares"] <= (before["squares"] - proven["squares"]) // 4


def test_the_same_lottery_gives_the_same_answer() -> None:
    instance = weekly(8, 3, 10, 5)
    start = longest_idle(instance, 1)
    one, other = (Sweeps(instance, 4).improve(start, Limits(seconds=60)) for _ in range(2))
    assert one.tolist() == other.tolist()

"""Tiny instances: the solver reaches, and proves, what trying everything reaches, tier by tier."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from times_cases import best_of_all, random_times

from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.times.solve import solve


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_every_tier_is_proven_at_the_best_of_all(seed: int) -> None:
    instance = random_times(seed)
    answer = solve(instance, Limits(seconds=20.0, seed=1 + seed % 7))
    assert [(tier.name, tier.value) for tier in answer.tiers] == best_of_all(instance)
    assert answer.status is Status.OPTIMAL

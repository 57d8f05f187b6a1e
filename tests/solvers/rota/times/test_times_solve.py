"""Tiny instances: the solver reaches, and proves, what trying everything reaches, tier by tier."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from times_cases import best_of_all, every_answer, random_times

from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.counted import counted
from solvers.rota.times.check.score import tier_values
from solvers.rota.times.solve import solve


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_every_tier_is_proven_at_the_best_of_all(seed: int) -> None:
    instance = random_times(seed)
    answer = solve(instance, Limits(seconds=20.0, seed=1 + seed % 7))
    assert [(tier.name, tier.value) for tier in answer.tiers] == best_of_all(instance)
    assert answer.status is Status.OPTIMAL


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_what_counting_shows_no_answer_passes_that_is_as_good_before(seed: int) -> None:
    """Whatever values an answer has: no clean one with the same first tiers is beyond what is counted of the
    next."""
    instance = random_times(seed)
    clean = [tier_values(instance, *one) for one in every_answer(instance) if not check(instance, *one)]
    rows = sorted({tuple(tier.value or 0 for tier in one) for one in clean})
    names, senses = [tier.name for tier in clean[0]], [tier.sense for tier in clean[0]]
    for own in random.Random(seed).sample(rows, min(6, len(rows))):
        bounds = counted(instance, dict(zip(names, own, strict=True)))
        assert {"unscheduled", "attendance"} <= bounds.keys()
        for k, (name, sense) in enumerate(zip(names, senses, strict=True)):
            same = [row[k] for row in rows if row[:k] == own[:k]]
            if name in bounds:
                assert bounds[name] <= min(same) if sense == "min" else bounds[name] >= max(same), name

"""Tiny instances drawn by hypothesis: the answer keeps every rule, no bound is below what trying every answer
reaches, and what is called proven is the best of all."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pods_cases import key_of, values_of

from solvers.limits import Limits
from solvers.pods.check.audit import check
from solvers.pods.check.bound import bound_from_prices, group_worth
from solvers.pods.check.score import groups, tier_values
from solvers.pods.instance import Need, Order, PairTerms, Pod, PodsInstance, Rhythm, Seats
from solvers.pods.solution import Assignment, PodsAnswer
from solvers.pods.solve import solve
from solvers.result import Status, TierValue, sort_key

N, PODS, SLOTS = 5, 2, 2


@st.composite
def instances(draw: st.DrawFn) -> PodsInstance:
    """5 members, 2 pods, 2 weekly slots that may overlap; each rule is there or not."""

    def flags(*shape: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        size = int(np.prod(shape))
        return np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), bool).reshape(shape)

    def numbers(low: int, high: int, *shape: int) -> np.ndarray[Any, np.dtype[np.int32]]:
        size = int(np.prod(shape))
        drawn = draw(st.lists(st.integers(low, high), min_size=size, max_size=size))
        return np.array(drawn, np.int32).reshape(shape)

    def pairs() -> np.ndarray[Any, np.dtype[np.int32]]:
        every = list(combinations(range(N), 2))
        found = draw(st.lists(st.sampled_from(every), max_size=1))
        return np.array(found, np.int32).reshape(-1, 2)

    always = flags(N, SLOTS)
    gap = draw(st.sampled_from([30, 60, 600]))  # an hour each: the first overlaps
    ease = numbers(0, 9, N, SLOTS).astype(np.int16)
    rhythm = Rhythm(always, always | flags(N, SLOTS), ease, np.array([0, gap], np.int32), 60)
    pods = []
    for _ in range(PODS):
        least = draw(st.integers(1, 3))
        most = draw(st.integers(least, 4))
        pods.append(
            Pod(
                least,
                most,
                must_run=draw(st.integers(0, 5)) == 0,
                least_organizations=draw(st.integers(1, 3)),
                most_share=draw(st.sampled_from([100, 60, 50])),
                needs=(Need(0, (20, 5), draw(st.integers(0, 1))),) if draw(st.booleans()) else (),
                rhythm=draw(st.sampled_from([-1, 0, 0])),
                quorum=draw(st.sampled_from([100, 75, 50])),
                hours=1,
            )
        )
    linked = np.array(list(combinations(range(N), 2)), np.int32)
    return PodsInstance(
        member_ids=tuple(f"m{i}" for i in range(N)),
        pod_ids=tuple(f"p{p}" for p in range(PODS)),
        organization_ids=("a", "b", "c"),
        pods=tuple(pods),
        points=numbers(-5, 30, N, PODS),
        eligible=flags(N, PODS) | flags(N, PODS),
        organization=numbers(0, 2, N),
        capacity=numbers(1, 2, N),
        budget=numbers(0, 2, N) + 1,
        newcomer=flags(N),
        veteran=flags(N),
        priority=numbers(0, 2, N) * draw(st.integers(0, 1)),
        able=flags(N, 1),
        speaks=np.ones((N, 1), bool),
        pair_terms=PairTerms.of(N, linked, numbers(-9, 9, len(linked))),
        rivals=np.array([[0, 1]] if draw(st.integers(0, 4)) == 0 else [], np.int32).reshape(-1, 2),
        apart=pairs(),
        together=pairs(),
        pinned=Seats.of([]),
        previous=Seats.of([]),
        rhythms=(rhythm,),
        satisfaction=numbers(0, 5, N, PODS).astype(np.int16) * 200,
        organization_worth=(6, 3),
        most_newcomers=draw(st.sampled_from([100, 50])),
        veteran_each=draw(st.booleans()),
        order=draw(st.sampled_from(list(Order))),
        changes="off",
    )


def every_assignment(instance: PodsInstance) -> list[Assignment]:
    """All choices of pods for each member within their room, with all slots of the pods that run."""
    subsets = list(product((False, True), repeat=PODS))
    choices = [
        [
            [p for p, inside in enumerate(subset) if inside]
            for subset in subsets
            if sum(subset) <= instance.room[i]
            and all(instance.eligible[i, p] for p, inside in enumerate(subset) if inside)
        ]
        for i in range(N)
    ]
    out = []
    for chosen in product(*choices):
        rows = [(i, p) for i, some in enumerate(chosen) for p in some]
        runs = {p for _, p in rows}
        slots = [
            range(SLOTS) if p in runs and pod.rhythm >= 0 else [-1] for p, pod in enumerate(instance.pods)
        ]
        out += [Assignment(Seats.of(rows), np.array(slot, np.int32)) for slot in product(*slots)]
    return out


def best_of_all(instance: PodsInstance) -> list[TierValue] | None:
    """The tiers of the best clean assignment, None where there is none."""
    return max((values_of(instance, one) for one in every_assignment(instance)), key=key_of)


def assert_certified(instance: PodsInstance, answer: PodsAnswer) -> None:
    """Prices give bounds again, and no group of the answer is worth more than its pod's number."""
    bounds = {tier.name: tier.bound for tier in answer.tiers}
    for prices in answer.prices:
        said = bounds[prices.tier]
        assert said is not None
        assert bound_from_prices(instance, prices) >= said
        for p, members in enumerate(groups(instance, answer.seats)):
            if members:
                worth = group_worth(instance, prices, p, members, int(answer.slot[p]))
                assert worth <= prices.pod[p]


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(instances())
def test_answers_against_trying_every_one(instance: PodsInstance) -> None:
    assert_right(instance)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(instances())
def test_many_answers_against_trying_every_one(instance: PodsInstance) -> None:
    assert_right(instance)


def assert_right(instance: PodsInstance) -> None:
    """Every rule is kept, bounds hold, and what is called optimal is the best of all."""
    best = best_of_all(instance)
    answer = solve(instance, Limits(seconds=0.5, workers=1))
    if best is None:
        assert answer.status in (Status.UNKNOWN, Status.INFEASIBLE)
        return
    assert answer.status in (Status.OPTIMAL, Status.FEASIBLE)
    assert check(instance, answer.seats, answer.slot) == []
    reached = tier_values(instance, answer.seats, answer.slot)
    assert [(tier.name, tier.value) for tier in answer.tiers] == [(one.name, one.value) for one in reached]
    assert sort_key(reached) <= sort_key(best)
    assert_certified(instance, answer)
    for tier, goal in zip(answer.tiers, best, strict=True):
        if tier.bound is not None and goal.value is not None:
            assert tier.bound >= goal.value
        if tier.value != goal.value:
            break
    if answer.status is Status.OPTIMAL:
        assert reached == best

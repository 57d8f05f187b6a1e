"""What a seat costs, by solving around it, equals what trying everything with or without it says."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from pods_cases import random_instance

from solvers.limits import Limits
from solvers.pods.check.audit import check
from solvers.pods.check.score import tier_values
from solvers.pods.explain.forcing import Outcome, close, forbid, force, run
from solvers.pods.explain.state import State
from solvers.pods.instance import Order, PodsInstance, Seats
from solvers.pods.solution import Assignment
from solvers.pods.solve import solve
from solvers.result import Status, TierValue, sort_key


def best_of_all(
    instance: PodsInstance, wanted: Callable[[list[tuple[int, int]]], bool]
) -> list[TierValue] | None:
    """The best tiers of clean answers with seats that are as wanted; a seat may break rules of its member
    only where it is pinned."""
    rows = [(i, p) for i in range(instance.n_members) for p in range(instance.n_pods)]
    best: list[TierValue] | None = None
    for chosen in product((False, True), repeat=len(rows)):
        seats = [row for row, on in zip(rows, chosen, strict=True) if on]
        if not wanted(seats):
            continue
        table, runs = Seats.of(seats), {p for _, p in seats}
        slots = [
            range(instance.rhythms[pod.rhythm].n_slots) if p in runs and pod.rhythm >= 0 else [-1]
            for p, pod in enumerate(instance.pods)
        ]
        for slot in product(*slots):
            times = np.array(slot, np.int32)
            if check(instance, table, times):
                continue
            values = tier_values(instance, table, times)
            if best is None or sort_key(values) > sort_key(best):
                best = values
    return best


@pytest.mark.parametrize("seed", range(12))
def test_forcing_and_forbidding_agree_with_trying_everything(seed: int) -> None:
    instance = random_instance(
        2000 + seed, n=4, pods=2, order=Order.WELFARE, previous=Seats.of([]), most_broken=None
    )
    answer = solve(instance, Limits(seconds=3))
    if not answer.tiers:
        assert answer.status in (Status.UNKNOWN, Status.INFEASIBLE)
        return
    state = State(instance, Assignment(answer.seats, answer.slot))
    for i, p in product(range(instance.n_members), range(instance.n_pods)):
        if (i, p) in state.pins or not instance.eligible[i, p]:
            continue
        together = state.has_seat(i, p)
        outcome = (forbid if together else force)(state, [(i, p)], Limits(seconds=3))
        seat = (i, p)
        best = best_of_all(instance, lambda seats, seat=seat, there=not together: (seat in seats) is there)
        if together:
            assert best is not None, "leaving everybody else where they are is an answer, or nobody sits"
        if best is not None:
            _agrees(outcome, best)


@pytest.mark.parametrize("seed", range(8))
def test_running_and_closing_a_pod_agree_with_trying_everything(seed: int) -> None:
    instance = random_instance(
        2100 + seed, n=4, pods=2, order=Order.WELFARE, previous=Seats.of([]), most_broken=None
    )
    answer = solve(instance, Limits(seconds=3))
    if not answer.tiers:
        assert answer.status in (Status.UNKNOWN, Status.INFEASIBLE)
        return
    state = State(instance, Assignment(answer.seats, answer.slot))
    for p, pod in enumerate(instance.pods):
        runs = bool(state.members[p])
        if runs and (pod.must_run or state.pinned_to(p)):
            with pytest.raises(ValueError, match="must run"):
                close(state, p, Limits(seconds=1))
            continue
        outcome = (close if runs else run)(state, p, Limits(seconds=3))
        best = best_of_all(
            instance, lambda seats, p=p, there=not runs: any(q == p for _, q in seats) is there
        )
        if best is None:
            assert outcome.status is Status.INFEASIBLE
        else:
            _agrees(outcome, best)
            assert not runs or all(q != p for _, q in outcome.added)


def _agrees(outcome: Outcome, best: list[TierValue]) -> None:
    """At least as good as the best that keeps the seat's rules (a pin sets some of them aside)."""
    found = [TierValue(tier.name, tier.sense, tier.after) for tier in outcome.tiers]
    assert sort_key(found) >= sort_key(best)


def test_a_pinned_seat_is_not_forbidden() -> None:
    instance = random_instance(2001, n=4, pods=2, pinned=Seats.of([(0, 0)]))
    state = State(instance, Assignment(Seats.of([(0, 0)]), np.full(2, -1, np.int32)))
    with pytest.raises(ValueError, match="pinned"):
        forbid(state, [(0, 0)], Limits(seconds=5))


def test_a_seat_that_pins_make_impossible_is_told_with_what_contradicts_it() -> None:
    instance = random_instance(
        2002,
        n=4,
        pods=2,
        order=Order.WELFARE,
        apart=np.array([[0, 1]], np.int32),
        together=np.zeros((0, 2), np.int32),
        pinned=Seats.of([(1, 0)]),
        previous=Seats.of([]),
        most_broken=None,
    )
    answer = Assignment(Seats.of([(1, 0)]), np.full(2, -1, np.int32))
    outcome = force(State(instance, answer), [(0, 0)], Limits(seconds=5))
    assert outcome.status is Status.INFEASIBLE
    assert "apart m0 m1" in outcome.conflict
    assert outcome.tiers == ()
    assert outcome.least_cost is None

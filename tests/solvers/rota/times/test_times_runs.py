"""Runs of the solver: limits, progress, cancelling, starting from an answer, re-planning, larger networks."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from times_cases import random_times, starts, times_instance

from benchmarks.times import first_come
from benchmarks.times_family import family
from solvers.limits import Limits, Progress
from solvers.result import Status, sort_key
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import tier_values
from solvers.rota.times.instance import Group, TimesInstance
from solvers.rota.times.solve import solve


def values(instance: TimesInstance, times: object, slots: object) -> object:
    return sort_key(tier_values(instance, times, slots))  # type: ignore[arg-type]


@pytest.mark.parametrize(("weeks", "rotating"), [(1, False), (4, False), (4, True)])
def test_the_family_is_proven_and_never_worse_than_first_come(weeks: int, rotating: bool) -> None:
    instance = family(40, 3, weeks=weeks, rotating=rotating)
    answer = solve(instance, Limits(seconds=60.0))
    assert answer.status is Status.OPTIMAL
    greedy = first_come(instance)
    assert not check(instance, *greedy)
    assert values(instance, answer.times, answer.slots) >= values(instance, *greedy)


def test_zero_seconds_return_an_answer_with_bounds_that_hold() -> None:
    instance = family(60, 2)
    quick, full = solve(instance, Limits(seconds=0.0)), solve(instance, Limits(seconds=60.0))
    assert quick.tiers[0].value == full.tiers[0].value == 0
    for early, late in zip(quick.tiers, full.tiers, strict=True):
        if early.value == late.value:
            continue
        assert early.bound is not None
        assert late.value is not None
        assert early.bound >= late.value if early.sense == "max" else early.bound <= late.value
        assert not early.proven
        break


def test_progress_is_told_and_cancelling_keeps_the_answer() -> None:
    instance = family(200, 1)
    signs: list[Progress] = []
    began = time.process_time()
    answer = solve(
        instance,
        Limits(
            seconds=600.0, report=signs.append, cancelled=lambda: any(s.tier == "attendance" for s in signs)
        ),
    )
    assert time.process_time() - began < 30.0
    assert answer.status is Status.FEASIBLE
    assert signs[0].tier == "unscheduled"
    told = [sign for sign in signs if sign.tier == "attendance"]
    assert told
    for sign in told:
        assert sign.value is not None
        assert sign.bound is not None
        assert sign.value <= sign.bound


def test_the_same_seed_gives_the_same_answer() -> None:
    instance = family(30, 5, weeks=2, rotating=True)
    one, other = (solve(instance, Limits(seconds=60.0, seed=4)) for _ in range(2))
    assert (one.times, one.slots) == (other.times, other.slots)


@pytest.mark.parametrize("seed", range(30))
def test_an_answer_solved_again_from_itself_stays(seed: int) -> None:
    instance = random_times(seed)
    first = solve(instance, Limits(seconds=10.0))
    again = solve(instance, Limits(seconds=0.0), (first.times, first.slots))
    assert values(instance, again.times, again.slots) == values(instance, first.times, first.slots)


def test_one_person_less_moves_the_fewest_sessions() -> None:
    instance = family(40, 4, weeks=2)
    before = solve(instance, Limits(seconds=60.0))
    free = instance.free.copy()
    gone = instance.groups[0].members[0]
    free[gone, :] = False
    groups = tuple(
        replace(group, previous=tuple((t, step) for t, step in enumerate(row) if step >= 0))
        for group, row in zip(instance.groups, before.times, strict=True)
    )
    changed = replace(instance, free=free, groups=groups)
    after = solve(changed, Limits(seconds=60.0), (before.times, before.slots))
    told = {tier.name: tier for tier in after.tiers}
    assert after.status is Status.OPTIMAL
    fresh = solve(replace(changed, changes="off"), Limits(seconds=60.0))
    moved = sum(fresh.times[g][t] != step for g, group in enumerate(groups) for t, step in group.previous)
    assert told["moved"].value is not None
    assert told["moved"].value <= moved


def test_a_rotating_solve_starts_from_the_stable_one() -> None:
    stable = family(30, 2, weeks=3)
    rotating = family(30, 2, weeks=3, rotating=True)
    answer = solve(stable, Limits(seconds=60.0))
    start = solve(rotating, Limits(seconds=0.0), (answer.times, answer.slots))
    assert values(rotating, start.times, start.slots) >= values(rotating, answer.times, answer.slots)


def test_renaming_and_reordering_groups_keeps_the_values() -> None:
    instance = family(30, 6)
    order = np.random.default_rng(1).permutation(30).tolist()
    shuffled = replace(instance, groups=tuple(instance.groups[g] for g in order))
    one, other = (solve(each, Limits(seconds=60.0)) for each in (instance, shuffled))
    assert [tier.value for tier in one.tiers] == [tier.value for tier in other.tiers]
    assert one.status is other.status is Status.OPTIMAL


def test_nothing_to_choose_is_an_answer_too() -> None:
    empty = times_instance([], ["11"])
    assert solve(empty, Limits(seconds=1.0)).status is Status.OPTIMAL
    over = Group(members=(0,), starts=starts([0]), length=1, fixed=((0, 1),))
    shut = Group(members=(0,), starts=starts([-1]), length=1)
    answer = solve(times_instance([over, shut], ["11"]), Limits(seconds=1.0))
    assert answer.times == ((1,), (-1,))
    assert answer.status is Status.OPTIMAL


@pytest.mark.slow
def test_a_thousand_groups_are_proven() -> None:
    answer = solve(family(1000, 1), Limits(seconds=300.0))
    assert answer.status is Status.OPTIMAL

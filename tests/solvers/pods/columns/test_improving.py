"""Answers from the linear program: fixed one after another, and improved part by part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pods.check.audit import check
from solvers.pods.check.score import tier_values
from solvers.pods.columns.bounding import bound_tier
from solvers.pods.columns.choosing import assignment_of
from solvers.pods.columns.diving import Partial, dive, nearest
from solvers.pods.columns.improving import Improver
from solvers.pods.columns.master import Rows
from solvers.pods.columns.pool import Pool, groups_in
from solvers.pods.columns.pricing import Pricer
from solvers.pods.instance import Order, Seats

TIME = Limits(seconds=100_000, workers=1)


def bounded(reference, seed, **changes):
    """The first tier of a random instance with its bound, from the worst clean answer; None without one."""
    instance = replace(reference.random_instance(seed), order=Order.WELFARE, **changes)
    answers = reference.tiers_reached(instance)
    if not answers:
        return None
    rows, pool, pricer = Rows.of(instance, "placed", ()), Pool(instance), Pricer(instance)
    pool.add(groups_in(instance, answers[0][1]))
    found = bound_tier(rows, pool, pricer, answers[0][0][0].value, TIME)
    return None if found is None else (instance, answers, rows, pool, pricer, found)


def placed(instance, assignment):
    return tier_values(instance, assignment.seats, assignment.slot)[0].value


@pytest.mark.parametrize("seed", range(30))
def test_fixed_groups_go_with_each_other(reference, seed):
    case = bounded(reference, seed, most_broken=None)
    if case is None:
        return
    instance, answers, rows, pool, pricer, found = case
    groups = dive(rows, pool, pricer, found, groups_in(instance, answers[0][1]), TIME)
    made = assignment_of(instance, groups)
    codes = {one.code for one in check(instance, made.seats, made.slot)}
    assert codes <= {"must_run", "pinned"}  # pods that did not come in; all else is kept
    if not codes:
        assert placed(instance, made) <= answers[-1][0][0].value


def test_most_dives_end_at_the_best_answer(reference):
    reached = []
    for seed in range(40):
        case = bounded(reference, seed, most_broken=None)
        if case is not None:
            instance, answers, rows, pool, pricer, found = case
            made = assignment_of(instance, dive(rows, pool, pricer, found, (), TIME))
            reached.append(placed(instance, made) == answers[-1][0][0].value)
    assert sum(reached) >= 0.8 * len(reached) > 10


@pytest.mark.parametrize("seed", range(30))
def test_no_neighbourhood_brings_less(reference, seed):
    case = bounded(reference, seed)
    if case is None:
        return
    instance, answers, rows, pool, pricer, found = case
    groups = groups_in(instance, answers[0][1])
    improver = Improver(rows, pool, pricer, found, 1)
    value = placed(instance, answers[0][1])
    for _ in range(4):
        groups = improver.look(groups, TIME)
        made = assignment_of(instance, groups)
        codes = {one.code for one in check(instance, made.seats, made.slot)}
        assert codes <= {"two_places"}  # left out of the choice; whoever takes an answer checks it
        assert placed(instance, made) >= value
        value = placed(instance, made)


def test_all_of_a_small_answer_is_one_neighbourhood(reference):
    better = []
    for seed in range(40):
        case = bounded(reference, seed, capacity=np.ones(7, np.int32), pinned=Seats.of([]), most_broken=None)
        if case is not None:
            instance, answers, rows, pool, pricer, found = case
            groups = Improver(rows, pool, pricer, found, 1).look(groups_in(instance, answers[0][1]), TIME)
            better.append(placed(instance, assignment_of(instance, groups)) == answers[-1][0][0].value)
    assert sum(better) >= 0.9 * len(better) > 10


def test_what_a_fixed_group_uses_is_gone(reference):
    instance, answers, rows, pool, pricer, found = next(
        case for seed in range(40) if (case := bounded(reference, seed)) and len(case[1][-1][1].seats)
    )
    part = Partial(rows, pool, pricer, found, TIME)
    groups = groups_in(instance, answers[-1][1])
    pool.add(groups)
    number = pool.number(groups[0])
    part.take(nearest(pool, found.prices, 100))
    part.take([number])
    part.fix([number])
    assert part.fixed == [number]
    assert not part.open[groups[0].pod]
    for g in pool.among(part.room > 0, part.open):
        assert pool.groups[g].pod != groups[0].pod
        assert (part.room[list(pool.groups[g].members)] > 0).all()
    values = part.solve(2)
    part.program.close()
    assert values is not None
    assert values[part.column[number]] == pytest.approx(1)


@pytest.mark.parametrize("asked", [3, 4, 5])
def test_a_dive_that_time_ends_still_brings_groups_that_go_together(reference, asked):
    brought = 0
    for seed in range(25):
        case = bounded(reference, seed, most_broken=None, pinned=Seats.of([]))
        if case is None:
            continue
        instance, answers, rows, pool, pricer, found = case
        left = [asked]

        def cancelled(left=left):
            left[0] -= 1
            return left[0] < 0

        limits = replace(TIME, cancelled=cancelled)
        groups = dive(rows, pool, pricer, found, groups_in(instance, answers[0][1]), limits)
        made = assignment_of(instance, groups)
        assert {one.code for one in check(instance, made.seats, made.slot)} <= {"must_run"}
        brought += len(groups)
    assert brought > 10

"""The search among listed groups against trying every answer; what is listed, and cuts, against counting."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pods.check.audit import check
from solvers.pods.check.bound import group_worth
from solvers.pods.check.score import tier_values
from solvers.pods.columns.bounding import Bounded, bound_tier
from solvers.pods.columns.branching import Tree
from solvers.pods.columns.choosing import assignment_of
from solvers.pods.columns.cuts import LEAST, Cuts
from solvers.pods.columns.listing import first_alike, list_groups
from solvers.pods.columns.master import Rows
from solvers.pods.columns.pool import Pool, groups_in
from solvers.pods.columns.pricing import Pricer
from solvers.pods.instance import Order, PodsInstance, Seats
from solvers.pods.solution import Assignment

MOST, NODES = 100_000, 10**6


def plain(reference, seed: int) -> PodsInstance:
    """Tiers placed and points alone, one pod for each member."""
    instance = reference.random_instance(seed, n=7, pods=3)
    n = instance.n_members
    return replace(
        instance,
        pods=tuple(replace(pod, priority=0) for pod in instance.pods),
        capacity=np.ones(n, np.int32),
        priority=np.zeros(n, np.int32),
        pinned=Seats.of([]),
        previous=Seats.of([]),
        most_broken=None,
        order=Order.WELFARE,
        changes="off",
    )


def bounded(instance: PodsInstance, rows: Rows, start: Assignment) -> tuple[Pool, Pricer, Bounded]:
    pool, pricer = Pool(instance), Pricer(instance)
    pool.add(groups_in(instance, start))
    found = bound_tier(rows, pool, pricer, 0, Limits(seconds=60, workers=1))
    assert found is not None
    return pool, pricer, found


def tree_of(instance: PodsInstance, rows: Rows, start: Assignment, value: int, part: int = 1) -> Tree:
    """The search for answers above a value, among so small a part of the groups that it could hold."""
    pool, pricer, found = bounded(instance, rows, start)
    gap = max(0, (found.total - found.prices.scale * (value + 1)) // part)
    listing = list_groups(rows, pool, pricer, found, [], gap, Limits(seconds=60), MOST, NODES)
    assert listing is not None

    def clean(groups) -> bool:
        other = assignment_of(instance, groups)
        return not check(instance, other.seats, other.slot)

    return Tree(rows, listing, found, gap, value, clean)


@pytest.mark.parametrize("part", [1, 4])
@pytest.mark.parametrize("seed", range(25))
def test_the_search_finds_the_best_answer_and_no_bound_is_below_it(reference, seed, part):
    instance = reference.random_instance(seed, n=7, pods=3)
    answers = reference.tiers_reached(instance)
    if not answers:
        return
    first = answers[0][0][0].value
    best = max(values[0].value for values, _ in answers)
    tree = tree_of(instance, Rows.of(instance, "placed", []), answers[0][1], first, part)
    tree.run(first, Limits(seconds=60), 60.0)
    assert tree.done
    assert tree.bound >= best
    if tree.groups:
        other = assignment_of(instance, tree.groups)
        assert not check(instance, other.seats, other.slot)
        assert tier_values(instance, other.seats, other.slot)[0].value == tree.known
    if part == 1 and (instance.room <= 1).all():
        assert not tree.partial
        assert tree.bound == tree.known == best


def test_the_search_settles_points_with_the_tier_before_held(reference):
    settled = 0
    for seed in range(25):
        instance = plain(reference, seed)
        answers = reference.tiers_reached(instance)
        if not answers:
            continue
        values, start = answers[-1]
        most, best = values[0].value, values[1].value
        least = min(0, best) - 1
        tree = tree_of(instance, Rows.of(instance, "points", [("placed", most)]), start, least)
        tree.run(least, Limits(seconds=60), 60.0)
        assert tree.bound == tree.known == best
        settled += 1
    assert settled >= 10


@pytest.mark.parametrize("seed", range(25))
def test_every_group_near_the_bound_is_listed(reference, seed):
    instance = reference.random_instance(seed, n=7, pods=3)
    answers = reference.tiers_reached(instance)
    if not answers:
        return
    rows = Rows.of(instance, "points", [])
    pool, pricer, found = bounded(instance, rows, answers[0][1])
    gap = max(1, abs(found.total) // 3)
    listing = list_groups(rows, pool, pricer, found, [], gap, Limits(seconds=60), MOST, NODES)
    assert listing is not None
    worths, floor = listing.worths(found.prices), found.prices.pod - gap
    assert (worths >= floor[listing.pod]).all()
    listed = {(group.pod, group.members) for group in map(listing.group, range(len(listing)))}
    for p in np.unique(first_alike(instance)).tolist():
        for members, slot in reference.groups_of(instance, p):
            if group_worth(instance, found.prices, p, members, slot) >= floor[p]:
                assert (p, members) in listed


@pytest.mark.parametrize("seed", range(20))
def test_groups_pay_for_cuts_as_counting_says(reference, seed):
    instance = reference.random_instance(seed, n=7, pods=3)
    answers = reference.tiers_reached(instance)
    if not answers:
        return
    rows = Rows.of(instance, "points", [])
    pool, pricer, found = bounded(instance, rows, answers[0][1])
    listing = list_groups(rows, pool, pricer, found, [], found.total, Limits(seconds=60), MOST, NODES)
    assert listing is not None
    cuts = Cuts(instance.room == 1)
    rng = np.random.default_rng(seed)
    parts = rng.random(len(listing))
    new = cuts.add(listing, parts)
    groups = [set(listing.group(g).members) for g in range(len(listing))]
    single = np.flatnonzero(instance.room == 1).tolist()
    broken = [
        three
        for three in combinations(single, 3)
        if sum(part * (len(group & set(three)) // 2) for part, group in zip(parts, groups, strict=True))
        >= 1 + LEAST
    ]
    assert (new > 0) == bool(broken)
    prices = rng.integers(0, 50, len(cuts))
    paid = cuts.paid(listing, prices)
    for g, group in enumerate(groups):
        numbers = cuts.of(listing.group(g).members)
        assert paid[g] == prices[numbers].sum()
        assert numbers == [k for k, three in enumerate(cuts.rows) if len(group & set(three)) >= 2]


def test_pods_are_alike_only_where_nothing_tells_them_apart(reference):
    instance = replace(reference.random_instance(3, n=6, pods=3), order=Order.WELFARE)
    same = replace(
        instance,
        pods=(instance.pods[0], instance.pods[0], instance.pods[0]),
        points=np.repeat(instance.points[:, :1], 3, axis=1),
        eligible=np.repeat(instance.eligible[:, :1], 3, axis=1),
        satisfaction=None,
        pinned=Seats.of([]),
        previous=Seats.of([]),
    )
    assert first_alike(same).tolist() == [0, 0, 0]
    points = same.points.copy()
    points[0, 1] += 1
    assert first_alike(replace(same, points=points)).tolist() == [0, 1, 0]
    member = int(np.flatnonzero(same.eligible[:, 0])[0])
    kept = replace(same, previous=Seats.of([(member, 2)]))
    assert first_alike(kept).tolist() == [0, 0, 2]

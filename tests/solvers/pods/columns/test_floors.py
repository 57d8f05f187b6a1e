"""Floors against trying every answer: what bounds them, what raises them, and that prices alone say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pods.check.bound import group_worth
from solvers.pods.check.floors import FLOORS, floor_from_prices
from solvers.pods.check.score import pod_parts, tier_values
from solvers.pods.columns.master import Rows
from solvers.pods.columns.prove import prove
from solvers.pods.columns.worthy import WorthyPricer
from solvers.pods.instance import Order

TRIED = range(60)


def floored(reference, seed):
    """A tiny instance of the order floor, its answers from the worst on, and the proof from the worst one."""
    instance = replace(reference.random_instance(seed), order=Order.FLOOR)
    answers = reference.tiers_reached(instance)
    if not answers:
        return instance, (), None
    return instance, answers, prove(instance, answers[0][1], Limits(seconds=60, workers=1))


@pytest.fixture(scope="module")
def proofs(reference):
    return [one for seed in TRIED if (one := floored(reference, seed))[2] is not None]


def test_floors_are_raised_to_the_best_of_all_answers_and_proven(proofs):
    proven = 0
    for instance, answers, proof in proofs:
        best = {tier.name: tier.value for tier in answers[-1][0]}
        for tier in tier_values(instance, proof.assignment.seats, proof.assignment.slot):
            assert tier.value == best[tier.name]
            if tier.name in FLOORS and tier.value is not None:
                assert proof.bounds[tier.name] == tier.value
                proven += 1
    assert proven > len(TRIED)


def test_prices_alone_bound_a_floor_when_every_group_is_tried(reference, proofs):
    told = set()
    for instance, _, proof in proofs:
        values = {
            tier.name: tier.value
            for tier in tier_values(instance, proof.assignment.seats, proof.assignment.slot)
        }
        for prices in proof.floor_prices:
            name, bound = floor_from_prices(instance, prices, values, reference.pricing(instance))
            told.add(name)
            assert bound >= values[name]
            if name not in proof.searched:
                assert bound == proof.bounds[name]
    assert told == set(FLOORS)


@pytest.mark.parametrize("seed", range(30))
def test_no_group_that_reaches_a_floor_of_points_is_worth_more_than_its_pod_is_priced_at(reference, seed):
    instance = reference.random_instance(seed)
    dice = np.random.default_rng(seed)
    rows = Rows.of(instance, ("points", "placed", "kept")[seed % 3], ())
    prices = rows.prices(dice.random(rows.n_prices) * 30, 10)
    for p in range(instance.n_pods):
        groups = reference.groups_of(instance, p)
        points = [pod_parts(instance, p, members, slot).total for members, slot in groups]
        if not points:
            continue
        floor = int(dice.choice(points))
        pricer = WorthyPricer(instance, 1, 0, floor)
        known = np.full(instance.n_pods, -(2**60), np.int64)
        (priced,) = pricer.price(prices, known, known, pods=[p])
        worths = {
            (members, slot): group_worth(instance, prices, p, members, slot)
            for (members, slot), reached in zip(groups, points, strict=True)
            if reached >= floor
        }
        assert priced.bound >= max(worths.values())
        for group, worth in priced.groups:
            assert worths[group.members, group.slot] == worth

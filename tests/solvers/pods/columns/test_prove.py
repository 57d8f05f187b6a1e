"""Bounds and proofs against trying every answer, at every tier, whenever they are called off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solvers.limits import Limits
from solvers.pods.check.audit import check
from solvers.pods.check.bound import bound_from_prices
from solvers.pods.check.score import tier_values
from solvers.pods.columns.prove import prove
from solvers.pods.instance import Order
from solvers.result import sort_key


def called_off_after(asked: int):
    """Limits that end when they were asked so often, whatever the clock says."""
    left = [asked]

    def cancelled() -> bool:
        left[0] -= 1
        return left[0] < 0

    return Limits(seconds=60, workers=1, cancelled=cancelled)


def assert_bounds_hold(instance, proof, best):
    """Where the tiers before are the best ones, no bound is below the best."""
    values = tier_values(instance, proof.assignment.seats, proof.assignment.slot)
    for tier, goal in zip(values, best, strict=True):
        if tier.name in proof.bounds:
            assert goal.value is not None
            assert proof.bounds[tier.name] >= goal.value
        if tier != goal:
            return


def is_proven(instance, proof):
    values = tier_values(instance, proof.assignment.seats, proof.assignment.slot)
    return all(proof.bounds.get(tier.name) == tier.value for tier in values)


@pytest.mark.parametrize("seed", range(100))
def test_what_is_proven_is_the_best_of_all_answers(reference, seed):
    instance = reference.random_instance(seed)
    answers = reference.tiers_reached(instance)
    if not answers:
        return
    first, start = answers[0]
    proof = prove(instance, start, Limits(seconds=60, workers=1))
    seats, slot = proof.assignment.seats, proof.assignment.slot
    values = tier_values(instance, seats, slot)
    best = answers[-1][0]
    assert not check(instance, seats, slot)
    assert sort_key(values) >= sort_key(first)
    assert_bounds_hold(instance, proof, best)
    if is_proven(instance, proof):
        assert values == best


def test_nearly_all_tiny_instances_are_proven(reference):
    proven = []
    for seed in range(40):
        instance = replace(reference.random_instance(seed), order=Order.WELFARE)
        answers = reference.tiers_reached(instance)
        if answers:
            proof = prove(instance, answers[0][1], Limits(seconds=60, workers=1))
            proven.append(is_proven(instance, proof))
    assert sum(proven) >= 0.9 * len(proven) > 10


@pytest.mark.parametrize("seed", range(40))
def test_bounds_hold_whenever_the_run_is_called_off(reference, seed):
    instance = reference.random_instance(seed)
    answers = reference.tiers_reached(instance)
    for asked in (0, 3, 9, 30):
        if answers:
            proof = prove(instance, answers[0][1], called_off_after(asked))
            assert_bounds_hold(instance, proof, answers[-1][0])


@pytest.mark.parametrize("seed", range(40))
def test_prices_give_their_bound_again_without_the_solver(reference, seed):
    instance = reference.random_instance(seed)
    answers = reference.tiers_reached(instance)
    if not answers:
        return
    proof = prove(instance, answers[0][1], Limits(seconds=60, workers=1))
    for prices in proof.prices:
        bound = bound_from_prices(instance, prices, reference.pricing(instance))
        assert bound >= proof.bounds[prices.tier]
        if prices.tier not in proof.searched:
            assert bound == proof.bounds[prices.tier]

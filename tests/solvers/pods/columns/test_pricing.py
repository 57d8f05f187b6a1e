"""The best group of a pod at given prices, against trying every group."""

from __future__ import annotations

import random

import numpy as np
import pytest

from solvers.pods.check.bound import group_worth
from solvers.pods.columns.bound_kernel import NEVER
from solvers.pods.columns.pricing import Group, Pricer
from solvers.pods.solution import PodPrices


def random_prices(instance, seed, tier="points", scale=10):
    rng = random.Random(seed)
    n = instance.n_members

    def some(high):
        return np.array([rng.randint(0, high) for _ in range(n)], np.int64)

    held = tuple((name, rng.randint(0, 90), 1) for name in ("placed", "priority", "problems", "kept"))
    return PodPrices(
        tier=tier,
        scale=scale,
        member=some(300),
        hours=some(20),
        credit=some(50),
        held=held if tier == "points" else (),
        broken=rng.randint(0, 50) if instance.most_broken is not None else 0,
        pod=np.zeros(instance.n_pods, np.int64),
    )


def none_known(instance):
    return np.full(instance.n_pods, NEVER, np.int64)


def worths_by_trying(reference, instance, prices, p):
    return {
        Group(p, members, slot): group_worth(instance, prices, p, members, slot)
        for members, slot in reference.groups_of(instance, p)
    }


@pytest.mark.parametrize("seed", range(150))
def test_the_best_group_is_that_of_trying_all(reference, seed):
    instance = reference.random_instance(seed)
    prices = random_prices(instance, seed, tier=("points", "placed", "kept")[seed % 3])
    pricer = Pricer(instance)
    for p, priced in enumerate(pricer.price(prices, none_known(instance), none_known(instance))):
        worths = worths_by_trying(reference, instance, prices, p)
        best = max(worths.values(), default=None)
        if not pricer.must_run(p):
            best = max(0, best or 0)
        assert priced.bound == best
        assert priced.complete
        assert [worths[group] for group, _ in priced.groups] == [worth for _, worth in priced.groups]
        if best:
            assert max((worth for _, worth in priced.groups), default=0) == best


@pytest.mark.parametrize("seed", range(40))
def test_every_group_above_a_worth_is_listed(reference, seed):
    instance = reference.random_instance(seed)
    prices = random_prices(instance, seed)
    pricer = Pricer(instance)
    for p in range(instance.n_pods):
        worths = worths_by_trying(reference, instance, prices, p)
        if not worths:
            continue
        floor = sorted(worths.values())[len(worths) // 2]
        bar = np.full(instance.n_pods, floor, np.int64)
        (priced,) = pricer.price(prices, bar, bar, pods=[p], whole=True, listed=5000)
        assert priced.complete
        assert all(worths[group] == worth > floor for group, worth in priced.groups)
        # A slot that another one makes needless is not listed: the members are, at a time no worse.
        assert best_by_members(dict(priced.groups)) == {
            members: worth for members, worth in best_by_members(worths).items() if worth > floor
        }


def best_by_members(worths):
    found = {}
    for group, worth in worths.items():
        found[group.members] = max(worth, found.get(group.members, worth))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_a_search_called_off_still_bounds_every_group(reference, seed):
    instance = reference.random_instance(seed, n=8)
    prices = random_prices(instance, seed)
    for limit, tolerance in ((0, 0), (2, 0), (5, 30), (2**40, 200)):
        pricer = Pricer(instance)
        found = pricer.price(
            prices, none_known(instance), none_known(instance), node_limit=limit, tolerance=tolerance
        )
        for p, priced in enumerate(found):
            worths = worths_by_trying(reference, instance, prices, p)
            best = max(worths.values(), default=None)
            if best is not None:
                assert priced.bound is not None
                assert priced.bound >= best

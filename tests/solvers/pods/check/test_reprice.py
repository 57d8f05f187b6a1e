"""Re-pricing agrees with trying every group, and says so where it did not come to its end."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from pods_cases import random_instance

from solvers.limits import Limits
from solvers.pods.check.audit import Group, check_group
from solvers.pods.check.bound import group_worth
from solvers.pods.check.reprice import reprice
from solvers.pods.instance import Order, PodsInstance
from solvers.pods.solution import PodPrices
from solvers.pods.solve import solve


def best_group(instance: PodsInstance, prices: PodPrices, p: int) -> int | None:
    """What the best allowed group of a pod is worth, of all there are."""
    pod = instance.pods[p]
    pinned = frozenset(i for i, q in instance.pinned.rows() if q == p)
    slots = range(instance.rhythms[pod.rhythm].n_slots) if pod.rhythm >= 0 else [-1]
    worths = []
    for size in range(1, instance.n_members + 1):
        for members in combinations(range(instance.n_members), size):
            fit = all(
                i in pinned
                or (instance.eligible[i, p] and instance.room[i] and instance.hours_left[i] >= pod.hours)
                for i in members
            )
            if not fit or not pinned <= set(members):
                continue
            for slot in slots:
                if next(check_group(Group(instance, p, members, slot, pinned)), None) is None:
                    worths.append(group_worth(instance, prices, p, members, slot))
    return max(worths, default=None)


def priced(seed: int) -> tuple[PodsInstance, list[PodPrices]]:
    instance = random_instance(seed, n=7, pods=2, order=Order.WELFARE)
    return instance, list(solve(instance, Limits(seconds=1)).prices)


@pytest.mark.parametrize("seed", range(3000, 3010))
def test_a_number_is_proven_if_and_only_if_no_group_is_worth_more(seed: int) -> None:
    instance, rows = priced(seed)
    for prices in rows:
        for p in range(instance.n_pods):
            best = best_group(instance, prices, p)
            found, taken = reprice(instance, prices, p, 10_000)
            assert found.complete
            assert found.group == ()
            assert found.worth == int(prices.pod[p])
            assert best is None or best <= found.worth
            assert taken <= 10_000
            if best is None:
                continue
            number = prices.pod.copy()
            number[p] = best - 1
            lower = replace(prices, pod=number)
            refuted, _ = reprice(instance, lower, p, 10_000)
            assert refuted.group
            number[p] = best
            exact, _ = reprice(instance, replace(prices, pod=number), p, 10_000)
            assert (exact.group, exact.complete, exact.worth) == ((), True, best)


@pytest.mark.parametrize("seed", range(3000, 3006))
def test_a_search_that_is_cut_short_still_bounds_every_group(seed: int) -> None:
    instance, rows = priced(seed)
    for prices in rows:
        for p in range(instance.n_pods):
            best = best_group(instance, prices, p)
            if best is None:
                continue
            low = replace(prices, pod=np.full_like(prices.pod, best - 5 * prices.scale))
            found, taken = reprice(instance, low, p, 2)
            assert taken <= 2
            assert found.group or (not found.complete and found.worth >= best)

"""Pricing among the groups that are worth so many points at least: what the tier `weakest` asks.

A group below the floor is worth its distance less, times a price of its pod that is at least 0; a group that
reaches the floor is worth no less than without the price, so the best of all groups still bounds those that
reach it (Lagrange). The price of each pod is the one with the least bound: the bound is the highest of lines
in it, one for each group, and the lines that matter are found one after another (Kelley 1960).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np

from solvers.pods.check.bound import group_worth
from solvers.pods.check.score import pod_parts
from solvers.pods.columns.pricing import LISTED, Group, Priced, Pricer
from solvers.pods.columns.units import IntArray
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import PodPrices

NO_GROUP = -(2**45)
"""What a pod that must run and has no group at all is worth."""

HIGHEST, ROOM = 2**20, 2**46
"""No price of a point is beyond the first, in units of 1 / scale, nor what it makes of a group's points
beyond the second: the pricing counts in 64 bits."""

TRIES = 8
"""Prices of one pod that are tried in one pricing, at most."""


class WorthyPricer(Pricer):
    """Prices groups whose new seats reach `least_satisfaction` and that are worth `least_points` (None: any).

    Where no group of a pod that must run can reach the floors its number is `NO_GROUP`."""

    def __init__(
        self, instance: PodsInstance, workers: int, least_satisfaction: int, least_points: int | None
    ) -> None:
        super().__init__(instance, 1 if least_points is not None else workers, least_satisfaction)
        self.least_points = least_points
        self.dear = np.zeros(instance.n_pods, np.int64)
        """Price of a point of each pod: where the next search for it begins."""
        self.highest = max(1, min(HIGHEST, ROOM // (1 + _most_points(instance))))
        self._threads = ThreadPoolExecutor(workers) if least_points is not None and workers > 1 else None

    def close(self) -> None:
        """End the threads."""
        super().close()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)

    def price(
        self,
        prices: PodPrices,
        known: IntArray,
        keep: IntArray,
        *,
        pods: Sequence[int] | None = None,
        tolerance: int = 0,
        node_limit: int = 2**40,
        whole: bool = False,
        listed: int = LISTED,
    ) -> list[Priced]:
        """As `Pricer.price`, but a pod without any group has the number `NO_GROUP`, not None."""

        def plain(prices: PodPrices, known: IntArray, keep: IntArray, pods: Sequence[int]) -> list[Priced]:
            return super(WorthyPricer, self).price(
                prices,
                known,
                keep,
                pods=pods,
                tolerance=tolerance,
                node_limit=node_limit,
                whole=whole,
                listed=listed,
            )

        chosen = range(self.instance.n_pods) if pods is None else pods
        if self.least_points is None:
            found = plain(prices, known, keep, chosen)
        else:
            each = partial(self._worthy, plain, prices, known, keep, tolerance, 1 if whole else TRIES)
            found = list(map(each, chosen) if self._threads is None else self._threads.map(each, chosen))
        return [replace(one, bound=NO_GROUP) if one.bound is None else one for one in found]

    def _worthy(
        self,
        plain: Plain,
        prices: PodPrices,
        known: IntArray,
        keep: IntArray,
        tolerance: int,
        tries: int,
        p: int,
    ) -> Priced:
        """Price one pod, at several prices of a point."""
        floor = self.least_points or 0
        least = int(known[p]) if self.must_run(p) or tries == 1 else max(int(known[p]), 0)
        lines: list[tuple[int, int]] = []
        best: Priced | None = None
        groups: dict[Group, int] = {}
        nodes, dear = 0, int(self.dear[p])
        for _ in range(tries):
            shift = dear * floor
            dearer = replace(prices, held=(*prices.held, ("points", _held(prices) + dear, 0)))
            (one,) = plain(dearer, np.full_like(known, least + shift), keep + shift, [p])
            nodes += one.nodes
            if one.bound is None:
                return replace(one, nodes=nodes)
            for group, _ in one.groups:
                points = pod_parts(self.instance, p, group.members, group.slot).total
                worth = group_worth(self.instance, prices, p, group.members, group.slot)
                lines.append((worth, points - floor))
                if points >= floor:
                    groups[group] = worth
            bound = max(least, one.bound - shift)
            if best is None or bound < (best.bound or 0):
                best = replace(one, bound=bound)
                self.dear[p] = dear
            lower, then = _lowest_of(lines, least, self.highest)
            if bound <= lower + tolerance or then == dear:
                break
            dear = then
        assert best is not None
        return replace(best, groups=tuple(groups.items()), nodes=nodes)


Plain = Callable[[PodPrices, IntArray, IntArray, Sequence[int]], list[Priced]]
"""Prices pods without a floor of points."""


def _held(prices: PodPrices) -> int:
    """The price of a point where points are an earlier tier; a later entry takes its place."""
    return next((price for name, price, _ in prices.held if name == "points"), 0)


def _lowest_of(lines: Sequence[tuple[int, int]], least: int, highest: int) -> tuple[int, int]:
    """The least that the highest of these lines (worth, distance: worth + price x distance) and `least` come
    to at any whole price up to `highest`, and that price."""

    def height(price: int) -> int:
        return max(least, *(worth + price * distance for worth, distance in lines)) if lines else least

    low, high = 0, highest
    while low < high:  # convex in the price
        middle = (low + high) // 2
        if height(middle) <= height(middle + 1):
            high = middle
        else:
            low = middle + 1
    return height(low), low


def _most_points(instance: PodsInstance) -> int:
    """What the points of one group are below in size."""
    most = max((pod.most for pod in instance.pods), default=0) + len(instance.pinned)
    seat = int(np.abs(instance.points.astype(np.int64)).max(initial=0))
    seat += max(
        (int(np.abs(one.ease.astype(np.int64)).max(initial=0)) for one in instance.rhythms), default=0
    )
    seat += most * int(np.abs(instance.pair_terms.value.astype(np.int64)).max(initial=0))
    needs = max((sum(sum(need.worth) for need in pod.needs) for pod in instance.pods), default=0)
    return most * seat + needs + sum(instance.organization_worth)

"""What no group of a pod is worth more than at given prices, found again without solver or kernels.

Depth first over groups, member by member, best first, for each weekly slot. A partial group can gain at most
what the best of those who may still join bring: their own worth, the next need and organization (both bring
less and less), the pairs with those inside, and half of the best pairs with those to come. Rules inside the
pod are looked at only where a group is worth more than the prices say, so they never hide one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from solvers.pods.check.audit import Group, check_group
from solvers.pods.check.bound import Worths, group_worth, worths_of
from solvers.pods.check.score import pod_parts
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import PodPrices

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Repriced:
    """worth: what no allowed group of the pod is worth more than, in units of 1 / scale. complete: the search
    came to its end, so the pod's number in the prices is proven. group: an allowed one that is worth more
    than that number, which it refutes; empty without one."""

    worth: int
    complete: bool
    group: tuple[int, ...] = ()


def reprice(instance: PodsInstance, prices: PodPrices, p: int, nodes: int) -> tuple[Repriced, int]:
    """Search the groups of pod p that reach the prices' floors for one that is worth more than these say,
    through so many partial groups at most; also how many it took."""
    search = _Search(instance, prices, p, nodes)
    pod = instance.pods[p]
    slots = range(instance.rhythms[pod.rhythm].n_slots) if pod.rhythm >= 0 else [-1]
    for slot in slots if pod.slot < 0 else [pod.slot]:
        search.slot(slot)
        if search.found:
            break
    complete = search.open is None and not search.found
    worth = search.number if search.open is None else search.open
    return Repriced(worth, complete, tuple(search.found)), nodes - search.left


class _Search:
    def __init__(self, instance: PodsInstance, prices: PodPrices, p: int, nodes: int) -> None:
        self.instance, self.prices, self.p = instance, prices, p
        self.pod, self.left = instance.pods[p], nodes
        self.number = int(prices.pod[p])
        self.open: int | None = None
        self.found: list[int] = []
        self.worths: Worths = worths_of(instance, prices)
        self.pinned = frozenset(i for i, q in instance.pinned.rows() if q == p)
        self.previous = {i for i, q in instance.previous.rows() if q == p}
        may = instance.eligible[:, p] & (instance.room > 0) & (instance.hours_left >= self.pod.hours)
        if instance.satisfaction is not None:
            held = may & (instance.satisfaction[:, p] < prices.least_satisfaction)
            held[sorted(self.previous)] = False
            may &= ~held
        may[sorted(self.pinned)] = False
        self.may = np.flatnonzero(may)
        self.own = self._own()
        self.ahead = self._pairs_ahead()

    def _own(self) -> IntArray:
        """What each member brings by themselves, wherever the pod meets."""
        worths, instance = self.worths, self.instance
        own = worths.points * instance.points[:, self.p].astype(np.int64)
        own += worths.seat - worths.hours * self.pod.hours
        own[sorted(self.previous)] += worths.previous
        return own

    def _pairs_ahead(self) -> IntArray:
        """Half of what the best pairs of each member bring, as many as a group can hold, rounded up."""
        terms, out = self.instance.pair_terms, np.zeros(self.instance.n_members, np.int64)
        for i in self.may.tolist():
            value = terms.value[terms.start[i] : terms.start[i + 1]]
            best = np.sort(value[value > 0])[::-1][: self.pod.most - 1]
            out[i] = -(-self.worths.points * int(best.sum()) // 2)
        return out

    def slot(self, slot: int) -> None:
        """Search the groups that meet in a slot."""
        instance, own, able = self.instance, self.own, self.may
        if slot >= 0:
            rhythm = instance.rhythms[self.pod.rhythm]
            own = own + self.worths.points * rhythm.ease[:, slot].astype(np.int64)
            able = able[rhythm.half[able, slot]]
        start = sorted(self.pinned)
        worth = group_worth(instance, self.prices, self.p, start, slot) if start else self._empty()
        self._below(start, worth, able, own, slot)

    def _empty(self) -> int:
        return self.worths.problem * self.pod.priority

    def _below(self, group: list[int], worth: int, able: IntArray, own: IntArray, slot: int) -> None:
        """All groups that hold this one and any of `able`."""
        if len(group) >= self.pod.least and worth > self.number and self._allowed(group, slot):
            self.found = group
            return
        room = self.pod.most - len(group)
        if not room or not len(able):
            return
        brings = own[able] + self.worths.points * self._joined(group, able)
        hopes = brings + self.ahead[able]
        order = np.argsort(-hopes, kind="stable")
        hopes = hopes[order]
        sums = np.concatenate([[0], np.cumsum(np.maximum(hopes, 0))])
        last = np.minimum(np.arange(len(hopes)) + room, len(hopes))
        best = worth + hopes + sums[last] - sums[np.arange(len(hopes)) + 1]
        for j in islice(range(len(hopes)), int((best > self.number).sum())):
            if self.left <= 0:
                self.open = max(self.open or self.number, int(best[j]))
                return
            self.left -= 1
            i = int(able[order[j]])
            rest = able[order[j + 1 :]]
            self._below([*group, i], worth + int(brings[order[j]]), rest, own, slot)
            if self.found:
                return

    def _joined(self, group: list[int], able: IntArray) -> IntArray:
        """Points that each of `able` adds to a group beside their own: needs, organizations and pairs."""
        instance = self.instance
        out = np.zeros(len(able), np.int64)
        for need in self.pod.needs:
            count = int(instance.able[group, need.ability].sum())
            if count < len(need.worth):
                out += need.worth[count] * instance.able[able, need.ability]
        present = np.unique(instance.organization[group])
        if len(present) < len(instance.organization_worth):
            fresh = ~np.isin(instance.organization[able], present)
            out += instance.organization_worth[len(present)] * fresh
        terms = instance.pair_terms
        with_group = np.zeros(instance.n_members, np.int64)
        for i in group:
            row = slice(int(terms.start[i]), int(terms.start[i + 1]))
            with_group[terms.other[row]] += terms.value[row]
        return out + with_group[able]

    def _allowed(self, group: list[int], slot: int) -> bool:
        members = sorted(group)
        if next(check_group(Group(self.instance, self.p, members, slot, self.pinned)), None) is not None:
            return False
        floor = self.prices.least_points
        return floor is None or pod_parts(self.instance, self.p, members, slot).total >= floor

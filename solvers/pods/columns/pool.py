"""The groups that are known so far, with what every tier counts in them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from solvers.pods.check.bound import worths_of
from solvers.pods.check.score import groups, pod_parts
from solvers.pods.columns.bound_kernel import NEVER
from solvers.pods.columns.pricing import Group
from solvers.pods.columns.units import IntArray
from solvers.pods.instance import Flags, PodsInstance
from solvers.pods.solution import Assignment, PodPrices


def worths_by_group(
    instance: PodsInstance,
    prices: PodPrices,
    pod: IntArray,
    points: IntArray,
    kept: IntArray,
    member: IntArray,
    owner: IntArray,
) -> IntArray:
    """What each of g groups is worth once it has paid, in units of 1 / scale (`check.bound.group_worth`).

    pod, points, kept (g,): its points and previous seats. owner, member (seats,): a group and one of its
    members."""
    worths = worths_of(instance, prices)
    priority = np.array([one.priority for one in instance.pods], np.int64)
    total: IntArray = worths.points * points + worths.previous * kept + worths.problem * priority[pod]
    paid = worths.seat[member]
    if worths.hours.any():
        hours = np.array([one.hours for one in instance.pods], np.int64)
        paid = paid - worths.hours[member] * hours[pod[owner]]
    # Sums of floats are exact up to 2 ** 53, which is far beyond what the prices of one group come to.
    total += np.bincount(owner, weights=paid, minlength=len(pod)).astype(np.int64)
    return total


class Pool:
    """Groups, each once, numbered in the order they came. Only those whose new seats reach
    `least_satisfaction`, and that are worth `least_points`, are taken in."""

    def __init__(
        self, instance: PodsInstance, least_satisfaction: int = 0, least_points: int | None = None
    ) -> None:
        self.instance = instance
        self.least_satisfaction, self.least_points = least_satisfaction, least_points
        self.groups: list[Group] = []
        self._number: dict[Group, int] = {}
        self._previous: list[set[int]] = [set() for _ in instance.pods]
        self._old: list[set[int]] = [set() for _ in instance.pods]
        for i, p in instance.previous.rows():
            self._previous[p].add(i)
            self._old[p].add(i)
        for i, p in instance.pinned.rows():
            self._old[p].add(i)
        self._points: list[int] = []
        self._kept: list[int] = []
        self._packed: tuple[IntArray, ...] | None = None

    def __len__(self) -> int:
        return len(self.groups)

    def add(self, found: Iterable[Group]) -> int:
        """Take in groups; returns how many of them are new."""
        before = len(self.groups)
        for group in found:
            if group not in self._number and self._reaches(group):
                points = pod_parts(self.instance, group.pod, group.members, group.slot).total
                if self.least_points is not None and points < self.least_points:
                    continue
                self._number[group] = len(self.groups)
                self.groups.append(group)
                self._points.append(points)
                self._kept.append(sum(i in self._previous[group.pod] for i in group.members))
        return len(self.groups) - before

    def _reaches(self, group: Group) -> bool:
        table = self.instance.satisfaction
        return table is None or all(
            table[i, group.pod] >= self.least_satisfaction
            for i in group.members
            if i not in self._old[group.pod]
        )

    def number(self, group: Group) -> int | None:
        """Number of a group, None if it is not known."""
        return self._number.get(group)

    def group(self, number: int) -> Group:
        """The group with this number."""
        return self.groups[number]

    def _pack(self) -> None:
        if self._packed is None or len(self._packed[0]) != len(self):
            self._packed = (
                np.array([group.pod for group in self.groups], np.int64),
                np.array(self._points, np.int64),
                np.array(self._kept, np.int64),
                np.array([i for group in self.groups for i in group.members], np.int64),
                np.repeat(np.arange(len(self)), [len(group.members) for group in self.groups]),
            )

    def worths(self, prices: PodPrices) -> IntArray:
        """What each group is worth once it has paid, in units of 1 / scale (`check.bound.group_worth`)."""
        self._pack()
        assert self._packed is not None
        return worths_by_group(self.instance, prices, *self._packed)

    def among(self, free: Flags, open: Flags) -> list[int]:
        """Numbers of the groups of `open` pods (P,) with none but `free` members (n,)."""
        if not len(self):
            return []
        self._pack()
        assert self._packed is not None
        pod, _, _, member, owner = self._packed
        fits = open[pod]
        fits[owner[~free[member]]] = False
        found: list[int] = np.flatnonzero(fits).tolist()
        return found

    def leaders(self, prices: PodPrices) -> list[int]:
        """The best group of each pod that has one worth something."""
        worths, best = self.worths(prices), self.best(prices)
        assert self._packed is not None
        pod = self._packed[0]
        first = np.flatnonzero((worths == best[pod]) & (worths > 0))
        _, at = np.unique(pod[first], return_index=True)
        leaders: list[int] = first[at].tolist()
        return leaders

    def best(self, prices: PodPrices) -> IntArray:
        """The best worth of each pod's groups, NEVER where there is none: shape (P,)."""
        best = np.full(self.instance.n_pods, NEVER, np.int64)
        worths = self.worths(prices)
        if len(self):
            assert self._packed is not None
            np.maximum.at(best, self._packed[0], worths)
        return best


def groups_in(instance: PodsInstance, assignment: Assignment) -> list[Group]:
    """The groups of an assignment."""
    return [
        Group(p, tuple(members), int(assignment.slot[p]))
        for p, members in enumerate(groups(instance, assignment.seats))
        if members
    ]

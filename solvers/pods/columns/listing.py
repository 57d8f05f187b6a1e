"""Every group that an answer above a value can hold, as arrays: few enough to price by looking at each.

At prices that bound a tier by `total`, an answer worth more than the value falls short of the bound by at
most gap = total - (value + 1), and so does each of its groups of its pod's number by itself (route
enumeration: Baldacci, Christofides and Mingozzi 2008).

The same holds at the prices of an earlier tier, which such an answer reaches as well: where that tier's bound
is close, this says far more than its row in the linear program does.

Pods that nobody can tell apart are one here, with room for as many groups as there are pods.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from solvers.limits import Limits
from solvers.pods.check.bound import granted, worths_of
from solvers.pods.columns.bound_kernel import NEVER
from solvers.pods.columns.bounding import Bounded
from solvers.pods.columns.master import Rows
from solvers.pods.columns.pool import Pool, worths_by_group
from solvers.pods.columns.pricing import Group, Pricer
from solvers.pods.columns.units import IntArray
from solvers.pods.instance import Flags, PodsInstance
from solvers.pods.solution import PodPrices


@dataclass(frozen=True)
class Listing:
    """g groups. pod, points, kept, slot (g,): the first of its alike pods, its points (0 where the tiers do
    not count them), previous seats, and where it meets. owner, member (seats,): a group and one of its
    members, in order. start (g + 1,): where a group's seats begin.

    first (P,): the first of the pods that are like a pod."""

    instance: PodsInstance
    first: IntArray
    pod: IntArray
    points: IntArray
    kept: IntArray
    slot: NDArray[np.int32]
    owner: IntArray
    member: IntArray
    start: IntArray

    def __len__(self) -> int:
        return len(self.pod)

    @cached_property
    def alike(self) -> IntArray:
        """How many pods a first one stands for, itself too, 0 for the others (P,)."""
        return np.bincount(self.first, minlength=self.instance.n_pods).astype(np.int64)

    def of(self, chosen: Flags) -> Listing:
        """The groups chosen (g,) alone, numbered anew."""
        seats = chosen[self.owner]
        number = np.cumsum(chosen) - 1
        size = np.diff(self.start)[chosen]
        return Listing(
            self.instance,
            self.first,
            self.pod[chosen],
            self.points[chosen],
            self.kept[chosen],
            self.slot[chosen],
            number[self.owner[seats]],
            self.member[seats],
            np.concatenate([[0], np.cumsum(size)]),
        )

    def worths(self, prices: PodPrices) -> IntArray:
        """What each group is worth once it has paid (g,), in units of 1 / scale."""
        return worths_by_group(
            self.instance, prices, self.pod, self.points, self.kept, self.member, self.owner
        )

    def best(self, worths: IntArray) -> IntArray:
        """The best worth of each pod's groups (P,), NEVER where there are none."""
        best = np.full(self.instance.n_pods, NEVER, np.int64)
        np.maximum.at(best, self.pod, worths)
        return best

    def within(self, prices: PodPrices, value: int) -> Flags:
        """Which groups (g,) an answer can hold that reaches `value` in the tier of these prices."""
        gap = granted(self.instance, prices) + int(prices.pod.sum()) - prices.scale * value
        flags: Flags = prices.pod[self.pod] - self.worths(prices) <= gap
        return flags

    def holds(self, i: int) -> Flags:
        """Which groups have member i (g,)."""
        held = np.zeros(len(self), bool)
        held[self.owner[self.member == i]] = True
        return held

    def apart(self, chosen: Iterable[int]) -> list[Group]:
        """These groups, each under a pod of its own."""
        pods = {p: iter(np.flatnonzero(self.first == p).tolist()) for p in np.unique(self.first).tolist()}
        groups = (self.group(g) for g in chosen)
        return [replace(group, pod=next(pods[group.pod])) for group in groups]

    def group(self, number: int) -> Group:
        """One group, of the first of its alike pods."""
        members = tuple(self.member[self.start[number] : self.start[number + 1]].tolist())
        return Group(int(self.pod[number]), members, int(self.slot[number]))


def list_groups(
    rows: Rows,
    pool: Pool,
    pricer: Pricer,
    found: Bounded,
    before: Iterable[PodPrices],
    gap: int,
    limits: Limits,
    most: int,
    nodes: int,
) -> Listing | None:
    """Every group that an answer can hold which falls short of the bound by `gap` at most, in units of 1 /
    scale; None where there are more than `most` by the prices of this tier alone, or a pod's search takes
    more than so many nodes. before: prices of earlier tiers, which are held."""
    instance, prices = rows.instance, found.prices
    worths = worths_of(instance, prices)
    first = first_alike(instance)
    pods, parts = [], []
    left = most
    for p in np.unique(first).tolist():
        if limits.over:
            return None
        part = pricer.every(prices, p, int(prices.pod[p]) - gap - 1, left, nodes)
        if part is None:
            return None
        pods.append(np.full(len(part.worth), p, np.int64))
        parts.append(part)
        left -= len(part.worth)
    sizes = np.concatenate([[0], np.cumsum([len(pod) for pod in pods])])
    pod = np.concatenate(pods)
    owner = np.concatenate([part.owner + before for part, before in zip(parts, sizes.tolist(), strict=False)])
    member = np.concatenate([part.member for part in parts])
    old = np.zeros((instance.n_members, instance.n_pods), np.int64)
    old[instance.previous.member, instance.previous.pod] = 1
    kept = np.bincount(owner, weights=old[member, pod[owner]], minlength=len(pod)).astype(np.int64)
    nothing = np.zeros(len(pod), np.int64)
    points = nothing
    if worths.points:
        paid = worths_by_group(instance, prices, pod, nothing, kept, member, owner)
        points = (np.concatenate([part.worth for part in parts]) - paid) // worths.points
    listing = Listing(
        instance,
        first,
        pod,
        points,
        kept,
        np.concatenate([part.slot for part in parts]),
        owner,
        member,
        np.searchsorted(owner, np.arange(len(pod) + 1)),
    )
    fits = np.ones(len(listing), bool)
    if pool.least_points is not None:
        fits = points >= pool.least_points
    for earlier in before:
        fits &= listing.within(earlier, dict(rows.held)[earlier.tier])
    return listing.of(fits)


def first_alike(instance: PodsInstance) -> IntArray:
    """The first of the pods that are like each pod in everything, shape (P,)."""
    alone = {*instance.pinned.pod.tolist(), *instance.previous.pod.tolist()}
    seen: dict[object, int] = {}
    first = np.arange(instance.n_pods)
    for p, pod in enumerate(instance.pods):
        liking = b"" if instance.satisfaction is None else instance.satisfaction[:, p].tobytes()
        key = (pod, instance.eligible[:, p].tobytes(), instance.points[:, p].tobytes(), liking)
        if p not in alone:
            first[p] = seen.setdefault(key, p)
    return first


def total_of(listing: Listing, prices: PodPrices, best: IntArray, forced: IntArray) -> int:
    """What no choice among the groups is worth more than, in units of 1 / scale: `best` (P,) of each pod's,
    so many of whose kind have to run as `forced` (P,) says. NEVER where one has no group."""
    if (best[forced > 0] <= NEVER).any():
        return NEVER
    number = np.where(forced > 0, forced * best, 0) + (listing.alike - forced) * np.maximum(0, best)
    return granted(listing.instance, prices) + int(number.sum())

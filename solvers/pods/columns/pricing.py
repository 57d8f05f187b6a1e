"""Pricing: the best groups of every pod at given prices, and what bounds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.pods.check.bound import Worths, worths_of
from solvers.pods.columns.bound_kernel import NEVER, RATIOS
from solvers.pods.columns.price_kernel import price_pod
from solvers.pods.columns.search_kernel import ORGANIZATIONS, SCALE
from solvers.pods.columns.table import PodTable, pod_table
from solvers.pods.columns.units import IntArray, unit_tables
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import PodPrices

LISTED = 12
"""Groups that one pricing of a pod lists at most."""


@dataclass(frozen=True)
class Group:
    """Members of a pod, in rising order, with its slot (-1: none)."""

    pod: int
    members: tuple[int, ...]
    slot: int


@dataclass(frozen=True)
class Priced:
    """What one pod's pricing brought: what no group of it is worth more than (None: it has no group at all),
    groups with their worth, how many nodes it took, and whether it came to its end."""

    bound: int | None
    groups: tuple[tuple[Group, int], ...]
    nodes: int
    complete: bool


@dataclass(frozen=True)
class Listed:
    """Groups of one pod as arrays. worth, slot (g,): in units of 1 / scale, and where it meets. owner, member
    (seats,): number of a group and one of its members, in order of groups and members."""

    worth: IntArray
    slot: NDArray[np.int32]
    owner: IntArray
    member: IntArray


class _Found(NamedTuple):
    """What the kernel brought: see `Priced`; groups as candidate numbers, `length` of each row."""

    bound: int | None
    value: IntArray
    mode: NDArray[np.int32]
    length: NDArray[np.int32]
    group: NDArray[np.int32]
    nodes: int
    complete: bool

    @classmethod
    def none(cls, bound: int | None) -> _Found:
        """No group at all."""
        nothing = np.zeros(0, np.int32)
        return cls(bound, nothing.astype(np.int64), nothing, nothing, nothing.reshape(0, 1), 0, True)


class Pricer:
    """Prices the pods of one instance, whose new seats reach `least_satisfaction`."""

    def __init__(self, instance: PodsInstance, workers: int = 1, least_satisfaction: int = 0) -> None:
        self.instance, self.units = instance, unit_tables(instance)
        self.tables: tuple[PodTable, ...] = tuple(
            pod_table(instance, self.units, p, least_satisfaction) for p in range(instance.n_pods)
        )
        self._lam = [np.zeros((len(t.slot) * len(t.sizes), len(t.least_able)), np.int64) for t in self.tables]
        self._mu = [np.zeros((len(t.slot) * len(t.sizes), RATIOS), np.int64) for t in self.tables]
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def must_run(self, p: int) -> bool:
        """Whether pod p runs in every answer."""
        return self.instance.pods[p].must_run or bool(self.tables[p].base)

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
        """Price pods (all of them by default).

        known (P,): worth of a group that is known, NEVER for none; groups worth no more need not be found.
        keep (P,): groups worth more are listed. tolerance: how far a bound may be from the best group.
        node_limit: of each pod. whole: list every group worth more than `keep`, which is `known` then.
        """
        worths = worths_of(self.instance, prices)
        by_unit = self.units.sums(worths.seat)
        hours = self.units.sums(worths.hours) if worths.hours.any() else None

        def one(p: int) -> Priced:
            found = self._price(
                p,
                worths,
                by_unit if hours is None else by_unit - hours * self.instance.pods[p].hours,
                int(known[p]),
                int(keep[p]),
                tolerance,
                node_limit,
                whole,
                listed,
            )
            return Priced(found.bound, tuple(self._groups(p, found)), found.nodes, found.complete)

        chosen = range(self.instance.n_pods) if pods is None else pods
        if self._pool is None:
            return [one(p) for p in chosen]
        return list(self._pool.map(one, chosen))

    def every(self, prices: PodPrices, p: int, floor: int, most: int, node_limit: int) -> Listed | None:
        """Every group of pod p that is worth more than `floor`; None where there are more than `most`, or the
        search for them takes too many nodes."""
        worths = worths_of(self.instance, prices)
        seat = self.units.sums(worths.seat - worths.hours * self.instance.pods[p].hours)
        found = self._price(p, worths, seat, floor, floor, 0, node_limit, True, most)
        if not found.complete:
            return None
        held = np.arange(found.group.shape[1]) < found.length[:, None]
        unit, owner = self.tables[p].unit[found.group[held]], np.nonzero(held)[0]
        times = self.units.size[unit]
        first = np.repeat(self.units.start[unit] - np.cumsum(times) + times, times)
        member = self.units.member[first + np.arange(int(times.sum()))].astype(np.int64)
        base = np.array(self.tables[p].base, np.int64)
        count = len(found.value)
        owner = np.concatenate([np.repeat(owner, times), np.repeat(np.arange(count), len(base))])
        member = np.concatenate([member, np.tile(base, count)])
        order = np.lexsort((member, owner))
        return Listed(found.value, self.tables[p].slot[found.mode], owner[order], member[order])

    def _price(
        self,
        p: int,
        worths: Worths,
        by_unit: IntArray,
        known: int,
        keep: int,
        tolerance: int,
        node_limit: int,
        whole: bool,
        listed: int,
    ) -> _Found:
        table, pod, units = self.tables[p], self.instance.pods[p], self.units
        scale = worths.points
        optional = not self.must_run(p)
        base = list(table.base)
        constant = (
            worths.problem * pod.priority
            + int(worths.seat[base].sum() - pod.hours * worths.hours[base].sum())
            + worths.previous * table.base_previous
        )
        base_size = len(base)
        if not table.possible or not len(table.slot):
            return _Found.none(0 if optional else None)
        rule = np.zeros(4, np.int64)
        rule[ORGANIZATIONS], rule[SCALE] = pod.least_organizations, scale
        steps = np.array(self.instance.organization_worth, np.int64)
        org_worth = np.concatenate([np.zeros(1, np.int64), np.cumsum(steps)]) * scale
        value = np.zeros(listed, np.int64)
        mode, count = np.zeros(listed, np.int32), np.zeros(listed, np.int32)
        group = np.zeros((listed, pod.most + 2), np.int32)
        floor = max(known, 0) if optional and not whole else known
        _, bound, nodes, found, complete = price_pod(
            rule,
            table.sizes,
            table.unit,
            table.points * scale + by_unit[table.unit] + worths.previous * table.previous,
            table.able,
            table.fixed,
            units.size,
            units.organization,
            units.org_start,
            units.org,
            units.org_count,
            units.promise,
            units.pair_start,
            units.pair_other,
            units.pair_value,
            table.open,
            table.ease,
            table.late,
            table.base_points * scale + constant,
            base_size,
            table.base_served,
            table.base_slack,
            table.base_org,
            table.base_count,
            len(table.base_org),
            table.least_able,
            table.worth * scale,
            org_worth,
            max(1, self.instance.n_organizations),
            floor,
            keep,
            tolerance,
            node_limit,
            whole,
            self._lam[p],
            self._mu[p],
            value,
            mode,
            count,
            group,
        )
        upper: int | None = int(bound)
        if bound <= NEVER // 2:
            upper = 0 if optional else None
        return _Found(
            upper, value[:found], mode[:found], count[:found], group[:found], int(nodes), bool(complete)
        )

    def _groups(self, p: int, found: _Found) -> Iterator[tuple[Group, int]]:
        slots = self.tables[p].slot
        for k, value in enumerate(found.value.tolist()):
            members = found.group[k, : found.length[k]].tolist()
            yield self._group(p, members, int(slots[found.mode[k]])), value

    def _group(self, p: int, candidates: list[int], slot: int) -> Group:
        table = self.tables[p]
        members = [i for c in candidates for i in self.units.members(int(table.unit[c]))]
        return Group(p, tuple(sorted([*table.base, *members])), slot)

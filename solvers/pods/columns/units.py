"""Members who belong together as one unit, with what the pricing of every pod asks about units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.pods.columns.bound_kernel import FORBIDDEN
from solvers.pods.instance import Flags, PodsInstance
from solvers.pods.units import units_of

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class RhythmUnits:
    """A rhythm by unit, shape (units, slots): who can all come to half, how many to all, their ease."""

    half: Flags
    always: NDArray[np.int32]
    ease: NDArray[np.int32]


@dataclass(frozen=True)
class UnitTables:
    """u units, each the members who are always in the same pods; numbered by their first member.

    start (u + 1,), member (n,): members of unit k are member[start[k]:start[k + 1]]. of (n,): unit of a
    member. barred (u,): its members may not share a pod with each other. inner (u,): pair points inside.
    organization (u,): the one all are of, or -1; org_start, org, org_count: all of them, by unit.
    able (u, abilities), new, old (u,): how many members. speaks (u, languages): all of them do.
    pair_start, pair_other, pair_value: pair points between units by row, FORBIDDEN where they must be apart.
    promise (u,): the positive ones of a row, as many as a pod can hold.
    """

    start: IntArray
    member: NDArray[np.int32]
    of: NDArray[np.int32]
    size: IntArray
    barred: Flags
    inner: IntArray
    organization: NDArray[np.int32]
    org_start: IntArray
    org: NDArray[np.int32]
    org_count: IntArray
    able: IntArray
    new: IntArray
    old: IntArray
    speaks: Flags
    pair_start: IntArray
    pair_other: NDArray[np.int32]
    pair_value: IntArray
    promise: IntArray
    rhythms: tuple[RhythmUnits, ...]

    def __len__(self) -> int:
        return len(self.size)

    def members(self, k: int) -> list[int]:
        """Members of a unit."""
        found: list[int] = self.member[self.start[k] : self.start[k + 1]].tolist()
        return found

    def sums(self, by_member: IntArray) -> IntArray:
        """Sums over the members of each unit; the members are the first axis."""
        if not len(self):
            return by_member
        totals: IntArray = np.add.reduceat(by_member[self.member], self.start[:-1], axis=0)
        return totals


def unit_tables(instance: PodsInstance) -> UnitTables:
    """Units of an instance."""
    groups = units_of(instance.n_members, instance.together)
    of = groups.of.astype(np.int32)
    n, count = instance.n_members, groups.number
    member = groups.members.astype(np.int32)
    size = np.bincount(of, minlength=count).astype(np.int64)
    start = groups.start.astype(np.int64)

    def sums(by_member: NDArray[np.generic]) -> IntArray:
        total = np.zeros((count, *by_member.shape[1:]), np.int64)
        np.add.at(total, of, by_member.astype(np.int64))
        return total

    keys, org_count = np.unique(
        of.astype(np.int64) * max(1, instance.n_organizations) + instance.organization, return_counts=True
    )
    org = (keys % max(1, instance.n_organizations)).astype(np.int32)
    org_start = np.searchsorted(keys // max(1, instance.n_organizations), np.arange(count + 1))
    single = np.diff(org_start) == 1
    organization = np.where(single, org[org_start[:-1]], -1).astype(np.int32) if n else org
    pair_start, other, value, inner, barred = _pairs(instance, of, count)
    everyone = size[:, None]
    return UnitTables(
        start=start,
        member=member,
        of=of,
        size=size,
        barred=barred,
        inner=inner,
        organization=organization,
        org_start=org_start.astype(np.int64),
        org=org,
        org_count=org_count.astype(np.int64),
        able=sums(instance.able),
        new=sums(instance.newcomer),
        old=sums(instance.veteran),
        speaks=sums(instance.speaks) == everyone,
        pair_start=pair_start,
        pair_other=other,
        pair_value=value,
        promise=_promises(instance, pair_start, value),
        rhythms=tuple(
            RhythmUnits(
                half=sums(rhythm.half) == everyone,
                always=sums(rhythm.always).astype(np.int32),
                ease=sums(rhythm.ease).astype(np.int32),
            )
            for rhythm in instance.rhythms
        ),
    )


def _pairs(
    instance: PodsInstance, of: NDArray[np.int32], count: int
) -> tuple[IntArray, NDArray[np.int32], IntArray, IntArray, Flags]:
    """Pair points between units by row (start, other, value), inside units, and units that bar themselves."""
    terms = instance.pair_terms
    one = of[np.repeat(np.arange(instance.n_members), np.diff(terms.start))].astype(np.int64)
    other = of[terms.other].astype(np.int64)
    value = terms.value.astype(np.int64)
    inner = np.zeros(count, np.int64)
    inside = one == other
    np.add.at(inner, one[inside], value[inside])
    inner //= 2
    barred = np.zeros(count, bool)
    bars = [of[instance.apart].astype(np.int64)]
    for a, b in instance.rivals.tolist():
        left = np.unique(of[instance.organization == a]).astype(np.int64)
        right = np.unique(of[instance.organization == b]).astype(np.int64)
        bars.append(np.stack([np.repeat(left, len(right)), np.tile(right, len(left))], axis=1))
    barriers = np.concatenate(bars)
    barred[barriers[barriers[:, 0] == barriers[:, 1], 0]] = True
    both = np.concatenate([barriers, barriers[:, ::-1]])
    both = both[both[:, 0] != both[:, 1]]
    step = max(1, count)
    keys, at = np.unique(one[~inside] * step + other[~inside], return_inverse=True)
    total = np.zeros(len(keys), np.int64)
    np.add.at(total, at, value[~inside])
    shut = np.unique(both[:, 0] * step + both[:, 1])
    every = np.union1d(keys, shut)
    amount = np.zeros(len(every), np.int64)
    amount[np.searchsorted(every, keys)] = total
    amount[np.searchsorted(every, shut)] = FORBIDDEN
    start = np.searchsorted(every // step, np.arange(count + 1)).astype(np.int64)
    return start, (every % step).astype(np.int32), amount, inner, barred


def _promises(instance: PodsInstance, start: IntArray, value: IntArray) -> IntArray:
    """What a unit can gain by pairs in one pod at most."""
    partners = max((pod.most for pod in instance.pods), default=1) - 1
    out = np.zeros(len(start) - 1, np.int64)
    for k in np.unique(np.searchsorted(start, np.flatnonzero(value > 0), side="right") - 1).tolist():
        row = value[start[k] : start[k + 1]]
        out[k] = np.sort(row[row > 0])[::-1][:partners].sum()
    return out

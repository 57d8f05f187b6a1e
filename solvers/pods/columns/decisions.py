"""Decisions that split the answers of a node in two: for one of a set of groups, or against them all.

Sets: the groups of a member, of a member in one pod, of two members, of a pod, of a pod at a time, and of a
pod before a time (branching on what an answer looks like rather than on single groups: Ryan and Foster 1981).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.pods.columns.listing import Listing
from solvers.pods.columns.pricing import Group
from solvers.pods.columns.units import IntArray
from solvers.pods.instance import Flags

TRIED, FEWER, SHALLOW = 10, 5, 6
"""Decisions tried at a node, at most: at one with less than so many decisions, and below."""


class Decision(NamedTuple):
    """The groups with that member, and the other one, of that pod, at that time, or before another one; -1:
    any."""

    member: int = -1
    pod: int = -1
    slot: int = -1
    other: int = -1
    before: int = -1

    @property
    def needs(self) -> bool:
        """Whether one of the groups has to run where the decision is for them; otherwise what contradicts
        them is gone, and that is all."""
        return self.other < 0 and self.before < 0


class Told(NamedTuple):
    """A decision and whether one of its groups runs."""

    decision: Decision
    runs: bool


def kept_by(here: Listing, told: Told) -> Flags:
    """Which groups (g,) go with a decision."""
    decision, runs = told
    inside = here.holds(decision.member) if decision.member >= 0 else np.ones(len(here), bool)
    rival = inside.copy() if decision.member >= 0 else np.zeros(len(here), bool)
    if decision.other >= 0:
        other = here.holds(decision.other)
        rival, inside = inside | other, inside & other
    if decision.pod >= 0:
        inside &= here.pod == decision.pod
    if decision.slot >= 0:
        rival = here.pod == decision.pod
        inside &= here.slot == decision.slot
    if decision.before >= 0:
        rival = here.pod == decision.pod
        inside &= here.slot < decision.before
    # For `inside`: what else the same member or pod could have is gone; or against it.
    gone = rival & ~inside if runs else inside
    return ~gone


def torn_between(
    listing: Listing, depth: int, groups: IntArray, parts: NDArray[np.float64]
) -> list[Decision]:
    """Decisions that the linear program is torn about, those nearest to one half first, of all kinds."""
    share: dict[Decision, float] = {}
    times: dict[int, dict[int, float]] = {}
    single = listing.instance.room == 1
    for g, part in zip(groups.tolist(), parts.tolist(), strict=True):
        group = listing.group(g)
        for decision in _sets(listing, group, single):
            share[decision] = share.get(decision, 0.0) + part
        if listing.alike[group.pod] == 1:
            there = times.setdefault(group.pod, {})
            there[group.slot] = there.get(group.slot, 0.0) + part
    for pod, there in times.items():
        for slot in sorted(there)[1:]:
            early = sum(part for other, part in there.items() if other < slot)
            share[Decision(pod=pod, before=slot)] = early / sum(there.values())
    torn: dict[tuple[bool, ...], list[tuple[float, Decision]]] = {}
    for decision, total in share.items():
        if 0.01 < total < 0.99:
            kind = tuple(part >= 0 for part in decision)
            torn.setdefault(kind, []).append((abs(total - 0.5), decision))
    kinds = [sorted(torn[kind]) for kind in sorted(torn)]
    tried = TRIED if depth < SHALLOW else FEWER
    found = [kind[k] for k in range(tried) for kind in kinds if k < len(kind)]
    return [decision for _, decision in found[:tried]]


def _sets(listing: Listing, group: Group, single: Flags) -> Iterator[Decision]:
    members = [i for i in group.members if single[i]]
    for i in members:
        yield Decision(i)
        yield Decision(i, group.pod)
    yield Decision(pod=group.pod)
    if listing.alike[group.pod] > 1:
        for i, j in combinations(members, 2):
            yield Decision(i, other=j)
    elif group.slot >= 0:
        yield Decision(pod=group.pod, slot=group.slot)

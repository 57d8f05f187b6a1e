"""Cuts on three members: of groups that hold two of them, one runs at most.

Half of the rows "each in one group at most" of three members, added up and rounded down (subset-row
inequalities: Jepsen, Petersen, Spoorendonk and Pisinger 2008). A group with two or three of them pays the
cut's price once. They hold for members with room for one group alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.kernels import njit
from solvers.pods.columns.listing import Listing
from solvers.pods.columns.units import IntArray
from solvers.pods.instance import Flags

LEAST = 0.05
"""A cut is worth having where it is broken by so much."""

AT_ONCE = 40
EACH = 5
"""New cuts at a time at most, and with one member."""


class Cuts:
    """Known cuts, numbered in the order they came. single (n,): members with room for one group. rows: the
    three members of each."""

    def __init__(self, single: Flags) -> None:
        self.single = single
        self.rows: list[tuple[int, int, int]] = []
        self._known: set[tuple[int, int, int]] = set()
        self._start = np.zeros(len(single) + 1, np.int64)
        self._cut = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, listing: Listing, parts: NDArray[np.float64]) -> int:
        """Take in cuts that this choice of groups, in `parts` (g,), breaks most; how many."""
        _, number = np.unique(listing.member, return_inverse=True)
        members = np.unique(listing.member)
        held = np.zeros((len(listing), len(members)), bool)
        held[listing.owner, number] = True
        held[:, ~self.single[members]] = False
        broken = broken_by(held, parts, LEAST)
        used = np.zeros(len(self.single), np.int64)
        before = len(self)
        for a, b, c, _ in sorted(broken, key=lambda one: -one[3]):
            row = (int(members[int(a)]), int(members[int(b)]), int(members[int(c)]))
            if row in self._known or used[list(row)].max() >= EACH:
                continue
            used[list(row)] += 1
            self._known.add(row)
            self.rows.append(row)
            if len(self) - before >= AT_ONCE:
                break
        if len(self) > before:
            flat = np.array(self.rows, np.int64).ravel()
            order = np.argsort(flat, kind="stable")
            self._cut = order // 3
            self._start = np.searchsorted(flat[order], np.arange(len(self.single) + 1)).astype(np.int64)
        return len(self) - before

    def paid(self, listing: Listing, prices: IntArray) -> IntArray:
        """What each group pays (g,) at prices (cuts,)."""
        out = np.zeros(len(listing), np.int64)
        if prices.any():
            pay(listing.start, listing.member, self._start, self._cut, prices, out)
        return out

    def of(self, members: tuple[int, ...], first: int = 0) -> list[int]:
        """Numbers, from `first` on, of the cuts that a group of these members pays."""
        held = np.concatenate([self._cut[self._start[i] : self._start[i + 1]] for i in members])
        cut, number = np.unique(held, return_counts=True)
        return [int(k) for k in cut[number > 1] if k >= first]


@njit(cache=True)
def pay(start: Any, member: Any, cut_start: Any, cut: Any, price: Any, out: Any) -> Any:
    """Fill `out` with what groups pay: see `Cuts.paid`."""
    held = np.zeros(len(price), np.int64)
    for g in range(len(start) - 1):
        for s in range(start[g], start[g + 1]):
            i = member[s]
            for e in range(cut_start[i], cut_start[i + 1]):
                k = cut[e]
                held[k] += 1
                if held[k] == 2:
                    out[g] += price[k]
        for s in range(start[g], start[g + 1]):
            i = member[s]
            for e in range(cut_start[i], cut_start[i + 1]):
                held[cut[e]] = 0


@njit(cache=True)
def broken_by(held: Any, parts: Any, least: Any) -> Any:
    """Rows (a, b, c, by how much) of the cuts that are broken by at least `least`; held (groups, members)."""
    groups, n = held.shape
    both = np.zeros((n, n), np.float64)
    for g in range(groups):
        for a in range(n):
            if held[g, a]:
                for b in range(n):
                    if held[g, b]:
                        both[a, b] += parts[g]
    found = []
    for a in range(n):
        for b in range(a + 1, n):
            for c in range(b + 1, n):
                total = both[a, b] + both[a, c] + both[b, c]
                if total >= 1 + least:
                    for g in range(groups):
                        if held[g, a] and held[g, b] and held[g, c]:
                            total -= 2 * parts[g]
                    if total >= 1 + least:
                        found.append((a, b, c, total - 1))
    return found

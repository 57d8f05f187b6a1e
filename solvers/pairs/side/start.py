"""The constructive start: an answer that keeps every hard rule, in one pass, whatever the time left."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from solvers.pairs.check.audit import check
from solvers.pairs.edges import Edges, PriceView
from solvers.pairs.flow.network import Network
from solvers.pairs.instance import PairsInstance
from solvers.pairs.side.constraints import broken_minimums, side_rows


def greedy_start(instance: PairsInstance, network: Network, shortlist: Edges | None = None) -> Edges | None:
    """Pinned pairs, then previous ones, then first places of the learners with the fewest choices, best pairs
    first.

    Returns None when the pinned pairs alone break a rule.
    """
    if shortlist is None:
        view = PriceView.flat(instance.n_learners, instance.n_guides)
        shortlist = instance.edges.violated(view, 8)
    choices = np.bincount(shortlist.learner, minlength=instance.n_learners)
    order = np.lexsort((-shortlist.points, choices[shortlist.learner]))
    book = _Book(instance, network)
    if not all(book.take(int(i), int(j), int(w)) for i, j, w in _rows(instance.pinned)):
        return None
    for i, j, w in _rows(instance.previous):
        book.take(i, j, w)
    for layer in range(1, int(instance.need.max(initial=0)) + 1):
        for at in order:
            i = int(shortlist.learner[at])
            if book.wanted[i] > instance.need[i] - layer:
                book.take(i, int(shortlist.guide[at]), int(shortlist.points[at]))
    return book.answer()


def _rows(edges: Edges) -> list[tuple[int, int, int]]:
    return list(zip(edges.learner.tolist(), edges.guide.tolist(), edges.points.tolist(), strict=True))


class _Book:
    """Places left, arc by arc, and the pairs taken so far."""

    def __init__(self, instance: PairsInstance, network: Network) -> None:
        self.instance = instance
        self.wanted = instance.need.astype(np.int64).copy()
        self.free = instance.capacity.astype(np.int64).copy()
        self.taken: dict[tuple[int, int], int] = {}
        self.learner_of = {int(j): i for i, j in enumerate(instance.guide_of_learner) if j >= 0}
        self.quotas = [(q, set(q.members.tolist())) for q in instance.quotas]
        self.used = [0] * len(self.quotas)
        self.net = np.zeros(instance.n_organizations, np.int64)
        self.rows = side_rows(instance, network)
        self.by_learner: dict[int, list[int]] = defaultdict(list)
        self.by_guide: dict[int, list[int]] = defaultdict(list)
        for r, row in enumerate(self.rows):
            for i in row.learners.tolist():
                self.by_learner[i].append(r)
            for j in row.guides.tolist():
                self.by_guide[j].append(r)
        self.load = [0] * len(self.rows)

    def take(self, i: int, j: int, points: int) -> bool:
        """Add a pair if every rule allows it now."""
        if self.wanted[i] <= 0 or self.free[j] <= 0 or (i, j) in self.taken:
            return False
        instance = self.instance
        if not instance.both_ways:
            mirror = int(instance.guide_of_learner[i])
            if mirror >= 0 and (self.learner_of.get(j, -1), mirror) in self.taken:
                return False
        touched = []
        for k, (quota, members) in enumerate(self.quotas):
            if (i if quota.side == "received" else j) in members:
                if self.used[k] >= quota.most:
                    return False
                touched.append(k)
        a, b = int(instance.learner_org[i]), int(instance.guide_org[j])
        if instance.balance is not None and a != b and not self._balanced(a, b):
            return False
        extra: dict[int, int] = defaultdict(int)
        for r in self.by_learner[i]:
            row = self.rows[r]
            extra[r] += int(row.learner_costs[row.learners == i][0])
        for r in self.by_guide[j]:
            row = self.rows[r]
            extra[r] += int(row.guide_costs[row.guides == j][0])
        if any(self.load[r] + cost > self.rows[r].most for r, cost in extra.items()):
            return False
        self.wanted[i] -= 1
        self.free[j] -= 1
        self.net[a] += 1
        self.net[b] -= 1
        for k in touched:
            self.used[k] += 1
        for r, cost in extra.items():
            self.load[r] += cost
        self.taken[i, j] = points
        return True

    def _balanced(self, a: int, b: int) -> bool:
        balance = self.instance.balance
        assert balance is not None
        if self.net[a] + 1 > balance.most[a] or self.net[b] - 1 < balance.least[b]:
            return False
        p, q = int(balance.group[a]), int(balance.group[b])
        if p == q:
            return True
        if p >= 0 and self.net[balance.group == p].sum() + 1 > balance.group_most[p]:
            return False
        return not (q >= 0 and self.net[balance.group == q].sum() - 1 < balance.group_least[q])

    def answer(self) -> Edges | None:
        """The pairs taken; guides below a hard minimum load give theirs back. None if that cannot be put
        right.
        """
        instance = self.instance
        pinned = set(zip(instance.pinned.learner.tolist(), instance.pinned.guide.tolist(), strict=True))
        rows = sorted((i, j, w) for (i, j), w in self.taken.items())
        columns = np.array(rows, np.int32).reshape(-1, 3).T
        edges = Edges(columns[0].copy(), columns[1].copy(), columns[2].copy())
        short = broken_minimums(instance, edges)
        if len(short):
            gone = np.isin(edges.guide, short)
            if any(
                (int(i), int(j)) in pinned
                for i, j in zip(edges.learner[gone], edges.guide[gone], strict=True)
            ):
                return None
            edges = Edges(edges.learner[~gone], edges.guide[~gone], edges.points[~gone])
        # Caps on breaks were not counted on the way, nor balance where pairs were given back.
        return None if check(instance, edges) else edges

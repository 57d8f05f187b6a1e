"""The pairs instance: complete, checked and frozen before any model exists. Numbers only; see `edges`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np

from solvers.faults import InstanceError
from solvers.pairs.edges import EdgeOracle, Edges, Index, IntArray

MAX_POINTS = 1000
MAX_NEED = 20


class Order(StrEnum):
    """The named orders of tiers (`stable` has no tiers to optimize: `solvers.pairs.stable` answers it)."""

    WELFARE = "welfare"
    FLOOR = "floor"
    STABLE = "stable"


@dataclass(frozen=True)
class Quota:
    """At most `most` pairs in all for `members` (learner numbers if received, guide numbers if given)."""

    name: str
    side: Literal["received", "given"]
    members: Index
    most: int


@dataclass(frozen=True)
class Balance:
    """Bounds on pairs received minus pairs given per organization, the ledger included: least <= 0 <= most.

    `least`, `most`: shape (organizations,). `group`: the group of each organization, -1 for none;
    `group_least`, `group_most`: shape (groups,), bounds on the net of each group.
    """

    least: IntArray
    most: IntArray
    group: Index
    group_least: IntArray
    group_most: IntArray


@dataclass(frozen=True)
class Budget:
    """One person in both roles: learner_cost * pairs as learner + guide_cost * pairs as guide <= most."""

    learner: int
    guide: int
    learner_cost: int
    guide_cost: int
    most: int


@dataclass(frozen=True)
class PairsInstance:
    """What to solve. n learners, m guides, organizations numbered from 0.

    need (n,): guides wanted, 0..MAX_NEED. capacity (m,): learners taken at most. min_load (m,): wanted at
    least.
    learner_org (n,), guide_org (m,): organization numbers. priority (n,): 0..1000, weight of being placed.
    pinned: pairs that must be in the answer, eligible or not, with their points.
    previous: pairs worth keeping (avoidable breaks only), every one eligible; pinned ones are not repeated
    here.
    changes: "tier" puts kept pairs before points, "bonus" adds `bonus` points to each kept pair, "off"
    neither.
    all_or_nothing: a guide takes none or at least min_load. most_broken: how many of `previous` may be
    dropped.
    guide_of_learner (n,): the guide who is the same person, -1 for none; used with both_ways False, which
    forbids i -> j beside j -> i.
    floor_on: the floor order raises the lowest points of a "pair" or of a learner's "sum".
    """

    learner_ids: Sequence[str]
    guide_ids: Sequence[str]
    organization_ids: Sequence[str]
    edges: EdgeOracle
    need: Index
    capacity: Index
    min_load: Index
    learner_org: Index
    guide_org: Index
    priority: Index
    pinned: Edges
    previous: Edges
    order: Order = Order.WELFARE
    changes: Literal["tier", "bonus", "off"] = "tier"
    bonus: int = 0
    balance: Balance | None = None
    quotas: tuple[Quota, ...] = ()
    budgets: tuple[Budget, ...] = ()
    guide_of_learner: Index = field(default_factory=lambda: np.zeros(0, np.int32))
    both_ways: bool = True
    most_broken: int | None = None
    all_or_nothing: bool = False
    floor_on: Literal["pair", "sum"] = "pair"

    @property
    def n_learners(self) -> int:
        """Number of learners."""
        return len(self.learner_ids)

    @property
    def n_guides(self) -> int:
        """Number of guides."""
        return len(self.guide_ids)

    @property
    def n_organizations(self) -> int:
        """Number of organizations."""
        return len(self.organization_ids)

    def __post_init__(self) -> None:
        n, m, k = self.n_learners, self.n_guides, self.n_organizations
        self._check("edges", (self.edges.n_learners, self.edges.n_guides) == (n, m), "speaks of other people")
        for name, array, size, low, high in (
            ("need", self.need, n, 0, MAX_NEED),
            ("capacity", self.capacity, m, 0, 1_000_000),
            ("min_load", self.min_load, m, 0, 1_000_000),
            ("learner_org", self.learner_org, n, 0, k - 1),
            ("guide_org", self.guide_org, m, 0, k - 1),
            ("priority", self.priority, n, 0, 1000),
        ):
            self._check(name, len(array) == size, f"has {len(array)} values, needs {size}")
            if size:
                self._check(name, low <= array.min() and array.max() <= high, f"must lie in {low}..{high}")
        self._check("min_load", not (self.min_load > self.capacity).any(), "is above capacity somewhere")
        for name, edges in (("pinned", self.pinned), ("previous", self.previous)):
            self._check(
                name, len(edges.learner) == len(edges.guide) == len(edges.points), "has ragged columns"
            )
            if len(edges):
                inside = edges.learner.min() >= 0 and edges.learner.max() < n
                inside = inside and edges.guide.min() >= 0 and edges.guide.max() < m
                self._check(name, bool(inside), "names people who do not exist")
                keys = edges.learner.astype(np.int64) * m + edges.guide
                self._check(name, len(np.unique(keys)) == len(keys), "names a pair twice")
                good = edges.points.min() >= 0 and edges.points.max() <= MAX_POINTS
                self._check(name, bool(good), f"has points outside 0..{MAX_POINTS}")
        self._check("bonus", 0 <= self.bonus <= MAX_POINTS, f"must lie in 0..{MAX_POINTS}")
        self._check("most_broken", self.most_broken is None or self.most_broken >= 0, "must not be negative")
        if self.balance is not None:
            self._check(
                "balance",
                len(self.balance.least) == len(self.balance.most) == k,
                "needs one per organization",
            )
            sane = (self.balance.least <= 0).all() and (self.balance.most >= 0).all()
            sane = sane and (self.balance.group_least <= 0).all() and (self.balance.group_most >= 0).all()
            self._check("balance", bool(sane), "must leave the net of zero allowed")
        if not self.both_ways:
            self._check("guide_of_learner", len(self.guide_of_learner) == n, f"needs {n} values")
        if self.order is Order.STABLE:
            extra = (
                self.balance is not None or self.quotas or self.all_or_nothing or self.most_broken is not None
            )
            self._check(
                "order", not extra, "stable refuses balance, quotas, minimum loads and caps on breaks"
            )

    @staticmethod
    def _check(name: str, holds: bool, message: str) -> None:
        if not holds:
            raise InstanceError(name, message)


def no_edges() -> Edges:
    """An empty list of pairs."""
    return Edges(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32))

"""An instance with one guide more, without a place yet: room in the model for "one more guide who ...".

The spare guide is the last one, of an organization of their own that give and take does not bind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solvers.pairs.edges import NOT_ELIGIBLE, EdgeOracle, Edges, Index, IntArray, PriceView
from solvers.pairs.instance import PairsInstance, no_edges

UNBOUND = 1_000_000


@dataclass(frozen=True)
class WithSpare:
    """An oracle of one guide more, whom nobody may meet."""

    inner: EdgeOracle

    @property
    def n_learners(self) -> int:
        """As within."""
        return self.inner.n_learners

    @property
    def n_guides(self) -> int:
        """One more than within."""
        return self.inner.n_guides + 1

    def points(self, learners: Index, guides: Index) -> Index:
        """Points of the given pairs, `NOT_ELIGIBLE` with the spare guide."""
        out = np.full(len(learners), NOT_ELIGIBLE, np.int32)
        known = guides < self.inner.n_guides
        out[known] = self.inner.points(learners[known], guides[known])
        return out

    def violated(self, view: PriceView, most: int, least_points: int = 0) -> Edges:
        """As within."""
        m = self.inner.n_guides
        inner = PriceView(view.learner_rank, view.learner_value, view.guide_rank[:m], view.guide_price[:m])
        return self.inner.violated(inner, most, least_points)

    def count(self, least_points: int = 0) -> int:
        """As within."""
        return self.inner.count(least_points)

    def row(self, learner: int) -> Edges:
        """As within."""
        return self.inner.row(learner)

    def column(self, guide: int) -> Edges:
        """As within; empty for the spare guide."""
        return self.inner.column(guide) if guide < self.inner.n_guides else no_edges()


def with_spare(instance: PairsInstance) -> PairsInstance:
    """The instance with a spare guide of capacity 0."""
    balance = instance.balance
    if balance is not None:
        balance = replace(
            balance,
            least=np.append(balance.least, -UNBOUND),
            most=np.append(balance.most, UNBOUND),
            group=np.append(balance.group, -1).astype(np.int32),
        )
    return replace(
        instance,
        guide_ids=(*instance.guide_ids, "one more guide"),
        organization_ids=(*instance.organization_ids, "no organization"),
        edges=WithSpare(instance.edges),
        capacity=_and(instance.capacity, 0),
        min_load=_and(instance.min_load, 0),
        guide_org=_and(instance.guide_org, instance.n_organizations),
        balance=balance,
    )


def spare_potentials(instance: PairsInstance, potentials: IntArray) -> IntArray:
    """Potentials (tiers, nodes) of the instance's network, with zeros where `with_spare` adds nodes."""
    at = [instance.n_learners + instance.n_guides]
    if instance.balance is not None:
        at.append(at[0] + 1 + len(instance.balance.group_least) + instance.n_organizations)
    wide: IntArray = np.insert(potentials, at, 0, axis=1)
    return wide


def _and(column: Index, value: int) -> Index:
    return np.append(column, value).astype(np.int32)

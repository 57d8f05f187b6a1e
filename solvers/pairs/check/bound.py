"""The bound of every tier from the duals alone, over every eligible pair: what makes "optimal" checkable.

For any circulation x and any potentials p, the value of tier t is the sum over arcs of reduced cost times
flow, because what p adds cancels round each cycle. So an arc can add at most the better of reduced cost times
its lower and times its upper bound. Where an earlier tier's reduced cost of the arc is not zero, an answer
that reaches that tier's bound has the arc at that end, and only that end counts: the bound of a tier holds
given the tiers before. Eligible pairs that no answer lists are arcs 0..1 like the others. Rules that are no
arcs (budgets, both ways, caps on breaks, all or nothing, crossing quotas) are left out, which can only raise
the bound; with prices on them they are counted in (see `side_bound.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from solvers.faults import InstanceError
from solvers.pairs.edges import NOT_ELIGIBLE, Edges, Index, IntArray
from solvers.pairs.flow.network import Network, build_network
from solvers.pairs.instance import PairsInstance, no_edges
from solvers.pairs.solution import Duals

_BLOCK = 200_000


def bound_from_duals(
    instance: PairsInstance,
    duals: Duals,
    learners: Sequence[int] | None = None,
    listed: Edges | None = None,
    blocks: Iterable[Edges] | None = None,
) -> list[int]:
    """The bound of each tier of `duals.tiers`, in the unit people read (a lower bound for `shortage`).

    learners: price the eligible pairs of these only; then `listed`, the pairs of the answer, count in any
    case, and the bound is a check of that sample, no proof. blocks: where every eligible pair (of `learners`)
    comes from, once each; by default the oracle's rows. New pairs below `duals.least_points` do not count:
    where it is above 0, the tiers are bounded given that floor. Raises InstanceError when the duals are of
    another instance.
    """
    network = build_network(instance)
    names = tuple(tier.name for tier in network.tiers)
    if tuple(duals.tiers) != names:
        raise InstanceError(
            "duals.tiers", f"are {', '.join(duals.tiers)}; this instance has {', '.join(names)}"
        )
    priced = PricedWorth(network, 0, np.ones(len(names), np.int64), network.worth, no_edges())
    (totals,) = derive(instance, [(priced, duals)], learners, listed, blocks)
    return [tier.offset + tier.sign * total for tier, total in zip(network.tiers, totals, strict=True)]


@dataclass(frozen=True)
class PricedWorth:
    """What arcs are worth in the tiers from `first_tier` on, in units of 1 / scale (the last scale is 1).

    worth: shape (tiers, structural arcs), prices taken off. `pairs` are worth `pair_price` (tiers, pairs)
    less than they would be; none is listed twice.
    """

    network: Network
    first_tier: int
    scale: IntArray
    worth: IntArray
    pairs: Edges
    pair_price: IntArray | None = None

    def of(self, instance: PairsInstance, edges: Edges) -> IntArray:
        """Worth of pairs, shape (tiers, len(edges))."""
        worth = self.network.pair_worth(instance, edges)[self.first_tier :] * self.scale[:, None]
        if self.pair_price is not None:
            m = max(instance.n_guides, 1)
            _, mine, theirs = np.intersect1d(
                _keys(edges, m), _keys(self.pairs, m), assume_unique=True, return_indices=True
            )
            worth[:, mine] -= self.pair_price[:, theirs]
        return worth


def derive(
    instance: PairsInstance,
    certificates: Sequence[tuple[PricedWorth, Duals]],
    learners: Sequence[int] | None = None,
    listed: Edges | None = None,
    blocks: Iterable[Edges] | None = None,
) -> list[list[int]]:
    """What no circulation can pass, per certificate and tier in units of 1 / scale, by one pass over the
    pairs (see `bound_from_duals`)."""
    sums = [_Sum(instance, priced, duals) for priced, duals in certificates]
    chosen = None if learners is None else np.unique(np.asarray(learners, np.int64))
    if blocks is None:
        blocks = _rows(instance, range(instance.n_learners) if chosen is None else chosen.tolist())
    for block in blocks:
        for one in sums:
            one.add(block)
    for one in sums:
        one.finish(chosen, listed)
    return [one.totals for one in sums]


class _Sum:
    """The bound of one certificate while pairs come in."""

    def __init__(self, instance: PairsInstance, priced: PricedWorth, duals: Duals) -> None:
        network = priced.network
        self.instance, self.priced, self.least_points = instance, priced, duals.least_points
        self.potential = _potentials(network, duals)
        reduced = priced.worth + self.potential[:, network.head] - self.potential[:, network.tail]
        self.totals = contributions(reduced, network.lower, network.upper)

    def add(self, block: Edges, sign: int = 1) -> None:
        """Count eligible pairs as new ones."""
        if self.least_points:
            keep = block.points >= self.least_points
            block = Edges(block.learner[keep], block.guide[keep], block.points[keep])
        _add(self.totals, _plain(self.potential, self.instance, block), sign)

    def finish(self, chosen: IntArray | None, listed: Edges | None) -> None:
        """Count pairs of the answer that were left out, and those that are not as new ones."""
        instance, m = self.instance, max(self.instance.n_guides, 1)
        special = _special(instance, self.priced.pairs, self.least_points)
        if chosen is not None and listed is not None:
            new = ~np.isin(listed.learner, chosen) & ~np.isin(_keys(listed, m), _keys(special, m))
            self.add(Edges(listed.learner[new], listed.guide[new], listed.points[new]))
        # Pinned, previous and priced pairs were taken above as if they were new: take that back, and price
        # what they are.
        natural = instance.edges.points(special.learner, special.guide)
        seen = natural != NOT_ELIGIBLE
        if chosen is not None:
            seen &= np.isin(special.learner, chosen)
        self.add(Edges(special.learner[seen], special.guide[seen], natural[seen]), -1)
        heads = special.guide.astype(np.int64) + instance.n_learners
        lower = (np.arange(len(special)) < len(instance.pinned)).astype(np.int64)
        reduced = self.priced.of(instance, special)
        reduced = reduced + self.potential[:, heads] - self.potential[:, special.learner]
        _add(self.totals, contributions(reduced, lower, np.ones(len(special), np.int64)))


def contributions(reduced: IntArray, lower: Index | IntArray, upper: Index | IntArray) -> list[int]:
    """What arcs can add to each tier at most, given the tiers before. reduced: (tiers, arcs)."""
    out = []
    low, high = lower.astype(np.int64), upper.astype(np.int64)
    side = np.zeros(reduced.shape[1], np.int64)
    for tier in reduced:
        free = side == 0
        side = np.where(free, np.sign(tier), side)
        out.append(_dot(tier, np.where(side > 0, high, np.where(side < 0, low, 0))))
    return out


def _dot(left: IntArray, right: IntArray) -> int:
    """The exact sum of products, whatever the size of the numbers."""
    if not len(left):
        return 0
    largest = max(-int(left.min()), int(left.max())) * max(-int(right.min()), int(right.max())) * len(left)
    if largest < 2**62:
        return int(left @ right)
    return sum(a * b for a, b in zip(left.tolist(), right.tolist(), strict=True))


def _plain(potential: IntArray, instance: PairsInstance, block: Edges) -> list[int]:
    """Contributions of new pairs, arcs 0..1 worth their points in the last tier only."""
    tiers = len(potential)
    totals = [0] * tiers
    heads = block.guide.astype(np.int64) + instance.n_learners
    tails, points = block.learner.astype(np.int64), block.points.astype(np.int64)
    positive = np.zeros(len(tails), bool)
    for t in range(tiers):
        reduced = potential[t, heads] - potential[t, tails]
        if t == tiers - 1:
            reduced += points
        positive |= reduced > 0
        totals[t] = _dot(reduced[positive], np.ones(int(positive.sum()), np.int64))
        alive = positive | (reduced == 0)  # an arc with a negative reduced cost stays at 0 for good
        if not alive.all():
            heads, tails, points, positive = heads[alive], tails[alive], points[alive], positive[alive]
    return totals


def _potentials(network: Network, duals: Duals) -> IntArray:
    """Potentials of all nodes, shape (tiers, nodes)."""
    n, m, extra = network.n_learners, network.n_guides, len(network.node_names)
    if tuple(duals.node_names) != network.node_names:
        raise InstanceError("duals.node_names", "are not those of this instance")
    for field, array, size in (
        ("learner", duals.learner, n),
        ("guide", duals.guide, m),
        ("node", duals.node, extra),
    ):
        if array.shape != (len(duals.tiers), size):
            raise InstanceError(
                f"duals.{field}", f"has shape {array.shape}; it needs {(len(duals.tiers), size)}"
            )
        if array.size and not -(2**61) < int(array.min()) <= int(array.max()) < 2**61:
            raise InstanceError(f"duals.{field}", "holds numbers beyond 2^61")
    return np.concatenate([duals.learner, -duals.guide, duals.node], axis=1).astype(np.int64)


def _special(instance: PairsInstance, priced: Edges, least_points: int) -> Edges:
    """Pinned pairs, then previous ones, then eligible ones with a price: their worth or bounds are not those
    of a new pair."""
    pinned, previous, m = instance.pinned, instance.previous, max(instance.n_guides, 1)
    known = np.concatenate([_keys(pinned, m), _keys(previous, m)])
    new = ~np.isin(_keys(priced, m), known)
    natural = instance.edges.points(priced.learner, priced.guide)
    new &= (natural != NOT_ELIGIBLE) & (natural >= least_points)
    return Edges(
        np.concatenate([pinned.learner, previous.learner, priced.learner[new]]),
        np.concatenate([pinned.guide, previous.guide, priced.guide[new]]),
        np.concatenate([pinned.points, previous.points, natural[new]]),
    )


def _rows(instance: PairsInstance, learners: Iterable[int]) -> Iterator[Edges]:
    """The rows of the oracle, joined so that few numpy calls price them."""
    rows: list[Edges] = []
    size = 0
    for i in learners:
        rows.append(instance.edges.row(i))
        size += len(rows[-1])
        if size >= _BLOCK:
            yield _joined(rows)
            rows, size = [], 0
    yield _joined(rows)


def _joined(rows: Sequence[Edges]) -> Edges:
    if not rows:
        return no_edges()
    return Edges(
        np.concatenate([row.learner for row in rows]),
        np.concatenate([row.guide for row in rows]),
        np.concatenate([row.points for row in rows]),
    )


def _keys(pairs: Edges, n_guides: int) -> IntArray:
    return pairs.learner.astype(np.int64) * n_guides + pairs.guide


def _add(totals: list[int], more: Sequence[int], sign: int = 1) -> None:
    for t, amount in enumerate(more):
        totals[t] += sign * amount

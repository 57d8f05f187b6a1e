"""A circulation in the making: listed pair arcs, flow, potentials, and their exact repair (see
`flow_kernel`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solvers.limits import Limits
from solvers.pairs.edges import Edges, Index, IntArray, PriceView
from solvers.pairs.flow.certificate import flow_bound
from solvers.pairs.flow.fit_kernel import fit
from solvers.pairs.flow.network import Network
from solvers.pairs.flow.repair_kernel import DONE, PAUSED, augment, by_guide, lift_all, link_all, settle
from solvers.pairs.instance import PairsInstance

PATIENCE = 3_000_000
"""Nodes settled between two looks at the clock: well under a second."""


FITTING = 20
"""Looks at a node, on average, before a flow counts as one that no potentials fit."""


class StuckError(Exception):
    """No circulation over the listed arcs: what must flow (pins) cannot come from outside the nodes in
    `reached`.
    """

    def __init__(self, reached: NDArray[np.int8]) -> None:
        super().__init__("the pinned pairs contradict the limits")
        self.reached = reached


class OverTimeError(Exception):
    """The limits ended the run before the flow was whole."""


@dataclass
class Listed:
    """Pair arcs the flow may use, by learner: run i is start[i]:start[i + 1]."""

    start: IntArray
    owner: Index
    guide: Index
    points: Index
    high: IntArray
    low: IntArray
    flow: NDArray[np.int8]
    fixed: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.guide)


@dataclass(frozen=True)
class Snapshot:
    """One state of a `Flow` (see `Flow.snapshot`)."""

    listed: Listed
    flow: IntArray
    pot_high: IntArray
    pot_low: IntArray
    excess: IntArray
    banned: IntArray


class Flow:
    """Flow and potentials over a network and a growing list of pair arcs; pairs in `banned` (keys) are never
    listed.

    potentials are two words a node (`Packing`); the hub's is subtracted wherever they are read.
    """

    def __init__(self, instance: PairsInstance, network: Network, lottery: Index) -> None:
        self.instance, self.network = instance, network
        self.worth_high, self.worth_low = network.packing.pack(network.worth)
        self.flow = np.zeros(len(network.tail), np.int64)
        self.pot_high = np.zeros(network.n_nodes, np.int64)
        self.pot_low = np.zeros(network.n_nodes, np.int64)
        self.excess = np.zeros(network.n_nodes, np.int64)
        ends = np.concatenate((network.tail, network.head))
        arcs = np.concatenate((np.arange(len(network.tail)), np.arange(len(network.tail))))
        by_end = np.argsort(ends, kind="stable")
        self.inc_arc = arcs[by_end].astype(np.int32)
        self.inc_start = np.zeros(network.n_nodes + 1, np.int64)
        np.cumsum(np.bincount(ends, minlength=network.n_nodes), out=self.inc_start[1:])
        self.first = np.full(network.n_guides, -1, np.int64)
        self.lottery = lottery
        self.work = np.zeros(2, np.int64)
        self.banned = np.zeros(0, np.int64)
        empty = np.zeros(0, np.int32)
        self.listed = self._make(empty, empty, empty, empty.astype(np.int8), empty.astype(np.int8))

    # -- pair arcs ----------------------------------------

    def _make(
        self, owner: Index, guide: Index, points: Index, flow: NDArray[np.int8], fixed: NDArray[np.int8]
    ) -> Listed:
        order = np.argsort(owner, kind="stable")
        owner, guide, points = owner[order], guide[order], points[order]
        start = np.zeros(self.network.n_learners + 1, np.int64)
        np.cumsum(np.bincount(owner, minlength=self.network.n_learners), out=start[1:])
        worth = self.network.pair_worth(self.instance, Edges(owner, guide, points))
        high, low = self.network.packing.pack(worth)
        listed = Listed(start, owner, guide, points, high, low, flow[order].copy(), fixed[order].copy())
        self.after = np.full(len(listed), -1, np.int64)
        self.before = np.full(len(listed), -1, np.int64)
        link_all(guide, listed.flow, self.first, self.after, self.before)
        return listed

    def key(self, learner: Index, guide: Index) -> IntArray:
        """One whole number per pair."""
        keys: IntArray = learner.astype(np.int64) * self.network.n_guides + guide
        return keys

    def add(self, edges: Edges, fixed: bool = False) -> Edges:
        """List more pair arcs (those listed already are skipped); fixed ones carry flow for good. Returns the
        new.
        """
        keys = self.key(edges.learner, edges.guide)
        _, unique = np.unique(keys, return_index=True)
        keys = keys[unique]
        known = np.isin(keys, self.key(self.listed.owner, self.listed.guide), assume_unique=True)
        new = unique[~(known | np.isin(keys, self.banned))]
        entering = Edges(edges.learner[new], edges.guide[new], edges.points[new])
        if len(new) == 0:
            return entering
        old, mark = self.listed, np.full(len(new), int(fixed), np.int8)
        if fixed:
            np.subtract.at(self.excess, entering.learner, 1)
            np.add.at(self.excess, self.network.n_learners + entering.guide, 1)
        self.listed = self._make(
            np.concatenate((old.owner, entering.learner)),
            np.concatenate((old.guide, entering.guide)),
            np.concatenate((old.points, entering.points)),
            np.concatenate((old.flow, mark)),
            np.concatenate((old.fixed, mark)),
        )
        return entering

    def gaining(self, edges: Edges) -> NDArray[np.bool_]:
        """Which of these pairs have a positive reduced cost: they are violated."""
        high, low = self.network.packing.pack(self.network.pair_worth(self.instance, edges))
        head = self.network.n_learners + edges.guide
        high += self.pot_high[head] - self.pot_high[edges.learner]
        low += self.pot_low[head] - self.pot_low[edges.learner]
        gains: NDArray[np.bool_] = (high > 0) | ((high == 0) & (low > 0))
        return gains

    def drop(self, unwanted: NDArray[np.bool_]) -> None:
        """Unlist pair arcs; those that carry flow leave an imbalance for `repair`."""
        old = self.listed
        gone = np.flatnonzero(unwanted & (old.flow > 0))
        np.add.at(self.excess, old.owner[gone], 1)
        np.subtract.at(self.excess, self.network.n_learners + old.guide[gone], 1)
        keep = ~unwanted
        self.listed = self._make(
            old.owner[keep], old.guide[keep], old.points[keep], old.flow[keep], old.fixed[keep]
        )

    def lift(self) -> None:
        """Raise learners' potentials until none of their idle pair arcs has a positive reduced cost."""
        self._lift(self.pot_high, self.pot_low)

    def fit(self) -> bool:
        """Raise potentials until they prove the flow as it is over the listed arcs; where it is no optimum
        there, nothing is changed. Returns whether it is one."""
        net, listed = self.network, self.listed
        high, low = self.pot_high.copy(), self.pot_low.copy()
        fits = fit(
            net.n_learners, net.n_guides, listed.start, listed.guide, listed.owner, listed.high, listed.low,
            listed.flow, listed.fixed, *by_guide(net.n_guides, listed.guide), net.tail, net.head, net.lower,
            net.upper, self.worth_high, self.worth_low, self.flow, self.inc_start, self.inc_arc, high, low,
            FITTING * net.n_nodes,
        )  # fmt: skip
        if fits and not self.excess.any():
            self.pot_high, self.pot_low = high, low
        return bool(fits)

    def lifted(self, potentials: IntArray) -> tuple[IntArray, IntArray]:
        """Upper bound per tier from potentials of shape (tiers, nodes), lifted first: shape (tiers,), in
        units of flow; and the lifted potentials.

        It holds for all pairs that are listed, and for those that are less violated than a listed one of the
        same learner.
        """
        net, listed, n = self.network, self.listed, self.network.n_learners
        high, low = net.packing.pack(potentials)
        self._lift(high, low)
        reduced_high = listed.high + high[n + listed.guide] - high[listed.owner]
        reduced_low = listed.low + low[n + listed.guide] - low[listed.owner]
        used = (reduced_high > 0) | ((reduced_high == 0) & (reduced_low > 0)) | (listed.fixed > 0)
        pairs = Edges(listed.owner[used], listed.guide[used], listed.points[used])
        lifted = net.packing.unpack(high, low)
        return flow_bound(net, self.instance, pairs, listed.fixed[used], lifted), lifted

    def _lift(self, high: IntArray, low: IntArray) -> None:
        listed = self.listed
        lift_all(
            self.network.n_learners,
            listed.start,
            listed.guide,
            listed.high,
            listed.low,
            listed.flow,
            high,
            low,
        )

    def near(self, window: int) -> NDArray[np.bool_]:
        """Which listed pairs carry flow, or are at most `window` points below their prices."""
        listed, n = self.listed, self.network.n_learners
        high = listed.high + self.pot_high[n + listed.guide] - self.pot_high[listed.owner]
        low = listed.low + self.pot_low[n + listed.guide] - self.pot_low[listed.owner]
        close: NDArray[np.bool_] = (high > 0) | ((high == 0) & (low >= -window)) | (listed.flow > 0)
        return close

    def pin(self, learner: int, guide: int, points: int) -> None:
        """Make one pair carry flow for good; `points` are used if it is not listed yet. `repair` does the
        rest.
        """
        listed = self.listed
        run = slice(listed.start[learner], listed.start[learner + 1])
        found = np.flatnonzero(listed.guide[run] == guide)
        if not len(found):
            one = [np.array([value], np.int32) for value in (learner, guide, points)]
            self.add(Edges(*one), fixed=True)
            return
        at = int(listed.start[learner] + found[0])
        listed.fixed[at] = 1
        if not listed.flow[at]:
            listed.flow[at] = 1
            self.excess[learner] -= 1
            self.excess[self.network.n_learners + guide] += 1
            self.link()

    def ban(self, learner: int, guide: int) -> None:
        """Unlist one pair for good; what it carried leaves an imbalance for `repair`."""
        self.banned = np.append(self.banned, np.int64(learner) * self.network.n_guides + guide)
        self.drop((self.listed.owner == learner) & (self.listed.guide == guide))

    def link(self) -> None:
        """Build the lists of carrying pair arcs afresh, after their flow was set."""
        listed = self.listed
        link_all(listed.guide, listed.flow, self.first, self.after, self.before)

    # -- resuming ----------------------------------------

    def resume(
        self,
        edges: Edges,
        carrying: NDArray[np.int8],
        fixed: NDArray[np.int8],
        arcs: IntArray,
        potentials: IntArray,
    ) -> None:
        """Take up a state: pair arcs (no pair twice) with their flow, flow of the structural arcs, and
        potentials of shape (tiers, nodes). Where it was broken off, `repair` evens it out."""
        self.listed = self._make(edges.learner, edges.guide, edges.points, carrying, fixed)
        self.flow = arcs.astype(np.int64)
        self.pot_high, self.pot_low = self.network.packing.pack(potentials)
        on = np.flatnonzero(self.listed.flow)
        self.excess[:] = 0
        np.add.at(self.excess, self.network.head, self.flow)
        np.subtract.at(self.excess, self.network.tail, self.flow)
        np.subtract.at(self.excess, self.listed.owner[on], 1)
        np.add.at(self.excess, self.network.n_learners + self.listed.guide[on], 1)

    def snapshot(self) -> Snapshot:
        """What `restore` needs to come back to this very state."""
        return Snapshot(
            replace(self.listed, flow=self.listed.flow.copy(), fixed=self.listed.fixed.copy()),
            self.flow.copy(),
            self.pot_high.copy(),
            self.pot_low.copy(),
            self.excess.copy(),
            self.banned,
        )

    def restore(self, saved: Snapshot) -> None:
        """Come back to a state; the snapshot can be used again."""
        self.listed = replace(saved.listed, flow=saved.listed.flow.copy(), fixed=saved.listed.fixed.copy())
        self.flow, self.excess = saved.flow.copy(), saved.excess.copy()
        self.pot_high, self.pot_low = saved.pot_high.copy(), saved.pot_low.copy()
        self.banned = saved.banned
        self.after = np.full(len(self.listed), -1, np.int64)
        self.before = np.full(len(self.listed), -1, np.int64)
        self.link()

    # -- repair ----------------------------------------

    def repair(self, limits: Limits, most_settled: int | None = None) -> bool:
        """Make flow and potentials optimal over the listed arcs.

        Returns False when what is left would take more than `most_settled` settled nodes, going by what was
        done so far (the flow is left broken off). Raises StuckError when no circulation exists,
        OverTimeError when the limits end first.
        """
        net, listed = self.network, self.listed
        pairs = (listed.start, listed.guide)
        settle(
            net.n_learners, *pairs, listed.high, listed.low, listed.flow, listed.fixed, self.first,
            self.after,
            self.before, net.tail, net.head, net.lower, net.upper, self.worth_high, self.worth_low, self.flow,
            self.pot_high, self.pot_low, self.excess,
        )  # fmt: skip
        guide_start, guide_edge = by_guide(net.n_guides, listed.guide)
        sources = np.flatnonzero(self.excess < 0)
        order = sources[np.argsort(self._lots(sources), kind="stable")].astype(np.int64)
        position, reached = 0, np.zeros(net.n_nodes, np.int8)
        before, patience = int(self.work[0]), min(PATIENCE, most_settled or PATIENCE)
        while True:
            code, position = augment(
                net.n_learners, net.n_guides, *pairs, listed.owner, listed.high, listed.low, listed.flow,
                listed.fixed, self.first, self.after, self.before, guide_start, guide_edge, net.tail,
                net.head,
                net.lower, net.upper, self.worth_high, self.worth_low, self.flow, self.inc_start,
                self.inc_arc,
                self.pot_high, self.pot_low, self.excess, order, position, patience, self.work, reached,
            )  # fmt: skip
            if code == DONE:
                return True
            if code == PAUSED:
                spent, to_do = int(self.work[0]) - before, len(order) - position
                if most_settled is not None and spent * to_do > most_settled * position:
                    return False
                if limits.over:
                    raise OverTimeError
                limits.tell("flow", detail=f"{position:,} of {len(order):,} placed")
                continue
            raise StuckError(reached)

    def _lots(self, nodes: IntArray) -> IntArray:
        lots = np.zeros(self.network.n_nodes, np.int64)
        lots[: len(self.lottery)] = self.lottery
        chosen: IntArray = lots[nodes]
        return chosen

    # -- reading ----------------------------------------

    def carried(self) -> Edges:
        """The pairs that carry flow now."""
        on = np.flatnonzero(self.listed.flow)
        return Edges(self.listed.owner[on], self.listed.guide[on], self.listed.points[on])

    def potentials(self) -> IntArray:
        """One whole number per tier and node, the hub's subtracted: shape (tiers, nodes)."""
        hub = self.network.hub
        return self.network.packing.unpack(
            self.pot_high - self.pot_high[hub], self.pot_low - self.pot_low[hub]
        )


def price_view(potentials: IntArray, n_learners: int, n_guides: int) -> PriceView:
    """Potentials (tiers, nodes) as the oracle needs them; the upper tiers become dense ranks."""
    learner, guide = potentials[:, :n_learners], potentials[:, n_learners : n_learners + n_guides]
    if len(potentials) == 1:
        rank = np.zeros(n_learners + n_guides, np.int32)
    else:
        upper = np.concatenate((learner[:-1], guide[:-1]), axis=1)
        rank = np.zeros(upper.shape[1], np.int32)
        for tier in upper:  # ranks so far, refined by one tier more
            _, dense = np.unique(tier, return_inverse=True)
            _, rank_new = np.unique(
                rank.astype(np.int64) * (int(dense.max(initial=0)) + 1) + dense, return_inverse=True
            )
            rank = rank_new.astype(np.int32)
    return PriceView(
        np.ascontiguousarray(rank[:n_learners]),
        np.ascontiguousarray(learner[-1]),
        np.ascontiguousarray(rank[n_learners:]),
        np.ascontiguousarray(-guide[-1]),
    )

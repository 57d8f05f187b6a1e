"""Solve on a short list, price every eligible pair, let the violated ones in, repeat until there is none.

The loop ends with potentials under which no eligible pair, listed or not, has a positive reduced cost: an
optimum over all of them. Each round also gives a bound: learners' potentials are lifted over their worst
violation, which makes them feasible for all pairs.
"""

from __future__ import annotations

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import Edges, Index, IntArray, PriceView
from solvers.pairs.flow.certificate import flow_value
from solvers.pairs.flow.circulation import Flow, OverTimeError, StuckError, price_view
from solvers.pairs.flow.cold import start
from solvers.pairs.flow.network import Network, build_network
from solvers.pairs.flow.partial import PartialPricing
from solvers.pairs.flow.shortlist import joined, make_shortlist
from solvers.pairs.instance import PairsInstance, no_edges
from solvers.result import Effort

ENTER = 8
"""Pairs per learner that are let in per round."""

COLD_SETTLED = 10
"""A solve from scratch costs about as much as a repair that settles this many nodes per listed pair (measured
at 10,000 and 100,000 learners)."""


class PricedFlow:
    """A flow that is optimal over all eligible pairs with at least `least_points`, once `optimize` returned.

    `pairs`: the last whole flow. `bound` (tiers,): the best bound so far, in units of flow. `certified`:
    whether every eligible pair was priced without a violation.
    """

    def __init__(
        self,
        instance: PairsInstance,
        limits: Limits,
        effort: Effort,
        *,
        network: Network | None = None,
        least_points: int = 0,
        first: Edges | None = None,
    ) -> None:
        self.instance, self.effort, self.least_points = instance, effort, least_points
        self.network = network or build_network(instance)
        self.flow = Flow(instance, self.network, lottery(instance, limits.seed))
        self.flow.add(instance.pinned, fixed=True)
        self.flow.add(instance.previous)
        self.first = first
        self.best: IntArray | None = None
        self.pairs: Edges | None = None
        self.bound: IntArray | None = None
        self._bounding: IntArray | None = None
        self.certified = False
        self._rounds = 0
        self._warm = False

    def again(
        self, network: Network, potentials: IntArray, limits: Limits, window: int | None = None
    ) -> PricedFlow:
        """A flow over a network with the same nodes and arcs, that starts from this one's pairs and flow;
        no pair is barred there.

        potentials: shape (tiers, nodes), in the units of `network`; good ones save work, any are right.
        window: idle pairs more points than this below their prices here are not listed.
        """
        other = PricedFlow(
            self.instance,
            limits,
            self.effort,
            network=network,
            least_points=self.least_points,
            first=self.first,
        )
        listed = self.flow.listed
        keep = np.ones(len(listed), bool) if window is None else self.flow.near(window)
        pairs = Edges(listed.owner[keep], listed.guide[keep], listed.points[keep])
        other.flow.resume(pairs, listed.flow[keep], listed.fixed[keep], self.flow.flow, potentials)
        other.flow.add(self.instance.previous)  # the oracle does not know what they are worth
        other.best, other._warm = self.best, True
        return other

    def narrow(self, network: Network, limits: Limits) -> None:
        """Go over to a network that differs in the upper bounds of arcs, over the listed pairs alone: nothing
        is certified until `optimize`. Raises StuckError or OverTimeError."""
        self.network = self.flow.network = network
        self.certified, self.bound, self._bounding, self._warm = False, None, None, True
        self._resolve(limits, cold=False)
        self.pairs = self.flow.carried()

    def list_more(self, pairs: Edges) -> None:
        """Let pairs in that a priced network needs listed."""
        self.flow.add(pairs)

    @property
    def potentials(self) -> IntArray:
        """Potentials per tier and node, the hub at 0: shape (tiers, nodes)."""
        return self.flow.potentials()

    @property
    def proof(self) -> IntArray:
        """The potentials that `bound` was derived from, as long as there is one: shape (tiers, nodes)."""
        return self.potentials if self.certified or self._bounding is None else self._bounding

    @property
    def value(self) -> IntArray:
        """Worth per tier of `pairs`, in units of flow."""
        assert self.pairs is not None
        return flow_value(self.network, self.instance, self.pairs)

    def optimize(self, limits: Limits) -> None:
        """Run the loop. Raises StuckError (pins contradict capacities) or OverTimeError (`pairs`, `bound`
        stay).
        """
        oracle = self.instance.edges
        cold = self._rounds == 0 and not self._warm
        if cold:
            with self.effort.phase("shortlist"):
                if self.first is None:
                    shortlist = make_shortlist(oracle, self.instance.capacity, limits, self.least_points)
                    self.first, self.best = shortlist.pairs, shortlist.best
                self.flow.add(self.first)
        self.certified = False
        most = self._shown()
        pricing = PartialPricing(oracle, most, self.least_points)
        while True:
            if limits.over:
                raise OverTimeError
            with self.effort.phase("flow"):
                self._resolve(limits, cold)
            self.pairs = self.flow.carried()
            self._rounds += 1
            self.effort.count("rounds")
            if limits.over:
                raise OverTimeError
            with self.effort.phase("pricing"):
                idle, prices = self._idle_places(most) if self._rounds == 1 else (no_edges(), self.potentials)
                entered = joined(oracle.n_guides, idle, self.flow.add(pricing.violated(prices)))
                self._note_bound(prices)
                self.effort.count("learners_priced", pricing.searched)
                wanting = np.unique(entered.learner[self.flow.gaining(entered)])
            self._tell(limits, len(entered))
            if len(wanting) == 0:
                self.certified = True
                return
            paths = len(wanting)
            cold = paths * self._settled_per_path() > COLD_SETTLED * len(self.flow.listed)

    def bound_as_is(self) -> None:
        """The bound of the potentials at hand, those of learners lifted, over all pairs: without a repair."""
        view = price_view(self.potentials, self.network.n_learners, self.network.n_guides)
        self.flow.add(self.instance.edges.violated(view, self._shown(), self.least_points))
        self.flow.lift()
        self._note_bound(self.potentials)

    def _shown(self) -> int:
        """Pairs asked for per learner: those that carry flow may be violated, as many as places, and
        must not hide others."""
        carrying = max(int(self.instance.need.max(initial=0)), self._most_pins())
        return max(ENTER, carrying + self.network.crowd + 1)

    def _settled_per_path(self) -> int:
        settled, paths = self.flow.work.tolist()
        usual = self.network.n_nodes // 20
        return max(usual, settled // paths) if paths else usual

    def _resolve(self, limits: Limits, cold: bool) -> None:
        """Repair the flow that is there, or solve from scratch where that is cheaper."""
        if not cold:
            self.flow.lift()
            if self._repair(limits, COLD_SETTLED * len(self.flow.listed)):
                return
        start(self.flow)
        self.flow.lift()
        self._repair(limits, None)

    def _repair(self, limits: Limits, most_settled: int | None) -> bool:
        """Repair; where the listed arcs hold no circulation, list eligible pairs that lead on, if there are
        any.
        """
        n, m = self.network.n_learners, self.network.n_guides
        while True:
            try:
                return self.flow.repair(limits, most_settled)
            except StuckError as stuck:
                inside = stuck.reached > 0
                way_in = PriceView(
                    np.where(inside[:n], 2, 0).astype(np.int32),
                    np.zeros(n, np.int64),
                    np.where(inside[n : n + m], 1, -1).astype(np.int32),
                    np.zeros(m, np.int64),
                )
                entered = self.flow.add(self.instance.edges.violated(way_in, ENTER, self.least_points))
                if len(entered) == 0:
                    raise

    def _most_pins(self) -> int:
        pinned = self.instance.pinned.learner
        return int(np.bincount(pinned).max()) if len(pinned) else 0

    def _idle_places(self, most: int) -> tuple[Edges, IntArray]:
        """List the violated pairs of guides who are worth more than most in an upper tier: they have places
        to give, and whole crowds of learners would take them. Returns what is new, and potentials (tiers,
        nodes) under which those with more takers than places are as dear as the dearest of the others.

        Any potentials prove a bound. To lift every taker instead would count each as one more with a guide.
        """
        n, m = self.network.n_learners, self.network.n_guides
        potentials = self.potentials
        view = price_view(potentials, n, m)
        usual = view.guide_rank == np.bincount(view.guide_rank).argmax() if m else np.zeros(0, bool)
        above = view.guide_rank > view.guide_rank[usual].max(initial=0)
        if not above.any():
            return no_edges(), potentials
        theirs = PriceView(
            view.learner_rank,
            view.learner_value,
            np.where(above, view.guide_rank, -1).astype(np.int32),
            view.guide_price,
        )
        entered = self.flow.add(self.instance.edges.violated(theirs, most, self.least_points))
        takers = np.bincount(entered.guide, minlength=m)
        crowded = n + np.flatnonzero(takers > self.instance.capacity)
        others = potentials[:, n : n + m][:, usual]
        potentials[:, crowded] = others[:, [int(others[-1].argmin())]]
        return entered, potentials

    def _note_bound(self, potentials: IntArray) -> None:
        """Keep the best bound; the pairs that these potentials leave violated must be listed by now."""
        bound, lifted = self.flow.lifted(potentials)
        if self.bound is None or tuple(bound) < tuple(self.bound):
            self.bound, self._bounding = bound, lifted

    def _tell(self, limits: Limits, added: int) -> None:
        value, bound = self.value, self.bound
        assert bound is not None
        for t, tier in enumerate(self.network.tiers):
            if value[t] != bound[t] or t == len(self.network.tiers) - 1:
                sign = tier.sign
                limits.tell(
                    "pairs",
                    tier=tier.name,
                    value=tier.offset + sign * int(value[t]),
                    bound=tier.offset + sign * int(bound[t]),
                    detail=f"round {self._rounds}, {added:,} pairs let in",
                )
                return


def lottery(instance: PairsInstance, seed: int) -> Index:
    """A seeded drawing order of the learners: who is served first among equals."""
    drawn: Index = np.random.default_rng(seed).permutation(instance.n_learners).astype(np.int32)
    return drawn

"""A solved flow that can be asked many times, rebuilt from an answer without solving it again.

The pairs and duals of an answer give flow and potentials directly; per learner, the pairs nearest to
entering are listed beside them. A question changes something small, repairs the flow along shortest
residual paths, prices *all* eligible pairs that the repair could have made better, and is undone
afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

import numpy as np

from solvers.limits import Limits
from solvers.pairs.check.score import tier_values
from solvers.pairs.edges import Edges, Index, IntArray, PriceView
from solvers.pairs.explain.arcs import arc_flows, layers
from solvers.pairs.explain.spare import spare_potentials, with_spare
from solvers.pairs.flow.circulation import Flow, StuckError, price_view
from solvers.pairs.flow.cold import start
from solvers.pairs.flow.network import Network, build_network
from solvers.pairs.flow.pricing import ENTER, lottery
from solvers.pairs.instance import Order, PairsInstance
from solvers.pairs.side.constraints import broken_minimums, broken_rows
from solvers.pairs.solution import Duals, PairsAnswer
from solvers.result import Status, TierValue

NEAR = 16
"""Pairs listed per learner beside the answer's: those nearest to entering it."""

FAR = 4
"""A repair that would settle more than so many times the nodes begins anew by cost scaling instead."""

FEW = 40
"""Up to so many learners and guides are priced one by one, more by one sweep of the oracle."""


class State:
    """Flow and potentials of an answer, on an instance with one spare guide (see `spare`), made when needed.

    instance: the one that was answered. answer: its pairs. values: their tiers, in people's terms. proven:
    the answer is known to be optimal. side: the instance has rules that no flow holds, so that what a flow
    says of it is a bound until the rules are checked. rest: number of the arc that holds each guide's last
    places.
    """

    def __init__(
        self,
        instance: PairsInstance,
        pairs: Edges,
        duals: Duals,
        *,
        proven: bool,
        limits: Limits | None = None,
        held: bool = False,
    ) -> None:
        self.instance, self.answer, self.proven, self._duals = instance, pairs, proven, duals
        self.limits = limits or Limits()
        self.least_points = duals.least_points
        self.values: list[TierValue] = tier_values(instance, pairs)
        self.wide = with_spare(instance)
        self.network = _network(self.wide)
        m = self.wide.n_guides
        at = np.flatnonzero((self.network.tail >= self.n) & (self.network.tail < self.n + m))
        self.rest = np.zeros(m, np.int64)
        self.rest[self.network.tail[at] - self.n] = at  # the last arc of a guide is that of the rest
        # Rows that cannot bite as things stand may do so once there is a place more: all of them count.
        self.side = bool(instance.budgets) or bool(self.network.side_quotas) or instance.all_or_nothing
        self.side = self.side or not instance.both_ways or instance.most_broken is not None
        self.floor = instance.order is Order.FLOOR
        if held:
            self._hold()
        self._held = held
        self._crowd = max(ENTER, 2 + self._most_fixed())
        self._upper, self._lower = self.network.upper.copy(), self.network.lower.copy()

    @cached_property
    def flow(self) -> Flow:
        """The flow: that of the answer where it is an optimum, else an optimum near it."""
        duals, limits = self._duals, self.limits
        self.flow = Flow(self.wide, self.network, lottery(self.wide, limits.seed))
        potentials = np.concatenate((duals.learner, -duals.guide, duals.node), axis=1)
        self._load(spare_potentials(self.instance, potentials))
        if not self.proven or self._held or self.side:
            self._priced: tuple[IntArray, IntArray] | None = None
            if self._held and not self.flow.fit():  # the duals do not know of the places that are closed
                start(self.flow)
            # Answers of runs that ended early, and networks with places closed, may be far from any optimum.
            self.settle(limits, FAR * self.network.n_nodes)
        self._priced = self.flow.pot_high.copy(), self.flow.pot_low.copy()
        self._best, self.relaxed = self.flow.snapshot(), self.flow.carried()
        return self.flow

    @cached_property
    def relaxed(self) -> Edges:
        """The pairs of the flow, before anything is changed."""
        return self.flow.carried()

    @classmethod
    def of(cls, instance: PairsInstance, answer: PairsAnswer, limits: Limits | None = None) -> State:
        """The state of a solver's answer. Raises ValueError for one without duals (a stable match)."""
        if answer.duals is None:
            raise ValueError("this answer has no duals: only answers by flow can be asked for prices")
        proven = answer.status is Status.OPTIMAL
        return cls(instance, answer.pairs, answer.duals, proven=proven, limits=limits)

    @property
    def n(self) -> int:
        """Number of learners, and the first node of guides."""
        return self.instance.n_learners

    @property
    def spare(self) -> int:
        """Number of the spare guide."""
        return self.instance.n_guides

    def attained(self, pairs: Edges, changed: PairsInstance | None = None) -> bool:
        """Whether pairs of the flow keep also the rules that no flow holds.

        `changed` is the instance with the change that was asked for, where that touches such a rule.
        """
        if not self.side:
            return True
        instance = changed or self.wide
        if _over_budget(instance, pairs):
            return False
        rest = replace(instance, budgets=())
        return not broken_rows(rest, self.network, pairs) and not len(broken_minimums(rest, pairs))

    @cached_property
    def twin(self) -> State:
        """The same answer in a network where people of budgets take on no more than their budget surely
        allows.

        Everything that fits that network fits the budgets, so the answer is an optimum there too.
        """
        return State(
            self.instance, self.answer, self._duals, proven=self.proven, limits=self.limits, held=True
        )

    @contextmanager
    def asked(self) -> Iterator[Flow]:
        """A flow to change; all of it is undone at the end."""
        flow = self.flow
        try:
            yield flow
        finally:
            self.network.upper[:], self.network.lower[:] = self._upper, self._lower
            self.flow.restore(self._best)

    def claim(self, learner: int | None, *, served: bool) -> None:
        """Make a learner get one guide more than in the answer, or none more (None: nothing is done)."""
        if learner is None:
            return
        got = int((self.answer.learner == learner).sum())
        later = np.flatnonzero(self.network.head == learner)[got:]
        if served:
            self.network.lower[later[:1]] = 1
        else:
            self.network.upper[later] = np.minimum(self.network.upper[later], self.flow.flow[later])

    def settle(self, limits: Limits, most_settled: int | None = None) -> Edges:
        """Make the flow optimal again over all eligible pairs; returns its pairs.

        A repair that would settle more nodes than `most_settled` begins anew by cost scaling.
        Raises StuckError and OverTimeError as `Flow.repair` does.
        """
        while True:
            self.flow.lift()
            if not self._repair(limits, most_settled):
                start(self.flow)
                self.flow.lift()
                self._repair(limits)
            if self._enter() == 0:
                return self.flow.carried()

    # -- inside ----------------------------------------

    def _hold(self) -> None:
        """Close arcs of people with budgets, so that any flow left keeps the budgets, as the answer does."""
        instance, net = self.instance, self.network
        layer = layers(net)
        got = np.bincount(self.answer.learner, minlength=instance.n_learners)
        given = np.bincount(self.answer.guide, minlength=instance.n_guides)
        most_got, most_given = instance.need.astype(np.int64), instance.capacity.astype(np.int64)
        for budget in instance.budgets:
            i, j = budget.learner, budget.guide
            left = budget.most - budget.learner_cost * int(got[i]) - budget.guide_cost * int(given[j])
            for most, now, who, cost in (
                (most_got, got, i, budget.learner_cost),
                (most_given, given, j, budget.guide_cost),
            ):
                more = left // cost if cost else int(most[who] - now[who])
                most[who] = min(int(most[who]), int(now[who]) + more)
                left -= cost * max(0, int(most[who] - now[who]))
        places = np.flatnonzero(layer >= 0)
        net.upper[places[layer[places] >= most_got[net.head[places]]]] = 0
        outs = np.flatnonzero((net.tail >= self.n) & (net.tail < net.hub))
        excess = np.append(instance.capacity - most_given, 0)
        for arc in outs[::-1][excess[net.tail[outs[::-1]] - self.n] > 0].tolist():  # the last places first
            guide = int(net.tail[arc]) - self.n
            less = min(int(excess[guide]), int(net.upper[arc]))
            net.upper[arc] -= less
            excess[guide] -= less

    def _load(self, potentials: IntArray) -> None:
        instance = self.wide
        view = price_view(potentials, instance.n_learners, instance.n_guides)
        eager = PriceView(
            np.zeros(self.n, np.int32),
            view.learner_value,
            (view.guide_rank + 1).astype(np.int32),
            view.guide_price,
        )
        near = instance.edges.violated(eager, NEAR, self.least_points)
        every = together(instance.pinned, self.answer, instance.previous, near)
        keys = self.flow.key(every.learner, every.guide)
        _, first = np.unique(keys, return_index=True)
        edges = Edges(every.learner[first], every.guide[first], every.points[first])
        fixed = first < len(instance.pinned)
        held = self.flow.key(self.answer.learner, self.answer.guide)
        carrying = np.isin(keys[first], held, assume_unique=True)
        arcs = arc_flows(self.network, self.answer)
        self.flow.resume(edges, carrying.astype(np.int8), fixed.astype(np.int8), arcs, potentials)

    def _most_fixed(self) -> int:
        pinned = self.instance.pinned.learner
        return int(np.bincount(pinned).max()) if len(pinned) else 0

    def _repair(self, limits: Limits, most_settled: int | None = None) -> bool:
        """Repair; where the listed arcs hold no circulation, list eligible pairs that lead on.

        `most_settled` and what is returned: see `Flow.repair`.
        """
        n, m = self.n, self.wide.n_guides
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
                if len(self.flow.add(self.wide.edges.violated(way_in, ENTER, self.least_points))) == 0:
                    raise

    def _enter(self) -> int:
        """List violated pairs; returns how many are new.

        Since all pairs were priced, potentials moved by d(node). For any shift c, a pair can have become
        better only if its learner moved by less than c or its guide by more: of two shifts the one with
        fewer people.
        """
        if self._priced is None:
            return self._sweep(None, None)
        shifts = [(np.int64(0), np.int64(0))]
        hub = self.network.hub
        shifts.append(
            (self.flow.pot_high[hub] - self._priced[0][hub], self.flow.pot_low[hub] - self._priced[1][hub])
        )
        learners, guides = min(
            (self._moved(*shift) for shift in shifts), key=lambda one: len(one[0]) + len(one[1])
        )
        if len(learners) + len(guides) > FEW:
            return self._sweep(learners, guides)
        rows = [self._violated(self.wide.edges.row(int(i))) for i in learners]
        rows += [self._violated(self.wide.edges.column(int(j))) for j in guides]
        rows = [row for row in rows if len(row)]
        return len(self.flow.add(together(*rows))) if rows else 0

    def _moved(self, high: np.int64, low: np.int64) -> tuple[IntArray, IntArray]:
        """Learners whose potentials rose by less than the shift, and guides whose rose by more."""
        assert self._priced is not None
        by_high = self.flow.pot_high - self._priced[0] - high
        by_low = self.flow.pot_low - self._priced[1] - low
        n, m = self.n, self.instance.n_guides
        less = (by_high[:n] < 0) | ((by_high[:n] == 0) & (by_low[:n] < 0))
        guides = slice(n, n + m)
        more = (by_high[guides] > 0) | ((by_high[guides] == 0) & (by_low[guides] > 0))
        return np.flatnonzero(less), np.flatnonzero(more)

    def _sweep(self, learners: IntArray | None, guides: IntArray | None) -> int:
        """Let the oracle price the pairs of some learners and guides; None, or some of both: all pairs."""
        n, m = self.n, self.wide.n_guides
        view = price_view(self.flow.potentials(), n, m)
        if learners is not None and guides is not None:
            if not len(guides):
                rank = np.full(n, int(view.guide_rank.max()) + 1, np.int32)
                rank[learners] = view.learner_rank[learners]
                view = replace(view, learner_rank=rank)
            elif not len(learners):
                rank = np.full(m, -1, np.int32)
                rank[guides] = view.guide_rank[guides]
                view = replace(view, guide_rank=rank)
        return len(self.flow.add(self.wide.edges.violated(view, self._crowd, self.least_points)))

    def _violated(self, pairs: Edges) -> Edges:
        """The most violated of some pairs."""
        high, low = self.network.packing.pack(self.network.pair_worth(self.wide, pairs))
        flow = self.flow
        high = high + flow.pot_high[self.n + pairs.guide] - flow.pot_high[pairs.learner]
        low = low + flow.pot_low[self.n + pairs.guide] - flow.pot_low[pairs.learner]
        good = np.flatnonzero(((high > 0) | ((high == 0) & (low > 0))) & (pairs.points >= self.least_points))
        best = good[np.lexsort((-low[good], -high[good]))][: self._crowd]
        return Edges(pairs.learner[best], pairs.guide[best], pairs.points[best])


def _over_budget(instance: PairsInstance, pairs: Edges) -> bool:
    """Whether somebody spends more than their budget: all in one go, because there may be thousands."""
    if not instance.budgets:
        return False
    table = np.array(
        [(one.learner, one.guide, one.learner_cost, one.guide_cost, one.most) for one in instance.budgets]
    )
    learner, guide, learner_cost, guide_cost, most = table.T
    spent = learner_cost * np.bincount(pairs.learner, minlength=instance.n_learners)[learner]
    spent += guide_cost * np.bincount(pairs.guide, minlength=instance.n_guides)[guide]
    return bool((spent > most).any())


def _network(wide: PairsInstance) -> Network:
    """The network in which every guide has an arc for more places, none of them open yet."""
    capacity = (wide.capacity + 1).astype(np.int32)
    network = build_network(replace(wide, capacity=capacity))
    upper, lower = network.upper.copy(), network.lower.copy()
    guides = network.tail[(network.tail >= network.n_learners) & (network.tail < network.hub)]
    at = np.flatnonzero((network.tail >= network.n_learners) & (network.tail < network.hub))
    last = np.full(network.n_guides, -1, np.int64)
    last[guides - network.n_learners] = at
    upper[last] -= 1
    return replace(network, upper=upper, lower=lower)


def difference(one: Edges, other: Edges) -> Edges:
    """The pairs of `one` that are not in `other` (no pair twice in either)."""
    wide = int(max(one.guide.max(initial=0), other.guide.max(initial=0))) + 1
    own = one.learner.astype(np.int64) * wide + one.guide
    keep = ~np.isin(own, other.learner.astype(np.int64) * wide + other.guide, assume_unique=True)
    return Edges(one.learner[keep], one.guide[keep], one.points[keep])


def holds(pairs: Edges, learner: int, guide: int) -> bool:
    """Whether a pair is among others."""
    return bool(((pairs.learner == learner) & (pairs.guide == guide)).any())


def together(*parts: Edges) -> Edges:
    """Lists of pairs end to end."""
    return Edges(
        np.concatenate([part.learner for part in parts]),
        np.concatenate([part.guide for part in parts]),
        np.concatenate([part.points for part in parts]),
    )


def column(*values: int) -> Index:
    """A few numbers as an index."""
    return np.array(values, np.int32)

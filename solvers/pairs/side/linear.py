"""Linear programs over near pairs: where prices on rows beside the flow come from, and places to close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solvers.engine import Relaxed, relax
from solvers.limits import Limits
from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.network import Network
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import MAX_POINTS
from solvers.pairs.side.prices import PricedBound, decode, near_pairs, not_negative, price_rows, unit_of
from solvers.pairs.side.program import PairsProgram, build_program, joined
from solvers.pairs.side.rows import LinearRow, hold_row, linear_rows, mutual_rows

WINDOW = 15
"""Points below the optimum that pairs may be and still be seen by the first programs."""

ROUNDS = 3
"""Linear programs per bound, each over the pairs that the prices of the last one brought near."""

_POINTS, _TIER = 2**12, 2**3
"""A tier weighs so many points, and so many times the next tier, times the parts of a place that prices tell
apart (`unit_of`)."""

_HEAVIEST = 2**26
"""Where the first of several tiers would weigh more, a linear program takes it alone."""


@dataclass(frozen=True)
class Step:
    """A bound by prices, and the optimum of the linear program that they come from."""

    bound: PricedBound
    model: PairsProgram
    found: Relaxed

    @property
    def limit(self) -> int:
        """The bound of its first tier, in units of flow."""
        return int(self.bound.bound[0] // self.bound.scale[0])

    def loads(self) -> list[tuple[float, float]]:
        """Guides and learners of the person of each budget, as the linear program has them."""
        network, instance = self.model.network, self.model.instance
        into, out = np.zeros(network.n_nodes), np.zeros(network.n_nodes)
        np.add.at(into, network.head, self.found.values[: len(network.head)])
        np.add.at(out, network.tail, self.found.values[: len(network.tail)])
        n = network.n_learners
        return [(float(into[b.learner]), float(out[n + b.guide])) for b in instance.budgets]


class LinearBounds:
    """Bounds of one instance over a growing list of near pairs (`pairs`).

    relaxed: the optimum without side constraints. start: a flow near which the priced ones are."""

    def __init__(self, relaxed: PricedFlow, limits: Limits) -> None:
        self.relaxed, self.limits, self.instance = relaxed, limits, relaxed.instance
        self.start = relaxed
        self.rows = linear_rows(self.instance, relaxed.network)
        self.unit = unit_of(self.rows)
        self.pairs = joined(self.instance)

    def look_around(self, flow: PricedFlow) -> None:
        """Take in the pairs near the optimum of a flow without prices."""
        assert self.relaxed.bound is not None
        ones = np.ones(len(self.relaxed.bound), np.int64)
        self.see(self.near(PricedBound(0, ones, self.relaxed.bound, flow)))

    def see(self, *pairs: Edges | None) -> None:
        """Take in more pairs."""
        self.pairs = joined(self.instance, self.pairs, *(part for part in pairs if part is not None))

    def near(self, bound: PricedBound) -> Edges:
        """Pairs within some points of a flow's optimum, and those of the flow itself."""
        gap, window = np.zeros(len(bound.bound), np.int64), WINDOW
        near = None
        while near is None and window:
            gap[-1] = window
            near = near_pairs(bound, gap, 8 * self.instance.n_learners + 20_000)
            window //= 2
        return joined(self.instance, *(part for part in (near, bound.flow.pairs) if part is not None))

    def priced(
        self,
        tier: int,
        rows: Sequence[LinearRow],
        prices: IntArray,
        network: Network | None = None,
        near: PricedBound | None = None,
    ) -> PricedBound:
        """The bound that prices on rows prove of the tiers from `tier` on; `near` as in `price_rows`."""
        with self.relaxed.effort.phase("prices"):
            return price_rows(
                self.relaxed,
                rows,
                prices,
                self.limits,
                unit=self.unit,
                first_tier=tier,
                start=self.start,
                near=near,
                network=network,
            )

    def rough(self, tier: int, value: Sequence[int]) -> PricedBound:
        """A bound on the tiers from `tier` on, those before kept at `value`, at once: by the relaxed optimum,
        where one less before is paid for with the most that one person adds to the tier."""
        net = self.relaxed.network
        rows = [hold_row(self.instance, net, t, value[t]) for t in range(tier)]
        prices = np.zeros((tier, len(net.tiers) - tier), np.int64)
        last = tier == len(net.tiers) - 1
        prices[:, 0] = MAX_POINTS if last else self.unit * int(np.abs(net.worth[tier]).max())
        with self.relaxed.effort.phase("prices"):
            return price_rows(
                self.relaxed, rows, prices, self.limits, unit=self.unit, first_tier=tier, at_once=True
            )

    def step(
        self,
        tier: int,
        held: Sequence[LinearRow],
        value: int | None,
        network: Network | None = None,
        near: PricedBound | None = None,
    ) -> Step | None:
        """The best bound on the tiers from `tier` on, `held` kept, that a few rounds of prices find; None
        where the program has no optimum, or not in time. Ends early where `value` is met.

        network: with arcs narrowed, where not the whole problem is to be bounded; near: see `price_rows`."""
        weights = self._weights(tier)
        last = tier == len(self.relaxed.network.tiers) - 1
        best: Step | None = None
        for _ in range(ROUNDS):
            model = build_program(self.instance, network or self.relaxed.network, self.pairs, held=held)
            with self.relaxed.effort.phase("linear programs"):
                objective = np.array(weights, np.int64) @ model.objectives[tier:]
                found = relax(model.program, objective, self.limits)
            if found is None:
                return best
            rows, prices = self._row_prices(model, held, found.row_prices)
            digits = not_negative(decode(prices, weights, self.unit))
            near = self.priced(tier, rows, digits, network, near)
            step = Step(near, model, found)
            if best is None or tuple(step.bound.bound) < tuple(best.bound.bound):
                best = step
            slack = 1 + len(rows) ** 0.5 if last else 1e-6
            if step.limit == value or step.limit <= model.objectives[tier] @ found.values + slack:
                break
            self.see(self.near(step.bound))
        return best

    def _row_prices(
        self, model: PairsProgram, held: Sequence[LinearRow], prices: np.ndarray
    ) -> tuple[list[LinearRow], np.ndarray]:
        """Rows with a price, and their prices."""
        rows = [*self.rows, *held]
        first = self.relaxed.network.n_nodes
        own = prices[first : first + len(rows)]
        mutual = mutual_rows(self.instance, self.pairs)
        theirs = prices[first + len(rows) : first + len(rows) + len(mutual)]
        dear = np.flatnonzero(theirs > 0.5 / self.unit)
        return rows + [mutual[k] for k in dear], np.append(own, theirs[dear])

    def _weights(self, tier: int) -> list[int]:
        """Weights of the tiers from `tier` on: all of them, or the first alone where that would be too much
        for floating point."""
        above = len(self.relaxed.network.tiers) - 1 - tier
        points, step = _POINTS * self.unit, _TIER * self.unit
        weights = [points * step**k for k in range(above - 1, -1, -1)] + [1]
        return weights if weights[0] <= _HEAVIEST else [1] + [0] * above

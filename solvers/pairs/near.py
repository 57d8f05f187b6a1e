"""Side constraints over many pairs: prices bound, an integer program over the pairs near the optimum answers.

With potentials that prove a bound B over all eligible pairs, a pair can be in an answer better than one of value V
only if its reduced cost is no lower than V - B. So an integer program over all such pairs, solved to its optimum,
closes the gap over all eligible pairs, listed or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from solvers.engine import maximize, relax
from solvers.limits import Limits
from solvers.pairs.certificate import flow_value
from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow import OverTimeError
from solvers.pairs.instance import InstanceError, PairsInstance
from solvers.pairs.prices import PricedBound, decode, near_pairs, not_negative, price_rows
from solvers.pairs.pricing import PricedFlow
from solvers.pairs.program import PairsProgram, build_program, joined
from solvers.pairs.rows import LinearRow, hold_row, linear_rows, mutual_rows
from solvers.result import Status

WINDOW = 60
"""Points below the optimum that pairs may be and still be seen by the first programs."""

MOST_PAIRS = 400_000
"""Larger programs are not tried."""

ROUNDS = 4

_POINTS, _TIER = 2**17, 2**5
"""A tier weighs so many points, and so many times the next tier: enough to tell fractions of 1 / SCALE apart."""


@dataclass
class NearClimb:
    """Finds an answer and proves its tiers one after another; `bounds` are in units of flow, for the tiers done.

    upper_only: the last tier need not be proven. `closed_over`: how many pairs the program saw that closed a tier, None where prices alone did.
    """

    instance: PairsInstance
    relaxed: PricedFlow
    limits: Limits
    start: Edges | None
    upper_only: bool = False
    answer: Edges | None = None
    bounds: list[int] = field(default_factory=list)
    closed_over: list[int | None] = field(default_factory=list)
    _best_over: int = -1

    def run(self) -> None:
        """Work until everything is proven, or the limits end, or a program would be too large."""
        self.answer = self.start
        network = self.relaxed.network
        self.rows = linear_rows(self.instance, network)
        self.listed = _listed(self.relaxed)
        first = PricedBound(0, np.ones(len(network.tiers), np.int64), self._relaxed_bound(), self.relaxed)
        try:
            self.pairs = self._near(first, WINDOW)
            self._stages()
        except (OverTimeError, InstanceError):
            pass

    def _relaxed_bound(self) -> IntArray:
        assert self.relaxed.bound is not None
        return self.relaxed.bound

    def _stages(self) -> None:
        """Each stage bounds the tiers from `tier` on, those before (proven by then) held as rows."""
        tier = 0
        while tier < len(self.relaxed.network.tiers) - int(self.upper_only):
            held = self._held(tier)
            bound = self._bound(tier, held)
            if tier == 0:
                self.pairs = self._near(bound, WINDOW)
                self._improve(0, held)
                if self.answer is None:  # minimum loads and caps on breaks may need pairs that are far from near
                    self.pairs = self._joined(self.pairs, self.listed, self.relaxed.first)
                    self._improve(0, held)
            if self.answer is None:
                self._note(0, int(bound.bound[0] // bound.scale[0]), None)
                return
            after = self._prove(bound, held)
            if after is None:
                return
            tier = after

    def _held(self, tier: int) -> list[LinearRow]:
        network = self.relaxed.network
        return [hold_row(self.instance, network, t, int(self._value()[t])) for t in range(tier)]

    def _prove(self, bound: PricedBound, held: list[LinearRow]) -> int | None:
        """Prove tiers by one bound, as many as it carries; the tier to bound next, None where no way leads on."""
        tiers = len(self.relaxed.network.tiers)
        while True:
            value = self._value()
            tier = bound.first_tier
            while tier < tiers and bound.scale[tier - bound.first_tier] * value[tier] == self._digit(bound, tier):
                self._note(tier, int(value[tier]), None)
                tier += 1
            if tier == tiers:
                return tiers
            limit = int(self._digit(bound, tier) // bound.scale[tier - bound.first_tier])
            if limit == value[tier]:  # reached, but not to the last fraction: later tiers need this one held
                self._note(tier, limit, None)
                return tier + 1
            if tier == tiers - 1:
                closed = self._close(bound, held)
                self._note(tier, int(self._value()[tier]) if closed else limit, len(self.pairs) if closed else None)
                return tiers if closed else None
            before = tuple(value)
            top = self._lift(bound, tier)
            if tuple(self._value()) > before:
                continue
            self._note(tier, int(value[tier]) if top else limit, top)
            return tier + 1 if top else None

    def _digit(self, bound: PricedBound, tier: int) -> int:
        return int(bound.bound[tier - bound.first_tier])

    def _note(self, tier: int, bound: int, closed_over: int | None) -> None:
        if tier == len(self.bounds):
            self.bounds.append(bound)
            self.closed_over.append(closed_over)

    def _matter(self, bound: PricedBound) -> Edges | None:
        """Every pair that a better answer could have; None if they are too many for a program."""
        short = bound.bound - bound.scale * self._value()[bound.first_tier :]
        return near_pairs(bound, short, MOST_PAIRS)

    def _close(self, bound: PricedBound, held: list[LinearRow]) -> bool:
        """Prove the last tier by a program over every pair that could still matter."""
        matter = self._matter(bound)
        if matter is None:
            return False
        seen = np.isin(_keys(matter, self.instance), _keys(self.pairs, self.instance)).all()
        if seen and self._best_over == len(self.pairs):
            return True
        self.pairs = self._joined(self.pairs, matter)
        return self._improve(bound.first_tier, held)

    def _lift(self, bound: PricedBound, tier: int) -> int | None:
        """Raise one tier alone (sums of tiers weigh the next ones in), over every pair that could matter if they
        are not too many. Returns how many those were when no answer has more, else None."""
        matter = self._matter(bound)
        pairs = self._joined(self.pairs, matter)
        model = build_program(self.instance, self.relaxed.network, pairs, held=self._held(tier))
        assert self.answer is not None
        before = int(self._value()[tier])
        with self.relaxed.effort.phase("integer programs"):
            found = maximize(
                model.program, model.objectives[tier], self.limits, hint=model.values(self.answer)
            )
        if found.values is not None and found.value is not None and found.value > before:
            self.answer = model.chosen(found.values)
            self._improve(tier + 1, self._held(tier + 1))
        return len(pairs) if matter is not None and found.status is Status.OPTIMAL else None

    # -- bounds -----------------------------------------------------------------------------------------------------

    def _bound(self, tier: int, held: list[LinearRow]) -> PricedBound:
        """The best bound on the tiers from `tier` on that a few rounds of prices find."""
        best: PricedBound | None = None
        weights = self._weights(tier)
        for _ in range(ROUNDS):
            model = build_program(self.instance, self.relaxed.network, self.pairs, held=held)
            with self.relaxed.effort.phase("linear programs"):
                found = relax(model.program, self._objective(model, tier), self.limits)
            rows, prices = self._row_prices(model, held, None if found is None else found.row_prices)
            with self.relaxed.effort.phase("prices"):
                bound = price_rows(
                    self.relaxed,
                    rows,
                    not_negative(decode(prices, weights)),
                    self.limits,
                    first_tier=tier,
                    first=self.listed,
                    least_points=self.relaxed.least_points,
                )
            self.listed = _listed(bound.flow)
            self._tell(bound)
            worth = self._weighed(bound, weights)
            if best is not None and worth >= self._weighed(best, weights):
                break
            best = bound
            if found is None or worth <= found.value + 1 + len(rows) ** 0.5:
                break
            self.pairs = self._joined(self.pairs, self._near(bound, WINDOW // 2))
        assert best is not None
        return best

    def _row_prices(
        self, model: PairsProgram, held: list[LinearRow], prices: np.ndarray | None
    ) -> tuple[list[LinearRow], np.ndarray]:
        """Rows with a price, and their prices."""
        rows = [*self.rows, *held]
        if prices is None:
            return rows, np.zeros(len(rows))
        first = self.relaxed.network.n_nodes
        own = prices[first : first + len(rows)]
        mutual = mutual_rows(self.instance, self.pairs)
        theirs = prices[first + len(rows) : first + len(rows) + len(mutual)]
        dear = np.flatnonzero(theirs > 0.5)
        return rows + [mutual[k] for k in dear], np.append(own, theirs[dear])

    def _weights(self, tier: int) -> list[int]:
        above = len(self.relaxed.network.tiers) - 1 - tier
        return [_POINTS * _TIER**k for k in range(above - 1, -1, -1)] + [1]

    def _weighed(self, bound: PricedBound, weights: list[int]) -> float:
        return float(sum(w * b / s for w, b, s in zip(weights, bound.bound, bound.scale, strict=True)))

    def _objective(self, model: PairsProgram, tier: int) -> IntArray:
        objective: IntArray = np.array(self._weights(tier), np.int64) @ model.objectives[tier:]
        return objective

    # -- answers ----------------------------------------------------------------------------------------------------

    def _improve(self, tier: int, held: list[LinearRow]) -> bool:
        """Solve over the pairs at hand and keep the better answer; whether that is the best over them."""
        model = build_program(self.instance, self.relaxed.network, self.pairs, held=held)
        hint = None if self.answer is None else model.values(self.answer)
        with self.relaxed.effort.phase("integer programs"):
            found = maximize(model.program, self._objective(model, tier), self.limits, hint=hint)
        if found.values is not None:
            chosen = model.chosen(found.values)
            if self.answer is None or tuple(self._value(chosen)) > tuple(self._value()):
                self.answer = chosen
        best = found.status is Status.OPTIMAL
        self._best_over = len(self.pairs) if best else -1
        return best

    def _value(self, answer: Edges | None = None) -> IntArray:
        answer = answer or self.answer
        assert answer is not None
        return flow_value(self.relaxed.network, self.instance, answer)

    # -- pairs ------------------------------------------------------------------------------------------------------

    def _near(self, bound: PricedBound, window: int) -> Edges:
        """Pairs within `window` points of the bound's optimum, and all that any answer so far uses."""
        gap = np.zeros(len(bound.bound), np.int64)
        near = None
        while near is None:
            gap[-1] = window
            near = near_pairs(bound, gap, 8 * self.instance.n_learners + 20_000)
            window //= 2
            if window == 0 and near is None:
                near = bound.flow.pairs
        assert bound.flow.pairs is not None
        return self._joined(near, bound.flow.pairs, self.relaxed.pairs, self.answer)

    def _joined(self, *parts: Edges | None) -> Edges:
        return joined(self.instance, *(part for part in parts if part is not None))

    def _tell(self, bound: PricedBound) -> None:
        spec = self.relaxed.network.tiers[bound.first_tier]
        reached = None if self.answer is None else int(self._value()[bound.first_tier])
        self.limits.tell(
            "side constraints",
            tier=spec.name,
            value=None if reached is None else spec.offset + spec.sign * reached,
            bound=spec.offset + spec.sign * int(bound.bound[0] // bound.scale[0]),
        )


def _listed(flow: PricedFlow) -> Edges:
    listed = flow.flow.listed
    return Edges(listed.owner, listed.guide, listed.points)


def _keys(pairs: Edges, instance: PairsInstance) -> IntArray:
    keys: IntArray = pairs.learner.astype(np.int64) * max(1, instance.n_guides) + pairs.guide
    return keys

"""Side constraints over many pairs: prices bound, an integer program over the pairs near the optimum answers.

With potentials that prove a bound B over all eligible pairs, a pair can be in an answer better than one of
value V only if its reduced cost is no lower than V - B. So an integer program over all such pairs, solved
to its optimum, closes the gap over all eligible pairs, listed or not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from solvers.engine import LARGE, NO_BOUND, maximize, relax
from solvers.limits import Limits
from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.certificate import flow_value
from solvers.pairs.flow.circulation import OverTimeError
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import InstanceError, PairsInstance
from solvers.pairs.side.prices import PricedBound, decode, near_pairs, not_negative, price_rows, settled
from solvers.pairs.side.program import PairsProgram, build_program, joined
from solvers.pairs.side.rows import LinearRow, hold_row, linear_rows, mutual_rows
from solvers.result import Status

WINDOW = 60
"""Points below the optimum that pairs may be and still be seen by the first programs."""

MOST_PAIRS = 400_000
"""Larger programs are not tried."""

ROUNDS = 4
"""Linear programs per stage, each over the pairs that the prices of the last one brought near."""

QUICK, LONG = 3.0, 8.0
"""Seconds for all tiers at once, in programs below and above `LARGE` columns."""

_POINTS, _TIER = 2**17, 2**5
"""A tier weighs so many points, and so many times the next tier: enough to tell fractions of 1 / SCALE
apart."""


@dataclass
class NearClimb:
    """Finds an answer and proves its tiers one after another; `bounds` are in units of flow, for the tiers
    done.

    upper_only: the last tier need not be proven. `best_over`: pairs of which no better
    answer is made. `closed_over`: how many pairs the program saw that closed
    a tier, None where prices alone did."""

    instance: PairsInstance
    relaxed: PricedFlow
    limits: Limits
    start: Edges | None
    upper_only: bool = False
    answer: Edges | None = None
    bounds: list[int] = field(default_factory=list)
    closed_over: list[int | None] = field(default_factory=list)
    best_over: Edges | None = None

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
                self._improve(0, bound)
                if self.answer is None:  # minimum loads and caps on breaks may need pairs far from near
                    self.pairs = self._joined(self.pairs, self.listed, self.relaxed.first)
                    self._improve(0, bound)
            if self.answer is None:
                self._note(0, int(bound.bound[0] // bound.scale[0]), None)
                return
            after = self._prove(bound)
            if after is None:
                return
            tier = after

    def _held(self, tier: int) -> list[LinearRow]:
        network = self.relaxed.network
        return [hold_row(self.instance, network, t, int(self._value()[t])) for t in range(tier)]

    def _prove(self, bound: PricedBound) -> int | None:
        """Prove tiers by one bound, as many as it carries; the tier to bound next, None where no way leads
        on."""
        tiers = len(self.relaxed.network.tiers)
        while True:
            value = self._value()
            tier = bound.first_tier
            while tier < tiers and bound.scale[tier - bound.first_tier] * value[tier] == self._digit(
                bound, tier
            ):
                self._note(tier, int(value[tier]), None)
                tier += 1
            if tier == tiers:
                return tiers
            limit = int(self._digit(bound, tier) // bound.scale[tier - bound.first_tier])
            if limit == value[tier]:  # reached, but not to the last fraction: later tiers need this one held
                self._note(tier, limit, None)
                return tier + 1
            if tier == tiers - 1:
                closed = self._close(bound)
                self._note(
                    tier, int(self._value()[tier]) if closed else limit, len(self.pairs) if closed else None
                )
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

    def _close(self, bound: PricedBound) -> bool:
        """Prove the last tier by a program over every pair that could still matter; what the reduced costs
        settle is fixed. As the answer improves, less matters, so the program is built anew for every slice
        of time."""
        tier, seconds = len(self.relaxed.network.tiers) - 1, LONG
        while not self.limits.over:
            matter = self._matter(bound)
            if matter is None:
                return False
            if self.best_over is not None and _inside(self.instance, matter, self.best_over):
                self.pairs = self.best_over
                return True
            self.pairs = self._joined(matter, self.answer)
            model = self._settled(
                bound, build_program(self.instance, self.relaxed.network, self.pairs, held=self._held(tier))
            )
            before = int(self._value()[tier])
            status, _ = self._solve(model, model.objectives[tier], self._slice(seconds))
            if status is Status.OPTIMAL:
                return True
            if int(self._value()[tier]) == before:
                seconds *= 2
        return False

    def _settled(self, bound: PricedBound, model: PairsProgram) -> PairsProgram:
        """The program with everything fixed that no better answer can do otherwise."""
        short = bound.bound - bound.scale * self._value()[bound.first_tier :]
        arc_lower, arc_upper, pair_lower, pair_upper = settled(bound, short, model.pairs)
        lower, upper = model.program.lower.copy(), model.program.upper.copy()
        arcs, end = model.first_pair, model.first_pair + len(model.pairs)
        lower[:arcs], upper[:arcs] = arc_lower, arc_upper
        lower[arcs:end] = np.maximum(lower[arcs:end], pair_lower)
        upper[arcs:end] = np.maximum(lower[arcs:end], np.minimum(upper[arcs:end], pair_upper))
        return replace(model, program=replace(model.program, lower=lower, upper=upper))

    def _slice(self, seconds: float) -> Limits:
        return replace(self.limits, seconds=min(self.limits.seconds, self.limits.elapsed + seconds))

    def _solve(
        self, model: PairsProgram, objective: IntArray, limits: Limits, bound: int | None = None
    ) -> tuple[Status, int | None]:
        """Maximize from the answer at hand, keep what is better; the status and what was reached."""
        hint = None if self.answer is None else model.values(self.answer)
        with self.relaxed.effort.phase("integer programs"):
            found = maximize(model.program, objective, limits, hint=hint, bound=bound)
        if found.values is not None:
            self._keep(model.chosen(found.values))
        return found.status, found.value

    def _lift(self, bound: PricedBound, tier: int) -> int | None:
        """Raise one tier alone (sums of tiers weigh the next ones in), over every pair that could matter if
        they are not too many. Returns how many those were when no answer has more, else None."""
        matter = self._matter(bound)
        pairs = self.pairs if matter is None else self._joined(matter, self.answer)
        model = build_program(self.instance, self.relaxed.network, pairs, held=self._held(tier))
        if matter is not None:
            model = self._settled(bound, model)
        before = int(self._value()[tier])
        limit = int(self._digit(bound, tier) // bound.scale[tier - bound.first_tier])
        limits = self.limits if matter is not None else self._slice(LONG)
        status, _ = self._solve(model, model.objectives[tier], limits, limit)
        if int(self._value()[tier]) > before and tier + 1 < len(model.objectives):
            self._improve(tier + 1)
        return len(pairs) if matter is not None and status is Status.OPTIMAL else None

    # -- bounds ----

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

    # -- answers ----

    def _improve(self, tier: int, bound: PricedBound | None = None) -> None:
        """Solve for the tiers from `tier` on over the pairs at hand, the others held at the answer's
        values; keep the better answer.

        First all tiers at once, weighed, for a while: mostly that is quick, and then right as well. Otherwise
        tier after tier, the last one for a while only: `_close` knows better what matters.
        """
        model = build_program(self.instance, self.relaxed.network, self.pairs, held=self._held(tier))
        seconds = QUICK if model.program.n_free < LARGE else LONG
        weighed = self._objective(model, tier)
        status, value = self._solve(model, weighed, self._slice(seconds))
        last = len(model.objectives) - 1
        if status is Status.INFEASIBLE or tier == last:
            return
        if status is Status.OPTIMAL and self.answer is not None and self._worth(weighed, model) == value:
            self.best_over = self.pairs
            return
        values: list[int] = []
        for t in range(tier, last + 1):
            limits = self.limits if t < last else self._slice(seconds)
            status, value = self._solve(model, model.objectives[t], limits, self._known(bound, tier, values))
            if value is None:
                return
            values.append(value)
            counted = np.flatnonzero(model.objectives[t])
            held = model.program.with_row(counted, model.objectives[t, counted], value, NO_BOUND)
            model = replace(model, program=held)

    def _known(self, bound: PricedBound | None, tier: int, values: list[int]) -> int | None:
        """What prices say of the next tier when those from `tier` on have `values`, exactly at their
        bounds."""
        if bound is None or bound.first_tier != tier:
            return None
        done = len(values)
        if (bound.scale[:done] * np.array(values, np.int64) != bound.bound[:done]).any():
            return None
        return int(bound.bound[done] // bound.scale[done])

    def _keep(self, answer: Edges) -> None:
        if self.answer is None or tuple(self._value(answer)) > tuple(self._value()):
            self.answer = answer

    def _worth(self, objective: IntArray, model: PairsProgram) -> int:
        assert self.answer is not None
        return int(objective @ model.values(self.answer))

    def _value(self, answer: Edges | None = None) -> IntArray:
        answer = self.answer if answer is None else answer
        assert answer is not None
        return flow_value(self.relaxed.network, self.instance, answer)

    # -- pairs ----

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


def _inside(instance: PairsInstance, some: Edges, others: Edges) -> bool:
    """Whether all pairs of one list are in the other."""
    return bool(np.isin(_keys(some, instance), _keys(others, instance)).all())


def _keys(pairs: Edges, instance: PairsInstance) -> IntArray:
    keys: IntArray = pairs.learner.astype(np.int64) * max(1, instance.n_guides) + pairs.guide
    return keys

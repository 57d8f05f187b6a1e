"""The floor on a learner's sum: the highest f such that everybody with a guide has points of f or more.

Bound first: the linear max-min problem over few pairs gives prices of the learners at the floor, and a
weighed flow (`weighted`) makes of them a whole number that no answer passes, over all eligible pairs. Then
answers: integer programs on the optimal face of the upper tiers, over every pair that an answer with that
floor could have. Where such a program has no answer the bound falls by one; where it has, the floor is
proven. Points come last, in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from solvers.engine import Program, maximize, relax
from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.pairs.answer import floor_reached
from solvers.pairs.edges import Edges, IntArray, PriceView
from solvers.pairs.flow.certificate import flow_value, lexicographic_sign
from solvers.pairs.flow.circulation import OverTimeError
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import PairsInstance
from solvers.pairs.side.climb import short_pairs
from solvers.pairs.side.constraints import broken_minimums, broken_rows
from solvers.pairs.side.program import PairsProgram, build_program, joined
from solvers.pairs.side.weighted import Weighted, first_places, pairs_that_matter, weigh
from solvers.result import Status

GRAIN = 24
"""Prices of learners are whole numbers up to so many; points count in units of 1 / GRAIN of one."""
ROUNDS = 5
"""Linear programs per bound, each over the pairs that the flow of the last one listed."""
MOST_PAIRS = 150_000
"""Larger programs are not tried."""
SLICE = 10.0
"""Seconds for one program at first."""
WINDOWS = (40, 160, 640)
"""Points below the best that pairs may be and still be seen by the first programs."""


@dataclass
class SumFloor:
    """Raises the floor on sums above `answer`, which has the best upper tiers of `relaxed`.

    value, bound: the floor reached, and one that no such answer passes (None where none was found).
    points_bound: no answer with that floor has more points. how: what each of the two rests on.
    """

    instance: PairsInstance
    relaxed: PricedFlow
    answer: Edges
    limits: Limits
    value: int = 0
    bound: int | None = None
    points_bound: int | None = None
    how: list[str] = field(default_factory=lambda: ["", ""])

    def run(self) -> None:
        """Work until both are proven, or the limits end, or a program would be too large."""
        self.value = floor_reached(self.instance, self.answer) or 0
        listed = self.relaxed.flow.listed
        self.pairs = self._joined(Edges(listed.owner, listed.guide, listed.points), self._richest())
        if self.relaxed.pairs is not None:
            self._keep(self.relaxed.pairs)
        try:
            self._bound_floor()
            if self.value < (self.bound or 0):
                self._raise()
            if self.value == self.bound:
                self._best_points()
        except (OverTimeError, InstanceError):
            pass

    # -- the floor ----

    def _bound_floor(self) -> None:
        """Prices from the max-min linear program, made a bound by weighed flows."""
        for _ in range(ROUNDS):
            top = self._top()
            if top <= self.value:
                return
            with self.relaxed.effort.phase("linear programs"):
                prices, reached = self._max_min(top)
            if prices is None or not prices.any():
                return
            weighted = self._tangents(prices, min(top, reached + 1))
            self.limits.tell("floor", tier="floor", value=self.value, bound=self.bound)
            if weighted is None or self.bound is None or self.bound <= reached:
                return
            before = len(self.pairs)
            self.pairs = self._joined(self.pairs, _listed(weighted.flow))
            if len(self.pairs) == before:
                return

    def _top(self) -> int:
        """A floor that no answer passes, from each learner's best pairs alone."""
        n, need = self.instance.n_learners, self.instance.need.astype(np.int64)
        order = np.lexsort((-self.pairs.points, self.pairs.learner))
        learner, points = self.pairs.learner[order], self.pairs.points[order].astype(np.int64)
        start = np.searchsorted(learner, np.arange(n + 1))
        place = np.arange(len(order)) - start[learner]
        best = np.bincount(learner, points * (place < need[learner]), minlength=n).astype(np.int64)
        sure = self._surely_placed()
        top = int(best[sure].min()) if len(sure) else int(best.max(initial=0))
        if self.bound is None or top < self.bound:
            self.bound, self.how[0] = top, "the best pairs of every learner"
        return self.bound

    def _surely_placed(self) -> IntArray:
        """Learners who have a guide in every answer: all who want one, when as many as those are placed."""
        wanting = np.flatnonzero(self.instance.need > 0)
        placed = len(np.unique(self.answer.learner))
        return wanting if placed == len(wanting) else np.zeros(0, np.int64)

    def _max_min(self, top: int) -> tuple[IntArray | None, int]:
        """Whole prices (learners,) near the duals of the max-min problem over listed pairs, and its floor."""
        model = self._on_face(build_program(self.instance, self.relaxed.network, self.pairs, least_sum=top))
        program, first, count = model.program, self._first_sum_row(model), self._wanting
        rows = np.arange(first, first + count)
        slack = program.n_columns  # one more column, what all sums may fall short of `top`
        program = Program(
            np.append(program.lower, 0),
            np.append(program.upper, top),
            np.append(program.row, rows),
            np.append(program.column, np.full(count, slack)),
            np.append(program.coefficient, np.ones(count, np.int64)),
            program.least,
            program.most,
        )
        objective = np.zeros(slack + 1, np.int64)
        objective[slack] = -1
        found = relax(program, objective, self.limits)
        if found is None:
            return None, 0
        prices = np.zeros(self.instance.n_learners)
        wanting = np.flatnonzero(self.instance.need > 0)
        prices[wanting] = np.maximum(0, -found.row_prices[rows])
        whole = np.rint(prices * (GRAIN / max(1e-9, prices.max()))).astype(np.int64)
        return whole, int(np.floor(top + found.value + 1e-6))

    def _tangents(self, prices: IntArray, floor: int) -> Weighted | None:
        """Lower the bound to the last floor at which the weighed slack can reach zero. The best slack is
        convex in the floor, so tangents lead there from the left."""
        weighted = None
        for _ in range(ROUNDS):
            with self.relaxed.effort.phase("prices"):
                weighted = weigh(self.relaxed, prices, floor, 0, self.limits, self.pairs)
            slack = int(weighted.bound[-1])
            if slack < 0:
                self._lower(floor - 1)
            assert weighted.flow.pairs is not None
            self._keep(weighted.flow.pairs)
            placed = np.unique(weighted.flow.pairs.learner)
            slope = int(prices[placed].sum())
            if not slope:
                return weighted
            last = floor + slack // slope
            if len(self._surely_placed()):  # the same learners at any floor: the slack is a straight line
                self._lower(last)
                return weighted
            if slack < 0 or self.bound is None or last + 1 > self.bound:
                return weighted
            floor = last + 1
        return weighted

    def _lower(self, bound: int) -> None:
        if self.bound is None or bound < self.bound:
            self.bound, self.how[0] = bound, "bounded by prices of the learners at the floor"

    def _raise(self) -> None:
        """Answers at the bound and, where there is none, by bisection below; what is proven to have none over
        all pairs lowers the bound."""
        assert self.bound is not None
        floor, fails = self.bound, self.bound + 1
        while self.value < fails - 1 and not self.limits.over:
            if not self._found(floor):
                fails = floor
            self.limits.tell("floor", tier="floor", value=self.value, bound=self.bound)
            floor = max(self.value + 1, (self.value + fails) // 2)

    def _found(self, floor: int) -> bool:
        """Look for an answer with a floor: over the pairs near the best points that the floor allows, then
        over every pair that could matter. `bound` falls where there is none for sure."""
        prices, _ = self._max_min(floor)
        if prices is None:
            return False
        with self.relaxed.effort.phase("prices"):
            slack = weigh(self.relaxed, prices, floor, 0, self.limits, self.pairs)
        if slack.bound[-1] < 0:
            self._lower(floor - 1)
            return False
        near = self._priced(floor)
        for window in WINDOWS:
            if near is None or self.value >= floor:
                break
            pairs = pairs_that_matter(near, window * GRAIN, MOST_PAIRS)
            if pairs is None:
                break
            assert near.flow.pairs is not None
            if self._solve(self._joined(pairs, near.flow.pairs, self.answer), floor) is Status.UNKNOWN:
                break
        if self.value >= floor:
            return True
        matter = pairs_that_matter(slack, int(slack.bound[-1]), MOST_PAIRS)
        if matter is not None:
            pairs = self._joined(matter, self.answer)
            if self._solve(pairs, floor) is Status.INFEASIBLE:
                self.bound, self.how[0] = floor - 1, f"closed by an integer program over {len(pairs):,} pairs"
        return self.value >= floor

    # -- points ----

    def _best_points(self) -> None:
        """The most points with the floor: a bound by prices, a program over what could beat it."""
        if not self.value:  # a floor of 0 holds by itself
            assert self.relaxed.bound is not None
            self.points_bound, self.how[1] = (
                int(self.relaxed.bound[-1]),
                "bounded by the flow without a floor",
            )
            return
        weighted = self._priced(self.value)
        if weighted is None:
            return
        self.points_bound = int(weighted.bound[-1]) // GRAIN
        self.how[1] = "bounded by prices of the learners at the floor"
        seconds, window = SLICE, WINDOWS[0] * GRAIN
        while self._points() < self.points_bound and not self.limits.over:
            gap = int(weighted.bound[-1]) - GRAIN * self._points()
            matter = pairs_that_matter(weighted, min(gap, window), MOST_PAIRS)
            if matter is None:
                return
            pairs, before = self._joined(matter, self.answer), self._points()
            status = self._solve(pairs, self.value, seconds, self.points_bound)
            if status is not Status.OPTIMAL:
                seconds *= 2 if self._points() == before else 1
            elif gap <= window:
                self.points_bound = self._points()
                self.how[1] = f"closed by an integer program over the {len(pairs):,} pairs that could matter"
            else:  # nothing better among those: now every pair that could matter
                window = gap

    def _priced(self, floor: int) -> Weighted | None:
        """The bound on points with a floor, by prices from linear programs over more and more pairs."""
        best: Weighted | None = None
        for _ in range(ROUNDS):
            model = self._with_floor(self.pairs, floor)
            with self.relaxed.effort.phase("linear programs"):
                found = relax(model.program, model.objectives[-1], self.limits)
            if found is None:
                return best
            rows = np.arange(self._wanting) + self._first_sum_row(model)
            prices = np.zeros(self.instance.n_learners, np.int64)
            duals = np.maximum(0, -found.row_prices[rows])
            prices[self.instance.need > 0] = np.rint(duals * GRAIN).astype(np.int64)
            with self.relaxed.effort.phase("prices"):
                weighted = weigh(self.relaxed, prices, floor, GRAIN, self.limits, self.pairs)
            assert weighted.flow.pairs is not None
            self._keep(weighted.flow.pairs)
            if best is None or weighted.bound[-1] < best.bound[-1]:
                best = weighted
            before = len(self.pairs)
            self.pairs = self._joined(self.pairs, _listed(weighted.flow))
            if weighted.bound[-1] // GRAIN <= found.value + 1 or len(self.pairs) == before:
                break
        return best

    def _solve(self, pairs: Edges, floor: int, seconds: float = SLICE, bound: int | None = None) -> Status:
        """The most points with a floor over some pairs, for a while; keeps what is better."""
        model = self._with_floor(pairs, floor)
        limits = replace(self.limits, seconds=min(self.limits.seconds, self.limits.elapsed + seconds))
        with self.relaxed.effort.phase("integer programs"):
            hint = model.values(self.answer)
            found = maximize(model.program, model.objectives[-1], limits, hint=hint, bound=bound)
        if found.values is not None:
            self._keep(model.chosen(found.values))
        return found.status

    # -- programs and pairs ----

    def _with_floor(self, pairs: Edges, floor: int) -> PairsProgram:
        barred = short_pairs(self.instance, pairs, floor)
        return self._on_face(
            build_program(self.instance, self.relaxed.network, pairs, barred=barred, least_sum=floor)
        )

    def _on_face(self, model: PairsProgram) -> PairsProgram:
        """The program with everything fixed that the upper tiers decide, by the relaxed flow's potentials."""
        network, potentials = self.relaxed.network, self.relaxed.potentials[:-1]
        arcs = network.worth[:-1] + potentials[:, network.head] - potentials[:, network.tail]
        worth = network.pair_worth(self.instance, model.pairs)[:-1]
        pairs = worth + potentials[:, network.n_learners + model.pairs.guide]
        sign = lexicographic_sign(np.concatenate((arcs, pairs - potentials[:, model.pairs.learner]), axis=1))
        lower, upper = model.program.lower.copy(), model.program.upper.copy()
        lower[: len(sign)] = np.where(sign > 0, upper[: len(sign)], lower[: len(sign)])
        upper[: len(sign)] = np.where(sign < 0, lower[: len(sign)], upper[: len(sign)])
        return replace(model, program=replace(model.program, lower=lower, upper=upper))

    @property
    def _wanting(self) -> int:
        return int((self.instance.need > 0).sum())

    def _first_sum_row(self, model: PairsProgram) -> int:
        """The rows of sums come last but for those that order each learner's places."""
        places = int((self.relaxed.network.head < self.instance.n_learners).sum())
        later = places - len(first_places(self.relaxed.network))
        return model.program.n_rows - later - self._wanting

    def _richest(self) -> Edges:
        """The pairs with most points of each learner, a few more than they want."""
        n, m = self.instance.n_learners, self.instance.n_guides
        most = 8 + int(self.instance.need.max(initial=0))
        return self.instance.edges.violated(PriceView.flat(n, m), min(most, max(1, m)))

    def _joined(self, *parts: Edges) -> Edges:
        return joined(self.instance, *parts)

    def _keep(self, answer: Edges) -> None:
        """Keep an answer that breaks no rule and is better: the floor first, then points."""
        network = self.relaxed.network
        if broken_rows(self.instance, network, answer) or len(broken_minimums(self.instance, answer)):
            return
        if flow_value(self.relaxed.network, self.instance, answer)[:-1].tolist() != self._upper():
            return
        floor = floor_reached(self.instance, answer) or 0
        if (floor, self._points(answer)) > (self.value, self._points()):
            self.answer, self.value = answer, floor

    def _upper(self) -> list[int]:
        values: list[int] = flow_value(self.relaxed.network, self.instance, self.answer)[:-1].tolist()
        return values

    def _points(self, answer: Edges | None = None) -> int:
        chosen = self.answer if answer is None else answer
        return int(flow_value(self.relaxed.network, self.instance, chosen)[-1])


def _listed(flow: PricedFlow) -> Edges:
    listed = flow.flow.listed
    return Edges(listed.owner, listed.guide, listed.points)

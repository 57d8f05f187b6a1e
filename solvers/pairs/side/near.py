"""Side constraints over many pairs: flows answer, prices bound, programs close what is left between them.

An answer by flow alone (`split`) comes first; the prices at which its closed places speak for themselves
often prove it as it stands. Otherwise linear programs over the pairs near the optimum give better prices and
better places to close, one tier after another, each with the values of the tiers before held. At last come
integer programs: with potentials that prove a bound B over all eligible pairs, a pair can be in an answer
better than one of value V only if its reduced cost is no lower than V - B. So a program over all such pairs,
solved to its optimum, closes the gap over all eligible pairs, listed or not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from solvers.engine import LARGE, NO_BOUND, maximize
from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.circulation import OverTimeError
from solvers.pairs.instance import PairsInstance
from solvers.pairs.side.branch import branch
from solvers.pairs.side.ledger import Ledger
from solvers.pairs.side.linear import LinearBounds, Step
from solvers.pairs.side.prices import PricedBound, near_pairs, settled, shadow_prices
from solvers.pairs.side.program import PairsProgram, build_program, joined
from solvers.pairs.side.rows import LinearRow, hold_row, mutual_rows
from solvers.pairs.side.split import Split, fitted, moved, split_at_last, split_budgets
from solvers.result import Status

MOST_PAIRS = 400_000
"""Larger programs are not tried."""

QUICK, LONG = 3.0, 8.0
"""Seconds for all tiers at once, in programs below and above `LARGE` columns."""


@dataclass
class NearClimb:
    """Finds an answer and bounds its tiers one after another, over all eligible pairs.

    upper_only: the last tier need not be bounded. `best_over`: pairs of which no better answer is made.
    `improved`: values from which integer programs over near pairs were tried.
    `steps`: by the values of the tiers before, the linear program that bounded a tier."""

    ledger: Ledger
    upper_only: bool = False
    split: Split | None = None
    best_over: Edges | None = None
    improved: set[tuple[int, ...]] = field(default_factory=set)
    steps: dict[tuple[int, ...], Step] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.instance, self.relaxed = self.ledger.instance, self.ledger.relaxed
        self.limits, self.network = self.ledger.limits, self.relaxed.network
        self.linear = LinearBounds(self.relaxed, self.limits)
        self.tiers = len(self.network.tiers) - int(self.upper_only)

    @property
    def proven(self) -> bool:
        """Whether every tier is at its bound."""
        return self.ledger.first_open() >= self.tiers

    # -- flows ----

    def by_flows(self) -> None:
        """An answer by closed places, and the bound that its own prices give."""
        with suppress(OverTimeError, InstanceError):
            with self.relaxed.effort.phase("start"):
                try:
                    self._take(split_budgets(self.instance, self.relaxed, self.network, self.limits))
                except OverTimeError:
                    late = split_at_last(self.instance, self.relaxed)
                    if late is not None:
                        self.ledger.keep(late.pairs)
            if self.split is not None and not self.proven:
                self._by_shadow(self.split)

    def _by_shadow(self, split: Split) -> None:
        rows = [*self.linear.rows, *self._barred_rows(split)]
        prices = shadow_prices(split, self.network, rows, self.linear.unit)
        self.ledger.note(self.linear.priced(0, rows, prices))

    def _take(self, split: Split | None) -> None:
        """Keep an answer by flow if it is the best so far; its flow is where the next ones start."""
        if split is not None and (self.ledger.keep(split.pairs, drawn=True) or self.split is None):
            self.split, self.linear.start = split, split.flow

    def _barred_rows(self, split: Split) -> list[LinearRow]:
        if not split.banned:
            return []
        learner, guide = (np.array(column, np.int32) for column in zip(*split.banned, strict=True))
        barred = Edges(learner, guide, self.instance.edges.points(learner, guide))
        rows = mutual_rows(self.instance, self._joined(barred, split.pairs))
        keys = _keys(barred, self.instance)
        return [row for row in rows if np.isin(_keys(row.pairs, self.instance), keys).any()]

    def fill(self) -> None:
        """Bound the tiers of which nothing is known yet, if only roughly: also when the limits are over."""
        for tier in range(1, self.tiers):
            if self.ledger.answer is None or tier in self.ledger.notes():
                continue
            with suppress(InstanceError):
                rough, spec = self.linear.rough(tier, self.ledger.value().tolist()), self.network.tiers[tier]
                told = spec.offset + spec.sign * int(rough.bound[0] // rough.scale[0])
                if spec.sign > 0 or told >= 0:  # at least less than nothing: that says nothing
                    self.ledger.note(rough)

    # -- linear programs ----

    def by_programs(self) -> None:
        """Linear, then integer programs, until everything is proven, or the limits end, or a program would be
        too large."""
        with suppress(OverTimeError, InstanceError):
            self._programs()

    def _programs(self) -> None:
        ledger, linear = self.ledger, self.linear
        linear.look_around(self.relaxed)
        if self.split is not None:
            linear.look_around(self.split.flow)
        linear.see(ledger.answer)
        if ledger.answer is None:
            self._improve(0)
        if ledger.answer is None:  # minimum loads and caps on breaks may need pairs far from near
            listed = self.relaxed.flow.listed
            linear.see(Edges(listed.owner, listed.guide, listed.points), self.relaxed.first)
            self._improve(0)
        if ledger.answer is None:
            self._bound(0)
            return
        self._bound_all()
        while not self.proven and self._search(ledger.first_open()):
            self._bound_all()

    def _bound_all(self) -> None:
        """Bound every tier, each with the answer's values in those before held: the first two open ones, from
        which better answers come, then the last one, then those between."""
        tried: set[tuple[int, ...]] = set()
        while not self.limits.over:
            notes, value = self.ledger.notes(), self.ledger.value().tolist()
            loose = [t for t in range(self.tiers) if t not in notes or notes[t].bound != value[t]]
            left = [
                t
                for t in (*loose[: 2 if len(tried) < 2 else 0], *loose[-1:], *loose)
                if tuple(value[:t]) not in tried and tuple(value[:t]) not in self.steps
            ]
            if not left:
                return
            tried.add(tuple(value[: left[0]]))
            self._bound(left[0])

    def _held(self, tier: int) -> list[LinearRow]:
        if not tier:
            return []
        value = self.ledger.value().tolist()
        return [hold_row(self.instance, self.network, t, value[t]) for t in range(tier)]

    def _bound(self, tier: int) -> None:
        """Bound the tiers from `tier` on by prices, and look for answers where the program closes places."""
        value = None if self.ledger.answer is None else int(self.ledger.value()[tier])
        step = self.linear.step(tier, self._held(tier), value)
        if step is not None:
            self.ledger.note(step.bound)
            if self.ledger.answer is not None:
                self.steps[tuple(self.ledger.value()[:tier].tolist())] = step
            self._round(step)

    def _round(self, step: Step) -> None:
        """Close places as a linear program does, and move those that it halves."""
        budgets, loads = self.instance.budgets, step.loads()
        fit = fitted(self.instance, self.network, *zip(*loads, strict=True)) if loads else self.network
        halved = [
            budget
            for budget, (x, y) in zip(budgets, loads, strict=True)
            if abs(x - round(x)) + abs(y - round(y)) > 1e-3
        ]
        with self.relaxed.effort.phase("start"):
            split = split_budgets(self.instance, self.linear.start, fit, self.limits)
            if split is not None:
                self.ledger.keep(split.pairs, drawn=True)
                self._take(moved(self.instance, split, self.network, halved, self.limits))

    # -- integer programs ----

    def _search(self, tier: int) -> bool:
        """Close the first open tier by a program over every pair that could matter; whether it is closed, or
        a better answer was found."""
        note, ledger = self.ledger.notes().get(tier), self.ledger
        if note is None or self.limits.over:
            return False
        before = tuple(ledger.value())
        large = len(self.linear.pairs) > LARGE  # then branches are bounded sooner than a program is improved
        if not large and self._improved(tier):
            return True
        last = tier == len(self.network.tiers) - 1
        seen = self._close(note.source) if last else self._lift(note.source, tier)
        if seen is not None:
            how = f"closed by an integer program over the {seen:,} pairs that could matter"
            ledger.search(tier, int(ledger.value()[tier]), how)
            return True
        return tuple(ledger.value()) > before or self._branch(tier) or (large and self._improved(tier))

    def _improved(self, tier: int) -> bool:
        """Whether an integer program over the pairs at hand, once for each answer, finds a better one."""
        before = tuple(self.ledger.value())
        if before in self.improved:
            return False
        self.improved.add(before)
        self._improve(tier)
        return tuple(self.ledger.value()) > before

    def _branch(self, tier: int) -> bool:
        """The same by branches over the roles of people, all pairs seen by prices."""
        value = self.ledger.value()
        step = self.steps.get(tuple(value[:tier].tolist()))
        if step is None:
            return False
        found = branch(self.linear, tier, self._held(tier), step, int(value[tier]), self.limits)
        told = f"bounded by prices of the side constraints in {found.branches:,} branches"
        self.ledger.search(tier, found.limit, told)
        if found.limit > value[tier] and found.whole is not None:
            self._round(found.whole)
        return found.limit == value[tier] or tuple(self.ledger.value()) > tuple(value)

    def _matter(self, bound: PricedBound) -> Edges | None:
        """Every pair that a better answer could have; None if they are too many for a program."""
        return near_pairs(bound, self.ledger.short_of(bound), MOST_PAIRS)

    def _close(self, bound: PricedBound) -> int | None:
        """Prove the last tier by a program over every pair that could still matter; what the reduced costs
        settle is fixed. As the answer improves, less matters, so the program is built anew for every slice
        of time. Returns how many pairs it saw, None when it did not come to its end."""
        tier, seconds = len(self.network.tiers) - 1, LONG
        while not self.limits.over:
            matter = self._matter(bound)
            if matter is None:
                return None
            if self.best_over is not None and _inside(self.instance, matter, self.best_over):
                return len(self.best_over)
            pairs = self._joined(matter, self.ledger.answer)
            model = self._settled(
                bound, build_program(self.instance, self.network, pairs, held=self._held(tier))
            )
            before = int(self.ledger.value()[tier])
            status, _ = self._solve(model, model.objectives[tier], self._slice(seconds))
            if status is Status.OPTIMAL:
                return len(pairs)
            if int(self.ledger.value()[tier]) == before:
                seconds *= 2
        return None

    def _settled(self, bound: PricedBound, model: PairsProgram) -> PairsProgram:
        """The program with everything fixed that no better answer can do otherwise."""
        short = self.ledger.short_of(bound)
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
        hint = None if self.ledger.answer is None else model.values(self.ledger.answer)
        with self.relaxed.effort.phase("integer programs"):
            found = maximize(model.program, objective, limits, hint=hint, bound=bound)
        if found.values is not None:
            self.ledger.keep(model.chosen(found.values))
        return found.status, found.value

    def _lift(self, bound: PricedBound, tier: int) -> int | None:
        """Raise one tier alone over every pair that could matter, if they are not too many. Returns how many
        those were when no answer has more, else None."""
        matter = self._matter(bound)
        if matter is None:
            return None
        pairs = self._joined(matter, self.ledger.answer)
        model = build_program(self.instance, self.network, pairs, held=self._held(tier))
        limit = int(bound.bound[tier - bound.first_tier] // bound.scale[tier - bound.first_tier])
        model = self._settled(bound, model)
        status, _ = self._solve(model, model.objectives[tier], self.limits, limit)
        return len(pairs) if status is Status.OPTIMAL else None

    def _improve(self, tier: int) -> None:
        """Solve for the tiers from `tier` on over the pairs at hand, the others held at the answer's values,
        one tier after another; keep the better answer."""
        model = build_program(self.instance, self.network, self.linear.pairs, held=self._held(tier))
        seconds = QUICK if model.program.n_free < LARGE else LONG
        best, notes = True, self.ledger.notes()
        reached = [] if self.ledger.answer is None else self.ledger.value().tolist()
        values = reached[:tier]
        for t in range(tier, len(model.objectives)):
            limit = notes[t].bound if t in notes and (t == tier or reached[:t] == values) else None
            status, value = self._solve(model, model.objectives[t], self._slice(seconds), limit)
            if value is None:
                return
            values.append(value)
            best = best and status is Status.OPTIMAL
            counted = np.flatnonzero(model.objectives[t])
            held = model.program.with_row(counted, model.objectives[t, counted], value, NO_BOUND)
            model = replace(model, program=held)
        if best:
            self.best_over = self.linear.pairs

    def _joined(self, *parts: Edges | None) -> Edges:
        return joined(self.instance, *(part for part in parts if part is not None))


def _inside(instance: PairsInstance, some: Edges, others: Edges) -> bool:
    """Whether all pairs of one list are in the other."""
    return bool(np.isin(_keys(some, instance), _keys(others, instance)).all())


def _keys(pairs: Edges, instance: PairsInstance) -> IntArray:
    keys: IntArray = pairs.learner.astype(np.int64) * max(1, instance.n_guides) + pairs.guide
    return keys

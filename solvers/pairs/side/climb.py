"""Tier after tier by integer programs: each tier is raised to its top, then held, and the next begins."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from solvers.engine import NO_BOUND, Found, Program, maximize
from solvers.limits import Limits, Progress
from solvers.pairs.answer import old_flags
from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.network import Network
from solvers.pairs.instance import MAX_NEED, MAX_POINTS, PairsInstance
from solvers.pairs.side.program import PairsProgram, build_program
from solvers.result import Status

NOBODY = MAX_NEED * MAX_POINTS + 1
"""The floor of an answer with nobody to count: above every number."""


@dataclass
class Climb:
    """How far the tiers were raised over listed pairs, in units of flow: `values` and `bounds` of the tiers
    done.

    `floor` and `floor_bound` are set once the floor was raised (NOBODY where nobody counts). `answer` is
    the best set of pairs so far; None, when there is none, with `infeasible` telling whether that is
    proven."""

    answer: Edges | None = None
    values: list[int] = field(default_factory=list)
    bounds: list[int | None] = field(default_factory=list)
    floor: int | None = None
    floor_bound: int | None = None
    infeasible: bool = False

    @property
    def proven(self) -> bool:
        """Whether everything so far is at its bound."""
        return self.answer is not None and self.values == self.bounds and self.floor == self.floor_bound


@dataclass(frozen=True)
class Climber:
    """Raises the tiers of one instance over listed pairs. `known`: bounds in units of flow that hold
    already."""

    instance: PairsInstance
    network: Network
    pairs: Edges
    limits: Limits
    known: IntArray | None = None

    def upper(self, start: Edges | None) -> Climb:
        """All tiers but the last."""
        model = build_program(self.instance, self.network, self.pairs)
        return self._raise(model, Climb(answer=start), range(len(self.network.tiers) - 1))

    def points(self, climb: Climb) -> Climb:
        """The last tier, the others held, and the floor where there is one."""
        model = self._with_floor(climb.floor) if climb.floor is not None else None
        model = model or build_program(self.instance, self.network, self.pairs)
        last = len(self.network.tiers) - 1
        return self._raise(model, climb, range(last, last + 1))

    def _raise(self, model: PairsProgram, climb: Climb, tiers: range) -> Climb:
        program = self._held(model, climb.values)
        hint = None if climb.answer is None else model.values(climb.answer)
        for t in tiers:
            tier = self.network.tiers[t]
            bound = None
            if self.known is not None and climb.floor is None and climb.values == self.known[:t].tolist():
                bound = int(self.known[t])
            with_progress = _telling(self.limits, tier.name, tier.offset, tier.sign)
            found = maximize(program, model.objectives[t], with_progress, hint=hint, bound=bound)
            if found.values is None or found.value is None:
                climb.infeasible = found.status is Status.INFEASIBLE and climb.answer is None
                return climb
            hint = found.values
            climb.answer = model.chosen(found.values)
            climb.values.append(found.value)
            climb.bounds.append(found.bound)
            program = _hold(program, model.objectives[t], found.value)
        return climb

    def _held(self, model: PairsProgram, values: list[int]) -> Program:
        program = model.program
        for objective, value in zip(model.objectives, values, strict=False):
            program = _hold(program, objective, value)
        return program

    # -- the floor ----

    def raise_floor(self, climb: Climb) -> Climb:
        """The highest floor under which the upper tiers keep their values, by bisection; every step is a
        program."""
        assert climb.answer is not None
        low, high = self.reached(climb.answer), NOBODY
        while low < high:
            steps = self._steps(low, high)
            middle = int(steps[len(steps) // 2])
            found = self._try(middle, climb)
            if found.values is not None:
                climb.answer = self._with_floor(middle).chosen(found.values)
                low = max(middle, self.reached(climb.answer))
            elif found.status is Status.INFEASIBLE:
                below = steps[steps < middle]
                high = int(below[-1]) if len(below) else low
            else:
                break
            self.limits.tell("floor", tier="floor", value=None if low == NOBODY else low, bound=high)
        climb.floor, climb.floor_bound = low, high
        return climb

    def reached(self, answer: Edges) -> int:
        """The floor of an answer, NOBODY if nobody counts."""
        if self.instance.floor_on == "sum":
            sums = np.bincount(answer.learner, answer.points, minlength=self.instance.n_learners)
            return int(sums[answer.learner].min()) if len(answer) else NOBODY
        fresh = answer.points[~old_flags(self.instance, answer)]
        return int(fresh.min()) if len(fresh) else NOBODY

    def _steps(self, low: int, high: int) -> IntArray:
        """Floors above `low` that could be the highest one: points that occur, or whole numbers for sums."""
        if self.instance.floor_on == "sum":
            most = min(high, _best_sum(self.instance, self.pairs))
            steps = np.arange(low + 1, most + 1, dtype=np.int64)
        else:
            occurring = np.unique(self.pairs.points).astype(np.int64)
            steps = occurring[(occurring > low) & (occurring <= high)]
        return np.append(steps, NOBODY) if high == NOBODY else steps

    def _try(self, floor: int, climb: Climb) -> Found:
        model = self._with_floor(floor)
        program = self._held(model, climb.values)
        return maximize(program, np.zeros(program.n_columns, np.int64), self.limits, hint=None, phase="floor")

    def _with_floor(self, floor: int) -> PairsProgram:
        instance, pairs = self.instance, self.pairs
        if instance.floor_on == "pair":
            barred = (pairs.points < floor) & ~old_flags(instance, pairs)
            return build_program(instance, self.network, pairs, barred=barred)
        barred = short_pairs(instance, pairs, floor)
        return build_program(instance, self.network, pairs, barred=barred, least_sum=floor)


def _hold(program: Program, objective: IntArray, value: int) -> Program:
    counted = np.flatnonzero(objective)
    if not len(counted):
        return program
    return program.with_row(counted, objective[counted], value, NO_BOUND)


def short_pairs(instance: PairsInstance, pairs: Edges, floor: int) -> NDArray[np.bool_]:
    """Which pairs are of no use because even the best others at their side leave the sum below a floor."""
    short: NDArray[np.bool_] = pairs.points + _best_others(instance, pairs) < floor
    return short


def _best_others(instance: PairsInstance, pairs: Edges) -> IntArray:
    """Per pair, the highest sum of points that its learner could have from other pairs beside it."""
    order = np.lexsort((-pairs.points, pairs.learner))
    learner, points = pairs.learner[order], pairs.points[order].astype(np.int64)
    start = np.searchsorted(learner, np.arange(instance.n_learners + 1))
    total = np.append(0, np.cumsum(points))
    need = instance.need.astype(np.int64)
    place = np.arange(len(order)) - start[learner]
    size = np.minimum(need, start[1:] - start[:-1])[learner]
    top = total[start[learner] + size] - total[start[learner]]
    # Inside the best `size`: the rest of them; outside: it takes the place of the last of them.
    last = np.where(size > 0, points[np.maximum(start[learner] + size - 1, 0)], 0)
    out = np.zeros(len(pairs), np.int64)
    out[order] = np.where(place < size, top - points, top - last)
    return out


def _best_sum(instance: PairsInstance, pairs: Edges) -> int:
    if not len(pairs):
        return 0
    return int((pairs.points + _best_others(instance, pairs)).max())


def _telling(limits: Limits, tier: str, offset: int, sign: int) -> Limits:
    """The same limits, whose reports are in people's units and name the tier."""
    report = limits.report

    def told(progress: Progress) -> None:
        value = None if progress.value is None else offset + sign * progress.value
        bound = None if progress.bound is None else offset + sign * progress.bound
        report(replace(progress, tier=tier, value=value, bound=bound))

    return replace(limits, report=told)

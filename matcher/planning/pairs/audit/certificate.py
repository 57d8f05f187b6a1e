"""What bounds are derived from: every eligible pair by the dense kernel, and a plan's own duals as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.plan import PlanDuals, PlanSideDuals
from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.solution import Duals, PricedRow, SideDuals

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from solvers.pairs.instance import PairsInstance


class EveryPair:
    """All eligible pairs of some learners, block by block, as often as asked; it counts and keeps the best.

    `count`: eligible pairs. `best` (learners,): highest points of an eligible pair, 0 without any.
    """

    def __init__(self, candidates: Candidates, learners: Index | None = None) -> None:
        self._candidates = candidates
        self._learners = learners
        self.count = 0
        self.best: IntArray = np.zeros(len(candidates.learner_ids), np.int64)

    def blocks(self) -> Iterator[Edges]:
        """The pairs, each once."""
        self.count = 0
        for learners, points in self._candidates.oracle.dense_points(self._learners):
            rows, guides = np.nonzero(points >= 0)
            self.count += len(rows)
            np.maximum.at(self.best, learners, points.max(axis=1, initial=0))
            yield Edges(learners[rows].astype(np.int32), guides.astype(np.int32), points[rows, guides])


def read_duals(plan: PlanDuals, instance: PairsInstance, node_names: tuple[str, ...]) -> Duals | str:
    """A plan's duals as arrays in the instance's order; a sentence where they do not fit it."""

    def columns(numbers: Mapping[str, tuple[int, ...]], ids: object, what: str) -> IntArray | str:
        names = list(ids)  # type: ignore[call-overload]
        missing = [name for name in names if name not in numbers]
        if missing or len(numbers) != len(names):
            strange = sorted(set(numbers) - set(names))
            return f"duals of {what}: {len(missing)} missing, {len(strange)} of nobody known"
        rows = [numbers[name] for name in names]
        if any(abs(number) > 2**61 for row in rows for number in row):
            return f"duals of {what} hold numbers beyond 2^61"
        return np.array(rows, np.int64).reshape(len(names), len(plan.tiers)).T

    sides = []
    for numbers, ids, what in (
        (plan.learner, instance.learner_ids, "learners"),
        (plan.guide, instance.guide_ids, "guides"),
        (plan.node, node_names, "other nodes"),
    ):
        side = columns(numbers, ids, what)
        if isinstance(side, str):
            return side
        sides.append(side)
    learner, guide, node = sides
    return Duals(plan.tiers, learner, guide, node, node_names, plan.least_points)


def read_side_duals(
    plan: PlanSideDuals, instance: PairsInstance, node_names: tuple[str, ...]
) -> SideDuals | str:
    """A certificate with prices as arrays; a sentence where it does not fit the instance."""
    duals = read_duals(plan.duals, instance, node_names)
    if isinstance(duals, str):
        return duals
    learners = {name: number for number, name in enumerate(instance.learner_ids)}
    guides = {name: number for number, name in enumerate(instance.guide_ids)}
    rows = []
    for row in plan.rows:
        if (row.learner is not None and row.learner not in learners) or (
            row.guide is not None and row.guide not in guides
        ):
            return f"a price of {row.code} is of nobody known: {row.learner}, {row.guide}"
        if any(abs(number) > 2**61 for number in (*row.price, row.most, row.learner_cost, row.guide_cost)):
            return f"a price of {row.code} holds numbers beyond 2^61"
        rows.append(
            PricedRow(
                row.code,
                row.price,
                row.most,
                -1 if row.learner is None else learners[row.learner],
                -1 if row.guide is None else guides[row.guide],
                row.learner_cost,
                row.guide_cost,
                row.name,
            )
        )
    return SideDuals(duals, plan.scale, tuple(rows))

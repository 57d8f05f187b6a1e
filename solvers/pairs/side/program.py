"""A pairs instance over listed pairs as an integer program: the circulation of `network`, and the rows no
flow holds.

Columns: the structural arcs, the pair arcs, and one 0/1 column for each guide who takes none or at least
the minimum load. Rows: what flows into a node flows out, then the side constraints. Every tier is one
objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.engine import NO_BOUND, Program
from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.flow.network import Network
from solvers.pairs.instance import PairsInstance
from solvers.pairs.side.constraints import mutual_pairs
from solvers.pairs.side.rows import LinearRow, linear_rows


@dataclass(frozen=True)
class PairsProgram:
    """A program with its meaning: `objectives` has shape (tiers, columns); pair k is column len(tail) + k."""

    program: Program
    objectives: IntArray
    instance: PairsInstance
    network: Network
    pairs: Edges

    @property
    def first_pair(self) -> int:
        """Column of the first pair."""
        return len(self.network.tail)

    def chosen(self, values: IntArray) -> Edges:
        """The pairs of an answer."""
        on = np.flatnonzero(values[self.first_pair : self.first_pair + len(self.pairs)])
        return Edges(self.pairs.learner[on], self.pairs.guide[on], self.pairs.points[on])

    def values(self, answer: Edges) -> IntArray:
        """The columns of an answer; pairs that are not listed are left out."""
        net, n, m = self.network, self.instance.n_learners, self.instance.n_guides
        on = np.isin(_keys(self.pairs, m), _keys(answer, m))
        learner, guide = self.pairs.learner[on], self.pairs.guide[on]
        out = np.zeros(self.program.n_columns, np.int64)
        out[self.first_pair : self.first_pair + len(self.pairs)] = on
        load = np.bincount(guide, minlength=m)
        out[self.first_pair + len(self.pairs) :] = load[opening_guides(self.instance)] > 0
        out[: self.first_pair] = arc_flows(net, n, m, np.bincount(learner, minlength=n), load)
        return out


def arc_flows(net: Network, n: int, m: int, wanted: IntArray, given: IntArray) -> IntArray:
    """Flow of the structural arcs when learners have `wanted` and guides `given` pairs."""
    flow = np.zeros(len(net.tail), np.int64)
    excess = np.zeros(net.n_nodes, np.int64)
    rest = np.concatenate((wanted, given)).astype(np.int64)
    for arc, (tail, head) in enumerate(zip(net.tail.tolist(), net.head.tolist(), strict=True)):
        person = head if head < n else tail if n <= tail < n + m else -1
        if person >= 0:
            flow[arc] = min(int(net.upper[arc]), int(rest[person]))
            rest[person] -= flow[arc]
            excess[head] += flow[arc]
            excess[tail] -= flow[arc]
    for arc in range(
        len(flow) - 1, -1, -1
    ):  # nodes made later hang below: their one arc upwards balances them
        tail, head = int(net.tail[arc]), int(net.head[arc])
        if min(tail, head) >= n + m:
            flow[arc] = -excess[head] if head > tail else excess[tail]
            excess[head] += flow[arc]
            excess[tail] -= flow[arc]
    return flow


def opening_guides(instance: PairsInstance) -> Index:
    """Guides for whom "none or at least the minimum load" says more than whole numbers do."""
    if not instance.all_or_nothing:
        return np.zeros(0, np.int32)
    return np.flatnonzero(instance.min_load > 1).astype(np.int32)


class _Rows:
    """Entries and bounds of rows while they grow."""

    def __init__(self) -> None:
        self.row: list[IntArray] = []
        self.column: list[IntArray] = []
        self.coefficient: list[IntArray] = []
        self.least: list[IntArray] = []
        self.most: list[IntArray] = []
        self.count = 0

    def block(
        self, row: object, column: object, coefficient: object, least: IntArray, most: IntArray
    ) -> None:
        """Add len(least) rows; `row` counts from 0 inside the block."""
        parts = np.broadcast_arrays(*(np.asarray(part, np.int64) for part in (row, column, coefficient)))
        for store, part in zip((self.row, self.column, self.coefficient), parts, strict=True):
            store.append(part + self.count if store is self.row else part)
        self.least.append(least.astype(np.int64))
        self.most.append(most.astype(np.int64))
        self.count += len(least)


def build_program(
    instance: PairsInstance,
    network: Network,
    pairs: Edges,
    *,
    barred: NDArray[np.bool_] | None = None,
    least_sum: int = 0,
    held: Sequence[LinearRow] = (),
) -> PairsProgram:
    """The program over `pairs` (pinned and previous ones must be among them; none twice).

    Rows in order: nodes, side rows, `held` (more rows to keep), pairs both ways, minimum loads, sums.
    barred: pairs that must stay out. least_sum: every learner with a guide has points of at least so much
    in sum."""
    n, m = instance.n_learners, instance.n_guides
    arcs, count = len(network.tail), len(pairs)
    opening = opening_guides(instance)
    columns = arcs + count + len(opening)
    pinned = np.isin(_keys(pairs, m), _keys(instance.pinned, m))
    lower, upper = np.zeros(columns, np.int64), np.ones(columns, np.int64)
    lower[:arcs], upper[:arcs] = network.lower, network.upper
    lower[arcs : arcs + count] = pinned
    if barred is not None:
        upper[arcs : arcs + count] = pinned | ~barred
    x = np.arange(count, dtype=np.int64) + arcs
    rows = _Rows()
    nodes = network.n_nodes
    zero = np.zeros(nodes, np.int64)
    rows.block(
        np.concatenate((network.head, network.tail, n + pairs.guide, pairs.learner)),
        np.concatenate((np.arange(arcs), np.arange(arcs), x, x)),
        np.repeat((1, -1, 1, -1), (arcs, arcs, count, count)),
        zero,
        zero,
    )
    for row in (*linear_rows(instance, network), *held):
        at, cost = _row_entries(row, pairs, m, arcs)
        rows.block(np.zeros(len(at)), at, cost, np.array([-NO_BOUND]), np.array([row.most]))
    left, right = mutual_pairs(instance, pairs)
    if len(left):
        each = np.arange(len(left))
        alone = left == right
        rows.block(
            np.concatenate((each, each[~alone])),
            np.concatenate((x[left], x[right[~alone]])),
            1,
            np.full(len(left), -NO_BOUND),
            np.where(alone, 0, 1),
        )
    place = np.flatnonzero(network.head < n)
    giving = np.flatnonzero((network.tail >= n) & (network.tail < n + m))
    if len(opening):
        number = np.full(m, -1, np.int64)
        number[opening] = np.arange(len(opening))
        mine = giving[number[network.tail[giving] - n] >= 0]
        who = number[network.tail[mine] - n]
        switch, each = np.arange(len(opening)) + arcs + count, np.arange(len(opening))
        for bound, least, most in (
            (instance.capacity, -NO_BOUND, 0),
            (instance.min_load, 0, NO_BOUND),
        ):
            rows.block(
                np.concatenate((who, each)),
                np.concatenate((mine, switch)),
                np.concatenate((np.ones(len(mine), np.int64), -bound[opening].astype(np.int64))),
                np.full(len(opening), least),
                np.full(len(opening), most),
            )
    if least_sum:
        _floor_rows(rows, instance, network, pairs, place, x, least_sum)
    whole = np.zeros(columns, bool)  # with these whole, what is left is a circulation
    for part in rows.column[1:]:
        whole[part] = True
    program = Program(
        lower,
        upper,
        np.concatenate(rows.row),
        np.concatenate(rows.column),
        np.concatenate(rows.coefficient),
        np.concatenate(rows.least),
        np.concatenate(rows.most),
        whole,
    )
    objectives = np.zeros((len(network.tiers), columns), np.int64)
    objectives[:, :arcs] = network.worth
    objectives[:, arcs : arcs + count] = network.pair_worth(instance, pairs)
    return PairsProgram(program, objectives, instance, network, pairs)


def _row_entries(row: LinearRow, pairs: Edges, m: int, arcs: int) -> tuple[IntArray, IntArray]:
    """Columns and coefficients of a row; pairs that are not listed fall out."""
    if not len(row.pairs):
        return row.arcs, row.arc_costs
    order = np.argsort(_keys(row.pairs, m))
    keys = _keys(row.pairs, m)[order]
    found = np.minimum(np.searchsorted(keys, _keys(pairs, m)), len(keys) - 1)
    hit = np.flatnonzero(keys[found] == _keys(pairs, m))
    return np.append(row.arcs, hit + arcs), np.append(row.arc_costs, row.pair_costs[order[found[hit]]])


def _floor_rows(
    rows: _Rows,
    instance: PairsInstance,
    network: Network,
    pairs: Edges,
    place: IntArray,
    x: IntArray,
    least: int,
) -> None:
    """Sum of points >= least for learners with a guide; the first place arc says whether there is one."""
    n = instance.n_learners
    heads = network.head[place]
    first = np.zeros(n, np.int64)
    first[heads[::-1]] = place[::-1]
    wanting = np.flatnonzero(instance.need > 0)
    number = np.full(n, -1, np.int64)
    number[wanting] = np.arange(len(wanting))
    rows.block(
        np.concatenate((number[pairs.learner], np.arange(len(wanting)))),
        np.concatenate((x, first[wanting])),
        np.concatenate((pairs.points.astype(np.int64), np.full(len(wanting), -least))),
        np.zeros(len(wanting), np.int64),
        np.full(len(wanting), NO_BOUND),
    )
    later = place[place != first[heads]]
    each = np.arange(len(later))
    rows.block(
        np.concatenate((each, each)),
        np.concatenate((first[network.head[later]], later)),
        np.repeat((1, -1), len(later)),
        np.zeros(len(later), np.int64),
        np.full(len(later), NO_BOUND),
    )


def _keys(pairs: Edges, n_guides: int) -> IntArray:
    keys: IntArray = pairs.learner.astype(np.int64) * max(1, n_guides) + pairs.guide
    return keys


def joined(instance: PairsInstance, *lists: Edges) -> Edges:
    """The given pairs with the pinned and previous ones, each once, by learner and guide; pins keep their
    points."""
    parts = (instance.pinned, instance.previous, *lists)
    learner, guide, points = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("learner", "guide", "points")
    )
    _, first = np.unique(learner.astype(np.int64) * max(1, instance.n_guides) + guide, return_index=True)
    return Edges(learner[first], guide[first], points[first])

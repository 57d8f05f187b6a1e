"""Bounds by a min-cost flow: turns flow to people, into their loads, to organizations and out.

Left out are windows, hours, sessions and soft rules, so no answer beats the flow; where an answer reaches
what the flow does, the tier is proven without a linear program. Held tiers keep the flow on its optimal face:
an arc with a reduced cost stays at its bound in every answer that reaches the tier (complementary slackness),
so the next tier is a flow again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.engine import IntArray
from solvers.rota.turns.model import Model
from solvers.rota.turns.pricing import SCALE, Flags, Priced

MOST_COST = 2**60
"""What the library can add up: costs times nodes."""

ROUNDS = 2_000
"""Passes over all arcs after which potentials are given up; they need about as many as a path has arcs."""


@dataclass(frozen=True)
class _Arcs:
    """Arcs of one network: lower <= flow <= upper. slot: place in the bounds kept from tier to tier.
    column: of the program, -1 for none."""

    tail: IntArray
    head: IntArray
    slot: IntArray
    column: IntArray


@dataclass(frozen=True)
class FlowPriced(Priced):
    """Prices of a flow. slot, slack: the arcs with their reduced costs, above 0 where flow would cost."""

    slot: IntArray
    slack: IntArray


@dataclass(frozen=True)
class Cells:
    """Turns of which a person takes no more than so many. of (choices,): cell of each, -1 for none. room
    (cells, n)."""

    of: IntArray
    room: IntArray


class Flow:
    """The flow relaxation of one model, with the tiers held so far; `cells` narrow it further."""

    def __init__(self, model: Model, cells: Cells | None = None) -> None:
        self._model, self._cells = model, cells
        instance = model.instance
        turns, n, k, classes = (
            instance.n_turns,
            instance.n_people,
            instance.n_organizations,
            instance.n_classes,
        )
        self._loads = turns
        self._people = turns + n * classes
        self._home = self._people + n
        self._cell = self._home + 2 * k
        self._sink = self._cell + (0 if cells is None else cells.room.size)
        top = max(1, turns)
        room = instance.organization_room.astype(np.int64)
        # Slots: turns left open, loads that nobody counts, people, organizations (room, share), cells, and
        # the columns.
        self._first = np.cumsum([0, turns, n * classes, n, k, k, 0 if cells is None else cells.room.size])
        self._lower = np.zeros(int(self._first[-1]), np.int64)
        self._upper = np.concatenate(
            [
                np.ones(turns, np.int64),
                np.full(n * classes, top),
                instance.room.astype(np.int64),
                np.where(room < 0, top, room),
                np.full(k, top),
                np.zeros(0, np.int64) if cells is None else cells.room.reshape(-1),
            ]
        )
        self._arcs: _Arcs | None = None

    def narrowed(self, cells: Cells) -> Flow:
        """The same flow on the same face, with these cells."""
        self._grown()
        out, at = Flow(self._model, cells), int(self._first[5])
        out._grown()
        for mine, its in ((self._lower, out._lower), (self._upper, out._upper)):
            its[:at] = mine[:at]
            its[int(out._first[-1]) :] = mine[int(self._first[-1]) :]
        return out

    @property
    def least(self) -> IntArray:
        """Lower bounds of the model's columns on the face held."""
        self._grown()
        return self._lower[int(self._first[-1]) :]

    def best(self, worth: IntArray, out: Flags) -> IntArray | None:
        """Columns that are worth most on the face held, choices that are `out` being 0; None where there are
        none, or the library's numbers would not do. What is no arc is 0."""
        arcs = self._grown()
        lower, upper = self._limits(arcs, out)
        flow = _solve(arcs, lower, upper, -self._worth(arcs, worth), self._supplies())
        if flow is None:
            return None
        values = np.zeros(len(worth), np.int64)
        used = arcs.column >= 0
        values[arcs.column[used]] = flow[used]
        return values

    def _limits(self, arcs: _Arcs, out: Flags) -> tuple[IntArray, IntArray]:
        upper = self._upper.copy()
        upper[self._first[-1] :][: len(out)][out] = 0
        return self._lower[arcs.slot], upper[arcs.slot]

    def _worth(self, arcs: _Arcs, worth: IntArray) -> IntArray:
        """Worth of each arc."""
        return np.append(worth, 0)[arcs.column]

    def priced(self, worth: IntArray, out: Flags) -> FlowPriced | None:
        """Bound worth @ x on the face held, choices that are `out` being 0; None where the objective counts
        more than choices, loads and organizations, or the library's numbers would not do."""
        arcs = self._grown()
        lower, upper = self._limits(arcs, out)
        cost = -self._worth(arcs, worth)
        if np.count_nonzero(cost) != np.count_nonzero(worth):
            return None
        flow = _solve(arcs, lower, upper, cost, self._supplies())
        if flow is None:
            return None
        potential = _potentials(arcs, lower, upper, cost, flow, self._sink + 1)
        if potential is None:
            return None
        slack = cost + potential[arcs.tail] - potential[arcs.head]
        reduced, values = np.zeros(len(worth), np.int64), np.zeros(len(worth))
        used = arcs.column >= 0
        # What the face holds at 1 is in the bound already: its reduced cost says nothing of being without it.
        reduced[arcs.column[used]] = np.where(lower[used] > 0, 0, -slack[used] * SCALE)
        values[arcs.column[used]] = flow[used]
        return FlowPriced(-int((cost * flow).sum()) * SCALE, reduced, values, arcs.slot, slack)

    def hold(self, known: FlowPriced) -> Flags:
        """Every answer reaches what `known` bounds, from now on: arcs with reduced costs stay where they are.

        Returns the choices that are 0 in all of these.
        """
        up, down = known.slot[known.slack < 0], known.slot[known.slack > 0]
        self._lower[up] = self._upper[up]
        self._upper[down] = self._lower[down]
        closed: Flags = self._upper[int(self._first[-1]) :][: self._model.n_choices] == 0
        return closed

    def _grown(self) -> _Arcs:
        """The network with all columns that the model has by now."""
        model = self._model
        added = model.rows.n_columns - (len(self._lower) - int(self._first[-1]))
        if self._arcs is not None and not added:
            return self._arcs
        lower, upper = model.rows.bounds(model.rows.n_columns - added)
        self._lower = np.concatenate([self._lower, lower])
        self._upper = np.concatenate([self._upper, upper])
        self._arcs = self._network()
        return self._arcs

    def _supplies(self) -> IntArray:
        """One unit from each turn that anybody may take, to the sink."""
        out = np.zeros(self._sink + 1, np.int64)
        out[self._model.turn] = 1
        out[self._sink] = -out.sum()
        return out

    def _network(self) -> _Arcs:
        model, instance = self._model, self._model.instance
        n, k, classes = instance.n_people, instance.n_organizations, instance.n_classes
        first = self._first.tolist()
        load = self._loads + model.person.astype(np.int64) * classes + instance.class_of[model.turn]
        every = np.arange(model.n_choices)
        parts = []
        if self._cells is not None:
            cell = self._cells.of
            inside = np.flatnonzero(cell >= 0)
            key, where = np.unique(cell[inside] * n + model.person[inside], return_index=True)
            parts.append((self._cell + key, load[inside[where]], first[5] + key, False))
            load[inside] = self._cell + cell[inside] * n + model.person[inside]
        parts.append((model.turn.astype(np.int64), load, every, True))
        turns = np.unique(model.turn).astype(np.int64)
        parts.append((turns, np.full(len(turns), self._sink), first[0] + turns, False))
        plain = np.ones(n * classes, bool)
        for unary in model.counted:
            plain[unary.people * classes + unary.c] = False
            parts.append(
                (self._loads + unary.of * classes + unary.c, self._people + unary.of, unary.columns, True)
            )
        rest = np.flatnonzero(plain)
        parts.append((self._loads + rest, self._people + rest // classes, first[1] + rest, False))
        people, homes = np.arange(n), np.arange(k)
        home = instance.organization.astype(np.int64)
        parts.append((self._people + people, self._home + home, first[2] + people, False))
        parts.append((self._home + homes, self._home + k + homes, first[3] + homes, False))
        parts.append((self._home + k + homes, np.full(k, self._sink), first[4] + homes, False))
        over, extra = model.over
        if len(over):
            self._upper[first[4] + over] = np.minimum(
                self._upper[first[4] + over], instance.organization_share[over]
            )
            parts.append((self._home + k + over, np.full(len(over), self._sink), extra, True))
        return _Arcs(
            np.concatenate([part[0] for part in parts]),
            np.concatenate([part[1] for part in parts]),
            np.concatenate([part[2] + first[6] * part[3] for part in parts]),
            np.concatenate([part[2] if part[3] else np.full(len(part[2]), -1) for part in parts]),
        )


def _solve(
    arcs: _Arcs, lower: IntArray, upper: IntArray, cost: IntArray, supply: IntArray
) -> IntArray | None:
    """A cheapest flow; None where there is none, or costs are too large."""
    from ortools.graph.python import min_cost_flow

    nodes = len(supply)
    if int(np.abs(cost).max(initial=0)) * (nodes + 1) >= MOST_COST or (upper < lower).any():
        return None
    supply = supply.copy()
    np.subtract.at(supply, arcs.tail, lower)
    np.add.at(supply, arcs.head, lower)
    free = np.flatnonzero(lower < upper)
    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        arcs.tail[free].astype(np.int32),
        arcs.head[free].astype(np.int32),
        (upper - lower)[free],
        cost[free],
    )
    solver.set_nodes_supplies(np.arange(nodes, dtype=np.int32), supply)
    if solver.solve() != solver.OPTIMAL:
        return None
    flow = lower.copy()
    flow[free] += solver.flows(np.arange(len(free), dtype=np.int32))
    return flow


def _potentials(
    arcs: _Arcs, lower: IntArray, upper: IntArray, cost: IntArray, flow: IntArray, nodes: int
) -> IntArray | None:
    """Shortest distances in the residual network from anywhere (Bellman-Ford); None where a cycle costs less
    than nothing, which an optimal flow has not."""
    ahead, back = flow < upper, flow > lower
    source = np.concatenate([arcs.tail[ahead], arcs.head[back]])
    target = np.concatenate([arcs.head[ahead], arcs.tail[back]])
    length = np.concatenate([cost[ahead], -cost[back]])
    order = np.argsort(target, kind="stable")
    source, target, length = source[order], target[order], length[order]
    reached, first = np.unique(target, return_index=True)
    distance = np.zeros(nodes, np.int64)
    for _ in range(ROUNDS):
        nearer = np.minimum(distance[reached], np.minimum.reduceat(distance[source] + length, first))
        if (nearer == distance[reached]).all():
            return distance
        distance[reached] = nearer
    return None

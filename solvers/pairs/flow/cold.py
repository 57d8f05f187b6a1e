"""A first flow and first potentials over the listed arcs, by the cost scaling of OR-Tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solvers.pairs.edges import Edges
from solvers.pairs.flow.distance_kernel import distances
from solvers.pairs.flow.rough import rough_weights

if TYPE_CHECKING:
    from solvers.pairs.flow.circulation import Flow

MOST_COST = 2**61
"""What the library can add up: costs times nodes."""


def start(flow: Flow) -> bool:
    """Set flow and potentials by one cost-scaling solve over the listed arcs; returns whether it could.

    Upper tiers get weights that need not dominate (the exact ones may not fit the library's range). Costs are
    reduced by the potentials there are: most are small then, and so is the work. Whatever is left unsettled,
    `repair` puts right.
    """
    from ortools.graph.python import min_cost_flow

    net, listed = flow.network, flow.listed
    weights = rough_weights(net)
    if weights is None:
        return False
    weight = np.array(weights, np.int64)
    held = flow.potentials()
    most = MOST_COST // (net.n_nodes + 2)
    owner, guide = listed.owner, net.n_learners + listed.guide
    arc_worth = (weight @ (net.worth + held[:, net.head] - held[:, net.tail])).clip(-most, most)
    pair_worth = net.pair_worth(flow.instance, Edges(listed.owner, listed.guide, listed.points))
    pair_worth = (weight @ (pair_worth + held[:, guide] - held[:, owner])).clip(-most, most)
    free = np.flatnonzero(listed.fixed == 0)
    n, arcs = net.n_learners, len(net.tail)
    solver = min_cost_flow.SimpleMinCostFlow()
    # Net arcs may carry flow backwards: each bound below zero is an arc of its own.
    backward = np.flatnonzero(net.lower < 0)
    solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate((net.tail, net.head[backward], listed.owner[free])),
        np.concatenate((net.head, net.tail[backward], n + listed.guide[free])),
        np.concatenate((net.upper, -net.lower[backward], np.ones(len(free), np.int32))).astype(np.int64),
        np.concatenate((-arc_worth, arc_worth[backward], -pair_worth[free])),
    )
    supply = np.zeros(net.n_nodes, np.int64)
    fixed = np.flatnonzero(listed.fixed)
    np.subtract.at(supply, listed.owner[fixed], 1)
    np.add.at(supply, n + listed.guide[fixed], 1)
    solver.set_nodes_supplies(np.arange(net.n_nodes, dtype=np.int32), supply)
    if solver.solve() != solver.OPTIMAL:
        return False
    flows = solver.flows(np.arange(arcs + len(backward) + len(free), dtype=np.int32))
    flow.flow = flows[:arcs].astype(np.int64)
    flow.flow[backward] -= flows[arcs : arcs + len(backward)]
    listed.flow[free] = flows[arcs + len(backward) :]
    flow.link()
    flow.excess[:] = 0
    distance, _ = distances(
        n, net.n_guides, net.hub, listed.start, listed.guide, listed.owner, pair_worth, listed.flow,
        listed.fixed, flow.first, flow.after, net.tail, net.head, net.lower, net.upper, arc_worth,
        flow.flow,
        flow.inc_start, flow.inc_arc, 400 * net.n_nodes,
    )  # fmt: skip
    for t, unit in enumerate(weights):
        digit = (distance + unit // 2) // unit if unit > 1 else distance
        distance = distance - digit * unit
        held[t] += digit
    flow.pot_high, flow.pot_low = net.packing.pack(held)
    return True

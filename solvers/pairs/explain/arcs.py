"""What the arcs of a network carry when given pairs are in the answer."""

from __future__ import annotations

import numpy as np

from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.network import Network


def arc_flows(network: Network, pairs: Edges) -> IntArray:
    """Flow of the structural arcs that carries the given pairs. Raises ValueError if it passes a bound."""
    n, hub = network.n_learners, network.hub
    tail, head = network.tail, network.head
    flow = np.zeros(len(tail), np.int64)
    places = np.flatnonzero(head < n)
    loads = np.bincount(pairs.learner, minlength=n)
    flow[places] = layers(network)[places] < loads[head[places]]
    outs = np.flatnonzero((tail >= n) & (tail < hub))
    order = outs[np.argsort(tail[outs], kind="stable")]
    before = np.cumsum(network.upper[order]) - network.upper[order]
    first = np.append(True, tail[order][1:] != tail[order][:-1]) if len(order) else np.zeros(0, bool)
    before = before - np.maximum.accumulate(np.where(first, before, 0)) if len(order) else before
    given = np.bincount(pairs.guide, minlength=network.n_guides)
    flow[order] = np.clip(given[tail[order] - n] - before, 0, network.upper[order])
    surplus = np.zeros(network.n_nodes, np.int64)
    np.add.at(surplus, head, flow)
    np.subtract.at(surplus, tail, flow)
    # Each named node but the hub has one arc upwards; nodes made later hang below those made before.
    for arc in range(len(network.node_names) - 2, -1, -1):
        node = hub + 1 + arc
        amount = -surplus[node] if head[arc] == node else surplus[node]
        flow[arc] = amount
        surplus[head[arc]] += amount
        surplus[tail[arc]] -= amount
    fits = (network.lower <= flow) & (flow <= network.upper)
    if not fits.all() or (given > np.bincount(tail[outs] - n, flow[outs], network.n_guides)).any():
        raise ValueError("the answer does not fit its instance: solve it again")
    return flow


def layers(network: Network) -> IntArray:
    """Per arc the layer of a place arc, from 0; -1 for other arcs."""
    layer = np.full(len(network.tail), -1, np.int64)
    places = np.flatnonzero(network.head < network.n_learners)
    order = places[np.argsort(network.head[places], kind="stable")]
    owner = network.head[order]
    position = np.arange(len(order))
    first = np.append(True, owner[1:] != owner[:-1]) if len(order) else np.zeros(0, bool)
    layer[order] = position - np.maximum.accumulate(np.where(first, position, 0)) if len(order) else position
    return layer

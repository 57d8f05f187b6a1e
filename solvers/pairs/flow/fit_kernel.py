"""Potentials that fit a flow as it is, compiled: label correcting over its residual arcs."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit


@njit(cache=True)
def fit(
    n: Any,
    m: Any,
    owner_start: Any,
    edge_guide: Any,
    edge_owner: Any,
    edge_high: Any,
    edge_low: Any,
    edge_flow: Any,
    edge_fixed: Any,
    guide_start: Any,
    guide_edge: Any,
    tail: Any,
    head: Any,
    lower: Any,
    upper: Any,
    worth_high: Any,
    worth_low: Any,
    flow: Any,
    inc_start: Any,
    inc_arc: Any,
    pot_high: Any,
    pot_low: Any,
    most_pops: Any,
) -> Any:
    """Raise potentials until no residual arc has a positive reduced cost, lexicographically: then they prove
    the flow. Raising never ends where a cycle gains something, so it stops after `most_pops` looks at a node.

    Returns whether it came to its end."""
    nodes = len(pot_high)
    queue = np.arange(nodes).astype(np.int32)
    waiting = np.ones(nodes, np.bool_)
    begin, size, pops = 0, nodes, 0
    while size > 0 and pops < most_pops:
        y = queue[begin]
        begin = begin + 1 if begin + 1 < nodes else 0
        size -= 1
        waiting[y] = False
        pops += 1
        own_high, own_low = pot_high[y], pot_low[y]
        structural = inc_start[y + 1] - inc_start[y]
        pairs, run = np.int64(0), np.int64(0)
        if y < n:
            run = owner_start[y]
            pairs = owner_start[y + 1] - run
        elif y < n + m:
            run = guide_start[y - n]
            pairs = guide_start[y - n + 1] - run
        for step in range(structural + pairs):  # residual arcs x -> y
            if step < structural:
                arc = inc_arc[inc_start[y] + step]
                if head[arc] == y:
                    if flow[arc] >= upper[arc]:
                        continue
                    x = tail[arc]
                    high, low = own_high + worth_high[arc], own_low + worth_low[arc]
                else:
                    if flow[arc] <= lower[arc]:
                        continue
                    x = head[arc]
                    high, low = own_high - worth_high[arc], own_low - worth_low[arc]
            elif y < n:
                edge = run + step - structural
                if edge_flow[edge] == 0 or edge_fixed[edge]:
                    continue
                x = n + edge_guide[edge]
                high, low = own_high - edge_high[edge], own_low - edge_low[edge]
            else:
                edge = guide_edge[run + step - structural]
                if edge_flow[edge] != 0:
                    continue
                x = edge_owner[edge]
                high, low = own_high + edge_high[edge], own_low + edge_low[edge]
            if high > pot_high[x] or (high == pot_high[x] and low > pot_low[x]):
                pot_high[x], pot_low[x] = high, low
                if not waiting[x]:
                    waiting[x] = True
                    end = begin + size
                    queue[end if end < nodes else end - nodes] = x
                    size += 1
    return size == 0

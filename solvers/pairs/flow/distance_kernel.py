"""Potentials from a flow alone: shortest residual distances from the hub, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit


@njit(cache=True)
def distances(
    n: Any,
    m: Any,
    hub: Any,
    owner_start: Any,
    edge_guide: Any,
    edge_owner: Any,
    edge_worth: Any,
    edge_flow: Any,
    edge_fixed: Any,
    first: Any,
    after: Any,
    tail: Any,
    head: Any,
    lower: Any,
    upper: Any,
    worth: Any,
    flow: Any,
    inc_start: Any,
    inc_arc: Any,
    most_pops: Any,
) -> Any:
    """Shortest residual distances from the hub by label correcting (lengths: minus worth forward, worth
    backward).

    They are potentials that prove an optimal flow, the greatest ones with the hub at 0: smallest prices of
    guides. Nodes out of reach get 0. Returns (distances, whether it came to an end within most_pops).
    """
    far = np.int64(2**61)
    nodes = len(inc_start) - 1
    dist = np.full(nodes, far, np.int64)
    queue = np.zeros(nodes + 1, np.int32)
    waiting = np.zeros(nodes, np.bool_)
    dist[hub] = 0
    queue[0] = hub
    waiting[hub] = True
    begin, size, pops = 0, 1, 0
    while size > 0 and pops < most_pops:
        x = queue[begin]
        begin += 1
        if begin == nodes + 1:
            begin = 0
        size -= 1
        waiting[x] = False
        pops += 1
        base = dist[x]
        count = 0
        if x < n:
            count = owner_start[x + 1] - owner_start[x]
        structural = inc_start[x + 1] - inc_start[x]
        edge = np.int64(-1)
        if n <= x < n + m:
            edge = first[x - n]
        step = 0
        while True:
            y = -1
            length = np.int64(0)
            if step < structural:
                arc = inc_arc[inc_start[x] + step]
                step += 1
                if tail[arc] == x:
                    if flow[arc] < upper[arc]:
                        y = head[arc]
                        length = -worth[arc]
                elif flow[arc] > lower[arc]:
                    y = tail[arc]
                    length = worth[arc]
            elif x < n:
                if step - structural >= count:
                    break
                e = owner_start[x] + step - structural
                step += 1
                if edge_flow[e] == 0:
                    y = n + edge_guide[e]
                    length = -edge_worth[e]
            elif edge >= 0:
                if not edge_fixed[edge]:
                    y = edge_owner[edge]
                    length = edge_worth[edge]
                edge = after[edge]
            else:
                break
            if y >= 0 and base + length < dist[y]:
                dist[y] = base + length
                if not waiting[y]:
                    waiting[y] = True
                    end = begin + size
                    if end >= nodes + 1:
                        end -= nodes + 1
                    queue[end] = y
                    size += 1
    for x in range(nodes):
        if dist[x] == far:
            dist[x] = 0
    return dist, size == 0

"""The compiled heart of the pairs solver: exact repair of a circulation by shortest augmenting paths.

State is a flow and potentials, in any condition. `settle` makes every arc agree with its reduced cost, which
leaves some nodes with too much inflow and others with too little; `augment` evens them out along shortest
residual paths (Dijkstra on reduced costs, stopped at the first node that can end it; Ahuja, Magnanti and
Orlin, Network Flows, 1993, section 9.7). At the end no residual cycle gains anything, lexicographically: flow
and potentials prove each other. Lengths are pairs of words (high, low), compared lexicographically.

Pair arcs are kept apart from the few structural arcs: a learner's in one run (by learner), and at each guide
only those that carry flow (a doubly linked list), because a popular guide is listed by thousands.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit
from solvers.pairs.flow.heap_kernel import SETTLED, UNSEEN, pop, relax

DONE, PAUSED, STUCK = 0, 1, 2


@njit(cache=True)
def _link(edge: Any, guide: Any, first: Any, after: Any, before: Any) -> Any:
    nxt = first[guide]
    after[edge] = nxt
    before[edge] = -1
    if nxt >= 0:
        before[nxt] = edge
    first[guide] = edge


@njit(cache=True)
def _unlink(edge: Any, guide: Any, first: Any, after: Any, before: Any) -> Any:
    if before[edge] >= 0:
        after[before[edge]] = after[edge]
    else:
        first[guide] = after[edge]
    if after[edge] >= 0:
        before[after[edge]] = before[edge]


@njit(cache=True)
def link_all(edge_guide: Any, edge_flow: Any, first: Any, after: Any, before: Any) -> Any:
    """Build the lists of carrying pair arcs from scratch."""
    first[:] = -1
    for edge in range(len(edge_guide) - 1, -1, -1):
        if edge_flow[edge]:
            _link(edge, edge_guide[edge], first, after, before)


@njit(cache=True)
def by_guide(m: Any, edge_guide: Any) -> Any:
    """Pair arcs grouped by guide (counting sort): start of each run, and the arcs."""
    start = np.zeros(m + 1, np.int64)
    for guide in edge_guide:
        start[guide + 1] += 1
    for j in range(m):
        start[j + 1] += start[j]
    at = start[:-1].copy()
    arcs = np.zeros(len(edge_guide), np.int32)
    for edge in range(len(edge_guide)):
        guide = edge_guide[edge]
        arcs[at[guide]] = edge
        at[guide] += 1
    return start, arcs


@njit(cache=True)
def lift_all(
    n: Any,
    owner_start: Any,
    edge_guide: Any,
    edge_high: Any,
    edge_low: Any,
    edge_flow: Any,
    pot_high: Any,
    pot_low: Any,
) -> Any:
    """Raise learners' potentials until no idle pair arc has a positive reduced cost."""
    for i in range(n):
        for edge in range(owner_start[i], owner_start[i + 1]):
            if edge_flow[edge] == 0:
                j = n + edge_guide[edge]
                high = edge_high[edge] + pot_high[j]
                low = edge_low[edge] + pot_low[j]
                if high > pot_high[i] or (high == pot_high[i] and low > pot_low[i]):
                    pot_high[i] = high
                    pot_low[i] = low


@njit(cache=True)
def settle(
    n: Any,
    owner_start: Any,
    edge_guide: Any,
    edge_high: Any,
    edge_low: Any,
    edge_flow: Any,
    edge_fixed: Any,
    first: Any,
    after: Any,
    before: Any,
    tail: Any,
    head: Any,
    lower: Any,
    upper: Any,
    worth_high: Any,
    worth_low: Any,
    flow: Any,
    pot_high: Any,
    pot_low: Any,
    excess: Any,
) -> Any:
    """Put every arc where its reduced cost wants it: at its upper bound if positive, at its lower if
    negative.
    """
    for i in range(n):
        for edge in range(owner_start[i], owner_start[i + 1]):
            if edge_fixed[edge]:
                continue
            j = n + edge_guide[edge]
            high = edge_high[edge] + pot_high[j] - pot_high[i]
            low = edge_low[edge] + pot_low[j] - pot_low[i]
            if edge_flow[edge] == 0 and (high > 0 or (high == 0 and low > 0)):
                edge_flow[edge] = 1
                _link(edge, edge_guide[edge], first, after, before)
                excess[i] -= 1
                excess[j] += 1
            elif edge_flow[edge] == 1 and (high < 0 or (high == 0 and low < 0)):
                edge_flow[edge] = 0
                _unlink(edge, edge_guide[edge], first, after, before)
                excess[i] += 1
                excess[j] -= 1
    for arc in range(len(tail)):
        high = worth_high[arc] + pot_high[head[arc]] - pot_high[tail[arc]]
        low = worth_low[arc] + pot_low[head[arc]] - pot_low[tail[arc]]
        target = flow[arc]
        if high > 0 or (high == 0 and low > 0) or target < lower[arc]:
            target = upper[arc] if (high > 0 or (high == 0 and low > 0)) else lower[arc]
        elif high < 0 or (high == 0 and low < 0):
            target = lower[arc]
        if target > upper[arc]:
            target = upper[arc]
        if target != flow[arc]:
            excess[head[arc]] += target - flow[arc]
            excess[tail[arc]] -= target - flow[arc]
            flow[arc] = target


@njit(cache=True)
def augment(
    n: Any,
    m: Any,
    owner_start: Any,
    edge_guide: Any,
    edge_owner: Any,
    edge_high: Any,
    edge_low: Any,
    edge_flow: Any,
    edge_fixed: Any,
    first: Any,
    after: Any,
    before: Any,
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
    excess: Any,
    order: Any,
    begin: Any,
    budget: Any,
    work: Any,
    reached: Any,
) -> Any:
    """Fill every node that lacks inflow, those of `order` from position `begin` on, along shortest residual
    paths.

    Each search runs against the arcs, from the lack to the nearest excess: after a pair was withdrawn from a
    guide only the few prices that must fall are touched, where a search from the excess would walk the whole
    market.

    Returns (code, position): DONE; PAUSED when about `budget` nodes were looked at (call again from
    position); STUCK when nothing leads to node order[position] over the listed arcs; `reached` then flags the
    nodes from which it can be reached. work[0] counts nodes looked at, work[1] paths.
    """
    nodes = len(pot_high)
    n_edges = len(edge_guide)
    state = np.zeros(nodes, np.int8)
    dist_high = np.zeros(nodes, np.int64)
    dist_low = np.zeros(nodes, np.int64)
    came = np.zeros(nodes, np.int64)
    heap = np.zeros(nodes, np.int32)
    place = np.zeros(nodes, np.int32)
    touched = np.zeros(nodes, np.int32)
    spent = 0
    at = begin
    while at < len(order):
        source = order[at]
        if excess[source] >= 0:
            at += 1
            continue
        if spent > budget:
            return PAUSED, at
        n_touched = 0
        size = 0
        size, n_touched = relax(
            source, 0, 0, -1, state, dist_high, dist_low, came, heap, place, size, touched, n_touched
        )
        target = -1
        while size > 0:
            x = pop(heap, place, size, dist_high, dist_low)
            size -= 1
            state[x] = SETTLED
            if excess[x] > 0:
                target = x
                break
            base_high = dist_high[x]
            base_low = dist_low[x]
            own_high = pot_high[x]
            own_low = pot_low[x]
            if x < n:  # a guide could give this learner's pair back
                for edge in range(owner_start[x], owner_start[x + 1]):
                    if edge_flow[edge] == 0 or edge_fixed[edge]:
                        continue
                    y = n + edge_guide[edge]
                    if state[y] != SETTLED:
                        size, n_touched = relax(
                            y,
                            base_high + (edge_high[edge] + pot_high[y] - own_high),
                            base_low + (edge_low[edge] + pot_low[y] - own_low),
                            2 * edge + 1,
                            state, dist_high, dist_low, came, heap, place, size, touched, n_touched,
                        )  # fmt: skip
            elif x < n + m:  # a learner could take an idle pair with this guide
                for k in range(guide_start[x - n], guide_start[x - n + 1]):
                    edge = guide_edge[k]
                    if edge_flow[edge] != 0:
                        continue
                    y = edge_owner[edge]
                    if state[y] != SETTLED:
                        size, n_touched = relax(
                            y,
                            base_high - (edge_high[edge] + own_high - pot_high[y]),
                            base_low - (edge_low[edge] + own_low - pot_low[y]),
                            2 * edge, state, dist_high, dist_low, came, heap, place, size, touched, n_touched,
                        )  # fmt: skip
            for k in range(inc_start[x], inc_start[x + 1]):
                arc = inc_arc[k]
                enters = head[arc] == x
                y = tail[arc] if enters else head[arc]
                if state[y] == SETTLED:
                    continue
                high = worth_high[arc] + pot_high[head[arc]] - pot_high[tail[arc]]
                low = worth_low[arc] + pot_low[head[arc]] - pot_low[tail[arc]]
                if enters:
                    if flow[arc] < upper[arc]:
                        size, n_touched = relax(
                            y, base_high - high, base_low - low, 2 * (n_edges + arc),
                            state, dist_high, dist_low, came, heap, place, size, touched, n_touched,
                        )  # fmt: skip
                elif flow[arc] > lower[arc]:
                    size, n_touched = relax(
                        y, base_high + high, base_low + low, 2 * (n_edges + arc) + 1,
                        state, dist_high, dist_low, came, heap, place, size, touched, n_touched,
                    )  # fmt: skip
        work[0] = work[0] + n_touched
        spent += n_touched
        if target < 0:
            for k in range(n_touched):
                reached[touched[k]] = 1
            return STUCK, at
        far_high = dist_high[target]
        far_low = dist_low[target]
        for k in range(n_touched):
            x = touched[k]
            if state[x] == SETTLED:
                pot_high[x] += far_high - dist_high[x]
                pot_low[x] += far_low - dist_low[x]
            state[x] = UNSEEN
        amount = min(np.int64(excess[target]), np.int64(-excess[source]))
        x = target
        while x != source:  # `came` of a node is the residual arc that leaves it
            via = came[x]
            if via < 2 * n_edges:
                amount = np.int64(1)
                edge = via >> 1
                x = n + edge_guide[edge] if via & 1 == 0 else edge_owner[edge]
            else:
                arc = (via >> 1) - n_edges
                amount = min(amount, upper[arc] - flow[arc] if via & 1 == 0 else flow[arc] - lower[arc])
                x = head[arc] if via & 1 == 0 else tail[arc]
        x = target
        while x != source:
            via = came[x]
            if via < 2 * n_edges:
                edge = via >> 1
                if via & 1 == 0:
                    edge_flow[edge] = 1
                    _link(edge, edge_guide[edge], first, after, before)
                    x = n + edge_guide[edge]
                else:
                    edge_flow[edge] = 0
                    _unlink(edge, edge_guide[edge], first, after, before)
                    x = edge_owner[edge]
            else:
                arc = (via >> 1) - n_edges
                flow[arc] += amount if via & 1 == 0 else -amount
                x = head[arc] if via & 1 == 0 else tail[arc]
        excess[source] += amount
        excess[target] -= amount
        work[1] = work[1] + 1
    return DONE, at

"""The best groups of one pod and mode at given prices: depth-first branch and bound over units, exact.

A node is a group that may grow by the units behind its last one in the node's own order, best first. It is
bounded by `bound_kernel`, the terms of pairs with the group in the units' weights; positive terms between
units not yet chosen count half on either side. Whole numbers throughout.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit
from solvers.pods.columns.bound_kernel import FORBIDDEN, NEVER, RATIOS, fill, tighten, weigh

_NODE_STEPS = 3
_NODE_DEPTH = 2

# Places in `rule`.
LEAST, MOST, ORGANIZATIONS, SCALE = range(4)


@njit(cache=True, nogil=True)
def keeps_rules(rule: Any, size: Any, distinct: Any, slack: Any, served: Any, least_able: Any) -> Any:
    """Whether a group of this size and counts keeps every rule that is no cap on the way there."""
    if size < rule[LEAST] or size > rule[MOST] or distinct < rule[ORGANIZATIONS]:
        return False
    for r in range(RATIOS):
        if slack[r] < 0:
            return False
    met = True
    for q in range(len(served)):
        met &= served[q] >= least_able[q]
    return met


@njit(cache=True, nogil=True)
def search(
    rule: Any, weight: Any, size: Any, able: Any, ratio: Any, organization: Any, org_start: Any, org: Any,
    org_count: Any, pair: Any, allowance: Any, served0: Any, least_able: Any, worth: Any, slack0: Any,
    lam0: Any, mu0: Any, org_worth: Any, room: Any, share_room: Any, value0: Any, size0: Any,
    distinct0: Any, best: Any, keep: Any, tolerance: Any, node_limit: Any, whole: Any, out_value: Any,
    out_count: Any, out_group: Any, n_out: Any, mode: Any, out_mode: Any, number: Any,
) -> Any:  # fmt: skip
    """Depth-first over groups that begin with the base. `best`: prune what is worth no more; `keep`: list
    groups worth more (`whole`: all of them, and `best` stays), by `number` of their units. Returns the best
    worth, what bounds all that was pruned or left, the nodes, the groups listed so far, and whether the
    search came to its end."""
    c, needs = able.shape
    most = rule[MOST]
    deep = most - size0 + 2
    ranks = np.empty((deep, max(c, 1)), np.int32)
    counts = np.zeros(deep, np.int32)
    weights = np.empty((deep, max(c, 1)), np.int64)
    densities = np.empty((deep, max(c, 1)), np.int64)
    constants = np.zeros(deep, np.int64)
    position = np.zeros(deep, np.int32)
    served = np.zeros((deep, needs), np.int64)
    slack = np.zeros((deep, RATIOS), np.int64)
    lam = np.zeros((deep, needs), np.int64)
    mu = np.zeros((deep, RATIOS), np.int64)
    value = np.zeros(deep, np.int64)
    filled = np.zeros(deep, np.int64)
    distinct = np.zeros(deep, np.int64)
    chosen = np.empty(deep, np.int32)
    got = np.zeros(max(c, 1), np.int64)
    extra = np.zeros(max(c, 1), np.int64)
    capacity = len(out_value)
    left = NEVER
    served[0] = served0
    slack[0] = slack0
    lam[0] = lam0
    mu[0] = mu0
    value[0], filled[0], distinct[0] = value0, size0, distinct0
    for i in range(c):
        ranks[0, i] = i
        weights[0, i] = weight[i]
    counts[0] = c
    depth = 0
    nodes = 0
    entering = True
    while depth >= 0:
        d = depth
        if entering:
            entering = False
            nodes += 1
            position[d] = 0
            # What the group is worth as it stands.
            if keeps_rules(rule, filled[d], distinct[d], slack[d], served[d], least_able):
                v = value[d] + org_worth[min(distinct[d], len(org_worth) - 1)]
                for q in range(needs):
                    v += worth[q, min(served[d, q], worth.shape[1] - 1)]
                if v > keep:
                    at = -1
                    if n_out < capacity:
                        at = n_out
                        n_out += 1
                    elif whole:
                        return best, max(left, v), nodes, n_out, False
                    else:
                        at = 0
                        for s in range(1, n_out):
                            if out_value[s] < out_value[at]:
                                at = s
                        if out_value[at] >= v:
                            at = -1
                    if at >= 0:
                        out_value[at] = v
                        out_count[at] = d
                        out_mode[at] = mode
                        for t in range(d):
                            out_group[at, t] = number[chosen[t]]
                if v > best and not whole:
                    best = v
            seats = most - filled[d]
            if seats <= 0:
                depth -= 1
            else:
                partners = min(seats - 1, allowance.shape[1] - 1)
                for t in range(counts[d]):
                    i = ranks[d, t]
                    extra[i] = allowance[i, partners]
                reach = min(distinct[d] + seats, len(org_worth) - 1)
                base = value[d] + org_worth[reach]
                alive = distinct[d] + seats >= rule[ORGANIZATIONS]
                for q in range(needs):
                    alive = alive and served[d, q] + seats >= least_able[q]
                if alive:
                    lower = max(0, rule[LEAST] - filled[d])
                    if 0 < d <= _NODE_DEPTH:
                        tighten(
                            _NODE_STEPS, best, base, counts[d], ranks[d], densities[d], weights[d], extra,
                            size, organization, room, got, able, ratio, lam[d], mu[d], served[d], least_able,
                            worth, slack[d], seats, lower,
                        )  # fmt: skip
                    constants[d] = base + weigh(
                        counts[d], ranks[d], densities[d], weights[d], extra, size, able, ratio, lam[d],
                        mu[d], served[d], least_able, worth, slack[d],
                    )  # fmt: skip
                else:
                    depth -= 1
        elif nodes > node_limit:
            # Called off: what is open below each node on the way is bounded by its next child on.
            for e in range(d + 1):
                seats = most - filled[e]
                lower = max(0, rule[LEAST] - filled[e])
                # The room now is that of node d; for a node above it more is free.
                for t in range(e, d):
                    i = chosen[t]
                    for o in range(org_start[i], org_start[i + 1]):
                        room[org[o]] += org_count[o]
                total, _ = fill(position[e], -1, counts[e], ranks[e], densities[e], size, organization, room,
                                got, seats, lower)  # fmt: skip
                for t in range(e, d):
                    i = chosen[t]
                    for o in range(org_start[i], org_start[i + 1]):
                        room[org[o]] -= org_count[o]
                if total != NEVER:
                    left = max(left, constants[e] + total)
            for t in range(d):
                i = chosen[t]
                for o in range(org_start[i], org_start[i + 1]):
                    room[org[o]] += org_count[o]
            return best, left, nodes, n_out, False
        else:
            t = position[d]
            seats = most - filled[d]
            lower = max(0, rule[LEAST] - filled[d])
            closed = t >= counts[d]
            if not closed:
                total, _ = fill(t, -1, counts[d], ranks[d], densities[d], size, organization, room, got,
                                seats, lower)  # fmt: skip
                if total == NEVER:
                    closed = True
                elif constants[d] + total <= best + tolerance:
                    left = max(left, constants[d] + total)
                    closed = True
            if closed:
                depth -= 1
            else:
                position[d] = t + 1
                i = ranks[d, t]
                fits = size[i] <= seats
                for e in range(org_start[i], org_start[i + 1]):
                    fits = fits and room[org[e]] >= org_count[e]
                if fits:
                    total, _ = fill(t + 1, -1, counts[d], ranks[d], densities[d], size, organization, room,
                                    got, seats - size[i], max(0, lower - size[i]))  # fmt: skip
                    if total == NEVER:
                        fits = False
                    elif constants[d] + size[i] * densities[d, i] + total <= best + tolerance:
                        left = max(left, constants[d] + size[i] * densities[d, i] + total)
                        fits = False
                if fits:
                    n = 0
                    for s in range(t + 1, counts[d]):
                        j = ranks[d, s]
                        if pair[i, j] > FORBIDDEN:
                            ranks[d + 1, n] = j
                            weights[d + 1, j] = weights[d, j] + pair[i, j]
                            n += 1
                    counts[d + 1] = n
                    served[d + 1] = served[d]
                    for q in range(needs):
                        served[d + 1, q] += able[i, q]
                    for r in range(RATIOS):
                        slack[d + 1, r] = slack[d, r] + ratio[i, r]
                    lam[d + 1] = lam[d]
                    mu[d + 1] = mu[d]
                    value[d + 1] = value[d] + weights[d, i]
                    filled[d + 1] = filled[d] + size[i]
                    distinct[d + 1] = distinct[d]
                    for e in range(org_start[i], org_start[i + 1]):
                        if room[org[e]] == share_room:
                            distinct[d + 1] += 1
                        room[org[e]] -= org_count[e]
                    chosen[d] = i
                    depth += 1
                    entering = True
                    continue
        if depth < d and depth >= 0:  # back from the child that `chosen[depth]` opened
            i = chosen[depth]
            for e in range(org_start[i], org_start[i + 1]):
                room[org[e]] += org_count[e]
    return best, left, nodes, n_out, True

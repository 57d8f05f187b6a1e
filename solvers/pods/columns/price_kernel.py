"""The best groups of one pod at given prices, over all its meeting times, languages and sizes.

A mode is a slot with a language and a range of sizes: it says who may be in the group, and turns rules in
percent into counts. Every mode is first bounded by prices on needs and counts at its root; units that no
group worth more can hold are dropped; the search goes through the modes in falling order of their bound, and
ends where no mode's bound is above the best group.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit
from solvers.pods.columns.bound_kernel import FORBIDDEN, NEVER, RATIOS, fill, tighten, weigh
from solvers.pods.columns.search_kernel import LEAST, MOST, SCALE, search

_ROOT_STEPS = 14

# Places in a row of `sizes`.
SMALLEST, LARGEST, LATE, NEWCOMERS, SHARE = range(5)


@njit(cache=True, nogil=True)
def offer(
    t: Any, k: Any, weight: Any, ease: Any, scale: Any, mode_open: Any, late: Any, fixed: Any, sizes: Any,
    base_slack: Any, room: Any, base_org: Any, base_count: Any, w: Any, ratio: Any, slack: Any, rank: Any,
) -> Any:  # fmt: skip
    """Fill weights, counted rules and the room of organizations for time t and size range k; returns how many
    units are open, -1 where the base itself has too many of an organization."""
    room[:] = sizes[k, SHARE]
    for e in range(len(base_org)):
        room[base_org[e]] -= base_count[e]
        if room[base_org[e]] < 0:
            return -1
    slack[0] = sizes[k, LATE] + base_slack[t, 0]
    slack[1] = sizes[k, NEWCOMERS] + base_slack[t, 1]
    slack[2] = base_slack[t, 2]
    count = 0
    for i in range(len(weight)):
        if mode_open[t, i]:
            w[i] = weight[i] + ease[t, i] * scale
            ratio[i, 0] = -late[t, i]
            ratio[i, 1] = fixed[i, 1]
            ratio[i, 2] = fixed[i, 2]
            rank[count] = i
            count += 1
    return count


@njit(cache=True, nogil=True)
def price_pod(
    rule: Any, sizes: Any, unit: Any, weight: Any, able: Any, fixed: Any, size_of: Any, organization_of: Any,
    org_start_of: Any, org_of: Any, org_count_of: Any, promise_of: Any, pair_start: Any, pair_other: Any,
    pair_value: Any, mode_open: Any, ease: Any, late: Any, base_value: Any, base_size: Any, base_served: Any,
    base_slack: Any, base_org: Any, base_count: Any, base_distinct: Any, least_able: Any, worth: Any,
    org_worth: Any, n_organizations: Any, best: Any, keep: Any, tolerance: Any, node_limit: Any, whole: Any,
    lam: Any, mu: Any, out_value: Any, out_mode: Any, out_count: Any, out_group: Any,
) -> Any:  # fmt: skip
    """See `pricing.py` for what goes in. Groups worth more than `keep` are listed in the `out_` arrays, as
    unit numbers. Returns the best worth found or given, the bound on what every group is worth (no less than
    the best given), the nodes, how many groups are listed, and whether the search came to its end."""
    ranges, c, needs = len(sizes), len(unit), able.shape[1]
    modes = len(mode_open) * ranges
    scale = rule[SCALE]
    rule = rule.copy()
    room = np.zeros(n_organizations, np.int64)
    got = np.zeros(max(c, 1), np.int64)
    density = np.empty(max(c, 1), np.int64)
    local = np.full(len(size_of), -1, np.int32)
    size = np.empty(c, np.int64)
    organization = np.empty(c, np.int32)
    extra = np.empty(c, np.int64)
    for i in range(c):
        size[i] = size_of[unit[i]]
        organization[i] = organization_of[unit[i]]
        extra[i] = (promise_of[unit[i]] * scale + 1) // 2
    w = np.empty(c, np.int64)
    ratio = np.empty((c, RATIOS), np.int64)
    slack = np.empty(RATIOS, np.int64)
    root = np.full(modes, NEVER, np.int64)
    rank = np.empty(max(c, 1), np.int32)
    n_out = 0
    nodes = 0
    bound = best
    for m in range(modes):
        t, k = m // ranges, m % ranges
        count = offer(t, k, weight, ease, scale, mode_open, late, fixed, sizes, base_slack, room, base_org,
                      base_count, w, ratio, slack, rank)  # fmt: skip
        seats, lower = sizes[k, LARGEST] - base_size, max(0, sizes[k, SMALLEST] - base_size)
        if count < 0 or seats < 0:
            continue
        reach = min(base_distinct + seats, len(org_worth) - 1)
        root[m] = tighten(
            _ROOT_STEPS, best + tolerance, base_value[t] + org_worth[reach], count, rank, density, w, extra,
            size, organization, room, got, able, ratio, lam[m], mu[m], base_served, least_able, worth, slack,
            seats, lower,
        )  # fmt: skip
    order = np.argsort(-root)
    complete = True
    for o in range(modes):
        m = order[o]
        if root[m] == NEVER:
            break
        if root[m] <= best + tolerance:
            bound = max(bound, root[m])
            break
        if nodes > node_limit:
            bound = max(bound, root[m])
            complete = False
            break
        t, k = m // ranges, m % ranges
        count = offer(t, k, weight, ease, scale, mode_open, late, fixed, sizes, base_slack, room, base_org,
                      base_count, w, ratio, slack, rank)  # fmt: skip
        seats, lower = sizes[k, LARGEST] - base_size, max(0, sizes[k, SMALLEST] - base_size)
        rule[LEAST], rule[MOST] = sizes[k, SMALLEST], sizes[k, LARGEST]
        base = base_value[t] + org_worth[min(base_distinct + seats, len(org_worth) - 1)]
        constant = base + weigh(
            count, rank, density, w, extra, size, able, ratio, lam[m], mu[m], base_served, least_able, worth,
            slack,
        )  # fmt: skip
        # Units whose groups are bounded by no more than the best one are out.
        kept = np.empty(count, np.int32)
        n = 0
        for at in range(count):
            i = rank[at]
            org = organization[i]
            if size[i] > seats:
                continue
            if org >= 0:
                if room[org] < size[i]:
                    continue
                room[org] -= size[i]
            total, _ = fill(0, at, count, rank, density, size, organization, room, got, seats - size[i],
                            max(0, lower - size[i]))  # fmt: skip
            if org >= 0:
                room[org] += size[i]
            if total == NEVER:
                continue
            upper = constant + size[i] * density[i] + total
            if upper > best + tolerance:
                kept[n] = i
                n += 1
            else:
                bound = max(bound, upper)
        # What the search looks at often, packed for those that are left.
        for s in range(n):
            local[unit[kept[s]]] = s
        pair = np.zeros((n, n), np.int64)
        for s in range(n):
            u = unit[kept[s]]
            for e in range(pair_start[u], pair_start[u + 1]):
                other = local[pair_other[e]]
                if other >= 0:
                    pair[s, other] = FORBIDDEN if pair_value[e] <= FORBIDDEN else pair_value[e] * scale
        for s in range(n):
            local[unit[kept[s]]] = -1
        partners = max(0, seats - 1)
        allowance = np.zeros((n, partners + 1), np.int64)
        for s in range(n):
            good = np.sort(pair[s])
            so_far = 0
            for r in range(1, partners + 1):
                if r <= n and good[n - r] > 0:
                    so_far += good[n - r]
                allowance[s, r] = (so_far + 1) // 2
        some_able = np.empty((n, needs), np.int64)
        some_ratio = np.empty((n, RATIOS), np.int64)
        some_w = np.empty(n, np.int64)
        some_size = np.empty(n, np.int64)
        some_organization = np.empty(n, np.int32)
        some_start = np.zeros(n + 1, np.int64)
        for s in range(n):
            u = unit[kept[s]]
            some_start[s + 1] = some_start[s] + org_start_of[u + 1] - org_start_of[u]
        some_org = np.empty(some_start[n], np.int32)
        some_count = np.empty(some_start[n], np.int64)
        for s in range(n):
            i = kept[s]
            some_able[s] = able[i]
            some_ratio[s] = ratio[i]
            some_w[s] = w[i]
            some_size[s] = size[i]
            some_organization[s] = organization[i]
            a = org_start_of[unit[i]]
            for e in range(some_start[s], some_start[s + 1]):
                some_org[e] = org_of[a + e - some_start[s]]
                some_count[e] = org_count_of[a + e - some_start[s]]
        best, left, used, n_out, ended = search(
            rule, some_w, some_size, some_able, some_ratio, some_organization, some_start, some_org,
            some_count, pair, allowance, base_served, least_able, worth, slack, lam[m], mu[m], org_worth,
            room, sizes[k, SHARE], base_value[t], base_size, base_distinct, best, keep,
            tolerance, node_limit - nodes, whole, out_value, out_count, out_group, n_out, t, out_mode, kept,
        )  # fmt: skip
        nodes += used
        bound = max(bound, best, left)
        if not ended:
            complete = False
            if whole:
                break
    return best, bound, nodes, n_out, complete

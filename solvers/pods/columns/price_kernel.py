"""The best groups of one pod at given prices, over all its meeting times and languages.

A mode is a slot with a language: it says who may be in the group. Every mode is first bounded by prices on
needs and ratios at its root; units that no group worth more can hold are dropped; the search goes through
the modes in falling order of their bound, and ends where no mode's bound is above the best group.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit
from solvers.pods.columns.bound_kernel import FORBIDDEN, NEVER, RATIOS, fill, tighten, weigh
from solvers.pods.columns.search_kernel import LEAST, MOST, SCALE, search

_ROOT_STEPS = 14


@njit(cache=True, nogil=True)
def price_pod(
    rule: Any, unit: Any, weight: Any, able: Any, ratio_size: Any, ratio_always: Any, ratio_fixed: Any,
    size_of: Any, organization_of: Any, org_start_of: Any, org_of: Any, org_count_of: Any, promise_of: Any,
    pair_start: Any, pair_other: Any, pair_value: Any, slot: Any, mode_open: Any, ease: Any, always: Any,
    base_open: Any, base_value: Any, base_size: Any, base_served: Any, base_slack: Any, base_org: Any,
    base_count: Any, base_distinct: Any, least_able: Any, worth: Any, org_worth: Any, share_room: Any,
    n_organizations: Any, best: Any, keep: Any, tolerance: Any, node_limit: Any, whole: Any, lam: Any,
    mu: Any, out_value: Any, out_mode: Any, out_count: Any, out_group: Any,
) -> Any:  # fmt: skip
    """See `pricing.py` for what goes in. Groups worth more than `keep` are listed in the `out_` arrays, as
    unit numbers. Returns the best worth found or given, the bound on what every group is worth (no less than
    the best given), the nodes, how many groups are listed, and whether the search came to its end."""
    modes, c, needs = len(slot), len(unit), able.shape[1]
    scale = rule[SCALE]
    room = np.full(n_organizations, share_room, np.int64)
    for e in range(len(base_org)):
        room[base_org[e]] -= base_count[e]
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
    seats = rule[MOST] - base_size
    lower = max(0, rule[LEAST] - base_size)
    reach = min(base_distinct + seats, len(org_worth) - 1)
    root = np.full(modes, NEVER, np.int64)
    rank = np.empty(max(c, 1), np.int32)
    n_out = 0
    nodes = 0
    bound = best
    for m in range(modes):
        if not base_open[m]:
            continue
        count = 0
        for i in range(c):
            w[i] = weight[i] + ease[m, i] * scale
            for r in range(RATIOS):
                ratio[i, r] = ratio_fixed[i, r]
            ratio[i, 0] = 100 * always[m, i] - ratio_size * size[i] if ratio_always else 0
            if mode_open[m, i]:
                rank[count] = i
                count += 1
        slack[:] = base_slack[m]
        root[m] = tighten(
            _ROOT_STEPS, best + tolerance, base_value[m] + org_worth[reach], count, rank, density, w, extra,
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
        count = 0
        for i in range(c):
            w[i] = weight[i] + ease[m, i] * scale
            ratio[i, 0] = 100 * always[m, i] - ratio_size * size[i] if ratio_always else 0
            if mode_open[m, i]:
                rank[count] = i
                count += 1
        slack[:] = base_slack[m]
        base = base_value[m] + org_worth[reach]
        constant = base + weigh(
            count, rank, density, w, extra, size, able, ratio, lam[m], mu[m], base_served, least_able, worth,
            slack,
        )  # fmt: skip
        # Units whose groups are bounded by no more than the best one are out.
        kept = np.empty(count, np.int32)
        n = 0
        for t in range(count):
            i = rank[t]
            k = organization[i]
            if size[i] > seats:
                continue
            if k >= 0:
                if room[k] < size[i]:
                    continue
                room[k] -= size[i]
            total, _ = fill(0, t, count, rank, density, size, organization, room, got, seats - size[i],
                            max(0, lower - size[i]))  # fmt: skip
            if k >= 0:
                room[k] += size[i]
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
                at = local[pair_other[e]]
                if at >= 0:
                    pair[s, at] = FORBIDDEN if pair_value[e] <= FORBIDDEN else pair_value[e] * scale
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
            room, share_room, base_org, base_value[m], base_size, base_distinct, best, keep,
            tolerance, node_limit - nodes, whole, out_value, out_count, out_group, n_out, m, out_mode, kept,
        )  # fmt: skip
        nodes += used
        bound = max(bound, best, left)
        if not ended:
            complete = False
            if whole:
                break
    return best, bound, nodes, n_out, complete

"""One pod with somebody leaving and somebody coming, scored from its sums; compiled.

Points are exact. Broken rules are counted so that fewer is nearer to clean, and 0 is clean. Slots are rated
by one number, ease - KEY * broken, so that the best of many slots is one pass over a row.
"""

from __future__ import annotations

from typing import Any

from solvers.kernels import njit

SHUT = -(2**59)
"""Seats with fewer points are closed (see `tables.CLOSED`)."""

KEY = 1 << 24
"""Ease of a pod stays within half of it: 200 members of at most 32767 each."""
MOST_BROKEN = 63
"""Broken rules of a slot are counted up to here, so that the number fits 32 bits."""


@njit(cache=True, nogil=True, forceinline=True)
def pair_term(T: Any, u: Any, v: Any) -> Any:
    """Points for two units in one pod."""
    if len(T.pair) > 0:
        return T.pair[u, v]
    low, high = T.pair_start[u], T.pair_start[u + 1]
    while low < high:
        middle = (low + high) >> 1
        other = T.pair_other[middle]
        if other == v:
            return T.pair_value[middle]
        if other < v:
            low = middle + 1
        else:
            high = middle
    return 0


@njit(cache=True, nogil=True, forceinline=True)
def sits(T: Any, S: Any, u: Any, p: Any) -> Any:
    """Whether a unit is in a pod."""
    found = False
    for s in range(T.first[u], T.first[u + 1]):
        found |= S.at[s] == p
    return found


@njit(cache=True, nogil=True, forceinline=True)
def shift_organizations(T: Any, S: Any, p: Any, u: Any, sign: Any) -> Any:
    """Count the organizations of a unit into pod p, or out of it."""
    row, bars = S.of_organization[p], S.histogram[p]
    for k in range(T.home_start[u], T.home_start[u + 1]):
        org = T.home[k]
        old = row[org]
        new = old + sign * T.home_count[k]
        row[org] = new
        if old > 0:
            bars[old] -= 1
        if new > 0:
            bars[new] += 1
        change = 0
        if old == 0:
            change = 1
        elif new == 0:
            change = -1
        if change != 0:
            S.organizations[p] += change
            for r in range(T.rival_start[org], T.rival_start[org + 1]):
                if row[T.rival[r]] > 0:
                    S.rivals[p] += change


@njit(cache=True, nogil=True, forceinline=True)
def _organizations(T: Any, S: Any, p: Any, size: Any) -> Any:
    """Points and broken rules of a pod's organizations, as they are counted now."""
    count = S.organizations[p]
    points = T.organization_sum[min(count, len(T.organization_sum) - 1)]
    broken = S.rivals[p] + max(0, T.least_organizations[p] - count)
    if T.most_share[p] < 100:
        limit = T.most_share[p] * size // 100
        bars = S.histogram[p]
        for k in range(limit + 1, min(size, len(bars) - 1) + 1):
            broken += bars[k] * (k - limit)
    if T.presence[p] != 0:
        inside = S.of_organization[p, T.sponsor[p]]
        if T.presence[p] == 1:
            broken += inside == 0
        else:
            broken += inside
    return points, broken


@njit(cache=True, nogil=True, forceinline=True)
def _count_clashes(T: Any, S: Any, p: Any, out: Any, into: Any, leaves: Any) -> Any:
    """Fill `S.clash` with how many pods of p's members meet at the time of each slot; whether any does.

    `into` is about to leave pod `leaves`, so that one does not count for it."""
    base, end = T.slot_start[T.rhythm[p]], T.slot_start[T.rhythm[p] + 1]
    any_clash = False
    for k in range(S.filled[p] + 1):
        if k < S.filled[p]:
            u = T.owner[S.held[p, k]]
            if u == out:
                continue
        else:
            u = into
            if u < 0:
                continue
        if T.first[u + 1] - T.first[u] < 2:
            continue
        for s in range(T.first[u], T.first[u + 1]):
            q = S.at[s]
            if q < 0 or q == p or S.slot[q] < 0 or (u == into and q == leaves):
                continue
            if not any_clash:
                any_clash = True
                S.clash[:] = 0
            row = T.overlap[T.slot_start[T.rhythm[q]] + S.slot[q]]
            for j in range(end - base):
                S.clash[j] += row[base + j]
    return any_clash


@njit(cache=True, nogil=True, forceinline=True)
def best_slot(T: Any, S: Any, p: Any, out: Any, into: Any, leaves: Any, size: Any, find: Any) -> Any:
    """(rating, slot) of the best slot; the slot is -1 unless `find`."""
    rhythm = T.rhythm[p]
    base = T.slot_start[rhythm]
    low, high = 0, T.slot_start[rhythm + 1] - base
    if T.slot[p] >= 0:
        low = T.slot[p]
        high = low + 1
    quorum = (T.quorum[p] * size + 99) // 100
    clashes = False
    if len(T.overlap) > 0:
        clashes = _count_clashes(T, S, p, out, into, leaves)
    best = -KEY * MOST_BROKEN - KEY // 2
    found = -1
    absent, always, ease = S.absent[p], S.always[p], S.ease[p]
    for s in range(low, high):
        missing, steady, easy = absent[s], always[s], ease[s]
        if out >= 0:
            missing -= T.absent[out, base + s]
            steady -= T.always[out, base + s]
            easy -= T.ease[out, base + s]
        if into >= 0:
            missing += T.absent[into, base + s]
            steady += T.always[into, base + s]
            easy += T.ease[into, base + s]
        broken = missing + max(0, quorum - steady)
        if clashes:
            broken += S.clash[s]
        rating = easy - KEY * min(broken, MOST_BROKEN)
        if rating > best:
            best = rating
            if find:
                found = s
    return best, found


@njit(cache=True, nogil=True, forceinline=True)
def score(T: Any, S: Any, p: Any, out: Any, into: Any, leaves: Any, find: Any) -> Any:
    """(points, broken, slot) of pod p if unit `out` left it and unit `into` came; -1 for nobody.

    `into` comes from pod `leaves` (-1: from none). The slot is only told if `find`.
    """
    size, seats, pairs = S.size[p], S.seats[p], S.pairs[p]
    new, old, free, apart = S.newcomers[p], S.veterans[p], S.free[p], S.apart[p]
    paired = len(S.gain) > 0
    parted = len(T.apart) > 0
    if out >= 0:
        size -= T.weight[out]
        free -= T.weight[out]
        seats -= T.seat[out, p]
        new -= T.newcomers[out]
        old -= T.veterans[out]
        if paired:
            pairs -= S.gain[p, out]
        if parted:
            for k in range(T.apart_start[out], T.apart_start[out + 1]):
                if sits(T, S, T.apart[k], p):
                    apart -= 1
    if into >= 0:
        size += T.weight[into]
        free += T.weight[into]
        seats += T.seat[into, p]
        new += T.newcomers[into]
        old += T.veterans[into]
        if paired:
            pairs += S.gain[p, into]
            if out >= 0:
                pairs -= pair_term(T, into, out)
        if parted:
            for k in range(T.apart_start[into], T.apart_start[into + 1]):
                if T.apart[k] != out and sits(T, S, T.apart[k], p):
                    apart += 1
    if size == 0:
        return 0, T.least[p] * T.must_run[p], -1
    points = seats + pairs
    broken = apart + max(0, T.least[p] - size) + max(0, size - T.most[p])
    broken += max(0, new - T.most_newcomers * size // 100)
    if T.veteran_each:
        broken += max(0, new - old)
    for k in range(T.need_start[p], T.need_start[p + 1]):
        able = S.need[k]
        if out >= 0:
            able -= T.able[out, T.need_ability[k]]
        if into >= 0:
            able += T.able[into, T.need_ability[k]]
        points += T.worth_sum[T.need_worth[k] + min(able, T.need_rows[k])]
        broken += max(0, T.need_least[k] - able)
    if T.language_start[p] < T.language_start[p + 1]:
        silent = free
        for k in range(T.language_start[p], T.language_start[p + 1]):
            speakers = S.speakers[k]
            if out >= 0:
                speakers -= T.speaks[out, T.language[k]]
            if into >= 0:
                speakers += T.speaks[into, T.language[k]]
            silent = min(silent, free - speakers)
        broken += silent
    if T.with_organizations:
        if out >= 0:
            shift_organizations(T, S, p, out, -1)
        if into >= 0:
            shift_organizations(T, S, p, into, 1)
        worth, wrong = _organizations(T, S, p, size)
        points += worth
        broken += wrong
        if into >= 0:
            shift_organizations(T, S, p, into, -1)
        if out >= 0:
            shift_organizations(T, S, p, out, 1)
    slot = -1
    if T.rhythm[p] >= 0:
        if T.slot_start[T.rhythm[p]] == T.slot_start[T.rhythm[p] + 1]:
            broken += 1
        else:
            rating, slot = best_slot(T, S, p, out, into, leaves, size, find)
            wrong = (KEY // 2 - 1 - rating) // KEY
            points += rating + KEY * wrong
            broken += wrong
    if points < T.least_points:
        broken += 1
    return points, broken, slot


@njit(cache=True, nogil=True, forceinline=True)
def settle(T: Any, S: Any, p: Any, points: Any, broken: Any, slot: Any) -> Any:
    """Write down what a pod is worth now."""
    S.total[0] += broken - S.broken[p]
    S.total[5] += points - S.points[p]
    S.points[p] = points
    S.broken[p] = broken
    S.slot[p] = slot


@njit(cache=True, nogil=True)
def settle_all(T: Any, S: Any) -> Any:
    """Score every pod afresh from its sums."""
    for p in range(len(T.least)):
        S.slot[p] = -1
    for p in range(len(T.least)):
        points, broken, slot = score(T, S, p, -1, -1, -1, True)
        settle(T, S, p, points, broken, slot)


@njit(cache=True, nogil=True, forceinline=True)
def _count(T: Any, S: Any, s: Any, p: Any, sign: Any) -> Any:
    """Add the unit of place s to the sums of pod p, or take it out (sign -1)."""
    u = T.owner[s]
    weight = T.weight[u]
    if S.size[p] == 0 or S.size[p] + sign * weight == 0:
        S.total[3] += sign * T.worth[p]
    S.size[p] += sign * weight
    S.free[p] += sign * weight
    S.seats[p] += sign * T.seat[u, p]
    S.newcomers[p] += sign * T.newcomers[u]
    S.veterans[p] += sign * T.veterans[u]
    if len(T.apart) > 0:
        for k in range(T.apart_start[u], T.apart_start[u + 1]):
            if sits(T, S, T.apart[k], p):
                S.apart[p] += sign
    if len(S.gain) > 0:
        S.pairs[p] += sign * S.gain[p, u]
        row = S.gain[p]
        if len(T.pair) > 0:
            terms = T.pair[u]
            for v in range(len(row)):
                row[v] += sign * terms[v]
        else:
            for k in range(T.pair_start[u], T.pair_start[u + 1]):
                row[T.pair_other[k]] += sign * T.pair_value[k]
    for k in range(T.need_start[p], T.need_start[p + 1]):
        S.need[k] += sign * T.able[u, T.need_ability[k]]
    for k in range(T.language_start[p], T.language_start[p + 1]):
        S.speakers[k] += sign * T.speaks[u, T.language[k]]
    if T.with_organizations:
        shift_organizations(T, S, p, u, sign)
    if T.rhythm[p] >= 0:
        base = T.slot_start[T.rhythm[p]]
        for j in range(T.slot_start[T.rhythm[p] + 1] - base):
            S.absent[p, j] += sign * T.absent[u, base + j]
            S.always[p, j] += sign * T.always[u, base + j]
            S.ease[p, j] += sign * T.ease[u, base + j]
    if len(T.previous) > 0:
        S.total[4] += sign * T.previous[u, p]
    S.hours[u] += sign * T.hours[p]
    if S.used[u] == 0 or S.used[u] + sign == 0:
        S.total[1] += sign * weight
        S.total[2] += sign * T.priority[u]
    S.used[u] += sign


@njit(cache=True, nogil=True, forceinline=True)
def take_out(T: Any, S: Any, s: Any) -> Any:
    """Take place s out of its pod; the pod is not scored."""
    p = S.at[s]
    S.filled[p] -= 1
    last = S.held[p, S.filled[p]]
    S.held[p, S.position[s]] = last
    S.position[last] = S.position[s]
    S.at[s] = -1
    _count(T, S, s, p, -1)


@njit(cache=True, nogil=True, forceinline=True)
def put_in(T: Any, S: Any, s: Any, p: Any) -> Any:
    """Put place s, which is free, into pod p; the pod is not scored."""
    _count(T, S, s, p, 1)
    S.at[s] = p
    S.held[p, S.filled[p]] = s
    S.position[s] = S.filled[p]
    S.filled[p] += 1


@njit(cache=True, nogil=True)
def seat_everybody(T: Any, S: Any, target: Any) -> Any:
    """Bring every place to its target; pods are not scored."""
    for s in range(len(target)):
        if S.at[s] >= 0 and S.at[s] != target[s]:
            take_out(T, S, s)
    for s in range(len(target)):
        if S.at[s] != target[s]:
            put_in(T, S, s, target[s])

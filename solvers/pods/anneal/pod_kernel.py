"""One pod with somebody leaving and somebody coming, scored from its sums; compiled.

Points are exact. Broken rules are counted so that fewer is nearer to clean, and 0 is clean. Slots are rated
by one number, ease - KEY * broken, so that the best of many slots is one pass over a row.
"""

from __future__ import annotations

from typing import Any

from solvers.kernels import njit
from solvers.pods.anneal.layout import (
    ABILITY,
    ALWAYS,
    ANY,
    APART,
    APARTS,
    BROKEN,
    EASE,
    FILLED,
    FIRST,
    FREE,
    HOMES,
    HOURS,
    LANGUAGES,
    LEAST,
    LEAST_ORGANIZATIONS,
    LEAST_POINTS,
    MEETS,
    MISSING,
    MOST,
    MOST_NEWCOMERS,
    MOST_SHARE,
    MUST_RUN,
    NEED_LEAST,
    NEEDS,
    NEW,
    NEWCOMERS,
    OLD,
    ORGANIZATIONS,
    PAIRS,
    POINTS,
    PRESENCE,
    PRESENT,
    PRIORITY,
    QUORUM,
    RIVALS,
    ROWS,
    SEATS,
    SIZE,
    SLOT,
    SLOT_BEGIN,
    SLOT_END,
    SLOT_HIGH,
    SLOT_LOW,
    SPONSOR,
    SPREAD,
    SUMS,
    T_BROKEN,
    T_KEPT,
    T_PLACED,
    T_POINTS,
    T_PRIORITY,
    T_PROBLEMS,
    TAKEN,
    TERMS,
    USED,
    VETERAN_EACH,
    VETERANS,
    WEIGHT,
    WORTH,
)

SHUT = -(2**59)
"""Seats with fewer points are closed (see `tables.CLOSED`)."""

KEY = 1 << 24
"""Ease of a pod stays within half of it: 200 members of at most 32767 each."""
MOST_WRONG = 63
"""Broken rules of a slot are counted up to here."""

# Kernels allocate nothing, so they need no reference counts: counting every array of the tables at every call
# made moves twenty times slower.
kernel = njit(cache=True, nogil=True, _nrt=False)
"""For what is called from Python."""

inlined = njit(nogil=True, _nrt=False, forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For parts of kernels: handing every array to each would cost more than they do."""

called = njit(nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For larger parts that run seldom."""


@inlined
def pair_term(T: Any, u: Any, v: Any) -> Any:
    """Points for two units in one pod."""
    if len(T.pair) > 0:
        return T.pair[u, v]
    low, high = T.unit[u, TERMS], T.unit[u + 1, TERMS]
    while low < high:
        middle = (low + high) >> 1
        other = T.term[middle, 0]
        if other == v:
            return T.term[middle, 1]
        if other < v:
            low = middle + 1
        else:
            high = middle
    return 0


@inlined
def sits(T: Any, S: Any, u: Any, p: Any) -> Any:
    """Whether a unit is in a pod."""
    found = False
    for s in range(T.unit[u, FIRST], T.unit[u + 1, FIRST]):
        found |= S.at[s] == p
    return found


@inlined
def apart_from(T: Any, S: Any, u: Any, p: Any, without: Any) -> Any:
    """Units in pod p, but `without`, from which unit u must be apart."""
    count = 0
    for k in range(T.unit[u, APARTS], T.unit[u + 1, APARTS]):
        if T.apart[k] != without and sits(T, S, T.apart[k], p):
            count += 1
    return count


@inlined
def shift_organizations(T: Any, S: Any, p: Any, u: Any, sign: Any) -> Any:
    """Count the organizations of a unit into pod p, or out of it."""
    row, bars = S.of_organization[p], S.histogram[p]
    for k in range(T.unit[u, HOMES], T.unit[u + 1, HOMES]):
        org = T.home[k, 0]
        old = row[org]
        new = old + sign * T.home[k, 1]
        row[org] = new
        if old > 0:
            bars[old] -= 1
        if new > 0:
            bars[new] += 1
        change = np_sign(new) - np_sign(old)
        if change != 0:
            S.pod[p, SPREAD] += change
            for r in range(T.rival[org], T.rival[org + 1]):
                if row[T.rival[r]] > 0:
                    S.pod[p, RIVALS] += change


@inlined
def np_sign(x: Any) -> Any:
    """1 for a positive number, else 0."""
    return 1 if x > 0 else 0


@inlined
def organizations(T: Any, S: Any, p: Any, size: Any) -> Any:
    """Points and broken rules of a pod's organizations, as they are counted now."""
    count = S.pod[p, SPREAD]
    points = T.spread_sums[min(count, len(T.spread_sums) - 1)]
    broken = S.pod[p, RIVALS] + max(0, T.pod[p, LEAST_ORGANIZATIONS] - count)
    if T.pod[p, MOST_SHARE] < 100:
        limit = T.pod[p, MOST_SHARE] * size // 100
        bars = S.histogram[p]
        for k in range(limit + 1, min(size, len(bars) - 1) + 1):
            broken += bars[k] * (k - limit)
    if T.pod[p, PRESENCE] != ANY:
        inside = S.of_organization[p, T.pod[p, SPONSOR]]
        if T.pod[p, PRESENCE] == PRESENT:
            broken += 1 - np_sign(inside)
        else:
            broken += inside
    return points, broken


@called
def count_clashes(T: Any, S: Any, p: Any, out: Any, into: Any, leaves: Any) -> Any:
    """Fill `S.clash` with how many pods of p's members meet at the time of each slot; whether any does.

    `into` is about to leave pod `leaves`, so that one does not count for it."""
    base, end = T.pod[p, SLOT_BEGIN], T.pod[p, SLOT_END]
    found = False
    filled = S.pod[p, FILLED]
    for k in range(filled + 1):
        u = T.owner[S.held[p, k]] if k < filled else into
        if u < 0 or (u == out and k < filled) or T.unit[u + 1, FIRST] - T.unit[u, FIRST] < 2:
            continue
        for s in range(T.unit[u, FIRST], T.unit[u + 1, FIRST]):
            q = S.at[s]
            if q < 0 or q == p or S.pod[q, SLOT] < 0 or (u == into and q == leaves):
                continue
            if not found:
                found = True
                S.clash[:] = 0
            row = T.overlap[T.pod[q, SLOT_BEGIN] + S.pod[q, SLOT]]
            for j in range(end - base):
                S.clash[j] += row[base + j]
    return found


@inlined
def best_slot(T: Any, S: Any, p: Any, out: Any, into: Any, leaves: Any, size: Any, find: Any) -> Any:
    """(rating, slot) of the best slot; the slot is -1 unless `find`."""
    base, low, high = T.pod[p, SLOT_BEGIN], T.pod[p, SLOT_LOW], T.pod[p, SLOT_HIGH]
    quorum = (T.pod[p, QUORUM] * size + 99) // 100
    clashes = len(T.overlap) > 0 and count_clashes(T, S, p, out, into, leaves)
    here, less, more = S.attend[p], T.attend[out], T.attend[into]
    left, right = base + low, base + high
    # Rows that begin at 0, without a branch inside, are what compilers can take many of at once.
    missing, missing_out, missing_in = (
        here[MISSING, low:high],
        less[MISSING, left:right],
        more[MISSING, left:right],
    )
    always, always_out, always_in = here[ALWAYS, low:high], less[ALWAYS, left:right], more[ALWAYS, left:right]
    ease, ease_out, ease_in = here[EASE, low:high], less[EASE, left:right], more[EASE, left:right]
    rating, clash = S.rating, S.clash[low:high]
    count = len(ease)
    for s in range(count):
        wrong = missing[s] - missing_out[s] + missing_in[s]
        wrong += max(0, quorum - (always[s] - always_out[s] + always_in[s]))
        rating[s] = wrong
    if clashes:
        for s in range(count):
            rating[s] += clash[s]
    best = -KEY * MOST_WRONG - KEY // 2
    for s in range(count):
        rating[s] = ease[s] - ease_out[s] + ease_in[s] - KEY * min(rating[s], MOST_WRONG)
        best = max(best, rating[s])
    found = -1
    if find:
        for s in range(count):
            if rating[s] == best:
                found = low + s
                break
    return best, found


@inlined
def score(T: Any, S: Any, p: Any, out: Any, into: Any, leaves: Any, find: Any) -> Any:
    """(points, broken, slot) of pod p if unit `out` left it and unit `into` came; -1 for nobody.

    `into` comes from pod `leaves` (-1: from none). The slot is only told if `find`. Row -1 of tables by unit
    is all zeros: nobody.
    """
    less, more, pod, now = T.unit[out], T.unit[into], T.pod[p], S.pod[p]
    size = now[SIZE] - less[WEIGHT] + more[WEIGHT]
    if size == 0:
        return 0, pod[LEAST] * pod[MUST_RUN], -1
    points, broken = now[SEATS] + now[PAIRS], now[APART]
    if out >= 0:
        points -= T.seat[out, p]
        if len(S.gain) > 0:
            points -= S.gain[p, out]
        if len(T.apart) > 0:
            broken -= apart_from(T, S, out, p, -1)
    if into >= 0:
        points += T.seat[into, p]
        if len(S.gain) > 0:
            points += S.gain[p, into]
            if out >= 0:
                points -= pair_term(T, into, out)
        if len(T.apart) > 0:
            broken += apart_from(T, S, into, p, out)
    new = now[NEWCOMERS] - less[NEW] + more[NEW]
    broken += max(0, pod[LEAST] - size) + max(0, size - pod[MOST])
    broken += max(0, new - T.rule[MOST_NEWCOMERS] * size // 100)
    if T.rule[VETERAN_EACH] > 0:
        broken += max(0, new - (now[VETERANS] - less[OLD] + more[OLD]))
    for k in range(pod[NEEDS], T.pod[p + 1, NEEDS]):
        ability = T.need[k, ABILITY]
        able = S.need[k] - T.skill[out, ability] + T.skill[into, ability]
        points += T.sums[T.need[k, SUMS] + min(able, T.need[k, ROWS])]
        broken += max(0, T.need[k, NEED_LEAST] - able)
    if pod[LANGUAGES] < T.pod[p + 1, LANGUAGES]:
        free = now[FREE] - less[WEIGHT] + more[WEIGHT]
        silent = free
        for k in range(pod[LANGUAGES], T.pod[p + 1, LANGUAGES]):
            spoken = T.language[k]
            speakers = S.speakers[k] - T.skill[out, spoken] + T.skill[into, spoken]
            silent = min(silent, free - speakers)
        broken += silent
    if T.rule[ORGANIZATIONS] > 0:
        for back in range(2):  # count the change, look, and count it back
            if back == 1:
                worth, wrong = organizations(T, S, p, size)
                points += worth
                broken += wrong
            sign = 2 * back - 1
            for one in range(2):
                unit = out if one == back else into
                if unit >= 0:
                    shift_organizations(T, S, p, unit, sign if one == back else -sign)
    slot = -1
    if pod[MEETS] > 0:
        if pod[SLOT_BEGIN] == pod[SLOT_END]:
            broken += 1
        else:
            rating, slot = best_slot(T, S, p, out, into, leaves, size, find)
            wrong = (KEY // 2 - 1 - rating) // KEY
            points += rating + KEY * wrong
            broken += wrong
    if points < T.rule[LEAST_POINTS]:
        broken += 1
    return points, broken, slot


@called
def settle(T: Any, S: Any, p: Any) -> Any:
    """Score a pod from its sums and write down what it is worth now."""
    points, broken, slot = score(T, S, p, -1, -1, -1, True)
    now = S.pod[p]
    S.total[T_BROKEN] += broken - now[BROKEN]
    S.total[T_POINTS] += points - now[POINTS]
    now[POINTS] = points
    now[BROKEN] = broken
    now[SLOT] = slot


@called
def count_seat(T: Any, S: Any, s: Any, p: Any, sign: Any) -> Any:
    """Add the unit of place s to the sums of pod p, or take it out (sign -1)."""
    u = T.owner[s]
    unit, pod, now = T.unit[u], T.pod[p], S.pod[p]
    weight = unit[WEIGHT]
    if now[SIZE] == 0 or now[SIZE] + sign * weight == 0:
        S.total[T_PROBLEMS] += sign * pod[WORTH]
    now[SIZE] += sign * weight
    now[FREE] += sign * weight
    now[SEATS] += sign * T.seat[u, p]
    now[NEWCOMERS] += sign * unit[NEW]
    now[VETERANS] += sign * unit[OLD]
    if len(T.apart) > 0:
        now[APART] += sign * apart_from(T, S, u, p, -1)
    if len(S.gain) > 0:
        now[PAIRS] += sign * S.gain[p, u]
        row = S.gain[p]
        if len(T.pair) > 0:
            terms = T.pair[u]
            for v in range(len(row)):
                row[v] += sign * terms[v]
        else:
            for k in range(unit[TERMS], T.unit[u + 1, TERMS]):
                row[T.term[k, 0]] += sign * T.term[k, 1]
    for k in range(pod[NEEDS], T.pod[p + 1, NEEDS]):
        S.need[k] += sign * T.skill[u, T.need[k, ABILITY]]
    for k in range(pod[LANGUAGES], T.pod[p + 1, LANGUAGES]):
        S.speakers[k] += sign * T.skill[u, T.language[k]]
    if T.rule[ORGANIZATIONS] > 0:
        shift_organizations(T, S, p, u, sign)
    if pod[MEETS] > 0:
        base = pod[SLOT_BEGIN]
        for part in range(3):
            for j in range(pod[SLOT_END] - base):
                S.attend[p, part, j] += sign * T.attend[u, part, base + j]
    if len(T.previous) > 0:
        S.total[T_KEPT] += sign * T.previous[u, p]
    S.unit[u, TAKEN] += sign * pod[HOURS]
    if S.unit[u, USED] == 0 or S.unit[u, USED] + sign == 0:
        S.total[T_PLACED] += sign * weight
        S.total[T_PRIORITY] += sign * unit[PRIORITY]
    S.unit[u, USED] += sign


@called
def seat(T: Any, S: Any, s: Any, p: Any) -> Any:
    """Bring place s to pod p (-1: to none); pods are not scored."""
    old = S.at[s]
    if old >= 0:
        S.pod[old, FILLED] -= 1
        last = S.held[old, S.pod[old, FILLED]]
        S.held[old, S.position[s]] = last
        S.position[last] = S.position[s]
        S.at[s] = -1
        count_seat(T, S, s, old, -1)
    if p >= 0:
        count_seat(T, S, s, p, 1)
        S.at[s] = p
        filled = S.pod[p, FILLED]
        S.held[p, filled] = s
        S.position[s] = filled
        S.pod[p, FILLED] = filled + 1


@kernel
def seat_everybody(T: Any, S: Any, target: Any) -> Any:
    """Bring every place to its target and score every pod afresh."""
    for s in range(len(target)):
        if S.at[s] >= 0 and S.at[s] != target[s]:
            seat(T, S, s, -1)
    for s in range(len(target)):
        if S.at[s] != target[s]:
            seat(T, S, s, target[s])
    for p in range(len(S.pod)):
        S.pod[p, SLOT] = -1
    for p in range(len(S.pod)):
        settle(T, S, p)

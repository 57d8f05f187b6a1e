"""One chain of annealing: draw a move, rate it, take it or leave it; compiled.

A move takes unit u from its pod p (or from nowhere) to pod q, and perhaps a unit v of q the other way.
What is compared while cooling is a weighted sum; the best clean state is kept by the order of the tiers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.pods.anneal.draw_kernel import below, fits, fraction
from solvers.pods.anneal.layout import (
    BONUS,
    BROKEN,
    FILLED,
    KEEP,
    MOST,
    MOST_BROKEN,
    OPENS,
    PLAIN,
    POINTS,
    PREVIOUS,
    PRIORITY,
    SIZE,
    SLOT,
    T_BROKEN,
    T_KEPT,
    T_PLACED,
    T_POINTS,
    T_PRIORITY,
    T_PROBLEMS,
    USED,
    WEIGHT,
    WORTH,
)
from solvers.pods.anneal.pod_kernel import called, inlined, kernel, pair_term, score, seat, settle
from solvers.pods.anneal.rebuild_kernel import rebuild, undo

_DROP = 0.02
_WISHED = 0.5
_ALONE = 0.4
_REBUILT = 1.0 / 40
"""Where pods meet, so many of the moves rebuild one; each costs some 50 others."""


@inlined
def order_of(T: Any, one: Any, other: Any) -> Any:
    """-1, 0 or 1 as totals `one` are worse than `other`, as good or better, tier by tier."""
    for k in range(T_PLACED, T_POINTS + 1):
        a, b = one[k], other[k]
        if k == T_KEPT and T.rule[KEEP] == 0:
            continue
        if k == T_POINTS:
            a += T.rule[BONUS] * one[T_KEPT]
            b += T.rule[BONUS] * other[T_KEPT]
        if a != b:
            return -1 if a < b else 1
    return 0


@inlined
def over_cap(T: Any, kept: Any) -> Any:
    """How many previous seats are broken beyond the cap."""
    return max(0, T.rule[PREVIOUS] - kept - T.rule[MOST_BROKEN])


@inlined
def propose(T: Any, S: Any) -> Any:
    """(s, q, t): place s goes to pod q (-1: out), place t of q (-1: none) the other way; s -1: no move."""
    nothing = (-1, -1, -1)
    s = T.movable[below(S, len(T.movable))]
    u, p = T.owner[s], S.at[s]
    kind = fraction(S)
    if kind < _DROP:
        return (s, -1, -1) if p >= 0 else nothing
    if kind < _WISHED:
        q = np.int64(T.top[u, below(S, T.top.shape[1])])
    else:
        begin = T.unit[u, OPENS]
        q = np.int64(T.open[begin + below(S, T.unit[u + 1, OPENS] - begin)])
    if q < 0 or q == p or not fits(T, S, u, q, p):
        return nothing
    weight = T.unit[u, WEIGHT]
    size, most = S.pod[q, SIZE], T.pod[q, MOST]
    filled = S.pod[q, FILLED]
    if filled == 0 or (size + weight <= most and fraction(S) < _ALONE):
        return (s, q, -1) if size + weight <= most else nothing
    t = S.held[q, below(S, filled)]
    v = T.owner[t]
    other = T.unit[v, WEIGHT]
    if T.fixed[t] or size + weight - other > most:
        return nothing
    if p >= 0 and (S.pod[p, SIZE] - weight + other > T.pod[p, MOST] or not fits(T, S, v, p, q)):
        return nothing
    return s, q, t


@inlined
def count_change(T: Any, S: Any, after: Any, u: Any, p: Any, q: Any) -> Any:
    """Count into `after` what unit u's going from p to q changes but points: placed, priority, kept."""
    change = 0
    if p < 0 and S.unit[u, USED] == 0:
        change = 1
    elif q < 0 and S.unit[u, USED] == 1:
        change = -1
    after[T_PLACED] += change * T.unit[u, WEIGHT]
    after[T_PRIORITY] += change * T.unit[u, PRIORITY]
    if len(T.previous) > 0:
        if p >= 0:
            after[T_KEPT] -= np.int64(T.previous[u, p])
        if q >= 0:
            after[T_KEPT] += np.int64(T.previous[u, q])


@inlined
def energy(T: Any, total: Any, weight: Any) -> Any:
    """The weighted sum of totals that a chain climbs; `weight` is as the totals, of broken rules first."""
    return (
        np.float64(total[T_POINTS] + T.rule[BONUS] * total[T_KEPT])
        - weight[T_BROKEN] * (total[T_BROKEN] + over_cap(T, total[T_KEPT]))
        + weight[T_PLACED] * total[T_PLACED]
        + weight[T_PRIORITY] * total[T_PRIORITY]
        + weight[T_PROBLEMS] * total[T_PROBLEMS]
        + weight[T_KEPT] * total[T_KEPT]
    )


@inlined
def rate(T: Any, S: Any, s: Any, q: Any, t: Any, after: Any) -> Any:
    """Fill `after` with the totals after a move."""
    p = S.at[s]
    u = T.owner[s]
    v = T.owner[t] if t >= 0 else -1
    find = len(T.overlap) > 0
    for k in range(len(after)):
        after[k] = S.total[k]
    was = S.pod[p, SLOT] if p >= 0 else -1
    gone = T.unit[u, WEIGHT] - T.unit[v, WEIGHT]
    if T.rule[PLAIN] > 0 and p >= 0 and t >= 0 and gone == 0:
        after[T_POINTS] += T.seat[u, q] - T.seat[u, p] + T.seat[v, p] - T.seat[v, q]
        if len(S.gain) > 0:
            after[T_POINTS] += S.gain[q, u] - S.gain[p, u] + S.gain[p, v] - S.gain[q, v]
            after[T_POINTS] -= 2 * pair_term(T, u, v)
        if len(T.previous) > 0:
            count_change(T, S, after, u, p, q)
            count_change(T, S, after, v, q, p)
        return
    for side in range(2):
        out, into, here, there = (u, v, p, q) if side == 0 else (v, u, q, p)
        if out >= 0:
            count_change(T, S, after, out, here, there)
        if here >= 0:
            points, broken, slot = score(T, S, here, out, into, there, find)
            after[T_BROKEN] += broken - S.pod[here, BROKEN]
            after[T_POINTS] += points - S.pod[here, POINTS]
            old = S.pod[here, SIZE]
            new = old + gone if side == 1 else old - gone
            after[T_PROBLEMS] += T.pod[here, WORTH] * ((1 if new > 0 else 0) - (1 if old > 0 else 0))
            if find and side == 0:
                S.pod[here, SLOT] = slot  # the other pod keeps clear of it
    if p >= 0:
        S.pod[p, SLOT] = was


@called
def make(T: Any, S: Any, s: Any, q: Any, t: Any) -> Any:
    """Make a move."""
    p = S.at[s]
    seat(T, S, s, -1)
    if t >= 0:
        seat(T, S, t, p)
    seat(T, S, s, q)
    if p >= 0:
        settle(T, S, p)
    if q >= 0:
        settle(T, S, q)


@called
def keep_best(S: Any, best: Any, best_at: Any, best_slot: Any) -> Any:
    """Copy the state as the best one."""
    for k in range(len(best)):
        best[k] = S.total[k]
    for s in range(len(best_at)):
        best_at[s] = S.at[s]
    for p in range(len(best_slot)):
        best_slot[p] = S.pod[p, SLOT]


@kernel
def run(
    T: Any,
    S: Any,
    weight: Any,
    best: Any,
    best_at: Any,
    best_slot: Any,
    moves: Any,
    hot: Any,
    cold: Any,
    changes: Any,
) -> Any:
    """Draw `moves` moves while the temperature falls from hot to cold (in points); how many were made.

    best (6,): totals of the best clean state so far, best[0] is -1 before there is one; best_at and best_slot
    hold it. changes: usually empty; as long as it has room, no move is made, but what each that breaks
    nothing more and places as many would change in points is written there (0 for others).
    """
    if len(T.movable) == 0:
        return 0
    after = S.after
    meetings = T.attend.shape[2] > 0
    now = energy(T, S.total, weight)
    temperature = hot
    factor = (cold / hot) ** (256.0 / max(moves, 1))
    made = 0
    clean = S.total[T_BROKEN] + over_cap(T, S.total[T_KEPT]) == 0
    unsaved = clean and (best[0] < 0 or order_of(T, S.total, best) > 0)
    if unsaved:
        keep_best(S, best, best_at, best_slot)
        unsaved = False
    for k in range(moves):
        if k & 255 == 255:
            temperature *= factor
        if meetings and k >= len(changes) and fraction(S) < _REBUILT:
            if unsaved:
                keep_best(S, best, best_at, best_slot)
                unsaved = False
            noted = rebuild(T, S, weight)
            new = energy(T, S.total, weight)
            if new < now and fraction(S) >= np.exp((new - now) / temperature):
                undo(T, S, noted)
                now = energy(T, S.total, weight)
            elif noted > 0:
                now = new
                made += 1
                if S.total[T_BROKEN] + over_cap(T, S.total[T_KEPT]) == 0:
                    unsaved = best[0] < 0 or order_of(T, S.total, best) > 0
                    if unsaved:
                        for j in range(len(best)):
                            best[j] = S.total[j]
            continue
        s, q, t = propose(T, S)
        if s < 0:
            continue
        rate(T, S, s, q, t, after)
        if k < len(changes):
            if after[T_BROKEN] <= S.total[T_BROKEN] and after[T_PLACED] == S.total[T_PLACED]:
                changes[k] = after[T_POINTS] - S.total[T_POINTS]
            continue
        new = energy(T, after, weight)
        if new < now and fraction(S) >= np.exp((new - now) / temperature):
            continue
        better = -1
        if after[T_BROKEN] + over_cap(T, after[T_KEPT]) == 0:
            better = 1 if best[0] < 0 else order_of(T, after, best)
        if unsaved and better < 0:
            keep_best(S, best, best_at, best_slot)
            unsaved = False
        make(T, S, s, q, t)
        made += 1
        now = new
        if better > 0:
            for j in range(len(best)):
                best[j] = after[j]
            unsaved = True
    if unsaved:
        keep_best(S, best, best_at, best_slot)
    return made

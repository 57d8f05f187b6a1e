"""One chain of annealing: draw a move, rate it, take it or leave it; compiled.

A move takes unit u from its pod p (or from nowhere) to pod q, and perhaps a unit v of q the other way.
What is compared while cooling is a weighted sum; the best clean state is kept by the order of the tiers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit
from solvers.pods.anneal.pod_kernel import SHUT, put_in, score, settle, sits, take_out

_DROP = 0.02
_WISHED = 0.5
_ALONE = 0.4


@njit(cache=True, nogil=True, forceinline=True)
def draw(S: Any) -> Any:
    """The next 64 random bits (xorshift64, Marsaglia 2003)."""
    x = S.random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    S.random[0] = x
    return x


@njit(cache=True, nogil=True, forceinline=True)
def below(S: Any, count: Any) -> Any:
    """A random whole number 0 <= x < count."""
    return np.int64(((draw(S) >> np.uint64(32)) * np.uint64(count)) >> np.uint64(32))


@njit(cache=True, nogil=True, forceinline=True)
def fraction(S: Any) -> Any:
    """A random number 0 <= x < 1."""
    return np.float64(draw(S) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True, forceinline=True)
def worse_than(T: Any, one: Any, other: Any) -> Any:
    """-1, 0 or 1 as `one` (placed, priority, problems, kept, points) is worse, as good or better."""
    for k in range(5):
        if k == 3 and not T.keep:
            continue
        a, b = one[k], other[k]
        if k == 4:
            a += T.bonus * one[3]
            b += T.bonus * other[3]
        if a != b:
            return -1 if a < b else 1
    return 0


@njit(cache=True, nogil=True, forceinline=True)
def over_cap(T: Any, kept: Any) -> Any:
    """How many previous seats are broken beyond the cap."""
    return max(0, T.n_previous - kept - T.most_broken)


@njit(cache=True, nogil=True, forceinline=True)
def fits(T: Any, S: Any, u: Any, p: Any, leaves: Any) -> Any:
    """Whether unit u may come to pod p from pod `leaves` (-1: from none): open, not there yet, hours left."""
    if T.seat[u, p] < SHUT or sits(T, S, u, p):
        return False
    freed = T.hours[leaves] if leaves >= 0 else 0
    return S.hours[u] - freed + T.hours[p] <= T.budget[u]


@njit(cache=True, nogil=True, forceinline=True)
def propose(T: Any, S: Any) -> Any:
    """(s, q, t): place s goes to pod q (-1: out), place t of q (-1: none) the other way; s -1: no move."""
    s = T.movable[below(S, len(T.movable))]
    u, p = T.owner[s], S.at[s]
    kind = fraction(S)
    if kind < _DROP:
        if p < 0:
            return -1, -1, -1
        return s, -1, -1
    if kind < _WISHED:
        q = np.int64(T.top[u, below(S, T.top.shape[1])])
        if q < 0:
            return -1, -1, -1
    else:
        begin = T.open_start[u]
        q = np.int64(T.open[begin + below(S, T.open_start[u + 1] - begin)])
    if q == p or not fits(T, S, u, q, p):
        return -1, -1, -1
    room = S.size[q] + T.weight[u] <= T.most[q]
    if S.filled[q] == 0:
        return (s, q, -1) if room else (-1, -1, -1)
    if room and fraction(S) < _ALONE:
        return s, q, -1
    t = S.held[q, below(S, S.filled[q])]
    if T.fixed[t]:
        return -1, -1, -1
    v = T.owner[t]
    if S.size[q] + T.weight[u] - T.weight[v] > T.most[q]:
        return -1, -1, -1
    if p >= 0 and (S.size[p] - T.weight[u] + T.weight[v] > T.most[p] or not fits(T, S, v, p, q)):
        return -1, -1, -1
    return s, q, t


@njit(cache=True, nogil=True, forceinline=True)
def _count_seats(T: Any, S: Any, after: Any, u: Any, p: Any, q: Any) -> Any:
    """Count into `after` what unit u's going from p to q changes but points: placed, priority, kept."""
    if p < 0 and S.used[u] == 0:
        after[1] += T.weight[u]
        after[2] += T.priority[u]
    if q < 0 and S.used[u] == 1:
        after[1] -= T.weight[u]
        after[2] -= T.priority[u]
    if len(T.previous) > 0:
        if p >= 0:
            after[4] -= np.int64(T.previous[u, p])
        if q >= 0:
            after[4] += np.int64(T.previous[u, q])


@njit(cache=True, nogil=True, forceinline=True)
def energy(T: Any, total: Any, weight: Any) -> Any:
    """The weighted sum of totals that a chain climbs; `weight` is as the totals, of broken rules first."""
    broken = total[0] + over_cap(T, total[4])
    return (
        np.float64(total[5] + T.bonus * total[4])
        - weight[0] * broken
        + weight[1] * total[1]
        + weight[2] * total[2]
        + weight[3] * total[3]
        + weight[4] * total[4]
    )


@njit(cache=True, nogil=True, forceinline=True)
def rate(T: Any, S: Any, s: Any, q: Any, t: Any, after: Any) -> Any:
    """Fill `after` (6,) with the totals after a move."""
    u, p = T.owner[s], S.at[s]
    v = T.owner[t] if t >= 0 else -1
    find = len(T.overlap) > 0
    after[:] = S.total
    _count_seats(T, S, after, u, p, q)
    gone = T.weight[u]
    if v >= 0:
        _count_seats(T, S, after, v, q, p)
        gone -= T.weight[v]
    was = S.slot[p] if p >= 0 else -1
    for side in range(2):
        here, there = (p, q) if side == 0 else (q, p)
        out, into = (u, v) if side == 0 else (v, u)
        if here >= 0:
            points, broken, slot = score(T, S, here, out, into, there, find)
            size = S.size[here] + (gone if side == 1 else -gone)
            after[0] += broken - S.broken[here]
            after[5] += points - S.points[here]
            if S.size[here] == 0 and size > 0:
                after[3] += T.worth[here]
            elif S.size[here] > 0 and size == 0:
                after[3] -= T.worth[here]
            if find and side == 0:
                S.slot[here] = slot  # the other pod keeps clear of it
    if p >= 0:
        S.slot[p] = was


@njit(cache=True, nogil=True, forceinline=True)
def make(T: Any, S: Any, s: Any, q: Any, t: Any) -> Any:
    """Make a move."""
    p = S.at[s]
    for side in range(2):
        place = s if side == 0 else t
        if place >= 0 and S.at[place] >= 0:
            take_out(T, S, place)
    for side in range(2):
        place, to = (s, q) if side == 0 else (t, p)
        if place >= 0 and to >= 0:
            put_in(T, S, place, to)
    for side in range(2):
        here = p if side == 0 else q
        if here >= 0:
            points, broken, slot = score(T, S, here, -1, -1, -1, True)
            settle(T, S, here, points, broken, slot)


@njit(cache=True, nogil=True, forceinline=True)
def keep_best(S: Any, best: Any, best_at: Any, best_slot: Any) -> Any:
    """Copy the state as the best one."""
    best[:] = S.total
    best_at[:] = S.at
    best_slot[:] = S.slot


@njit(cache=True, nogil=True)
def run(
    T: Any, S: Any, weight: Any, best: Any, best_at: Any, best_slot: Any, moves: Any, hot: Any, cold: Any
) -> Any:
    """Draw `moves` moves while the temperature falls from hot to cold (in points); how many were made.

    best (6,): totals of the best clean state so far, best[0] is -1 before there is one; best_at and best_slot
    hold it.
    """
    if len(T.movable) == 0:
        return 0
    after = np.empty(6, np.int64)
    now = energy(T, S.total, weight)
    temperature = hot
    factor = (cold / hot) ** (256.0 / max(moves, 1))
    made = 0
    unsaved = False
    if S.total[0] + over_cap(T, S.total[4]) == 0 and (
        best[0] < 0 or worse_than(T, S.total[1:], best[1:]) > 0
    ):
        keep_best(S, best, best_at, best_slot)
    for k in range(moves):
        if k & 255 == 255:
            temperature *= factor
        s, q, t = propose(T, S)
        if s < 0:
            continue
        rate(T, S, s, q, t, after)
        new = energy(T, after, weight)
        if new < now and fraction(S) >= np.exp((new - now) / temperature):
            continue
        better = -1
        if after[0] + over_cap(T, after[4]) == 0:
            better = 1 if best[0] < 0 else worse_than(T, after[1:], best[1:])
        if unsaved and better < 0:
            keep_best(S, best, best_at, best_slot)
            unsaved = False
        make(T, S, s, q, t)
        made += 1
        now = new
        if better > 0:
            best[:] = S.total
            unsaved = True
    if unsaved:
        keep_best(S, best, best_at, best_slot)
    return made


@njit(cache=True, nogil=True)
def sample_losses(T: Any, S: Any, count: Any) -> Any:
    """Changes in points of drawn moves that break nothing more and place as many; 0 for the others."""
    out = np.zeros(count, np.float64)
    after = np.empty(6, np.int64)
    for k in range(count):
        s, q, t = propose(T, S)
        if s >= 0:
            rate(T, S, s, q, t, after)
            if after[0] <= S.total[0] and after[1] == S.total[1]:
                out[k] = after[5] - S.total[5] + T.bonus * (after[4] - S.total[4])
    return out

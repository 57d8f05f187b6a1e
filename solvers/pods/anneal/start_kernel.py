"""A first assignment: pods are opened one by one with who fits them best, the rest joins; compiled."""

from __future__ import annotations

from typing import Any

from solvers.kernels import njit
from solvers.pods.anneal.chain_kernel import below, draw, fits, over_cap
from solvers.pods.anneal.pod_kernel import put_in, score, settle, take_out

LOOKS = 400
"""How many members or pods one step looks at, at most."""


@njit(cache=True, nogil=True)
def shuffle(S: Any, items: Any) -> Any:
    """Bring items into a random order (Fisher and Yates)."""
    for k in range(len(items) - 1, 0, -1):
        other = below(S, k + 1)
        items[k], items[other] = items[other], items[k]


@njit(cache=True, nogil=True)
def join(T: Any, S: Any, s: Any, p: Any) -> Any:
    """Put place s into pod p and score the pod."""
    put_in(T, S, s, p)
    points, broken, slot = score(T, S, p, -1, -1, -1, True)
    settle(T, S, p, points, broken, slot)


@njit(cache=True, nogil=True)
def leave(T: Any, S: Any, s: Any) -> Any:
    """Take place s out of its pod and score the pod."""
    p = S.at[s]
    take_out(T, S, s)
    points, broken, slot = score(T, S, p, -1, -1, -1, True)
    settle(T, S, p, points, broken, slot)


@njit(cache=True, nogil=True)
def empty(T: Any, S: Any, p: Any) -> Any:
    """Send everybody out of pod p whom no pin holds."""
    k = 0
    while k < S.filled[p]:
        s = S.held[p, k]
        if T.fixed[s]:
            k += 1
        else:
            take_out(T, S, s)
    points, broken, slot = score(T, S, p, -1, -1, -1, True)
    settle(T, S, p, points, broken, slot)


@njit(cache=True, nogil=True)
def _best_joiner(T: Any, S: Any, p: Any, idle: Any, wrong: Any) -> Any:
    """The idle place whose unit mends or adds the most in pod p, -1 for none."""
    found, best = -1, 0.0
    count = len(idle)
    begin = below(S, count) if count else 0
    seen = 0
    for k in range(count):
        s = idle[(begin + k) % count]
        u = T.owner[s]
        if S.at[s] >= 0 or (S.used[u] > 0 and S.size[p] == 0 and seen > LOOKS):
            continue
        if S.size[p] + T.weight[u] > T.most[p] or not fits(T, S, u, p, -1):
            continue
        seen += 1
        points, broken, _ = score(T, S, p, -1, u, -1, False)
        value = points - S.points[p] - wrong * (broken - S.broken[p])
        if S.used[u] == 0:
            value += wrong * 0.25
        if found < 0 or value > best:
            found, best = s, value
        if seen >= LOOKS:
            break
    return found


@njit(cache=True, nogil=True)
def open_pods(T: Any, S: Any, order: Any, idle: Any, wrong: Any) -> Any:
    """Fill pods, in this order, up to their least size, and a little beyond it while rules are broken; undo
    those that do not come clean, unless they must run."""
    for p in order:
        if S.size[p] >= T.least[p] and S.broken[p] == 0:
            continue
        was = S.size[p]
        while S.size[p] < T.most[p] and (S.size[p] < T.least[p] or S.broken[p] > 0):
            s = _best_joiner(T, S, p, idle, wrong)
            if s < 0:
                break
            join(T, S, s, p)
        if S.broken[p] > 0 and was == 0 and not T.must_run[p]:
            empty(T, S, p)


@njit(cache=True, nogil=True)
def place_rest(T: Any, S: Any, idle: Any, wrong: Any) -> Any:
    """Put idle places into pods that run, where that breaks nothing more and adds points or a member."""
    for s in idle:
        u = T.owner[s]
        begin, count = T.open_start[u], T.open_start[u + 1] - T.open_start[u]
        if S.at[s] >= 0 or count == 0:
            continue
        found, best = -1, 0.0
        first = below(S, count)
        seen = 0
        for k in range(T.top.shape[1] + count):
            if k < T.top.shape[1]:
                p = T.top[u, k]
            else:
                p = T.open[begin + (first + k) % count]
            if p < 0 or S.size[p] == 0 or S.size[p] + T.weight[u] > T.most[p] or not fits(T, S, u, p, -1):
                continue
            seen += 1
            if seen > LOOKS:
                break
            points, broken, _ = score(T, S, p, -1, u, -1, False)
            value = points - S.points[p] - wrong * (broken - S.broken[p])
            if S.used[u] == 0:
                value += wrong
            if value > best and broken <= S.broken[p]:
                found, best = p, value
        if found >= 0:
            join(T, S, s, found)


@njit(cache=True, nogil=True)
def drop_broken(T: Any, S: Any) -> Any:
    """Empty every pod that breaks a rule and may stay empty; whether all is clean then."""
    for p in range(len(T.least)):
        if S.broken[p] > 0:
            empty(T, S, p)
    return S.total[0] + over_cap(T, S.total[4]) == 0


@njit(cache=True, nogil=True)
def warm(S: Any, seed: Any) -> Any:
    """Start the random numbers from a seed."""
    S.random[0] = seed
    for _ in range(8):
        draw(S)

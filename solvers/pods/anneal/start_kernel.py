"""A first assignment: pods are opened one by one with who fits them best, the rest joins; compiled."""

from __future__ import annotations

from typing import Any

from solvers.pods.anneal.draw_kernel import below, draw, fits
from solvers.pods.anneal.layout import (
    BROKEN,
    FILLED,
    LEAST,
    MOST,
    MUST_RUN,
    OPENS,
    POINTS,
    SIZE,
    USED,
    WEIGHT,
)
from solvers.pods.anneal.pod_kernel import called, kernel, score, seat, settle

LOOKS = 400
"""How many members or pods one step looks at, at most."""


@called
def joining(T: Any, S: Any, u: Any, p: Any, wrong: Any) -> Any:
    """What pod p gains by unit u, a broken rule counting `wrong` points and a new member a quarter of it."""
    points, broken, _ = score(T, S, p, -1, u, -1, False)
    value = points - S.pod[p, POINTS] - wrong * (broken - S.pod[p, BROKEN])
    if S.unit[u, USED] == 0:
        value += 0.25 * wrong
    return value, broken


@called
def empty(T: Any, S: Any, p: Any) -> Any:
    """Send everybody out of pod p whom no pin holds."""
    k = 0
    while k < S.pod[p, FILLED]:
        s = S.held[p, k]
        if T.fixed[s]:
            k += 1
        else:
            seat(T, S, s, -1)
    settle(T, S, p)


@called
def best_joiner(T: Any, S: Any, p: Any, idle: Any, wrong: Any) -> Any:
    """The idle place whose unit mends or adds the most in pod p, -1 for none."""
    found, best = -1, 0.0
    count = len(idle)
    begin = below(S, max(1, count))
    seen = 0
    for k in range(count):
        s = idle[(begin + k) % count]
        u = T.owner[s]
        if S.at[s] < 0 and S.pod[p, SIZE] + T.unit[u, WEIGHT] <= T.pod[p, MOST] and fits(T, S, u, p, -1):
            seen += 1
            value, _ = joining(T, S, u, p, wrong)
            if found < 0 or value > best:
                found, best = s, value
            if seen >= LOOKS:
                break
    return found


@kernel
def build(T: Any, S: Any, order: Any, idle: Any, wrong: Any, seed: Any) -> Any:
    """Open pods, in this order, with the idle places that fit best, up to their least size and beyond it
    while rules are broken; undo those that do not come clean, unless they must run. Then put the rest into
    pods that run, where that breaks nothing more and adds points or a member."""
    S.random[0] = seed
    for _ in range(8):
        draw(S)
    for k in range(len(idle) - 1, 0, -1):  # a random order (Fisher and Yates)
        other = below(S, k + 1)
        idle[k], idle[other] = idle[other], idle[k]
    for p in order:
        was = S.pod[p, SIZE]
        while S.pod[p, SIZE] < T.pod[p, LEAST] or (S.pod[p, BROKEN] > 0 and S.pod[p, SIZE] < T.pod[p, MOST]):
            s = best_joiner(T, S, p, idle, wrong)
            if s < 0:
                break
            seat(T, S, s, p)
            settle(T, S, p)
        if S.pod[p, BROKEN] > 0 and was == 0 and T.pod[p, MUST_RUN] == 0:
            empty(T, S, p)
    width = T.top.shape[1]
    for s in idle:
        u = T.owner[s]
        begin = T.unit[u, OPENS]
        count = T.unit[u + 1, OPENS] - begin
        if S.at[s] >= 0 or count == 0:
            continue
        found, best = -1, 0.0
        first = below(S, count)
        seen = 0
        for k in range(width + count):
            p = T.top[u, k] if k < width else T.open[begin + (first + k) % count]
            if p < 0 or S.pod[p, SIZE] == 0 or S.pod[p, SIZE] + T.unit[u, WEIGHT] > T.pod[p, MOST]:
                continue
            if not fits(T, S, u, p, -1):
                continue
            seen += 1
            value, broken = joining(T, S, u, p, wrong)
            if value > best and broken <= S.pod[p, BROKEN]:
                found, best = p, value
            if seen >= LOOKS:
                break
        if found >= 0:
            seat(T, S, s, found)
            settle(T, S, found)


@kernel
def drop_broken(T: Any, S: Any) -> Any:
    """Empty every pod that breaks a rule, but for what is pinned."""
    for p in range(len(S.pod)):
        if S.pod[p, BROKEN] > 0:
            empty(T, S, p)

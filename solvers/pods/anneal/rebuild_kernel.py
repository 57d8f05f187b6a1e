"""A pod built anew around one weekly time: the move that single places cannot make; compiled.

A pod is clean only with several members who share a time, so a step at a time would have to pass through
states that break many rules. Here a pod loses those who cannot come at a time, takes idle units who can, then
units that other pods can spare, and whoever lost a place tries other pods (ruin and recreate: Schrimpf,
Schneider, Stamm-Wilbrandt and Dueck 2000).
"""

from __future__ import annotations

from typing import Any

from solvers.pods.anneal.draw_kernel import below, fits
from solvers.pods.anneal.layout import (
    BROKEN,
    FILLED,
    LEAST,
    MEETS,
    MISSING,
    MOST,
    OPENS,
    POINTS,
    SIZE,
    SLOT_BEGIN,
    SLOT_HIGH,
    SLOT_LOW,
    T_BROKEN,
    T_PLACED,
    USED,
    WEIGHT,
)
from solvers.pods.anneal.pod_kernel import called, kernel, score, seat, settle

LOOKS = 60
"""Units that are tried for a pod, and pods for a unit that lost its place, at most."""

SCANNED = 4_000
"""Places that are looked at for one rebuilding, at most."""


@called
def shift(T: Any, S: Any, s: Any, q: Any, noted: Any) -> Any:
    """Bring place s to pod q (-1: to none), score both pods, and note where it was; how many are noted."""
    p = S.at[s]
    S.log[noted, 0] = s
    S.log[noted, 1] = p
    seat(T, S, s, q)
    if p >= 0:
        settle(T, S, p)
    if q >= 0:
        settle(T, S, q)
    return noted + 1


@kernel
def undo(T: Any, S: Any, noted: Any) -> Any:
    """Bring the noted places back, the last one first."""
    for k in range(noted - 1, -1, -1):
        s = S.log[k, 0]
        now = S.at[s]
        seat(T, S, s, S.log[k, 1])
        if now >= 0:
            settle(T, S, now)
        if S.log[k, 1] >= 0:
            settle(T, S, S.log[k, 1])


@called
def worth_joining(T: Any, S: Any, u: Any, p: Any, q: Any, weight: Any) -> Any:
    """What unit u's going from pod p (-1: from none) to pod q is worth, in points."""
    points, broken, _ = score(T, S, q, -1, u, p, False)
    value = points - S.pod[q, POINTS] - weight[T_BROKEN] * (broken - S.pod[q, BROKEN])
    if p >= 0:
        points, broken, _ = score(T, S, p, u, -1, -1, False)
        value += points - S.pod[p, POINTS] - weight[T_BROKEN] * (broken - S.pod[p, BROKEN])
    elif S.unit[u, USED] == 0:
        value += weight[T_PLACED] * T.unit[u, WEIGHT]
    return value


@kernel
def rebuild(T: Any, S: Any, weight: Any) -> Any:
    """Build a random pod anew around a random time of somebody who may be there; how many places are noted in
    `S.log` for `undo`."""
    places = len(T.movable)
    s = T.movable[below(S, places)]
    for _ in range(3):
        if S.at[s] >= 0:
            s = T.movable[below(S, places)]
    u, was = T.owner[s], S.at[s]
    begin = T.unit[u, OPENS]
    count = T.unit[u + 1, OPENS] - begin
    if count == 0:
        return 0
    q = T.open[begin + below(S, count)]
    base, low = T.pod[q, SLOT_BEGIN], T.pod[q, SLOT_LOW]
    width = T.pod[q, SLOT_HIGH] - low
    if q == was or T.pod[q, MEETS] == 0 or width <= 0 or not fits(T, S, u, q, was):
        return 0
    time = -1
    first = below(S, width)
    for k in range(width):
        at = base + low + (first + k) % width
        if T.attend[u, MISSING, at] == 0:
            time = at
            break
    if time < 0:
        return 0
    noted = 0
    k = S.pod[q, FILLED] - 1
    while k >= 0:
        t = S.held[q, k]
        if not T.fixed[t] and T.attend[T.owner[t], MISSING, time] > 0:
            noted = shift(T, S, t, -1, noted)
        k -= 1
    left = noted
    if S.pod[q, SIZE] + T.unit[u, WEIGHT] <= T.pod[q, MOST]:
        noted = shift(T, S, s, q, noted)
    for stage in range(2):  # idle units, then those that other pods can spare while rules are broken
        first = below(S, places)
        looks = 0
        for k in range(min(places, SCANNED)):
            t = T.movable[(first + k) % places]
            v, p = T.owner[t], S.at[t]
            if (p >= 0) != (stage == 1) or p == q or T.attend[v, MISSING, time] > 0:
                continue
            if S.pod[q, SIZE] + T.unit[v, WEIGHT] > T.pod[q, MOST] or not fits(T, S, v, q, p):
                continue
            if p >= 0 and S.pod[p, SIZE] - T.unit[v, WEIGHT] < T.pod[p, LEAST]:
                continue
            if worth_joining(T, S, v, p, q, weight) > 0:
                noted = shift(T, S, t, q, noted)
            looks += 1
            if looks >= LOOKS or S.pod[q, SIZE] >= T.pod[q, MOST]:
                break
            if stage == 1 and S.pod[q, BROKEN] == 0:
                break
        if S.pod[q, BROKEN] == 0:
            break
    for k in range(left):
        t = S.log[k, 0]
        v = T.owner[t]
        if S.at[t] >= 0:
            continue
        begin = T.unit[v, OPENS]
        count = T.unit[v + 1, OPENS] - begin
        first = below(S, max(1, count))
        found, best = -1, 0.0
        for j in range(min(count, LOOKS)):
            p = T.open[begin + (first + j) % count]
            if S.pod[p, SIZE] == 0 or S.pod[p, SIZE] + T.unit[v, WEIGHT] > T.pod[p, MOST]:
                continue
            if fits(T, S, v, p, -1):
                value = worth_joining(T, S, v, -1, p, weight)
                if value > best:
                    found, best = p, value
        if found >= 0:
            noted = shift(T, S, t, found, noted)
    return noted

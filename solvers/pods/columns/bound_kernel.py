"""What bounds the groups of one pod at given prices: the best units one by one, needs and ratios priced.

A group is worth the sum of its units' weights, the terms of its pairs, and two concave parts: the worth of
its needs and of its organizations. Each unit is lent a price lambda for every need it serves, and the need
gives what its worth exceeds that price at most (the concave conjugate); what is left is a choice of the best
units one by one, under size and a cap per organization. Rules of the form sum b_i >= 0 (quorum, newcomers,
veterans) join with a multiplier mu. Any lambda, mu >= 0 give a true bound (Lagrangian relaxation); Polyak's
subgradient steps look for good ones.

Whole numbers; divisions round up. A unit is one member, or several who belong together. Arrays by candidate
unit of the pod, needs Q, worth (Q, members + 1) cumulated.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit

NEVER = -(2**60)
"""Worth of what is not allowed."""

FORBIDDEN = -(2**50)
"""Value of a pair that must not share a pod."""

RATIOS = 3
"""Rules of the form sum b_i >= 0: quorum, newcomers (both as counts, see `modes`), veterans."""

_INSERTED = 150


@njit(cache=True, nogil=True)
def fill(
    first: Any, skip: Any, count: Any, rank: Any, density: Any, size: Any, organization: Any, room: Any,
    got: Any, seats: Any, least: Any,
) -> Any:  # fmt: skip
    """Worth of the best units from position `first` of `rank` on, the one at `skip` left out: at most `seats`
    members, at least `least` (NEVER where there are none), no more of an organization than its `room`.
    `got[t]` tells how many members the unit at position t gave; returns the worth and where it ended."""
    total = 0
    filled = 0
    end = first
    for t in range(first, count):
        i = rank[t]
        if filled >= seats or (density[i] <= 0 and filled >= least):
            break
        end = t + 1
        got[t] = 0
        if t == skip:
            continue
        take = min(size[i], seats - filled)
        k = organization[i]
        if k >= 0:
            take = min(take, room[k])
            room[k] -= take
        got[t] = take
        total += take * density[i]
        filled += take
    for t in range(first, end):
        k = organization[rank[t]]
        if k >= 0:
            room[k] += got[t]
    return (total if filled >= least else NEVER), end


@njit(cache=True, nogil=True)
def conjugate(worth: Any, q: Any, count: Any, least: Any, price: Any) -> Any:
    """What need q can add to its worth at `count` beyond `price` for each further member, and how many
    members that takes."""
    best = NEVER
    at = count
    for c in range(max(count, least), max(worth.shape[1], count + 1, least + 1)):
        w = worth[q, min(c, worth.shape[1] - 1)] - worth[q, min(count, worth.shape[1] - 1)]
        if w - price * (c - count) > best:
            best = w - price * (c - count)
            at = c
    return best, at


@njit(cache=True, nogil=True)
def weigh(
    count: Any, rank: Any, density: Any, weight: Any, extra: Any, size: Any, able: Any, ratio: Any, lam: Any,
    mu: Any, served: Any, least_able: Any, worth: Any, slack: Any,
) -> Any:  # fmt: skip
    """Sort candidates by what they bring per member at prices lam, mu; returns what the needs and ratios add
    to that. Prices above what the next member is worth are lowered to it."""
    constant = 0
    needs = worth.shape[0]
    for q in range(needs):
        c = served[q]
        if c >= least_able[q]:
            last = worth.shape[1] - 1
            gain = worth[q, c + 1] - worth[q, c] if c < last else 0
            lam[q] = min(lam[q], gain)
        more, _ = conjugate(worth, q, c, least_able[q], lam[q])
        constant += worth[q, min(c, worth.shape[1] - 1)] + more
    for r in range(RATIOS):
        constant += mu[r] * slack[r]
    for t in range(count):
        i = rank[t]
        v = weight[i] + extra[i]
        for q in range(needs):
            v += lam[q] * able[i, q]
        for r in range(RATIOS):
            v += mu[r] * ratio[i, r]
        density[i] = -((-v) // size[i])
    if count > _INSERTED:
        worths = np.empty(count, np.int64)
        for t in range(count):
            worths[t] = -density[rank[t]]
        rank[:count] = rank[:count][np.argsort(worths, kind="mergesort")]
    for t in range(1, count):  # nearly in order already
        i = rank[t]
        d = density[i]
        s = t
        while s > 0 and density[rank[s - 1]] < d:
            rank[s] = rank[s - 1]
            s -= 1
        rank[s] = i
    return constant


@njit(cache=True, nogil=True)
def tighten(
    steps: Any, target: Any, base: Any, count: Any, rank: Any, density: Any, weight: Any, extra: Any,
    size: Any, organization: Any, room: Any, got: Any, able: Any, ratio: Any, lam: Any, mu: Any, served: Any,
    least_able: Any, worth: Any, slack: Any, seats: Any, least: Any,
) -> Any:  # fmt: skip
    """Lower the bound by steps on lam and mu (kept at the best); returns that bound without `base`'s sign:
    base + constant + fill. Ends where it is at most `target`."""
    needs = worth.shape[0]
    best_lam, best_mu = lam.copy(), mu.copy()
    best = -NEVER
    gradient = np.empty(needs, np.float64)
    slope = np.empty(RATIOS, np.float64)
    shrink = 1.0
    for step in range(steps + 1):
        constant = weigh(
            count, rank, density, weight, extra, size, able, ratio, lam, mu, served, least_able, worth, slack
        )
        total, end = fill(0, -1, count, rank, density, size, organization, room, got, seats, least)
        if total == NEVER:
            return NEVER
        bound = base + constant + total
        if bound < best:
            best = bound
            best_lam[:] = lam
            best_mu[:] = mu
        else:
            shrink *= 0.6
        if best <= target or step == steps:
            break
        norm = 0.0
        for q in range(needs):
            _, at = conjugate(worth, q, served[q], least_able[q], lam[q])
            gradient[q] = -(at - served[q])
        for r in range(RATIOS):
            slope[r] = slack[r]
        for t in range(end):
            if got[t] > 0:
                i = rank[t]
                part = got[t] / size[i]
                for q in range(needs):
                    gradient[q] += part * able[i, q]
                for r in range(RATIOS):
                    slope[r] += part * ratio[i, r]
        for q in range(needs):
            if gradient[q] > 0 and lam[q] == 0:
                gradient[q] = 0.0
            norm += gradient[q] ** 2
        for r in range(RATIOS):
            if slope[r] > 0 and mu[r] == 0:
                slope[r] = 0.0
            norm += slope[r] ** 2
        if norm == 0.0:
            break
        aim = target if target > NEVER // 2 else bound - abs(bound) // 8 - 1
        length = shrink * max(0, bound - aim) / norm
        for q in range(needs):
            lam[q] = max(0, int(lam[q] - length * gradient[q]))
        for r in range(RATIOS):
            mu[r] = max(0, int(mu[r] - length * slope[r]))
    lam[:] = best_lam
    mu[:] = best_mu
    return best

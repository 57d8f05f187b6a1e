"""A binary heap of nodes by distance, two words compared lexicographically, compiled; for `repair_kernel`."""

from __future__ import annotations

from typing import Any

from solvers.kernels import njit

UNSEEN, OPEN, SETTLED = 0, 1, 2


@njit(cache=True)
def _sift_up(heap: Any, place: Any, dist_high: Any, dist_low: Any, at: Any) -> Any:
    node = heap[at]
    while at > 0:
        above = (at - 1) >> 1
        other = heap[above]
        if dist_high[node] > dist_high[other] or (
            dist_high[node] == dist_high[other] and dist_low[node] >= dist_low[other]
        ):
            break
        heap[at] = other
        place[other] = at
        at = above
    heap[at] = node
    place[node] = at


@njit(cache=True)
def pop(heap: Any, place: Any, size: Any, dist_high: Any, dist_low: Any) -> Any:
    """Take the nearest node off the heap (size is that before the call)."""
    top = heap[0]
    size -= 1
    if size > 0:
        node = heap[size]
        at = 0
        while True:
            child = 2 * at + 1
            if child >= size:
                break
            if child + 1 < size:
                a, b = heap[child], heap[child + 1]
                if dist_high[b] < dist_high[a] or (
                    dist_high[b] == dist_high[a] and dist_low[b] < dist_low[a]
                ):
                    child += 1
            other = heap[child]
            if dist_high[node] < dist_high[other] or (
                dist_high[node] == dist_high[other] and dist_low[node] <= dist_low[other]
            ):
                break
            heap[at] = other
            place[other] = at
            at = child
        heap[at] = node
        place[node] = at
    return top


@njit(cache=True)
def relax(
    node: Any,
    high: Any,
    low: Any,
    via: Any,
    state: Any,
    dist_high: Any,
    dist_low: Any,
    came: Any,
    heap: Any,
    place: Any,
    size: Any,
    touched: Any,
    n_touched: Any,
) -> Any:
    """Offer `node` the distance (high, low); returns the new heap size and count of touched nodes."""
    if state[node] == UNSEEN:
        state[node] = OPEN
        touched[n_touched] = node
        n_touched += 1
        dist_high[node] = high
        dist_low[node] = low
        came[node] = via
        heap[size] = node
        _sift_up(heap, place, dist_high, dist_low, size)
        size += 1
    elif state[node] == OPEN and (
        high < dist_high[node] or (high == dist_high[node] and low < dist_low[node])
    ):
        dist_high[node] = high
        dist_low[node] = low
        came[node] = via
        _sift_up(heap, place, dist_high, dist_low, place[node])
    return size, n_touched

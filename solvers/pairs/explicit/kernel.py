"""Compiled pricing of explicit edges."""

from __future__ import annotations

import numpy as np

from solvers.kernels import njit
from solvers.pairs.edges import Index, IntArray
from solvers.pairs.ties import tie_hash

Whole = int | np.int64


@njit(inline="always")
def _better(
    rank_a: Whole, net_a: Whole, lot_a: Whole, rank_b: Whole, net_b: Whole, lot_b: Whole
) -> bool | np.bool_:
    if rank_a != rank_b:
        return rank_a > rank_b
    if net_a != net_b:
        return net_a > net_b
    return lot_a < lot_b


@njit(cache=True)
def most_violated(
    start: IntArray,
    guide: Index,
    points: Index,
    learner_rank: Index,
    learner_value: IntArray,
    guide_rank: Index,
    guide_price: IntArray,
    most: int,
    least_points: int,
) -> tuple[IntArray, IntArray]:
    """Positions of each row's `most` most violated row-wise edges, best first, and their counts.

    `start` (rows + 1,) delimits rows. A heap of at most `most` positions, worst on top, keeps a row's best.
    """
    rows = len(start) - 1
    taken = np.zeros(rows, np.int64)
    total, longest = 0, 0
    for i in range(rows):
        hits = 0
        for e in range(start[i], start[i + 1]):
            rank = guide_rank[guide[e]]
            if points[e] >= least_points and (
                rank > learner_rank[i]
                or (rank == learner_rank[i] and points[e] > learner_value[i] + guide_price[guide[e]])
            ):
                hits += 1
        taken[i] = min(hits, most)
        total += taken[i]
        longest = max(longest, taken[i])
    out = np.empty(total, np.int64)
    heap = np.empty(longest, np.int64)
    ranks = np.empty(longest, np.int64)
    nets = np.empty(longest, np.int64)
    lots = np.empty(longest, np.int64)
    written = 0
    for i in range(rows):
        size, room = 0, taken[i]
        if room == 0:
            continue
        for e in range(start[i], start[i + 1]):
            rank = np.int64(guide_rank[guide[e]])
            net = points[e] - guide_price[guide[e]]
            if points[e] < least_points or not (
                rank > learner_rank[i] or (rank == learner_rank[i] and net > learner_value[i])
            ):
                continue
            lot = tie_hash(i, guide[e])
            if size < room:
                k = size
                size += 1
                while k > 0:
                    up = (k - 1) // 2
                    if not _better(ranks[up], nets[up], lots[up], rank, net, lot):
                        break
                    heap[k], ranks[k], nets[k], lots[k] = heap[up], ranks[up], nets[up], lots[up]
                    k = up
                heap[k], ranks[k], nets[k], lots[k] = e, rank, net, lot
            elif _better(rank, net, lot, ranks[0], nets[0], lots[0]):
                _sink(heap, ranks, nets, lots, size, e, rank, net, lot)
        for place in range(room - 1, -1, -1):
            out[written + place] = heap[0]
            size -= 1
            if size > 0:
                _sink(heap, ranks, nets, lots, size, heap[size], ranks[size], nets[size], lots[size])
        written += room
    return out, taken


@njit(cache=True)
def _sink(
    heap: IntArray,
    ranks: IntArray,
    nets: IntArray,
    lots: IntArray,
    size: int,
    e: Whole,
    rank: Whole,
    net: Whole,
    lot: Whole,
) -> None:
    """Replace the top of the heap, and restore its order."""
    k = 0
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        other = child + 1
        if other < size and _better(
            ranks[child], nets[child], lots[child], ranks[other], nets[other], lots[other]
        ):
            child = other
        if not _better(rank, net, lot, ranks[child], nets[child], lots[child]):
            break
        heap[k], ranks[k], nets[k], lots[k] = heap[child], ranks[child], nets[child], lots[child]
        k = child
    heap[k], ranks[k], nets[k], lots[k] = e, rank, net, lot

"""All pairs of many learners with one block of guides, by bitsets and bounds: most violated, and counts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matcher.candidates.kernel_block import CHUNK, NET, eligible_bits, enough_skills, fill_shared
from matcher.candidates.kernel_pair import (
    common_slots,
    goal_points,
    parts_into,
    rules_against,
)
from matcher.candidates.pack import N_PARTS, Array, bit_count, helper
from solvers.kernels import njit
from solvers.pairs.ties import tie_hash

_ONE, _ZERO = np.uint64(1), np.uint64(0)


class Target(NamedTuple):
    """What a search looks for: the price view of `solvers.pairs.edges` in 64 bits, and the least points."""

    learner_rank: Array
    learner_value: Array
    guide_rank: Array
    guide_price: Array
    least: int


class Heaps(NamedTuple):
    """Per learner the best pairs so far, the worst of them at the root: (n, most), and how many there are."""

    guide: Array
    points: Array
    size: Array


@helper
def _worse(t: Any, i: Any, a: Any, a_points: Any, b: Any, b_points: Any) -> Any:
    """Whether pair (i, a) comes after pair (i, b): lower rank, then less over the price, then by lot."""
    if t.guide_rank[a] != t.guide_rank[b]:
        return t.guide_rank[a] < t.guide_rank[b]
    x, y = a_points - t.guide_price[a], b_points - t.guide_price[b]
    if x != y:
        return x < y
    return tie_hash(i, a) > tie_hash(i, b)


@helper
def _sink(t: Any, i: Any, guide: Any, points: Any, size: Any, at: Any) -> None:
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        if child + 1 < size and _worse(
            t, i, guide[child + 1], points[child + 1], guide[child], points[child]
        ):
            child += 1
        if not _worse(t, i, guide[child], points[child], guide[at], points[at]):
            return
        guide[at], guide[child] = guide[child], guide[at]
        points[at], points[child] = points[child], points[at]
        at = child


@helper
def _push(t: Any, heaps: Any, i: Any, j: Any, w: Any) -> None:
    guide, points, size = heaps.guide[i], heaps.points[i], heaps.size[i]
    if size < len(guide):
        at = size
        guide[at], points[at] = j, w
        heaps.size[i] = size + 1
        while at > 0:
            above = (at - 1) // 2
            if not _worse(t, i, guide[at], points[at], guide[above], points[above]):
                return
            guide[at], guide[above] = guide[above], guide[at]
            points[at], points[above] = points[above], points[at]
            at = above
    elif _worse(t, i, guide[0], points[0], np.int32(j), np.int16(w)):
        guide[0], points[0] = j, w
        _sink(t, i, guide, points, size, 0)


@helper
def _needed(t: Any, heaps: Any, i: Any, j: Any) -> Any:
    """Points that a pair (i, j) needs to be wanted: more than 1000 if none suffice."""
    rank = t.guide_rank[j]
    needed = t.least
    if rank < t.learner_rank[i]:
        return 100_000
    if rank == t.learner_rank[i]:
        needed = max(needed, min(100_000, t.learner_value[i] + t.guide_price[j] + 1))
    if heaps.size[i] == heaps.guide.shape[1]:
        worst = heaps.guide[i, 0]
        if rank < t.guide_rank[worst]:
            return 100_000
        if rank == t.guide_rank[worst]:
            over = heaps.points[i, 0] - t.guide_price[worst]
            needed = max(needed, min(100_000, over + t.guide_price[j]))
    return needed


@helper
def _specials(p: Any, t: Any, heaps: Any, i: Any, parts: Any) -> None:
    for k in range(p.learner[i].special, p.learner[i].special_end):
        j = np.int64(p.special[k].guide)
        if _needed(t, heaps, i, j) <= 1000 and not rules_against(p, i, j, False):
            w = parts_into(p, i, j, parts)
            if w >= _needed(t, heaps, i, j):
                _push(t, heaps, i, j, w)


@njit(nogil=True, cache=True)
def search(
    p: Any,
    block: Any,
    t: Any,
    heaps: Any,
    who: Any,
    first: Any,
    last: Any,
    with_specials: Any,
    best_rest: Any,
    tie_value: Any,
) -> None:
    """Put into the heaps what learners who[first:last] find in the block; special pairs only if asked for.

    best_rest: the most that hours, seniority, novelty and pulse can give together. tie_value: scratch
    (organizations,), holding the points of novelty of organizations that never met.
    """
    rule = p.rule[0]
    bits = np.zeros(block.ok.shape[1], np.uint64)
    sums, flag = np.zeros(CHUNK, np.int32), np.zeros(CHUNK, np.uint8)
    eight = flag.view(np.uint64)
    max_skills = np.int32(rule.max_skills)
    parts = np.zeros(N_PARTS, np.int64)
    size = len(block.at)
    hours, of_kind, hours_of = np.zeros(size, np.int32), np.zeros(len(p.common), np.int32), np.int64(-1)
    chunks, n_chunks = np.zeros(-(-size // CHUNK), np.int32), 0
    most = heaps.guide.shape[1]
    most_hours = p.hours_points[len(p.hours_points) - 1]
    for n in range(first, last):
        i = np.int64(who[n])
        if with_specials:
            _specials(p, t, heaps, i, parts)
        learner = p.learner[i]
        if learner.rules:
            continue
        begin, end = learner.seek, learner.seek_end
        best, total = 0, 0
        for k in range(begin, end):
            best += p.seek[k].priority * block.best_credit[p.seek[k].sought]
            total += 100 * p.seek[k].priority
        most_skills = rule.max_skills * best // total if total > 0 else 0
        most_goals = np.int64(rule.max_goals) if learner.goal < learner.goal_end else 0
        bound = most_skills + most_goals + best_rest
        if bound < _needed(t, heaps, i, np.int64(block.best)):
            continue
        if not eligible_bits(p, block, i, bits):
            continue
        rank, value = t.learner_rank[i], t.learner_value[i]
        # What the worst pair of a full heap has; before it is full, nothing.
        worst_rank, worst_over = np.int64(-(2**62)), np.int64(0)
        if heaps.size[i] == most:
            worst_rank = t.guide_rank[heaps.guide[i, 0]]
            worst_over = heaps.points[i, 0] - t.guide_price[heaps.guide[i, 0]]
        ties, ties_end = p.org[learner.org].tie, p.org[learner.org].tie_end
        for k in range(ties, ties_end):
            tie_value[p.tie[k].org] = p.tie[k].points
        row = p.row[learner.row]
        senior = 9 - learner.seniority
        if row.kind != hours_of:
            hours_of = np.int64(row.kind)
            n_chunks = fill_shared(p, block, hours_of, of_kind, hours, chunks)
        for c in range(n_chunks):
            low, high = chunks[c] * CHUNK, min((chunks[c] + 1) * CHUNK, size)
            first_word, last_word = low >> 6, (high + 63) >> 6
            if block.rank[low] < rank or block.rank[low] < worst_rank:
                break
            alike = block.rank[low] == rank and block.rank[high - 1] == rank
            over = value + 1 if worst_rank < rank else max(value + 1, worst_over)
            if alike and bound < over + block.least_price[chunks[c]]:
                continue
            some = _ZERO
            for w in range(first_word, last_word):
                some |= bits[w]
            if some == _ZERO:
                continue
            if alike:  # strike off those whose skills are too few
                over = min(NET, over - rule.max_novelty - most_goals)
                if total > 0 and over >= -NET:
                    enough_skills(
                        p.seek, begin, end, block.credit, block.net, hours, learner.seniority, low, high,
                        np.int32(over), max_skills, bits, sums, flag, eight,
                    )  # fmt: skip
            for w in range(first_word, last_word):
                left = bits[w]
                while left != _ZERO:
                    lowest = left & (~left + _ONE)
                    b = (w << 6) + bit_count(lowest - _ONE)
                    left ^= lowest
                    # As `_needed`, with what changes rarely kept at hand.
                    needed, its_rank, price = t.least, block.rank[b], block.price[b]
                    if its_rank == rank:
                        needed = max(needed, value + price + 1)
                    if its_rank == worst_rank:
                        needed = max(needed, worst_over + price)
                    if its_rank < rank or its_rank < worst_rank or bound < needed:
                        continue
                    at = block.at[b]
                    # What is read in order comes first; the table of common slots and rows come last.
                    known = p.gap[at.seniority + senior].points + tie_value[at.org] + at.pulse
                    if known + most_hours + most_skills + most_goals < needed:
                        continue
                    earned = 0
                    for k in range(begin, end):
                        earned += p.seek[k].priority * block.credit[p.seek[k].sought, b]
                    if rule.max_skills * earned < (needed - known - most_hours - most_goals) * total:
                        continue
                    shared = np.int64(p.common[row.kind, at.kind])
                    unsure = row.lost + at.lost > 0
                    if unsure:
                        shared = min(shared, row.free, at.free)
                        if shared < rule.least_slots:
                            continue
                    known += p.hours_points[shared]
                    if rule.max_skills * earned < (needed - known - most_goals) * total:
                        continue
                    points = known + (rule.max_skills * earned // total if total > 0 else 0)
                    guide = p.guide[at.guide]
                    if most_goals:
                        points += goal_points(
                            p.goal, most_goals, learner.goal, learner.goal_end, guide.goal, guide.goal_end
                        )
                    if points < needed:
                        continue
                    if unsure:
                        exact = common_slots(p.slots, learner.row, guide.row)
                        points += p.hours_points[exact] - p.hours_points[shared]
                        if exact < rule.least_slots or points < needed:
                            continue
                    _push(t, heaps, i, np.int64(at.guide), points)
                    if heaps.size[i] == most:
                        worst_rank = t.guide_rank[heaps.guide[i, 0]]
                        worst_over = heaps.points[i, 0] - t.guide_price[heaps.guide[i, 0]]
        for k in range(ties, ties_end):
            tie_value[p.tie[k].org] = rule.max_novelty


@njit(nogil=True, cache=True)
def sort_heaps(t: Any, heaps: Any, first: Any, last: Any) -> None:
    """Turn the heaps of learners first..last-1 into lists, best pair first."""
    for i in range(first, last):
        guide, points = heaps.guide[i], heaps.points[i]
        for size in range(heaps.size[i] - 1, 0, -1):
            guide[0], guide[size] = guide[size], guide[0]
            points[0], points[size] = points[size], points[0]
            _sink(t, i, guide, points, size, 0)


@njit(nogil=True, cache=True)
def count(
    p: Any, block: Any, least: Any, who: Any, first: Any, last: Any, with_specials: Any, any_lost: Any
) -> Any:
    """Eligible pairs of the learners who[first:last] with guides of the block, of at least `least` points.

    any_lost: whether some guide of the block has fewer slots than their kind of row.
    """
    bits = np.zeros(block.ok.shape[1], np.uint64)
    parts = np.zeros(N_PARTS, np.int64)
    total = 0
    for n in range(first, last):
        i = np.int64(who[n])
        learner = p.learner[i]
        if with_specials:
            for k in range(learner.special, learner.special_end):
                j = np.int64(p.special[k].guide)
                if not rules_against(p, i, j, False) and (least <= 0 or parts_into(p, i, j, parts) >= least):
                    total += 1
        if learner.rules or not eligible_bits(p, block, i, bits):
            continue
        row = p.row[learner.row]
        if least <= 0 and row.lost == 0 and not any_lost:
            for w in range(len(bits)):
                total += bit_count(bits[w])
            continue
        for w in range(len(bits)):
            left = bits[w]
            while left != _ZERO:
                lowest = left & (~left + _ONE)
                at = block.at[(w << 6) + bit_count(lowest - _ONE)]
                left ^= lowest
                lost = row.lost + at.lost
                unsure = lost > 0 and np.int64(p.common[row.kind, at.kind]) - lost < p.rule[0].least_slots
                if unsure:
                    exact = common_slots(p.slots, learner.row, p.guide[at.guide].row)
                    if exact < p.rule[0].least_slots:
                        continue
                if least <= 0 or parts_into(p, i, np.int64(at.guide), parts) >= least:
                    total += 1
    return total

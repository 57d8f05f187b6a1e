"""All pairs of many learners with one block of guides, by bitsets and bounds.

A block holds guides in the order in which a search wants them (highest rank, then lowest price). Bit b of
word w stands for its guide 64 w + b. Every rule that depends on few values has one bitset per value, so that
the eligible guides of a learner are the AND of some of them; pairs with something special (avoids, pins,
repeats, running pairs, wishes) are taken out and looked at one by one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matcher.candidates.kernel_pair import (
    common_slots,
    goal_points,
    level_credit,
    parts_into,
    rules_against,
)
from matcher.candidates.pack import N_PARTS, Array, bit_count
from solvers.kernels import njit
from solvers.pairs.ties import tie_hash

_ONE, _ZERO = np.uint64(1), np.uint64(0)


class Block(NamedTuple):
    """One block of B guides; `place` is each guide's place in it, or -1. Bitsets have shape (values, B / 64).

    credit: (sought, B), percent that each guide's best offer is worth for each sought (skill, level);
    best_credit: (sought,), the highest of the block.
    """

    guide: Array
    place: Array
    org: Array
    seniority: Array
    kind: Array
    lost: Array
    pulse: Array
    credit: Array
    best_credit: Array
    org_ok: Array
    seniority_ok: Array
    language_ok: Array
    skill_ok: Array
    hours_ok: Array


class Target(NamedTuple):
    """What a search looks for: the price view of `solvers.pairs.edges`, and the least points."""

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


@njit(nogil=True, cache=True)
def fill_block(p: Any, block: Any) -> None:
    """Fill all of a block that follows from its guides, but for `hours_ok`; the arrays come zeroed."""
    n, orgs = len(block.guide), block.org_ok.shape[0]
    for b in range(n):
        j = block.guide[b]
        word, bit = b >> 6, _ONE << np.uint64(b & 63)
        block.place[j] = b
        block.org[b], block.seniority[b] = p.g_org[j], p.g_seniority[j]
        block.kind[b], block.lost[b] = p.row_kind[p.g_row[j]], p.row_lost[p.g_row[j]]
        block.pulse[b] = p.g_pulse[j]
        for learner in range(1, 11):
            if p.gap_allowed[p.g_seniority[j] - learner + 9]:
                block.seniority_ok[learner, word] |= bit
        for k in range(p.g_language_start[j], p.g_language_start[j + 1]):
            block.language_ok[p.g_language[k], word] |= bit
        for o in range(p.g_offer_start[j], p.g_offer_start[j + 1]):
            offered, level = p.g_offer_skill[o], p.g_offer_level[o]
            _credit(p, block, b, offered, level, 100)
            for r in range(p.related_start[offered], p.related_start[offered + 1]):
                _credit(p, block, b, p.related_skill[r], level, p.related_strength[r])
        if p.g_rules[j] == 0:
            block.org_ok[0, word] |= bit
    for a in range(1, orgs):
        block.org_ok[a, :] = block.org_ok[0, :]
    for b in range(n):
        for k in range(p.barred_start[block.org[b]], p.barred_start[block.org[b] + 1]):
            block.org_ok[p.barred[k], b >> 6] &= ~(_ONE << np.uint64(b & 63))


@njit(nogil=True, cache=True)
def fill_hours(p: Any, block: Any, kinds: Any) -> None:
    """For learners of each of these kinds of rows: the guides who may have enough free time in common."""
    for kind in kinds:
        for b in range(len(block.guide)):
            if p.common[kind, block.kind[b]] >= p.least_slots:
                block.hours_ok[kind, b >> 6] |= _ONE << np.uint64(b & 63)


@njit(nogil=True, cache=True)
def _credit(p: Any, block: Any, b: Any, skill: Any, level: Any, strength: Any) -> None:
    for s in range(p.sought_start[skill], p.sought_start[skill + 1]):
        credit = strength * level_credit(level, p.sought_level[s]) // 100
        if credit > block.credit[s, b]:
            block.credit[s, b] = credit
            if credit > block.best_credit[s]:
                block.best_credit[s] = credit
        if level >= p.sought_level[s]:
            block.skill_ok[s, b >> 6] |= _ONE << np.uint64(b & 63)


@njit(nogil=True, cache=True)
def _candidates(p: Any, block: Any, i: Any, bits: Any) -> Any:
    """Write the guides of the block whom i may meet, as far as bitsets tell; False if there are none."""
    words = len(bits)
    org, senior = block.org_ok[p.l_org[i]], block.seniority_ok[p.l_seniority[i]]
    hours = block.hours_ok[p.row_kind[p.l_row[i]]]
    bits[:] = _ZERO
    for k in range(p.l_language_start[i], p.l_language_start[i + 1]):
        spoken = block.language_ok[p.l_language[k]]
        for w in range(words):
            bits[w] |= spoken[w]
    if p.skill_required:
        first, last = p.l_seek_start[i], p.l_seek_start[i + 1]
        if last - first == 1:
            a = block.skill_ok[p.l_seek_sought[first]]
            for w in range(words):
                bits[w] &= a[w]
        elif last - first >= 2:
            a, b = block.skill_ok[p.l_seek_sought[first]], block.skill_ok[p.l_seek_sought[first + 1]]
            c = a
            if last - first >= 3:
                c = block.skill_ok[p.l_seek_sought[first + 2]]
            if last - first <= 3:
                for w in range(words):
                    bits[w] &= a[w] | b[w] | c[w]
            else:
                for w in range(words):
                    either = a[w] | b[w] | c[w]
                    for k in range(first + 3, last):
                        either |= block.skill_ok[p.l_seek_sought[k], w]
                    bits[w] &= either
        else:
            return False
    some = _ZERO
    for w in range(words):
        bits[w] &= org[w] & senior[w] & hours[w]
        some |= bits[w]
    if some == _ZERO:
        return False
    for k in range(p.special_start[i], p.special_start[i + 1]):
        b = block.place[p.special_guide[k]]
        if b >= 0:
            bits[b >> 6] &= ~(_ONE << np.uint64(b & 63))
    return True


@njit(nogil=True, cache=True)
def _worse(t: Any, i: Any, a: Any, a_points: Any, b: Any, b_points: Any) -> Any:
    """Whether pair (i, a) comes after pair (i, b): lower rank, then less over the price, then by lot."""
    if t.guide_rank[a] != t.guide_rank[b]:
        return t.guide_rank[a] < t.guide_rank[b]
    x, y = a_points - t.guide_price[a], b_points - t.guide_price[b]
    if x != y:
        return x < y
    return tie_hash(i, a) > tie_hash(i, b)


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
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
    elif _worse(t, i, guide[0], points[0], j, w):
        guide[0], points[0] = j, w
        _sink(t, i, guide, points, size, 0)


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
def _specials(p: Any, t: Any, heaps: Any, i: Any, parts: Any) -> None:
    for k in range(p.special_start[i], p.special_start[i + 1]):
        j = p.special_guide[k]
        if _needed(t, heaps, i, j) <= 1000 and not rules_against(p, i, j, False):
            w = parts_into(p, i, j, parts)
            if w >= _needed(t, heaps, i, j):
                _push(t, heaps, i, j, w)


@njit(nogil=True, cache=True)
def _place_first(p: Any, i: Any, tie_value: Any, set_back: Any) -> None:
    """Spread the points of learner i's organization ties over all organizations, or take them back."""
    org = p.l_org[i]
    for k in range(p.tie_start[org], p.tie_start[org + 1]):
        tie_value[p.tie_org[k]] = p.max_novelty if set_back else p.tie_points[k]


@njit(nogil=True, cache=True)
def search(p: Any, block: Any, t: Any, heaps: Any, first: Any, last: Any, with_specials: Any) -> None:
    """Put into the heaps what learners first..last-1 find in the block; special pairs once, if asked for."""
    bits = np.zeros(block.hours_ok.shape[1], np.uint64)
    tie_value = np.full(len(p.org_group), p.max_novelty, np.int64)
    parts = np.zeros(N_PARTS, np.int64)
    best_pulse = block.pulse.max()
    best_of_rest = p.gap_points.max() + p.max_novelty + p.hours_points[len(p.hours_points) - 1] + best_pulse
    for i in range(first, last):
        if with_specials:
            _specials(p, t, heaps, i, parts)
        if p.l_rules[i]:
            continue
        begin, end = p.l_seek_start[i], p.l_seek_start[i + 1]
        best, total = 0, 0
        for k in range(begin, end):
            best += p.l_seek_priority[k] * block.best_credit[p.l_seek_sought[k]]
            total += 100 * p.l_seek_priority[k]
        most_skills = p.max_skills * best // total if total > 0 else 0
        most_goals = p.max_goals if p.l_goal_start[i] < p.l_goal_start[i + 1] else 0
        bound = most_skills + most_goals + best_of_rest
        if bound < _needed(t, heaps, i, block.guide[0]) or not _candidates(p, block, i, bits):
            continue
        _place_first(p, i, tie_value, False)
        row = p.l_row[i]
        lost, free, senior = p.row_lost[row], p.row_free[row], 9 - p.l_seniority[i]
        common = p.common[p.row_kind[row]]
        going = True
        for w in range(len(bits)):
            left = bits[w]
            while left != _ZERO:
                lowest = left & (~left + _ONE)
                b = (w << 6) + bit_count(lowest - _ONE)
                left ^= lowest
                j = block.guide[b]
                needed = _needed(t, heaps, i, j)
                if bound < needed:
                    going = False
                    break
                slots = common[block.kind[b]]
                shared = slots
                if lost + block.lost[b] > 0:
                    shared = min(slots, free, p.row_free[p.g_row[j]])
                    if shared < p.least_slots:
                        continue
                cheap = p.hours_points[shared] + p.gap_points[block.seniority[b] + senior]
                cheap += tie_value[block.org[b]] + block.pulse[b]
                if cheap + most_skills + most_goals < needed:
                    continue
                earned = 0
                for k in range(begin, end):
                    earned += p.l_seek_priority[k] * block.credit[p.l_seek_sought[k], b]
                if p.max_skills * earned < (needed - cheap - most_goals) * total:
                    continue
                points = cheap + (p.max_skills * earned // total if total > 0 else 0)
                if most_goals:
                    points += goal_points(p, i, j)
                if points < needed:
                    continue
                if lost + block.lost[b] > 0:
                    exact = common_slots(p, row, p.g_row[j])
                    if exact < p.least_slots:
                        continue
                    points += p.hours_points[exact] - p.hours_points[shared]
                    if points < needed:
                        continue
                _push(t, heaps, i, j, points)
            if not going:
                break
        _place_first(p, i, tie_value, True)


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
def count(p: Any, block: Any, least: Any, first: Any, last: Any, with_specials: Any) -> Any:
    """Eligible pairs of learners first..last-1 with guides of the block, of at least `least` points."""
    bits = np.zeros(block.hours_ok.shape[1], np.uint64)
    parts = np.zeros(N_PARTS, np.int64)
    any_lost = block.lost.max() > 0
    total = 0
    for i in range(first, last):
        if with_specials:
            for k in range(p.special_start[i], p.special_start[i + 1]):
                j = p.special_guide[k]
                if not rules_against(p, i, j, False) and (least <= 0 or parts_into(p, i, j, parts) >= least):
                    total += 1
        if p.l_rules[i] or not _candidates(p, block, i, bits):
            continue
        row = p.l_row[i]
        if least <= 0 and p.row_lost[row] == 0 and not any_lost:
            for w in range(len(bits)):
                total += bit_count(bits[w])
            continue
        for w in range(len(bits)):
            left = bits[w]
            while left != _ZERO:
                lowest = left & (~left + _ONE)
                b = (w << 6) + bit_count(lowest - _ONE)
                left ^= lowest
                lost = p.row_lost[row] + block.lost[b]
                j = block.guide[b]
                unsure = lost > 0 and p.common[p.row_kind[row], block.kind[b]] - lost < p.least_slots
                if unsure and common_slots(p, row, p.g_row[j]) < p.least_slots:
                    continue
                if least <= 0 or parts_into(p, i, j, parts) >= least:
                    total += 1
    return total

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
from matcher.candidates.pack import N_PARTS, Array, bit_count, helper
from solvers.kernels import njit
from solvers.pairs.ties import tie_hash

_ONE, _ZERO = np.uint64(1), np.uint64(0)


class Block(NamedTuple):
    """One block of B guides; `place` is each guide's place in it, or -1.

    at: records of the block's guides: guide, org, seniority, kind, lost, free, pulse. rank, price: (B,).
    credit: (sought, B), percent that each guide's best offer is worth for each sought (skill, level);
    best_credit: (sought,), the highest of the block.
    ok: bitsets (values, B / 64), one below the other: organizations (not barred from), seniorities 0-10,
    languages, sought skills at sufficient level, kinds of rows (enough slots in common, before losses);
    `first`: where seniorities, languages, skills and kinds begin.
    """

    at: Array
    rank: Array
    price: Array
    place: Array
    credit: Array
    best_credit: Array
    ok: Array
    first: tuple[int, int, int, int]


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


@njit(nogil=True, cache=True)
def fill_block(p: Any, block: Any, orgs: Any) -> None:
    """Fill what follows from the block's guides, but for the bitsets of hours; the arrays come zeroed."""
    seniorities, languages, skills, _ = block.first
    words = block.ok.shape[1]
    for b in range(len(block.at)):
        at = block.at[b]
        guide = p.guide[at.guide]
        word, bit = b >> 6, _ONE << np.uint64(b & 63)
        block.place[at.guide] = b
        at.org, at.seniority, at.pulse = guide.org, guide.seniority, guide.pulse
        row = p.row[guide.row]
        at.kind, at.lost, at.free = row.kind, row.lost, row.free
        for learner in range(1, 11):
            if p.gap[guide.seniority - learner + 9].allowed:
                block.ok[seniorities + learner, word] |= bit
        for k in range(guide.language, guide.language_end):
            block.ok[languages + p.language[k], word] |= bit
        for o in range(guide.offer, guide.offer_end):
            offer = p.offer[o]
            _credit(p, block, skills, b, offer.skill, offer.level, np.int64(100))
            for r in range(p.skill[offer.skill].related, p.skill[offer.skill].related_end):
                _credit(p, block, skills, b, p.related[r].skill, offer.level, np.int64(p.related[r].strength))
        if guide.rules == 0:
            block.ok[0, word] |= bit
    for a in range(1, orgs):
        for w in range(words):
            block.ok[a, w] = block.ok[0, w]
    for b in range(len(block.at)):
        org = p.org[block.at[b].org]
        for k in range(org.barred, org.barred_end):
            block.ok[p.barred[k], b >> 6] &= ~(_ONE << np.uint64(b & 63))


@njit(nogil=True, cache=True)
def fill_hours(common: Any, least_slots: Any, block: Any, kinds: Any) -> None:
    """For learners of each of these kinds of rows: the guides who may have enough free time in common."""
    for kind in kinds:
        row = block.first[3] + kind
        for b in range(len(block.at)):
            if common[kind, block.at[b].kind] >= least_slots:
                block.ok[row, b >> 6] |= _ONE << np.uint64(b & 63)


@helper
def _credit(p: Any, block: Any, skills: Any, b: Any, skill: Any, level: Any, strength: Any) -> None:
    for s in range(p.skill[skill].sought, p.skill[skill].sought_end):
        credit = strength * level_credit(level, p.sought_level[s]) // 100
        if credit > block.credit[s, b]:
            block.credit[s, b] = credit
            block.best_credit[s] = max(block.best_credit[s], credit)
        if level >= p.sought_level[s]:
            block.ok[skills + s, b >> 6] |= _ONE << np.uint64(b & 63)


@helper
def _candidates(p: Any, block: Any, i: Any, bits: Any) -> Any:
    """Write the guides of the block whom i may meet, as far as bitsets tell; False if there are none."""
    learner, ok = p.learner[i], block.ok
    seniorities, languages, skills, hours = block.first
    org, senior = learner.org, seniorities + learner.seniority
    kind = hours + p.row[learner.row].kind
    words = len(bits)
    for w in range(words):
        bits[w] = _ZERO
    for k in range(learner.language, learner.language_end):
        spoken = languages + p.language[k]
        for w in range(words):
            bits[w] |= ok[spoken, w]
    if p.rule[0].skill_required:
        if learner.seek == learner.seek_end:
            return False
        # Three at a time: most learners seek so many skills or fewer.
        a, last = learner.seek, learner.seek_end - 1
        one, two = skills + p.seek[a].sought, skills + p.seek[min(a + 1, last)].sought
        three = skills + p.seek[min(a + 2, last)].sought
        for w in range(words):
            either = ok[one, w] | ok[two, w] | ok[three, w]
            for k in range(a + 3, learner.seek_end):
                either |= ok[skills + p.seek[k].sought, w]
            bits[w] &= either
    some = _ZERO
    for w in range(words):
        bits[w] &= ok[org, w] & ok[senior, w] & ok[kind, w]
        some |= bits[w]
    if some == _ZERO:
        return False
    for k in range(learner.special, learner.special_end):
        b = block.place[p.special[k].guide]
        if b >= 0:
            bits[b >> 6] &= ~(_ONE << np.uint64(b & 63))
    return True


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
    parts = np.zeros(N_PARTS, np.int64)
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
        if bound < _needed(t, heaps, i, np.int64(block.at[0].guide)) or not _candidates(p, block, i, bits):
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
        going = True
        for w in range(len(bits)):
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
                    going = False
                    break
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
            if not going:
                break
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
        if learner.rules or not _candidates(p, block, i, bits):
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

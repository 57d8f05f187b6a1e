"""One block of guides as bitsets, and the guides in it whom a learner may meet.

A block holds the guides whom a search wants next (highest rank, then lowest price). In it, those of one
rank who are free at like hours stand side by side, so that most learners may meet nobody in many a chunk
of it. Bit b of word w stands for its guide 64 w + b. Every rule that depends on few values has one bitset
per value, so that the eligible guides of a learner are the AND of some of them; pairs with something
special (avoids, pins, repeats, running pairs, wishes) are taken out, to be looked at one by one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matcher.candidates.kernel_pair import level_credit
from matcher.candidates.pack import Array, helper
from solvers.kernels import njit

_ONE, _ZERO = np.uint64(1), np.uint64(0)
_PACK = np.uint64(0x0102040810204080)

NET = 2**29
"""What 32 bits hold of a net price. Below -NET stands -2 * NET, which no learner's value can outweigh."""

CHUNK = 512
"""Guides whose skills are looked at in one go: a multiple of 64, few enough to stay in the nearest cache."""


class Block(NamedTuple):
    """One block of B guides; `place` is each guide's place in it, or -1.

    at: records of the block's guides: guide, org, seniority, kind, lost, free, pulse. rank, price: (B,).
    least_price: (B / CHUNK), of each chunk. best: a guide of the highest rank with the least price.
    net: (11, B), by learners' seniority: price less the points of pulse and seniority, within `NET`.
    credit: (sought, B), percent that each guide's best offer is worth for each sought (skill, level);
    best_credit: (sought,), the highest of the block.
    ok: bitsets (values, B / 64), one below the other: organizations (not barred from), seniorities 0-10,
    languages, sought skills at sufficient level, kinds of rows (enough slots in common, before losses);
    `first`: where seniorities, languages, skills and kinds begin.
    """

    at: Array
    rank: Array
    price: Array
    least_price: Array
    best: int
    place: Array
    net: Array
    credit: Array
    best_credit: Array
    ok: Array
    first: tuple[int, int, int, int]


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
        chunk = b // CHUNK
        if b % CHUNK == 0 or block.price[b] < block.least_price[chunk]:
            block.least_price[chunk] = block.price[b]
        price = block.price[b] - guide.pulse
        row = p.row[guide.row]
        at.kind, at.lost, at.free = row.kind, row.lost, row.free
        for learner in range(1, 11):
            gap = p.gap[guide.seniority - learner + 9]
            if gap.allowed:
                block.ok[seniorities + learner, word] |= bit
                net = price - gap.points
                block.net[learner, b] = -2 * NET if net < -NET else min(net, NET)
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
def eligible_bits(p: Any, block: Any, i: Any, bits: Any) -> Any:
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
def enough_skills(
    seek: Any, begin: Any, end: Any, credit: Any, net: Any, hours: Any, senior: Any, low: Any, high: Any,
    over: Any, most: Any, bits: Any, earned: Any, flag: Any, eight: Any,
) -> None:  # fmt: skip
    """Strike off the guides low..high-1 of a block (at most CHUNK) whose skills are too few for a learner.

    Skills alone must earn the net price of the guide plus `over`: what a pair must be worth beyond the price,
    less the most that hours, goals and novelty give. `over` may be any whole number from -NET to NET.
    seek[begin:end], senior: what the learner seeks, and their seniority. credit, net: of the block. most: the
    most that skills give. bits: those of the block. earned: scratch (CHUNK,) of 32 bits. flag: scratch
    (CHUNK,) of bytes 0 or 1, and `eight` the same memory as words.

    Loops are written so that the compiler takes many guides at a time: 32 bits throughout, no slices, and
    unsigned places, which cannot count from the end.
    """
    total = np.int32(0)
    origin, size = np.uint64(low), np.uint64(high - low)
    for k in range(begin, end):
        priority, line = np.int32(seek[k].priority), np.uint64(seek[k].sought)
        total += np.int32(100 * priority)
        if k == begin:
            for b in range(size):
                earned[b] = np.int32(priority * np.int32(credit[line, origin + b]))
        else:
            for b in range(size):
                earned[b] = np.int32(earned[b] + np.int32(priority * np.int32(credit[line, origin + b])))
    row = np.uint64(senior)
    for b in range(size):
        needed = np.int32(net[row, origin + b] + over - hours[origin + b])
        lacking = min(max(needed, np.int32(0)), np.int32(1001))
        flag[b] = np.int32(most * earned[b]) >= np.int32(lacking * total)
    for w in range((high - low + 63) >> 6):
        word = _ZERO
        for k in range(8):
            word |= ((eight[8 * w + k] * _PACK) >> np.uint64(56)) << np.uint64(8 * k)
        bits[(low >> 6) + w] &= word


@helper
def fill_shared(p: Any, block: Any, kind: Any, of_kind: Any, hours: Any, chunks: Any) -> Any:
    """Write the points of hours that rows of `kind` share with each guide (B,), before losses, and the chunks
    where somebody shares enough; return how many chunks those are.

    of_kind: scratch (kinds,). chunks: (B / CHUNK,). Hours of other chunks are left as they were.
    """
    for other in range(len(of_kind)):
        of_kind[other] = p.hours_points[p.common[kind, other]]
    open_, row = 0, block.first[3] + kind
    for c in range(len(chunks)):
        low, high = c * CHUNK, min((c + 1) * CHUNK, len(hours))
        some = _ZERO
        for w in range(low >> 6, (high + 63) >> 6):
            some |= block.ok[row, w]
        if some == _ZERO:
            continue
        chunks[open_] = c
        open_ += 1
        for b in range(low, high):
            hours[b] = of_kind[block.at[b].kind]
    return open_

"""Every eligible pair of some learners with a block that holds all guides, with its points."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matcher.candidates.kernel_block import eligible_bits
from matcher.candidates.kernel_pair import common_slots, goal_points, parts_into, rules_against
from matcher.candidates.pack import Array, bit_count
from solvers.kernels import njit

_ONE, _ZERO = np.uint64(1), np.uint64(0)


class Paper(NamedTuple):
    """What one call writes on. For w words of bits, m guides and o organizations:

    guide, points: the pairs found, at least m a learner. found: pairs per learner. bits: (w,). special: (m,),
    zeros. novelty: (o,), the points of organizations that never met. parts: (parts of points,).
    """

    guide: Array
    points: Array
    found: Array
    bits: Array
    special: Array
    novelty: Array
    parts: Array


@njit(nogil=True, cache=True)
def list_pairs(p: Any, block: Any, first: Any, last: Any, paper: Any) -> Any:
    """Write the pairs of learners first..last-1, each one's in the order of the block; return how many."""
    written = 0
    rule = p.rule[0]
    for i in range(first, last):
        learner = p.learner[i]
        if learner.rules or not eligible_bits(p, block, i, paper.bits):
            paper.bits[:] = _ZERO
        for k in range(learner.special, learner.special_end):
            j = np.int64(p.special[k].guide)
            if not rules_against(p, i, j, False):
                b = block.place[j]
                paper.bits[b >> 6] |= _ONE << np.uint64(b & 63)
                paper.special[j] = 1
        ties, ties_end = p.org[learner.org].tie, p.org[learner.org].tie_end
        for k in range(ties, ties_end):
            paper.novelty[p.tie[k].org] = p.tie[k].points
        begin, end, total = learner.seek, learner.seek_end, 0
        for k in range(begin, end):
            total += 100 * p.seek[k].priority
        most_goals = np.int64(rule.max_goals) if learner.goal < learner.goal_end else 0
        row = p.row[learner.row]
        senior = 9 - learner.seniority
        before = written
        for w in range(len(paper.bits)):
            left = paper.bits[w]
            while left != _ZERO:
                lowest = left & (~left + _ONE)
                b = (w << 6) + bit_count(lowest - _ONE)
                left ^= lowest
                at = block.at[b]
                j = np.int64(at.guide)
                paper.guide[written] = j
                if paper.special[j]:
                    paper.points[written] = parts_into(p, i, j, paper.parts)
                    written += 1
                    continue
                guide = p.guide[j]
                shared = np.int64(p.common[row.kind, at.kind])
                if row.lost + at.lost > 0:  # the bitsets hold who may have enough hours: now to know
                    shared = common_slots(p.slots, learner.row, guide.row)
                    if shared < rule.least_slots:
                        continue
                points = p.hours_points[shared] + p.gap[at.seniority + senior].points
                points += paper.novelty[at.org] + at.pulse
                earned = 0
                for k in range(begin, end):
                    earned += p.seek[k].priority * block.credit[p.seek[k].sought, b]
                if earned > 0:
                    points += rule.max_skills * earned // total
                if most_goals > 0 and guide.goal < guide.goal_end:
                    points += goal_points(
                        p.goal, most_goals, learner.goal, learner.goal_end, guide.goal, guide.goal_end
                    )
                paper.points[written] = points
                written += 1
        paper.found[i - first] = written - before
        for k in range(ties, ties_end):
            paper.novelty[p.tie[k].org] = rule.max_novelty
        for k in range(learner.special, learner.special_end):
            paper.special[p.special[k].guide] = 0
    return written

"""One pair at a time, straight from the packed arrays: every rule and every part, without index or pruning.

Used for single pairs, rows and columns, counts by rule, and the audit's pass over every pair. It must
agree with the plain Python of `rules` and `points`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matcher.candidates.pack import AVOID, FORBIDDEN, N_PARTS, REPEAT, RUNNING, bit_count, helper
from matcher.candidates.rules import BIT
from solvers.kernels import njit

CAPACITY_BIT = 1 << BIT["capacity"]
_OWN_ORGANIZATION, _OWN_GROUP = 1 << BIT["own_organization"], 1 << BIT["own_group"]
_COMPETITORS, _AVOID, _FORBIDDEN = 1 << BIT["competitors"], 1 << BIT["avoid"], 1 << BIT["forbidden"]
_LANGUAGE, _SENIORITY, _SKILL = 1 << BIT["language"], 1 << BIT["seniority"], 1 << BIT["skill"]
_HOURS, _REPEAT = 1 << BIT["hours"], 1 << BIT["repeat"]


@helper
def common_slots(slots: Any, row: Any, other: Any) -> Any:
    """Free slots that two rows share."""
    total = 0
    for word in range(slots.shape[1]):
        total += bit_count(slots[row, word] & slots[other, word])
    return total


@helper
def level_credit(offered: Any, sought: Any) -> Any:
    """See `points.level_credit`."""
    if offered > sought:
        return 100
    if offered == sought:
        return 90
    return 40 if offered == sought - 1 else 0


@helper
def special_of(special: Any, low: Any, high: Any, guide: Any) -> Any:
    """Where a guide stands in special[low:high], -1 if nowhere."""
    while low < high:
        middle = (low + high) // 2
        found = special[middle].guide
        if found == guide:
            return middle
        if found < guide:
            low = middle + 1
        else:
            high = middle
    return -1


@helper
def _strength(related: Any, low: Any, high: Any, sought: Any, offered: Any) -> Any:
    if sought == offered:
        return 100
    for at in range(low, high):
        if related[at].skill == offered:
            return related[at].strength
    return 0


@helper
def _shared(values: Any, low: Any, high: Any, other_low: Any, other_high: Any) -> Any:
    """How many of values[low:high] are among values[other_low:other_high]."""
    found = 0
    for x in range(low, high):
        for y in range(other_low, other_high):
            if values[x] == values[y]:
                found += 1
                break
    return found


@helper
def _has_skill(p: Any, learner: Any, guide: Any) -> Any:
    for k in range(learner.seek, learner.seek_end):
        seek = p.seek[k]
        low, high = p.skill[seek.skill].related, p.skill[seek.skill].related_end
        for o in range(guide.offer, guide.offer_end):
            offer = p.offer[o]
            if offer.level >= seek.level and _strength(p.related, low, high, seek.skill, offer.skill) > 0:
                return True
    return False


@helper
def rules_against(p: Any, i: Any, j: Any, every: Any) -> Any:
    """Mask of the rules against a pair (bits: `rules.BIT`); with `every` False, stops at the first found."""
    learner, guide = p.learner[i], p.guide[j]
    mask = np.int64(learner.rules | guide.rules)
    if mask & ~CAPACITY_BIT and not every:
        return mask
    org = p.org[learner.org]
    if learner.org == guide.org:
        mask |= _OWN_ORGANIZATION
    else:
        if org.group >= 0 and org.group == p.org[guide.org].group:
            mask |= _OWN_GROUP
        for k in range(org.rival, org.rival_end):
            if p.rival[k] == guide.org:
                mask |= _COMPETITORS
    if not p.gap[guide.seniority - learner.seniority + 9].allowed:
        mask |= _SENIORITY
    if mask & ~CAPACITY_BIT and not every:
        return mask
    if _shared(p.language, learner.language, learner.language_end, guide.language, guide.language_end) == 0:
        mask |= _LANGUAGE
        if not every:
            return mask
    if p.rule[0].skill_required and not _has_skill(p, learner, guide):
        mask |= _SKILL
        if not every:
            return mask
    at = special_of(p.special, learner.special, learner.special_end, j)
    if at >= 0:
        flags = p.special[at].flags
        if flags & AVOID:
            mask |= _AVOID
        if flags & FORBIDDEN:
            mask |= _FORBIDDEN
        if flags & RUNNING:
            mask &= ~CAPACITY_BIT
        elif flags & REPEAT:
            mask |= _REPEAT
    if mask and not every:
        return mask
    if p.rule[0].least_slots > 0 and common_slots(p.slots, learner.row, guide.row) < p.rule[0].least_slots:
        mask |= _HOURS
    return mask


@helper
def _skill_points(p: Any, learner: Any, guide: Any) -> Any:
    """See `points._skills`."""
    earned, total = 0, 0
    for k in range(learner.seek, learner.seek_end):
        seek = p.seek[k]
        low, high = p.skill[seek.skill].related, p.skill[seek.skill].related_end
        best = 0
        for o in range(guide.offer, guide.offer_end):
            offer = p.offer[o]
            strength = _strength(p.related, low, high, seek.skill, offer.skill)
            best = max(best, strength * level_credit(offer.level, seek.level) // 100)
        earned += seek.priority * best
        total += seek.priority
    return p.rule[0].max_skills * earned // (100 * total) if total > 0 else 0


@helper
def goal_points(goals: Any, most: Any, low: Any, high: Any, guide_low: Any, guide_high: Any) -> Any:
    """See `points._goals`; the learner's goals are goals[low:high]."""
    return most * _shared(goals, low, high, guide_low, guide_high) // (high - low) if high > low else 0


@helper
def parts_into(p: Any, i: Any, j: Any, out: Any) -> Any:
    """Write the parts of a pair into out[0:7], in the order of `PARTS`; return their sum."""
    learner, guide, rule = p.learner[i], p.guide[j], p.rule[0]
    out[0] = _skill_points(p, learner, guide)
    out[1] = goal_points(
        p.goal, np.int64(rule.max_goals), learner.goal, learner.goal_end, guide.goal, guide.goal_end
    )
    out[2] = p.hours_points[common_slots(p.slots, learner.row, guide.row)]
    out[3] = p.gap[guide.seniority - learner.seniority + 9].points
    at = special_of(p.special, learner.special, learner.special_end, j)
    out[4] = p.special[at].wish if at >= 0 else 0
    out[5] = rule.max_novelty
    for k in range(p.org[learner.org].tie, p.org[learner.org].tie_end):
        if p.tie[k].org == guide.org:
            out[5] = p.tie[k].points
    out[6] = guide.pulse
    total = 0
    for part in range(N_PARTS):
        total += out[part]
    return total


@njit(nogil=True, cache=True)
def evaluate(p: Any, learners: Any, guides: Any, masks: Any, parts: Any, points: Any, every: Any) -> None:
    """Masks of rules against each of the given pairs, and points, -1 where a rule stands against; all (k,).

    With `every`, masks hold all rules against, and parts (k, 7) are written for every pair, eligible or not.
    Without, masks hold the first rules found, and parts is one row of scratch. Empty parts: masks only.
    """
    for k in range(len(learners)):
        masks[k] = rules_against(p, np.int64(learners[k]), np.int64(guides[k]), every)
        points[k] = -1
        if len(parts) > 0 and (every or masks[k] == 0):
            total = parts_into(p, np.int64(learners[k]), np.int64(guides[k]), parts[k if every else 0])
            if masks[k] == 0:
                points[k] = total


@njit(nogil=True, cache=True)
def fill_common(slots: Any, of_kind: Any, first: Any, last: Any, common: Any) -> None:
    """Slots that every two kinds of rows share, for the kinds first..last-1 with those up to themselves."""
    for a in range(first, last):
        for b in range(a + 1):
            total = common_slots(slots, of_kind[a], of_kind[b])
            common[a, b] = total
            common[b, a] = total

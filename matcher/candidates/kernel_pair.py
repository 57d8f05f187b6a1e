"""One pair at a time, straight from the packed arrays: every rule and every part, without index or pruning.

Used for single pairs, rows and columns, counts by rule, and the audit's pass over every pair. It must agree
with the plain Python of `rules` and `points`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matcher.candidates.pack import AVOID, FORBIDDEN, N_PARTS, REPEAT, RUNNING, bit_count
from matcher.candidates.rules import BIT
from solvers.kernels import njit

CAPACITY_BIT = 1 << BIT["capacity"]
_OWN_ORGANIZATION, _OWN_GROUP = 1 << BIT["own_organization"], 1 << BIT["own_group"]
_COMPETITORS, _AVOID, _FORBIDDEN = 1 << BIT["competitors"], 1 << BIT["avoid"], 1 << BIT["forbidden"]
_LANGUAGE, _SENIORITY, _SKILL = 1 << BIT["language"], 1 << BIT["seniority"], 1 << BIT["skill"]
_HOURS, _REPEAT = 1 << BIT["hours"], 1 << BIT["repeat"]


@njit(nogil=True, cache=True)
def common_slots(p: Any, row: Any, other: Any) -> Any:
    """Free slots that two rows share."""
    total = 0
    for word in range(p.rows.shape[1]):
        total += bit_count(p.rows[row, word] & p.rows[other, word])
    return total


@njit(nogil=True, cache=True)
def find(values: Any, low: Any, high: Any, wanted: Any) -> Any:
    """Where `wanted` stands in the ascending values[low:high], -1 if nowhere."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        elif values[middle] > wanted:
            high = middle
        else:
            return middle
    return -1


@njit(nogil=True, cache=True)
def level_credit(offered: Any, sought: Any) -> Any:
    """See `points.level_credit`."""
    if offered > sought:
        return 100
    if offered == sought:
        return 90
    return 40 if offered == sought - 1 else 0


@njit(nogil=True, cache=True)
def _strength(p: Any, sought: Any, offered: Any) -> Any:
    if sought == offered:
        return 100
    at = find(p.related_skill, p.related_start[sought], p.related_start[sought + 1], offered)
    return p.related_strength[at] if at >= 0 else 0


@njit(nogil=True, cache=True)
def _shares(a: Any, a_low: Any, a_high: Any, b: Any, b_low: Any, b_high: Any) -> Any:
    for x in range(a_low, a_high):
        for y in range(b_low, b_high):
            if a[x] == b[y]:
                return True
    return False


@njit(nogil=True, cache=True)
def _has_skill(p: Any, i: Any, j: Any) -> Any:
    for k in range(p.l_seek_start[i], p.l_seek_start[i + 1]):
        for o in range(p.g_offer_start[j], p.g_offer_start[j + 1]):
            if (
                p.g_offer_level[o] >= p.l_seek_level[k]
                and _strength(p, p.l_seek_skill[k], p.g_offer_skill[o]) > 0
            ):
                return True
    return False


@njit(nogil=True, cache=True)
def rules_against(p: Any, i: Any, j: Any, every: Any) -> Any:
    """Mask of the rules against a pair (bits: `rules.BIT`); with `every` False, stops at the first found."""
    mask = np.int64(p.l_rules[i] | p.g_rules[j])
    if mask & ~CAPACITY_BIT and not every:
        return mask
    a, b = p.l_org[i], p.g_org[j]
    if a == b:
        mask |= _OWN_ORGANIZATION
    else:
        if p.org_group[a] >= 0 and p.org_group[a] == p.org_group[b]:
            mask |= _OWN_GROUP
        if find(p.rival, p.rival_start[a], p.rival_start[a + 1], b) >= 0:
            mask |= _COMPETITORS
    if not p.gap_allowed[p.g_seniority[j] - p.l_seniority[i] + 9]:
        mask |= _SENIORITY
    if mask & ~CAPACITY_BIT and not every:
        return mask
    low, high = p.l_language_start[i], p.l_language_start[i + 1]
    if not _shares(p.l_language, low, high, p.g_language, p.g_language_start[j], p.g_language_start[j + 1]):
        mask |= _LANGUAGE
        if not every:
            return mask
    if p.skill_required and not _has_skill(p, i, j):
        mask |= _SKILL
        if not every:
            return mask
    at = find(p.special_guide, p.special_start[i], p.special_start[i + 1], j)
    if at >= 0:
        flags = p.special_flags[at]
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
    if p.least_slots > 0 and common_slots(p, p.l_row[i], p.g_row[j]) < p.least_slots:
        mask |= _HOURS
    return mask


@njit(nogil=True, cache=True)
def skill_points(p: Any, i: Any, j: Any) -> Any:
    """See `points._skills`."""
    earned, total = 0, 0
    for k in range(p.l_seek_start[i], p.l_seek_start[i + 1]):
        best = 0
        for o in range(p.g_offer_start[j], p.g_offer_start[j + 1]):
            strength = _strength(p, p.l_seek_skill[k], p.g_offer_skill[o])
            best = max(best, strength * level_credit(p.g_offer_level[o], p.l_seek_level[k]) // 100)
        earned += p.l_seek_priority[k] * best
        total += p.l_seek_priority[k]
    return p.max_skills * earned // (100 * total) if total > 0 else 0


@njit(nogil=True, cache=True)
def goal_points(p: Any, i: Any, j: Any) -> Any:
    """See `points._goals`."""
    low, high = p.l_goal_start[i], p.l_goal_start[i + 1]
    if low == high:
        return 0
    shared = 0
    for k in range(low, high):
        for o in range(p.g_goal_start[j], p.g_goal_start[j + 1]):
            if p.l_goal[k] == p.g_goal[o]:
                shared += 1
                break
    return p.max_goals * shared // (high - low)


@njit(nogil=True, cache=True)
def parts_into(p: Any, i: Any, j: Any, out: Any) -> Any:
    """Write the parts of a pair into out[0:7], in the order of `PARTS`; return their sum."""
    out[0] = skill_points(p, i, j)
    out[1] = goal_points(p, i, j)
    out[2] = p.hours_points[common_slots(p, p.l_row[i], p.g_row[j])]
    out[3] = p.gap_points[p.g_seniority[j] - p.l_seniority[i] + 9]
    at = find(p.special_guide, p.special_start[i], p.special_start[i + 1], j)
    out[4] = p.special_wish[at] if at >= 0 else 0
    at = find(p.tie_org, p.tie_start[p.l_org[i]], p.tie_start[p.l_org[i] + 1], p.g_org[j])
    out[5] = p.tie_points[at] if at >= 0 else p.max_novelty
    out[6] = p.g_pulse[j]
    total = 0
    for part in range(N_PARTS):
        total += out[part]
    return total


@njit(nogil=True, cache=True)
def evaluate(p: Any, learners: Any, guides: Any, masks: Any, parts: Any) -> None:
    """All rules against each of the given pairs, as masks (k,), and their parts (k, 7)."""
    for k in range(len(learners)):
        masks[k] = rules_against(p, learners[k], guides[k], True)
        parts_into(p, learners[k], guides[k], parts[k])


@njit(nogil=True, cache=True)
def dense(p: Any, learners: Any, out: Any) -> None:
    """Points of the given learners with every guide, -1 where they may not meet; out: (learners, guides)."""
    parts = np.zeros(N_PARTS, np.int64)
    for k in range(len(learners)):
        for j in range(len(p.g_org)):
            if rules_against(p, learners[k], j, False):
                out[k, j] = -1
            else:
                out[k, j] = parts_into(p, learners[k], j, parts)


@njit(nogil=True, cache=True)
def fill_common(rows: Any, of_kind: Any, first: Any, last: Any, common: Any) -> None:
    """Slots that every two kinds of rows share, for the kinds first..last-1 with those up to themselves."""
    for a in range(first, last):
        for b in range(a + 1):
            total = 0
            for word in range(rows.shape[1]):
                total += bit_count(rows[of_kind[a], word] & rows[of_kind[b], word])
            common[a, b] = total
            common[b, a] = total

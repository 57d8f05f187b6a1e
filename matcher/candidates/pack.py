"""The packed arrays that the kernels read, and the small bit operations they share.

Lists of varying length are stored end to end: those of row k lie in `values[start[k]:start[k + 1]]`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.kernels import njit

Array = NDArray[Any]
N_PARTS = 7
AVOID, FORBIDDEN, REPEAT, RUNNING = 1, 2, 4, 8


class Pack(NamedTuple):
    """Learners l_, guides g_, and what rules and points look up. Times are 30-minute slots.

    *_rules: mask of the member rules that stand against one who is listed for a pin or a running pair only.
    special_*: per learner, by guide number, the guides with avoids, pins, repeats, running pairs (flags) or
    wishes (points). row_*: distinct rows of free slots; `row_kind` is a row's line in `common`, the table of
    slots that two kinds share; a row differs from its kind by `row_lost` slots less. sought_*: the distinct
    (skill, level) that learners seek, by skill. barred_*: organizations that never meet one organization.
    """

    l_rules: Array
    l_org: Array
    l_seniority: Array
    l_row: Array
    l_language_start: Array
    l_language: Array
    l_goal_start: Array
    l_goal: Array
    l_seek_start: Array
    l_seek_skill: Array
    l_seek_level: Array
    l_seek_priority: Array
    l_seek_sought: Array
    g_rules: Array
    g_org: Array
    g_seniority: Array
    g_row: Array
    g_language_start: Array
    g_language: Array
    g_goal_start: Array
    g_goal: Array
    g_offer_start: Array
    g_offer_skill: Array
    g_offer_level: Array
    g_pulse: Array
    special_start: Array
    special_guide: Array
    special_flags: Array
    special_wish: Array
    rows: Array
    row_free: Array
    row_kind: Array
    row_lost: Array
    common: Array
    sought_start: Array
    sought_level: Array
    related_start: Array
    related_skill: Array
    related_strength: Array
    org_group: Array
    rival_start: Array
    rival: Array
    barred_start: Array
    barred: Array
    tie_start: Array
    tie_org: Array
    tie_points: Array
    gap_points: Array
    gap_allowed: Array
    hours_points: Array
    n_languages: int
    n_goals: int
    least_slots: int
    skill_required: int
    max_skills: int
    max_goals: int
    max_novelty: int

    @property
    def n_learners(self) -> int:
        """How many learners are listed."""
        return len(self.l_org)

    @property
    def n_guides(self) -> int:
        """How many guides are listed."""
        return len(self.g_org)


def starts(counts: Array) -> Array:
    """Where each list begins, from the lengths of the lists; one entry more than lists."""
    start = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    return start


def gather(start: Array, which: Array) -> tuple[Array, Array]:
    """For the chosen lists end to end: their own starts, and where each value was."""
    counts = start[which + 1] - start[which]
    begins = starts(counts)
    places = np.arange(begins[-1]) + np.repeat(start[which] - begins[:-1], counts)
    return begins, places


_M1, _M2, _M4 = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
_H01 = np.uint64(0x0101010101010101)
_S1, _S2, _S4, _S56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


@njit(inline="always")
def bit_count(word: Any) -> Any:
    """Bits set in a 64-bit word; the compiler turns this into the machine's own instruction."""
    x = word - ((word >> _S1) & _M1)
    x = (x & _M2) + ((x >> _S2) & _M2)
    x = (x + (x >> _S4)) & _M4
    return np.int64((x * _H01) >> _S56)

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
    """Learners, guides, and what rules and points look up. Times are 30-minute slots.

    Few arrays of records, since every further array makes all kernels slower to compile. A pair of fields
    such as `goal`, `goal_end` says where one's own entries lie in the array of that name.

    learner: rules, org, seniority, row, language, goal, seek, special (the last four with ends).
    guide: rules, org, seniority, row, language, goal, offer (the last three with ends), pulse (points).
    `rules` is the mask of the member rules against one who is listed for a pin or a running pair only.
    seek: skill, level, priority, sought (number of the (skill, level) in `sought_level`).
    offer: skill, level.
    special: per learner by guide number, guides with avoids, pins, repeats or running pairs (flags), or
    wishes (points): guide, flags, wish.
    row: distinct rows of `slots`: free, kind (line in `common`, the slots that two kinds share), lost (slots
    that the row has less than its kind).
    skill: sought, related (with ends). related: skill, strength. org: group (-1: none), rival, barred, tie
    (with ends); barred are all whom its people never meet, itself too. tie: org, points of novelty.
    gap: points, allowed, by guide seniority minus learner seniority + 9. hours_points: by common slots.
    rule: one record: least_slots, skill_required, max_skills, max_goals, max_novelty, n_languages.
    """

    learner: Array
    guide: Array
    seek: Array
    offer: Array
    special: Array
    language: Array
    goal: Array
    row: Array
    slots: Array
    common: Array
    skill: Array
    sought_level: Array
    related: Array
    org: Array
    rival: Array
    barred: Array
    tie: Array
    gap: Array
    hours_points: Array
    rule: Array

    @property
    def n_learners(self) -> int:
        """How many learners are listed."""
        return len(self.learner)

    @property
    def n_guides(self) -> int:
        """How many guides are listed."""
        return len(self.guide)


def records(**fields: Array) -> Array:
    """Columns of one length side by side, as records of 32-bit whole numbers."""
    names = list(fields)
    table = np.zeros(len(fields[names[0]]), np.dtype([(name, np.int32) for name in names], align=True))
    for name in names:
        table[name] = fields[name]
    return table


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


_HELPER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
helper = njit(nogil=True, cache=True, **_HELPER)
"""For kernels that only kernels call: they compile faster without the code that lets Python call them."""

_M1, _M2 = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_M4, _H01 = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
_S1, _S2, _S4, _S56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


@njit(inline="always")
def bit_count(word: Any) -> Any:
    """Bits set in a 64-bit word; the compiler turns this into the machine's own instruction."""
    x = word - ((word >> _S1) & _M1)
    x = (x & _M2) + ((x >> _S2) & _M2)
    x = (x + (x >> _S4)) & _M4
    return np.int64((x * _H01) >> _S56)

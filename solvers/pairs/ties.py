"""The fixed order among equally good pairs, the same in every `EdgeOracle`: lower hash first.

Without it ties would fall by list order, and the top of the spreadsheet would gain. The hash is the finalizer
of SplitMix64 (Steele, Lea, Flood 2014) over learner number * 2^32 + guide number: one to one on 64 bits, of
which the upper 63 are kept.
"""

from __future__ import annotations

import numpy as np

from solvers.kernels import njit
from solvers.pairs.edges import Index, IntArray

_ADD = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_WHOLE = 2**64 - 1
_WHOLE_ADD, _WHOLE_FIRST, _WHOLE_SECOND = int(_ADD), int(_FIRST), int(_SECOND)
_30, _27, _31, _32, _1 = (np.uint64(bits) for bits in (30, 27, 31, 32, 1))


@njit(inline="always")
def tie_hash(learner: int, guide: int) -> np.int64:
    """The lot of a pair, 0..2^63-1: among equals the lower one comes first. To be called inside kernels."""
    x = (np.uint64(learner) << _32) | np.uint64(guide)
    x = x + _ADD
    x = (x ^ (x >> _30)) * _FIRST
    x = (x ^ (x >> _27)) * _SECOND
    return np.int64((x ^ (x >> _31)) >> _1)


def tie_hashes(learners: Index, guides: Index) -> IntArray:
    """The same for whole columns, in numpy."""
    x = (learners.astype(np.uint64) << _32) | guides.astype(np.uint64)
    x = x + _ADD
    x = (x ^ (x >> _30)) * _FIRST
    x = (x ^ (x >> _27)) * _SECOND
    return ((x ^ (x >> _31)) >> _1).astype(np.int64)


def seeded_lots(seed: int, side: int, learners: Index, guides: Index) -> IntArray:
    """Lots of a seeded lottery, lower first, 0..2^63-1, one per pair and side (0 learner's, 1 guide's)."""
    x = tie_hashes(learners, guides).astype(np.uint64) ^ np.uint64(
        ((2 * seed + side + 1) * _WHOLE_ADD) & _WHOLE
    )
    x = (x ^ (x >> _30)) * _FIRST
    x = (x ^ (x >> _27)) * _SECOND
    return ((x ^ (x >> _31)) >> _1).astype(np.int64)


def seeded_lot(seed: int, side: int, learner: int, guide: int) -> int:
    """One of `seeded_lots`, for a single pair."""
    x = _mixed(((learner << 32) | guide) + _WHOLE_ADD) >> 1
    return _mixed(x ^ ((2 * seed + side + 1) * _WHOLE_ADD)) >> 1


def _mixed(x: int) -> int:
    x &= _WHOLE
    x = ((x ^ (x >> 30)) * _WHOLE_FIRST) & _WHOLE
    x = ((x ^ (x >> 27)) * _WHOLE_SECOND) & _WHOLE
    return x ^ (x >> 31)

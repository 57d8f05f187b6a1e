"""The lot among equal pairs: one function for kernels and columns, and no favour for low numbers."""

from __future__ import annotations

import numpy as np

from solvers.kernels import njit
from solvers.pairs.ties import seeded_lot, seeded_lots, tie_hash, tie_hashes


@njit
def _table(n: int, m: int) -> np.ndarray:
    out = np.zeros((n, m), np.int64)
    for i in range(n):
        for j in range(m):
            out[i, j] = tie_hash(i, j)
    return out


def test_kernels_and_columns_draw_the_same_lots() -> None:
    table = _table(40, 30)
    learners, guides = np.divmod(np.arange(1200, dtype=np.int32), np.int32(30))
    assert (tie_hashes(learners, guides) == table.ravel()).all()
    assert table.min() >= 0
    assert len(np.unique(table)) == 1200


def test_no_guide_is_favoured_for_standing_first() -> None:
    winners = _table(3000, 10).argmin(axis=1)
    assert np.bincount(winners, minlength=10).min() > 230


def test_a_lottery_has_its_own_lots_per_seed_and_side() -> None:
    learners, guides = np.divmod(np.arange(600, dtype=np.int32), np.int32(30))
    drawn = {
        (seed, side): seeded_lots(seed, side, learners, guides)
        for seed in (0, 1, 2**31 - 1)
        for side in (0, 1)
    }
    for (seed, side), lots in drawn.items():
        assert lots.min() >= 0
        assert lots.tolist() == [seeded_lot(seed, side, k // 30, k % 30) for k in range(600)]
    orders = {tuple(np.argsort(lots).tolist()) for lots in drawn.values()}
    assert len(orders) == len(drawn)

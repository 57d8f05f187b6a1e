"""Listed pairs as an oracle: exact, complete, in the promised order."""

from __future__ import annotations

import numpy as np
import pytest

from solvers.faults import InstanceError
from solvers.pairs.edges import NOT_ELIGIBLE, Edges, PriceView
from solvers.pairs.explicit.edges import ExplicitEdges
from solvers.pairs.ties import tie_hashes


def random_edges(seed: int, n: int, m: int, share: float = 0.4, high: int = 6) -> tuple[Edges, np.ndarray]:
    """Random pairs with few distinct points, shuffled, and the table they come from."""
    rng = np.random.default_rng(seed)
    table = np.where(rng.random((n, m)) < share, rng.integers(0, high, (n, m)), NOT_ELIGIBLE)
    learner, guide = np.nonzero(table >= 0)
    order = rng.permutation(len(learner))
    learner, guide = learner[order].astype(np.int32), guide[order].astype(np.int32)
    return Edges(learner, guide, table[learner, guide].astype(np.int32)), table


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("most", [1, 3, 1000])
def test_violated_gives_the_most_violated_first_and_all_of_them(seed: int, most: int) -> None:
    n, m = 9, 13
    edges, table = random_edges(seed, n, m)
    oracle = ExplicitEdges(n, m, edges)
    rng = np.random.default_rng(seed + 100)
    view = PriceView(
        rng.integers(0, 3, n).astype(np.int32),
        rng.integers(-3, 5, n),
        rng.integers(0, 3, m).astype(np.int32),
        rng.integers(0, 3, m),
    )
    least = int(rng.integers(0, 3))
    wanted: list[tuple[int, int, int]] = []
    for i in range(n):
        row = []
        for j in range(m):
            w = int(table[i, j])
            rank, own = int(view.guide_rank[j]), int(view.learner_rank[i])
            better = own < rank or (own == rank and w > view.learner_value[i] + view.guide_price[j])
            if w >= max(least, 0) and better:
                lot = int(tie_hashes(np.array([i], np.int32), np.array([j], np.int32))[0])
                row.append((-rank, int(view.guide_price[j]) - w, lot, i, j, w))
        wanted += [(i, j, w) for *_, i, j, w in sorted(row)[:most]]
    found = oracle.violated(view, most, least)
    assert list(zip(found.learner, found.guide, found.points, strict=True)) == wanted


def test_flat_prices_list_every_pair_however_they_were_ordered() -> None:
    edges, table = random_edges(3, 20, 30)
    oracle = ExplicitEdges(20, 30, edges)
    everything = oracle.violated(PriceView.flat(20, 30), 30)
    assert len(everything) == oracle.count() == (table >= 0).sum() == len(oracle)
    assert oracle.count(4) == (table >= 4).sum()
    listed = oracle.all()
    assert (table[listed.learner, listed.guide] == listed.points).all()
    assert (np.diff(listed.learner.astype(np.int64) * 30 + listed.guide) > 0).all()


def test_rows_columns_and_points_agree_with_the_table() -> None:
    edges, table = random_edges(5, 12, 7)
    oracle = ExplicitEdges(12, 7, edges)
    for i in range(12):
        row = oracle.row(i)
        assert row.guide.tolist() == np.flatnonzero(table[i] >= 0).tolist()
        assert (row.points == table[i][row.guide]).all()
        assert (row.learner == i).all()
    for j in range(7):
        column = oracle.column(j)
        assert column.learner.tolist() == np.flatnonzero(table[:, j] >= 0).tolist()
        assert (column.points == table[column.learner, j]).all()
    i, j = np.divmod(np.arange(84, dtype=np.int32), np.int32(7))
    assert (oracle.points(i, j) == table.ravel()).all()


@pytest.mark.parametrize(("n", "m"), [(0, 0), (3, 0), (0, 3), (4, 4)])
def test_nobody_or_no_pairs_is_no_special_case(n: int, m: int) -> None:
    none = np.zeros(0, np.int32)
    oracle = ExplicitEdges(n, m, Edges(none, none, none))
    assert len(oracle.violated(PriceView.flat(n, m), 2)) == 0
    assert oracle.count() == 0
    assert len(oracle.all()) == 0
    for i in range(n):
        assert len(oracle.row(i)) == 0
    for j in range(m):
        assert len(oracle.column(j)) == 0
    if n and m:
        assert oracle.points(np.array([1], np.int32), np.array([1], np.int32)).tolist() == [NOT_ELIGIBLE]


@pytest.mark.parametrize(
    ("learner", "guide", "points", "field"),
    [
        ([0, 5], [0, 0], [1, 1], "edges[1].learner"),
        ([0, 1], [0, -1], [1, 1], "edges[1].guide"),
        ([0, 1], [0, 0], [1001, 1], "edges[0].points"),
        ([0, 1, 0], [1, 1, 1], [5, 5, 6], "edges[2]"),
        ([0, 1], [0], [1, 1], "edges"),
    ],
)
def test_a_bad_edge_is_named(learner: list[int], guide: list[int], points: list[int], field: str) -> None:
    columns = [np.array(column, np.int32) for column in (learner, guide, points)]
    with pytest.raises(InstanceError) as caught:
        ExplicitEdges(3, 3, Edges(*columns))
    assert caught.value.field == field


def test_at_least_one_pair_must_be_asked_for() -> None:
    edges, _ = random_edges(1, 3, 3)
    with pytest.raises(ValueError, match="at least 1"):
        ExplicitEdges(3, 3, edges).violated(PriceView.flat(3, 3), 0)

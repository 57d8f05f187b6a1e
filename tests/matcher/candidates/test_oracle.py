"""The oracle answers exactly, whatever the prices, ranks, blocks, threads and tables."""

from __future__ import annotations

import numpy as np
import pytest

from fixtures.generator import network as drawn
from matcher.candidates import assembly, packing
from matcher.candidates import oracle as oracles
from matcher.candidates.kernel_block import CHUNK
from matcher.candidates.oracle import PackedOracle
from solvers.pairs.edges import PriceView
from solvers.pairs.ties import tie_hashes

SEEDS = range(60)


def eligible_pairs(oracle):
    learners = np.repeat(np.arange(oracle.n_learners, dtype=np.int32), oracle.n_guides)
    guides = np.tile(np.arange(oracle.n_guides, dtype=np.int32), oracle.n_learners)
    points = oracle.points(learners, guides)
    kept = points >= 0
    return learners[kept], guides[kept], points[kept].astype(np.int64)


def brute_violated(oracle, view, most, least):
    learners, guides, points = eligible_pairs(oracle)
    rank, price = view.guide_rank[guides], view.guide_price[guides]
    over = view.learner_rank[learners] < rank
    same = view.learner_rank[learners] == rank
    wanted = (points >= least) & (over | (same & (points > view.learner_value[learners] + price)))
    lots = tie_hashes(learners, guides)
    order = np.lexsort((lots, -(points - price), -rank, learners))
    taken, answer = {}, []
    for k in order[wanted[order]]:
        taken[learners[k]] = taken.get(learners[k], 0) + 1
        if taken[learners[k]] <= most:
            answer.append((learners[k], guides[k], points[k]))
    return answer


def views(oracle, seed):
    draw = np.random.default_rng(seed)
    n, m = oracle.n_learners, oracle.n_guides
    yield PriceView.flat(n, m)
    yield PriceView.flat(n, m, 400)
    for ranks in (1, 3):
        yield PriceView(
            draw.integers(0, ranks, n).astype(np.int32),
            draw.integers(-200, 700, n),
            draw.integers(0, ranks, m).astype(np.int32),
            draw.choice([0, 0, 5, 100, -50, 400], m),
        )
    for far in (10**12, -(10**12)):  # beyond the 32 bits of the bound on skills
        yield PriceView(
            np.zeros(n, np.int32),
            draw.integers(-200, 700, n) + far,
            np.zeros(m, np.int32),
            draw.choice([0, 5, 100, -50, 400], m) - far * draw.integers(0, 2, m),
        )


def check_oracle(oracle, seed):
    learners, guides, points = eligible_pairs(oracle)
    for view in views(oracle, seed):
        for most, least in ((1, 0), (2, 300), (100, 0)):
            found = oracle.violated(view, most, least)
            listed = list(zip(found.learner, found.guide, found.points, strict=True))
            assert listed == brute_violated(oracle, view, most, least)
    for least in (0, 1, 350, 1001):
        assert oracle.count(least) == (points >= least).sum()
    for learner in range(oracle.n_learners):
        row, mine = oracle.row(learner), learners == learner
        assert row.guide.tolist() == guides[mine].tolist()
        assert row.points.tolist() == points[mine].tolist()
    for guide in range(oracle.n_guides):
        column, mine = oracle.column(guide), guides == guide
        assert column.learner.tolist() == learners[mine].tolist()
        assert column.points.tolist() == points[mine].tolist()


def check_list(oracle):
    expected = [column.tolist() for column in eligible_pairs(oracle)]
    found = oracle.listed(10**6)
    assert [found.learner.tolist(), found.guide.tolist(), found.points.tolist()] == expected
    return len(found)


def test_listed_are_all_eligible_pairs_with_their_points(make_network, build, monkeypatch):
    total = 0
    for seed in SEEDS:
        network, kind = make_network(seed)
        total += check_list(build(network, kind)[1].oracle)
        with monkeypatch.context() as patch:  # rows that have less than their kind, and no table of slots
            patch.setattr(packing, "EXACT_ROWS", 0)
            patch.setattr(assembly, "MOST_TABLE_KINDS", seed % 2 * 9)
            patch.setattr(oracles, "CHUNK_PAIRS", 7)
            check_list(build(network, kind)[1].oracle)
    assert total > 50


def test_pairs_are_not_listed_beyond_the_limit_or_one_block(make_network, build):
    oracle = next(o for o in (build(*make_network(seed))[1].oracle for seed in SEEDS) if o.count() > 1)
    assert len(oracle.listed(oracle.count())) == oracle.count()
    assert oracle.listed(oracle.count() - 1) is None
    assert PackedOracle(oracle.pack, block_guides=oracle.n_guides - 1).listed(10**6) is None


def test_violated_count_row_and_column_are_exact(make_network, build):
    total = 0
    for seed in SEEDS:
        network, kind = make_network(seed)
        oracle = build(network, kind)[1].oracle
        check_oracle(oracle, seed)
        total += oracle.count()
    assert total > 50


@pytest.mark.parametrize("kinds", [0, 12_288])
def test_answers_do_not_depend_on_the_table_of_common_slots(make_network, build, monkeypatch, kinds):
    lost = 0
    for seed in SEEDS:
        network, kind = make_network(seed)
        with_table = build(network, kind)[1].oracle
        monkeypatch.setattr(packing, "EXACT_ROWS", 0)
        monkeypatch.setattr(assembly, "MOST_TABLE_KINDS", kinds)
        without = build(network, kind)[1].oracle
        monkeypatch.undo()
        lost += int(without.pack.row["lost"].max(initial=0))
        check_oracle(without, seed)
        assert without.count() == with_table.count()
    assert lost > 0


def test_answers_do_not_depend_on_blocks_and_threads(make_network, build):
    for seed in SEEDS:
        network, kind = make_network(seed)
        oracle = build(network, kind)[1].oracle
        check_oracle(PackedOracle(oracle.pack, workers=1, block_guides=2), seed)


def test_more_guides_than_one_look_at_skills_takes(build):
    network = drawn(1900, 30, 0, 1, guides_percent=60)
    oracle = build(network, network.programs[0].kinds[0])[1].oracle
    n, m = oracle.n_learners, oracle.n_guides
    assert m > CHUNK + 64
    draw = np.random.default_rng(1)
    for ranks in (1, 2):
        view = PriceView(
            draw.integers(0, ranks, n).astype(np.int32),
            draw.integers(300, 600, n),
            draw.integers(0, ranks, m).astype(np.int32),
            draw.integers(100, 500, m),
        )
        for most in (1, 3):
            found = oracle.violated(view, most)
            listed = list(zip(found.learner, found.guide, found.points, strict=True))
            assert len(listed) > 100
            assert listed == brute_violated(oracle, view, most, 0)

"""What is left unlisted has been priced: no violated pair hides, however few are searched."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pairs.edges import Edges, PriceView
from solvers.pairs.explicit.edges import ExplicitEdges
from solvers.pairs.flow import shortlist
from solvers.pairs.flow.circulation import price_view
from solvers.pairs.flow.partial import PartialPricing
from solvers.pairs.flow.shortlist import make_shortlist
from solvers.pairs.instance import PairsInstance, no_edges
from solvers.pairs.solve import solve
from solvers.result import Status


def _oracle(seed: int, n: int = 60, m: int = 40, share: float = 0.4) -> ExplicitEdges:
    draw = np.random.default_rng(seed)
    cells = np.flatnonzero(draw.random(n * m) < share)
    points = draw.integers(0, 1001, len(cells)).astype(np.int32)
    return ExplicitEdges(n, m, Edges((cells // m).astype(np.int32), (cells % m).astype(np.int32), points))


def _wanting(oracle: ExplicitEdges, need: int) -> PairsInstance:
    n, m = oracle.n_learners, oracle.n_guides
    return PairsInstance(
        learner_ids=[f"l{i}" for i in range(n)],
        guide_ids=[f"g{j}" for j in range(m)],
        organization_ids=["o"],
        edges=oracle,
        need=np.full(n, need, np.int32),
        capacity=np.full(m, n, np.int32),
        min_load=np.zeros(m, np.int32),
        learner_org=np.zeros(n, np.int32),
        guide_org=np.zeros(m, np.int32),
        priority=np.zeros(n, np.int32),
        pinned=no_edges(),
        previous=no_edges(),
    )


@pytest.mark.parametrize("seed", range(8))
def test_partial_pricing_misses_no_violated_pair_while_potentials_move(seed: int) -> None:
    oracle = _oracle(seed)
    n, m = oracle.n_learners, oracle.n_guides
    draw = np.random.default_rng(seed)
    tiers = int(draw.integers(1, 4))
    potentials = np.zeros((tiers, n + m + 1), np.int64)
    potentials[:-1, : n + m] = draw.integers(0, 2, (tiers - 1, n + m))
    potentials[-1, :n] = draw.integers(700, 1000, n)
    potentials[-1, n : n + m] = -draw.integers(0, 300, m)
    most, listed = 3 + int(draw.integers(0, 6)), set()
    pricing = PartialPricing(oracle, most, 0)
    saved = 0
    for _ in range(8):
        for _ in range(200):  # let in what is violated until nothing is, as the flow would by new potentials
            found = pricing.violated(potentials)
            saved += n - pricing.searched
            listed |= set(zip(found.learner.tolist(), found.guide.tolist(), strict=True))
            every = oracle.violated(price_view(potentials, n, m), most)
            missing = set(zip(every.learner.tolist(), every.guide.tolist(), strict=True)) - listed
            assert not missing
            hidden = oracle.violated(price_view(potentials, n, m), m)
            rest = {pair for pair in zip(hidden.learner, hidden.guide, strict=True) if pair not in listed}
            if not rest:
                break
            for i, _ in rest:  # learners with more violated pairs than one pass tells
                potentials[-1, i] += 200
        potentials[-1, :n] += draw.integers(-2, 3, n)
        potentials[-1, n : n + m] += draw.integers(-2, 3, m) * (draw.random(m) < 0.3)
        potentials[-1, n + int(draw.integers(0, m))] += int(draw.integers(0, 40))
        potentials[0, int(draw.integers(0, n + m))] += int(draw.integers(-1, 2)) * (tiers > 1)
        potentials[-1, : n + m] += int(draw.integers(-9, 10))  # all together: nothing that counts
    assert saved > 0


@pytest.mark.parametrize(("parts", "vast"), [(1, 10**9), (3, 10**9), (3, 0)])
@pytest.mark.parametrize("least", [0, 500])
def test_nobody_has_a_pair_above_the_best_that_a_shortlist_tells(
    monkeypatch: pytest.MonkeyPatch, parts: int, vast: int, least: int
) -> None:
    if parts > 1:
        monkeypatch.setattr(shortlist, "WHOLE", 0)
        monkeypatch.setattr(shortlist, "PART", 40 // parts)
        monkeypatch.setattr(shortlist, "VAST", vast)
    oracle = _oracle(1)
    n, m = oracle.n_learners, oracle.n_guides
    found = make_shortlist(oracle, np.ones(m, np.int32), Limits(), least)
    best = np.zeros(n, np.int64)
    every = oracle.violated(PriceView.flat(n, m), m, least)
    np.maximum.at(best, every.learner, every.points)
    assert (found.best >= best).all()
    assert len(found.pairs) > n // 2
    assert found.pairs.points.min() >= least
    assert (oracle.points(found.pairs.learner, found.pairs.guide) == found.pairs.points).all()
    keys = found.pairs.learner.astype(np.int64) * m + found.pairs.guide
    assert (np.diff(keys) > 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_an_optimum_does_not_depend_on_where_the_shortlist_begins(
    monkeypatch: pytest.MonkeyPatch, reference: ModuleType, seed: int
) -> None:
    use = {"balance", "needs", "min_load", "priority"}
    instance = reference.random_instance(seed, n=80, m=50, edges=1500, use=use)
    whole = solve(instance, Limits(seconds=60))
    monkeypatch.setattr(shortlist, "WHOLE", 0)
    monkeypatch.setattr(shortlist, "FIRST", 1)
    monkeypatch.setattr(shortlist, "AUCTIONS", 0)
    begun_with_little = solve(instance, Limits(seconds=60))
    assert whole.status is begun_with_little.status is Status.OPTIMAL
    assert whole.tiers == begun_with_little.tiers


def test_learners_who_want_more_guides_than_one_round_lists_get_them() -> None:
    n, m = 3, 40
    learner, guide = (column.ravel().astype(np.int32) for column in np.mgrid[0:n, 0:m])
    points = np.arange(n * m, dtype=np.int32) * 7 % 1001
    instance = _wanting(ExplicitEdges(n, m, Edges(learner, guide, points)), need=20)
    answer = solve(instance, Limits(seconds=60))
    assert answer.status is Status.OPTIMAL
    assert np.bincount(answer.pairs.learner, minlength=n).tolist() == [20, 20, 20]

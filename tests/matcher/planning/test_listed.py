"""Whether eligible pairs are listed once or searched for each time, the plan is the same."""

from __future__ import annotations

import pytest

from fixtures.generator import network
from matcher.candidates import candidates
from matcher.candidates.oracle import PackedOracle
from matcher.documents.read import NetworkSource
from matcher.domain.plan import PairsPlan
from matcher.planning.pairs.instance import prepare
from matcher.planning.pairs.plan import plan_pairs
from matcher.planning.pairs.running import Before
from solvers.limits import Limits
from solvers.pairs.explicit.edges import ExplicitEdges


def told(source: NetworkSource) -> dict[str, object]:
    plan: PairsPlan = plan_pairs(source, limits=Limits(seconds=60))
    found = plan.model_dump(mode="json", exclude={"effort"})
    return {**found, "eligible": plan.effort.counts["eligible_pairs"]}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_plan_from_listed_pairs_is_the_plan_from_searched_ones(seed, monkeypatch):
    source = NetworkSource.of(network(60, 6, 1, seed, running=20))
    edges = prepare(source, None, None, Before()).candidates.edges
    assert isinstance(edges, ExplicitEdges)
    listed = told(source)
    assert len(listed["pairs"]) > 10
    for limit, most in (("MOST_CROSSED", 100), ("MOST_LISTED", edges.count() - 1)):
        with monkeypatch.context() as patch:
            patch.setattr(candidates, limit, most)
            assert isinstance(prepare(source, None, None, Before()).candidates.edges, PackedOracle)
            assert told(source) == listed

"""What an answer claims when the limits end a run between two rounds: bounds that nothing passes."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pairs.edges import Edges
from solvers.pairs.explicit.edges import ExplicitEdges
from solvers.pairs.flow import pricing, shortlist
from solvers.pairs.instance import PairsInstance, no_edges
from solvers.pairs.solution import PairsAnswer
from solvers.pairs.solve import solve
from solvers.result import Status

FLOW_OPTIONS = {"needs", "min_load", "priority", "pins", "previous", "bonus", "balance", "groups", "quotas"}


def _stopped(instance: PairsInstance, looks: int) -> PairsAnswer:
    """The answer of a run that is called off when it looks at its limits for the `looks`-th time."""
    seen = 0

    def cancelled() -> bool:
        nonlocal seen
        seen += 1
        return seen >= looks

    return solve(instance, Limits(seconds=60, cancelled=cancelled))


@pytest.fixture
def little_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many rounds: one pair a learner to begin with, and few let in at a time."""
    monkeypatch.setattr(shortlist, "FIRST", 1)
    monkeypatch.setattr(shortlist, "AUCTIONS", 0)
    monkeypatch.setattr(pricing, "ENTER", 1)


@pytest.mark.usefixtures("little_listed")
def test_no_answer_passes_a_bound_whenever_the_run_ends(reference: ModuleType) -> None:
    bounded_but_open = 0
    for seed in range(40):
        instance = reference.random_instance(seed, n=5, m=4, edges=12, use=_some(seed))
        best = reference.exhaustive(instance)
        for looks in range(1, 14):
            answer = _stopped(instance, looks)
            if answer.status in (Status.INFEASIBLE, Status.UNKNOWN):
                continue
            reference.agree(instance, answer, best)
            reference.agree_with_duals(instance, answer)
            bounded_but_open += any(tier.bound is not None and not tier.proven for tier in answer.tiers)
            if answer.status is Status.OPTIMAL:
                break
    assert bounded_but_open > 20


@pytest.mark.usefixtures("little_listed")
def test_an_idle_place_that_many_would_take_counts_as_one() -> None:
    n, m = 9, 2  # everybody's first choice has one place, and so has the other guide, whom nobody listed
    learner, guide = (column.ravel().astype(np.int32) for column in np.mgrid[0:n, 0:m])
    points = np.where(guide == 0, 500 + learner, 100).astype(np.int32)
    instance = PairsInstance(
        learner_ids=[f"l{i}" for i in range(n)],
        guide_ids=[f"g{j}" for j in range(m)],
        organization_ids=["o"],
        edges=ExplicitEdges(n, m, Edges(learner, guide, points)),
        need=np.ones(n, np.int32),
        capacity=np.ones(m, np.int32),
        min_load=np.zeros(m, np.int32),
        learner_org=np.zeros(n, np.int32),
        guide_org=np.zeros(m, np.int32),
        priority=np.zeros(n, np.int32),
        pinned=no_edges(),
        previous=no_edges(),
    )
    first_told = next(
        answer for looks in range(1, 14) if (answer := _stopped(instance, looks)).tiers[0].bound is not None
    )
    assert (first_told.tiers[0].value, first_told.tiers[0].bound) == (1, 2)


def _some(seed: int) -> set[str]:
    """Another choice of options for each seed."""
    return {option for k, option in enumerate(sorted(FLOW_OPTIONS)) if seed * 2654435761 >> k + 3 & 1}

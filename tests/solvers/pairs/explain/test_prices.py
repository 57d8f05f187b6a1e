from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.pairs.check.score import pairs_of
from solvers.pairs.edges import Edges
from solvers.pairs.explain import allow_pair, one_more_guide, one_more_place, place_bounds, raise_limit
from solvers.pairs.explain.cuts import LimitAt
from solvers.pairs.explain.repairs import widened
from solvers.pairs.explicit.loading import ExplicitEdges


def test_one_more_place_gains_what_searching_all_answers_says(cases, more_places):
    for case in cases:
        for j in range(case.instance.n_guides):
            outcome = one_more_place(case.state, j)
            assert outcome.exact
            assert case.key(outcome) == case.best(more_places(case.instance, j))


def test_two_more_places_too(cases, more_places):
    for case in cases[:25]:
        assert case.key(one_more_place(case.state, 0, 2)) == case.best(more_places(case.instance, 0, 2))


def test_the_dual_of_a_place_bounds_its_gain(cases):
    for case in cases:
        bounds = place_bounds(case.state)
        for j in range(case.instance.n_guides):
            gain = tuple(tier.gain or 0 for tier in one_more_place(case.state, j).tiers)
            assert gain <= tuple(bounds[:, j].tolist())


def test_one_more_guide_gains_what_searching_all_answers_says(cases):
    gained = 0
    for case in cases:
        n, m = case.instance.n_learners, case.instance.n_guides
        rng = np.random.default_rng(n + len(case.answer.pairs))
        learners = np.flatnonzero(rng.random(n) < 0.6).astype(np.int32)
        points = rng.integers(0, 1001, len(learners)).astype(np.int32)
        outcome, bound = one_more_guide(case.state, learners, points)
        assert outcome.exact
        best = case.best(_one_guide_more(case.state.wide, case.instance, learners, points, m))
        assert case.key(outcome) == best
        gain = tuple(tier.gain or 0 for tier in outcome.tiers)
        assert gain <= tuple(bound.tolist())
        gained += any(gain)
    assert gained > 10


def test_one_more_pair_that_may_meet_gains_what_searching_all_answers_says(cases):
    for case in cases:
        known = set(pairs_of(case.reference.candidates(case.instance)))
        for i in range(case.instance.n_learners):
            if (i, 0) not in known:
                outcome = allow_pair(case.state, i, 0, 700)
                edges = case.instance.edges.all()
                wider = Edges(
                    np.append(edges.learner, i).astype(np.int32),
                    np.append(edges.guide, 0).astype(np.int32),
                    np.append(edges.points, 700).astype(np.int32),
                )
                oracle = ExplicitEdges(case.instance.n_learners, case.instance.n_guides, wider)
                assert case.key(outcome) == case.best(replace(case.instance, edges=oracle))


def test_a_wider_limit_gains_what_searching_all_answers_says(cases):
    tried = {"organization": 0, "group": 0, "quota": 0}
    for case in cases:
        for arc, name in enumerate(case.state.network.node_names[1:]):
            kind, label = name.split(":", 1)
            ids = list(case.instance.organization_ids)
            if kind == "organization" and label not in ids:
                continue  # of the spare guide
            number = ids.index(label) if kind == "organization" else int(label) if kind == "group" else -1
            limit = LimitAt(kind, label, number, arc, True, int(case.state.network.upper[arc]))
            outcome = raise_limit(case.state, limit)
            assert case.key(outcome) == case.best(widened(case.instance, limit, 1))
            tried[kind] += 1
    assert all(count > 3 for count in tried.values()), tried


def _one_guide_more(wide, instance, learners, points, m):
    edges = instance.edges.all()
    wider = Edges(
        np.concatenate((edges.learner, learners)),
        np.concatenate((edges.guide, np.full(len(learners), m, np.int32))),
        np.concatenate((edges.points, points)),
    )
    capacity = wide.capacity.copy()
    capacity[m] = 1
    return replace(wide, edges=ExplicitEdges(instance.n_learners, m + 1, wider), capacity=capacity)

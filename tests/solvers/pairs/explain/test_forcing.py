from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from solvers.pairs.check.score import pairs_of, tier_values
from solvers.pairs.edges import NOT_ELIGIBLE, Edges
from solvers.pairs.explain import exchange, forbid, force
from solvers.pairs.explain.forcing import least_losses, nearest_learners, pinned_too
from solvers.pairs.explain.state import column


def test_forcing_any_pair_costs_what_searching_all_answers_says(cases):
    for case in cases:
        answers = list(case.answers())
        for i, j, points in zip(*_columns(case.reference.candidates(case.instance)), strict=True):
            outcome = force(case.state, i, j, points)
            assert outcome.exact
            assert case.key(outcome) == max((key for key, held in answers if (i, j) in held), default=None)


def test_forbidding_a_pair_costs_what_searching_all_answers_says(cases):
    for case in cases:
        answers = list(case.answers())
        for i, j in set(pairs_of(case.answer.pairs)) - set(pairs_of(case.instance.pinned)):
            outcome = forbid(case.state, i, j)
            assert outcome.exact
            assert case.key(outcome) == max(
                (key for key, held in answers if (i, j) not in held), default=None
            )


def test_an_exchange_costs_what_searching_all_answers_says(cases):
    tried = 0
    for case in cases:
        answers = list(case.answers())
        eligible = case.reference.candidates(case.instance)
        points = {(i, j): worth for i, j, worth in zip(*_columns(eligible), strict=True)}
        held = sorted(set(pairs_of(case.answer.pairs)) - set(pairs_of(case.instance.pinned)))
        for first, second in pairwise(held):
            ins, outs = [(first[0], second[1]), (second[0], first[1])], [first, second]
            if set(ins) & set(held) or not set(ins) <= points.keys() or len(set(ins + outs)) < 4:
                continue
            forced = _edges(ins, [points[pair] for pair in ins])
            outcome = exchange(case.state, forced, _edges(outs, [points[pair] for pair in outs]))
            assert outcome.exact
            assert case.key(outcome) == max(
                (key for key, held in answers if set(ins) <= set(held) and not set(outs) & set(held)),
                default=None,
            )
            tried += 1
    assert tried > 5


def test_a_pair_that_no_rule_lets_meet_can_be_forced_with_points_given(cases):
    tried = 0
    for case in cases[:30]:
        for i in range(case.instance.n_learners):
            if case.instance.edges.points(column(i), column(0))[0] == NOT_ELIGIBLE:
                if (i, 0) in pairs_of(case.instance.pinned):
                    continue
                outcome = force(case.state, i, 0, 321)
                assert case.key(outcome) == case.best(pinned_too(case.instance, i, 0, 321))
                tried += 1
    assert tried > 20


def test_an_outcome_says_who_would_move(cases):
    for case in cases[:30]:
        for i, j, points in zip(*_columns(case.reference.candidates(case.instance)), strict=True):
            outcome = force(case.state, i, j, points)
            if not outcome.possible:
                continue
            before, after = set(pairs_of(case.answer.pairs)), set(pairs_of(outcome.pairs))
            assert (i, j) in after
            assert set(pairs_of(outcome.added)) == after - before
            assert set(pairs_of(outcome.dropped)) == before - after
            assert outcome.load(i) == sum(pair[0] == i for pair in after)


def test_the_duals_bound_the_loss_from_below(cases):
    for case in cases:
        every = case.instance.edges.all()
        bounds = least_losses(case.state, every).T.tolist()
        for i, j, points, bound in zip(*_columns(every), bounds, strict=True):
            if (i, j) in pairs_of(case.answer.pairs):
                continue
            outcome = force(case.state, i, j, points)
            if outcome.possible:
                loss = tuple(-(tier.gain or 0) for tier in outcome.tiers)
                assert loss >= tuple(bound)
                assert len(loss) == len(bound)


@pytest.mark.parametrize("listed", [16, 1])
def test_one_more_learner_with_a_guide_who_has_places_over_loses_what_is_told(cases, monkeypatch, listed):
    monkeypatch.setattr("solvers.pairs.explain.forcing.LISTED", listed)
    told = 0
    for case in cases:
        load = np.bincount(case.answer.pairs.guide, minlength=case.instance.n_guides)
        idle = np.flatnonzero(load < case.instance.capacity).astype(np.int32)
        answers = list(case.answers())
        best = max(key for key, _ in answers)
        for guide, (learner, bound) in nearest_learners(case.state, idle).items():
            assert (learner, guide) not in pairs_of(case.answer.pairs)
            used = [key for key, held in answers if sum(j == guide for _, j in held) > load[guide]]
            if used:
                loss = tuple(one[1] - other[1] for one, other in zip(best, max(used), strict=True))
                assert loss >= bound
                told += any(bound)
    assert told > 5


def test_asking_leaves_no_trace(cases):
    for case in cases[:20]:
        first = [force(case.state, *one) for one in zip(*_columns(case.instance.edges.all()), strict=True)]
        again = [force(case.state, *one) for one in zip(*_columns(case.instance.edges.all()), strict=True)]
        for one, other in zip(first, again, strict=True):
            assert one.tiers == other.tiers
            assert pairs_of(one.pairs) == pairs_of(other.pairs)


def test_a_pair_in_the_answer_costs_nothing_to_force_and_one_outside_nothing_to_forbid(cases):
    for case in cases[:20]:
        held = set(pairs_of(case.answer.pairs))
        for i, j, points in zip(*_columns(case.instance.edges.all()), strict=True):
            outcome = force(case.state, i, j, points) if (i, j) in held else forbid(case.state, i, j)
            assert outcome.decisive is None
            assert not len(outcome.added)


def test_a_pinned_pair_is_not_forbidden(cases):
    case = next(case for case in cases if len(case.instance.pinned))
    i, j = pairs_of(case.instance.pinned)[0]
    with pytest.raises(ValueError, match="pinned"):
        forbid(case.state, i, j)


def test_an_ineligible_pair_needs_points(cases):
    for case in cases:
        for i in range(case.instance.n_learners):
            if case.instance.edges.points(column(i), column(0))[0] == NOT_ELIGIBLE:
                with pytest.raises(ValueError, match="not eligible"):
                    force(case.state, i, 0)
                return


def test_tiers_of_an_outcome_are_those_of_its_pairs(cases):
    for case in cases[:20]:
        for i, j, points in zip(*_columns(case.instance.edges.all()), strict=True):
            outcome = force(case.state, i, j, points)
            if outcome.possible:
                after = [tier.value for tier in tier_values(case.instance, outcome.pairs)]
                assert [tier.after for tier in outcome.tiers] == after


def _columns(edges):
    return edges.learner.tolist(), edges.guide.tolist(), edges.points.tolist()


def _edges(pairs, points):
    learners, guides = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    return Edges(learners, guides, np.array(points, np.int32))

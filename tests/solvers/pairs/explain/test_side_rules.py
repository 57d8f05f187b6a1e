"""Explanations where rules outside the flow hold: shared hours, not both ways, all or nothing, floors."""

from __future__ import annotations

import pytest

from solvers.limits import Limits
from solvers.pairs.check.audit import check
from solvers.pairs.check.score import pairs_of, tier_values
from solvers.pairs.explain import State, allow_pair, forbid, force, one_more_place
from solvers.pairs.solve import solve
from solvers.result import sort_key

USES = (
    {"budgets"},
    {"budgets", "needs", "priority"},
    {"one_way"},
    {"all_or_nothing"},
    {"budgets", "one_way", "previous", "balance"},
    {"floor_pair", "previous"},
)


@pytest.fixture(scope="module")
def hard_cases(reference):
    found = []
    for seed in range(36):
        instance = reference.random_instance(seed, edges=9, use=USES[seed % len(USES)])
        answer = solve(instance, Limits(seconds=20))
        if answer.status.value == "optimal":
            found.append((instance, answer, State.of(instance, answer)))
    assert len(found) > 20
    return found


def _keys(reference, instance):
    for pairs in reference.all_answers(instance):
        if not check(instance, pairs):
            yield sort_key(tier_values(instance, pairs)), set(pairs_of(pairs))


def test_with_time_forcing_and_forbidding_are_exact(hard_cases, reference):
    for instance, answer, state in hard_cases[:18]:
        answers = list(_keys(reference, instance))
        for i, j, points in zip(*_columns(instance.edges.all()), strict=True):
            outcome = force(state, i, j, points, Limits(seconds=20))
            best = max((key for key, held in answers if (i, j) in held), default=None)
            assert outcome.exact
            assert _key(instance, outcome) == best
        for i, j in sorted(set(pairs_of(answer.pairs)) - set(pairs_of(instance.pinned)))[:2]:
            outcome = forbid(state, i, j, Limits(seconds=20))
            best = max((key for key, held in answers if (i, j) not in held), default=None)
            assert _key(instance, outcome) == best


def test_without_time_what_is_attained_keeps_every_rule_and_bounds_the_best_from_below(hard_cases, reference):
    attained = exact = relaxed = 0
    for instance, _, state in hard_cases:
        answers = list(_keys(reference, instance))
        for i, j, points in zip(*_columns(instance.edges.all()), strict=True):
            outcome = force(state, i, j, points)
            best = max((key for key, held in answers if (i, j) in held), default=None)
            key = _key(instance, outcome)
            if outcome.exact:
                assert key == best
                exact += 1
            elif outcome.attained:
                assert best is not None
                assert key is not None
                assert key <= best
                assert not check(instance, outcome.pairs)
                attained += 1
            else:
                assert key is None or best is None or key >= best
                relaxed += 1
    assert exact > 50
    assert attained + relaxed > 0


def test_of_an_answer_that_is_not_proven_what_is_attained_keeps_every_rule(hard_cases, reference):
    attained = 0
    for instance, answer, _ in hard_cases:
        state = State(instance, answer.pairs, answer.duals, proven=False)
        answers = list(_keys(reference, instance))
        for i, j, points in zip(*_columns(instance.edges.all()), strict=True):
            outcome = force(state, i, j, points)
            best = max((key for key, held in answers if (i, j) in held), default=None)
            assert not outcome.exact or best is None
            if outcome.possible and outcome.attained:
                assert not check(instance, outcome.pairs)
                assert _key(instance, outcome) <= best
                attained += 1
    assert attained > 50


def test_where_places_are_held_a_proven_answer_stays_as_it_is(hard_cases):
    held = [state.twin for instance, _, state in hard_cases if instance.budgets and not state.floor]
    held = [twin for twin in held if twin.attained(twin.relaxed)]
    assert len(held) > 10
    for twin in held:
        assert set(pairs_of(twin.relaxed)) == set(pairs_of(twin.answer))


def test_a_place_or_pair_more_is_attained_within_the_changed_instance_only(
    hard_cases, reference, more_places
):
    for instance, _, state in hard_cases:
        if state.floor:
            continue
        for j in range(instance.n_guides):
            outcome = one_more_place(state, j)
            if outcome.attained:
                assert not check(more_places(instance, j), outcome.pairs)
        known = set(pairs_of(reference.candidates(instance)))
        for i in range(instance.n_learners):
            if (i, 0) not in known:
                outcome = allow_pair(state, i, 0, 500)
                if outcome.attained:
                    loads = [int((outcome.pairs.learner == k).sum()) for k in range(instance.n_learners)]
                    assert all(load <= need for load, need in zip(loads, instance.need, strict=True))


def _key(instance, outcome):
    return sort_key(tier_values(instance, outcome.pairs)) if outcome.possible else None


def _columns(edges):
    return edges.learner.tolist(), edges.guide.tolist(), edges.points.tolist()

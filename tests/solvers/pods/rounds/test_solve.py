"""Rounds solved: clean, as good as trying everything on tiny cases, and the same again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.faults import InstanceError
from solvers.pods.rounds.check.audit import check
from solvers.pods.rounds.check.score import borne, tier_values
from solvers.result import Status, sort_key


@st.composite
def groupings(draw, people):
    """Some people of a round in groups, of whatever sizes."""
    order = draw(st.permutations(range(people)))
    cuts = sorted(draw(st.lists(st.integers(0, people), max_size=3)))
    parts = [order[one:other] for one, other in zip([0, *cuts], cuts, strict=False)]
    return tuple(tuple(sorted(part)) for part in parts if part)


def test_nobody_meets_twice_while_that_can_be(rounds):
    answer = rounds.solved(rounds.instance(16, 4, 3))
    assert answer.status is Status.OPTIMAL
    assert set(rounds.values(answer).values()) == {0}


def test_the_odd_one_out_makes_a_trio(rounds):
    answer = rounds.solved(rounds.instance(7, 2, 3))
    assert [sorted(map(len, groups)) for groups in answer.rounds] == [[2, 2, 3]] * 3
    assert answer.left_out == ()


def test_people_who_do_not_come_have_no_group_and_too_few_are_told(rounds):
    instance = rounds.instance(6, 3, 2, absent=[(0, 0), *((i, 1) for i in range(5))])
    answer = rounds.solved(instance)
    assert 0 not in {i for group in answer.rounds[0] for i in group}
    assert answer.rounds[1] == ()
    assert answer.left_out == ((1, 5),)
    assert answer.status is Status.OPTIMAL


def test_what_took_place_stays_and_is_not_repeated(rounds):
    held = (((0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11), (12, 13, 14, 15)),)
    answer = rounds.solved(rounds.instance(16, 4, 3, held=held))
    assert answer.rounds[0] == held[0]
    assert (answer.status, rounds.values(answer)["repeats"]) == (Status.OPTIMAL, 0)


def test_competitors_and_people_kept_apart_never_meet(rounds):
    organizations = [i % 4 for i in range(16)]
    instance = rounds.instance(16, 4, 4, organizations, competitors=[(0, 1)], apart=[(2, 3), (2, 7)])
    answer = rounds.solved(instance, seconds=1)
    assert check(instance, answer.rounds) == []
    assert rounds.values(answer)["left_out"] == 0


def test_groups_may_be_uneven_before_anybody_is_left_out(rounds):
    apart = [(i, j) for i in range(3) for j in range(3, 8)]
    answer = rounds.solved(rounds.instance(8, 4, 1, apart=apart), seconds=0.3)
    assert rounds.values(answer)["left_out"] == 0
    assert sorted(map(len, answer.rounds[0])) == [3, 5]


def test_who_may_meet_nobody_is_left_out_not_forced(rounds):
    answer = rounds.solved(rounds.instance(6, 2, 2, apart=[(0, j) for j in range(1, 6)]), seconds=0.3)
    assert answer.left_out == ((0, 0), (1, 0))


def test_a_share_is_kept_to(rounds):
    instance = rounds.instance(12, 4, 2, [0] * 6 + [1, 2, 3, 4, 5, 6], most_of_one=2)
    answer = rounds.solved(instance, seconds=1)
    assert check(instance, answer.rounds) == []
    assert rounds.values(answer)["left_out"] == 0


def test_where_places_lack_everybody_waits_as_often(rounds):
    answer = rounds.solved(rounds.instance(10, 4, 5, least=4, most=4), seconds=0.3)
    assert sorted(i for _, i in answer.left_out) == list(range(10))


def test_the_same_seed_gives_the_same_rounds(rounds):
    instance = rounds.instance(20, 4, 3, [i % 6 for i in range(20)])
    assert rounds.solved(instance).rounds == rounds.solved(instance).rounds
    assert rounds.solved(instance, seed=2).rounds != rounds.solved(instance).rounds


def test_zero_time_still_answers(rounds):
    instance = rounds.instance(13, 4, 4)
    answer = rounds.solved(instance, seconds=0)
    assert check(instance, answer.rounds) == []
    assert rounds.values(answer)["left_out"] == 0


def test_nobody_at_all(rounds):
    answer = rounds.solved(rounds.instance(0, 4, 2))
    assert (answer.status, answer.rounds) == (Status.OPTIMAL, ((), ()))


@pytest.mark.parametrize(
    "more",
    [
        {"least": 3},
        {"apart": [(0, 0)]},
        {"apart": [(0, 1), (1, 0)]},
        {"apart": [(0, 9)]},
        {"met": [(0, 1, 0)]},
        {"held": (((0, 9),),)},
        {"held": (((0, 1), (1, 2)),)},
        {"held": ((), (), ())},
        {"most_of_one": 0},
    ],
)
def test_an_instance_that_contradicts_itself_is_refused(rounds, more):
    with pytest.raises(InstanceError):
        rounds.instance(4, 2, 2, **more)


def test_what_was_planned_goes_on_around_who_leaves_and_who_joins(rounds):
    before = rounds.solved(rounds.instance(24, 4, 3)).rounds
    absent = [(0, r) for r in range(3)] + [(i, r) for i in (24, 25) for r in range(1)]
    instance = rounds.instance(26, 4, 3, absent=absent, before=before)
    answer = rounds.solved(instance, seconds=1)
    found = {tier.name: (tier.value, tier.proven) for tier in answer.tiers}
    assert found["left_out"] == found["changed_groups"] == (0, True)
    for old, new in zip(before, answer.rounds, strict=True):
        for group in old:
            rest = {i for i in group if i != 0}
            assert sum(rest <= set(one) for one in new) == 1


def test_who_must_be_broken_up_is_as_few_as_counting_allows(rounds):
    before = (((0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11)),)
    instance = rounds.instance(12, 4, 1, absent=[(2, 0), (3, 0)], before=before)
    answer = rounds.solved(instance, seconds=1)
    assert rounds.values(answer)["left_out"] == 0
    (changed,) = [tier for tier in answer.tiers if tier.name == "changed_groups"]
    assert (changed.value, changed.bound, changed.proven) == (1, 1, True)
    frozen = rounds.solved(replace(instance, frozen=True), seconds=0.3)  # the two who are left join others
    assert frozen.rounds == (((0, 4, 5, 6, 7), (1, 8, 9, 10, 11)),)


def test_the_last_answer_as_the_one_before_changes_nothing(rounds):
    instance = rounds.instance(22, 4, 4, [i % 5 for i in range(22)], absent=[(3, 1)], met=[(0, 1, 2)])
    answer = rounds.solved(instance, seconds=1)
    again = rounds.solved(replace(instance, before=answer.rounds), seconds=1, seed=7)
    assert again.rounds == answer.rounds
    assert rounds.values(again)["changed_groups"] == 0


def test_pins_join_people_of_a_round_whatever_it_costs(rounds):
    pins = ((0, 0, 1), (0, 1, 2), (1, 0, 1), (2, 3, 4))
    answer = rounds.solved(rounds.instance(16, 4, 4, met=[(0, 1, 3)], together=pins), seconds=0.5)
    for number, i, j in pins:
        assert any({i, j} <= set(group) for group in answer.rounds[number])
    assert rounds.values(answer)["left_out"] == 0


def test_nobody_bears_more_repeats_than_others_must(rounds):
    instance = rounds.instance(13, 3, 8, [i % 5 for i in range(13)])
    answer = rounds.solved(instance, seconds=20)
    assert answer.status is Status.OPTIMAL
    shares = borne(instance, answer.rounds)
    assert max(shares) == rounds.values(answer)["worst_repeats"] == -(-sum(shares) // 13)


def test_everybody_sits_with_people_of_their_language_where_that_can_be(rounds):
    # Pairs of each three share a language; all of them together do not.
    speaks = ["ab", "bc", "ca"] * 4 + ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    instance = rounds.instance(24, 3, 4, speaks=speaks)
    answer = rounds.solved(instance, seconds=5)
    assert check(instance, answer.rounds) == []
    assert rounds.values(answer)["left_out"] == 0


def test_a_language_that_all_speak_costs_nothing(rounds):
    instance = rounds.instance(20, 4, 4, speaks=["ab", "a"] * 10)
    assert instance.tongues.shape == (20, 0)
    assert rounds.solved(instance).status is Status.OPTIMAL


def test_languages_of_which_others_know_more_are_needless(rounds):
    assert rounds.instance(4, 2, 1, speaks=["a", "ab", "ca", "c"]).tongues.tolist() == [[1], [1], [3], [2]]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_bounds_hold_and_optimal_is_optimal_beside_trying_everything(rounds, data):
    people = data.draw(st.integers(2, 6))
    pairs = [(i, j) for i in range(people) for j in range(i)]
    chosen = st.lists(st.sampled_from(pairs), unique=True, max_size=3)
    instance = rounds.instance(
        people,
        data.draw(st.sampled_from((2, 3))),
        2,
        data.draw(st.lists(st.integers(0, 2), min_size=people, max_size=people)),
        absent=data.draw(st.lists(st.tuples(st.integers(0, people - 1), st.integers(0, 1)), max_size=2)),
        met=[(i, j, w) for (i, j), w in zip(data.draw(chosen), (1, 2, 3), strict=False)],
        apart=data.draw(chosen),
        repeat_weight=data.draw(st.integers(1, 3)),
        most_of_one=data.draw(st.sampled_from((None, 1, 2))),
        speaks=data.draw(
            st.lists(st.sampled_from(("a", "b", "ab", "bc", "ca")), min_size=people, max_size=people)
        )
        if data.draw(st.booleans())
        else (),
        before=tuple(data.draw(st.lists(groupings(people), max_size=2))),
        frozen=data.draw(st.booleans()),
    )
    answer = rounds.solved(instance, seconds=0.05)
    best = rounds.best_of_all(instance, lambda row: not check(instance, row))
    reached = sort_key(tier_values(instance, answer.rounds))
    assert reached <= best
    # Tier by tier, as far as the answer is as good as the best: no bound passes the best value there is.
    for tier, own, (_, found) in zip(answer.tiers, reached, best, strict=True):
        assert tier.bound is not None
        assert tier.bound <= -found
        if own[1] != found:
            break
    if answer.status is Status.OPTIMAL:
        assert reached == best


def test_a_bound_on_repeats_when_strangers_run_out(rounds):
    answer = rounds.solved(rounds.instance(4, 2, 4), seconds=0.2)
    (repeats,) = [tier for tier in answer.tiers if tier.name == "repeats"]
    assert (repeats.value, repeats.bound, repeats.proven) == (2, 2, True)
    assert np.array([tier.proven for tier in answer.tiers]).all()


@pytest.mark.parametrize(
    ("groups", "size", "number"), [(5, 3, 7), (8, 4, 8), (8, 4, 9), (8, 4, 10), (20, 5, 10)]
)
def test_the_goals_are_reached_without_a_repeat(rounds, groups, size, number):
    answer = rounds.solved(rounds.instance(groups * size, size, number), seconds=60)
    assert answer.status is Status.OPTIMAL
    assert rounds.values(answer)["repeats"] == 0


def test_a_design_serves_where_one_place_is_over(rounds):
    answer = rounds.solved(rounds.instance(31, 4, 9), seconds=60)
    assert answer.status is Status.OPTIMAL
    assert rounds.values(answer)["repeats"] == 0
    assert answer.method == "two planes with signs"


def test_people_take_the_places_of_a_design_that_suit_rules_and_organizations(rounds):
    instance = rounds.instance(31, 4, 9, [i % 4 for i in range(31)], apart=[(0, 1)], met=[(2, 3, 1)])
    answer = rounds.solved(instance, seconds=2)
    assert check(instance, answer.rounds) == []
    assert rounds.values(answer)["repeats"] == 0


def test_rounds_that_a_design_lacks_are_searched_for(rounds):
    answer = rounds.solved(rounds.instance(40, 5, 9), seconds=4)
    repeats = rounds.values(answer)["repeats"]
    assert repeats is not None
    assert repeats <= 60


def test_shuffled_and_renamed_people_reach_the_same_proven_tiers(rounds):
    organizations = [i % 4 for i in range(14)]
    met = [(0, 1, 2), (2, 3, 1), (4, 9, 3)]
    instance = rounds.instance(14, 3, 3, organizations, absent=[(5, 1)], met=met, apart=[(6, 7)])
    order = [9, 4, 12, 0, 7, 13, 2, 5, 11, 1, 8, 3, 10, 6]
    at = {old: new for new, old in enumerate(order)}
    other = rounds.instance(
        14,
        3,
        3,
        [organizations[old] for old in order],
        absent=[(at[5], 1)],
        met=[(at[i], at[j], w) for i, j, w in met],
        apart=[(at[6], at[7])],
    )
    answers = [rounds.solved(one) for one in (instance, other)]
    assert [one.status for one in answers] == [Status.OPTIMAL] * 2
    assert rounds.values(answers[0]) == rounds.values(answers[1])


def test_one_more_person_who_comes_never_leaves_more_out(rounds):
    for people in range(3, 20):
        answer = rounds.solved(rounds.instance(people, 4, 1), seconds=0)
        assert rounds.values(answer)["left_out"] == 0

"""Tiers counted by hand."""

from __future__ import annotations

from solvers.pods.rounds.check.score import tier_values


def tiers(instance, rounds):
    return {tier.name: tier.value for tier in tier_values(instance, rounds)}


def test_strangers_who_meet_once_cost_nothing(rounds):
    found = tiers(rounds.instance(4, 2, 2), (((0, 1), (2, 3)), ((0, 2), (1, 3))))
    assert set(found.values()) == {0}


def test_each_further_meeting_costs_one_more_than_the_one_before(rounds):
    for times, cost in ((1, 0), (2, 1), (3, 3), (4, 6)):
        instance = rounds.instance(2, 2, times)
        assert tiers(instance, (((0, 1),),) * times)["repeats"] == cost
        weighty = rounds.instance(2, 2, times, repeat_weight=12)
        assert tiers(weighty, (((0, 1),),) * times)["repeats"] == 12 * cost


def test_history_counts_as_earlier_meetings_do(rounds):
    once = (((0, 1),),)
    assert tiers(rounds.instance(2, 2, 2, met=[(1, 0, 1)]), once * 2)["repeats"] == 1 + 2
    assert tiers(rounds.instance(2, 2, 3, held=once), once * 3)["repeats"] == 1 + 2
    assert tiers(rounds.instance(2, 2, 2, held=once, met=[(0, 1, 5)]), once * 2)["repeats"] == 5 + 1


def test_the_worst_share_is_one_persons(rounds):
    instance = rounds.instance(6, 2, 2, met=[(0, 1, 4), (0, 2, 3), (4, 5, 5)])
    found = tiers(instance, (((0, 1), (2, 3), (4, 5)), ((0, 2), (1, 4), (3, 5))))
    assert (found["repeats"], found["worst_repeats"]) == (12, 7)


def test_meetings_within_an_organization_and_people_left_out_are_counted(rounds):
    instance = rounds.instance(5, 2, 2, organizations=[0, 0, 1, 1, 2], absent=[(4, 0)])
    found = tiers(instance, (((0, 1), (2, 3)), ((0, 2), (1, 3))))
    assert (found["own_organization"], found["left_out"]) == (2, 1)


def test_uneven_groups_are_counted_by_the_places_they_are_off(rounds):
    instance = rounds.instance(8, 4, 1)
    assert tiers(instance, (((0, 1, 2, 3), (4, 5, 6, 7)),))["uneven"] == 0
    assert tiers(instance, (((0, 1, 2, 3, 4), (5, 6, 7)),))["uneven"] == 2
    assert tiers(instance, (((0, 1, 2, 3),),))["uneven"] == 4


def test_groups_before_that_could_go_on_and_do_not_are_counted(rounds):
    before = (((0, 1, 2), (3, 4, 5)),)
    instance = rounds.instance(8, 3, 2, absent=[(2, 0)], before=before)
    for groups, changed in (
        (((0, 1, 6), (3, 4, 5, 7)), 0),  # others may join
        (((0, 1, 6), (3, 4, 7)), 1),  # who comes and is not with them has left them
        (((0, 6, 7), (1, 3, 4, 5)), 1),
        (((0, 3, 6), (1, 4, 5)), 2),
        (((0, 1, 3, 4, 5),), 1),  # two groups that become one: one of them goes on
    ):
        assert tiers(instance, (groups, ()))["changed_groups"] == changed
    alone = rounds.instance(8, 3, 1, absent=[(1, 0), (2, 0)], before=before)
    assert tiers(alone, (((0, 3, 6), (4, 5, 7)),))["changed_groups"] == 1  # one person is no group
    assert "changed_groups" not in tiers(rounds.instance(8, 3, 1), ((),))

"""Rounds from profiles: who takes part and when, what counts as met, and what people get."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise

import pytest

from matcher.domain.errors import InputError
from matcher.domain.history import EndedPair, EndedRound, RunningPair, RunningRound
from matcher.domain.member import BusyInterval, Capacities, Leave, Status
from matcher.domain.plan import Outcome
from matcher.domain.pod_policy import PodPolicy
from matcher.domain.policy import Policy
from matcher.domain.program import Cycle, RoundPin
from matcher.planning.rounds.history import REPEAT_WEIGHT, of_pairs, weight


def pairs_of(plan):
    """Every meeting of a plan."""
    return [frozenset(pair) for one in plan.rounds for group in one.groups for pair in combinations(group, 2)]


def test_nobody_meets_twice_nor_their_own_while_that_can_be(small):
    plan = small.plan(small.network(small.people(16)), 3)
    assert plan.status is Outcome.OPTIMAL
    assert {tier.name: tier.value for tier in plan.tiers}["own_organization"] == 0
    assert len(set(pairs_of(plan))) == len(pairs_of(plan)) == 3 * 4 * 6
    assert {(one.rounds, one.new_people, one.repeats, one.fresh_rounds_left) for one in plan.people} == {
        (3, 9, 0, 2)
    }
    assert {one.organizations for one in plan.people} == {3}


def test_rounds_are_spread_evenly_over_the_weeks_of_the_cycle(small):
    plan = small.plan(small.network(small.people(8)), 6)
    weeks = [one.week_of for one in plan.rounds]
    assert weeks[0] == small.cycle.start
    assert {later - earlier for earlier, later in pairwise(weeks)} == {timedelta(weeks=2)}


def test_more_rounds_than_weeks_are_refused(small):
    with pytest.raises(InputError, match="12 whole weeks"):
        small.plan(small.network(small.people(8)), 13)


def test_who_takes_no_part_is_told_why(small):
    members = small.people(
        10,
        a00={"status": Status.LEFT},
        a01={"capacities": Capacities(pods=0)},
        a02={"leave": (Leave(start=date(2026, 9, 1), end=date(2026, 12, 31)),)},
    )
    plan = small.plan(small.network(members), 2)
    assert [(one.member, one.reason) for one in plan.not_taking_part] == [
        ("a00", "left"),
        ("a01", "capacity"),
        ("a02", "never_free"),
    ]
    assert not {"a00", "a01", "a02"} & set().union(*pairs_of(plan))


def test_leave_and_busy_time_decide_who_comes_to_which_round(small):
    monday = datetime(2026, 9, 28, tzinfo=UTC)
    members = small.people(
        9,
        a00={"leave": (Leave(start=date(2026, 9, 28), end=date(2026, 10, 2)),)},
        a01={"leave": (Leave(start=date(2026, 9, 28), end=date(2026, 10, 1)),)},
        a02={"busy": (BusyInterval(start=monday, end=monday + timedelta(days=7)),)},
        a03={"availability": (), "leave": (Leave(start=date(2026, 9, 28), end=date(2026, 10, 4)),)},
    )
    plan = small.plan(small.network(members), 2)
    assert plan.rounds[0].absent == ("a00", "a02", "a03")
    assert plan.rounds[1].absent == ()
    assert "name no weekly hours" in plan.notes[0]


def test_time_shorter_than_a_session_is_no_time(small):
    cycle = Cycle(id="long", start=small.cycle.start, end=small.cycle.end, session_minutes=120)
    busy = tuple(
        BusyInterval(start=at, end=at + timedelta(hours=6, minutes=30))
        for at in (datetime(2026, 9, 28 + day, 10, 30, tzinfo=UTC) for day in range(3))
    )
    rest = Leave(start=date(2026, 10, 1), end=date(2026, 10, 4))
    members = small.people(9, a00={"busy": busy, "leave": (rest,)})
    assert small.plan(small.network(members, cycle=cycle), 1, seconds=0.1).not_taking_part[0].member == "a00"
    assert small.plan(small.network(members), 1, seconds=0.1).not_taking_part == ()


def test_competitors_and_avoid_lists_keep_people_apart(small):
    members = small.people(12, a00={"avoids": ("a01", "a05")})
    plan = small.plan(small.network(members, competitors={"o2": ("o3",)}), 4, size=3)
    for pair in pairs_of(plan):
        assert pair not in ({"a00", "a01"}, {"a00", "a05"})
        assert {int(name[1:]) % 4 for name in pair} != {2, 3}


def test_what_was_met_in_pairs_counts_by_how_long_ago():
    people = [
        EndedPair(learner="b", guide="a", cycles_ago=2),
        EndedPair(learner="a", guide="b", cycles_ago=5),
        RunningPair(learner="a", guide="c"),
    ]
    assert of_pairs(people) == {("a", "b"): 2, ("a", "c"): 0}
    assert [weight(ago) for ago in (0, 1, 2, 5, 12, 13)] == [REPEAT_WEIGHT, REPEAT_WEIGHT, 6, 2, 1, 0]


def test_running_and_ended_pairs_are_not_met_again_while_strangers_are_left(small):
    ended = [EndedPair(learner="a00", guide="a01")]
    running = [RunningPair(learner="a02", guide="a03")]
    plan = small.plan(small.network(small.people(8), ended=ended, running=running), 6, size=2)
    met = pairs_of(plan)
    assert frozenset({"a00", "a01"}) not in met
    assert frozenset({"a02", "a03"}) not in met
    assert {one.member: one.fresh_rounds_left for one in plan.people}["a00"] == 0


def test_rounds_that_took_place_stay_with_their_weeks(small):
    net = small.network(small.people(16))
    before = small.plan(net, 3)
    after = small.plan(net, 5, previous=before, held=2)
    assert [one.held for one in after.rounds] == [True, True, False, False, False]
    assert [(one.groups, one.week_of) for one in after.rounds[:2]] == [
        (one.groups, one.week_of) for one in before.rounds[:2]
    ]
    assert after.rounds[2].week_of == before.rounds[1].week_of + timedelta(weeks=1)
    assert len(set(pairs_of(after))) == len(pairs_of(after))


def test_who_left_after_a_round_stays_in_it_and_out_of_the_others(small):
    before = small.plan(small.network(small.people(16)), 3)
    gone = small.people(16, a05={"status": Status.LEFT})
    after = small.plan(small.network(gone), 3, previous=before, held=1)
    seats = {one.member: one.rounds for one in after.people}
    assert seats["a05"] == 1
    assert after.not_taking_part == ()


def test_rounds_of_earlier_cycles_are_remembered(small):
    members = small.people(16)
    cycles = [
        Cycle(
            id=f"c{k}",
            start=date(2026, 1, 5) + timedelta(weeks=8 * k),
            end=date(2026, 3, 1) + timedelta(weeks=8 * k),
        )
        for k in range(3)
    ]
    plans = []
    for cycle in cycles:
        plans.append(
            small.plan(small.network(members, cycle=cycle), 1, previous=plans[-1] if plans else None)
        )
    met = [set(pairs_of(plan)) for plan in plans]
    assert not met[0] & met[1]
    assert not (met[0] | met[1]) & met[2]
    assert {ago for *_, ago in plans[2].earlier} == {1, 2}


def test_held_rounds_need_the_plan_that_they_are_of(small):
    net = small.network(small.people(8))
    before = small.plan(net, 2, seconds=0.1)
    with pytest.raises(InputError, match="previous result"):
        small.plan(net, 2, held=1)
    with pytest.raises(InputError, match="cannot have been held"):
        small.plan(net, 4, previous=before, held=3)
    with pytest.raises(InputError, match="ask for 2 at least"):
        small.plan(net, 1, previous=before, held=2)
    other = Cycle(id="next", start=date(2027, 1, 4), end=date(2027, 3, 28))
    with pytest.raises(InputError, match="of cycle"):
        small.plan(small.network(small.people(8), cycle=other), 4, previous=before, held=1)


def test_who_has_no_group_is_told_why(small):
    lonely = small.plan(small.network(small.people(2, organizations=2)), 1, size=4)
    assert [(one.member, one.reason) for one in lonely.left_out] == [
        ("a00", "too_few_people"),
        ("a01", "too_few_people"),
    ]
    apart = small.people(4, organizations=4, a00={"avoids": ("a01", "a02", "a03")})
    (row,) = small.plan(small.network(apart), 1, size=2, seconds=0.2).left_out[:1]
    assert row.reason == "kept_apart"


def test_the_same_seed_gives_the_same_rounds(small):
    net = small.network(small.people(20, organizations=5))
    assert small.plan(net, 3).rounds == small.plan(net, 3).rounds
    assert small.plan(net, 3).rounds != small.plan(net, 3, seed=2).rounds


def test_the_last_result_as_the_previous_one_changes_nothing(small):
    net = small.network(small.people(16))
    before = small.plan(net, 3)
    after = small.plan(net, 3, previous=before, seed=5)
    assert after.rounds == before.rounds
    assert not after.changes.changed + after.changes.added + after.changes.dropped + after.changes.ended
    assert len(after.changes.kept) == 12
    anew = small.plan(net, 3, size=5, previous=before)
    assert "formed anew" in anew.notes[0]
    assert anew.changes == after.changes.__class__()


def test_who_leaves_and_who_joins_change_few_groups_and_are_told(small):
    before = small.plan(small.network(small.people(17, a16={"capacities": Capacities(pods=0)})), 4)
    now = small.people(17, a05={"status": Status.LEFT})
    after = small.plan(small.network(now), 4, previous=before, held=1)
    (tier,) = [one for one in after.tiers if one.name == "changed_groups"]
    assert (tier.value, tier.proven) == (0, True)
    assert after.rounds[0].groups == before.rounds[0].groups
    assert not after.changes.dropped + after.changes.ended + after.changes.added
    told = {(who, one.round) for one in after.changes.changed for who in (*one.joined, *one.left)}
    assert told == {(who, number) for who in ("a05", "a16") for number in (2, 3, 4)}
    for one in after.changes.changed:
        assert ("a05 does not come" in one.sentence) is bool(one.left)
        assert ("a16 joins them" in one.sentence) is bool(one.joined)
    keys = {one.number: dict(zip(one.groups, one.keys, strict=True)) for one in before.rounds}
    for one in after.changes.kept:
        assert keys[one.round][one.members] == one.group


def test_frozen_groups_go_on_whatever_else_they_cost(small):
    net = small.network(small.people(16))
    before = small.plan(net, 2)
    gone = {who: {"status": Status.LEFT} for who in before.rounds[1].groups[0][:3]}
    for changes, dropped in (("frozen", 0), ("tier", 1), ("bonus", 1)):
        policies = (Policy(id="default", pods=PodPolicy(changes=changes)),)
        other = small.network(small.people(16, **gone)).model_copy(update={"policies": policies})
        after = small.plan(other, 2, previous=before, held=1, seconds=0.5)
        assert after.changes_policy == changes
        assert len(after.changes.dropped) <= dropped
        assert [one.reason for one in after.changes.ended] == ["too_few"]
        assert after.left_out == ()


def test_what_was_fixed_by_hand_holds(small):
    pins = (
        RoundPin(member="a00", round=2, must="absent"),
        RoundPin(member="a01", other="a02", round=1, must="together"),
        RoundPin(member="a02", other="a01", round=3, must="together"),
        RoundPin(member="a03", other="a07", must="apart"),
        RoundPin(member="a03", round=9, must="absent"),
    )
    plan = small.plan(small.network(small.people(16), pins=pins), 3)
    assert "a00" in plan.rounds[1].absent
    for number in (0, 2):
        assert any({"a01", "a02"} <= set(group) for group in plan.rounds[number].groups)
    assert {"a03", "a07"} not in pairs_of(plan)


def test_pins_that_cannot_hold_are_refused_by_name(small):
    def refused(*pins, **members):
        net = small.network(small.people(8, **members), pins=[RoundPin(**pin) for pin in pins])
        with pytest.raises(InputError) as raised:
            small.plan(net, 2, seconds=0.1)
        return str(raised.value), [str(fault) for fault in raised.value.faults]

    pin = {"member": "a00", "other": "a01", "round": 1, "must": "together"}
    told, _ = refused(pin, a00={"avoids": ("a01",)})
    assert "a00, a01" in told
    leave = (Leave(start=date(2026, 9, 28), end=date(2026, 10, 4)),)
    _, faults = refused(pin, a01={"leave": leave})
    assert "'a01' does not come to round 1" in faults[0]


def test_rounds_of_the_document_are_history_and_what_was_planned(small):
    net = small.network(small.people(16))
    first = small.plan(net, 3)

    def rounds(kind, **more):
        return tuple(
            kind(program="circles", number=one.number, groups=one.groups, **more) for one in first.rounds
        )

    over = net.model_copy(update={"ended_rounds": rounds(EndedRound, cycle="2026-3", cycles_ago=1)})
    met = set(pairs_of(first))
    assert not met & set(pairs_of(small.plan(over, 2)))
    week = {"week_of": date(2026, 6, 1)}
    old = net.model_copy(update={"running_rounds": rounds(RunningRound, cycle="2026-3", **week)})
    assert not met & set(pairs_of(small.plan(old, 2)))
    astray = net.model_copy(update={"running_rounds": rounds(RunningRound, cycle="2026-4", **week)})
    with pytest.raises(InputError, match="none of the cycle's weeks"):
        small.plan(astray, 3, held=1)
    week = {"week_of": small.cycle.start}
    runs = net.model_copy(update={"running_rounds": rounds(RunningRound, cycle="2026-4", **week)})
    again = small.plan(runs, 3, held=1)
    assert [one.groups for one in again.rounds] == [one.groups for one in first.rounds]

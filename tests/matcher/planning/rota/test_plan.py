"""Rotas of a small network: everybody meets, leads as often as is fair, and what cannot be says why."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from matcher.domain.errors import InputError, PolicyError
from matcher.domain.history import RunningPair
from matcher.domain.member import Leave, Ledger, Training, WeeklySpan
from matcher.domain.program import PinnedTurn


def turns(plan, role="lead"):
    """Who takes which turn: (group, index) -> member."""
    return {
        (one.key[0], session.index): turn.member
        for one in plan.series
        for session in one.sessions
        for turn in session.turns
        if turn.role == role
    }


def test_two_groups_meet_and_four_people_lead_twice_each(solved):
    plan = solved()
    assert all(tier.proven for tier in plan.tiers)
    assert {one.key: len(one.sessions) for one in plan.series} == {("water",): 4, ("python/1",): 4}
    assert all(len(session.attending) == 4 for one in plan.series for session in one.sessions)
    assert sorted(Counter(turns(plan).values()).values()) == [2, 2, 2, 2]
    assert plan.no_time == plan.open_turns == ()
    loads = {one.member: one.load for one in plan.people if one.load is not None}
    assert loads == dict.fromkeys(("m8", "m9", "m10", "m11"), 200)


def test_open_turns_of_leads_are_proven_whatever_the_times(solved):
    tiers = {tier.name: tier for tier in solved().tiers}
    assert tiers["turns.unfilled_lead"].condition is None
    assert tiers["turns.highest_load"].condition == "given these meeting times"


def test_a_plan_whose_turns_rest_on_the_times_is_not_called_optimal(solved):
    plan = solved()
    assert plan.status == "feasible"
    assert "given these times of meeting" in plan.sentence


def test_both_ways_to_find_times_stand_side_by_side(solved):
    plan = solved(policy={"mode": "rotating"})
    assert plan.mode == "rotating"
    assert [one.mode for one in plan.modes] == ["rotating", "stable"]


def test_a_burden_is_shared_between_two_sides_of_an_ocean(solved):
    """It is never day on both sides: with one time for all, the same people bear every late hour."""
    late = tuple(WeeklySpan(day=day, start=time(6), end=time(22)) for day in range(1, 6))
    sides = ("America/Los_Angeles", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kolkata")
    away = {k: {"time_zone": zone, "availability": late} for k, zone in enumerate(sides)}
    plan = solved(changed=away, policy={"mode": "rotating", "quorum": 100})
    rotating, stable = plan.modes
    assert rotating.spread[0] < stable.spread[0]


def test_members_pay_for_preparation_alone_and_lead_more_of_their_own_sessions(solved):
    """Two hours a month for the pod leave one for turns, 112 minutes in eight weeks: three turns of half an
    hour of preparation, or one of somebody from elsewhere, who pays for the session as well."""
    nobody = {k: {"training": Training.NONE} for k in (9, 10, 11)}
    cheap = {**nobody, 0: {"training": Training.LEAD, "hours_per_month": 3}, 8: {"hours_per_month": 1}}
    plan = solved(changed=cheap, cycle={"session_minutes": 60})
    assert Counter(turns(plan).values()) == {"m0": 3, "m8": 1, None: 4}
    assert {key for (key, _), who in turns(plan).items() if who == "m0"} == {"water"}


def test_who_took_less_before_takes_more_now(solved):
    ledger = {8: Ledger(lead=6, cycles=2), 9: Ledger(lead=0, cycles=2), 10: Ledger(lead=2, cycles=2)}
    plan = solved(changed={k: {"ledger": one} for k, one in ledger.items()}, policy={"credit": False})
    count = Counter(turns(plan).values())
    assert count["m8"] == 0
    assert count["m9"] > count["m10"]


def test_newcomers_to_the_ledger_are_credited_with_what_others_took_meanwhile(solved):
    veterans = {k: {"ledger": Ledger(lead=4, cycles=2)} for k in (8, 9, 10)}
    plan = solved(changed=veterans)
    person = {one.member: one for one in plan.people}
    assert (person["m11"].credited, person["m11"].carried) == (400, 400)
    assert person["m8"].credited == 0
    uncredited = solved(changed=veterans, policy={"credit": False, "spacing_days": 0})
    assert Counter(turns(uncredited).values())["m11"] > Counter(turns(plan).values())["m11"]


def test_part_timers_take_part_of_the_turns(solved):
    halves = {k: {"capacities": {"facilitations": 2}} for k in (8, 9)}
    count = Counter(turns(solved(changed=halves)).values())
    assert count["m8"] + count["m9"] < count["m10"] + count["m11"]
    assert max(count["m8"], count["m9"]) <= 2


def test_shadows_go_up_the_ladder(solved):
    learning = {
        8: {"training": Training.SHADOW},
        9: {"training": Training.SHADOW, "ledger": Ledger(shadow=2)},
    }
    plan = solved(
        changed=learning,
        policy={"facilitators": {"pod": {"lead": 1, "co": 1, "shadow": 1}}, "spacing_days": 0},
    )
    person = {one.member: one for one in plan.people}
    assert set(turns(plan, "shadow").values()) <= {"m8", None}
    assert "m9" in turns(plan, "co").values()
    assert person["m8"].turns["shadow"] >= 2
    assert person["m8"].promoted_to == "co"


def test_the_expert_of_a_forum_is_there_and_somebody_else_moderates(solved, forum):
    expert = {0: {"training": Training.LEAD}}
    plan = solved(changed=expert, forums=(forum(),), rota={"pods": False}, policy={"mixed": False})
    (talks,) = plan.series
    assert talks.expert == "m0"
    assert all("m0" in session.attending for session in talks.sessions)
    assert "m0" not in {*turns(plan).values(), *turns(plan, "co").values()}


def test_a_public_holiday_is_not_free(solved):
    """Reformation Day, 31 October, is a Saturday in 2026; Buß- und Bettag, 18 November, is kept in Saxony."""
    only = {k: {"availability": (WeeklySpan(day=3, start=time(9), end=time(10)),)} for k in range(4)}
    homes = {k: {**only[k], "country": "DE", "region": "SN"} for k in range(4)}
    free = solved(changed=only, policy={"quorum": 100})
    kept = solved(changed=homes, policy={"quorum": 100, "holidays": True})
    assert {session.index for session in free.series[0].sessions} == {0, 2, 4, 6}
    assert {session.index for session in kept.series[0].sessions} == {0, 2, 4}
    (row,) = kept.no_time
    assert (row.index, row.reason) == (6, "quorum")


def test_a_session_that_nobody_may_lead_says_why(solved):
    away = {k: {"leave": (Leave(start=date(2026, 10, 1), end=date(2026, 10, 18)),)} for k in range(8, 12)}
    plan = solved(changed=away)
    assert {row.index for row in plan.open_turns} == {0}
    for row in plan.open_turns:
        assert row.reason == "on_leave"
        assert row.rules["on_leave"] == 4
        assert row.rules["training"] == 8


def test_nobody_trained_at_all_is_told(solved):
    plan = solved(changed={k: {"training": Training.NONE} for k in range(8, 12)})
    assert len(plan.open_turns) == 8
    assert all(row.reason == "training" and "trained" in row.sentence for row in plan.open_turns)
    tiers = {tier.name: tier for tier in plan.tiers}
    assert tiers["turns.unfilled_lead"].proven
    assert tiers["turns.unfilled_lead"].condition is None


def test_pins_are_kept_and_what_they_override_is_listed(solved):
    pins = (
        PinnedTurn(member="m0", key=("water",), index=2, must="take"),
        PinnedTurn(member="m8", key=("python/1",), must="not_take"),
    )
    plan = solved(rota={"pins": pins})
    assert turns(plan)["water", 2] == "m0"
    (turn,) = (t for s in plan.series[0].sessions if s.index == 2 for t in s.turns)
    assert (turn.pinned, turn.overrides) == (True, ("training",))
    assert "m8" not in {who for (group, _), who in turns(plan).items() if group == "python/1"}


def test_a_pin_against_a_rule_that_nobody_overrides_is_refused(solved):
    pin = PinnedTurn(member="m8", key=("water",), must="take")
    with pytest.raises(PolicyError, match="avoids"):
        solved(changed={0: {"avoids": ("m8",)}}, rota={"pins": (pin,)})


def test_a_pin_on_a_group_that_takes_no_part_is_refused(solved):
    pin = PinnedTurn(member="m8", key=("python/1",), index=1, must="take")
    with pytest.raises(InputError) as caught:
        solved(rota={"pins": (pin,)})
    assert "week 1" in str(caught.value.faults[0])


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Europe/Berlin", date(2026, 10, 5), date(2026, 11, 29)),
        ("America/New_York", date(2026, 10, 5), date(2026, 11, 29)),
        ("America/Sao_Paulo", date(2018, 10, 8), date(2018, 12, 2)),
        ("Africa/Casablanca", date(2026, 2, 2), date(2026, 3, 29)),
        ("Australia/Sydney", date(2026, 9, 14), date(2026, 11, 8)),
        ("Asia/Kathmandu", date(2026, 10, 5), date(2026, 11, 29)),
    ],
)
def test_a_series_keeps_its_wall_time_when_clocks_change(solved, zone, start, end):
    there = {k: {"time_zone": zone} for k in range(12)}
    plan = solved(changed=there, cycle={"start": start, "end": end})
    for one in plan.series:
        assert one.time_zone == zone
        assert len({f"{s.start.astimezone(ZoneInfo(zone)):%a %H:%M}" for s in one.sessions}) == 1
        assert len(one.sessions) == 4
        for session in one.sessions:
            local = session.start.astimezone(ZoneInfo(zone))
            assert 9 <= local.hour < 17
    offsets = {s.start.astimezone(ZoneInfo(zone)).utcoffset() for s in plan.series[0].sessions}
    assert len(offsets) == (1 if zone == "Asia/Kathmandu" else 2)


def test_nobody_meets_at_night_unless_they_allow_it(solved):
    nights = (WeeklySpan(day=2, start=time(22), end=time(0)), WeeklySpan(day=3, start=time(0), end=time(6)))
    asleep = {k: {"availability": nights} for k in range(4)}
    plan = solved(changed=asleep)
    assert {row.key for row in plan.no_time} == {("water",)}
    awake = {k: {"availability": nights, "night_ok": True} for k in (*range(4), *range(8, 12))}
    assert len(solved(changed=awake).series[0].sessions) == 4


def test_sessions_of_other_plans_take_their_time(solved, session):
    from matcher.domain.family import Family

    only = (WeeklySpan(day=2, start=time(10), end=time(11)),)
    taken = session(
        network="small", program="learning", cycle="autumn", attendees=("m0", "m9"),
        start=datetime(2026, 10, 20, 8, tzinfo=UTC),
    )  # fmt: skip
    assert taken.family is Family.PAIRS
    from matcher.planning.rota.plan import Asked

    plan = solved(
        changed={k: {"availability": only} for k in range(4)},
        policy={"quorum": 100, "least_percent": 0},
        asked=Asked(commitments=(taken,)),
    )
    assert {s.index for s in plan.series[0].sessions} == {0, 4, 6}
    assert plan.commitments is not None


def test_an_open_turn_tells_the_rules_that_leave_nobody_and_what_would_help(solved):
    """Two may lead, eight sessions, three turns each: two stay open until somebody takes one more."""
    few = {k: {"capacities": {"facilitations": 3}} for k in (8, 9)}
    rest = {k: {"training": Training.NONE} for k in (10, 11)}
    plan = solved(changed={**few, **rest}, policy={"spacing_days": 0, "most_per_month": 12})
    assert [row.reason for row in plan.open_turns] == ["most", "most"]
    row = plan.open_turns[0]
    assert any("as many turns as they may (Member 8)" in one for one in row.conflict)
    assert any("as many turns as they may (Member 9)" in one for one in row.conflict)
    assert any("1 turn more of Member" in one for one in row.repairs)


def test_a_group_without_a_time_is_told_what_was_seen_to_open_one(solved):
    early, late = ((WeeklySpan(day=2, start=time(a), end=time(b)),) for a, b in ((9, 11), (14, 16)))
    apart = {k: {"availability": early if k else late} for k in range(4)}
    plan = solved(changed=apart, policy={"quorum": 100})
    (row,) = plan.no_time
    assert (row.key, row.index, row.reason) == (("water",), None, "quorum")
    assert any("Member 0 free then" in one for one in row.repairs)
    lax = solved(changed=apart, policy={"quorum": 100, "least_percent": 0})
    assert any("a quorum of" in one for one in lax.no_time[0].repairs), lax.no_time[0].repairs


def test_a_pair_without_a_time_is_not_told_to_meet_alone(solved):
    early = (WeeklySpan(day=1, start=time(7), end=time(8)),)
    pair = RunningPair(learner="m0", guide="m1")
    plan = solved(changed={0: {"availability": early}}, running_pods=(), running=(pair,))
    (row,) = [one for one in plan.no_time if one.kind == "pair"]
    assert (row.key, row.index) == (("m0", "m1"), None)
    assert row.repairs
    assert not any("quorum" in one for one in row.repairs), row.repairs

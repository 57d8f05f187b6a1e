"""A group that nobody leads moves to a time that is as good, where somebody can."""

from __future__ import annotations

from datetime import time

import pytest

from matcher.domain.history import RunningPod
from matcher.domain.member import Training, WeeklySpan
from matcher.planning.rota.audit import audit_rota
from matcher.planning.rota.instance import prepare
from matcher.planning.rota.other_times import Filled, fill
from matcher.planning.rota.plan import plan_rota
from matcher.planning.rota.turns import turns_of
from solvers.limits import Limits
from solvers.result import Effort, Status, Tier
from solvers.rota.times.check.score import tier_values
from solvers.rota.times.solution import TimesAnswer
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.solve import solve

POD = RunningPod(pod="water", members=("m0", "m1", "m2", "m3"))


@pytest.fixture
def stuck(source):
    """Both groups meet on Thursdays at 14:00, and the only one who may lead is free until 16:00."""
    thursday = {8: {"availability": (WeeklySpan(day=4, start=time(14), end=time(16)),)}}
    others = {k: {"training": Training.NONE} for k in (9, 10, 11)}
    policy = {"spacing_days": 0, "most_per_month": 12, "curve": {"by_hour": (0,) * 24}}
    made = source(
        changed={**thursday, **others, 8: {**thursday[8], "capacities": {"facilitations": 12}}}, policy=policy
    )
    prepared = prepare(made, None)
    rows, slots = [], []
    for group, numbers in zip(prepared.context.groups, prepared.times.groups, strict=True):
        starts = numbers.starts.tolist()
        s = next(k for k, row in enumerate(starts) if prepared.context.weekly(group, row[0]) == "Thu 14:00")
        rows.append(tuple(starts[s]))
        slots.append((s,) * numbers.n_sessions)
    times, held = tuple(rows), tuple(slots)
    tiers = tuple(
        Tier(name, sense, value, value, proven=True)
        for name, sense, value in tier_values(prepared.times, times, held)
    )
    answer = TimesAnswer(Status.OPTIMAL, tiers, held, times, Effort())
    turns = turns_of(prepared, times)
    return prepared, Filled(answer, turns, solve(turns.instance, Limits(seconds=5)).person)


def test_one_of_two_groups_moves_so_that_both_are_led(stuck):
    prepared, found = stuck
    assert (found.person < 0).sum() == 4
    better = fill(prepared, found, Limits(seconds=20))
    assert (better.person < 0).sum() == 0
    assert not check(better.turns.instance, better.person.tolist())
    (told,) = better.notes
    assert "Thu 15:00 rather than Thu 14:00" in told
    now = [
        (one.name, one.value) for one in tier_values(prepared.times, better.times.times, better.times.slots)
    ]
    assert now == [(one.name, one.value) for one in found.times.tiers]


def test_nothing_moves_where_no_time_is_left(stuck):
    prepared, found = stuck
    assert fill(prepared, found, Limits(seconds=0)) is found


def test_what_no_times_can_fill_is_proven_over_all_of_them(source):
    """The only one who may lead is free for one hour a week, in which two groups cannot both be led."""
    hour = {8: {"availability": (WeeklySpan(day=4, start=time(14), end=time(15)),)}}
    others = {k: {"training": Training.NONE} for k in (9, 10, 11)}
    hour[8]["capacities"] = {"facilitations": 12}
    policy = {"spacing_days": 0, "most_per_month": 12}
    made = source(changed={**hour, **others}, policy=policy)
    plan = plan_rota(made, limits=Limits(seconds=30))
    names = [tier.name for tier in plan.tiers]
    assert names[:4] == ["times.unscheduled", "times.uncovered", "turns.unfilled_lead", "times.attendance"]
    led = {tier.name: tier for tier in plan.tiers}["turns.unfilled_lead"]
    assert (led.value, led.bound, led.proven, led.condition) == (4, 4, True, None)
    report = audit_rota(made, plan)
    assert [str(one) for one in report.objections] == []
    assert any("turns.unfilled_lead is at least 4 at any times" in one for one in report.unchecked)


def test_fewer_come_where_more_sessions_are_led_for_it(source):
    """All can come on Mondays, when the only one who may lead cannot; three of four can on Thursdays."""
    days = {k: (WeeklySpan(day=1, start=time(9), end=time(10)),) for k in range(4)}
    both = {k: (*days[k], WeeklySpan(day=4, start=time(9), end=time(10))) for k in range(3)}
    thursday = (WeeklySpan(day=4, start=time(9), end=time(10)),)
    changed = {k: {"availability": one} for k, one in {**days, **both, 8: thursday}.items()}
    for k in (9, 10, 11):
        changed[k] = {"training": Training.NONE}
    made = source(changed=changed, policy={"least_percent": 0, "quorum": 75}, running_pods=(POD,))
    plan = plan_rota(made, limits=Limits(seconds=20))
    (series,) = plan.series
    assert series.slots == {"Thu 09:00": 4}
    assert {turn.member for session in series.sessions for turn in session.turns} == {"m8"}
    tiers = {tier.name: tier.value for tier in plan.tiers}
    assert (tiers["turns.unfilled_lead"], tiers["times.attendance"]) == (0, 12)

"""A group that nobody leads moves to a time that is as good, where somebody can."""

from __future__ import annotations

from datetime import time

import pytest

from matcher.domain.member import Training, WeeklySpan
from matcher.planning.rota.instance import prepare
from matcher.planning.rota.other_times import Filled, fill
from matcher.planning.rota.turns import turns_of
from solvers.limits import Limits
from solvers.result import Effort, Status, Tier
from solvers.rota.times.check.score import tier_values
from solvers.rota.times.solution import TimesAnswer
from solvers.rota.turns.solve import solve


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
    return prepared, Filled(answer, turns, solve(turns.instance, Limits(seconds=5)))


def test_one_of_two_groups_moves_so_that_both_are_led(stuck):
    prepared, found = stuck
    assert (found.answer.person < 0).sum() == 4
    better = fill(prepared, found, solve, Limits(seconds=20))
    assert (better.answer.person < 0).sum() == 0
    (told,) = better.notes
    assert "Thu 15:00 rather than Thu 14:00" in told
    now = [
        (one.name, one.value) for one in tier_values(prepared.times, better.times.times, better.times.slots)
    ]
    assert now == [(one.name, one.value) for one in found.times.tiers]


def test_nothing_moves_where_no_time_is_left(stuck):
    prepared, found = stuck
    assert fill(prepared, found, solve, Limits(seconds=0)) is found

"""Whole plans of random small networks: formed, repaired and scheduled, each passes its own check."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.member import Leave, Status
from matcher.domain.program import RoundPin
from matcher.domain.session import State
from matcher.planning.rounds.audit import audit_rounds, implied_before
from matcher.planning.rounds.sessions import schedule_rounds
from matcher.planning.sessions.scheduling import Occasion

START = date(2026, 9, 28)


def drawn(seed, small, gone=(), pins=()):
    """A random network, the same but for those who left and what is fixed by hand."""
    draw = random.Random(seed)
    number = draw.randint(5, 22)
    fields = {}
    for i in range(number):
        more = {}
        if draw.random() < 0.2:
            first = START + timedelta(days=draw.randint(0, 70))
            more["leave"] = (Leave(start=first, end=first + timedelta(days=20)),)
        if draw.random() < 0.2:
            more["avoids"] = (f"a{draw.randrange(number):02d}",)
        if draw.random() < 0.1:
            more["availability"] = ()
        if f"a{i:02d}" in gone:
            more["status"] = Status.LEFT
        if more.get("avoids") == (f"a{i:02d}",):
            del more["avoids"]
        fields[f"a{i:02d}"] = more
    return small.network(small.people(number, draw.randint(1, 5), **fields), pins=pins)


def checked(net, plan, when):
    """A plan's sessions, once the plan has passed its audit."""
    source = NetworkSource.of(net)
    report = audit_rounds(source, plan, previous=implied_before(plan))
    assert report.clean, report.objections
    schedule, _ = schedule_rounds(source, plan, when)
    return schedule


@pytest.mark.parametrize("seed", range(25))
def test_plans_and_their_repairs_are_clean_and_everybody_is_counted(seed, small):
    draw = random.Random(1000 + seed)
    size, number = draw.choice((2, 3, 4)), draw.randint(1, 5)
    before = drawn(seed, small)
    plan = small.plan(before, number, size=size, seconds=0.1)
    first = checked(before, plan, Occasion(seed=1, changed_at=datetime(2026, 9, 1, tzinfo=UTC)))
    told = {one.key[0] for one in first.sessions} | {one.key[0] for one in first.unscheduled}
    assert told == {key for one in plan.rounds for key in one.keys}
    for one in plan.rounds:
        seated = [who for group in one.groups for who in group]
        without = [row.member for row in plan.left_out if row.round == one.number]
        taking = {row.member for row in plan.people}
        assert sorted([*seated, *without, *one.absent]) == sorted(taking)
    held = draw.randint(0, number - 1)
    who = draw.choice(plan.people).member if plan.people else "a00"
    pins = [RoundPin(member="a01", round=number, must="absent")] if who != "a01" else []
    after = drawn(seed, small, gone=(who,), pins=pins)
    repaired = small.plan(after, number, size=size, seconds=0.1, previous=plan, held=held)
    now = datetime.combine(repaired.rounds[held].week_of, datetime.min.time(), UTC) if held else None
    occasion = Occasion(
        seed=1, changed_at=datetime(2026, 9, 2, tzinfo=UTC), previous=first.sessions, not_before=now
    )
    second = checked(after, repaired, occasion)
    assert [one.groups for one in repaired.rounds[:held]] == [one.groups for one in plan.rounds[:held]]
    assert {one.uid for one in first.sessions} <= {one.uid for one in second.sessions}
    old = {one.uid: one for one in first.sessions}
    for one in second.sessions:
        if now is not None and one.start < now:
            assert one == old[one.uid]
        elif one.state is State.SCHEDULED:
            assert who not in one.attendees
    changes = repaired.changes
    open_groups = [key for one in plan.rounds[held:] for key in one.keys]
    parts = (*changes.kept, *changes.changed, *changes.dropped, *changes.ended)
    assert sorted(one.group for one in parts) == sorted(open_groups)
    tiers = {tier.name: tier.value for tier in repaired.tiers}
    assert tiers.get("changed_groups", 0) == len(changes.dropped)

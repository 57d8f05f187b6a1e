"""Sessions of rounds: one for each group, in its round's period, at a time free for all, or a reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.errors import InputError
from matcher.domain.member import BusyInterval, WeeklySpan
from matcher.domain.session import Obstacle, State
from matcher.planning.rounds.sessions import schedule_rounds
from matcher.planning.sessions.check import check_meetings
from matcher.planning.sessions.meetings import Group
from matcher.planning.sessions.scheduling import Occasion

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def scheduled(net, plan, **more):
    found, _ = schedule_rounds(NetworkSource.of(net), plan, Occasion(seed=1, changed_at=NOW, **more))
    return found


def test_each_group_meets_once_in_its_own_period(small):
    net = small.network(small.people(16))
    plan = small.plan(net, 3, seconds=0.5)
    found = scheduled(net, plan)
    assert (len(found.sessions), found.unscheduled) == (12, ())
    weeks = {key: one.week_of for one in plan.rounds for key in one.keys}
    for one in found.sessions:
        assert weeks[one.key[0]] <= one.start.date() < weeks[one.key[0]] + timedelta(7)
        assert len(one.attendees) == 4
        assert 9 <= one.start.hour < 17
        assert "you" in one.description.partition("Why you were matched")[2]


def test_a_session_stays_while_as_many_can_come_and_moves_when_they_cannot(small):
    net = small.network(small.people(8))
    plan = small.plan(net, 2, seconds=0.5)
    first = scheduled(net, plan)
    assert scheduled(net, plan, previous=first.sessions) == first
    moved = first.sessions[0]
    busy = {moved.attendees[0]: {"busy": (BusyInterval(start=moved.start, end=moved.end),)}}
    other = small.network(small.people(8, **busy))
    again = small.plan(other, 2, previous=plan, seconds=0.5)
    assert [one.groups for one in again.rounds] == [one.groups for one in plan.rounds]
    second = scheduled(other, again, previous=first.sessions)
    now = {one.uid: one for one in second.sessions}
    assert now[moved.uid].start != moved.start
    assert now[moved.uid].sequence == 1
    assert [now[one.uid] for one in first.sessions[1:]] == list(first.sessions[1:])


def test_time_that_others_take_is_not_used(small):
    evening = (WeeklySpan(day=1, start=time(9), end=time(10)),)
    net = small.network(small.people(2, 2, a00={"availability": evening}))
    plan = small.plan(net, 1, size=2, seconds=0.5)
    first = scheduled(net, plan)
    (one,) = first.sessions
    taken = [
        one.model_copy(
            update={
                "start": one.start + timedelta(weeks=week),
                "end": one.end + timedelta(weeks=week),
                "uid": f"{week}@x",
                "program": "other",
                "attendees": ("a00", "zz"),
            }
        )
        for week in range(12)
    ]
    found = scheduled(net, plan, commitments=taken[:1])
    assert found.sessions[0].start == one.start + timedelta(weeks=1)
    nothing = scheduled(net, plan, commitments=taken)
    (reason,) = nothing.unscheduled
    assert (reason.reason, nothing.sessions) == (Obstacle.TAKEN, ())
    assert "other sessions take it" in reason.sentence
    assert reason.common_minutes == 12 * 60


def test_a_group_without_a_common_time_is_told_with_the_hours_of_each(small):
    sunday = (WeeklySpan(day=7, start=time(9), end=time(12)),)
    net = small.network(small.people(2, 2, a00={"availability": sunday}, a01={"availability": sunday}))
    plan = small.plan(net, 1, size=2, seconds=0.5)
    apart = small.network(small.people(2, 2, a00={"availability": sunday}))
    (one,) = scheduled(apart, small.plan(apart, 1, size=2, seconds=0.5)).unscheduled
    assert (one.reason, one.common_minutes) == (Obstacle.NO_COMMON_TIME, 0)
    assert one.free_minutes == (12 * 180, 12 * 5 * 480)
    assert scheduled(net, plan).unscheduled == ()
    silent = small.network(small.people(2, 2, a00={"availability": ()}))
    (row,) = scheduled(silent, small.plan(silent, 1, size=2, seconds=0.5)).unscheduled
    assert row.reason is Obstacle.NO_AVAILABILITY
    with pytest.raises(InputError, match="other profiles"):
        scheduled(apart, plan)


def test_the_quorum_meets_where_not_all_can(small):
    sunday = (WeeklySpan(day=7, start=time(9), end=time(12)),)
    net = small.network(small.people(4, 4, a00={"availability": sunday}))
    found = scheduled(net, small.plan(net, 1, seconds=0.5))
    assert len(found.sessions[0].attendees) == 4


def test_what_has_begun_is_never_touched_and_what_is_over_is_not_missed(small):
    net = small.network(small.people(8))
    plan = small.plan(net, 2, seconds=0.5)
    first = scheduled(net, plan)
    later = datetime.combine(plan.rounds[1].week_of, time(0), UTC)
    other = small.plan(net, 2, previous=plan, held=1, seconds=0.5)
    second = scheduled(net, other, previous=first.sessions, not_before=later)
    assert second.sessions == first.sessions
    over = scheduled(net, other, not_before=later)
    assert {one.key[0].split("-")[1] for one in over.sessions} == {"2"}
    assert over.unscheduled == ()
    dropped = small.plan(net, 1, size=4, seconds=0.5)
    rest = scheduled(net, dropped, previous=first.sessions)
    assert sum(one.state is State.CANCELLED for one in rest.sessions) == 2


def test_a_wrong_schedule_is_seen_by_its_check(small):
    net = small.network(small.people(8))
    plan = small.plan(net, 2, seconds=0.5)
    good = scheduled(net, plan)
    members = {one.id: one for one in net.members}
    start, end = (datetime.combine(date(2026, 9, 28) + timedelta(weeks=k), time(0), UTC) for k in (0, 12))
    periods = {one.key[0]: (start, end) for one in good.sessions}
    groups = [Group(one.key[0], one.title, one.attendees, None, 3) for one in good.sessions]
    program = net.programs[0]
    stranger = next(one for one in sorted(members) if one not in good.sessions[0].attendees)

    def faults(change, **more):
        first, *rest = good.sessions
        schedule = good.model_copy(update={"sessions": (change(first), *rest)})
        found = check_meetings(schedule, groups, {**periods, **more}, members, program)
        return " ".join(str(one) for one in found)

    assert faults(lambda one: one) == ""
    for update, words in (
        ({"start": good.sessions[0].start - timedelta(hours=8)}, "lasts"),
        ({"attendees": good.sessions[0].attendees[:3]}, "does not attend"),
        ({"attendees": (*good.sessions[0].attendees, stranger)}, "no members"),
        ({"uid": good.sessions[1].uid}, "also the UID"),
        ({"state": State.CANCELLED}, "neither scheduled"),
    ):
        assert words in faults(lambda one, update=update: one.model_copy(update=update)), words
    assert "round's period" in faults(lambda one: one, **{good.sessions[0].key[0]: (end, end)})
    night = {"start": start + timedelta(hours=2), "end": start + timedelta(hours=3)}
    assert "could come, and 3 are needed" in faults(lambda one: one.model_copy(update=night))

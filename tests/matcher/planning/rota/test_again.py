"""A rota after a rota: what is over stays, what is near is frozen, and as little as can be changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from matcher.domain.history import RunningPod
from matcher.domain.member import BusyInterval, Leave, Status, Training
from matcher.domain.program import PinnedTurn
from matcher.planning.rota.audit import audit_rota
from matcher.planning.rota.plan import Asked

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""Sunday before week 4: sessions of weeks 0 and 2 are over, that of week 4 is near, that of 6 to come."""


def held(plan):
    """(group, index) -> when it begins, and who leads it."""
    return {
        (one.key[0], session.index): (session.start, session.turns[0].member)
        for one in plan.series
        for session in one.sessions
    }


def test_nothing_changes_where_nothing_did(solved):
    before = solved()
    after = solved(asked=Asked(before=before, as_of=NOW))
    assert held(after) == held(before)
    changes = after.changes
    assert (changes.kept_sessions, changes.kept_turns) == (8, 8)
    assert changes.moved == changes.taken_over == changes.added == changes.ended == ()
    fixed = {session.index for one in after.series for session in one.sessions if session.fixed}
    assert fixed == {0, 2, 4}
    assert {t.name: t.value for t in after.tiers}["times.moved"] == 0


def test_who_leaves_is_replaced_and_nothing_else_changes(solved):
    before = solved()
    who = held(before)["water", 6][1]
    number = int(who.removeprefix("m"))
    gone = {number: {"status": Status.LEFT}}
    after = solved(changed=gone, asked=Asked(before=before, as_of=NOW))
    lost = {place for place, (start, member) in held(before).items() if member == who and start > NOW}
    changed = {place for place, now in held(after).items() if now != held(before)[place]}
    assert changed == lost
    assert {(one.key[0], one.index) for one in after.changes.taken_over} == lost
    for change in after.changes.taken_over:
        assert (change.before, change.reason, change.avoidable) == (who, "left", False)
        assert "has left" in change.sentence


def test_what_is_over_stays_whatever_becomes_of_its_people(solved):
    before = solved()
    who = held(before)["water", 0][1]
    gone = {int(who.removeprefix("m")): {"status": Status.LEFT}}
    after = solved(changed=gone, asked=Asked(before=before, as_of=NOW))
    assert held(after)["water", 0] == held(before)["water", 0]


def test_a_near_turn_is_open_to_others_only_where_its_person_dropped_out(solved):
    before = solved()
    start, who = held(before)["water", 4]
    ill = {int(who.removeprefix("m")): {"leave": (Leave(start=start.date(), end=start.date()),)}}
    after = solved(changed=ill, asked=Asked(before=before, as_of=NOW))
    moved = held(after)["water", 4]
    assert moved[0] == start
    assert moved[1] not in (who, None)
    (change,) = (one for one in after.changes.taken_over if one.index == 4)
    assert change.reason == "on_leave"


def test_who_declined_is_kept_from_the_turn(solved):
    before = solved()
    who = held(before)["python/1", 6][1]
    pin = PinnedTurn(member=who, key=("python/1",), index=6, must="not_take")
    after = solved(rota={"pins": (pin,)}, asked=Asked(before=before, as_of=NOW))
    assert held(after)["python/1", 6][1] not in (who, None)
    (change,) = after.changes.taken_over
    assert change.reason == "forbidden"


def test_a_session_moves_where_its_old_time_does_not_do_any_more(solved):
    before = solved()
    start = held(before)["water", 6][0]
    busy = (BusyInterval(start=start, end=start + timedelta(hours=1)),)
    taken = {k: {"busy": busy} for k in range(4)}
    after = solved(changed=taken, policy={"mode": "rotating"}, asked=Asked(before=before, as_of=NOW))
    (change,) = after.changes.moved
    assert (change.key, change.index) == (("water",), 6)
    assert (change.reason, change.avoidable) == ("no_longer_possible", False)
    (session,) = (s for s in after.series[0].sessions if s.index == 6)
    assert session.moved_from == start
    assert {t.name: t.value for t in after.tiers}["times.moved"] == 1


def test_the_audit_of_a_later_rota_needs_the_one_before(solved, source):
    before = solved()
    asked = Asked(before=before, as_of=NOW)
    fields = {"changed": {9: {"training": Training.NONE}}}
    after = solved(**fields, asked=asked)
    report = audit_rota(source(**fields), after, Asked(before=before))
    assert [str(one) for one in report.objections] == []


def test_a_group_that_ends_is_told(solved):
    before = solved()
    left = RunningPod(pod="python/1", members=("m4", "m5", "m6", "m7"))
    after = solved(running_pods=(left,), asked=Asked(before=before, as_of=NOW))
    assert {(one.key[0], one.reason) for one in after.changes.ended} == {("water", "group_gone")}
    assert {one.index for one in after.changes.ended} == {4, 6}


@pytest.mark.parametrize(("frozen", "weeks"), [(0, {0, 2}), (7, {0, 2, 4}), (21, {0, 2, 4, 6})])
def test_the_days_that_are_frozen_are_the_policys(solved, frozen, weeks):
    after = solved(policy={"frozen_days": frozen}, asked=Asked(before=solved(), as_of=NOW))
    assert {session.index for one in after.series for session in one.sessions if session.fixed} == weeks

"""Groups meet at their weekly wall time, with everybody who can, or are told why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain.errors import InputError, UnknownIdError
from matcher.domain.family import Family
from matcher.domain.session import Obstacle, Schedule, State, WeeklySlot
from matcher.domain.session_text import Why
from matcher.planning.sessions.check import check_groups
from matcher.planning.sessions.groups import find_times, schedule_groups
from matcher.planning.sessions.meetings import Group, meeting_time

NOW = datetime(2026, 2, 1, 8, 30, tzinfo=UTC)


def slot(weekday=3, start="15:00", zone="Europe/Berlin", minutes=60, every=1):
    begin = time.fromisoformat(start)
    return WeeklySlot(weekday=weekday, start=begin, time_zone=zone, minutes=minutes, every_weeks=every)


def group(name, *members, at=None, quorum=None, **more):
    at = slot() if at is None else at
    return Group(name, f"Pod: {name}", members, at, quorum or len(members), **more)


@pytest.fixture(scope="session")
def meet():
    """`schedule_groups` with defaults, and the independent check run over its answer."""

    def run(groups, people, program, **options):
        members = {one.id: one for one in people}
        options = {"changed_at": NOW, "plan": "plan-1", **options}
        made = schedule_groups(groups, members, program, family=Family.PODS, **options)
        known = {key: options[key] for key in ("commitments", "not_before") if key in options}
        assert check_groups(made, groups, members, program, **known) == []
        return made

    return run


def times(made, zone="Europe/Berlin"):
    return [
        f"{s.start.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for s in made.sessions if s.state == "scheduled"
    ]


def test_a_group_meets_at_its_wall_time_through_a_change_of_the_clock(meet, member, program):
    people = [member(one) for one in "abc"]
    made = meet([group("p", *"abc")], people, program("2026-03-16", weeks=4))
    assert times(made) == ["03-18 15:00", "03-25 15:00", "04-01 15:00", "04-08 15:00"]
    assert [s.start.hour for s in made.sessions] == [14, 14, 13, 13]
    assert {s.attendees for s in made.sessions} == {("a", "b", "c")}
    assert {(s.family, s.key, s.kind) for s in made.sessions} == {(Family.PODS, ("p",), None)}
    assert [s.index for s in made.sessions] == [0, 1, 2, 3]
    assert made.unscheduled == ()


def test_a_slot_in_another_zone_and_every_second_week_falls_on_its_own_dates(meet, member, program):
    people = [member(one, zone="Asia/Kathmandu", hours="0-24", night_ok=True) for one in "ab"]
    at = slot(weekday=1, start="08:45", zone="Asia/Kathmandu", every=2, minutes=90)
    made = meet([group("p", *"ab", at=at)], people, program("2026-03-05", weeks=5))
    assert times(made, "Asia/Kathmandu") == ["03-09 08:45", "03-23 08:45", "04-06 08:45"]
    assert {s.end - s.start for s in made.sessions} == {timedelta(minutes=90)}


def test_a_group_with_a_horizon_meets_until_then_and_the_check_knows_it(meet, member, program):
    people, during = [member(one) for one in "ab"], program("2026-03-02", weeks=6)
    at = slot(every=2).model_copy(update={"weeks": 3})
    made = meet([group("p", *"ab", at=at)], people, during)
    assert times(made) == ["03-04 15:00", "03-18 15:00"]
    assert made.unscheduled == ()
    whole = meet([group("p", *"ab", at=slot(every=2))], people, during)
    members = {one.id: one for one in people}
    faults = check_groups(whole, [group("p", *"ab", at=at)], members, during)
    assert any("no meeting in week 4" in str(one) for one in faults)


@pytest.mark.parametrize(
    ("day", "utc"), [("2026-03-23", "01:30"), ("2026-10-19", "00:30")], ids=["skipped", "repeated"]
)
def test_a_time_that_clocks_skip_or_repeat_is_the_one_of_the_standard(program, day, utc):
    """RFC 5545, section 3.3.5: 02:30 on the Sundays of the change in Berlin."""
    at = meeting_time(program(day, weeks=2), slot(weekday=7, start="02:30"), 0)
    assert f"{at:%H:%M}" == utc


def test_one_who_cannot_come_once_is_held_as_an_attendee(meet, member, program):
    leave = [{"start": "2026-03-09", "end": "2026-03-13"}]
    people = [member("a", leave=leave), member("b"), member("c")]
    made = meet([group("p", *"abc", quorum=2)], people, program("2026-03-02"))
    assert [s.attendees for s in made.sessions] == [("a", "b", "c")] * 4
    strict = meet([group("p", *"abc")], people, program("2026-03-02"))
    assert [s.index for s in strict.sessions] == [0, 2, 3]
    (missing,) = strict.unscheduled
    assert (missing.key, missing.index, missing.reason) == (("p",), 1, Obstacle.NO_COMMON_TIME)
    assert "2 of 3 could come" in missing.sentence


def test_one_who_could_come_to_too_few_leaves_the_group_without_sessions(meet, member, program):
    people = [member("a", leave=[{"start": "2026-03-01", "end": "2026-03-20"}]), member("b"), member("c")]
    made = meet([group("p", *"abc", quorum=2)], people, program("2026-03-02"))
    assert made.sessions == ()
    (missing,) = made.unscheduled
    assert (missing.index, missing.attendees) == (None, ("a", "b", "c"))
    assert "fewer than 50 %" in missing.sentence
    assert meet([group("p", *"abc", quorum=2, least_percent=25)], people, program("2026-03-02")).sessions


def test_a_group_without_a_slot_is_told_with_its_reason(meet, member, program):
    none = replace(group("p", "a", "b"), slot=None, no_time="Nobody is awake at the same time.")
    made = meet([none], [member("a"), member("b")], program("2026-03-02"))
    assert made.sessions == ()
    assert [one.sentence for one in made.unscheduled] == ["Nobody is awake at the same time."]


def test_nobody_is_in_two_sessions_at_once(meet, member, program):
    people = [member(one) for one in "abcde"]
    first = meet([group("p", *"abc")], people, program("2026-03-02"), network="n")
    both = [group("q", *"ade", quorum=2)]
    made = meet(both, people, program("2026-03-02"), network="n", commitments=first.sessions[:1])
    assert [s.attendees for s in made.sessions] == [("d", "e"), *[("a", "d", "e")] * 3]
    full = meet([group("q", *"ade")], people, program("2026-03-02"), commitments=first.sessions[:1])
    assert [(one.index, one.reason) for one in full.unscheduled] == [(0, Obstacle.TAKEN)]
    assert "1 are in other sessions" in full.unscheduled[0].sentence
    never = meet(both, people, program("2026-03-02"), commitments=first.sessions)
    assert [(one.index, one.reason) for one in never.unscheduled] == [(None, Obstacle.TAKEN)]
    two = [group("p", *"abc"), group("q", *"ade", quorum=2, least_percent=0)]
    made = meet(two, people, program("2026-03-02"))
    assert [s.attendees for s in made.sessions if s.key == ("q",)] == [("d", "e")] * 4


def test_a_first_meeting_before_the_cycle_begins_in_utc_is_told(meet, member, program):
    people = [member(one, zone="Pacific/Auckland") for one in "ab"]
    at = slot(weekday=1, start="09:00", zone="Pacific/Auckland")
    made = meet([group("p", *"ab", at=at)], people, program("2026-03-02"))
    assert [s.index for s in made.sessions] == [1, 2, 3]
    assert [(one.index, one.reason) for one in made.unscheduled] == [(0, Obstacle.OUTSIDE_CYCLE)]


def test_a_change_of_people_leaves_the_time_and_the_uid(meet, member, program):
    people = [member(one) for one in "abcd"]
    first = meet([group("p", *"abc")], people, program("2026-03-02"))
    again = meet([group("p", *"abc")], people, program("2026-03-02"), previous=first.sessions)
    assert again == first
    later = NOW + timedelta(days=1)
    options = {"changed_at": later, "plan": "plan-2"}
    second = meet([group("p", *"abd")], people, program("2026-03-02"), previous=first.sessions, **options)
    for old, new in zip(first.sessions, second.sessions, strict=True):
        assert (new.uid, new.start, new.sequence) == (old.uid, old.start, 1)
        assert (new.attendees, new.left) == (("a", "b", "d"), {"c": later})
        assert (new.as_seen_by("c").state, new.as_seen_by("a")) == (State.CANCELLED, new)
    third = meet([group("p", *"abc")], people, program("2026-03-02"), previous=second.sessions, **options)
    assert {(s.attendees, tuple(s.left), s.sequence) for s in third.sessions} == {
        (("a", "b", "c"), ("d",), 2)
    }
    over = meet([], people, program("2026-03-02"), previous=third.sessions, **options)
    assert {(s.state, s.sequence) for s in over.sessions} == {(State.CANCELLED, 3)}


def test_what_has_begun_stays_and_a_new_slot_moves_the_rest(meet, member, program):
    people = [member(one) for one in "abc"]
    first = meet([group("p", *"abc")], people, program("2026-03-02"))
    now = datetime(2026, 3, 12, 8, tzinfo=UTC)
    moved = group("p", *"abc", at=slot(weekday=5, every=1))
    options = {"changed_at": now, "not_before": now, "previous": first.sessions}
    second = meet([moved], people, program("2026-03-02"), **options)
    assert second.sessions[:2] == first.sessions[:2]
    assert times(second) == ["03-04 15:00", "03-11 15:00", "03-20 15:00", "03-27 15:00"]
    assert [s.sequence for s in second.sessions] == [0, 0, 1, 1]
    fewer = group("p", *"abc", at=slot(every=2))
    third = meet([fewer], people, program("2026-03-02"), **options)
    assert [s.state for s in third.sessions] == ["scheduled", "scheduled", "scheduled", "cancelled"]


def test_texts_tell_who_is_in_it_as_far_as_they_may_be_read(meet, member, program):
    hidden = member("b", visibility={"name": "coordinators"})
    people = [member("a"), hidden, member("c")]
    told = group(
        "p", *"abc", about="Waste of water. Success: 20 % less.", why=Why(text="- Skills that it needs.")
    )
    first, *_, last = meet([told], people, program("2026-03-02")).sessions
    assert first.title == "Pod: p"
    assert "Session 1 of 4. With Name a, a member of of-b and Name c." in first.description
    assert "Waste of water" in first.description
    assert first.description.endswith("Why you were matched\n- Skills that it needs.")
    assert "Closing: thanks" in last.description


def test_groups_that_cannot_be_are_refused(meet, member, program):
    people = [member(one) for one in "abc"]
    with pytest.raises(UnknownIdError, match="x"):
        meet([group("p", "a", "x")], people, program())
    for wrong in (
        [group("p", "a", "a")],
        [group("p", "a")],
        [group("p", *"ab", quorum=3)],
        [group("p", *"ab")] * 2,
    ):
        with pytest.raises(InputError, match="cannot be scheduled"):
            meet(wrong, people, program())
    foreign = meet([group("p", *"ab")], people, program(), network="other").sessions
    with pytest.raises(InputError, match="cannot be scheduled"):
        meet([group("p", *"ab")], people, program(), previous=foreign)


def test_the_check_finds_each_fault(member, program):
    people = {one: member(one) for one in "abcd"}
    groups = [group("p", *"abc")]
    made = schedule_groups(groups, people, program("2026-03-02"), family=Family.PODS, changed_at=NOW)

    def words(sessions=made.sessions, groups=groups, **options):
        found = check_groups(
            Schedule(sessions=tuple(sessions)), groups, people, program("2026-03-02"), **options
        )
        return " ".join(map(str, found))

    def first(**changes):
        return [made.sessions[0].model_copy(update=changes), *made.sessions[1:]]

    assert words() == ""
    start = made.sessions[0].start
    half = timedelta(minutes=30)
    assert "not at the time of its slot" in words(first(start=start + half, end=start + 3 * half))
    assert "lasts 0:30:00" in words(first(end=start + half))
    assert "has no meeting in week 9" in words(first(index=9))
    assert "who are no members" in words(first(attendees=("a", "b", "c", "d")))
    assert "does not attend, and is in no other session" in words(first(attendees=("a", "b")))
    assert "neither scheduled nor given a reason" in words(made.sessions[1:])
    assert "is not in this plan" in words(first(key=("q",), uid="other@x"))
    assert "at once" in words(commitments=first(uid="other@x", key=("q",))[:1])
    busy = [{"start": "2026-03-01T00:00Z", "end": "2026-03-20T00:00Z"}]
    people["a"] = member("a", busy=busy)
    assert "2 could come, and 3 are needed" in words()
    loose = [group("p", *"abc", quorum=2)]
    assert "a could come to too few sessions of p" in words(groups=loose)
    assert words(groups=[group("p", *"abc", quorum=2, least_percent=25)]) == ""


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_is_asked_the_independent_check_agrees(meet, member, program, data):
    zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu"])
    days = st.integers(0, 34)
    people = []
    for one in "abcdef":
        off = sorted(data.draw(st.tuples(days, days)))
        first = datetime(2026, 3, 2).date()
        leave = [{"start": first + timedelta(off[0]), "end": first + timedelta(off[1])}]
        zone, away = data.draw(zones), data.draw(st.booleans())
        people.append(member(one, zone=zone, hours="7-20", leave=leave if away else ()))
    named = st.lists(st.sampled_from("abcdef"), min_size=2, max_size=6, unique=True)

    def draw_groups():
        found = []
        for name in data.draw(st.sets(st.sampled_from("pqr"), min_size=1)):
            members = data.draw(named)
            hour = data.draw(st.integers(6, 20))
            at = slot(
                data.draw(st.integers(1, 7)),
                f"{hour:02d}:30",
                data.draw(zones),
                60,
                data.draw(st.integers(1, 2)),
            )
            quorum = data.draw(st.integers(2, len(members)))
            found.append(
                group(name, *members, at=at, quorum=quorum, least_percent=data.draw(st.sampled_from([0, 50])))
            )
        return found

    where = program("2026-03-02", weeks=5)
    first = meet(draw_groups(), people, where)
    now = NOW + timedelta(days=data.draw(st.integers(0, 60)))
    second = meet(draw_groups(), people, where, changed_at=now, not_before=now, previous=first.sessions)
    before = {one.uid: one for one in first.sessions}
    assert before.keys() <= {one.uid for one in second.sessions}
    for one in second.sessions:
        old = before.get(one.uid)
        if old is not None:
            assert set(one.people) >= set(old.attendees)
            assert one == old or one.start >= now or one.state is State.CANCELLED


def test_a_group_whose_time_is_taken_gets_another_and_one_that_meets_keeps_its_own(meet, member, program):
    people = [member(one) for one in "abcd"]
    where = program("2026-03-02")
    first = meet([group("p", *"abc")], people, where, network="n")
    members = {one.id: one for one in people}
    asked = [group("q", *"bcd")]
    assert find_times(asked, members, where) == asked
    (moved,) = find_times(asked, members, where, commitments=first.sessions)
    assert (moved.slot.weekday, f"{moved.slot.start:%H:%M}") == (3, "14:00")
    made = meet([moved], people, where, commitments=first.sessions)
    assert times(made) == ["03-04 14:00", "03-11 14:00", "03-18 14:00", "03-25 14:00"]
    part = first.sessions[:1]
    running = meet(asked, people, where, network="n").sessions
    assert find_times(asked, members, where, commitments=part, previous=running) == asked
    assert find_times(asked, members, where, commitments=part) != asked
    never = [member(one, hours="15-16", days=[3]) for one in "bcd"]
    stuck = {one.id: one for one in never}
    assert find_times(asked, stuck, where, commitments=first.sessions) == asked


def test_the_agenda_of_a_group_is_its_own(meet, member, program):
    from matcher.domain.rota_policy import Agenda, AgendaPart

    parts = (AgendaPart(percent=100, text="Nothing but silence"),)
    told = group("p", *"abc", agenda=Agenda(first=parts, middle=parts, last=parts))
    made = meet([told], [member(one) for one in "abc"], program("2026-03-02")).sessions
    assert all("0:00 Nothing but silence (60 min)" in one.description for one in made)

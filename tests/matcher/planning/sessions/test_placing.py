"""Where sessions are put."""

from __future__ import annotations

import itertools
import random
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain.session import Obstacle, State
from matcher.planning.sessions.check import absence, session_weeks
from matcher.planning.sessions.sessions import schedule_sessions
from matcher.planning.sessions.slots import burden_points

# A zone, and the first day of a cycle of six weeks in which its clocks change.
CHANGES = [
    ("Europe/Berlin", "2026-03-09"),
    ("Europe/Berlin", "2026-10-05"),
    ("America/New_York", "2026-02-16"),
    ("America/New_York", "2026-10-12"),
    ("America/Sao_Paulo", "2026-03-09"),
    ("Africa/Casablanca", "2026-02-02"),
    ("Africa/Casablanca", "2026-03-02"),
    ("Australia/Sydney", "2026-03-16"),
    ("Australia/Sydney", "2026-09-14"),
    ("Australia/Lord_Howe", "2026-03-16"),
    ("Asia/Kathmandu", "2026-03-09"),
]


def local(session, zone):
    return session.start.astimezone(ZoneInfo(zone))


@pytest.mark.parametrize(("zone", "start"), CHANGES)
@pytest.mark.parametrize("other", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
def test_a_series_keeps_its_time_in_the_guides_zone_when_clocks_change(
    zone, start, other, member, program, schedule
):
    learner = member("learner", other, "0-24", days=range(1, 8), night_ok=True)
    guide = member("guide", zone, "9-17")
    made = schedule([("learner", "guide")], [learner, guide], program(start, weeks=6))
    assert len(made.sessions) == 6
    assert made.unscheduled == ()
    times = {(local(s, zone).weekday(), local(s, zone).time()) for s in made.sessions}
    assert len(times) == 1
    assert {s.time_zone for s in made.sessions} == {zone}


def test_the_other_persons_time_moves_with_the_clocks_and_stays_within_their_hours(member, program, schedule):
    learner = member("learner", "America/New_York", "9-10:30")
    guide = member("guide", "Europe/Berlin", "14-17")
    made = schedule([("learner", "guide")], [learner, guide], program("2026-02-23", weeks=6))
    assert len(made.sessions) == 6  # the two zones are five hours apart from 8 to 28 March, six otherwise
    hours = [local(s, "America/New_York").strftime("%H:%M") for s in made.sessions]
    assert set(hours) <= {"09:00", "09:30"}
    assert len({local(s, "Europe/Berlin").strftime("%a %H:%M") for s in made.sessions}) == 2


def test_kathmandu_meets_on_the_half_hour_grid_of_utc(member, program, schedule):
    people = [member("learner", "Asia/Kathmandu"), member("guide", "Asia/Kathmandu")]
    made = schedule([("learner", "guide")], people, program())
    assert {local(s, "Asia/Kathmandu").minute % 30 for s in made.sessions} == {15}


def test_no_session_in_an_hour_that_the_clock_skips(member, program, schedule):
    sunday = {"days": [7], "night_ok": True, "hours": "2-3"}
    people = [member("learner", "Europe/Berlin", **sunday), member("guide", "Europe/Berlin", **sunday)]
    made = schedule([("learner", "guide")], people, program("2026-03-23", weeks=2))
    assert [s.index for s in made.sessions] == [1]  # 02:00 does not exist on 29 March
    assert [(u.index, u.reason) for u in made.unscheduled] == [(0, Obstacle.NO_AVAILABILITY)]


def test_cadence_and_length_are_the_cycles(member, program, schedule):
    made = schedule([("l", "g")], [member("l"), member("g")], program(weeks=12, every=3, minutes=45))
    assert [s.index for s in made.sessions] == [0, 1, 2, 3]
    assert {s.end - s.start for s in made.sessions} == {timedelta(minutes=45)}
    assert {b.start - a.start for a, b in itertools.pairwise(made.sessions)} <= {
        timedelta(days=21),
        timedelta(days=21, hours=-1),
    }


def test_a_week_that_cannot_hold_the_time_gets_a_near_one(member, program, schedule):
    guide = member("g", hours="10-11,15-16", days=[3])
    busy = [{"start": "2026-03-11T09:00Z", "end": "2026-03-11T10:00Z"}]
    made = schedule([("l", "g")], [member("l", busy=busy), guide], program())
    assert [local(s, "Europe/Berlin").hour for s in made.sessions] == [15, 15, 15, 15]
    also = [{"start": "2026-03-18T14:00Z", "end": "2026-03-18T15:00Z"}]
    moved = schedule([("l", "g")], [member("l", busy=busy + also), guide], program())
    assert sorted(local(s, "Europe/Berlin").hour for s in moved.sessions) in (
        [10, 10, 10, 15],
        [10, 15, 15, 15],
    )


def test_leave_takes_a_week_and_says_so(member, program, schedule):
    away = member("l", leave=[{"start": "2026-03-09", "end": "2026-03-15"}])
    made = schedule([("l", "g")], [away, member("g")], program())
    assert [s.index for s in made.sessions] == [0, 2, 3]
    (missing,) = made.unscheduled
    assert (missing.index, missing.reason) == (1, Obstacle.NO_AVAILABILITY)
    assert missing.free_minutes == (0, 40 * 60)
    assert "Name l offered no free time in the week from 2026-03-09" in missing.sentence


def test_nobody_meets_at_night_unless_they_allow_it(member, program, schedule):
    late = {"hours": "22-24"}
    refused = schedule([("l", "g")], [member("l", **late), member("g", **late)], program())
    assert refused.sessions == ()
    assert [u.index for u in refused.unscheduled] == [None]
    allowed = schedule(
        [("l", "g")], [member("l", night_ok=True, **late), member("g", night_ok=True, **late)], program()
    )
    assert len(allowed.sessions) == 4


def test_caregivers_get_the_middle_of_the_day(member, program, schedule):
    both = "7-9,10-11,18-20"
    for caregiver in ("l", "g"):
        people = [member(i, hours=both, caregiver=i == caregiver) for i in ("l", "g")]
        made = schedule([("l", "g")], people, program())
        assert {local(s, "Europe/Berlin").hour for s in made.sessions} == {10}
    early_or_late = [member("l", hours="8-9,18-19"), member("g", hours="8-9,18-19")]
    made = schedule([("l", "g")], early_or_late, program())
    assert {local(s, "Europe/Berlin").hour for s in made.sessions} == {8}


def test_the_unsocial_curve_is_flat_at_work_and_doubles_for_caregivers():
    assert [burden_points(1, hour, False) for hour in (9, 10, 11, 13)] == [0, 0, 0, 0]
    assert burden_points(1, 19, True) == 2 * burden_points(1, 19, False)
    assert burden_points(6, 10, True) == burden_points(6, 10, False) > 0
    evening = [burden_points(1, hour, False) for hour in range(16, 24)]
    assert evening == sorted(evening)


def test_a_member_in_five_pairs_is_never_in_two_places(member, program, schedule):
    guide = member("g", hours="9-14", days=[2])
    learners = [member(f"l{i}", hours="8-18") for i in range(5)]
    pairs = [(learner.id, "g") for learner in learners]
    made = schedule(pairs, [guide, *learners], program())
    assert len(made.sessions) == 20
    assert made.unscheduled == ()
    sixth = member("l5", hours="8-18")
    full = schedule([*pairs, ("l5", "g")], [guide, *learners, sixth], program())
    assert len(full.sessions) == 20
    assert {(u.index, u.reason) for u in full.unscheduled} == {(None, Obstacle.TAKEN)}


def test_a_series_in_dst_weeks_does_not_run_into_the_guides_other_series(member, program, schedule):
    guide = member("g", "America/New_York", "9-14", days=[2])
    zones = ("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Africa/Casablanca", "Europe/London")
    learners = [member(zone, zone, "8-21") for zone in zones]
    made = schedule([(zone, "g") for zone in zones], [guide, *learners], program("2026-02-16", weeks=8))
    assert len(made.sessions) == 40
    assert all(
        len({local(s, "America/New_York").time() for s in made.sessions if s.key[0] == zone}) == 1
        for zone in zones
    )


def test_people_with_few_common_slots_choose_first(member, program, schedule):
    guide = member("g", hours="10-12", days=[1])
    flexible, bound = member("a-flexible", hours="9-17"), member("z-bound", hours="10-11")
    for seed in range(5):
        made = schedule(
            [("a-flexible", "g"), ("z-bound", "g")], [guide, flexible, bound], program(), seed=seed
        )
        assert len(made.sessions) == 8


def test_a_session_moves_aside_for_one_that_has_nowhere_else(member, program, schedule):
    # y's guide is also in a pair with x, so that the fewest-choices order alone would block one of them.
    guide = member("g", hours="9-10,11-12", days=[1])
    other = member("h", hours="11-12,14-15,15-16", days=[1])
    both = member("x", hours="9-10,11-12,14-15", days=[1])
    only = member("y", hours="9-10", days=[1])
    for seed in range(10):
        made = schedule(
            [("x", "g"), ("x", "h"), ("y", "g")], [guide, other, both, only], program(), seed=seed
        )
        assert made.unscheduled == ()


@pytest.mark.parametrize(
    ("learner", "guide", "minutes", "reason"),
    [
        ("", "9-17", 60, Obstacle.NO_AVAILABILITY),
        ("9-12", "13-17", 60, Obstacle.NO_COMMON_TIME),
        ("9-12", "11:30-17", 60, Obstacle.TOO_SHORT),
    ],
)
def test_a_pair_without_any_session_says_why_with_numbers(
    learner, guide, minutes, reason, member, program, schedule
):
    people = [member("l", hours=learner), member("g", hours=guide)]
    made = schedule([("l", "g")], people, program(minutes=minutes))
    (missing,) = made.unscheduled
    assert (missing.key, missing.index, missing.reason) == (("l", "g"), None, reason)
    spans = [
        [tuple(map(_minutes, s.split("-"))) for s in hours.split(",") if s] for hours in (learner, guide)
    ]
    free = [sum(b - a for a, b in span) * 5 * 4 for span in spans]
    assert list(missing.free_minutes) == free
    assert f"{free[1] // 60}" in missing.sentence


def _minutes(text):
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute or 0)


def test_other_commitments_are_not_overlapped(member, program, schedule):
    people = [member("l", hours="9-11", days=[1]), member("g", hours="9-11", days=[1])]
    first = schedule([("l", "g")], people, program())
    third = member("k", hours="9-11", days=[1])
    made = schedule([("l", "k")], [*people, third], program(), commitments=first.sessions)
    assert len(made.sessions) == 4
    assert not {s.start for s in made.sessions} & {s.start for s in first.sessions}
    cancelled = [s.model_copy(update={"state": State.CANCELLED}) for s in first.sessions]
    free_again = schedule([("l", "g")], people, program(), commitments=cancelled)
    assert {s.start for s in free_again.sessions} == {s.start for s in first.sessions}


ZONES = ["Europe/Berlin", "America/New_York", "Africa/Casablanca", "Asia/Kathmandu", "Australia/Lord_Howe"]


@st.composite
def networks(draw):
    """A few people with odd hours, and pairs among them."""
    rng = random.Random(draw(st.integers(0, 10**6)))
    spans = ["9-17", "8-9:30,16-21", "0-24", "10-11", "13-13:30,15-17:30", "22-24", "6:15-9:45"]
    people = [
        {
            "identifier": f"m{i}",
            "zone": rng.choice(ZONES),
            "hours": rng.choice(spans),
            "days": rng.sample(range(1, 8), rng.randint(1, 7)),
            "night_ok": rng.random() < 0.4,
            "caregiver": rng.random() < 0.3,
            "busy": [
                {"start": t, "end": t + timedelta(minutes=rng.choice([20, 60, 1500]))}
                for t in (
                    datetime(2026, 3, 9, tzinfo=UTC) + timedelta(minutes=rng.randrange(30240))
                    for _ in range(3)
                )
            ],
        }
        for i in range(draw(st.integers(2, 6)))
    ]
    pairs = [
        (a["identifier"], b["identifier"])
        for a in people
        for b in people
        if a is not b and rng.random() < 0.5
    ]
    return people, pairs, draw(st.sampled_from([1, 2])), draw(st.sampled_from([30, 45, 60, 90]))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(networks())
def test_any_network_gives_a_clean_schedule_in_which_nothing_is_left_out_needlessly(
    member, program, schedule, case
):
    people, pairs, every, minutes = case
    members = [member(**dict(values)) for values in people]
    cycle_program = program("2026-03-09", weeks=3, every=every, minutes=minutes)
    made = schedule(pairs, members, cycle_program)
    check_maximal(made, {person.id: person for person in members}, cycle_program)


def check_maximal(made, people, cycle_program):
    """No session that is missing could be put anywhere in its week."""
    meetings = {person: [] for person in people}
    for session in made.sessions:
        for person in session.attendees:
            meetings[person].append((session.start, session.end))
    length = timedelta(minutes=cycle_program.cycle.session_minutes)
    half = timedelta(minutes=30)
    taken = -(-length // half) * half
    for missing in made.unscheduled:
        both = [people[one] for one in missing.key]
        weeks = session_weeks(cycle_program)
        for index in range(len(weeks)) if missing.index is None else [missing.index]:
            zone = ZoneInfo(both[1].time_zone)
            monday = cycle_program.cycle.start + timedelta(weeks=weeks[index])
            moment = datetime(monday.year, monday.month, monday.day, tzinfo=UTC) - timedelta(days=1)
            for _ in range(9 * 48):
                moment += half
                day = moment.astimezone(zone).date()
                local_moment = moment.astimezone(zone)
                if not monday <= day < monday + timedelta(weeks=1) or local_moment.fold:
                    continue
                end = moment + taken
                last = datetime.combine(cycle_program.cycle.end, datetime.min.time(), UTC) + timedelta(days=1)
                first = datetime.combine(cycle_program.cycle.start, datetime.min.time(), UTC)
                if moment < first or end > last:
                    continue
                if any(a < end and moment < b for p in both for a, b in meetings[p.id]):
                    continue
                assert any(absence(p, moment, end) for p in both), (missing, moment)


@pytest.mark.slow
def test_two_hundred_pairs_take_less_than_a_second(member, program, schedule):
    rng = random.Random(1)
    people = [member(f"m{i}", rng.choice(ZONES), rng.choice(["8-12", "9-17", "13-18"])) for i in range(400)]
    pairs = [(f"m{i}", f"m{200 + rng.randrange(200)}") for i in range(200)]
    members = {person.id: person for person in people}
    begin = time.process_time()
    made = schedule_sessions(pairs, members, program(weeks=12, every=2), seed=1, changed_at=datetime.now(UTC))
    assert time.process_time() - begin < 1
    assert made.sessions


def plain_best(both, cycle_program):
    """Most weeks that one weekly time can hold, and its least unsocial points, by trying every one."""
    guide = both[1]
    weeks, zone = session_weeks(cycle_program), ZoneInfo(guide.time_zone)
    slots = -(-cycle_program.cycle.session_minutes // 30)
    held, cost = {}, {}
    first = datetime.combine(cycle_program.cycle.start, datetime.min.time(), UTC)
    for number in range(len(weeks) * cycle_program.cycle.weeks_between_sessions * 7 * 48 - slots + 1):
        moment = first + timedelta(minutes=30 * number)
        there = moment.astimezone(zone)
        day = (there.date() - cycle_program.cycle.start).days
        if day < 0 or day // 7 not in weeks or there.fold:
            continue
        if any(absence(p, moment, moment + timedelta(minutes=30 * slots)) for p in both):
            continue
        points = []
        for person in both:
            clocks = [
                (moment + timedelta(minutes=30 * k)).astimezone(ZoneInfo(person.time_zone))
                for k in range(slots)
            ]
            points.append(sum(burden_points(c.isoweekday(), c.hour, person.caregiver) for c in clocks))
        key = (day % 7, there.time())
        held[key] = held.get(key, 0) + 1
        cost[key] = cost.get(key, 0) + sum(points) + max(points)
    most = max(held.values(), default=0)
    return most, min((cost[key] for key in held if held[key] == most), default=0), held, cost


@settings(max_examples=25, derandomize=True, deadline=None)
@given(networks())
def test_the_weekly_time_of_one_pair_is_the_best_there_is(member, program, schedule, case):
    people, _, every, minutes = case
    both = [member(**dict(values)) for values in people[:2]]
    cycle_program = program("2026-03-16", weeks=4, every=every, minutes=minutes)
    most, least_cost, held, cost = plain_best(both, cycle_program)
    made = schedule([(both[0].id, both[1].id)], both, cycle_program)
    keys = [
        ((local(s, s.time_zone).date() - cycle_program.cycle.start).days % 7, local(s, s.time_zone).time())
        for s in made.sessions
    ]
    assert bool(keys) == (most > 0)
    if keys:
        best = {key for key in held if held[key] == most and cost[key] == least_cost}
        assert any(keys.count(key) == most for key in best), (keys, best)

"""Weekly times on real dates, in cycles in which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from matcher.candidates.free_time import Calendar
from matcher.candidates.pods.weeks import Week, session_starts
from matcher.domain.program import Cycle

AUTUMN = Cycle(id="c", start=date(2026, 9, 28), end=date(2026, 12, 20))
SPRING = Cycle(id="c", start=date(2026, 2, 23), end=date(2026, 5, 17))
ZONES = ("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Sydney", "Asia/Kathmandu")
WEDNESDAY, TEN = 3, 600


@pytest.mark.parametrize("cycle", [AUTUMN, SPRING])
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("every", [1, 2, 5])
def test_a_time_stays_the_same_by_its_own_clocks(cycle, zone, every):
    starts = session_starts(cycle, zone, WEDNESDAY, TEN, 60, every)
    local = [start.astimezone(ZoneInfo(zone)) for start in starts]
    assert len(starts) == -(-12 // every)
    assert {(one.isoweekday(), one.hour, one.minute) for one in local} == {(WEDNESDAY, 10, 0)}
    assert {(b.date() - a.date()).days for a, b in pairwise(local)} <= {7 * every}


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Berlin", datetime(2026, 10, 21, 8), datetime(2026, 10, 28, 9)),
        ("America/New_York", datetime(2026, 10, 28, 14), datetime(2026, 11, 4, 15)),
        ("Australia/Sydney", datetime(2026, 9, 30, 0), datetime(2026, 10, 6, 23)),
        ("America/Sao_Paulo", datetime(2026, 10, 21, 13), datetime(2026, 10, 28, 13)),
        ("Asia/Kathmandu", datetime(2026, 10, 21, 4, 15), datetime(2026, 10, 28, 4, 15)),
    ],
)
def test_the_instant_moves_in_the_week_in_which_the_clocks_change(zone, before, after):
    starts = session_starts(AUTUMN, zone, WEDNESDAY, TEN, 60, 1)
    assert {before.replace(tzinfo=UTC), after.replace(tzinfo=UTC)} <= set(starts)


def test_a_time_that_the_clocks_skip_is_moved_and_of_one_they_repeat_the_earlier_is_taken():
    skipped = session_starts(SPRING, "Europe/Berlin", 7, 150, 60, 1)
    assert datetime(2026, 3, 29, 1, 30, tzinfo=UTC) in skipped
    repeated = session_starts(AUTUMN, "Europe/Berlin", 7, 150, 60, 1)
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) in repeated


def test_weeks_begin_with_the_cycle_and_only_whole_ones_count():
    cycle = Cycle(id="c", start=date(2026, 10, 1), end=date(2026, 10, 16))
    starts = session_starts(cycle, "UTC", WEDNESDAY, TEN, 60, 1)
    assert [start.date() for start in starts] == [date(2026, 10, 7), date(2026, 10, 14)]
    assert session_starts(cycle, "UTC", 4, TEN, 60, 2) == [datetime(2026, 10, 1, 10, tzinfo=UTC)]


def test_a_horizon_ends_the_sessions_before_the_cycle_does():
    whole = session_starts(AUTUMN, "UTC", WEDNESDAY, TEN, 60, 2)
    assert session_starts(AUTUMN, "UTC", WEDNESDAY, TEN, 60, 2, 6) == whole[:3]
    assert session_starts(AUTUMN, "UTC", WEDNESDAY, TEN, 60, 2, 7) == whole[:4]
    assert session_starts(AUTUMN, "UTC", WEDNESDAY, TEN, 60, 13, 1) == whole[:1]
    assert session_starts(AUTUMN, "UTC", WEDNESDAY, TEN, 60, 2, 53) == whole


def test_sessions_beyond_the_cycle_are_left_out():
    cycle = Cycle(id="c", start=date(2026, 10, 5), end=date(2026, 10, 11))
    assert session_starts(cycle, "America/New_York", 7, 22 * 60, 60, 1) == []
    assert session_starts(cycle, "Asia/Tokyo", 1, 60, 60, 1) == []


@pytest.mark.parametrize("zone", ZONES)
def test_a_week_holds_every_slot_of_the_grid_with_its_dates(zone):
    week = Week.of(AUTUMN, zone, (45, 2, 9), 30)
    assert (np.diff(week.start) > 0).all()
    origin = datetime(2026, 9, 28, tzinfo=UTC)
    for s in range(0, len(week.start), 37):
        starts = session_starts(
            AUTUMN, zone, int(week.start[s]) // 1440 + 1, int(week.start[s]) % 1440, 45, 2, 9
        )
        found = [origin + timedelta(minutes=int(m)) for m in week.begin[s, : week.sessions[s]]]
        assert found == starts


@pytest.mark.parametrize(("zone", "good"), [("Europe/Berlin", True), ("America/New_York", False)])
def test_comfort_looks_at_every_date(zone, good):
    """17:00 in Berlin ends at 18:00 there; in New York it is 11:00, and 12:00 in the week between changes."""
    week = Week.of(AUTUMN, "Europe/Berlin", (60, 1, 12), 60)
    calendar = Calendar(AUTUMN.start, AUTUMN.end)
    seventeen = int(np.flatnonzero(week.start == 17 * 60)[0])
    assert week.comfortable(calendar, zone)[seventeen]
    eight = int(np.flatnonzero(week.start == 8 * 60)[0])
    assert week.comfortable(calendar, zone)[eight] == good
    fourteen = int(np.flatnonzero(week.start == 14 * 60)[0])
    assert week.comfortable(calendar, "America/New_York")[fourteen]
    thirteen = int(np.flatnonzero(week.start == 13 * 60 + 0)[0])
    assert not week.comfortable(calendar, "America/New_York")[thirteen]

"""Quiet hours in the reader's own zone, and the waits between attempts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.settings import QuietHours
from matcher.mail.timing import RETRIES, after_quiet, retry_after

NIGHT = QuietHours()


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        ("2026-09-01T20:59:59+02:00", "2026-09-01T20:59:59+02:00"),
        ("2026-09-01T21:00:00+02:00", "2026-09-02T07:00:00+02:00"),
        ("2026-09-02T06:59:59+02:00", "2026-09-02T07:00:00+02:00"),
        ("2026-09-02T07:00:00+02:00", "2026-09-02T07:00:00+02:00"),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"),
    ],
)
def test_the_night_ends_at_seven_local_time(moment, wanted):
    assert after_quiet(at(moment), NIGHT, "Europe/Berlin") == at(wanted)


def test_hours_within_a_day_and_none_at_all():
    siesta = QuietHours(start=time(13), end=time(16))
    assert after_quiet(at("2026-09-01T14:00+02:00"), siesta, "Europe/Madrid") == at("2026-09-01T16:00+02:00")
    noon = at("2026-09-01T12:00+02:00")
    assert after_quiet(noon, siesta, "Europe/Madrid") == noon
    assert after_quiet(noon, None, "Europe/Madrid") == noon
    assert after_quiet(noon, QuietHours(start=time(7), end=time(7)), "Europe/Madrid") == noon


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]),
    start=st.times(),
    end=st.times(),
)
def test_what_comes_out_is_never_earlier_nor_a_day_later_nor_quiet(moment, zone, start, end):
    quiet = QuietHours(start=start, end=end)
    found = after_quiet(moment, quiet, zone)
    assert moment <= found <= moment + timedelta(hours=25)
    if found != moment and start != end:
        assert found.astimezone(ZoneInfo(zone)).time() >= end or found - moment < timedelta(hours=1)


def test_waits_grow_and_come_to_an_end():
    assert [retry_after(count) for count in range(1, len(RETRIES) + 2)] == [*RETRIES, None]
    assert list(RETRIES) == sorted(RETRIES)

"""Series of every common kind, read by us and by recurring-ical-events: the same times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.calendar.busy.reading import read
from matcher.calendar.busy.spans import clipped, joined
from tests.matcher.calendar.busy.conftest import WINDOW, calendar, event

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FIRST = datetime(2026, 8, 3)


def by_day(numbers):
    days = st.sampled_from(WEEKDAYS)
    if not numbers:
        return days
    return st.builds(lambda number, day: f"{number}{day}", st.sampled_from(("", "1", "2", "-1")), days)


@st.composite
def rules(draw):
    """A rule whose first time is DTSTART only where the rule says so: both readers add it."""
    frequency = draw(st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY")))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 4))}"]
    if frequency in ("WEEKLY", "MONTHLY") and draw(st.booleans()):
        days = draw(st.lists(by_day(frequency == "MONTHLY"), min_size=1, max_size=3, unique=True))
        parts.append(f"BYDAY={','.join(days)}")
    elif frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
        parts.append(f"BYMONTHDAY={draw(st.sampled_from((1, 15, 29, 31, -1, -3)))}")
    if frequency == "YEARLY" and draw(st.booleans()):
        parts.append(f"BYMONTH={draw(st.sampled_from(('2', '9,10', '3,6,12')))}")
    bound = draw(st.sampled_from(("", "COUNT", "UNTIL")))
    if bound == "COUNT":
        parts.append(f"COUNT={draw(st.integers(1, 12))}")
    if bound == "UNTIL":
        parts.append(f"UNTIL={FIRST + timedelta(days=draw(st.integers(70, 500))):%Y%m%d}T235959Z")
    return "RRULE:" + ";".join(parts)


@st.composite
def series(draw, number=0):
    """An event at hours in which no clock changes, and perhaps a change to one of its occurrences."""
    zone = draw(st.sampled_from(ZONES))
    start = FIRST + timedelta(days=draw(st.integers(0, 60)), hours=draw(st.integers(6, 20)))
    minutes = draw(st.sampled_from((15, 60, 150)))
    whole_day = draw(st.integers(0, 5)) == 0
    begin = f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}"
    if whole_day:
        begin = f"DTSTART;VALUE=DATE:{start:%Y%m%d}"
    length = f"DURATION:P{draw(st.integers(1, 3))}D" if whole_day else f"DURATION:PT{minutes}M"
    lines = [begin, length]
    found = []
    if draw(st.booleans()):
        lines.append(draw(rules()))
        days = draw(st.lists(st.integers(1, 40), max_size=3, unique=True))
        if not whole_day:
            form = f"EXDATE;TZID={zone}:{{:%Y%m%dT%H%M%S}}"
            lines += [form.format(start + timedelta(days=day)) for day in days]
            if draw(st.booleans()):
                # Never one of the rule's own: the other reader then loses a change to it.
                at = start + timedelta(days=draw(st.integers(1, 60)), minutes=7)
                lines.append(f"RDATE;TZID={zone}:{at:%Y%m%dT%H%M%S}")
                to = at + timedelta(hours=30)
                was, now = (f"{name};TZID={zone}:{{:%Y%m%dT%H%M%S}}" for name in ("RECURRENCE-ID", "DTSTART"))
                changed = (was.format(at), now.format(to))
                if draw(st.booleans()):
                    found.append(event(*changed, "DURATION:PT20M", uid=f"u{number}"))
    return [event(*lines, uid=f"u{number}"), *found]


def second_reading(data, zone):
    """The times as recurring-ical-events finds them."""
    found = []
    whole = icalendar.Calendar.from_ical(data)
    for one in recurring_ical_events.of(whole, skip_bad_series=True).between(*WINDOW):
        start, end = one.start, one.end
        if not isinstance(start, datetime):
            start, end = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (start, end))
        found.append((int(start.timestamp()), int(end.timestamp())))
    low, high = (int(moment.timestamp()) for moment in WINDOW)
    return clipped(joined(found), (low, high))


@given(st.integers(1, 3).flatmap(lambda count: st.tuples(*(series(k) for k in range(count)))))
@settings(max_examples=100, deadline=None)
def test_both_readers_find_the_same_times(events):
    data = calendar(*(one for some in events for one in some))
    ours = read(data, "UTC", tuple(int(moment.timestamp()) for moment in WINDOW))
    assert ours.report.told == []
    assert ours.spans == second_reading(data, UTC)

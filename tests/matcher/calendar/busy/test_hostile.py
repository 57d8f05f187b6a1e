"""Files that mean harm, or are merely broken: never a crash, never beyond the limits."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.calendar.busy import guarded
from matcher.calendar.busy.events import untimed
from matcher.calendar.busy.guarded import read_calendar
from matcher.calendar.busy.reading import read
from matcher.calendar.busy.report import (
    LONGEST_UID,
    MOST_BYTES,
    MOST_COMPONENTS,
    MOST_SPANS,
    MOST_TOLD,
    REFUSED,
    SKIPPED,
    Refused,
)
from tests.matcher.calendar.busy.conftest import WINDOW, calendar, event

SAMPLES = (
    Path(os.environ.get("PEERLOOM_BENCHMARK_DATA", Path(__file__).parents[5] / "shared" / "data")) / "ics"
)
SPAN = (int(WINDOW[0].timestamp()), int(WINDOW[1].timestamp()))
AT_EIGHT = ("DTSTART:20261005T080000Z", "DURATION:PT1H")
MINUTES = ",".join(map(str, range(60)))
GOOD = event(*AT_EIGHT, uid="good")


def codes(*components: str) -> tuple[int, list[str]]:
    """How many times a calendar takes, and what was skipped, read in a process of its own."""
    found = read_calendar(calendar(*components), "UTC", SPAN)
    return len(found.spans), [one.code for one in found.report.told]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("DTSTART:19700101T000000Z", "RRULE:FREQ=SECONDLY"), "rule-too-fine"),
        (("DTSTART:19700101T000000Z", "RRULE:FREQ=MINUTELY;INTERVAL=1440"), "rule-too-fine"),
        (("DTSTART:20261005T080000Z", f"RRULE:FREQ=DAILY;BYHOUR=0,1;BYMINUTE={MINUTES}"), "rule-too-fine"),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "too-slow"),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=YEARLY;BYDAY=MO,TU;BYSETPOS=9999"), "bad-rule"),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=YEARLY;BYWEEKNO=99"), None),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=DAILY;COUNT=" + "9" * 500), "bad-rule"),
        (("DTSTART:20261005T080000Z", "RRULE:" + ";".join(["FREQ=DAILY"] * 900)), "bad-rule"),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=DAILY;BYDAY=" + ",".join(["MO"] * 5000)), "bad-rule"),
        (("DTSTART:20261005T080000Z", "RDATE:" + ",".join(["20261005T080000Z"] * 1001)), "too-many-dates"),
        (("DTSTART:20261005T080000Z", *["RDATE:20261005T080000Z"] * 1001), "too-many-dates"),
        (("DTSTART:20261005T080000Z", "EXDATE:" + ",".join(["20261005T080000Z"] * 1001)), "too-many-dates"),
        (("DTSTART:20261005T080000Z", "DURATION:P" + "9" * 400 + "D"), "bad-value"),
        (("DTSTART:99991231T235959Z", "DURATION:P9999W"), "bad-value"),
        (("DTSTART:20261005T080000Z", "DURATION:P999999W", "RRULE:FREQ=DAILY"), "bad-value"),
        (("DTSTART:20261005T080000Z", "DURATION:PT9999999H", "RRULE:FREQ=DAILY;COUNT=2"), None),
        (("DTSTART:00010101T000000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2"), None),
        (("DTSTART:00010101", "RRULE:FREQ=YEARLY;INTERVAL=9998"), None),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=YEARLY;UNTIL=99991231T235959Z", "DURATION:PT1H"), None),
    ],
)  # fmt: skip
def test_a_hostile_event_is_left_out_and_its_neighbour_read(lines, code):
    number, told = codes(event(*lines, uid="bad"), GOOD)
    assert number >= 1
    assert told == ([] if code is None else [code])


def test_a_hostile_zone_is_not_followed():
    zone = (
        "BEGIN:VTIMEZONE|TZID:Bomb|BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|"
        "RRULE:FREQ=SECONDLY|END:STANDARD|END:VTIMEZONE"
    )
    assert codes(zone, event("DTSTART;TZID=Bomb:20261005T080000", "DURATION:PT1H")) == (1, ["bad-zone"])
    assert (
        codes(zone.replace("SECONDLY", "DAILY"), event("DTSTART;TZID=Bomb:20261005T080000", "DURATION:PT1H"))[
            0
        ]
        <= 1
    )


@pytest.mark.slow
def test_many_slow_rules_end_the_reading_in_time():
    slow = [
        event(*AT_EIGHT, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=f"u{number}")
        for number in range(200)
    ]
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        codes(*slow)
    assert refused.value.code == "reading-too-slow"
    assert time.monotonic() - began < guarded.PATIENCE_SECONDS + 5


def test_a_process_that_gets_no_time_is_ended_from_outside(monkeypatch):
    monkeypatch.setattr(guarded, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(Refused) as refused:
        codes(GOOD)
    assert refused.value.code == "reading-too-slow"


def test_a_reader_that_fails_says_so_and_shows_nothing(monkeypatch, capfd):
    monkeypatch.setattr(guarded.sys, "executable", "/bin/false")
    with pytest.raises(Refused) as refused:
        codes(GOOD)
    assert refused.value.code == "reading-failed"
    assert "Secret" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not-a-calendar"),
        (b"\0" * 1000, "not-a-calendar"),
        (b"<html>Sign in</html>", "not-a-calendar"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "not-a-calendar"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 2_000, "too-deep"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * MOST_COMPONENTS, "too-many-components"),
        (b"BEGIN:VCALENDAR\r\n" + b"X" * MOST_BYTES, "too-large"),
    ],
)
def test_a_hostile_file_is_refused(data, code):
    with pytest.raises(Refused) as refused:
        read_calendar(data, "UTC", SPAN)
    assert refused.value.code == code
    assert str(refused.value) == REFUSED[code]


def test_too_many_times_are_refused():
    rule = "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))
    rules = [f"{rule};BYMINUTE={minute}" for minute in (0, 20, 40)]
    start = ("DTSTART:20000101T000000Z", "DURATION:PT1M")
    assert codes(event(*start, *rules), GOOD) == (1, ["too-many-occurrences"])
    with pytest.raises(Refused) as refused:
        codes(*(event(*start, one, uid=one) for one in rules))
    assert refused.value.code == "too-many-times"


@pytest.mark.parametrize("line", ["SUMMARY:" + "a" * 900_000, 'DTSTART;X="' + "a" * 900_000, "X;" * 400_000])
def test_a_huge_line_costs_no_more_than_its_length(line):
    before = time.process_time()
    found = read(calendar(event(*AT_EIGHT, line), GOOD), "UTC", SPAN)
    assert len(found.spans) >= 1
    assert time.process_time() - before < 3


def test_a_flood_of_faults_is_counted_but_not_all_told():
    found = read(calendar(*[event("DTSTART:x", uid="u" * 5_000)] * 150), "UTC", SPAN).report
    assert (found.skipped, len(found.told)) == (150, MOST_TOLD)
    assert all(len(one.uid) == LONGEST_UID for one in found.told)


def within_limits(data, timed=untimed):
    """Read, and check what holds for every file."""
    try:
        found = read(data, "Europe/Berlin", SPAN, timed)
    except Refused:
        return None
    assert len(found.spans) <= MOST_SPANS
    assert all(SPAN[0] <= start < end <= SPAN[1] for start, end in found.spans)
    assert all(one[1] < two[0] for one, two in zip(found.spans, found.spans[1:], strict=False))
    assert all(one.code in SKIPPED for one in found.report.told)
    return found


def test_every_sample_is_read_or_refused():
    files = sorted(SAMPLES.rglob("*.ics"))
    if not files:
        pytest.skip("no sample calendars: PEERLOOM_BENCHMARK_DATA may name the folder that holds ics/")
    found = [within_limits(path.read_bytes()) for path in files]
    assert sum(one is not None for one in found) > len(files) // 2
    for path in files:  # moved to the years looked at, so that more of them take time
        data = path.read_bytes()
        for year in (b"2004", b"2005", b"2007", b"2010", b"2013", b"2014"):
            data = data.replace(b":" + year, b":2026")
        within_limits(data)


MOMENTS = """20261005T080000Z 20261005T090000 20261005 20261006T080000 00010101T000000 00010101T000000Z
99991231 99991231T235959 20261025T023000 20270328T023000 20261005T080000Z,20261006T080000Z
20261005T080000Z/PT1H 20261005/20261007 nonsense"""
LENGTHS = "PT1H P1D P1W P999999W PT9999999H PT9999999999S -PT1H P PT0S"
RULES = """FREQ=DAILY FREQ=DAILY;COUNT=3 FREQ=DAILY;UNTIL=00010101 FREQ=DAILY;UNTIL=99991231T235959Z
FREQ=WEEKLY;INTERVAL=100000 FREQ=WEEKLY;BYDAY=MO;WKST=SU FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU
FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU FREQ=YEARLY;BYYEARDAY=-366 FREQ=YEARLY;BYWEEKNO=53 FREQ=MONTHLY;BYDAY=9MO
FREQ=MONTHLY;BYMONTHDAY=0 FREQ=DAILY;BYHOUR=25"""
FITTING = {
    **dict.fromkeys(("DTSTART", "DTEND", "RDATE", "EXDATE", "RECURRENCE-ID"), MOMENTS),
    **dict.fromkeys(("RRULE", "EXRULE"), RULES),
    "DURATION": LENGTHS, "FREEBUSY": MOMENTS, "TZID": "Odd Europe/Berlin", "PRIORITY": "0 1 9 x",
    "STATUS": "CANCELLED",
    "BEGIN": "VEVENT VCALENDAR AVAILABLE VAVAILABILITY VFREEBUSY VTIMEZONE STANDARD DAYLIGHT",
    "END": "VEVENT VCALENDAR AVAILABLE VAVAILABILITY VFREEBUSY VTIMEZONE STANDARD DAYLIGHT",
    "TZOFFSETFROM": "+0100 -1200 +9999 x", "TZOFFSETTO": "+0200 +0000 x",
    "SUMMARY": "Secret", "UID": "one two",
}  # fmt: skip
PARAMETERS = st.sampled_from(
    ("", ";TZID=Europe/Berlin", ";TZID=Odd", ";VALUE=DATE", ";VALUE=PERIOD", ";RANGE=THISANDFUTURE", ';X="')
)


@st.composite
def odd_lines(draw):
    """Lines with values that mostly fit their names, in any order."""
    found = []
    for name in draw(st.lists(st.sampled_from(sorted(FITTING)), max_size=12)):
        value = draw(st.one_of(*[st.sampled_from(FITTING[name].split())] * 6, st.text(max_size=10)))
        found.append(f"{name}{draw(PARAMETERS)}:{value}")
    return found


@given(odd_lines(), odd_lines())
@settings(max_examples=150, deadline=None)
def test_odd_lines_in_any_order_never_crash_the_reader(lines, others):
    within_limits(calendar(*lines, *others))
    zone = "BEGIN:VTIMEZONE|TZID:Odd|BEGIN:STANDARD|DTSTART:19700101T000000"
    within_limits(calendar(zone, *others, "END:STANDARD|END:VTIMEZONE", event(*AT_EIGHT, *lines)))
    within_limits(calendar("BEGIN:VAVAILABILITY|BEGIN:AVAILABLE", *lines, "END:AVAILABLE|END:VAVAILABILITY"))
    within_limits(calendar(event(*AT_EIGHT, *lines), event("RECURRENCE-ID:20261005T080000Z", *others)))


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_bytes_of_any_kind_never_crash_the_reader(data):
    within_limits(data)
    within_limits(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + data + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")

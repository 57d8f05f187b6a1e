"""VTIMEZONE: every change of offset, of every zone, as its own table has it."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.calendar.posix import footer, footer_of, parse
from matcher.calendar.zones import timezone_of, vtimezone_bytes

START, END = datetime(2024, 1, 1), datetime(2031, 1, 1)
ZONES = sorted(zone for zone in available_timezones() if zone not in {"localtime", "Factory"})
ODD = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "America/Asuncion",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "Antarctica/Troll",
    "Asia/Almaty",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Chatham",
    "Pacific/Easter",
]


def tzif(posix: str) -> bytes:
    """The smallest TZif version 2 file that leaves everything to its footer."""
    offset = parse(posix)
    assert offset is not None
    kind = int(offset.standard.total_seconds()).to_bytes(4, "big", signed=True) + b"\0\0" + b"STD\0"

    def block() -> bytes:
        return b"TZif2" + bytes(15) + b"".join(n.to_bytes(4, "big") for n in (0, 0, 0, 0, 1, 4)) + kind

    return block() + block() + b"\n" + posix.encode() + b"\n"


def test_every_change_of_every_zone_from_2024_to_2030(zone_reader, changes_of_table):
    wrong = []
    expected = {}
    for zone in ZONES:
        data = vtimezone_bytes(zone, 2024, 2030)
        read = zone_reader(data, END)
        rule = (footer(zone), tuple(read.onsets))
        if rule not in expected:
            expected[rule] = changes_of_table(ZoneInfo(zone), START, END)
        if read.changes(START, END) != expected[rule] or read.onsets[0][0] > START:
            wrong.append(zone)
    assert len(ZONES) > 400
    assert wrong == []


@pytest.mark.parametrize("zone", ODD)
@pytest.mark.parametrize("first", [2024, 2026, 2028])
def test_odd_zones_are_right_at_every_instant_of_short_spans(zone, first, zone_reader):
    start, end = datetime(first, 1, 1), datetime(first + 1, 1, 1)
    read = zone_reader(vtimezone_bytes(zone, first, first), end + timedelta(days=2))
    table = ZoneInfo(zone)
    moment = start
    while moment < end:
        assert read.offset(moment) == table.fromutc(moment.replace(tzinfo=table)).utcoffset(), moment
        moment += timedelta(hours=3)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Europe/Dublin"])
def test_one_rule_each_for_summer_and_winter(zone):
    text = vtimezone_bytes(zone, 2026, 2027).decode()
    assert (
        text.count("BEGIN:STANDARD") == text.count("BEGIN:DAYLIGHT") == text.count("RRULE:FREQ=YEARLY") // 2
    )
    assert "RDATE" not in text


def test_daylight_is_the_larger_offset_even_in_ireland():
    text = vtimezone_bytes("Europe/Dublin", 2026, 2026).decode()
    daylight = text[text.index("BEGIN:DAYLIGHT") : text.index("END:DAYLIGHT")]
    assert "TZOFFSETTO:+0100" in daylight
    assert "TZNAME:IST" in daylight


def test_a_zone_that_no_footer_can_tell_gets_its_changes_one_by_one():
    text = vtimezone_bytes("Africa/Casablanca", 2026, 2027).decode()
    assert "RRULE" not in text
    assert "DTSTART:20260215T030000" in text  # Ramadan begins: back to UTC
    assert "DTSTART:20260322T020000" in text


def test_a_zone_without_rule_is_one_observance():
    text = vtimezone_bytes("Asia/Kathmandu", 2026, 2026).decode()
    assert text.count("BEGIN:") == 2
    assert "TZOFFSETTO:+0545" in text


def test_a_version_1_file_has_no_footer():
    assert footer_of(b"TZif" + bytes(40)) == ""
    assert parse("") is None
    assert parse("CET-1CEST,M13.5.0,M10.5.0") is None
    assert parse("CET-1CEST,J0,J365") is None


clocks = st.integers(-167 * 4, 167 * 4).map(
    lambda quarters: f"/{'-' if quarters < 0 else ''}{abs(quarters) // 4}:{abs(quarters) % 4 * 15:02d}"
)


def _rules(months: tuple[int, int], days: tuple[int, int]) -> st.SearchStrategy[str]:
    by_week = st.tuples(st.integers(*months), st.integers(1, 5), st.integers(0, 6)).map(
        lambda m: "M{}.{}.{}".format(*m)
    )
    form = st.one_of(by_week, st.integers(*days).map("J{}".format), st.integers(*days).map(str))
    return st.tuples(form, clocks).map("".join)


early, late = _rules((1, 5), (10, 150)), _rules((7, 12), (190, 366 - 10))


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    standard=st.integers(-12, 14),
    ahead=st.sampled_from(["30", "60", "120", "-60"]),
    rules=st.one_of(st.tuples(early, late), st.tuples(late, early)),
)
def test_any_pair_of_posix_rules(standard, ahead, rules, zone_reader, changes_of_table):
    west = -(standard * 60 + int(ahead))
    sign = "-" if west < 0 else ""
    posix = f"<AAA>{-standard}<BBB>{sign}{abs(west) // 60}:{abs(west) % 60:02d},{','.join(rules)}"
    rules_of = parse(posix)
    assert rules_of is not None
    table = ZoneInfo.from_file(io.BytesIO(tzif(posix)), key="Test/Zone")
    start, end = datetime(2024, 1, 1), datetime(2027, 1, 1)
    expected = changes_of_table(table, start, end)
    data = bytes(timezone_of("Test/Zone", table, rules_of, 2024, 2026).to_ical())
    read = zone_reader(data, end + timedelta(days=9))
    moment = start
    while moment < end:
        assert read.offset(moment) == table.fromutc(moment.replace(tzinfo=table)).utcoffset(), (posix, moment)
        moment += timedelta(hours=61)
    assert [c[0] for c in read.changes(start, end)] == [c[0] for c in expected], posix

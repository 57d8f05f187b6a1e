"""What takes time and when: events, series and their changes, zones, free/busy times, availability."""

from __future__ import annotations

import pytest

from matcher.calendar.busy.reading import read
from matcher.calendar.busy.report import SKIPPED
from tests.matcher.calendar.busy.conftest import calendar, event

AT_TEN = "2026-10-05 08:00/09:00"
"""10-11 in Berlin, in summer time."""


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20261005T080000Z", "DTEND:20261005T090000Z"),
        ("DTSTART:20261005T080000Z", "DURATION:PT1H"),
        ("DTSTART:20261005T100000", "DTEND:20261005T110000"),
        ("DTSTART;TZID=Europe/Berlin:20261005T100000", "DURATION:PT60M"),
        ("DTSTART;TZID=America/New_York:20261005T040000", "DURATION:PT3600S"),
        ('DTSTART;TZID="W. Europe Standard Time":20261005T100000', "DURATION:PT1H"),
        ("DTSTART;TZID=/example.org/20050126_1/Europe/Berlin:20261005T100000", "DURATION:PT1H"),
        ("DTSTART;VALUE=DATE-TIME:20261005T080000Z", "DTEND:20261005T090000Z", "STATUS:TENTATIVE"),
        ("dtstart:20261005t080000z", "dtend:20261005t090000z", "transp:opaque"),
    ],
)
def test_an_event_takes_its_time(times, lines):
    assert times(event(*lines)) == ([AT_TEN], [])


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "status:cancelled"])
def test_what_is_cancelled_or_transparent_takes_none(times, line):
    assert times(event("DTSTART:20261005T080000Z", "DURATION:PT1H", line)) == ([], [])


def test_a_calendar_that_cancels_takes_none():
    data = calendar("METHOD:CANCEL", event("DTSTART:20261005T080000Z", "DURATION:PT1H"))
    assert read(data, "UTC", (0, 2**32)).spans == []


def test_days_are_those_of_the_members_zone(times):
    day = event("DTSTART;VALUE=DATE:20261024", "DTEND;VALUE=DATE:20261026")
    assert times(day, zone="Europe/Berlin")[0] == ["2026-10-23 22:00/2026-10-25 23:00"]  # 49 hours
    assert times(day, zone="Asia/Tokyo")[0] == ["2026-10-23 15:00/2026-10-25 15:00"]
    assert times(event("DTSTART;VALUE=DATE:20261024"))[0] == ["2026-10-23 22:00/2026-10-24 22:00"]


def test_a_moment_without_an_end_takes_none(times):
    assert times(event("DTSTART:20261005T080000Z")) == ([], [])


def test_a_length_in_days_follows_the_clock_and_one_in_hours_does_not(times):
    start = "DTSTART;TZID=Europe/Berlin:20261024T120000"  # clocks go back on the 25th
    assert times(event(start, "DURATION:P1D"))[0] == ["2026-10-24 10:00/2026-10-25 11:00"]
    assert times(event(start, "DURATION:PT24H"))[0] == ["2026-10-24 10:00/2026-10-25 10:00"]


def test_times_that_a_clock_skips_or_repeats(times):
    skipped = event("DTSTART;TZID=Europe/Berlin:20270328T023000", "DURATION:PT15M")
    assert times(skipped)[0] == ["2027-03-28 01:30/01:45"]  # by the offset from before (RFC 5545, 3.3.5)
    repeated = event("DTSTART;TZID=Europe/Berlin:20261025T023000", "DURATION:PT15M")
    assert times(repeated)[0] == ["2026-10-25 00:30/00:45"]


def test_a_series_keeps_its_wall_time(times):
    found, _ = times(
        event("DTSTART;TZID=Europe/Berlin:20261019T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3")
    )
    assert found == ["2026-10-19 08:00/09:00", "2026-10-26 09:00/10:00", "2026-11-02 09:00/10:00"]


def test_a_series_from_long_ago_is_met_where_it_stands_now(times):
    rule = "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20261001T000000Z"
    found, _ = times(event("DTSTART:19980105T080000Z", "DURATION:PT1H", rule))
    assert [one[:10] for one in found] == ["2026-09-07", "2026-09-10", "2026-09-21", "2026-09-24"]


@pytest.mark.parametrize("until", ["20261020T080000Z", "20261020", "20261020T100000"])
def test_the_last_time_that_until_names_is_one_of_them(times, until):
    rule = f"RRULE:FREQ=DAILY;UNTIL={until}"
    found, _ = times(event("DTSTART;TZID=Europe/Berlin:20261019T100000", "DURATION:PT1H", rule))
    assert found == ["2026-10-19 08:00/09:00", "2026-10-20 08:00/09:00"]


def test_dates_are_added_and_taken_away(times):
    found, _ = times(
        event(
            "DTSTART:20261019T080000Z",
            "DURATION:PT1H",
            "RRULE:FREQ=DAILY;COUNT=4",
            "EXDATE:20261020T080000Z",
            "EXDATE;VALUE=DATE:20261021",
            "RDATE:20261024T080000Z",
            "RDATE;VALUE=PERIOD:20261025T080000Z/PT3H,20261026T080000Z/20261026T093000Z",
        )
    )
    assert found == [
        "2026-10-19 08:00/09:00",
        "2026-10-22 08:00/09:00",
        "2026-10-24 08:00/09:00",
        "2026-10-25 08:00/11:00",
        "2026-10-26 08:00/09:30",
    ]


SERIES = ("DTSTART;TZID=Europe/Berlin:20261005T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4")
FOUR = [f"2026-10-0{day} 08:00/09:00" for day in (5, 6, 7, 8)]


def test_an_occurrence_that_moved_is_where_it_moved_to(times):
    moved = event("RECURRENCE-ID:20261006T080000Z", "DTSTART:20261009T120000Z", "DURATION:PT30M")
    assert times(event(*SERIES), moved)[0] == [FOUR[0], *FOUR[2:], "2026-10-09 12:00/12:30"]
    assert times(moved, event(*SERIES))[0] == [FOUR[0], *FOUR[2:], "2026-10-09 12:00/12:30"]


@pytest.mark.parametrize("line", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"])
def test_an_occurrence_that_takes_no_time_is_left_out(times, line):
    off = event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20261006T100000", "DTSTART:20261006T080000Z", "DURATION:PT1H", line
    )
    assert times(event(*SERIES), off)[0] == [FOUR[0], *FOUR[2:]]


def test_of_two_changes_of_one_occurrence_the_newer_holds(times):
    first = event("RECURRENCE-ID:20261006T080000Z", "DTSTART:20261006T120000Z", "DURATION:PT1H", "SEQUENCE:2")
    later = event("RECURRENCE-ID:20261006T080000Z", "DTSTART:20261006T140000Z", "DURATION:PT1H", "SEQUENCE:3")
    for some in ((first, later), (later, first)):
        assert times(event(*SERIES), *some)[0] == [FOUR[0], "2026-10-06 14:00/15:00", *FOUR[2:]]


def test_a_change_of_all_that_follow_moves_them_all(times):
    onward = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261007T080000Z", "DTSTART:20261007T120000Z", "DURATION:PT2H"
    )
    assert times(event(*SERIES), onward)[0] == [*FOUR[:2], "2026-10-07 12:00/14:00", "2026-10-08 12:00/14:00"]


def test_a_change_whose_series_is_missing_stands_alone(times):
    assert times(event("RECURRENCE-ID:20261006T080000Z", "DTSTART:20261005T080000Z", "DURATION:PT1H"))[0] == [
        AT_TEN
    ]


def test_an_open_series_under_a_busy_occurrence(times):
    shown = event("RECURRENCE-ID:20261006T080000Z", "DTSTART:20261006T080000Z", "DURATION:PT1H")
    assert times(event(*SERIES, "TRANSP:TRANSPARENT"), shown)[0] == [FOUR[1]]


VIENNA = (
    "BEGIN:VTIMEZONE|TZID:{name}|BEGIN:STANDARD|DTSTART:19701025T030000|RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU|"
    "TZOFFSETFROM:+0200|TZOFFSETTO:+0100|END:STANDARD|BEGIN:DAYLIGHT|DTSTART:19700329T020000|"
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|END:DAYLIGHT|END:VTIMEZONE"
)


def test_a_zone_that_the_file_defines(times):
    rule = ("DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2")
    series = event("DTSTART;TZID=Customized Time Zone:20261019T100000", *rule)
    found = times(VIENNA.format(name="Customized Time Zone"), series, zone="Asia/Tokyo")
    assert found == (["2026-10-19 08:00/09:00", "2026-10-26 09:00/10:00"], [])


def test_a_zone_of_a_known_name_is_that_zone_whatever_the_file_says(times):
    found = times(
        VIENNA.format(name="Asia/Tokyo"), event("DTSTART;TZID=Asia/Tokyo:20261005T170000", "DURATION:PT1H")
    )
    assert found == ([AT_TEN], [])


def test_a_zone_that_nobody_knows_is_the_members_and_is_told(times):
    assert times(event("DTSTART;TZID=Middle Earth:20261005T100000", "DURATION:PT1H")) == (
        [AT_TEN],
        ["unknown-zone"],
    )
    broken = "BEGIN:VTIMEZONE|TZID:Odd|BEGIN:STANDARD|DTSTART:x|TZOFFSETFROM:y|END:STANDARD|END:VTIMEZONE"
    assert times(broken, event("DTSTART;TZID=Odd:20261005T100000", "DURATION:PT1H")) == (
        [AT_TEN],
        ["bad-zone"],
    )


def test_free_busy_times(times):
    found, skipped = times(
        "BEGIN:VFREEBUSY|FREEBUSY:20261005T080000Z/PT1H,20261006T080000Z/20261006T090000Z|"
        "FREEBUSY;FBTYPE=FREE:20261007T080000Z/PT1H|FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261008T080000Z/PT1H|"
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261007T080000Z/PT1H|END:VFREEBUSY"
    )
    assert (found, skipped) == (FOUR, [])


AVAILABLE = (
    "BEGIN:AVAILABLE|UID:b|DTSTART;TZID=Europe/Berlin:20260907T{start}|DTEND;TZID=Europe/Berlin:20260907T{end}|"
    "RRULE:FREQ=WEEKLY;BYDAY={days}|END:AVAILABLE"
)
OCTOBER = "DTSTART:20261005T000000Z|DTEND:20261007T000000Z"


def test_availability_takes_what_lies_outside_it(times):
    hours = AVAILABLE.format(start="090000", end="170000", days="MO,TU")
    found, skipped = times(f"BEGIN:VAVAILABILITY|UID:a|{OCTOBER}|{hours}|END:VAVAILABILITY")
    assert found == [
        "2026-10-05 00:00/07:00", "2026-10-05 15:00/2026-10-06 07:00", "2026-10-06 15:00/2026-10-07 00:00",
    ]  # fmt: skip
    assert skipped == []


def test_availability_of_the_higher_priority_holds(times):
    usual = AVAILABLE.format(start="090000", end="170000", days="MO,TU")
    travel = AVAILABLE.format(start="200000", end="210000", days="MO")
    found, _ = times(
        f"BEGIN:VAVAILABILITY|UID:a|PRIORITY:5|{OCTOBER}|{usual}|END:VAVAILABILITY",
        "BEGIN:VAVAILABILITY|UID:c|PRIORITY:1|DTSTART:20261005T000000Z|DURATION:P1D|"
        f"{travel}|END:VAVAILABILITY",
    )
    assert found == [
        "2026-10-05 00:00/18:00", "2026-10-05 19:00/2026-10-06 07:00", "2026-10-06 15:00/2026-10-07 00:00",
    ]  # fmt: skip


def test_availability_and_events_add_up_and_one_without_bounds_speaks_for_ever(times):
    hours = AVAILABLE.format(start="090000", end="170000", days="MO,TU,WE,TH,FR,SA,SU")
    whole = f"BEGIN:VAVAILABILITY|UID:a|{hours}|END:VAVAILABILITY"
    found, _ = times(whole, event("DTSTART:20261005T080000Z", "DURATION:PT1H"))
    assert AT_TEN in found
    assert found[0] == "2026-09-01 00:00/2026-09-07 07:00"
    assert found[-1].endswith("2027-10-01 00:00")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("DURATION:PT1H",), "no-start"),
        (("DTSTART:2026-10-05T08:00",), "bad-value"),
        (("DTSTART:20261305T080000Z",), "bad-value"),
        (("DTSTART:00000101",), "bad-value"),
        (("DTSTART:20261005T080000Z", "DURATION:1 hour"), "bad-value"),
        (("DTSTART:20261005T080000Z", "DTEND:20261005T070000Z"), "ends-before-start"),
        (("DTSTART:20261005T080000Z", "DURATION:-PT1H"), "ends-before-start"),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=SOMETIMES"), "bad-rule"),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=DAILY;INTERVAL=0"), "bad-rule"),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=DAILY;BYDAY=XX"), "bad-rule"),
        (("DTSTART:20261005T080000Z", "RRULE:RSCALE=CHINESE;FREQ=YEARLY"), "bad-rule"),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=HOURLY"), "rule-too-fine"),
        (("DTSTART:20261005T080000Z", "RRULE:FREQ=SECONDLY;COUNT=2"), "rule-too-fine"),
    ],
)
def test_what_is_broken_is_left_out_and_told_while_the_rest_is_read(times, lines, code):
    good = event("DTSTART:20261005T080000Z", "DURATION:PT1H", uid="good")
    assert times(event(*lines, uid="broken"), good) == ([AT_TEN], [code])


def test_every_reason_to_skip_has_a_sentence():
    assert all(sentence.endswith(".") for sentence in SKIPPED.values())


def test_a_file_that_was_cut_off_loses_its_last_event_only(times):
    whole = calendar(
        event("DTSTART:20261005T080000Z", "DURATION:PT1H"), event("DTSTART:20261006T080000Z", uid="two")
    )
    found = read(whole[: whole.rindex(b"END:VEVENT")], "UTC", (0, 2**32))
    assert (len(found.spans), [one.code for one in found.report.told]) == (1, ["not-closed"])


def test_folded_lines_byte_order_marks_and_other_line_ends():
    data = calendar(event("DTSTART;TZID=Europe/Ber", " lin:20261005T100000", "DURATION:PT1H"))
    plain = read(data, "UTC", (0, 2**32)).spans
    assert len(plain) == 1
    for other in (b"\xef\xbb\xbf" + data, data.replace(b"\r\n", b"\n"), data.replace(b"\r\n", b"\r")):
        assert read(other, "UTC", (0, 2**32)).spans == plain
    assert read(data.decode().encode("utf-16"), "UTC", (0, 2**32)).spans == plain

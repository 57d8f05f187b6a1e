"""Generated calendars, broken in every way that we could think of: read or refused, and within the limits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.calendar.busy.child import MEMORY_BYTES, PROCESSOR_SECONDS, _timed
from matcher.calendar.busy.report import MOST_BYTES, MOST_COMPONENTS, MOST_TOLD
from tests.matcher.calendar.busy.broken import DAMAGES, DAY, components, damaged
from tests.matcher.calendar.busy.conftest import calendar, event
from tests.matcher.calendar.busy.test_hostile import SPAN, within_limits

BEFORE = event("DTSTART:20261201T080000Z", "DURATION:PT1H", uid="before")
AFTER = event("DTSTART:20261202T080000Z", "DURATION:PT1H", uid="after")
BOTH = [(1_796_112_000, 1_796_115_600), (1_796_198_400, 1_796_202_000)]
GUESSED = ("unknown-zone", "bad-zone")


def read_in_time(data):
    """What is found, as the child reads; a report names at most so many components, and never a title."""
    found = within_limits(data[:MOST_BYTES], _timed)
    if found is not None:
        told = [one for one in found.report.told if one.code not in GUESSED]
        assert len(told) <= found.report.skipped
        assert len(found.report.told) <= MOST_TOLD
        assert "secret" not in repr(found.report).lower()
    return found


@given(st.lists(components(), max_size=4), st.lists(DAMAGES, min_size=1, max_size=3))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_damaged_file_is_read_or_refused(parts, damages):
    data = calendar(BEFORE, *parts, AFTER)
    for damage in damages:
        data = damaged(data, damage)
    read_in_time(data)


@given(st.lists(components(), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_what_is_broken_costs_its_neighbours_nothing(parts):
    closed = [one for one in parts if one.count("BEGIN:") == one.count("END:")]
    found = read_in_time(calendar(BEFORE, *closed, AFTER))
    if found is not None:
        for start, end in BOTH:
            assert any(low <= start and end <= high for low, high in found.spans)


def test_a_zone_that_takes_too_long_costs_one_event_and_no_waiting():
    rule = "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))
    part = f"BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|{rule}|END:STANDARD"
    zone = f"BEGIN:VTIMEZONE|TZID:Odd|{part}|{part}|END:VTIMEZONE"
    days = [event(f"DTSTART;TZID=Odd:2026120{day}T090000", "DURATION:PT1H", uid=f"{day}") for day in (3, 4)]
    found = read_in_time(calendar(BEFORE, zone, *days, AFTER))
    assert [(one.code, one.uid) for one in found.report.told] == [("bad-zone", None), ("too-slow", "3")]
    nine_in_berlin = (1_796_371_200, 1_796_374_800)
    assert found.spans == [*BOTH, nine_in_berlin]


def many(*lines: str) -> bytes:
    """As many copies of an event as the limits let in."""
    one = event(*lines)
    room = MOST_BYTES // (len(one) + 8 + one.count("|")) - 1
    return calendar(*[one] * min(room, MOST_COMPONENTS - 1))[:MOST_BYTES]


DATES = ",".join(f"202610{day:02d}T{hour:02d}0000Z" for day in range(1, 31) for hour in range(24))
HARD = {
    "5,000 events": many(f"DTSTART:{DAY}", "DURATION:PT1H"),
    "as many daily series as fit": many("DTSTART:19700101T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"),
    "series that never come": many(f"DTSTART:{DAY}", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
    "series of 24 times a day": many(
        "DTSTART:20000101T000000Z", "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))
    ),
    "720 dates in each event": many(f"DTSTART:{DAY}", "DURATION:PT1H", f"RDATE:{DATES}"),
    "720 dates and 720 left out": many(f"DTSTART:{DAY}", f"RDATE:{DATES}", f"EXDATE:{DATES}"),
    "changes to one series": calendar(
        event("DTSTART:20260901T080000Z", "RRULE:FREQ=DAILY"),
        *[event(f"RECURRENCE-ID:{DAY}", f"DTSTART:{DAY}", "DURATION:PT1H")] * 4_900,
    ),
    "one line of 1 MB": calendar(event(f"DTSTART:{DAY}", "SUMMARY:" + "a" * (MOST_BYTES - 300))),
    "one line folded at each letter": calendar(event(f"DTSTART:{DAY}", "SUMMARY:" + "|  a" * 190_000)),
    "a million parameters": calendar(event("DTSTART;X=" + ",".join("a" * 480_000) + f":{DAY}")),
    "zones with 1,000 rules": calendar(
        "|".join((
            "BEGIN:VTIMEZONE|TZID:Odd",
            *["BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|"
              "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU|END:STANDARD"] * 1_000,
            "END:VTIMEZONE",
        )),
        *[event("DTSTART;TZID=Odd:20261005T090000", "RRULE:FREQ=DAILY")] * 3_900,
    ),
    "free/busy times by the thousand": calendar(
        "|".join(("BEGIN:VFREEBUSY", *["FREEBUSY:" + DATES.replace("Z", "Z/PT10M")] * 60, "END:VFREEBUSY"))
    ),
    "one availability in another": calendar(
        *["|".join(("BEGIN:VAVAILABILITY", *[f"BEGIN:AVAILABLE|DTSTART:{DAY}|RRULE:FREQ=DAILY|DURATION:PT1H|"
                                             "END:AVAILABLE"] * 48, "END:VAVAILABILITY"))] * 100
    ),
}  # fmt: skip
"""Files that are as much work as the limits allow."""


MEASURED = """
import json, resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]), file=sys.stderr)
"""
"""Runs a command from a small process: what a child is said to take begins with what its parent holds."""


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD)
def test_the_hardest_files_stay_within_time_and_memory(name, tmp_path):
    (tmp_path / "asked").write_bytes(
        json.dumps({"zone": "Europe/Berlin", "window": SPAN}).encode() + b"\n" + HARD[name][:MOST_BYTES]
    )
    with (tmp_path / "asked").open("rb") as asked, (tmp_path / "said").open("wb") as said:
        command = [sys.executable, "-c", MEASURED, sys.executable, "-P", "-m", "matcher.calendar.busy.child"]
        paths = os.pathsep.join([str(Path(__file__).parents[4]), os.environ.get("PYTHONPATH", "")])
        measured = subprocess.run(
            command, stdin=asked, stdout=said, stderr=subprocess.PIPE, text=True, check=True,
            env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip
    code, seconds, megabytes = json.loads(measured.stderr.splitlines()[-1])
    print(f"{name}: {seconds:.2f} s, {megabytes:.0f} MB, exit {code}")
    answer = (tmp_path / "said").read_bytes()
    assert seconds < PROCESSOR_SECONDS + 1.5
    assert megabytes < MEMORY_BYTES / 1e6
    if code == 0:
        assert json.loads(answer).keys() in ({"refused"}, {"spans", "told", "read", "skipped"})
    else:
        assert code < 0, answer  # ended from outside, or by its own limit: told as too slow

"""Messages that are broken, or made to do harm: each ends as a reason, soon."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.calendar.itip.reading import NoAnswer, read_scheduling
from matcher.mail.incoming.message import Unreadable, read_message
from matcher.service.attendance.reasons import REASONS
from tests.answer_mails import PROGRAMS, Invitation, bounce, event

MOST = 5_000_000
INVITATION = Invitation(
    uid="a@b", sequence=0, organizer="peers+abc@one.example", attendee="ada@mail.example",
    bounces="robot+abc@one.example", start=";TZID=Europe/Berlin:20260907T100000",
)  # fmt: skip
TEXT = event(INVITATION, "COUNTER", "DECLINED", "20260901T120000Z", more=["DURATION:PT1H"])
SAMPLES = [program(INVITATION, TEXT, 1) for program in PROGRAMS] + [bounce(INVITATION, 1)]


def told(code):
    assert code in REASONS


def looked_at(data):
    """Everything that is done with a message before anybody knows who sent it, and after."""
    try:
        message = read_message(data, MOST)
    except Unreadable as error:
        told(error.code)
        return
    for value in (*message.senders, *message.recipients, message.message_id or "-"):
        assert value.isprintable()
        assert value.encode()
    for calendar in message.calendars:
        scheduled(calendar)


def scheduled(calendar):
    try:
        found = read_scheduling(calendar)
    except NoAnswer as error:
        told(error.code)
        return
    assert found.uid.isprintable()
    assert (found.uid + found.note + found.organizer).encode()
    found.times("Europe/Berlin")
    found.occurrence_at("Europe/Berlin")


def test_the_samples_themselves_are_read():
    for data in SAMPLES[:-1]:
        (first, *_) = read_message(data, MOST).calendars
        found = read_scheduling(first)
        assert (found.method, found.uid, found.attendees[0].partstat) == ("COUNTER", "a@b", "DECLINED")
        assert found.times("UTC") is not None
    assert [one.status for one in read_message(SAMPLES[-1], MOST).report.failures] == ["5.1.1"]


QUIET = settings(
    derandomize=True, database=None, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck)
)
CUT = st.tuples(st.integers(0, 4000), st.integers(0, 60), st.binary(max_size=40))


@QUIET
@given(sample=st.sampled_from(SAMPLES), cuts=st.lists(CUT, max_size=6))
def test_no_change_of_a_message_breaks_the_reading(sample, cuts):
    for place, length, put in cuts:
        sample = sample[:place] + put + sample[place + length :]
    looked_at(sample)


@QUIET
@given(st.binary(max_size=3000))
def test_no_bytes_break_the_reading(data):
    looked_at(data)
    scheduled(data)


@QUIET
@given(
    lines=st.lists(
        st.sampled_from(
            [
                *("BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE"),
                *("END:VTIMEZONE", "BEGIN:DAYLIGHT", "END:DAYLIGHT", "METHOD:REPLY", "METHOD:COUNTER"),
                *("UID:a", "UID:", "UID:a\0b", "SEQUENCE:x", "SEQUENCE:99999999999999", "DTSTAMP:20260901"),
                *("DTSTAMP:99999999T999999Z", "DTSTART;TZID=X:20260901T100000", "DTSTART:00010101T000000"),
                *(
                    "DTEND:99991231T235959",
                    "DURATION:-P1D",
                    "DURATION:P999999D",
                    "TZID:X",
                    "TZOFFSETTO:+9999",
                ),
                *("TZOFFSETFROM:+0100", "RRULE:FREQ=SECONDLY", "RRULE:FREQ=YEARLY", "ATTENDEE:mailto:a%@b"),
                *("ATTENDEE;PARTSTAT=ACCEPTED:urn:x", "ATTENDEE;EMAIL=\ud7ffa@b:x", "COMMENT:\\,\\n\\", "\t"),
                *("RECURRENCE-ID;TZID=X:20260901T100000", "RECURRENCE-ID:x", " folded", "DTSTART"),
            ]
        ),
        max_size=25,
    )
)
def test_no_calendar_of_odd_lines_breaks_the_reading(lines):
    scheduled("\r\n".join(["BEGIN:VCALENDAR", "METHOD:REPLY", "BEGIN:VEVENT", "UID:a", *lines]).encode())


def nested(depth):
    inner = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (level, level)
        for level in range(depth)
    )
    return b"MIME-Version: 1.0\r\n" + inner + TEXT.encode()


def attached(depth):
    return b"Content-Type: message/rfc822\r\n\r\n" * depth + TEXT.encode()


HOSTILE = {
    "nested": nested(500),
    "nested below the limit, many lines": nested(29) + b"\r\n--\r\n" * 90_000,
    "attached": attached(3000),
    "parts": b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n' + b"--a\r\n\r\nx\r\n" * 20_000,
    "recipients": b"To: " + b"a@b.example, " * 100_000 + b"\r\n\r\n",
    "comments": b"From: " + b"(" * 200_000 + b"\r\n\r\n",
    "quotes": b'From: "' + b'\\"' * 200_000 + b"\r\n\r\n",
    "headers": b"To: a@b.example\r\n" * 90_000 + b"\r\n",
    "folds": b"Subject: a\r\n" + b" a\r\n" * 90_000 + b"\r\n",
    "parameters": b"Content-Type: text/calendar" + b"; a*0*=x" * 20_000 + b"\r\n\r\n" + TEXT.encode(),
    "punycode": b"Content-Type: text/calendar; charset=punycode\r\n\r\n" + b"a-" * 200_000,
    "zip": b"Content-Type: text/calendar; charset=zip\r\n\r\n" + TEXT.encode(),
    "utf-16": b"Content-Type: text/calendar; charset=utf-16\r\n\r\n" + TEXT.encode("utf-16"),
    "base64": b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"=" * 900_000,
    "uuencode": b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin\r\n",
    "name": b"Content-Type: text/calendar; name*=utf-8''%ff%fe\xff.ics\r\n\r\n" + TEXT.encode(),
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_end_soon(name):
    begun = time.process_time()
    looked_at(HOSTILE[name])
    assert time.process_time() - begun < 5


def test_zones_that_take_long_to_work_out_are_left_out():
    slow = "BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    slow += "RRULE:FREQ=DAILY\r\nEND:STANDARD\r\n"
    text = TEXT.replace(
        "BEGIN:VEVENT", f"BEGIN:VTIMEZONE\r\nTZID:X\r\n{slow * 40}END:VTIMEZONE\r\nBEGIN:VEVENT"
    )
    found = read_scheduling(text.replace("Europe/Berlin", "X").encode())
    begun = time.process_time()
    start, _ = found.times("Asia/Tokyo")
    assert time.process_time() - begun < 1
    assert start.hour == 1


def test_sample_files_and_shuffled_messages_are_read_or_have_a_reason():
    """Public sample files, where there are any: as calendars, and as the body of a message."""
    folder = Path(os.environ.get("PEERLOOM_BENCHMARK_DATA", "")) / "ics"
    files = sorted(folder.rglob("*.ics")) if os.environ.get("PEERLOOM_BENCHMARK_DATA") else []
    for path in files:
        data = path.read_bytes()
        scheduled(data)
        looked_at(b"Content-Type: text/calendar\r\n\r\n" + data)
    generator = random.Random(1)
    for data in SAMPLES:
        for _ in range(30):
            looked_at(bytes(generator.sample(list(data), len(data))))

"""Feeds: what clients that we know of need, and every text and time as it went in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.calendar.events import Mailbox, plain
from matcher.calendar.feed import render_feed
from matcher.domain.session import State
from matcher.texts.words import words_for

ORGANIZER = Mailbox("Peerloom", "calendar@peerloom.example")
DST_WEEKS = [
    ("Europe/Berlin", datetime(2026, 3, 23, 9, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 2, 15, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2026, 3, 2, 15, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 9, 10, tzinfo=UTC)),
    ("Australia/Sydney", datetime(2026, 3, 30, 1, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 3, 2, 5, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 3, 30, 1, tzinfo=UTC)),
    ("Europe/Dublin", datetime(2026, 3, 23, 9, tzinfo=UTC)),
    ("UTC", datetime(2026, 3, 23, 9, tzinfo=UTC)),
]


def feed(sessions, **options):
    return render_feed(sessions, name="Peerloom: Ada", organizer=ORGANIZER, **options)


def lines(data):
    """Unfolded content lines, after checking the folding of RFC 5545, section 3.1."""
    assert data.endswith(b"\r\n")
    raw = data[:-2].split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in raw)
    for line in raw:
        line.decode("utf-8")  # folding never cuts a character in two
    return data[:-2].replace(b"\r\n ", b"").decode("utf-8").split("\r\n")


def test_the_calendar_says_what_each_client_looks_for(session):
    found = lines(feed([session()]))
    for line in (
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Peerloom: Ada",
        "X-WR-CALNAME:Peerloom: Ada",
        "COLOR:teal",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
    ):
        assert found.count(line) == 1, line
    head = found[: found.index("BEGIN:VTIMEZONE")]
    assert any(line.startswith("PRODID:") for line in head)
    assert not any(line.startswith("UID") for line in head)  # taken for the UID of every event by some


def test_an_event_has_what_publishing_needs_and_no_attendee(session):
    found = lines(feed([session(sequence=3)]))
    event = found[found.index("BEGIN:VEVENT") :]
    assert "UID:ada-grace-0@peerloom" in event
    assert "SEQUENCE:3" in event
    assert "DTSTAMP:20260201T083000Z" in event
    assert "DTSTART;TZID=Europe/Berlin:20260302T100000" in event
    assert "DTEND;TZID=Europe/Berlin:20260302T110000" in event
    assert "STATUS:CONFIRMED" in event
    assert "ORGANIZER;CN=Peerloom:mailto:calendar@peerloom.example" in event
    assert not any(line.startswith(("ATTENDEE", "RRULE", "BEGIN:VALARM")) for line in event)


def test_the_same_data_give_the_same_bytes_in_any_order(session):
    sessions = [session(index=i, start=datetime(2026, 3, 2 + 7 * i, 9, tzinfo=UTC)) for i in range(4)]
    assert feed(sessions) == feed(sessions[::-1])
    with pytest.raises(ValueError, match="one UID"):
        feed([sessions[0], sessions[0]])


@pytest.mark.parametrize(("zone", "first"), DST_WEEKS)
def test_other_readers_see_the_same_instants_through_changes_of_the_clock(zone, first, session, libical):
    starts = [first + timedelta(days=d, hours=h) for d in range(0, 21, 3) for h in (0, 14)]
    sessions = [session(index=i, start=start, time_zone=zone) for i, start in enumerate(starts)]
    data = feed(sessions)
    assert libical(data) == []
    calendar = icalendar.Calendar.from_ical(data)
    found = recurring_ical_events.of(calendar).between(first - timedelta(days=1), first + timedelta(days=30))
    assert sorted(event["DTSTART"].dt.astimezone(UTC) for event in found) == sorted(starts)


@pytest.mark.parametrize(("zone", "first"), DST_WEEKS)
def test_a_client_that_knows_no_zones_finds_them_in_the_feed(zone, first, session, zone_reader):
    starts = [first + timedelta(days=d, hours=h) for d in range(21) for h in (0, 12)]
    found = lines(feed([session(index=i, start=s, time_zone=zone) for i, s in enumerate(starts)]))
    if zone == "UTC":
        assert "BEGIN:VTIMEZONE" not in found
        return
    block = found[found.index("BEGIN:VTIMEZONE") : found.index("END:VTIMEZONE") + 1]
    read = zone_reader(("\r\n".join(block) + "\r\n").encode(), datetime(2027, 1, 1))
    local = [line.partition(":")[2] for line in found if line.startswith(f"DTSTART;TZID={zone}:")]
    got = []
    for text in local:
        moment = datetime.strptime(text, "%Y%m%dT%H%M%S")
        possible = {moment - after for _, _, after in read.onsets}
        got.append([u.replace(tzinfo=UTC) for u in possible if u + read.offset(u) == moment])
    assert [options[0] for options in got if len(options) == 1] == starts


def test_times_in_the_hour_that_clocks_repeat_are_written_in_utc(session):
    night = datetime(2026, 10, 24, 22, 45, tzinfo=UTC)  # 00:45 in Berlin, where 02:00 to 03:00 comes twice
    starts = [night + timedelta(minutes=minutes) for minutes in (0, 30, 105, 165, 195)]
    data = feed([session(index=i, start=start) for i, start in enumerate(starts)])
    assert [line for line in lines(data) if line.startswith(("DTSTART", "DTEND"))][-10:] == [
        "DTSTART;TZID=Europe/Berlin:20261025T004500",
        "DTEND;TZID=Europe/Berlin:20261025T014500",
        "DTSTART;TZID=Europe/Berlin:20261025T011500",
        "DTEND:20261025T001500Z",
        "DTSTART:20261025T003000Z",
        "DTEND:20261025T013000Z",
        "DTSTART:20261025T013000Z",
        "DTEND:20261025T023000Z",
        "DTSTART;TZID=Europe/Berlin:20261025T030000",
        "DTEND;TZID=Europe/Berlin:20261025T040000",
    ]
    events = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert [event["DTSTART"].dt.astimezone(UTC) for event in events] == starts
    assert {event["DTEND"].dt - event["DTSTART"].dt for event in events} == {timedelta(hours=1)}


def test_a_session_at_new_year_has_its_zone(session, libical):
    start = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    data = feed([session(start=start, time_zone="America/New_York")])
    assert libical(data) == []
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert event["DTSTART"].dt.astimezone(UTC) == start


def test_cancelled_sessions_stay_for_a_while_and_say_so(session, libical):
    gone = session(index=1, state=State.CANCELLED, sequence=1, changed_at=datetime(2026, 2, 10, tzinfo=UTC))
    data = feed([session(), gone])
    found = lines(data)
    assert libical(data) == []
    assert "STATUS:CANCELLED" in found
    assert "TRANSP:TRANSPARENT" in found
    assert "SUMMARY:Cancelled: Mentoring: Ada and Grace" in found
    assert data == feed([session(), gone], as_of=datetime(2026, 2, 23, 23, tzinfo=UTC))
    assert feed([session(), gone], as_of=datetime(2026, 2, 24, tzinfo=UTC)) == feed([session()])
    longer = feed(
        [session(), gone], as_of=datetime(2026, 2, 24, tzinfo=UTC), cancelled_for=timedelta(days=20)
    )
    assert longer == data


def test_a_feed_never_becomes_empty_at_once(session):
    gone = [
        session(index=i, state=State.CANCELLED, changed_at=datetime(2026, 2, 1 + i, tzinfo=UTC))
        for i in range(3)
    ]
    data = feed(gone, as_of=datetime(2027, 1, 1, tzinfo=UTC))
    assert data.count(b"BEGIN:VEVENT") == 1
    assert b"UID:ada-grace-2@peerloom" in data


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(title=texts.filter(lambda text: plain(text, one_line=True)), description=texts, name=texts)
def test_any_text_survives_folding_and_escaping(session, title, description, name):
    made = session(title=title, description=description)
    data = render_feed([made], name=name, organizer=Mailbox(name, "calendar@peerloom.example"))
    lines(data)
    calendar = icalendar.Calendar.from_ical(data)
    (event,) = calendar.walk("VEVENT")
    assert str(event["SUMMARY"]) == plain(title, one_line=True)
    assert str(event.get("DESCRIPTION", "")) == plain(description)
    assert calendar.get("X-WR-CALNAME", "") == plain(name, one_line=True)


def test_plain_text_keeps_words_of_all_scripts_and_drops_controls():
    assert plain("a\r\nb\rc\u2028d") == "a\nb\nc\nd"
    assert plain("a\x00\x07b\ud800") == "ab"
    assert plain("می‌خواهم 👩‍💻 ỹ") == "می‌خواهم 👩‍💻 ỹ"
    assert plain(" two\n lines\t", one_line=True) == "two lines"


def test_names_and_addresses_cannot_break_out_of_their_line():
    address = Mailbox('Eve"\r\nX-EVIL:1;ROLE=CHAIR', "eve+x@example.org").calendar_address()
    assert "\n" not in address.params["CN"]
    assert '"' not in address.params["CN"]
    assert address == "mailto:eve+x@example.org"
    for wrong in ("eve", "eve@", "@x", "e ve@x", "eve@x\r\nX:1"):
        with pytest.raises(ValueError, match="not an e-mail address"):
            Mailbox("Eve", wrong)


def test_zones_are_named_once_and_in_order(session):
    zones = ["Europe/Berlin", "Asia/Kathmandu", "Europe/Berlin", "UTC", "America/New_York"]
    data = feed([session(index=i, time_zone=zone) for i, zone in enumerate(zones)])
    found = [line for line in lines(data) if line.startswith("TZID:")]
    assert found == ["TZID:America/New_York", "TZID:Asia/Kathmandu", "TZID:Europe/Berlin"]
    for zone in zones:
        ZoneInfo(zone)


def test_what_is_kept_of_events_never_shows_in_another_ones_place(session):
    """One memory for many feeds: whatever differs between two versions of an event makes another entry."""
    kept = {}
    other = Mailbox("Else", "else@peerloom.example")
    versions = [
        (session(), {}),
        (session(sequence=1), {}),
        (session(start=datetime(2026, 3, 2, 10, tzinfo=UTC)), {}),
        (session(time_zone="Europe/Lisbon"), {}),
        (session(title="Another"), {}),
        (session(description="Another"), {}),
        (session(conference="https://meet.example.org/x"), {}),
        (session(changed_at=datetime(2026, 2, 2, tzinfo=UTC)), {}),
        (session(state=State.CANCELLED), {}),
        (session(state=State.CANCELLED), {"words": words_for("de")}),
        (session(), {"organizer": other}),
    ]
    for one, more in versions * 2:
        options = {"name": "Ada", "organizer": ORGANIZER, **more}
        assert render_feed([one], rendered=kept, **options) == render_feed([one], **options)
    assert len(kept) == len(versions)

"""Calendar programs subscribe to a real server: each shows every session, at the right time, and every change
once. Each test is one program's whole way, because programs remember."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from matcher.calendar.addresses.calendars import fetch_busy
from matcher.calendar.addresses.https import Login
from matcher.calendar.busy.reading import read
from matcher.calendar.busy.spans import joined
from matcher.domain.session import State
from tests.clients.programs import like
from tests.clients.story import CHANGES, Shown, fetch
from tests.https_site import HOST

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # Radicale signs for itself
MOVED, LEFT, CANCELLED = "Berlin first 1 09:30", "New_York second 0 12:00", "Sydney first 7 17:45"


LATE = {"Berlin half past two again": "2027-10-31 03:30"}
QUIRKS = {"ical_js": LATE, "thunderbird": LATE}
"""Times on the wall that programs are known to get wrong: ical.js, which is in Thunderbird too, turns UTC
into local time an hour off in the hours around a change of the clock."""


def agrees(program, story, person) -> list[Shown]:
    """What the program shows to that person, which must be what happened; some take a while to reload."""
    end = time.monotonic() + 20
    while (found := program.look(person)) != like(found, story.seen_by(person)) and time.monotonic() < end:
        time.sleep(0.05)
    assert found == like(found, story.seen_by(person))
    return found


def ends(program, person) -> list[str]:
    """The titles that are left when a feed has ended."""
    end = time.monotonic() + 20
    while len(found := program.look(person)) > 1 and time.monotonic() < end:
        time.sleep(0.05)
    return [one.title for one in found]


def test_a_program_follows_a_feed_through_every_change(program, request, tell):
    name = request.node.callspec.params["program"]
    story = tell(name.replace("_", "-"))
    feeds = {}
    for person in ("ada", "gus"):
        feeds[person], url = story.subscribe(person)
        program.subscribe(person, url)

    # All sessions, at the right moment, and at the right time on the wall in the weeks when clocks change.
    seen = agrees(program, story, "ada")
    assert len(seen) == len(story.sessions) == 74
    assert agrees(program, story, "gus") == seen
    for zone in CHANGES:
        stated = [one for one in story.sessions.values() if one.time_zone == zone]
        expected = {one.title: f"{one.start.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" for one in stated}
        expected |= QUIRKS.get(name, {}) if zone == "Europe/Berlin" else {}
        shown = program.walls("ada", zone)
        assert {title: shown.get(title) for title in expected} == expected

    # One session moves, over the change of the clock: it is shown once, at its new time.
    story.move(MOVED, timedelta(days=-2, hours=3))
    now = agrees(program, story, "ada")
    assert len(set(seen) - set(now)) == len(set(now) - set(seen)) == 1
    assert len(now) == len(seen)

    # gus leaves one session: it is cancelled for him, and stays as it is for ada.
    story.leave("gus", LEFT)
    theirs = agrees(program, story, "gus")
    assert f"Cancelled: {LEFT}" in {one.title for one in theirs}
    assert LEFT not in {one.title for one in theirs}
    assert agrees(program, story, "ada") == now

    # One session does not take place: it says so.
    story.cancel(CANCELLED)
    assert f"Cancelled: {CANCELLED}" in {one.title for one in agrees(program, story, "ada")}

    # gus's address ends: all of his events go, and one note is left. ada's stay.
    story.revoke(feeds["gus"])
    assert ends(program, "gus") == ["This calendar has ended"]
    agrees(program, story, "ada")


def test_libical_finds_no_fault_in_any_state_of_a_feed(tell, libical):
    story = tell("libical")
    feed, url = story.subscribe("gus")
    changes = [
        lambda: None,
        lambda: story.move(MOVED, timedelta(days=-2, hours=3)),
        lambda: story.leave("gus", LEFT),
        lambda: story.cancel(CANCELLED),
        lambda: story.revoke(feed),
    ]
    states = set()
    for change in changes:
        change()
        data = fetch(url)
        assert libical(data) == []
        states.add(data)
    assert len(states) == len(changes)


def test_free_busy_times_of_a_server_that_holds_the_feed_are_its_sessions(caldav, tell, radicale, guard):
    story = tell("free-busy")
    _, url = story.subscribe("ada")
    caldav.subscribe("free-busy", url)
    story.cancel(CANCELLED)
    story.move(MOVED, timedelta(days=-2, hours=3))
    story.leave("gus", LEFT)
    caldav.look("free-busy")
    span = (
        int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()),
        int(datetime(2028, 1, 1, tzinfo=UTC).timestamp()),
    )
    through = replace(guard, also={("127.0.0.1", radicale)})
    address = f"https://{HOST}:{radicale}/ada/free-busy/"
    found = read(fetch_busy(through, address, Login("ada", "päss"), span).data, "UTC", span)
    taking = [
        one for one in story.sessions.values() if one.state is State.SCHEDULED and one.start.year == 2027
    ]
    assert len(taking) == 61
    times = sorted((int(one.start.timestamp()), int(one.end.timestamp())) for one in taking)
    assert found.spans == joined(times)

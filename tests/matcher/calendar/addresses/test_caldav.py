"""Free/busy times of CalDAV servers: a real one (Radicale), and what others do instead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.calendar.addresses.calendars import fetch_busy
from matcher.calendar.addresses.https import Login, ask
from matcher.calendar.addresses.problems import AddressProblem
from matcher.calendar.busy.reading import read
from tests.https_site import HOST, MIRROR, say
from tests.matcher.calendar.busy.conftest import WINDOW, calendar, event, text

SPAN = (int(WINDOW[0].timestamp()), int(WINDOW[1].timestamp()))
ADA = Login("ada", "päss")
WEEKLY = event(
    "DTSTART:20261005T080000Z",
    "DURATION:PT1H",
    "RRULE:FREQ=WEEKLY;COUNT=3",
    "DTSTAMP:20260901T000000Z",
    uid="weekly",
)
OPEN = event(
    "DTSTART:20261006T080000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT", "DTSTAMP:20260901T000000Z", uid="open"
)
TIMES = ["2026-10-05 08:00/09:00", "2026-10-12 08:00/09:00", "2026-10-19 08:00/09:00"]


def times_of(fetched):
    """The times in what was fetched."""
    return [text(*span) for span in read(fetched.data, "UTC", SPAN).spans]


@pytest.fixture
def collection(radicale, guard):
    """The guard that lets Radicale through, and the address of ada's calendar there, filled."""
    through = replace(guard, also={("127.0.0.1", radicale)})
    url = f"https://{HOST}:{radicale}/ada/days/"
    ask(through, url, method="MKCALENDAR", login=ADA)
    for name, one in (("weekly", WEEKLY), ("open", OPEN)):
        put = ask(through, f"{url}{name}.ics", method="PUT", body=calendar("PRODID:x", one), login=ADA)
        assert put.status in (201, 204), put
    return through, url


def test_radicale_answers_with_free_busy_times(collection):
    whole = fetch_busy(*collection, ADA, SPAN)
    assert b"BEGIN:VFREEBUSY" in whole.data
    assert b"Secret" not in whole.data
    assert times_of(whole) == TIMES
    narrow = (SPAN[0], int(WINDOW[0].replace(month=10, day=10).timestamp()))
    assert times_of(fetch_busy(*collection, ADA, narrow)) == TIMES[:1]


@pytest.mark.parametrize("login", [None, Login("ada", "wrong"), Login("bob", "päss")])
def test_radicale_refuses_a_wrong_login(collection, login):
    with pytest.raises(AddressProblem) as problem:
        fetch_busy(*collection, login, SPAN)
    assert problem.value.code == "login-needed"


def test_radicale_has_no_such_calendar(collection):
    guard, url = collection
    with pytest.raises(AddressProblem) as problem:
        fetch_busy(guard, url.replace("/days/", "/none/"), ADA, SPAN)
    assert problem.value.code == "not-there"


def found_events(*components):
    """A server's answer to a query of events."""
    data = "".join(
        "<d:response><d:href>/x</d:href><d:propstat><d:prop><c:calendar-data>"
        f"{calendar(one).decode()}</c:calendar-data></d:prop></d:propstat></d:response>"
        for one in components
    )
    spaces = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
    return f"<d:multistatus {spaces}>{data}</d:multistatus>".encode()


@pytest.mark.parametrize("status", [400, 403, 405, 415, 501])
def test_a_server_without_free_busy_is_asked_for_events(guard, site, status):
    def answer(handler):
        query = b"calendar-query" in handler.sent
        (say(207, found_events(WEEKLY, OPEN)) if query else say(status))(handler)

    site.answers["/cal/"] = answer
    assert times_of(fetch_busy(guard, site.url("/cal/"), ADA, SPAN)) == TIMES
    assert [one[0] for one in site.asked] == ["REPORT", "REPORT"]
    assert b'start="20260901T000000Z" end="20271001T000000Z"' in site.asked[0][3]
    assert site.asked[0][2]["Depth"] == "1"


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (say(501), say(501), "no-free-busy"),
        (say(501), say(200, b"<html/>"), "server-error"),
        (say(501), say(207, b"<multistatus"), "bad-answer"),
        (say(501), say(207, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "bad-answer"),
        (say(404), say(207), "not-there"),
        (say(503), say(207), "server-error"),
    ],
)
def test_what_a_caldav_server_may_do_wrong(guard, site, first, second, code):
    answers = [first, second]
    site.answers["/cal/"] = lambda handler: answers.pop(0)(handler)
    with pytest.raises(AddressProblem) as problem:
        fetch_busy(guard, site.url("/cal/"), ADA, SPAN)
    assert problem.value.code == code


def test_an_empty_calendar_takes_no_time(guard, site):
    answers = [say(501), say(207, found_events())]
    site.answers["/cal/"] = lambda handler: answers.pop(0)(handler)
    assert times_of(fetch_busy(guard, site.url("/cal/"), None, SPAN)) == []


def test_a_login_is_not_sent_to_another_host(guard, site):
    site.answers["/cal/"] = say(307, Location=f"https://{HOST.upper()}:{site.port}/two/")
    site.answers["/two/"] = say(307, Location=f"https://{MIRROR}:{site.port}/three/")
    site.answers["/three/"] = say(200, calendar("BEGIN:VFREEBUSY|END:VFREEBUSY"))
    assert times_of(fetch_busy(guard, site.url("/cal/"), ADA, SPAN)) == []
    assert ["Authorization" in one[2] for one in site.asked] == [True, True, False]

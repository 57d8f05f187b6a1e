"""iTIP messages: the rules of each METHOD (RFC 5546), and what real programs stumbled over."""

from __future__ import annotations

import pytest

from matcher.calendar.events import Mailbox
from matcher.calendar.invite import render_cancel, render_request
from matcher.domain.errors import InputError
from matcher.domain.session import State

ORGANIZER = Mailbox("Peerloom", "calendar@peerloom.example")
ADA = Mailbox("Ada Lovelace", "ada@one.example")
GRACE = Mailbox("Grace Hopper", "grace@two.example")


def lines(data):
    assert data.endswith(b"\r\n")
    return data[:-2].replace(b"\r\n ", b"").decode().split("\r\n")


def value(found, name):
    (line,) = (line for line in found if line.startswith((f"{name}:", f"{name};")))
    return line


def test_a_request_has_every_property_that_clients_need(session, libical):
    data = render_request(session(sequence=2), ADA, ORGANIZER)
    assert libical(data) == []
    found = lines(data)
    assert found.count("METHOD:REQUEST") == 1
    assert found.count("BEGIN:VEVENT") == 1
    assert value(found, "SEQUENCE") == "SEQUENCE:2"
    assert value(found, "ORGANIZER") == "ORGANIZER;CN=Peerloom:mailto:calendar@peerloom.example"
    attendee = value(found, "ATTENDEE")
    assert attendee.endswith(":mailto:ada@one.example")
    for parameter in (
        'CN="Ada Lovelace"',
        "ROLE=REQ-PARTICIPANT",
        "CUTYPE=INDIVIDUAL",
        "PARTSTAT=NEEDS-ACTION",
        "RSVP=TRUE",
    ):
        assert f";{parameter}" in attendee
    event = found[found.index("BEGIN:VEVENT") :]
    for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION"):
        assert value(event, name)
    assert value(found, "STATUS") == "STATUS:CONFIRMED"
    assert not any(line.startswith(("NAME", "X-WR-", "COLOR", "REFRESH")) for line in found)
    assert "TZID:Europe/Berlin" in found


def test_others_are_listed_only_when_given(session, libical):
    assert b"grace" not in render_request(session(uid="x@y"), ADA, ORGANIZER).replace(b"Ada and Grace", b"")
    both = render_request(session(), ADA, ORGANIZER, others=[GRACE])
    assert libical(both) == []
    attendees = [line for line in lines(both) if line.startswith("ATTENDEE")]
    assert [line.rpartition(":")[2] for line in attendees] == ["ada@one.example", "grace@two.example"]


def test_a_cancellation_says_so_three_times(session, libical):
    gone = session(state=State.CANCELLED, sequence=4)
    data = render_cancel(gone, ADA, ORGANIZER)
    assert libical(data) == []
    found = lines(data)
    assert "METHOD:CANCEL" in found
    assert value(found, "STATUS") == "STATUS:CANCELLED"
    assert value(found, "SEQUENCE") == "SEQUENCE:4"
    assert value(found, "SUMMARY") == "SUMMARY:Cancelled: Mentoring: Ada and Grace"
    assert value(found, "UID") == value(lines(render_request(session(), ADA, ORGANIZER)), "UID")
    assert value(found, "ATTENDEE") == 'ATTENDEE;CN="Ada Lovelace":mailto:ada@one.example'
    with pytest.raises(InputError, match="send a cancellation"):
        render_request(gone, ADA, ORGANIZER)


def test_one_person_who_leaves_gets_a_cancellation_of_the_next_sequence(session):
    found = lines(render_cancel(session(sequence=4), ADA, ORGANIZER))
    assert value(found, "SEQUENCE") == "SEQUENCE:5"
    assert value(found, "STATUS") == "STATUS:CANCELLED"


def test_the_same_message_twice_is_the_same_bytes(session):
    assert render_request(session(), ADA, ORGANIZER) == render_request(session(), ADA, ORGANIZER)


def test_libical_does_find_fault(session, libical):
    data = render_request(session(), ADA, ORGANIZER)
    assert libical(data.replace(b"METHOD:REQUEST", b"METHOD:CANCEL").replace(b"SEQUENCE:0\r\n", b"")) != []
    without = b"\r\n".join(line for line in data.split(b"\r\n") if not line.startswith(b"ORGANIZER"))
    assert libical(without) != []

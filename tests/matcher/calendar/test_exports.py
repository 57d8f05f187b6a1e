"""Calendars to hand on: the same sessions give the same bytes, and each organization gets its own."""

from __future__ import annotations

import io
import zipfile

from icalendar import Calendar

from matcher.calendar.archive import zipped
from matcher.calendar.events import Mailbox
from matcher.calendar.exports import organization_files, program_calendar
from matcher.domain.member import Member
from matcher.domain.organization import Organization
from matcher.domain.session_text import Named, SessionText

US = Mailbox("Peerloom", "us@example.org")
NORTH = Organization(id="north", name="North")


def member(identifier, organization="north", **more):
    return Member(id=identifier, name=identifier.title(), organization=organization, time_zone="UTC", **more)


def named(identifier, organization):
    return Named(member=identifier, name=identifier.title(), organization=organization)


def pair(session, one, other, **more):
    """A session of somebody of north with somebody of south."""
    people = named(one, "north"), named(other, "south")
    text = SessionText(label="mentoring", people=people, pair_roles=True)
    return session(attendees=(one, other), text=text, **more)


def test_a_zip_is_read_by_others_and_is_the_same_twice():
    files = [("a/b.txt", b"one"), ("ü.txt", b"two" * 10_000), ("empty", b"")]
    pieces = list(zipped(files))
    assert len(pieces) == len(files) + 1  # each goes out before the next is made
    data = b"".join(pieces)
    assert data == b"".join(zipped(files))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert [(one.filename, archive.read(one)) for one in archive.infolist()] == files
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_zip_is_written_while_its_files_are_made():
    made = []

    def files():
        for name in ("a", "b", "c"):
            made.append(name)
            yield name, b"x"

    pieces = zipped(files())
    next(pieces)
    assert made == ["a"]


def test_an_organizations_files(session, libical):
    people = {"ada": member("ada", text_language="de"), "bob": member("bob"), "idle": member("idle")}
    sessions = [pair(session, "ada", "gus"), pair(session, "bob", "hal", index=1)]
    files = dict(organization_files(NORTH, people, sessions, name="Net", organizer=US))
    assert list(files) == ["organization.ics", "members.csv", "members/ada.ics", "members/bob.ics"]
    whole = files["organization.ics"].decode()
    assert "Mentoring: Ada and a member of south" in whole
    assert "Gus" not in whole
    assert b"Mentoring: Ada und Gus" in files["members/ada.ics"]
    assert b"Mentoring: Bob and Hal" in files["members/bob.ics"]
    assert b"members/ada.ics" in files["members.csv"]
    assert all(libical(data) == [] for path, data in files.items() if path.endswith(".ics"))
    assert files == dict(organization_files(NORTH, people, sessions, name="Net", organizer=US))


def test_a_program_is_one_calendar(session, libical):
    made = [pair(session, "ada", "gus"), pair(session, "bob", "hal", index=1)]
    data = program_calendar(made, "Net: Main", US)
    assert {str(one["UID"]) for one in Calendar.from_ical(data).walk("VEVENT")} == {one.uid for one in made}
    assert b"Mentoring: Ada and Gus" in data
    assert libical(data) == []

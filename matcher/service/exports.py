"""Calendars of a network to hand on: a program as one file, and organizations' files."""

from __future__ import annotations

from collections.abc import Iterator

from matcher.calendar.events import Mailbox
from matcher.calendar.exports import organization_files, program_calendar
from matcher.calendar.files import file_names
from matcher.domain.feed import FeedScope, Subject
from matcher.domain.organization import Organization
from matcher.domain.session import Session
from matcher.service.notices import seen_by
from matcher.store.database import Database
from matcher.store.documents import header_of
from matcher.store.errors import NotFound
from matcher.store.members import ids_of_organization
from matcher.store.networks import find_network
from matcher.store.recipients import recipients
from matcher.store.sessions import sessions_about


def export_program(database: Database, network: str, program: str, cycle: str | None = None) -> bytes:
    """All sessions of a program (of one `cycle`), cancelled ones too, as one calendar. Raises `NotFound`."""
    with database.read() as connection:
        settings = find_network(connection, network).settings
        header = header_of(connection, network)
        found = next((one for one in header.programs if one.id == program), None)
        if found is None:
            raise NotFound("program", program)
        sessions = sessions_about(connection, network, Subject(FeedScope.PROGRAM, program))
    wanted = [one for one in sessions if cycle in (None, one.cycle)]
    organizer = Mailbox(settings.organizer_name, settings.organizer_email)
    return program_calendar(wanted, f"{settings.organizer_name}: {found.name}", organizer)


def export_organizations(
    database: Database, network: str, program: str | None = None, organization: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """The files of every organization, or of one, each in a folder of its own, by path; of the sessions of a
    `program`, or of all. One organization is read at a time. Raises `NotFound` before the first file."""
    with database.read() as connection:
        header = header_of(connection, network)
    if program is not None and all(one.id != program for one in header.programs):
        raise NotFound("program", program)
    wanted = [one for one in header.organizations if organization in (None, one.id)]
    if not wanted and organization is not None:
        raise NotFound("organization", organization)
    return _files(database, network, program, sorted(wanted, key=lambda one: one.id))


def _files(
    database: Database, network: str, program: str | None, wanted: list[Organization]
) -> Iterator[tuple[str, bytes]]:
    folders = file_names(one.id for one in wanted)
    for organization in wanted:
        with database.read() as connection:
            settings = find_network(connection, network).settings
            about = Subject(FeedScope.ORGANIZATION, organization.id)
            found = sessions_about(connection, network, about)
            own = ids_of_organization(connection, network, organization.id)
            people = recipients(connection, network, own)
        sessions = [one for one in found if program in (None, one.program)]

        def seen(session: Session, person: str) -> Session:
            return seen_by(session, people[person])  # noqa: B023 (used up before the next one)

        files = organization_files(
            organization,
            {one.id: one.member for one in people.values()},
            sessions,
            name=settings.organizer_name,
            organizer=Mailbox(settings.organizer_name, settings.organizer_email),
            seen_by=seen,
        )
        for path, data in files:
            yield f"{folders[organization.id]}/{path}", data

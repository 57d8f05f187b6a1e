"""Calendars to hand on: an organization's files, and a program as one file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from matcher.calendar.archive import zipped
from matcher.calendar.events import Mailbox
from matcher.calendar.feed import Version, render_feed
from matcher.calendar.files import file_names, members_table
from matcher.domain.member import Member
from matcher.domain.network import NetworkHeader
from matcher.domain.organization import Organization
from matcher.domain.session import Schedule, Session
from matcher.texts.sessions import View, colleagues_only, in_words
from matcher.texts.words import ENGLISH, words_of


def program_calendar(sessions: Iterable[Session], name: str, organizer: Mailbox) -> bytes:
    """All these sessions as one calendar, in English, with the names that profiles show."""
    return render_feed((in_words(one, View()) for one in sessions), name=name, organizer=organizer)


def export_files(
    schedule: Schedule, members: Mapping[str, Member], header: NetworkHeader, organizer: Mailbox
) -> dict[str, bytes]:
    """Of a schedule, `organizations/ID.zip` for each organization with sessions, and `programs/ID.ics` for
    each program with some, by path."""
    files: dict[str, bytes] = {}
    programs = {one.id: one.name for one in header.programs}
    found = sorted({session.program for session in schedule.sessions})
    slugs = file_names(found)
    for program in found:
        own = [session for session in schedule.sessions if session.program == program]
        title = ENGLISH("feed.name", network=organizer.name, what=programs.get(program, program))
        files[f"programs/{slugs[program]}.ics"] = program_calendar(own, title, organizer)
    of_organization: dict[str, dict[str, Member]] = defaultdict(dict)
    for member in members.values():
        of_organization[member.organization][member.id] = member
    slugs = file_names(one.id for one in header.organizations)
    for organization in header.organizations:
        people = of_organization[organization.id]
        sessions = [one for one in schedule.sessions if any(person in people for person in one.people)]
        if sessions:
            parts = organization_files(
                organization, people, sessions, name=organizer.name, organizer=organizer
            )
            files[f"organizations/{slugs[organization.id]}.zip"] = b"".join(zipped(parts))
    return files


def organization_files(
    organization: Organization,
    people: Mapping[str, Member],
    sessions: Sequence[Session],
    *,
    name: str,
    organizer: Mailbox,
    seen_by: Callable[[Session, str], Session] = Session.as_seen_by,
) -> Iterator[tuple[str, bytes]]:
    """The files of one organization, by path: `organization.ics`, which names its own people only,
    `members.csv`, and `members/` with a calendar for each of its `people` (by id) who has sessions.

    `sessions` are those that they attend, or left; `seen_by` tells how one of them sees a session. The same
    sessions give the same bytes.
    """
    own = set(people)
    view = colleagues_only(own, ENGLISH)
    title = ENGLISH("feed.name", network=name, what=organization.name)
    whole = (in_words(one.as_seen_by_any(own), view) for one in sessions)
    yield "organization.ics", render_feed(whole, name=title, organizer=organizer)
    of_member: dict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        for person in session.people:
            if person in own:
                of_member[person].append(seen_by(session, person))
    slugs = file_names(of_member)
    yield "members.csv", members_table(of_member, people, [organization], slugs, "members")
    rendered: dict[Version, bytes] = {}
    for person in sorted(of_member):
        words = words_of(people[person])
        told = [in_words(one, View(words, person)) for one in of_member[person]]
        title = words("feed.name", network=name, what=people[person].name)
        data = render_feed(told, name=title, organizer=organizer, rendered=rendered, words=words)
        yield f"members/{slugs[person]}.ics", data

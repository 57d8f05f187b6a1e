"""Calendars as a folder of files: a feed per member, invites, and tables that a coordinator can open."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from matcher.calendar.events import Mailbox
from matcher.calendar.feed import Version, render_feed
from matcher.calendar.folder import FolderChange, replace_files
from matcher.calendar.invite import render_cancel, render_request
from matcher.domain.family import Family
from matcher.domain.member import Member
from matcher.domain.organization import Organization
from matcher.domain.session import Schedule, Session, State
from matcher.texts.sessions import View, in_words
from matcher.texts.words import Words, words_of

_README = """These files were written by Peerloom, and are replaced when it runs again into this folder.

feeds/        one calendar per member: put it where their calendar program can subscribe to it, or
              open it
invites/      per member, invitations as they would be mailed; opening one shows what the member's program
              makes of it
members.csv   who has how many sessions, when the first one is, and which file is theirs
organizations/    where asked for: a ZIP for each organization, with a calendar for each of its people
programs/         where asked for: each program as one calendar
unscheduled.csv   pairs, groups and weeks that found no time, with the reason
"""
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class CalendarFiles:
    """What a folder now holds, and what changed. `without_address`: members whom no invite can reach."""

    folder: Path
    feeds: int
    invites: int
    more: int
    without_address: tuple[str, ...]
    change: FolderChange


def write_calendars(
    folder: Path,
    schedule: Schedule,
    members: Mapping[str, Member],
    organizations: Iterable[Organization],
    *,
    organizer: Mailbox,
    name: str = "Peerloom",
    invites: Literal["first", "all", "none"] = "first",
    list_others: bool = False,
    as_of: datetime | None = None,
    more: Mapping[str, bytes] | None = None,
) -> CalendarFiles:
    """Write feeds, invites and tables of a schedule. Repeatable: the same schedule changes no file.

    Every member with a session, cancelled ones included, gets `feeds/<id>.ics`. `invites` says for which
    sessions each person gets a message in `invites/<id>/`: the first one of each pair or group, all, or none;
    a cancelled one, or one that they left, is a cancellation. With `list_others` a request lists all people,
    where their profiles show their addresses to other organizations. `as_of` is
    "now" for cancelled sessions in feeds, see `render_feed`. `more`: further files, by path.

    Raises `InputError` where a file that is not ours stands in the way (nothing is written then), `OSError`
    where the folder cannot be written to.
    """
    of_member: dict[str, list[Session]] = defaultdict(list)
    reading: dict[str, Words] = {}
    for session in schedule.sessions:
        for person in session.people:
            if person not in reading:
                reading[person] = words_of(members[person]) if person in members else Words()
            of_member[person].append(in_words(session.as_seen_by(person), View(reading[person], person)))
    slugs = file_names(of_member)
    files: dict[str, bytes] = {}
    rendered: dict[Version, bytes] = {}
    for person, sessions in of_member.items():
        shown = members[person].name if person in members else person
        words = reading[person]
        files[f"feeds/{slugs[person]}.ics"] = render_feed(
            sessions,
            name=words("feed.name", network=name, what=shown),
            organizer=organizer,
            as_of=as_of,
            rendered=rendered,
            words=words,
        )
    feeds = len(files)
    unreachable: set[str] = set()
    if invites != "none":
        for session in _invited(schedule.sessions, only_first=invites == "first"):
            for person in session.people:
                recipient = _mailbox(members.get(person))
                if recipient is None:
                    unreachable.add(person)
                    continue
                others = [members.get(one) for one in session.attendees if one != person]
                seen = [_mailbox(one) for one in others if list_others and one and one.shows("email")]
                path, data = _invite(
                    session.as_seen_by(person),
                    person,
                    recipient,
                    organizer,
                    [b for b in seen if b],
                    reading[person],
                )
                files[f"invites/{slugs[person]}/{_series_name(session, person, slugs)}-{path}"] = data
    asked = len(files) - feeds
    files |= more or {}
    files["README.txt"] = _README.encode()
    files["members.csv"] = members_table(of_member, members, organizations, slugs)
    files["unscheduled.csv"] = _unscheduled_table(schedule)
    change = replace_files(folder, files)
    return CalendarFiles(folder, feeds, asked, len(more or {}), tuple(sorted(unreachable)), change)


def file_names(ids: Iterable[str]) -> dict[str, str]:
    """A file name (without ending) for each member id: the id itself where every file system can hold it.

    Others, and ids that differ in case only, get a piece of their hash after a "~".
    """
    known = list(ids)
    folded = Counter(one.casefold() for one in known)
    names = {}
    for one in known:
        plain = _SAFE.fullmatch(one) and not _RESERVED.fullmatch(one) and not one.endswith(".")
        if plain and folded[one.casefold()] == 1:
            names[one] = one
        else:
            stem = re.sub(r"[^A-Za-z0-9]+", "-", one).strip("-")[:40].lower()
            names[one] = f"{stem}~{hashlib.sha256(one.encode()).hexdigest()[:10]}"
    return names


def _invited(sessions: Sequence[Session], *, only_first: bool) -> list[Session]:
    if not only_first:
        return list(sessions)
    first: dict[tuple[str, ...], Session] = {}
    for session in sorted(sessions, key=lambda s: (s.state is State.CANCELLED, s.start, s.uid)):
        first.setdefault((session.kind or session.family, *session.key), session)
    return list(first.values())


def _series_name(session: Session, person: str, slugs: Mapping[str, str]) -> str:
    """What a person's invites to a series are called: with whom they pair, or the group's id."""
    if session.family is Family.PAIRS:
        (other,) = (one for one in session.key if one != person)
        return f"with-{slugs[other]}"
    return file_names(session.key)[session.key[0]]


def _invite(
    session: Session,
    person: str,
    recipient: Mailbox,
    organizer: Mailbox,
    others: Sequence[Mailbox],
    words: Words,
) -> tuple[str, bytes]:
    told = in_words(session, View(words, person))
    number = f"{session.kind or session.family}-{session.index + 1:02d}"
    if session.state is State.CANCELLED:
        return f"{number}-cancel.ics", render_cancel(told, recipient, organizer, words)
    leads = session.roles.get(person) == "lead"
    return f"{number}-request.ics", render_request(told, recipient, organizer, others=others, leads=leads)


def _mailbox(member: Member | None) -> Mailbox | None:
    if member is None or member.email is None:
        return None
    return Mailbox(member.name if member.shows("name") else "", member.email)


def members_table(
    of_member: Mapping[str, Sequence[Session]],
    members: Mapping[str, Member],
    organizations: Iterable[Organization],
    slugs: Mapping[str, str],
    folder: str = "feeds",
) -> bytes:
    """Who has how many sessions, when the first one is, and which file in `folder` is theirs, as CSV."""
    names = {organization.id: organization.name for organization in organizations}
    rows = [["member", "name", "organization", "time zone", "sessions", "cancelled", "first session", "feed"]]
    for person in sorted(of_member):
        member = members.get(person)
        live = sorted(s.start for s in of_member[person] if s.state is State.SCHEDULED)
        zone = member.time_zone if member else "UTC"
        rows.append(
            [
                person,
                member.name if member else "",
                names.get(member.organization, member.organization) if member else "",
                zone,
                str(len(live)),
                str(len(of_member[person]) - len(live)),
                live[0].astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if live else "",
                f"{folder}/{slugs[person]}.ics",
            ]
        )
    return _table(rows)


def _unscheduled_table(schedule: Schedule) -> bytes:
    rows = [["pair or group", "people", "session", "reason", "why"]]
    rows += [
        [
            " - ".join(one.key),
            "; ".join(one.attendees),
            "all" if one.index is None else str(one.index + 1),
            one.reason,
            one.sentence,
        ]
        for one in schedule.unscheduled
    ]
    return _table(rows)


def _table(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV that spreadsheets open rightly: UTF-8 with its mark, and no cell that they take for a formula."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [["'" + c if c[:1] in tuple("=+-@\t\r") and c else c for c in row] for row in rows]
    )
    return text.getvalue().encode("utf-8-sig")

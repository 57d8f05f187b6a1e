"""Sources of busy time: files that are sent, and addresses that are read. Only times are kept of either."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from matcher.calendar.addresses.calendars import Validators, fetch_busy, fetch_file
from matcher.calendar.addresses.guard import checked_url
from matcher.calendar.addresses.https import SECONDS, Login
from matcher.calendar.addresses.problems import AddressProblem
from matcher.calendar.busy.guarded import read_calendar, window_of
from matcher.calendar.busy.report import REFUSED, Refused
from matcher.domain.member import BusyInterval
from matcher.store.busy import (
    BusySource,
    Taken,
    add_source,
    file_source,
    find_source,
    fresh_source_id,
    keep_problem,
    keep_read,
    keep_taken,
    list_sources,
    member_zone,
)
from matcher.store.database import Database
from matcher.store.errors import Conflict, NotFound
from matcher.store.networks import lock_network
from matcher.store.seal import Seal, Unsealable
from matcher.wiring import Services

EVERY = timedelta(hours=6)
RETRY, LATEST_RETRY = timedelta(hours=1), timedelta(hours=24)
WORKED_OUT_FOR = timedelta(days=7)
"""How long an unchanged calendar is taken as read: after that its rules are worked out for later days too."""
MOST_SOURCES = 10
"""Of one member."""

Kind = Literal["address", "caldav"]
_log = logging.getLogger("peerloom.busy")


@dataclass(frozen=True)
class Where:
    """An address as it is sealed: a secret, all of it."""

    url: str
    name: str = ""
    password: str = ""

    @property
    def login(self) -> Login | None:
        """What CalDAV servers are told, None without a name."""
        return Login(self.name, self.password) if self.name else None


def put_file(database: Database, network: str, member: str, data: bytes, now: datetime) -> BusySource:
    """Take a member's busy time from a calendar file, in the place of the file before.

    Nothing of the file is kept but the times. Raises `NotFound`, and `Refused` for one that cannot be used.
    """
    with database.read() as connection:
        zone = member_zone(connection, network, member)
    taken = read_taken(data, zone, now)
    with database.write() as connection:
        lock_network(connection, network)
        member_zone(connection, network, member)  # they may have gone meanwhile
        source = file_source(connection, network, member, now)
        keep_taken(connection, source, taken, now)
        keep_read(connection, source, None, None, now, None)
        return find_source(connection, network, member, source.id)


def add_address(
    services: Services, network: str, member: str, kind: Kind, where: Where, now: datetime
) -> BusySource:
    """Add an address of a member's calendar, and read it once: the answer says how that went.

    Raises `AddressProblem` for one that may not be asked (nothing is stored then), `NotFound`, and `Conflict`
    without `PEERLOOM_SECRET` or above `MOST_SOURCES`.
    """
    parts, identifier = checked_url(where.url), fresh_source_id()
    sealed = Seal(services.settings.secret).close(json.dumps(vars(where)), f"{network}/{identifier}")
    services.guard.place(where.url, SECONDS)
    with services.database.write() as connection:
        lock_network(connection, network)
        member_zone(connection, network, member)
        if len(list_sources(connection, network, "", MOST_SOURCES, member=member)) == MOST_SOURCES:
            raise Conflict(f"The member {member!r} has {MOST_SOURCES} calendars already: remove one first.")
        host = str(parts.hostname)[:255]
        source = add_source(connection, network, identifier, member, kind, host, sealed, now)
    read_source(services, source)
    with services.database.read() as connection:
        return find_source(connection, network, member, identifier)


def read_again(services: Services, network: str, member: str, identifier: str) -> BusySource:
    """Read an address now, whenever it is due. Raises `NotFound`, and `Conflict` for a file."""
    with services.database.read() as connection:
        source = find_source(connection, network, member, identifier)
    if source.sealed is None:
        raise Conflict("This calendar was sent as a file, of which only the times were kept: send it again.")
    read_source(services, source)
    with services.database.read() as connection:
        return find_source(connection, network, member, identifier)


def read_source(services: Services, source: BusySource) -> bool:
    """Read an address, and keep what came of it: the times, or the problem. Returns whether all went well.

    Takes at most some 25 seconds, and raises nothing that is the calendar's fault.
    """
    try:
        _read(services, source)
    except (AddressProblem, Refused) as error:
        code, detail = error.code, str(error)
    except NotFound:
        return True  # the member went meanwhile, and the source with them
    except Exception as error:
        # Not the message: it may hold the address.
        _log.error("busy time of source %s: %s", source.id, type(error).__name__)
        code, detail = "reading-failed", REFUSED["reading-failed"]
    else:
        return True
    now = services.now()
    wait = min(RETRY * 2 ** min(source.failures, 10), LATEST_RETRY)
    with services.database.write() as connection:
        keep_problem(connection, source, code, detail, now, now + wait)
    return False


def _read(services: Services, source: BusySource) -> None:
    now = services.now()
    with services.database.read() as connection:
        zone = member_zone(connection, source.network, source.member)
    try:
        where = Where(**json.loads(Seal(services.settings.secret).open(str(source.sealed), source.row)))
    except Unsealable:
        raise AddressProblem("sealed-otherwise") from None
    known = source.worked_out_at is not None and now - source.worked_out_at < WORKED_OUT_FOR
    known = known and source.problem is None and str(source.content).endswith(f" {zone}")
    if source.kind == "caldav":
        fetched = fetch_busy(services.guard, where.url, where.login, window_of(now))
    else:
        validators = Validators(source.etag, source.last_modified) if known else Validators()
        fetched = fetch_file(services.guard, where.url, validators)
    taken = None
    if fetched.data is not None and not (known and content_of(fetched.data, zone) == source.content):
        taken = read_taken(fetched.data, zone, now)
    found = fetched.validators
    with services.database.write() as connection:
        if taken is not None:
            keep_taken(connection, source, taken, now)
        keep_read(connection, source, found.etag, found.last_modified, now, now + EVERY)


def read_taken(data: bytes, zone: str, now: datetime) -> Taken:
    """The times of a calendar's bytes, looked at from `now`, and what was skipped. Raises `Refused`."""
    found = read_calendar(data, zone, window_of(now))
    intervals = [
        BusyInterval(start=datetime.fromtimestamp(start, UTC), end=datetime.fromtimestamp(end, UTC))
        for start, end in found.spans
    ]
    report = {
        "read": found.report.read,
        "skipped": found.report.skipped,
        "told": [vars(one) for one in found.report.told],
    }
    return Taken(intervals, report, content_of(data, zone))


def content_of(data: bytes, zone: str) -> str:
    """A name for bytes that were read in a zone: a hash and the zone."""
    return f"{hashlib.sha256(data).hexdigest()[:32]} {zone}"

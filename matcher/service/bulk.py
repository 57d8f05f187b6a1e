"""Many members at once: added or replaced by their ids, all or nothing, with every fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from matcher.documents.check import ReferenceCheck
from matcher.documents.faults import FaultList, counted
from matcher.documents.parse import Unreadable, parse
from matcher.domain.errors import Fault, InputError
from matcher.domain.member import Member, Status
from matcher.service.headers import keep_units
from matcher.service.members import inside
from matcher.store.database import Connection
from matcher.store.documents import header_of
from matcher.store.errors import Conflict
from matcher.store.members import MemberWriter, bodies, count_members
from matcher.store.networks import lock_network

MOST_LISTED = 100


@dataclass(frozen=True)
class Record:
    """One member as JSON, and where it stands: its line (from 1), or its index in a list (from 0)."""

    number: int
    data: bytes


@dataclass(frozen=True)
class Upserted:
    """How many members were added, changed, found the same, and marked as left because they were absent."""

    created: int
    updated: int
    unchanged: int
    left: int


def upsert_members(
    connection: Connection,
    network: str,
    records: Iterable[Record],
    now: datetime,
    *,
    lines: bool,
    sync: bool = False,
) -> Upserted:
    """Add or replace members by id. `lines`: faults name lines; else paths begin with the index.

    `sync`: active members who are absent are marked as left, if they are at most `most_left_percent` of the
    active ones. Raises `InputError` with every fault (100 are told), `Conflict` when too many would be marked
    as left.
    """
    settings = lock_network(connection, network).settings
    header = header_of(connection, network)
    active = count_members(connection, network, Status.ACTIVE)
    writer = MemberWriter(connection, network, now)
    faults = FaultList()
    check = ReferenceCheck(header, faults, lines=lines, known=frozenset(writer.present))
    seen: set[str] = set()
    for one in records:
        try:
            member = parse(Member, one.data, one.number if lines else None)
        except Unreadable as error:
            faults.extend(_placed(fault, one.number, lines) for fault in error.faults)
            continue
        check.member(member, one.number)
        seen.add(member.id)
        if not faults.count:  # after the first fault the rest is only checked
            writer.add(member)
    check.finish_wishes()
    if faults.count:
        told = [inside(fault, "member" if lines else "members") for fault in faults.told()]
        raise InputError(f"Nothing was stored: {counted(faults.count, 'fault')} to put right.", told)
    writer.flush()
    created, updated, unchanged = writer.created, writer.updated, writer.unchanged
    left = _mark_left(connection, network, seen, active, settings.most_left_percent, writer) if sync else 0
    keep_units(connection, header)
    return Upserted(created, updated, unchanged, left)


@contextmanager
def rehearsed(connection: Connection, dry_run: bool) -> Iterator[None]:
    """Take all of the block's changes back at its end where it is only a `dry_run`."""
    attempt = connection.begin_nested()
    yield
    if dry_run:
        attempt.rollback()
    else:
        attempt.commit()


def _placed(fault: Fault, number: int, lines: bool) -> Fault:
    path = fault.path
    if not lines:
        path = f"members[{number}].{path}" if path else f"members[{number}]"
    return Fault(path, fault.reason, fault.line)


def _mark_left(
    connection: Connection, network: str, seen: set[str], active: int, most_percent: int, writer: MemberWriter
) -> int:
    absent = [
        Member.model_validate_json(body)
        for identifier, body in bodies(connection, network, status=Status.ACTIVE)
        if identifier not in seen
    ]
    if len(absent) * 100 > most_percent * active:
        listed = [Fault("", f"{one.id!r} ({one.name}) is absent") for one in absent[:MOST_LISTED]]
        if len(absent) > MOST_LISTED:
            listed.append(Fault("", f"and {len(absent) - MOST_LISTED:,} more"))
        raise Conflict(
            f"{len(absent):,} of {active:,} active members are absent, more than {most_percent} %: is the "
            "import cut off? Nothing was stored. Send it without sync, or raise most_left_percent.",
            listed,
        )
    for member in absent:
        writer.add(member.model_copy(update={"status": Status.LEFT}))
    writer.flush()
    return len(absent)

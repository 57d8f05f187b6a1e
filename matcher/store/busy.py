"""Taken times read from members' calendars, by source: kept, found, and joined with the profiles."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from matcher.domain.member import BusyInterval, Member, Status
from matcher.store.errors import NotFound
from matcher.store.ids import new_id
from matcher.store.tables import busy_sources, members

_FILE = "file"


@dataclass(frozen=True)
class BusySource:
    """One calendar of a member: an uploaded "file", an "address" that is polled, or "caldav".

    `host`: where it is, all of its address that may be shown. `report`: what the last good reading skipped.
    `problem` and `detail`: what is wrong since `failures` attempts, None while all is well; the times of the
    last good reading stay. `content`, `etag` and `last_modified` tell what those were read from, and
    `worked_out_at` when. Files are never due.
    """

    network: str
    id: str
    member: str
    kind: str
    host: str
    count: int
    report: dict[str, Any]
    problem: str | None
    detail: str | None
    failures: int
    created_at: datetime
    read_at: datetime | None
    tried_at: datetime | None
    due_at: datetime | None
    worked_out_at: datetime | None
    etag: str | None
    last_modified: str | None
    content: str | None
    sealed: str | None = field(repr=False)

    @property
    def row(self) -> str:
        """What a sealed address is bound to."""
        return f"{self.network}/{self.id}"


@dataclass(frozen=True)
class Taken:
    """What a good reading gives: times, and what it skipped; `content` names the bytes and zone behind it."""

    intervals: Sequence[BusyInterval]
    report: dict[str, Any]
    content: str


def member_zone(connection: Connection, network: str, member: str) -> str:
    """The time zone in a member's profile. Raises `NotFound`."""
    query = select(members.c.body).where(members.c.network_id == network, members.c.id == member)
    body = connection.execute(query).scalar()
    if body is None:
        raise NotFound("member", member)
    return str(json.loads(body)["time_zone"])


def fresh_source_id() -> str:
    """The id of a source to be."""
    return new_id("busy")


def add_source(
    connection: Connection,
    network: str,
    identifier: str,
    member: str,
    kind: str,
    host: str,
    sealed: str | None,
    now: datetime,
) -> BusySource:
    """Keep a source, which is due at once unless it is a file."""
    connection.execute(
        insert(busy_sources).values(
            network_id=network,
            id=identifier,
            member=member,
            kind=kind,
            host=host,
            sealed=sealed,
            created_at=now,
            due_at=None if kind == _FILE else now,
        )
    )
    return find_source(connection, network, member, identifier)


def file_source(connection: Connection, network: str, member: str, now: datetime) -> BusySource:
    """The member's source of uploaded files, made where there is none: one a member."""
    mine = busy_sources.c
    query = select(busy_sources).where(mine.network_id == network, mine.member == member, mine.kind == _FILE)
    row = connection.execute(query).first()
    if row is not None:
        return _source(row)
    return add_source(connection, network, fresh_source_id(), member, _FILE, "", None, now)


def find_source(connection: Connection, network: str, member: str, identifier: str) -> BusySource:
    """One source of a member. Raises `NotFound`."""
    mine = busy_sources.c
    query = select(busy_sources).where(
        mine.network_id == network, mine.member == member, mine.id == identifier
    )
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("source of busy time", identifier)
    return _source(row)


def list_sources(
    connection: Connection,
    network: str,
    after: str,
    most: int,
    *,
    member: str | None = None,
    failing: bool = False,
) -> list[BusySource]:
    """Up to `most` sources with ids above `after`: of one member, or those with a problem."""
    mine = busy_sources.c
    query = select(busy_sources).where(mine.network_id == network, mine.id > after)
    if member is not None:
        query = query.where(mine.member == member)
    if failing:
        query = query.where(mine.problem.is_not(None))
    return [_source(row) for row in connection.execute(query.order_by(mine.id).limit(most))]


def remove_source(connection: Connection, network: str, member: str, identifier: str) -> None:
    """Forget a source, and the times that came from it. Raises `NotFound`."""
    find_source(connection, network, member, identifier)
    mine = busy_sources.c
    connection.execute(delete(busy_sources).where(mine.network_id == network, mine.id == identifier))


def keep_taken(connection: Connection, source: BusySource, taken: Taken, now: datetime) -> None:
    """Put a reading in the place of the one before."""
    times = [one.model_dump(mode="json") for one in taken.intervals]
    _change(
        connection,
        source,
        intervals=json.dumps(times, separators=(",", ":")),
        count=len(times),
        report=json.dumps(taken.report),
        content=taken.content,
        worked_out_at=now,
    )


def keep_read(
    connection: Connection,
    source: BusySource,
    etag: str | None,
    last_modified: str | None,
    now: datetime,
    due_at: datetime | None,
) -> None:
    """Remember that a source was read without a problem, and when it is read next."""
    _change(
        connection, source, etag=etag, last_modified=last_modified, problem=None, detail=None, failures=0,
        read_at=now, tried_at=now, due_at=due_at,
    )  # fmt: skip


def keep_problem(
    connection: Connection, source: BusySource, code: str, detail: str, now: datetime, due_at: datetime | None
) -> None:
    """Remember that a source could not be read; the times of the last good reading stay."""
    more = source.failures + 1
    _change(connection, source, problem=code, detail=detail, failures=more, tried_at=now, due_at=due_at)


def due_sources(
    connection: Connection, now: datetime | None, most: int, network: str | None = None, after: str = ""
) -> list[BusySource]:
    """Up to `most` polled sources of active members that are due, the longest due first; with `now` None all,
    by id."""
    mine = busy_sources.c
    owner = (members.c.network_id == mine.network_id) & (members.c.id == mine.member)
    query = select(busy_sources).join(members, owner & (members.c.status == Status.ACTIVE.value))
    query = query.where(mine.kind != _FILE, mine.id > after)
    if network is not None:
        query = query.where(mine.network_id == network)
    query = query.order_by(mine.id) if now is None else query.where(mine.due_at <= now).order_by(mine.due_at)
    return [_source(row) for row in connection.execute(query.limit(most))]


def claim_source(connection: Connection, source: BusySource, until: datetime) -> bool:
    """Take a source for one process: nobody else finds it due before `until`. False where others were."""
    mine = busy_sources.c
    done = connection.execute(
        update(busy_sources)
        .where(mine.network_id == source.network, mine.id == source.id)
        .where(or_(mine.due_at == source.due_at, mine.due_at.is_(None)))
        .values(due_at=until)
    )
    return done.rowcount == 1


def intervals_of(
    connection: Connection, network: str, people: Iterable[str]
) -> dict[str, list[dict[str, str]]]:
    """The times read from the calendars of these members, as documents write them."""
    mine = busy_sources.c
    query = (
        select(mine.member, mine.intervals)
        .where(mine.network_id == network, mine.member.in_(list(people)), mine["count"] > 0)
        .order_by(mine.id)
    )
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for member, intervals in connection.execute(query):
        found[member] += json.loads(intervals)
    return found


def people_with_intervals(connection: Connection, network: str) -> frozenset[str]:
    """The members whose calendars take time."""
    mine = busy_sources.c
    query = select(mine.member).where(mine.network_id == network, mine["count"] > 0).distinct()
    return frozenset(connection.execute(query).scalars())


def joined_body(body: str, taken: Sequence[dict[str, str]]) -> str:
    """A profile's JSON with the times of its calendars after those of its own: where the two become one."""
    if not taken:
        return body
    profile = json.loads(body)
    profile["busy"] = [*profile.get("busy", ()), *taken]
    return json.dumps(profile, ensure_ascii=False, separators=(",", ":"))


def own_part(member: Member, taken: Sequence[dict[str, str]]) -> Member:
    """A member of a document without the times that its calendars gave: what `joined_body` added."""
    if not taken:
        return member
    counts = Counter(BusyInterval.model_validate(one) for one in taken)
    own: list[BusyInterval] = []
    for one in reversed(member.busy):
        if counts[one] > 0:
            counts[one] -= 1
        else:
            own.append(one)
    return member.model_copy(update={"busy": tuple(reversed(own))})


def _change(connection: Connection, source: BusySource, **values: Any) -> None:
    mine = busy_sources.c
    connection.execute(
        update(busy_sources).where(mine.network_id == source.network, mine.id == source.id).values(**values)
    )


def _source(row: Row[Any]) -> BusySource:
    return BusySource(
        row.network_id,
        row.id,
        row.member,
        row.kind,
        row.host,
        row._mapping[busy_sources.c["count"]],
        json.loads(row.report),
        row.problem,
        row.detail,
        row.failures,
        row.created_at,
        row.read_at,
        row.tried_at,
        row.due_at,
        row.worked_out_at,
        row.etag,
        row.last_modified,
        row.content,
        row.sealed,
    )

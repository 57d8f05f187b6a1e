"""Members: found, listed, written in batches."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, union_all, update

from matcher.documents.write import record
from matcher.domain.feed import FeedScope, Subject
from matcher.domain.member import Member, Status
from matcher.store.feed_contents import touch
from matcher.store.tables import members

BATCH = 1_000
_HIGHEST = "\U0010ffff"
_SKILL = re.compile(r'"skill":("(?:[^"\\]|\\.)*")')
_WRITTEN = (
    "organization",
    "unit",
    "name",
    "email",
    "name_key",
    "email_key",
    "status",
    "body",
    "position",
    "version",
    "changed_at",
)


@dataclass(frozen=True)
class MemberRow:
    """One member. `body`: the profile's JSON, without what has its default."""

    id: str
    body: str
    channel: str | None
    version: int
    changed_at: datetime


def list_members(
    connection: Connection,
    network: str,
    after: str,
    most: int,
    *,
    organization: str | None = None,
    status: Status | None = None,
    prefix: str = "",
) -> list[MemberRow]:
    """Up to `most` members with ids above `after`, by id: of one organization, of one status, and with a name
    or an address that begins with `prefix`, whatever its case."""
    wanted = [members.c.network_id == network, members.c.id > after]
    if organization is not None:
        wanted.append(members.c.organization == organization)
    if status is not None:
        wanted.append(members.c.status == status.value)
    query = select(members).where(*wanted)
    if prefix:
        low = prefix.casefold()
        high = low + _HIGHEST
        found = [  # apart and cut, so that each is read from its index and few are joined
            select(members.c.id)
            .where(*wanted, key >= low, key < high)
            .order_by(members.c.id.concat(""))  # not bare, or SQLite reads all in the order of the ids
            .limit(most)
            .subquery()
            for key in (members.c.name_key, members.c.email_key)
        ]
        query = query.where(members.c.id.in_(union_all(*(select(one.c.id) for one in found))))
    return [_read(row) for row in connection.execute(query.order_by(members.c.id).limit(most))]


def find_member(connection: Connection, network: str, identifier: str) -> MemberRow | None:
    """One member; None where there is none."""
    query = select(members).where(members.c.network_id == network, members.c.id == identifier)
    row = connection.execute(query).first()
    return _read(row) if row is not None else None


def all_ids(connection: Connection, network: str) -> set[str]:
    """The ids of all members."""
    return set(connection.execute(select(members.c.id).where(members.c.network_id == network)).scalars())


def ids_of_organization(connection: Connection, network: str, organization: str) -> set[str]:
    """The ids of an organization's members, those who left it included."""
    query = select(members.c.id).where(
        members.c.network_id == network, members.c.organization == organization
    )
    return set(connection.execute(query).scalars())


def known_ids(connection: Connection, network: str, identifiers: Iterable[str]) -> set[str]:
    """Those of the ids that are members'."""
    found: set[str] = set()
    for some in _batches(set(identifiers)):
        query = select(members.c.id).where(members.c.network_id == network, members.c.id.in_(some))
        found.update(connection.execute(query).scalars())
    return found


def bodies(
    connection: Connection, network: str, *, status: Status | None = None
) -> Iterator[tuple[str, str]]:
    """The id and the JSON of every member, or of those of one status, in document order."""
    query = select(members.c.id, members.c.body).where(members.c.network_id == network)
    if status is not None:
        query = query.where(members.c.status == status.value)
    result = connection.execute(query.order_by(members.c.position), execution_options={"yield_per": BATCH})
    for row in result:
        yield row.id, row.body


def count_members(connection: Connection, network: str, status: Status) -> int:
    """How many members have a status."""
    query = select(func.count()).where(members.c.network_id == network, members.c.status == status.value)
    return connection.execute(query).scalar_one()


def naming_skills(
    connection: Connection, network: str, is_gone: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Members who offer or seek a skill by a text that `is_gone` tells of, with the text."""
    told: dict[str, bool] = {}
    for identifier, body in bodies(connection, network):
        for quoted in _SKILL.findall(body):
            if quoted not in told:
                told[quoted] = is_gone(json.loads(quoted))
            if told[quoted]:
                profile = json.loads(body)  # only now: a text elsewhere may look like a skill
                texts = [one["skill"] for key in ("offers", "seeks") for one in profile.get(key, ())]
                gone = next(filter(is_gone, texts), None)
                if gone is not None:
                    yield identifier, gone
                break


def wishing_for(
    connection: Connection, network: str, wish: str, fields: Sequence[str] = ("prefers", "avoids")
) -> list[str]:
    """The members who name a member, or something else, in one of these lists of their profile."""
    quoted = json.dumps(wish, ensure_ascii=False)
    query = select(members.c.id, members.c.body).where(
        members.c.network_id == network, members.c.body.contains(quoted, autoescape=True)
    )
    found = []
    for identifier, body in connection.execute(query.order_by(members.c.id)):
        profile = json.loads(body)
        if any(wish in profile.get(field, ()) for field in fields):
            found.append(identifier)
    return found


def has_unit(connection: Connection, network: str, scope: str) -> bool:
    """Whether a member belongs to a unit, written "organization-id/unit-name"."""
    named = members.c.organization + "/" + members.c.unit
    query = select(members.c.id).where(members.c.network_id == network, named == scope).limit(1)
    return connection.execute(query).first() is not None


def remove_members(connection: Connection, network: str, identifiers: Collection[str]) -> None:
    """Take members away, with their pairs, sessions and feeds."""
    for some in _batches(identifiers):
        connection.execute(delete(members).where(members.c.network_id == network, members.c.id.in_(some)))


class MemberWriter:
    """Writes members in batches: new ones are added, changed ones replaced, the same left as they are.

    `present` holds the ids of the members who are there; whoever knows those that matter may give them.
    `flush` at the end.
    """

    def __init__(
        self, connection: Connection, network: str, now: datetime, present: Iterable[str] | None = None
    ) -> None:
        self.present = all_ids(connection, network) if present is None else set(present)
        self.created = self.updated = self.unchanged = 0
        self._connection, self._network, self._now = connection, network, now
        self._next: int | None = None
        self._waiting: dict[str, dict[str, Any]] = {}

    def add(self, member: Member, position: int | None = None) -> None:
        """Write one member; `position`: the place in the document, None: where it stands, or at its end."""
        if member.id in self._waiting:
            self.flush()
        self._waiting[member.id] = {
            "network_id": self._network,
            "id": member.id,
            "position": position,
            "organization": member.organization,
            "unit": member.unit,
            "name": member.name,
            "email": member.email,
            "name_key": member.name.casefold(),
            "email_key": member.email.casefold() if member.email else None,
            "status": member.status.value,
            "body": record(member).decode(),
            "version": 1,
            "changed_at": self._now,
        }
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Store what waits."""
        fresh = [row for key, row in self._waiting.items() if key not in self.present]
        for row in fresh:
            if row["position"] is None:
                row["position"] = self._last_position()
        if fresh:
            self._connection.execute(insert(members), fresh)
            self.created += len(fresh)
            self.present.update(row["id"] for row in fresh)
        if len(fresh) < len(self._waiting):
            created = {row["id"] for row in fresh}
            self._change([row for key, row in self._waiting.items() if key not in created])
        self._waiting.clear()

    def _last_position(self) -> int:
        if self._next is None:
            query = select(func.max(members.c.position)).where(members.c.network_id == self._network)
            last = self._connection.execute(query).scalar()
            self._next = -1 if last is None else last
        self._next += 1
        return self._next

    def _change(self, rows: list[dict[str, Any]]) -> None:
        known = (members.c.id, members.c.body, members.c.position, members.c.version, members.c.changed_at)
        query = select(*known, members.c.organization).where(
            members.c.network_id == self._network, members.c.id.in_([row["id"] for row in rows])
        )
        stored = {found.id: found for found in self._connection.execute(query)}
        changes = []
        moved: set[Subject] = set()
        for row in rows:
            found = stored[row["id"]]
            if found.organization != row["organization"]:
                ends = (found.organization, row["organization"])
                moved.update(Subject(FeedScope.ORGANIZATION, one) for one in ends)
            if row["position"] is None:
                row["position"] = found.position
            if found.body == row["body"]:
                self.unchanged += 1
                if found.position == row["position"]:
                    continue
                row |= {"version": found.version, "changed_at": found.changed_at}
            else:
                self.updated += 1
                row["version"] = found.version + 1
            changes.append({f"new_{name}": value for name, value in row.items()})
        if changes:
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _WRITTEN}
            change = update(members).where(
                members.c.network_id == bindparam("new_network_id"), members.c.id == bindparam("new_id")
            )
            self._connection.execute(change.values(values), changes)
        touch(self._connection, self._network, moved, self._now)


def _batches(identifiers: Iterable[str]) -> Iterator[list[str]]:
    left = iter(identifiers)
    while some := list(islice(left, BATCH)):
        yield some


def _read(row: Row[Any]) -> MemberRow:
    return MemberRow(row.id, row.body, row.channel, row.version, row.changed_at)

"""Whole network documents in and out of the database, record by record, without loss."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select

from matcher.documents.read import NetworkSource
from matcher.documents.write import NetworkText, is_lines, record, replacing
from matcher.domain.errors import Fault, InputError
from matcher.domain.history import EndedPair
from matcher.domain.member import Member
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Policy
from matcher.store.busy import intervals_of, joined_body, own_part, people_with_intervals
from matcher.store.leaving import leave_series
from matcher.store.members import MemberWriter, remove_members
from matcher.store.networks import find_network
from matcher.store.parts import PARTS, remove_other_parts, replace_parts
from matcher.store.policies import (
    add_version,
    drop_versions,
    find_policy,
    latest_policies,
    newest_used_version,
    order_policies,
)
from matcher.store.tables import (
    ended_pairs,
    members,
    running_pairs,
    snapshots,
)

BATCH = 2_000


@dataclass(frozen=True)
class Stored:
    """How many members a document added, changed, left as they were, and took away."""

    created: int
    updated: int
    unchanged: int
    removed: int


def store_document(connection: Connection, source: NetworkSource, now: datetime) -> Stored:
    """Make a network, which exists, hold exactly this document. What is the same keeps its version.

    Members who are gone take their pairs, sessions and feeds with them. Raises `InputError` with every fault
    of the document (also where a policy would change a version that a plan was made with), `NotFound` where
    the network does not exist.
    """
    network, header = find_network(connection, source.header.id).id, source.header
    for name in PARTS:
        parts: Sequence[Any] = getattr(header, name)
        replace_parts(connection, network, name, {one.id: record(one).decode() for one in parts}, now)
    _store_policies(connection, network, header.policies, now)
    writer = MemberWriter(connection, network, now)
    gone = set(writer.present)
    gone -= _store_people(connection, network, source, writer)
    leave_series(connection, network, gone, now)
    remove_members(connection, network, gone)
    for name in PARTS:
        remove_other_parts(connection, network, name, {one.id for one in getattr(header, name)})
    return Stored(writer.created, writer.updated, writer.unchanged, len(gone))


def _store_policies(connection: Connection, network: str, policies: Sequence[Policy], now: datetime) -> None:
    faults = []
    for number, policy in enumerate(policies):
        latest = find_policy(connection, network, policy.id)
        if latest is not None and latest.policy == policy:
            continue
        used = newest_used_version(connection, network, policy.id)
        if policy.version > used:
            drop_versions(connection, network, policy.id, policy.version)
            add_version(connection, network, policy, now)
        else:
            reason = (
                f"version {used} of {policy.id!r} was used by a plan, and such versions stay as they are: "
                f"write {used + 1} or above"
            )
            faults.append(Fault(f"policies[{number}].version", reason))
    if faults:
        raise InputError("The document's policies contradict stored versions.", faults)
    order_policies(connection, network, [policy.id for policy in policies])


def _store_people(
    connection: Connection, network: str, source: NetworkSource, writer: MemberWriter
) -> set[str]:
    """Store members and pairs. Returns the ids of the members."""
    found: set[str] = set()
    of_plans = _running_of_plans(connection, network)
    for table in (ended_pairs, running_pairs):
        connection.execute(delete(table).where(table.c.network_id == network))
    gathered: dict[Table, list[dict[str, Any]]] = {ended_pairs: [], running_pairs: []}
    read = people_with_intervals(connection, network)
    for position, person in enumerate(source.people()):
        if isinstance(person, Member):
            if person.id in read:
                person = own_part(person, intervals_of(connection, network, [person.id])[person.id])
            writer.add(person, position)
            found.add(person.id)
            continue
        row: dict[str, Any] = {
            "network_id": network,
            "position": position,
            "learner": person.learner,
            "guide": person.guide,
            "body": record(person).decode(),
        }
        if isinstance(person, EndedPair):
            gathered[ended_pairs].append(row)
        else:
            kind = person.kind.value
            program, plan = of_plans.get((person.learner, person.guide, kind), (None, None))
            gathered[running_pairs].append({**row, "kind": kind, "program": program, "plan": plan})
    writer.flush()  # members first: pairs name them
    for table, rows in gathered.items():
        _insert(connection, table, iter(rows))
    return found


def _running_of_plans(
    connection: Connection, network: str
) -> dict[tuple[str, str, str], tuple[str | None, str | None]]:
    """The program and plan of each running pair, which no document names."""
    query = select(running_pairs).where(running_pairs.c.network_id == network)
    return {(row.learner, row.guide, row.kind): (row.program, row.plan) for row in connection.execute(query)}


def header_of(connection: Connection, network: str) -> NetworkHeader:
    """All of a network but its people; of each policy its latest version. Raises `NotFound`."""
    row = find_network(connection, network)
    lists: dict[str, list[Any]] = {}
    for name, table in PARTS.items():
        query = (
            select(table.c.body).where(table.c.network_id == network).order_by(table.c.position, table.c.id)
        )
        lists[name] = [json.loads(body) for (body,) in connection.execute(query)]
    document = {"id": row.id, "name": row.name, **lists}
    latest = latest_policies(connection, network)
    if latest:
        document["policies"] = [policy.model_dump(mode="json") for policy in latest]
    return NetworkHeader.model_validate_json(json.dumps(document))


def document_pieces(
    connection: Connection, network: str, lines: bool, *, calendars: bool = True
) -> Iterator[bytes]:
    """A network as the bytes of its document, JSON or (`lines`) JSON Lines, some hundred kB at a time.

    Records go as they are stored: they were checked when they came. Members' busy time holds what was read
    from their calendars, unless `calendars` is False. Raises `NotFound`.
    """
    text = NetworkText(header_of(connection, network), lines)
    yield text.begin()
    read = people_with_intervals(connection, network) if calendars else frozenset()
    for some in _people(connection, network, read):
        yield b"".join(text.part(b"member", body.encode()) for body in some)
    for key, table in ((b"ended", ended_pairs), (b"running", running_pairs)):
        query = select(table.c.body).where(table.c.network_id == network).order_by(table.c.position)
        result = connection.execute(query, execution_options={"yield_per": BATCH})
        for rows in result.partitions(200):
            yield b"".join(text.part(key, row.body.encode()) for row in rows)
    yield text.end()


def _people(connection: Connection, network: str, read: frozenset[str]) -> Iterator[list[str]]:
    """The profiles in the order of the document, some at a time; of those in `read` with what their calendars
    take."""
    query = select(members.c.id, members.c.body).where(members.c.network_id == network)
    result = connection.execute(query.order_by(members.c.position), execution_options={"yield_per": BATCH})
    for some in result.partitions(200):
        wanted = [row.id for row in some if row.id in read]
        taken = intervals_of(connection, network, wanted) if wanted else {}
        yield [joined_body(row.body, taken.get(row.id, ())) for row in some]


def write_document(connection: Connection, network: str, path: Path, *, calendars: bool = True) -> str:
    """Write a network as a document (JSON Lines where the name says so). Returns the SHA-256 of the file.

    `calendars` as in `document_pieces`. Raises `NotFound`, `InputError`.
    """
    with replacing(path) as file:
        for piece in document_pieces(connection, network, is_lines(path), calendars=calendars):
            file.write(piece)
    with path.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def packed(path: Path) -> bytes:
    """A document that was written, as `keep_snapshot` takes it: made outside of transactions, since it takes
    time. The same document gives the same bytes."""
    return gzip.compress(path.read_bytes(), compresslevel=3, mtime=0)


def keep_snapshot(connection: Connection, network: str, sha256: str, body: bytes, now: datetime) -> None:
    """Keep a document, once for each content: `sha256` of its plain bytes, and its `packed` ones."""
    if _snapshot(connection, network, sha256) is None:
        row = {"network_id": network, "sha256": sha256, "body": body, "created_at": now}
        connection.execute(insert(snapshots).values(row))


def keep_variant(
    connection: Connection, network: str, path: Path, sha256: str, base: str, now: datetime
) -> None:
    """Keep JSON Lines that differ in their first line, the header, from a kept snapshot `base`: only that
    line is stored."""
    if sha256 == base or _snapshot(connection, network, sha256) is not None:
        return
    with path.open("rb") as file:
        body = gzip.compress(file.readline(), compresslevel=3, mtime=0)
    row = {"network_id": network, "sha256": sha256, "base": base, "body": body, "created_at": now}
    connection.execute(insert(snapshots).values(row))


def base_of(connection: Connection, network: str, sha256: str) -> str:
    """The snapshot whose people a snapshot has: its base, or itself. Raises `KeyError`."""
    found = _snapshot(connection, network, sha256)
    if found is None:
        raise KeyError(sha256)
    return str(found.base or sha256)


def write_snapshot(connection: Connection, network: str, sha256: str, path: Path) -> None:
    """Write a kept snapshot to `path`, the very bytes that were kept. Raises `KeyError`."""
    found = _snapshot(connection, network, sha256)
    if found is None:
        raise KeyError(sha256)
    with path.open("wb") as file:
        file.write(gzip.decompress(found.body))
        if found.base is not None:
            base = _snapshot(connection, network, found.base)
            assert base is not None, "a foreign key holds it"
            with gzip.open(BytesIO(base.body)) as whole:
                whole.readline()
                shutil.copyfileobj(whole, file, 1 << 20)


def _snapshot(connection: Connection, network: str, sha256: str) -> Row[Any] | None:
    query = select(snapshots).where(snapshots.c.network_id == network, snapshots.c.sha256 == sha256)
    return connection.execute(query).first()


def _insert(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    while batch := list(islice(rows, BATCH)):
        connection.execute(insert(table), batch)

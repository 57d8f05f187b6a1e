"""Whole network documents in and out of the database, record by record, without loss."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select

from matcher.documents.read import NetworkSource
from matcher.documents.write import NetworkWriter, record
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Member
from matcher.domain.network import NetworkHeader
from matcher.store.errors import NotFound
from matcher.store.networks import find_network
from matcher.store.tables import (
    ended_pairs,
    members,
    organizations,
    policies,
    problems,
    programs,
    running_pairs,
    skills,
    snapshots,
)

PARTS: dict[str, Table] = {
    "skills": skills,
    "organizations": organizations,
    "programs": programs,
    "problems": problems,
}
"""The lists of a header by their names in the document. Policies have versions, so they are kept apart."""

BATCH = 2_000


def member_row(network: str, member: Member, position: int, now: datetime) -> dict[str, Any]:
    """A member as a row."""
    return {
        "network_id": network,
        "id": member.id,
        "position": position,
        "organization": member.organization,
        "name": member.name,
        "email": member.email,
        "status": member.status.value,
        "body": record(member).decode(),
        "version": 1,
        "changed_at": now,
    }


def store_document(connection: Connection, source: NetworkSource, now: datetime) -> None:
    """Put a whole document into its network, which exists and has no parts and no people yet.

    Raises `InputError` with every fault of the document, `NotFound` where the network does not exist.
    """
    network = find_network(connection, source.header.id).id
    for name, table in PARTS.items():
        parts: Sequence[Any] = getattr(source.header, name)
        rows = [
            {
                "network_id": network,
                "id": part.id,
                "position": position,
                "body": record(part).decode(),
                "changed_at": now,
            }
            for position, part in enumerate(parts)
        ]
        _insert(connection, table, iter(rows))
    listed = [
        {
            "network_id": network,
            "id": policy.id,
            "version": policy.version,
            "position": position,
            "body": record(policy).decode(),
            "created_at": now,
        }
        for position, policy in enumerate(source.header.policies)
    ]
    _insert(connection, policies, iter(listed))
    _store_people(connection, network, source, now)


def _store_people(connection: Connection, network: str, source: NetworkSource, now: datetime) -> None:
    gathered: dict[Table, list[dict[str, Any]]] = {members: [], ended_pairs: [], running_pairs: []}
    for position, person in enumerate(source.people()):
        if isinstance(person, Member):
            table, row = members, member_row(network, person, position, now)
        else:
            table = ended_pairs if isinstance(person, EndedPair) else running_pairs
            row = {
                "network_id": network,
                "position": position,
                "learner": person.learner,
                "guide": person.guide,
                "body": record(person).decode(),
            }
            if isinstance(person, RunningPair):
                row["kind"] = person.kind.value
        gathered[table].append(row)
        if len(gathered[table]) >= BATCH:
            for each, rows in gathered.items():  # members first: pairs name them
                _insert(connection, each, iter(rows))
                rows.clear()
    for each, rows in gathered.items():
        _insert(connection, each, iter(rows))


def clear_document(connection: Connection, network: str) -> None:
    """Take every part and every person out of a network."""
    tables = (running_pairs, ended_pairs, members, policies, *PARTS.values())
    for table in tables:
        connection.execute(delete(table).where(table.c.network_id == network))


def header_of(connection: Connection, network: str) -> NetworkHeader:
    """All of a network but its people; of each policy its latest version. Raises `NotFound`."""
    row = find_network(connection, network)
    lists: dict[str, list[Any]] = {}
    for name, table in PARTS.items():
        query = (
            select(table.c.body).where(table.c.network_id == network).order_by(table.c.position, table.c.id)
        )
        lists[name] = [json.loads(body) for (body,) in connection.execute(query)]
    found: dict[str, Any] = {}
    query = select(policies).where(policies.c.network_id == network)
    for policy in connection.execute(query.order_by(policies.c.position, policies.c.version)):
        found[policy.id] = json.loads(policy.body) | {"version": policy.version}
    document = {"id": row.id, "name": row.name, **lists}
    if found:
        document["policies"] = list(found.values())
    return NetworkHeader.model_validate_json(json.dumps(document))


def policy_body(connection: Connection, network: str, identifier: str, version: int) -> str:
    """One version of a policy as JSON. Raises `NotFound`."""
    query = select(policies.c.body).where(
        policies.c.network_id == network, policies.c.id == identifier, policies.c.version == version
    )
    body = connection.execute(query).scalar()
    if body is None:
        raise NotFound("policy", f"{identifier}/{version}")
    return json.dumps(json.loads(body) | {"version": version})


def write_document(connection: Connection, network: str, path: Path) -> str:
    """Write a network as a document (JSON Lines where the name says so). Returns the SHA-256 of the file.

    Records go as they are stored: they were checked when they came. Raises `NotFound`, `InputError`.
    """
    with NetworkWriter(path, header_of(connection, network)) as writer:
        for key, table in ((b"member", members), (b"ended", ended_pairs), (b"running", running_pairs)):
            query = select(table.c.body).where(table.c.network_id == network).order_by(table.c.position)
            result = connection.execute(query, execution_options={"yield_per": BATCH})
            for (body,) in result:
                writer.add_record(key, body.encode())
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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

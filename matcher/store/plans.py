"""Plans: kept with their documents, revision by revision, and read in pages."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, tuple_, update

from matcher.domain.session import Key
from matcher.planning.filed import FiledPlan
from matcher.store.errors import Conflict, NotFound, Stale
from matcher.store.ids import new_id
from matcher.store.tables import members, plan_documents, plan_rows, plan_seats, plan_series, plans

BATCH = 1_000

Seat = tuple[Key, str]
"""A pair or group, by its key, and one of its members."""


@dataclass(frozen=True)
class PlanRow:
    """One plan. `revision` is the latest, `version` grows with every change (its ETag). `kind` is empty in
    families that have none.

    `summary`: order, seed, value, bound, tiers, counts and notes of the latest revision. `snapshot` is the
    SHA-256 of the document that it was made from.
    """

    network: str
    id: str
    program: str
    cycle: str
    family: str
    kind: str
    policy: str
    policy_version: int
    state: str
    revision: int
    version: int
    status: str
    sentence: str
    summary: dict[str, Any]
    snapshot: str
    job: str | None
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None


def add_plan(
    connection: Connection,
    network: str,
    filed: FiledPlan,
    job: str | None,
    now: datetime,
    sessions: bytes | None = None,
) -> PlanRow:
    """Store a plan as proposed, revision 1; its snapshot is kept already. `sessions`: JSON of those of other
    plans that it was made around.

    Raises `Conflict` where people whom it names are no longer in the network.
    """
    identifier = new_id("plan")
    row = {
        "network_id": network,
        "id": identifier,
        **_head(filed),
        "state": "proposed",
        "job": job,
        "created_at": now,
        "changed_at": now,
    }
    connection.execute(insert(plans).values(row))
    _add_parts(connection, network, identifier, 1, filed, job, now, sessions)
    return find_plan(connection, network, identifier)


def add_revision(
    connection: Connection, network: str, identifier: str, filed: FiledPlan, job: str | None, now: datetime,
    version: int, sessions: bytes | None = None,
) -> PlanRow:  # fmt: skip
    """Store the next revision of a proposed plan, which was at `version` when it was taken up; `sessions` as
    in `add_plan`.

    Raises `NotFound`, `Stale`, `Conflict` as `add_plan`.
    """
    found = find_plan(connection, network, identifier)
    row = {**_head(filed), "revision": found.revision + 1, "job": job}
    change_plan(connection, found, row, now, version)
    for table in (plan_series, plan_seats, plan_rows):
        connection.execute(delete(table).where(table.c.network_id == network, table.c.plan == identifier))
    _add_parts(connection, network, identifier, found.revision + 1, filed, job, now, sessions)
    return find_plan(connection, network, identifier)


def change_plan(
    connection: Connection,
    plan: PlanRow,
    values: Mapping[str, Any],
    now: datetime,
    version: int | None = None,
) -> PlanRow:
    """Set columns of a plan; its version grows. `version`: the one that was read, None for the row's own.

    Raises `Stale` where others changed it since.
    """
    wanted = plan.version if version is None else version
    own = (plans.c.network_id == plan.network, plans.c.id == plan.id)
    done = connection.execute(
        update(plans)
        .where(*own, plans.c.version == wanted)
        .values({**values, "version": wanted + 1, "changed_at": now})
    )
    if not done.rowcount:
        raise Stale("plan", plan.id, find_plan(connection, plan.network, plan.id).version)
    return find_plan(connection, plan.network, plan.id)


def find_plan(connection: Connection, network: str, identifier: str) -> PlanRow:
    """One plan. Raises `NotFound`."""
    query = select(plans).where(plans.c.network_id == network, plans.c.id == identifier)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("plan", identifier)
    return _read(row)


def list_plans(
    connection: Connection, network: str, below: str, most: int, filters: Mapping[str, str | None]
) -> list[PlanRow]:
    """Up to `most` plans, the newest first, with ids below `below` (empty: all). `filters`: column -> value,
    None for any."""
    query = select(plans).where(plans.c.network_id == network)
    for name, wanted in filters.items():
        if wanted is not None:
            query = query.where(plans.c[name] == wanted)
    if below:
        query = query.where(plans.c.id < below)
    return [_read(row) for row in connection.execute(query.order_by(plans.c.id.desc()).limit(most))]


def published_plan(
    connection: Connection, network: str, program: str, cycle: str, family: str, kind: str
) -> PlanRow | None:
    """The published plan of one program's cycle, family and kind, if there is one."""
    wanted = {"program": program, "cycle": cycle, "family": family, "kind": kind, "state": "published"}
    found = list_plans(connection, network, "", 1, wanted)
    return found[0] if found else None


def cycles_of(connection: Connection, network: str, program: str, family: str, kind: str) -> dict[str, str]:
    """Plans of a program, family and kind that were published, and their cycles."""
    query = select(plans.c.id, plans.c.cycle).where(
        plans.c.network_id == network,
        plans.c.program == program,
        plans.c.family == family,
        plans.c.kind == kind,
        plans.c.state.in_(("published", "superseded")),
    )
    return {row.id: row.cycle for row in connection.execute(query)}


def list_series(
    connection: Connection,
    network: str,
    plan: str,
    after: tuple[str, str],
    most: int,
    member: str | None = None,
) -> list[str]:
    """Up to `most` pairs or groups of the latest revision as JSON, by key, above `after` (learner and guide
    of a pair; id and nothing of a group). `member`: those that they are in."""
    columns = plan_series.c
    query = select(columns.body).where(columns.network_id == network, columns.plan == plan)
    if member is not None:
        seats = select(plan_seats.c.key, plan_seats.c.second).where(
            plan_seats.c.network_id == network, plan_seats.c.plan == plan, plan_seats.c.member == member
        )
        query = query.where(tuple_(columns.key, columns.second).in_(seats))
    query = query.where(tuple_(columns.key, columns.second) > tuple_(*after))
    return list(connection.execute(query.order_by(columns.key, columns.second).limit(most)).scalars())


def points_of(connection: Connection, network: str, plan: str) -> Iterator[tuple[Key, int]]:
    """All pairs or groups of the latest revision and their points."""
    columns = plan_series.c
    query = select(columns.key, columns.second, columns.points)
    query = query.where(columns.network_id == network, columns.plan == plan)
    for key, second, points in connection.execute(query, execution_options={"yield_per": BATCH}):
        yield ((key, second) if second else (key,)), points


def bodies_of(connection: Connection, network: str, plan: str) -> Iterator[str]:
    """All pairs or groups of the latest revision as JSON."""
    query = select(plan_series.c.body).where(plan_series.c.network_id == network, plan_series.c.plan == plan)
    yield from connection.execute(query, execution_options={"yield_per": BATCH}).scalars()


def series_of(connection: Connection, network: str, plan: str) -> list[Key]:
    """The keys of what a plan's latest revision forms, in order."""
    columns = plan_series.c
    query = select(columns.key, columns.second).where(columns.network_id == network, columns.plan == plan)
    rows = connection.execute(query.order_by(columns.key, columns.second))
    return [tuple(filter(None, row)) for row in rows]


def has_seat(connection: Connection, network: str, plan: str, seat: Seat) -> bool:
    """Whether a member is in a pair or group of a plan's latest revision."""
    key, member = seat
    columns = plan_seats.c
    own = (columns.network_id == network, columns.plan == plan, columns.member == member)
    which = [columns[name] == value for name, value in series_values(key).items()]
    return connection.execute(select(columns.key).where(*own, *which)).first() is not None


def seats_of(connection: Connection, network: str, plan: str) -> dict[Key, list[str]]:
    """Who is in each pair or group of a plan's latest revision, both in order."""
    columns = plan_seats.c
    query = select(columns.key, columns.second, columns.member)
    query = query.where(columns.network_id == network, columns.plan == plan)
    found: dict[Key, list[str]] = {}
    for key, second, member in connection.execute(
        query.order_by(columns.key, columns.second, columns.member)
    ):
        found.setdefault((key, second) if second else (key,), []).append(member)
    return found


def series_values(key: Key) -> dict[str, str]:
    """The columns that name a pair or group."""
    return dict(zip(("key", "second"), series_columns(key), strict=True))


def series_columns(key: Key) -> tuple[str, str]:
    """The key of a pair or group in two columns, of which the second is empty for groups."""
    return key[0], key[1] if len(key) > 1 else ""


def list_rows(
    connection: Connection, network: str, plan: str, part: str, after: int, most: int
) -> list[tuple[int, str]]:
    """Up to `most` entries of a list of the latest revision: number and JSON, above the number `after`.

    `part`: one of `PLAN_PARTS`.
    """
    query = (
        select(plan_rows.c.number, plan_rows.c.body)
        .where(plan_rows.c.network_id == network, plan_rows.c.plan == plan, plan_rows.c.part == part)
        .where(plan_rows.c.number > after)
        .order_by(plan_rows.c.number)
        .limit(most)
    )
    return [(row.number, row.body) for row in connection.execute(query)]


def snapshot_of(connection: Connection, network: str, plan: str, revision: int) -> str:
    """The document that one revision was made from. Raises `NotFound`."""
    query = select(plan_documents.c.snapshot).where(
        plan_documents.c.network_id == network,
        plan_documents.c.plan == plan,
        plan_documents.c.revision == revision,
    )
    found = connection.execute(query).scalar()
    if found is None:
        raise NotFound("revision", f"{plan}/{revision}")
    return str(found)


def plan_document(connection: Connection, network: str, plan: str, revision: int) -> bytes:
    """The whole result of one revision, gzipped JSON. Raises `NotFound`."""
    query = select(plan_documents.c.body).where(
        plan_documents.c.network_id == network,
        plan_documents.c.plan == plan,
        plan_documents.c.revision == revision,
    )
    body = connection.execute(query).scalar()
    if body is None:
        raise NotFound("revision", f"{plan}/{revision}")
    return bytes(body)


def plan_sessions(connection: Connection, network: str, plan: str, revision: int) -> bytes | None:
    """JSON of the sessions of other plans that one revision was made around; None without any."""
    return _beside(connection, network, plan, revision, "sessions")


def plan_around(connection: Connection, network: str, plan: str, revision: int) -> bytes | None:
    """JSON of what else one revision was made around (`matcher.planning.around`); None without any."""
    return _beside(connection, network, plan, revision, "around")


def _beside(connection: Connection, network: str, plan: str, revision: int, what: str) -> bytes | None:
    columns = plan_documents.c
    query = select(columns[what]).where(
        columns.network_id == network, columns.plan == plan, columns.revision == revision
    )
    found = connection.execute(query).scalar()
    return None if found is None else gzip.decompress(found)


def _head(filed: FiledPlan) -> dict[str, Any]:
    return {**filed.head, "summary": json.dumps(filed.head["summary"])}


def _add_parts(
    connection: Connection, network: str, plan: str, revision: int, filed: FiledPlan, job: str | None,
    now: datetime, sessions: bytes | None,
) -> None:  # fmt: skip
    row = {
        "network_id": network,
        "plan": plan,
        "revision": revision,
        "snapshot": filed.head["snapshot"],
        "body": filed.document,
        "around": filed.around,
        "job": job,
        "sessions": None if sessions is None else gzip.compress(sessions, compresslevel=3, mtime=0),
        "created_at": now,
    }
    connection.execute(insert(plan_documents).values(row))
    _refuse_strangers(connection, network, filed)
    own = {"network_id": network, "plan": plan}
    _insert(
        connection,
        plan_series,
        (
            {**own, **series_values(tuple(key)), "points": points, "body": body}
            for key, _, points, body in filed.series()
        ),
    )
    _insert(
        connection,
        plan_seats,
        (
            {**own, **series_values(tuple(key)), "member": member}
            for key, people, _, _ in filed.series()
            for member in people
        ),
    )
    _insert(
        connection,
        plan_rows,
        ({**own, "part": part, "number": number, "body": body} for part, number, body in filed.rows()),
    )


def _refuse_strangers(connection: Connection, network: str, filed: FiledPlan) -> None:
    wanted = sorted({person for _, people, _, _ in filed.series() for person in people})
    missing: list[str] = []
    for start in range(0, len(wanted), BATCH):
        some = wanted[start : start + BATCH]
        query = select(members.c.id).where(members.c.network_id == network, members.c.id.in_(some))
        known = set(connection.execute(query).scalars())
        missing += [person for person in some if person not in known]
    if missing:
        shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise Conflict(f"{shown} left the network while it was solved: run it again.")


def _insert(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    running = iter(rows)
    while batch := list(islice(running, BATCH)):
        connection.execute(insert(table), batch)


def _read(row: Row[Any]) -> PlanRow:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    found["summary"] = json.loads(found["summary"])
    return PlanRow(**found)

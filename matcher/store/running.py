"""Pairs that run and pairs that ended, as publications change them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from matcher.documents.write import record
from matcher.domain.history import EndedPair
from matcher.domain.policy import Kind
from matcher.store.tables import ended_pairs, running_pairs

BATCH = 500


@dataclass(frozen=True)
class RunningRow:
    """One running pair; `program` and `plan` None: it came with a document. `body` is its JSON."""

    learner: str
    guide: str
    program: str | None
    plan: str | None
    body: str


def running_of(connection: Connection, network: str, program: str, kind: Kind) -> list[RunningRow]:
    """The running pairs that a plan of this program and kind replaces: its own, and those of no program."""
    columns = running_pairs.c
    query = (
        select(columns.learner, columns.guide, columns.program, columns.plan, columns.body)
        .where(columns.network_id == network, columns.kind == kind.value)
        .where(or_(columns.program == program, columns.program.is_(None)))
        .order_by(columns.position, columns.learner, columns.guide)
    )
    return [RunningRow(*row) for row in connection.execute(query)]


def replace_running(
    connection: Connection, network: str, program: str, kind: Kind, rows: Sequence[RunningRow]
) -> None:
    """Put these in place of what `running_of` finds. A pair that runs in another program stays there."""
    columns = running_pairs.c
    mine = (columns.network_id == network) & (columns.kind == kind.value)
    connection.execute(
        delete(running_pairs).where(mine).where(or_(columns.program == program, columns.program.is_(None)))
    )
    others = {
        (learner, guide)
        for learner, guide in connection.execute(select(columns.learner, columns.guide).where(mine))
    }
    first = connection.execute(
        select(func.max(columns.position)).where(columns.network_id == network)
    ).scalar()
    fresh = [
        {"network_id": network, "kind": kind.value, "position": position, **asdict(row)}
        for position, row in enumerate(rows, (-1 if first is None else first) + 1)
        if (row.learner, row.guide) not in others
    ]
    for begin in range(0, len(fresh), BATCH):
        connection.execute(insert(running_pairs), fresh[begin : begin + BATCH])


def add_ended(connection: Connection, network: str, program: str, pairs: Sequence[EndedPair]) -> list[int]:
    """Add pairs that a program ended. Returns their positions."""
    columns = ended_pairs.c
    first = connection.execute(
        select(func.max(columns.position)).where(columns.network_id == network)
    ).scalar()
    rows: list[dict[str, Any]] = [
        {
            "network_id": network,
            "position": position,
            "learner": pair.learner,
            "guide": pair.guide,
            "program": program,
            "body": record(pair).decode(),
        }
        for position, pair in enumerate(pairs, (-1 if first is None else first) + 1)
    ]
    for begin in range(0, len(rows), BATCH):
        connection.execute(insert(ended_pairs), rows[begin : begin + BATCH])
    return [row["position"] for row in rows]


def remove_ended(connection: Connection, network: str, positions: Iterable[int]) -> None:
    """Take ended pairs out again."""
    wanted = sorted(positions)
    for begin in range(0, len(wanted), BATCH):
        batch = wanted[begin : begin + BATCH]
        connection.execute(
            delete(ended_pairs).where(ended_pairs.c.network_id == network, ended_pairs.c.position.in_(batch))
        )


def age_ended(connection: Connection, network: str, program: str, kind: Kind, cycles: int) -> None:
    """Put the ended pairs of a program, and those of none, `cycles` (1 or -1) further into the past."""
    columns = ended_pairs.c
    query = select(columns.position, columns.body).where(
        columns.network_id == network, or_(columns.program == program, columns.program.is_(None))
    )
    for position, body in connection.execute(query).all():
        pair = EndedPair.model_validate_json(body)
        if pair.kind is kind:
            ago = min(max(pair.cycles_ago + cycles, 1), 1000)
            connection.execute(
                update(ended_pairs)
                .where(columns.network_id == network, columns.position == position)
                .values(body=record(pair.model_copy(update={"cycles_ago": ago})).decode())
            )

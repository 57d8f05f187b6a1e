"""Cycles that were closed: what each added to the ledgers of members, once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from matcher.store.tables import closed_cycles


@dataclass(frozen=True)
class ClosedCycle:
    """One closed cycle of a program. `plan`: the rota whose turns were added; `added`: by member, what."""

    program: str
    cycle: str
    plan: str
    closed_at: datetime
    added: dict[str, dict[str, int]]


def closed_cycle(connection: Connection, network: str, program: str, cycle: str) -> ClosedCycle | None:
    """What closing a cycle did; None where it was not closed."""
    columns = closed_cycles.c
    query = select(closed_cycles).where(
        columns.network_id == network, columns.program == program, columns.cycle == cycle
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return ClosedCycle(row.program, row.cycle, row.plan, row.closed_at, json.loads(row.body))


def add_closed_cycle(
    connection: Connection,
    network: str,
    program: str,
    cycle: str,
    plan: str,
    added: dict[str, Any],
    now: datetime,
) -> None:
    """Keep that a cycle was closed, and what that added."""
    row = {
        "network_id": network,
        "program": program,
        "cycle": cycle,
        "plan": plan,
        "closed_at": now,
        "body": json.dumps(added),
    }
    connection.execute(insert(closed_cycles).values(row))

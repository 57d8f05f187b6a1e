"""The turns of a rota as the store lists them, by the ids that name them in every revision."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel

from matcher.domain.family import Family
from matcher.domain.rota_plan import GroupKind
from matcher.domain.rota_policy import RoleName
from matcher.service.acceptance import Links
from matcher.store.database import Connection
from matcher.store.errors import Conflict, NotFound
from matcher.store.plans import PlanRow, list_rows


class TurnRow(BaseModel):
    """One turn of one session; see `PlanTurn`. `id`: the session's id, role and number."""

    id: str
    kind: GroupKind
    key: tuple[str, ...]
    title: str
    time_zone: str
    index: int
    start: datetime
    end: datetime
    role: RoleName
    number: int
    member: str | None
    burden: int


def turns_of(connection: Connection, plan: PlanRow) -> Iterator[TurnRow]:
    """The turns of a rota's latest revision, by time."""
    for _, body in list_rows(connection, plan.network, plan.id, "turns", -1, 10_000_000):
        yield TurnRow.model_validate_json(body)


def find_turn(connection: Connection, plan: PlanRow, identifier: str) -> TurnRow:
    """One turn. Raises `NotFound`, and `Conflict` for a plan that is no rota."""
    if plan.family != Family.ROTA:
        raise Conflict(f"The plan {plan.id!r} holds {plan.family}: only a rota has turns.")
    for turn in turns_of(connection, plan):
        if turn.id == identifier:
            return turn
    raise NotFound("turn", identifier)


def turn_address(links: Links, plan: PlanRow, turn: str, member: str) -> str:
    """The address of one's own turn, where one asks others to take it. Raises `Conflict` without a secret."""
    return f"{links.base_url}/answer/turn/{turn_token(links, plan.network, plan.id, turn, member)}"


def turn_token(links: Links, *parts: str) -> str:
    """Network, plan, turn and member, and their signature."""
    named = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")
    return f"{named}.{links.signature('turn', *parts)}"

"""What people of a rota ask each other: to take a turn, or to swap two."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from matcher.store.errors import NotFound
from matcher.store.tables import turn_offers

State = Literal["open", "yes", "no"]


@dataclass(frozen=True)
class Offer:
    """`giver` asks `taker` to take `turn`, and takes `other_turn` for it, if any. Turns by their ids. `job`:
    the one that makes it, after a yes."""

    id: str
    network: str
    plan: str
    turn: str
    giver: str
    other_turn: str | None
    taker: str
    state: State
    asked_at: datetime
    deadline: datetime
    job: str | None = None
    answered_at: datetime | None = None


def add_offer(connection: Connection, offer: Offer) -> None:
    """Store what was asked."""
    row = asdict(offer)
    connection.execute(insert(turn_offers).values(network_id=row.pop("network"), **row))


def find_offer(connection: Connection, identifier: str) -> Offer:
    """One offer, of any network. Raises `NotFound`."""
    row = connection.execute(select(turn_offers).where(turn_offers.c.id == identifier)).first()
    if row is None:
        raise NotFound("offer", "...")
    return _read(row)


def offers_of(connection: Connection, network: str, plan: str, turn: str | None = None) -> list[Offer]:
    """What was asked about a plan, or one of its turns, the earliest first."""
    columns = turn_offers.c
    query = select(turn_offers).where(columns.network_id == network, columns.plan == plan)
    if turn is not None:
        query = query.where(columns.turn == turn)
    return [_read(row) for row in connection.execute(query.order_by(columns.asked_at, columns.id))]


def change_offer(connection: Connection, offer: Offer, **values: Any) -> None:
    """Set columns of an offer."""
    connection.execute(update(turn_offers).where(turn_offers.c.id == offer.id).values(**values))


def _read(row: Row[Any]) -> Offer:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    return Offer(**found)

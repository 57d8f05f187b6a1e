"""Questions to the people of a plan's pairs or groups, and their answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, tuple_, update

from matcher.domain.session import Key
from matcher.store.errors import NotFound
from matcher.store.plans import Seat
from matcher.store.tables import acceptances, plans

State = Literal["open", "yes", "no", "expired"]
BATCH = 500
_UNREMINDED = (acceptances.c.state == "open", acceptances.c.reminded_at.is_(None))


@dataclass(frozen=True)
class Acceptance:
    """One member's answer about one pair or group: open -> yes or no, or expired at the deadline. `id` names
    it in its link. `second` is empty for groups."""

    network: str
    plan: str
    key: str
    second: str
    member: str
    id: str
    state: State
    asked_at: datetime
    deadline: datetime
    reminded_at: datetime | None = None
    answered_at: datetime | None = None
    note: str = ""

    @property
    def series(self) -> Key:
        """Which pair or group it is about."""
        return (self.key, self.second) if self.second else (self.key,)

    @property
    def seat(self) -> Seat:
        """The pair or group, and who is asked."""
        return self.series, self.member

    @property
    def refused(self) -> bool:
        """Whether the answer is no, or came in time from nobody."""
        return self.state in ("no", "expired")


def add_acceptances(connection: Connection, rows: Sequence[Acceptance]) -> None:
    """Store questions that nobody was asked before."""
    for begin in range(0, len(rows), BATCH):
        values = [asdict(one) for one in rows[begin : begin + BATCH]]
        for value in values:
            value["network_id"] = value.pop("network")
        connection.execute(insert(acceptances), values)


def find_acceptance(connection: Connection, identifier: str) -> Acceptance:
    """The one with this id, of any network. Raises `NotFound`."""
    row = connection.execute(select(acceptances).where(acceptances.c.id == identifier)).first()
    if row is None:
        raise NotFound("question", identifier)
    return _read(row)


def acceptances_of(connection: Connection, network: str, plan: str) -> list[Acceptance]:
    """All of a plan, by key and member."""
    return list_acceptances(connection, network, plan, ("", "", ""), None)


def list_acceptances(
    connection: Connection,
    network: str,
    plan: str,
    after: tuple[str, str, str],
    most: int | None,
    state: str | None = None,
) -> list[Acceptance]:
    """Up to `most` of a plan above the place `after`, in one state or any."""
    columns = acceptances.c
    place = tuple_(columns.key, columns.second, columns.member)
    query = select(acceptances).where(columns.network_id == network, columns.plan == plan)
    if state is not None:
        query = query.where(columns.state == state)
    query = query.where(place > tuple_(*after)).order_by(columns.key, columns.second, columns.member)
    return [_read(row) for row in connection.execute(query.limit(most))]


def overdue_acceptances(connection: Connection, now: datetime) -> list[Acceptance]:
    """Those of all networks that are open although their deadline passed."""
    query = select(acceptances).where(acceptances.c.state == "open", acceptances.c.deadline <= now)
    return [
        _read(row) for row in connection.execute(query.order_by(acceptances.c.deadline, acceptances.c.id))
    ]


def networks_to_remind(connection: Connection) -> list[str]:
    """Networks with open questions that nobody was reminded of."""
    query = select(acceptances.c.network_id).where(*_UNREMINDED).distinct()
    return sorted(connection.execute(query).scalars())


def acceptances_to_remind(connection: Connection, network: str, asked_until: datetime) -> list[Acceptance]:
    """Open questions about approved plans that were asked by then, and that nobody was reminded of."""
    approved = (plans.c.network_id == acceptances.c.network_id) & (plans.c.id == acceptances.c.plan)
    query = (
        select(acceptances)
        .join(plans, approved & (plans.c.state == "approved"))
        .where(acceptances.c.network_id == network, acceptances.c.asked_at <= asked_until, *_UNREMINDED)
    )
    return [_read(row) for row in connection.execute(query.order_by(acceptances.c.id))]


def change_acceptance(connection: Connection, found: Acceptance, **values: Any) -> bool:
    """Set columns of one that is still as it was found; returns whether it was."""
    done = connection.execute(
        update(acceptances)
        .where(acceptances.c.id == found.id, acceptances.c.state == found.state)
        .values(**values)
    )
    return bool(done.rowcount)


def drop_acceptances(connection: Connection, rows: Iterable[Acceptance]) -> None:
    """Forget questions about what is planned no more."""
    wanted = [one.id for one in rows]
    for begin in range(0, len(wanted), BATCH):
        connection.execute(delete(acceptances).where(acceptances.c.id.in_(wanted[begin : begin + BATCH])))


def _read(row: Row[Any]) -> Acceptance:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    return Acceptance(**found)

"""What people changed in plans by hand: a log for each plan, in the order in which it was written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from matcher.domain.edit import Edit, EditPrice
from matcher.store.tables import plan_edits


@dataclass(frozen=True)
class EditRow:
    """One edit; `revision`: the first one of the plan that holds it, None while it waits for one."""

    number: int
    revision: int | None
    edit: Edit
    price: EditPrice
    created_at: datetime


def add_edit(
    connection: Connection, network: str, plan: str, edit: Edit, price: EditPrice, now: datetime
) -> EditRow:
    """Write the next edit of a plan, whose row the caller has changed in this transaction."""
    own = (plan_edits.c.network_id == network, plan_edits.c.plan == plan)
    last = connection.execute(select(func.max(plan_edits.c.number)).where(*own)).scalar()
    row = EditRow((last or 0) + 1, None, edit, price, now)
    body = {"edit": edit.model_dump(mode="json"), "price": price.model_dump(mode="json")}
    values: dict[str, Any] = {"network_id": network, "plan": plan, "number": row.number, "created_at": now}
    connection.execute(insert(plan_edits).values(**values, body=json.dumps(body)))
    return row


def list_edits(
    connection: Connection, network: str, plan: str, after: int = 0, most: int | None = None
) -> list[EditRow]:
    """The edits of a plan with numbers above `after`, in order."""
    query = select(plan_edits).where(
        plan_edits.c.network_id == network, plan_edits.c.plan == plan, plan_edits.c.number > after
    )
    found = []
    for row in connection.execute(query.order_by(plan_edits.c.number).limit(most)):
        body = json.loads(row.body)
        edit, price = (
            Edit.model_validate(body["edit"]),
            EditPrice.model_validate_json(json.dumps(body["price"])),
        )
        found.append(EditRow(row.number, row.revision, edit, price, row.created_at))
    return found


def close_edits(connection: Connection, network: str, plan: str, revision: int) -> None:
    """Say that all edits that wait are held by `revision`."""
    own = (plan_edits.c.network_id == network, plan_edits.c.plan == plan, plan_edits.c.revision.is_(None))
    connection.execute(update(plan_edits).where(*own).values(revision=revision))

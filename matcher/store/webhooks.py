"""Webhooks and their messages: posted in the transaction of what they tell, claimed with a lease, kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from matcher.store.errors import NotFound
from matcher.store.ids import new_id
from matcher.store.tables import webhook_deliveries, webhooks


@dataclass(frozen=True)
class Webhook:
    """Who is told: `host` may be shown, address and secret are `sealed`. `problem`: why it is disabled."""

    network: str
    id: str
    host: str
    sealed: str
    events: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None
    problem: str | None


@dataclass(frozen=True)
class Delivery:
    """A message to one webhook: waiting -> sending -> delivered | failed. `body` is what is sent."""

    network: str
    id: str
    webhook: str
    event: str
    key: str
    body: str
    state: str
    attempts: int
    due_at: datetime
    claimed_until: datetime | None
    status: int | None
    problem: str | None
    created_at: datetime
    ended_at: datetime | None


def fresh_webhook_id() -> str:
    """The id of a webhook to be."""
    return new_id("hook")


def add_webhook(
    connection: Connection,
    network: str,
    identifier: str,
    host: str,
    sealed: str,
    events: Sequence[str],
    now: datetime,
) -> Webhook:
    """Keep a webhook."""
    row = {"network_id": network, "id": identifier, "host": host, "sealed": sealed, "created_at": now}
    connection.execute(insert(webhooks).values(**row, events=json.dumps(list(events))))
    return find_webhook(connection, network, identifier)


def find_webhook(connection: Connection, network: str, identifier: str) -> Webhook:
    """One webhook. Raises `NotFound`."""
    query = select(webhooks).where(webhooks.c.network_id == network, webhooks.c.id == identifier)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("webhook", identifier)
    return _webhook(row)


def list_webhooks(connection: Connection, network: str, after: str = "", most: int = 1_000) -> list[Webhook]:
    """Up to `most` webhooks with ids above `after`."""
    query = select(webhooks).where(webhooks.c.network_id == network, webhooks.c.id > after)
    return [_webhook(row) for row in connection.execute(query.order_by(webhooks.c.id).limit(most))]


def change_webhook(connection: Connection, webhook: Webhook, **values: Any) -> Webhook:
    """Set columns of a webhook."""
    if "events" in values:
        values["events"] = json.dumps(list(values["events"]))
    own = (webhooks.c.network_id == webhook.network, webhooks.c.id == webhook.id)
    connection.execute(update(webhooks).where(*own).values(**values))
    return find_webhook(connection, webhook.network, webhook.id)


def remove_webhook(connection: Connection, network: str, identifier: str) -> None:
    """Forget a webhook and its messages. Raises `NotFound`."""
    own = (webhooks.c.network_id == network, webhooks.c.id == identifier)
    if not connection.execute(delete(webhooks).where(*own)).rowcount:
        raise NotFound("webhook", identifier)


def post_message(
    connection: Connection, webhook: Webhook, event: str, key: str, body: str, now: datetime
) -> str | None:
    """Put a message into the outbox of a webhook; None where the one of this `key` is there already."""
    identifier = new_id("msg")
    row = {
        "network_id": webhook.network, "id": identifier, "webhook": webhook.id, "event": event, "key": key,
        "body": body, "state": "waiting", "due_at": now, "created_at": now,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            connection.execute(insert(webhook_deliveries).values(row))
    except IntegrityError:
        return None
    return identifier


def find_delivery(connection: Connection, network: str, webhook: str, identifier: str) -> Delivery:
    """One message. Raises `NotFound`."""
    columns = webhook_deliveries.c
    query = select(webhook_deliveries).where(
        columns.network_id == network, columns.webhook == webhook, columns.id == identifier
    )
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("message", identifier)
    return _delivery(row)


def list_deliveries(
    connection: Connection, network: str, webhook: str, below: str, most: int, state: str | None = None
) -> list[Delivery]:
    """Up to `most` messages, the newest first, with ids below `below` (empty: all), in one state or any."""
    columns = webhook_deliveries.c
    query = select(webhook_deliveries).where(columns.network_id == network, columns.webhook == webhook)
    if state is not None:
        query = query.where(columns.state == state)
    if below:
        query = query.where(columns.id < below)
    return [_delivery(row) for row in connection.execute(query.order_by(columns.id.desc()).limit(most))]


def any_delivery_due(connection: Connection, now: datetime) -> bool:
    """Whether `claim_deliveries` would find something: asked first, since reading keeps nobody waiting."""
    return connection.execute(_due(now).limit(1)).first() is not None


def claim_deliveries(connection: Connection, now: datetime, until: datetime, most: int) -> list[Delivery]:
    """Take up to `most` messages that are due, or whose sender was lost, for sending until `until`; those of
    disabled webhooks wait."""
    columns = webhook_deliveries.c
    query = (
        _due(now)
        .order_by(columns.due_at, columns.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=webhook_deliveries)
    )
    found = [_delivery(row) for row in connection.execute(query)]
    for one in found:
        change_delivery(
            connection, one, state="sending", claimed_until=until, attempts=one.attempts + 1, problem=None
        )
    return found


def change_delivery(connection: Connection, delivery: Delivery, **values: Any) -> None:
    """Set columns of a message."""
    columns = webhook_deliveries.c
    own = (columns.network_id == delivery.network, columns.id == delivery.id)
    connection.execute(update(webhook_deliveries).where(*own).values(**values))


def drop_deliveries(connection: Connection, before: datetime) -> int:
    """Forget messages that ended before a moment; returns how many."""
    columns = webhook_deliveries.c
    return connection.execute(delete(webhook_deliveries).where(columns.ended_at < before)).rowcount


def _due(now: datetime) -> Select[Any]:
    columns = webhook_deliveries.c
    of_webhook = (webhooks.c.network_id == columns.network_id) & (webhooks.c.id == columns.webhook)
    due = (columns.state == "waiting") & (columns.due_at <= now)
    lost = (columns.state == "sending") & (columns.claimed_until <= now)
    found = select(webhook_deliveries).join(webhooks, of_webhook)
    return found.where(due | lost, webhooks.c.disabled_at.is_(None))


def _webhook(row: Row[Any]) -> Webhook:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    found["events"] = tuple(json.loads(found["events"]))
    return Webhook(**found)


def _delivery(row: Row[Any]) -> Delivery:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    return Delivery(**found)

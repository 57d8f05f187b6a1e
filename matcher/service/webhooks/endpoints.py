"""Webhooks as coordinators keep them: addresses and secrets, sealed; tried, switched and replayed."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from matcher.calendar.addresses.guard import checked_url
from matcher.calendar.addresses.https import SECONDS
from matcher.service.webhooks.events import Event, message
from matcher.store.errors import Conflict
from matcher.store.ids import new_id
from matcher.store.networks import lock_network
from matcher.store.seal import Seal
from matcher.store.webhooks import (
    Delivery,
    Webhook,
    add_webhook,
    change_delivery,
    change_webhook,
    find_delivery,
    find_webhook,
    fresh_webhook_id,
    list_webhooks,
    post_message,
)
from matcher.wiring import Services

MOST_WEBHOOKS = 20
"""Of one network."""


@dataclass(frozen=True)
class Endpoint:
    """Where a webhook's messages go, and the keys they are signed with: the present one, and the one before
    until it is dropped, so that a receiver may change over."""

    url: str
    keys: tuple[str, ...] = field(repr=False)

    def sealed(self, seal: Seal, network: str, identifier: str) -> str:
        """As it is kept. Raises `Conflict` without a secret."""
        return seal.close(json.dumps({"url": self.url, "keys": self.keys}), f"{network}/{identifier}")

    @classmethod
    def of(cls, seal: Seal, webhook: Webhook) -> Endpoint:
        """What was sealed. Raises `Unsealable`."""
        found = json.loads(seal.open(webhook.sealed, f"{webhook.network}/{webhook.id}"))
        return cls(found["url"], tuple(found["keys"]))


def new_key() -> str:
    """A signing key: 32 random bytes, as the specification writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def create_webhook(
    services: Services, network: str, url: str, events: Sequence[Event], now: datetime
) -> tuple[Webhook, str]:
    """Keep a webhook; returns it with its key, which is shown this once.

    Raises `AddressProblem` for an address that may not be asked, `Conflict` without PEERLOOM_SECRET or above
    `MOST_WEBHOOKS`.
    """
    parts, identifier, key = checked_url(url), fresh_webhook_id(), new_key()
    sealed = Endpoint(url, (key,)).sealed(Seal(services.settings.secret), network, identifier)
    services.guard.place(url, SECONDS)
    with services.database.write() as connection:
        lock_network(connection, network)
        if len(list_webhooks(connection, network)) >= MOST_WEBHOOKS:
            raise Conflict(f"The network has {MOST_WEBHOOKS} webhooks already: remove one first.")
        host = str(parts.hostname)[:255]
        return add_webhook(connection, network, identifier, host, sealed, sorted(set(events)), now), key


def rotate_key(services: Services, network: str, identifier: str) -> tuple[Webhook, str]:
    """Give a webhook a further key; messages are signed with both until the next rotation. Raises
    `NotFound`, `Unsealable`."""
    seal, key = Seal(services.settings.secret), new_key()
    with services.database.write() as connection:
        found = find_webhook(connection, network, identifier)
        before = Endpoint.of(seal, found)
        sealed = Endpoint(before.url, (key, *before.keys[:1])).sealed(seal, network, identifier)
        return change_webhook(connection, found, sealed=sealed), key


def switch_webhook(
    services: Services, network: str, identifier: str, events: Sequence[Event] | None, enabled: bool | None
) -> Webhook:
    """Set which events a webhook wants, and whether it is told at all. Raises `NotFound`."""
    with services.database.write() as connection:
        found = find_webhook(connection, network, identifier)
        values: dict[str, object] = {} if events is None else {"events": sorted(set(events))}
        if enabled is True:
            values |= {"disabled_at": None, "problem": None}
        elif enabled is False and found.disabled_at is None:
            values |= {"disabled_at": services.now(), "problem": "Switched off by a coordinator."}
        return change_webhook(connection, found, **values) if values else found


def ping(services: Services, network: str, identifier: str) -> Delivery:
    """Send a message that says nothing, to see whether all works. Raises `NotFound`."""
    now = services.now()
    with services.database.write() as connection:
        found = find_webhook(connection, network, identifier)
        body = message(Event.PING, {"webhook": identifier}, now)
        made = post_message(connection, found, Event.PING, f"{Event.PING}/{new_id('ping')}", body, now)
        assert made is not None, "the key is fresh"
        return find_delivery(connection, network, identifier, made)


def replay(services: Services, network: str, identifier: str, delivery: str) -> Delivery:
    """Send a message that ended again, under the same id. Raises `NotFound`, `Conflict` while it is on its
    way."""
    with services.database.write() as connection:
        found = find_delivery(connection, network, identifier, delivery)
        if found.ended_at is None:
            raise Conflict(f"The message {delivery!r} is {found.state}: it is on its way already.")
        again = {
            "state": "waiting",
            "attempts": 0,
            "due_at": services.now(),
            "ended_at": None,
            "problem": None,
        }
        change_delivery(connection, found, **again)
        return find_delivery(connection, network, identifier, delivery)

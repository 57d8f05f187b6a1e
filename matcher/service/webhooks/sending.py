"""Sending messages to webhooks: signed, tried again with growing waits, each by one process at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from standardwebhooks import Webhook as Signer

from matcher.calendar.addresses.https import ask
from matcher.calendar.addresses.problems import AddressProblem
from matcher.service.chore import Chore
from matcher.service.webhooks.endpoints import Endpoint
from matcher.service.webhooks.words import words_for
from matcher.store.seal import Seal, Unsealable
from matcher.store.webhooks import (
    Delivery,
    any_delivery_due,
    change_delivery,
    change_webhook,
    claim_deliveries,
    drop_deliveries,
    find_webhook,
)
from matcher.wiring import Services

EVERY_SECONDS = 3.0
SECONDS = 15.0
"""For one answer, the time that the specification recommends."""
LEASE = timedelta(minutes=5)
BATCH, AT_ONCE = 40, 4
KEPT = timedelta(days=30)
WAITS = tuple(
    timedelta(seconds=one) for one in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Between tries, as the specification recommends: some three days in all."""
GONE = 410


@dataclass
class Sent:
    """What one pass did."""

    delivered: int = 0
    waiting: int = 0
    failed: int = 0


def send_webhooks(services: Services) -> Sent:
    """Send all messages that are due."""
    done = Sent()
    with services.database.read() as connection:
        if not any_delivery_due(connection, services.now()):
            return done
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks") as pool:
        while True:
            now = services.now()
            with services.database.write() as connection:
                claimed = claim_deliveries(connection, now, now + LEASE, BATCH)
            for outcome in pool.map(lambda one: _send(services, one), claimed):
                done.delivered += outcome == "delivered"
                done.waiting += outcome == "waiting"
                done.failed += outcome == "failed"
            if len(claimed) < BATCH:
                break
    with services.database.write() as connection:
        drop_deliveries(connection, services.now() - KEPT)
    return done


def _send(services: Services, delivery: Delivery) -> str:
    """Send one message, and keep what came of it: the state it is in now."""
    with services.database.read() as connection:
        webhook = find_webhook(connection, delivery.network, delivery.webhook)
    now = services.now()
    status: int | None = None
    try:
        endpoint = Endpoint.of(Seal(services.settings.secret), webhook)
        answer = ask(
            services.guard,
            endpoint.url,
            method="POST",
            headers=signed(endpoint, delivery, now),
            body=delivery.body.encode(),
            seconds=SECONDS,
            follow=False,
        )
        status = answer.status
        problem = None if 200 <= status < 300 else f"The receiver answered {status}."
    except AddressProblem as error:
        problem = words_for(error)
    except Unsealable:
        problem = "The address was kept under another PEERLOOM_SECRET: make the webhook again."
    tries = delivery.attempts + 1
    with services.database.write() as connection:
        if problem is None:
            values = {"state": "delivered", "ended_at": now}
        elif status == GONE or tries > len(WAITS):
            values = {"state": "failed", "ended_at": now}
            told = f"{problem} It gets nothing more until it is enabled again."
            change_webhook(connection, webhook, disabled_at=now, problem=told)
        else:
            values = {"state": "waiting", "due_at": now + WAITS[tries - 1]}
        change_delivery(connection, delivery, **values, status=status, problem=problem, claimed_until=None)
    return str(values["state"])


def signed(endpoint: Endpoint, delivery: Delivery, now: datetime) -> dict[str, str]:
    """The headers of a message: its id, the time of this try, and a signature by each key."""
    marks = [Signer(key).sign(delivery.id, now, delivery.body) for key in endpoint.keys]
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(marks),
    }


class WebhookSender(Chore):
    """Sends the messages that are due, every few seconds."""

    what = "webhooks"

    def __init__(self, services: Services, every_seconds: float = EVERY_SECONDS) -> None:
        super().__init__(services, every_seconds)

    def do(self, stopping: Event) -> None:
        """Send what is due."""
        send_webhooks(self._services)

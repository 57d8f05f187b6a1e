"""Reports of failed delivery: what they do to the mail and to its address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from matcher.mail.incoming.bounces import Report
from matcher.mail.tags import AddressTags
from matcher.service.attendance.identity import Unknown
from matcher.store.database import Connection
from matcher.store.networks import lock_network
from matcher.store.outbox import find_mail, settle, suppress
from matcher.store.repairs import count_bounce


def take_bounce(
    connection: Connection,
    report: Report,
    came_to: Iterable[str],
    network: str | None,
    tags: AddressTags | None,
    now: datetime,
) -> dict[str, str]:
    """Mark the mail that a report is about as failed, and suppress its address where it will always fail.

    The signed address that the report came to says which mail; the mail, whose address is suppressed: reports
    may name one that it was forwarded to. Returns where it belongs. Raises `Unknown`.
    """
    if tags is None:
        raise Unknown("not-signed")
    identifier = tags.bounced_mail(came_to)
    mail = find_mail(connection, identifier) if identifier is not None else None
    if mail is None or mail.recipient is None or (network is not None and mail.network != network):
        raise Unknown("bad-signature" if identifier is None else "unknown-mail")
    lock_network(connection, mail.network)
    place = {"network": mail.network, "member": mail.letter.member}
    if not report.failures:
        raise Unknown("no-failure", place)
    worst = max(report.failures, key=lambda one: (one.hard, one.final))
    said = f"Bounced: {worst.status} {worst.reason}".strip()
    if worst.final and mail.state == "sent":
        settle(connection, mail, "failed", problem=said)
    if worst.hard:
        suppress(connection, mail.network, mail.recipient, said, now)
    else:
        count_bounce(connection, mail.network, mail.recipient, worst.status, worst.reason, now)
    return place

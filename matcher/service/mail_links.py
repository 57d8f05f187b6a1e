"""Signed addresses at which a member chooses their mails, and what is chosen there.

Every mail has one: as its List-Unsubscribe (RFC 2369), which mail programs show as a button (one click,
RFC 8058), and as its last line. Who unsubscribes gets no mail at all until they, or a coordinator, take that
back: the address stands among those that get none.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime

from matcher.domain.settings import Channel, Notices
from matcher.service.acceptance import Links
from matcher.service.channels import channel_of
from matcher.store.database import Connection
from matcher.store.errors import NotFound
from matcher.store.outbox import refused, suppress, unsuppress
from matcher.store.recipients import Recipient, choose_notices, recipient

UNSUBSCRIBED = "The reader unsubscribed."


@dataclass(frozen=True)
class MailChoices:
    """What a member has chosen: `stopped`: no mail at all. `refused`: their mail server takes none, which
    nobody chose. `notices` concern readers of a feed only."""

    reader: Recipient
    channel: Channel
    stopped: bool
    refused: bool


def mail_address(links: Links, network: str, member: str) -> str:
    """Where a member chooses their mails. Raises `Conflict` without a secret."""
    named = base64.urlsafe_b64encode(json.dumps([network, member]).encode()).decode().rstrip("=")
    return f"{links.base_url}/mail/{named}.{links.signature('mail', network, member)}"


def find_reader(links: Links, token: str) -> tuple[str, str]:
    """The network and the member of an address. Raises `NotFound` for one that was not signed here."""
    named = token.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)))
        network, member = (str(one) for one in found)
    except (ValueError, TypeError):
        raise NotFound("reader", "...") from None
    wanted = mail_address(links, network, member).rpartition("/")[2] if links.secret else ""
    if not links.same(wanted, token):
        raise NotFound("reader", "...")
    return network, member


def choices_of(connection: Connection, network: str, member: str) -> MailChoices:
    """What a member has chosen. Raises `NotFound`."""
    found, channel = channel_of(connection, network, member)
    why = refused(connection, network, found.member.email) if found.member.email else None
    return MailChoices(found, channel, why == UNSUBSCRIBED, why not in (None, UNSUBSCRIBED))


def stop_mails(connection: Connection, network: str, member: str, now: datetime) -> None:
    """Send a member nothing any more. Raises `NotFound`."""
    address = recipient(connection, network, member).member.email
    if address is not None:
        suppress(connection, network, address, UNSUBSCRIBED, now)


def resume_mails(connection: Connection, network: str, member: str) -> None:
    """Take an unsubscription back; an address that its server refuses stays as it is. Raises `NotFound`."""
    address = recipient(connection, network, member).member.email
    if address is not None and refused(connection, network, address) == UNSUBSCRIBED:
        unsuppress(connection, network, address)


def set_notices(connection: Connection, network: str, member: str, notices: Notices) -> None:
    """Choose which mails about changes a reader of a feed gets. Raises `NotFound`."""
    choose_notices(connection, network, member, notices)

"""How a member gets sessions, and what follows when that changes."""

from __future__ import annotations

from datetime import datetime

from matcher.domain.feed import FeedScope, Subject
from matcher.domain.settings import Channel
from matcher.service.notices import mail_changes
from matcher.store.database import Connection
from matcher.store.errors import Conflict, Stale
from matcher.store.feed_contents import touch
from matcher.store.networks import find_network, lock_network
from matcher.store.recipients import Recipient, recipient, switch_channel
from matcher.store.sessions import sessions_of_member


def channel_of(connection: Connection, network: str, member: str) -> tuple[Recipient, Channel]:
    """A member, and the channel that holds for them: their own, or else the network's. Raises `NotFound`."""
    found = recipient(connection, network, member)
    return found, found.channel or find_network(connection, network).settings.channel


def set_channel(
    connection: Connection,
    network: str,
    member: str,
    channel: Channel,
    now: datetime,
    version: int | None = None,
) -> Recipient:
    """Set how a member gets sessions; what they got the other way is withdrawn.

    To the feed: invitations that were sent are cancelled, held ones taken back. To invites: the feed shows
    coming sessions as cancelled for a while, and invitations to them go out. `version` is the number of
    switches plus 1 that was read, None for any. Raises `NotFound`, `Stale`, `Conflict` where somebody without
    an address should get invites.
    """
    whole = lock_network(connection, network)
    found, present = channel_of(connection, network, member)
    if version is not None and version != found.switches + 1:
        raise Stale("channel of", member, found.switches + 1)
    if channel is Channel.INVITES and found.member.email is None:
        raise Conflict(f"{member!r} has no e-mail address: set one first, or leave them their feed.")
    if channel is present and found.channel is not None:
        return found
    after = switch_channel(connection, network, found, channel, now)
    sessions = [session for session, _ in sessions_of_member(connection, network, member)]
    mail_changes(connection, whole, sessions, [after], None, now)
    touch(connection, network, [Subject(FeedScope.MEMBER, member)], now)
    return after

"""How members are reached: channel, address, zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from matcher.domain.member import Member
from matcher.domain.settings import Channel, Notices
from matcher.store.errors import NotFound, Stale
from matcher.store.tables import members

BATCH = 500


@dataclass(frozen=True)
class Recipient:
    """A member as mails and feeds need them.

    `channel` None: the network's, until their first session is published. `switches` counts how often the
    channel changed, the last time at `switched_at`: it is added to the SEQUENCE of everything they see, so
    that taking a session out of one channel and putting it into the other are both changes to their calendar.
    `notices`: which mails about changes they get beside a feed.
    """

    member: Member
    channel: Channel | None
    switches: int
    switched_at: datetime | None
    notices: Notices = Notices.TURNS

    @property
    def id(self) -> str:
        """The member's id."""
        return self.member.id


def recipients(connection: Connection, network: str, people: Iterable[str]) -> dict[str, Recipient]:
    """Those of these members who exist, by id."""
    found: dict[str, Recipient] = {}
    wanted = sorted(set(people))
    for begin in range(0, len(wanted), BATCH):
        query = _columns().where(
            members.c.network_id == network, members.c.id.in_(wanted[begin : begin + BATCH])
        )
        for row in connection.execute(query):
            one = _read(row)
            found[one.id] = one
    return found


def recipient(connection: Connection, network: str, member: str) -> Recipient:
    """One member. Raises `NotFound`."""
    row = connection.execute(
        _columns().where(members.c.network_id == network, members.c.id == member)
    ).first()
    if row is None:
        raise NotFound("member", member)
    return _read(row)


def settle_channels(connection: Connection, network: str, people: Iterable[str], channel: Channel) -> None:
    """Give these members a channel, where they have none yet."""
    wanted = sorted(set(people))
    for begin in range(0, len(wanted), BATCH):
        connection.execute(
            update(members)
            .where(members.c.network_id == network, members.c.channel.is_(None))
            .where(members.c.id.in_(wanted[begin : begin + BATCH]))
            .values(channel=channel.value)
        )


def switch_channel(
    connection: Connection, network: str, found: Recipient, channel: Channel, now: datetime
) -> Recipient:
    """Set a member's channel, one switch further. Raises `Stale` where others switched it meanwhile."""
    done = connection.execute(
        update(members)
        .where(members.c.network_id == network, members.c.id == found.id)
        .where(members.c.channel_switches == found.switches)
        .values(channel=channel.value, channel_switches=found.switches + 1, channel_changed_at=now)
    )
    if not done.rowcount:
        raise Stale("channel of", found.id, found.switches + 2)
    return Recipient(found.member, channel, found.switches + 1, now, found.notices)


def choose_notices(connection: Connection, network: str, member: str, notices: Notices) -> None:
    """Set which mails about changes a member gets beside their feed. Raises `NotFound`."""
    done = connection.execute(
        update(members)
        .where(members.c.network_id == network, members.c.id == member)
        .values(notices=notices.value)
    )
    if not done.rowcount:
        raise NotFound("member", member)


def _columns() -> Select[Any]:
    return select(
        members.c.body,
        members.c.channel,
        members.c.channel_switches,
        members.c.channel_changed_at,
        members.c.notices,
    )


def _read(row: Row[Any]) -> Recipient:
    return Recipient(
        Member.model_validate_json(row.body),
        Channel(row.channel) if row.channel else None,
        row.channel_switches,
        row.channel_changed_at,
        Notices(row.notices) if row.notices else Notices.TURNS,
    )

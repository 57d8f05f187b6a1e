"""/v1/members/ID/channel: how one member gets sessions."""

from __future__ import annotations

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, if_match, network_id, services, validated
from matcher.domain.base import Identifier, Model
from matcher.domain.settings import Channel, Notices
from matcher.service.acceptance import Links
from matcher.service.channels import channel_of, set_channel
from matcher.service.mail_links import mail_address, set_notices
from matcher.store.database import Connection
from matcher.store.outbox import refused

channels = APIBlueprint(
    "channels",
    __name__,
    url_prefix="/v1/members",
    abp_tags=[Tag(name="members")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class ChannelChange(Model):
    """The channel to set, and, if wanted, which mails about changes its reader gets beside a feed."""

    channel: Channel
    notices: Notices | None = None


class ChannelView(BaseModel):
    """The channel that holds for a member. `own` false: it is the network's, until their first session is
    published. `notices`: which mails about changes they get beside a feed. `mail_refused`: why they get no
    mail at all, null where they do. `choices`: the address at which they choose themselves, null without a
    secret."""

    member: str
    channel: Channel
    own: bool
    notices: Notices
    mail_refused: str | None
    choices: str | None


class MemberOfChannel(BaseModel):
    """Whose channel."""

    model_config = ConfigDict(extra="forbid")
    id: Identifier


@channels.get("/<id>/channel", responses={200: ChannelView})
@validated
def show_channel(path: MemberOfChannel) -> Response:
    """Read a member's channel"""
    with services().database.read() as connection:
        return _shown(connection, path.id)


@channels.put("/<id>/channel", responses={200: ChannelView})
@validated
def change_channel(path: MemberOfChannel, body: ChannelChange) -> Response:
    """Set a member's channel
    What they got the other way is withdrawn: invitations by cancellations, the feed by showing its coming
    sessions as cancelled."""
    parts = services()
    with parts.database.write() as connection:
        set_channel(connection, network_id(), path.id, body.channel, parts.now(), if_match())
        if body.notices is not None:
            set_notices(connection, network_id(), path.id, body.notices)
        return _shown(connection, path.id)


def _shown(connection: Connection, member: str) -> Response:
    parts, network = services(), network_id()
    found, channel = channel_of(connection, network, member)
    address = found.member.email
    links = Links.of(parts.settings)
    view = ChannelView(
        member=found.id,
        channel=channel,
        own=found.channel is not None,
        notices=found.notices,
        mail_refused=refused(connection, network, address) if address else None,
        choices=mail_address(links, network, found.id) if links.secret else None,
    )
    return answer(view, version=found.switches + 1)

"""/v1/members/ID/channel: how one member gets sessions."""

from __future__ import annotations

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, if_match, network_id, services, validated
from matcher.domain.base import Identifier, Model
from matcher.domain.settings import Channel
from matcher.service.channels import channel_of, set_channel

channels = APIBlueprint(
    "channels",
    __name__,
    url_prefix="/v1/members",
    abp_tags=[Tag(name="members")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class ChannelChange(Model):
    """The channel to set."""

    channel: Channel


class ChannelView(BaseModel):
    """The channel that holds for a member. `own` false: it is the network's, until their first session is
    published."""

    member: str
    channel: Channel
    own: bool


class MemberOfChannel(BaseModel):
    """Whose channel."""

    model_config = ConfigDict(extra="forbid")
    id: Identifier


@channels.get("/<id>/channel", responses={200: ChannelView})
@validated
def show_channel(path: MemberOfChannel) -> Response:
    """Read a member's channel"""
    with services().database.read() as connection:
        found, channel = channel_of(connection, network_id(), path.id)
    own = found.channel is not None
    return answer(ChannelView(member=found.id, channel=channel, own=own), version=found.switches + 1)


@channels.put("/<id>/channel", responses={200: ChannelView})
@validated
def change_channel(path: MemberOfChannel, body: ChannelChange) -> Response:
    """Set a member's channel
    What they got the other way is withdrawn: invitations by cancellations, the feed by showing its coming
    sessions as cancelled."""
    parts = services()
    with parts.database.write() as connection:
        found = set_channel(connection, network_id(), path.id, body.channel, parts.now(), if_match())
    return answer(ChannelView(member=found.id, channel=body.channel, own=True), version=found.switches + 1)

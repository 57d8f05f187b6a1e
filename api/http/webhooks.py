"""/v1/webhooks: programs that are told of what happens, and what was sent to them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from flask import Response, g
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import answer, network_id, services, validated
from matcher.calendar.addresses.problems import AddressProblem
from matcher.domain.base import Identifier, Model, Text
from matcher.domain.errors import Fault
from matcher.service.webhooks.endpoints import create_webhook, ping, replay, rotate_key, switch_webhook
from matcher.service.webhooks.events import Event
from matcher.service.webhooks.words import words_for
from matcher.store.webhooks import (
    Delivery,
    Webhook,
    find_webhook,
    list_deliveries,
    list_webhooks,
    remove_webhook,
)

webhooks = APIBlueprint(
    "webhooks",
    __name__,
    url_prefix="/v1/webhooks",
    abp_tags=[Tag(name="webhooks")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class NewWebhook(Model):
    """Where messages go, an https address of a public host, and which events are wanted."""

    url: Text = Field(min_length=1, max_length=2000)
    events: tuple[Event, ...] = Field(min_length=1, max_length=20)


class WebhookChange(Model):
    """What to change: which events are wanted, and whether anything is sent."""

    events: tuple[Event, ...] | None = Field(default=None, min_length=1, max_length=20)
    enabled: bool | None = None


class WebhookView(BaseModel):
    """A webhook, without its address. `problem` says why it gets nothing."""

    id: str
    host: str
    events: list[Event]
    enabled: bool
    problem: str | None
    created_at: datetime

    @classmethod
    def of(cls, found: Webhook) -> WebhookView:
        """As it is shown."""
        return cls.model_validate({**vars(found), "enabled": found.disabled_at is None})


class WebhookSecret(WebhookView):
    """A webhook with its key, which is shown this once."""

    key: str


class WebhookPage(BaseModel):
    """Some webhooks."""

    items: list[WebhookView]
    next: str | None


class DeliveryView(BaseModel):
    """A message: `message` is what was sent, `status` what the receiver answered last."""

    id: str
    event: Event
    state: Literal["waiting", "sending", "delivered", "failed"]
    attempts: int
    status: int | None
    problem: str | None
    message: dict[str, Any]
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, found: Delivery) -> DeliveryView:
        """As it is shown."""
        return cls.model_validate({**vars(found), "message": json.loads(found.body)})


class DeliveryPage(BaseModel):
    """Some messages, the newest first."""

    items: list[DeliveryView]
    next: str | None


class WebhookPath(BaseModel):
    """Which webhook."""

    model_config = ConfigDict(extra="forbid")
    webhook: Identifier


class DeliveryPath(WebhookPath):
    """Which of its messages."""

    message: Identifier


class DeliveryQuery(PageQuery):
    """Messages in one state, or all."""

    state: Literal["waiting", "sending", "delivered", "failed"] | None = None


@webhooks.get("", responses={200: WebhookPage})
@validated
def list_all(query: PageQuery) -> Response:
    """List webhooks"""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        found = list_webhooks(connection, network_id(), str(after), query.limit + 1)
    return page(
        found,
        query,
        lambda one: cursor_of(one.id),
        lambda some, following: WebhookPage(items=[WebhookView.of(one) for one in some], next=following),
    )


@webhooks.post("", responses={201: WebhookSecret})
@validated
def create(body: NewWebhook) -> Response:
    """Make a webhook
    The answer holds its key, once. Only https addresses of public hosts are taken."""
    parts = services()
    try:
        found, key = create_webhook(parts, network_id(), body.url, body.events, parts.now())
    except AddressProblem as error:
        told = words_for(error)
        raise Problem("invalid-request", told, [Fault("url", told)]) from None
    return _with_key(found, key, 201)


@webhooks.get("/<webhook>", responses={200: WebhookView})
@validated
def show(path: WebhookPath) -> Response:
    """Read one webhook"""
    with services().database.read() as connection:
        found = find_webhook(connection, network_id(), path.webhook)
    return answer(WebhookView.of(found))


@webhooks.patch("/<webhook>", responses={200: WebhookView})
@validated
def change(path: WebhookPath, body: WebhookChange) -> Response:
    """Change which events a webhook wants, or switch it off and on
    One that failed for three days, or whose receiver answered 410, is off until it is switched on here."""
    return answer(
        WebhookView.of(switch_webhook(services(), network_id(), path.webhook, body.events, body.enabled))
    )


@webhooks.delete("/<webhook>", responses={204: None})
@validated
def remove(path: WebhookPath) -> Response:
    """Forget a webhook and its messages"""
    with services().database.write() as connection:
        remove_webhook(connection, network_id(), path.webhook)
    return Response(status=204)


@webhooks.post("/<webhook>/key", responses={200: WebhookSecret})
@validated
def rotate(path: WebhookPath) -> Response:
    """Give a webhook a further key
    Messages are signed with this and the one before, until the next time."""
    return _with_key(*rotate_key(services(), network_id(), path.webhook), 200)


@webhooks.post("/<webhook>/ping", responses={202: DeliveryView})
@validated
def send_ping(path: WebhookPath) -> Response:
    """Send a message that says nothing, to see whether all works"""
    return answer(DeliveryView.of(ping(services(), network_id(), path.webhook)), 202)


@webhooks.get("/<webhook>/messages", responses={200: DeliveryPage})
@validated
def messages(path: WebhookPath, query: DeliveryQuery) -> Response:
    """List what was sent to a webhook, or waits, the newest first
    Messages that ended are kept for 30 days."""
    (below,) = place_of(query.after, "")
    with services().database.read() as connection:
        find_webhook(connection, network_id(), path.webhook)
        found = list_deliveries(
            connection, network_id(), path.webhook, str(below), query.limit + 1, query.state
        )
    return page(
        found,
        query,
        lambda one: cursor_of(one.id),
        lambda some, following: DeliveryPage(items=[DeliveryView.of(one) for one in some], next=following),
    )


@webhooks.post("/<webhook>/messages/<message>/replay", responses={202: DeliveryView})
@validated
def send_again(path: DeliveryPath) -> Response:
    """Send a message that ended again, under the same id"""
    return answer(DeliveryView.of(replay(services(), network_id(), path.webhook, path.message)), 202)


def _with_key(found: Webhook, key: str, status: int) -> Response:
    shown = WebhookView.of(found)
    g.kept_body = shown.model_dump_json().encode()  # a repeated request does not show the key again
    response = answer(WebhookSecret.model_validate({**shown.model_dump(), "key": key}), status)
    response.headers["Cache-Control"] = "no-store"
    return response

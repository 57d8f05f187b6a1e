"""/v1/mails and /v1/suppressions: what became of mails, and which addresses get none."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import network_id, services, validated
from matcher.domain.base import Identifier, Text
from matcher.store.outbox import Mail, Suppression, list_mails, list_suppressions, unsuppress
from matcher.store.repairs import list_bounces

mails = APIBlueprint(
    "mails",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="mails")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class MailView(BaseModel):
    """A mail: held until `due_at`, sending, sent, failed or withdrawn. `uid` and `sequence`: its session.
    `problem` says why it waits, failed or was withdrawn."""

    id: str
    kind: str
    member: str
    uid: str | None
    sequence: int | None
    plan: str | None
    message_id: str
    recipient: str | None
    state: str
    due_at: datetime
    attempts: int
    sent_at: datetime | None
    problem: str | None
    created_at: datetime

    @classmethod
    def of(cls, mail: Mail) -> MailView:
        """As it is shown."""
        return cls.model_validate({**vars(mail.letter), **vars(mail)})


class MailPage(BaseModel):
    """Some mails."""

    items: list[MailView]
    next: str | None


class MailQuery(PageQuery):
    """Which mails."""

    member: Identifier | None = None
    state: Literal["held", "sending", "sent", "failed", "withdrawn"] | None = None


class SuppressionView(BaseModel):
    """An address that gets no mail, because its server refused it for good."""

    address: str
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, row: Suppression) -> SuppressionView:
        """As it is shown."""
        return cls.model_validate(row, from_attributes=True)


class SuppressionPage(BaseModel):
    """Some addresses."""

    items: list[SuppressionView]
    next: str | None


class AddressPath(BaseModel):
    """Which address."""

    model_config = ConfigDict(extra="forbid")
    address: Text = Field(min_length=3, max_length=254)


@mails.get("/mails", responses={200: MailPage})
@validated
def show_mails(query: MailQuery) -> Response:
    """List mails
    In the order in which they were made."""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = list_mails(connection, network_id(), query.member, query.state, str(after), query.limit + 1)
    return page(
        rows,
        query,
        lambda mail: cursor_of(mail.id),
        lambda items, following: MailPage(items=[MailView.of(one) for one in items], next=following),
    )


@mails.get("/suppressions", responses={200: SuppressionPage})
@validated
def show_suppressions(query: PageQuery) -> Response:
    """List addresses that get no mail"""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = list_suppressions(connection, network_id(), str(after), query.limit + 1)
    return page(
        rows,
        query,
        lambda row: cursor_of(row.address),
        lambda items, following: SuppressionPage(
            items=[SuppressionView.of(one) for one in items], next=following
        ),
    )


class BounceView(BaseModel):
    """How often mail to an address failed in a way that may pass, and how it did last: `status` is
    that of RFC 3463, `reason` what the mail server said."""

    address: str
    count: int
    status: str
    reason: str
    first_at: datetime
    last_at: datetime


class BouncePage(BaseModel):
    """Some addresses."""

    items: list[BounceView]
    next: str | None


@mails.get("/bounces", responses={200: BouncePage})
@validated
def show_bounces(query: PageQuery) -> Response:
    """List addresses to which mail failed for a while
    Those to which it failed for good are suppressed."""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = list_bounces(connection, network_id(), str(after), query.limit + 1)
    return page(
        rows,
        query,
        lambda row: cursor_of(row.address),
        lambda items, following: BouncePage(
            items=[BounceView.model_validate(vars(one)) for one in items], next=following
        ),
    )


@mails.delete("/suppressions/<address>", responses={204: None})
@validated
def remove_suppression(path: AddressPath) -> Response:
    """Send to an address again"""
    with services().database.write() as connection:
        unsuppress(connection, network_id(), path.address)
    return Response(status=204)

"""/v1/inbox: messages that people's calendar programs and mail servers send back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flask import Response, g, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import answer, services, validated
from matcher.service.attendance.inbox import take_in
from matcher.service.attendance.reasons import REASONS
from matcher.store.inbox import Message, MessageKind, Source, list_messages

inbox = APIBlueprint(
    "inbox",
    __name__,
    url_prefix="/v1/inbox",
    abp_tags=[Tag(name="answers")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class MessageView(BaseModel):
    """A message that came in: what it was, and what was done; its text is not kept. `reason` (a
    code) and `sentence` say why it was ignored. `seen`: how often it came; it acts the first time only."""

    id: str
    network: str | None
    source: Source
    kind: MessageKind
    outcome: Literal["done", "ignored"]
    reason: str | None
    sentence: str | None
    message_id: str | None
    sender: str | None
    uid: str | None
    session: str | None
    member: str | None
    received_at: datetime
    seen: int

    @classmethod
    def of(cls, message: Message) -> MessageView:
        """As it is shown."""
        sentence = REASONS[message.reason] if message.reason is not None else None
        return cls.model_validate({**vars(message), "sentence": sentence})


class MessagePage(BaseModel):
    """Some messages."""

    items: list[MessageView]
    next: str | None


class MessageQuery(PageQuery):
    """Which messages."""

    kind: MessageKind | None = None
    outcome: Literal["done", "ignored"] | None = None


_MESSAGE = {
    "required": True,
    "content": {"message/rfc822": {"schema": {"type": "string", "description": "A mail (RFC 5322)."}}},
}


@inbox.post("", request_body=_MESSAGE, responses={200: MessageView})
@validated
def post_message() -> Response:
    """Hand in a message
    As it came by mail, raw: a REPLY, COUNTER or REFRESH (RFC 5546, RFC 6047), or a report of failed delivery
    (RFC 3464). Whatever is in it, the answer is 200, and says what was done or why it was ignored. The
    same message again does nothing. With a key of the installation and no network it may be about any."""
    if request.mimetype != "message/rfc822":
        raise Problem("unsupported-media-type", f"Send message/rfc822, not {request.mimetype or 'nothing'}.")
    parts = services()
    most = parts.settings.inbox_megabytes
    if (request.content_length or 0) > most * 1_000_000:
        raise Problem("too-large", f"A message has at most {most} MB (PEERLOOM_INBOX_MEGABYTES).")
    data = request.get_data() if request.headers.get("Idempotency-Key") else request.stream.read()
    return answer(MessageView.of(take_in(parts, data, "http", network=g.network)))


@inbox.get("", responses={200: MessagePage})
@validated
def show_messages(query: MessageQuery) -> Response:
    """List messages that came in
    As they came; with a key of the installation and no network, those that belong to none."""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = list_messages(connection, g.network, str(after), query.limit + 1, query.kind, query.outcome)
    return page(
        rows,
        query,
        lambda one: cursor_of(one.id),
        lambda items, following: MessagePage(items=[MessageView.of(one) for one in items], next=following),
    )

"""/v1/audit: who changed what, before and after; and the hooks that write it down."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, g, request
from flask_openapi import APIBlueprint, Tag
from pydantic import AwareDatetime, BaseModel, Field

from api.http.auth import NETWORK_HEADER, SAFE
from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import network_id, services, validated
from matcher.domain.base import Identifier, Text
from matcher.store.audit_log import Entry, EntryFilter, add_entry, list_entries
from matcher.store.networks import has_network

MOST_KEPT = 65_536
"""Characters of what was there before and after; longer documents are left out."""

INNER = "peerloom.inner"
"""Marks, in a request's environment, one that reads what is there before another one changes it."""

audit_log = APIBlueprint(
    "audit",
    __name__,
    url_prefix="/v1/audit",
    abp_tags=[Tag(name="audit")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class EntryView(BaseModel):
    """One entry. `status` null: it was asked, with what was there `before`; else what came of it, with what
    is there `after`, as far as the answer says."""

    id: str
    at: datetime
    actor: str
    action: str
    path: str
    request: str
    status: int | None
    before: Any
    after: Any

    @classmethod
    def of(cls, entry: Entry) -> EntryView:
        """As it is shown."""
        texts = {name: getattr(entry, name) for name in ("before", "after")}
        kept = {name: json.loads(text) if text is not None else None for name, text in texts.items()}
        return cls.model_validate({**vars(entry), **kept})


class EntryPage(BaseModel):
    """Some entries, the newest first."""

    items: list[EntryView]
    next: str | None


class EntryQuery(PageQuery):
    """Which entries."""

    actor: Identifier | None = Field(default=None, description="Id of a key.")
    request: Identifier | None = Field(default=None, description="Request-Id of an answer.")
    path: Text | None = Field(default=None, max_length=500, description="A thing, and what lies below it.")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


@audit_log.get("", responses={200: EntryPage})
@validated
def show(query: EntryQuery) -> Response:
    """Read the audit log, the newest first"""
    (below,) = place_of(query.after, "")
    wanted = EntryFilter(query.actor, query.request, query.path, query.since, query.until)
    with services().database.read() as connection:
        found = list_entries(connection, network_id(), wanted, str(below), query.limit + 1)
    return page(
        found,
        query,
        lambda one: cursor_of(one.id),
        lambda some, following: EntryPage(items=[EntryView.of(one) for one in some], next=following),
    )


def log_changes(app: Flask) -> None:
    """Write down every change that is asked under /v1 with a key that may, before and after it is made."""

    @app.before_request
    def asked() -> None:
        if not _changes():
            return
        before = _present() if request.method in ("PUT", "PATCH", "DELETE") else None
        _write(before=before)
        g.logged = True

    @app.after_request
    def done(response: Response) -> Response:
        if g.pop("logged", False):
            body = g.get("kept_body") or (b"" if response.is_streamed else response.get_data())
            after = _text(body) if response.status_code < 400 else None
            _write(status=response.status_code, after=after)
        return response


def _changes() -> bool:
    """Whether this request is one to write down."""
    return request.path.startswith("/v1") and request.method not in SAFE and g.get("key") is not None


def _present() -> str | None:
    """What a GET of this address answers now."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None or "GET" not in adapter.allowed_methods() or not request.view_args:
        return None
    headers = {
        name: request.headers[name] for name in ("Authorization", NETWORK_HEADER) if name in request.headers
    }
    client = current_app.test_client(use_cookies=False)
    found = client.get(quote(request.path), headers=headers, environ_overrides={INNER: True})
    return _text(found.get_data()) if found.status_code == 200 else None


def _text(body: bytes) -> str | None:
    """A JSON body as it is kept."""
    if not body or len(body) > MOST_KEPT:
        return None
    try:
        text = body.decode()
        json.loads(text)
    except ValueError:
        return None
    return text


def _write(*, status: int | None = None, before: str | None = None, after: str | None = None) -> None:
    parts = services()
    path = request.path.replace("\0", "%00")  # no database keeps a NUL in text
    what = (parts.now(), g.key.id, request.method, path, g.request_id)
    with parts.database.write() as connection:
        gone = request.method == "DELETE" and g.network is not None and not has_network(connection, g.network)
        network = None if gone else g.network
        add_entry(connection, network, *what, status=status, before=before, after=after)

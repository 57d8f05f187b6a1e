"""/v1/feeds: subscription addresses, made, rotated and revoked; and /feeds/TOKEN.ics, what they hold."""

from __future__ import annotations

import gzip
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlencode

from flask import Response, g, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field, model_validator
from werkzeug.http import http_date, is_resource_modified

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import Identifier, Model, Text
from matcher.domain.feed import FeedGroup, FeedScope, Subject
from matcher.domain.language import Language
from matcher.service.feeds import Ended, FeedUses, Form, look_up, read_feed, rotate, subscribe
from matcher.store.errors import NotFound
from matcher.store.feeds import Feed, find_feed, list_feeds, revoke_feed

feeds = APIBlueprint(
    "feeds",
    __name__,
    url_prefix="/v1/feeds",
    abp_tags=[Tag(name="feeds")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)
feed_files = APIBlueprint(
    "feed_files", __name__, abp_tags=[Tag(name="feeds")], abp_responses=PROBLEM_RESPONSES
)

FRESH_SECONDS = 300
_uses = FeedUses()


class NewFeed(Model):
    """What the feed is about: one of `member`, `group`, `organization` and `program`. `days`: after how many
    it ends by itself (never without). `language`: that of its texts; without it the member's own, and English
    where it is about more than one."""

    member: Identifier | None = None
    group: FeedGroup | None = None
    organization: Identifier | None = None
    program: Identifier | None = None
    days: int | None = Field(default=None, ge=1, le=3650)
    language: Language | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(getattr(self, scope) is not None for scope in FeedScope) != 1:
            raise ValueError("needs one of member, group, organization and program")
        return self

    def subject(self) -> Subject:
        """What it is about."""
        if self.group is not None:
            return Subject.of_group(self.group)
        return next(Subject(scope, name) for scope in FeedScope if (name := getattr(self, scope)) is not None)


class FeedView(BaseModel):
    """A feed, without its address. `scope` says which of `member`, `group`, `organization` and `program` it
    is about. `accesses` and `accessed_at` are brought up to date hourly."""

    id: str
    scope: FeedScope
    member: str | None
    group: FeedGroup | None
    organization: str | None
    program: str | None
    language: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    accessed_at: datetime | None
    accesses: int

    @classmethod
    def of(cls, feed: Feed) -> FeedView:
        """As it is shown."""
        subject = feed.subject
        about: dict[str, Any] = {scope.value: None for scope in FeedScope}
        about[subject.scope.value] = subject.group or subject.name
        return cls.model_validate({**vars(feed), "scope": subject.scope, **about})


class FreshFeed(FeedView):
    """A feed that was just made: the only time that its address is shown. `url` and `webcal` are the same
    address; calendar programs take one or the other. `google` is a page of Google Calendar that subscribes to
    it."""

    token: str | None = None
    url: str | None = None
    webcal: str | None = None
    google: str | None = None


class FeedPage(BaseModel):
    """Some feeds."""

    items: list[FeedView]
    next: str | None


class FeedPath(BaseModel):
    """Which feed."""

    model_config = ConfigDict(extra="forbid")
    feed: Identifier


class FeedQuery(PageQuery):
    """Which feeds: of a scope, or of one member, organization or program."""

    scope: FeedScope | None = None
    member: Identifier | None = None
    organization: Identifier | None = None
    program: Identifier | None = None

    def subject(self) -> tuple[FeedScope | None, str | None]:
        """The scope and the name that are asked for. Raises `Problem` for more than one."""
        found = [(one, name) for one in FeedScope if (name := getattr(self, one, None)) is not None]
        if len(found) > 1 or (found and self.scope not in (None, found[0][0])):
            raise Problem("invalid-request", "Ask for one scope, or for one member, organization or program.")
        return found[0] if found else (self.scope, None)


class TokenPath(BaseModel):
    """The secret part of a feed's address."""

    model_config = ConfigDict(extra="forbid")
    token: Text = Field(max_length=100)


@feeds.get("", responses={200: FeedPage})
@validated
def show_feeds(query: FeedQuery) -> Response:
    """List feeds
    Ended ones too."""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = list_feeds(connection, network_id(), str(after), query.limit + 1, *query.subject())
    return page(
        rows,
        query,
        lambda feed: cursor_of(feed.id),
        lambda items, following: FeedPage(items=[FeedView.of(one) for one in items], next=following),
    )


@feeds.post("", responses={201: FreshFeed})
@validated
def add(body: NewFeed) -> Response:
    """Make a feed
    Of a member, a group, an organization or a program.
    The address is shown this once. It cannot be shown again: to re-send it, make another feed; older ones
    stay until they are revoked. A repeated POST (Idempotency-Key) is answered without the address."""
    parts = services()
    with parts.database.write() as connection:
        now = parts.now()
        feed, token = subscribe(connection, network_id(), body.subject(), now, body.days, body.language)
    return _fresh(feed, token)


@feeds.get("/<feed>", responses={200: FeedView})
@validated
def show_feed(path: FeedPath) -> Response:
    """Read a feed's state"""
    with services().database.read() as connection:
        found = find_feed(connection, network_id(), path.feed)
    return answer(FeedView.of(found))


@feeds.delete("/<feed>", responses={200: FeedView})
@validated
def revoke(path: FeedPath) -> Response:
    """End a feed
    Its address then holds a note that says so for 30 days, so that calendar programs drop the old events,
    and is gone (410) after that."""
    parts = services()
    with parts.database.write() as connection:
        found = revoke_feed(connection, network_id(), path.feed, parts.now())
    return answer(FeedView.of(found))


@feeds.post("/<feed>/rotate", responses={201: FreshFeed})
@validated
def renew(path: FeedPath) -> Response:
    """End a feed and make another
    About the same, until the same day. The new address is shown this once."""
    parts = services()
    with parts.database.write() as connection:
        feed, token = rotate(connection, network_id(), path.feed, parts.now())
    return _fresh(feed, token)


@feed_files.get(
    "/feeds/<token>.ics",
    responses={
        200: {
            "description": "A calendar: iCalendar (RFC 5545), jCal (RFC 7265) or JSON, as `Accept` asks for",
            "content": {form.value: {} for form in Form},
        },
        304: {"description": "It has not changed"},
    },
)
@validated
def read(path: TokenPath) -> Response:
    """Read a calendar
    What calendar programs subscribe to. The address is the key; ETag and Last-Modified save the transfer."""
    parts = services()
    now = parts.now()
    form = Form(request.accept_mimetypes.best_match(list(Form), Form.CALENDAR))
    zipped = request.accept_encodings.quality("gzip") > 0
    try:
        state = look_up(parts.database, path.token, now)
        _uses.note(parts.database, state, now)
        if state.fresh and state.etag and state.modified_at and state.feed.ended_at(now) is None:
            tag = _tag(state.etag, form, zipped)
            if not _changed(tag, state.modified_at):
                return _with_headers(Response(status=304), tag, state.modified_at)
        found = read_feed(parts.database, path.token, now, form)
    except NotFound:
        raise Problem("not-found", "No feed has this address. Ask your coordinator for a new one.") from None
    except Ended:
        raise Problem("gone", "This feed has ended. Ask your coordinator for a new one.") from None
    tag = _tag(found.etag, form, zipped)
    if not _changed(tag, found.modified_at):
        return _with_headers(Response(status=304), tag, found.modified_at)
    data = gzip.compress(found.data, mtime=0) if zipped else found.data
    response = Response(data, content_type=_CONTENT_TYPES[form])
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    return _with_headers(response, tag, found.modified_at)


_CONTENT_TYPES = {
    Form.CALENDAR: "text/calendar; charset=utf-8",
    Form.JCAL: "application/calendar+json",
    Form.JSON: "application/json",
}
_MARKS = {Form.CALENDAR: "", Form.JCAL: "-jcal1", Form.JSON: "-json1"}
"""What tells the ETags of the forms apart; the number is that of how they are written."""


def _tag(etag: str, form: Form, zipped: bool) -> str:
    """Each form and encoding has bytes of its own, and so a strong ETag of its own (RFC 9110, section
    8.8.3.3)."""
    return f"{etag}{_MARKS[form]}{'-gzip' if zipped else ''}"


def _changed(tag: str, modified: datetime) -> bool:
    return is_resource_modified(request.environ, etag=f'"{tag}"', last_modified=modified)


def _with_headers(response: Response, tag: str, modified: datetime) -> Response:
    response.headers["ETag"] = f'"{tag}"'
    response.headers["Last-Modified"] = http_date(modified)
    response.headers["Cache-Control"] = f"private, max-age={FRESH_SECONDS}"
    response.headers["Vary"] = "Accept, Accept-Encoding"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _fresh(feed: Feed, token: str) -> Response:
    base = services().settings.base_url
    url = f"{base}/feeds/{token}.ics"
    shown = FeedView.of(feed).model_dump()
    webcal = f"webcal://{base.partition('://')[2]}/feeds/{token}.ics"
    google = f"https://calendar.google.com/calendar/render?{urlencode({'cid': webcal})}"
    g.kept_body = FreshFeed(**shown).model_dump_json().encode()  # secrets are not kept, not even for a day
    response = answer(
        FreshFeed(**shown, token=token, url=url, webcal=webcal, google=google),
        201,
        Location=f"/v1/feeds/{feed.id}",
    )
    response.headers["Cache-Control"] = "no-store"
    return response

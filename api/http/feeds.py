"""/v1/feeds: subscription addresses, made, rotated and revoked; and /feeds/TOKEN.ics, what they hold."""

from __future__ import annotations

import gzip
from datetime import datetime

from flask import Response, g, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.http import http_date, is_resource_modified

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import Identifier, Model, Text
from matcher.service.feeds import Ended, FeedUses, look_up, read_feed, rotate, subscribe
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
    """Whose feed, and after how many days it ends by itself (never without)."""

    member: Identifier
    days: int | None = Field(default=None, ge=1, le=3650)


class FeedView(BaseModel):
    """A feed, without its address. `accesses` and `accessed_at` are brought up to date hourly."""

    id: str
    member: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    accessed_at: datetime | None
    accesses: int

    @classmethod
    def of(cls, feed: Feed) -> FeedView:
        """As it is shown."""
        return cls.model_validate(feed, from_attributes=True)


class FreshFeed(FeedView):
    """A feed that was just made: the only time that its address is shown. `url` and `webcal` are the same
    address; calendar programs take one or the other."""

    token: str | None = None
    url: str | None = None
    webcal: str | None = None


class FeedPage(BaseModel):
    """Some feeds."""

    items: list[FeedView]
    next: str | None


class FeedPath(BaseModel):
    """Which feed."""

    model_config = ConfigDict(extra="forbid")
    feed: Identifier


class FeedQuery(PageQuery):
    """Whose feeds."""

    member: Identifier | None = None


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
        rows = list_feeds(connection, network_id(), query.member, str(after), query.limit + 1)
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
    The address is shown this once. It cannot be shown again: to re-send it, make another feed; older ones
    stay until they are revoked. A repeated POST (Idempotency-Key) is answered without the address."""
    parts = services()
    with parts.database.write() as connection:
        feed, token = subscribe(connection, network_id(), body.member, parts.now(), body.days)
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
    For the same member, until the same day. The new address is shown this once."""
    parts = services()
    with parts.database.write() as connection:
        feed, token = rotate(connection, network_id(), path.feed, parts.now())
    return _fresh(feed, token)


@feed_files.get(
    "/feeds/<token>.ics",
    responses={
        200: {"description": "A calendar (RFC 5545)", "content": {"text/calendar": {}}},
        304: {"description": "It has not changed"},
    },
)
@validated
def read(path: TokenPath) -> Response:
    """Read a calendar
    What calendar programs subscribe to. The address is the key; ETag and Last-Modified save the transfer."""
    parts = services()
    now = parts.now()
    zipped = request.accept_encodings.quality("gzip") > 0
    try:
        state = look_up(parts.database, path.token, now)
        _uses.note(parts.database, state, now)
        if state.fresh and state.etag and state.modified_at and state.feed.ended_at(now) is None:
            tag = _tag(state.etag, zipped)
            if not _changed(tag, state.modified_at):
                return _with_headers(Response(status=304), tag, state.modified_at)
        found = read_feed(parts.database, path.token, now)
    except NotFound:
        raise Problem("not-found", "No feed has this address. Ask your coordinator for a new one.") from None
    except Ended:
        raise Problem("gone", "This feed has ended. Ask your coordinator for a new one.") from None
    tag = _tag(found.etag, zipped)
    if not _changed(tag, found.modified_at):
        return _with_headers(Response(status=304), tag, found.modified_at)
    data = gzip.compress(found.data, mtime=0) if zipped else found.data
    response = Response(data, content_type="text/calendar; charset=utf-8")
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    return _with_headers(response, tag, found.modified_at)


def _tag(etag: str, zipped: bool) -> str:
    """Each encoding has bytes of its own, and so a strong ETag of its own (RFC 9110, section 8.8.3.3)."""
    return f"{etag}-gzip" if zipped else etag


def _changed(tag: str, modified: datetime) -> bool:
    return is_resource_modified(request.environ, etag=f'"{tag}"', last_modified=modified)


def _with_headers(response: Response, tag: str, modified: datetime) -> Response:
    response.headers["ETag"] = f'"{tag}"'
    response.headers["Last-Modified"] = http_date(modified)
    response.headers["Cache-Control"] = f"private, max-age={FRESH_SECONDS}"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _fresh(feed: Feed, token: str) -> Response:
    base = services().settings.base_url
    url = f"{base}/feeds/{token}.ics"
    shown = FeedView.of(feed).model_dump()
    webcal = f"webcal://{base.partition('://')[2]}/feeds/{token}.ics"
    g.kept_body = FreshFeed(**shown).model_dump_json().encode()  # secrets are not kept, not even for a day
    response = answer(
        FreshFeed(**shown, token=token, url=url, webcal=webcal), 201, Location=f"/v1/feeds/{feed.id}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response

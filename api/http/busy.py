"""/v1/members/ID/busy and /v1/busy: members' own calendars, when they are busy by them, and what is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flask import Response, g, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import answer, network_id, services, validated
from matcher.calendar.busy.report import MOST_BYTES, SKIPPED
from matcher.domain.base import Identifier, Model, Text
from matcher.domain.member import BusyInterval
from matcher.service.busy.links import CalendarLinks
from matcher.service.busy.sources import Where, add_address, put_file, read_again
from matcher.store.busy import BusySource, intervals_of, list_sources, member_zone, remove_source

busy = APIBlueprint(
    "busy",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="busy")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class NewAddress(Model):
    """An address of a member's calendar: an .ics file that is polled, or a CalDAV collection with a login."""

    kind: Literal["address", "caldav"] = "address"
    url: Text = Field(min_length=1, max_length=2000)
    name: Text = Field(default="", max_length=200)
    password: Text = Field(default="", max_length=500)


class SkipView(BaseModel):
    """A component of a calendar that was left out, or read by guess; never its title."""

    code: str
    component: str
    uid: str | None
    sentence: str


class ReportView(BaseModel):
    """How many components were read and skipped, and the first hundred of those."""

    read: int = 0
    skipped: int = 0
    told: list[SkipView] = []


class SourceView(BaseModel):
    """One calendar of a member, without its address. `problem` (a code) and `detail` say what is wrong since
    `failures` attempts; the times of the last good reading, `read_at`, hold until the next one."""

    id: str
    member: str
    kind: Literal["file", "address", "caldav"]
    host: str
    intervals: int
    report: ReportView
    problem: str | None
    detail: str | None
    failures: int
    created_at: datetime
    read_at: datetime | None
    tried_at: datetime | None
    due_at: datetime | None

    @classmethod
    def of(cls, source: BusySource) -> SourceView:
        """As it is shown."""
        told = [{**one, "sentence": SKIPPED[one["code"]]} for one in source.report.get("told", ())]
        report = {**source.report, "told": told}
        return cls.model_validate({**vars(source), "intervals": source.count, "report": report})


class BusyView(BaseModel):
    """A member's calendars, and all times that were read from them."""

    member: str
    sources: list[SourceView]
    intervals: list[BusyInterval]


class SourcePage(BaseModel):
    """Some calendars."""

    items: list[SourceView]
    next: str | None


class SourceQuery(PageQuery):
    """Which calendars."""

    failing: bool = Field(default=False, description="Only those with a problem.")


class BusyMember(BaseModel):
    """Whose busy time."""

    model_config = ConfigDict(extra="forbid")
    id: Identifier


class SourcePath(BusyMember):
    """Which of their calendars."""

    source: Identifier


@busy.get("/busy", responses={200: SourcePage})
@validated
def show_sources(query: SourceQuery) -> Response:
    """List members' calendars
    With failing, those that cannot be read now, and why."""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = list_sources(connection, network_id(), str(after), query.limit + 1, failing=query.failing)
    return page(
        rows,
        query,
        lambda source: cursor_of(source.id),
        lambda items, following: SourcePage(items=[SourceView.of(one) for one in items], next=following),
    )


@busy.get("/members/<id>/busy", responses={200: BusyView})
@validated
def show_busy(path: BusyMember) -> Response:
    """Read when a member's calendars are busy
    What the profile itself lists as busy is not among it."""
    network = network_id()
    with services().database.read() as connection:
        member_zone(connection, network, path.id)
        sources = list_sources(connection, network, "", 1000, member=path.id)
        times = intervals_of(connection, network, [path.id]).get(path.id, [])
    return answer(
        BusyView(
            member=path.id,
            sources=[SourceView.of(one) for one in sources],
            intervals=sorted(map(BusyInterval.model_validate, times), key=lambda one: (one.start, one.end)),
        )
    )


_CALENDAR = {
    "required": True,
    "content": {"text/calendar": {"schema": {"type": "string", "description": "iCalendar (RFC 5545)."}}},
}


@busy.put("/members/<id>/busy", request_body=_CALENDAR, responses={200: SourceView})
@validated
def put_calendar(path: BusyMember) -> Response:
    """Send a member's calendar as a file
    In the place of the file before; at most 1 MB. Only the times are kept, from 31 days ago to 400 days from
    now; the report tells what was skipped."""
    if request.mimetype != "text/calendar":
        raise Problem("unsupported-media-type", f"Send text/calendar, not {request.mimetype or 'nothing'}.")
    parts = services()
    data = request.stream.read(MOST_BYTES + 1)
    return answer(SourceView.of(put_file(parts.database, network_id(), path.id, data, parts.now())))


@busy.post("/members/<id>/busy", responses={201: SourceView})
@validated
def add(path: BusyMember, body: NewAddress) -> Response:
    """Add an address of a member's calendar
    It is kept sealed, never shown again, read at once and then every six hours. An address that may not be
    asked is refused; one that cannot be read now is kept, and `problem` says why."""
    parts = services()
    where = Where(body.url, body.name, body.password)
    source = add_address(parts, network_id(), path.id, body.kind, where, parts.now())
    return answer(SourceView.of(source), 201)


@busy.post("/members/<id>/busy/<source>/read", responses={200: SourceView})
@validated
def read_now(path: SourcePath) -> Response:
    """Read a calendar's address now"""
    return answer(SourceView.of(read_again(services(), network_id(), path.id, path.source)))


class NewLink(Model):
    """For how many days."""

    days: int = Field(default=30, ge=1, le=365)


class LinkView(BaseModel):
    """A page on which the member looks after their own calendars. Whoever has `url` may do so; the repeated
    answer to an Idempotency-Key is without it."""

    member: str
    url: str | None
    ends_at: datetime


@busy.post("/members/<id>/busy/link", responses={201: LinkView})
@validated
def make_link(path: BusyMember, body: NewLink) -> Response:
    """Make a link for the member
    To send to them: a page on which they add and remove their own calendars, without an account."""
    parts, network = services(), network_id()
    with parts.database.read() as connection:
        member_zone(connection, network, path.id)
    url, ends_at = CalendarLinks.of(parts.settings).address(network, path.id, parts.now(), body.days)
    g.kept_body = LinkView(member=path.id, url=None, ends_at=ends_at).model_dump_json().encode()
    return answer(LinkView(member=path.id, url=url, ends_at=ends_at), 201)


@busy.delete("/members/<id>/busy/<source>", responses={204: None})
@validated
def remove(path: SourcePath) -> Response:
    """Forget a calendar
    With its address, and the times that came from it."""
    with services().database.write() as connection:
        remove_source(connection, network_id(), path.id, path.source)
    return Response(status=204)

"""/calendars/TOKEN: where a member adds and removes their own calendars."""

from __future__ import annotations

from html import escape

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.html import html_page, page_responses
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import services, validated
from matcher.calendar.addresses.problems import AddressProblem
from matcher.calendar.busy.report import MOST_BYTES, Refused
from matcher.domain.base import Text
from matcher.service.busy.links import CalendarLinks
from matcher.service.busy.sources import Where, add_address, put_file
from matcher.store.busy import BusySource, list_sources, member_zone, remove_source
from matcher.store.errors import Conflict, NotFound

calendars = APIBlueprint("calendars", __name__, abp_tags=[Tag(name="busy")], abp_responses=PROBLEM_RESPONSES)

_FORM_BYTES = MOST_BYTES + 100_000
_RESPONSES = page_responses(
    (404, "No such address, or one that has ended: a page that says so"),
    (409, "Not now: a page that says why"),
    (422, "The calendar cannot be used: a page that says why"),
)


class CalendarsPath(BaseModel):
    """The signed part of an address."""

    model_config = ConfigDict(extra="forbid")
    token: Text = Field(max_length=1000)


@calendars.get("/calendars/<token>", responses=_RESPONSES)
@validated
def show_calendars(path: CalendarsPath) -> Response:
    """Look at one's own calendars
    A page for a browser."""
    try:
        network, member = _owner(path.token)
    except NotFound:
        return _unknown()
    return _page(network, member)


@calendars.post("/calendars/<token>", responses=_RESPONSES)
@validated
def change_calendars(path: CalendarsPath) -> Response:
    """Add or remove one's own calendars
    A form (multipart/form-data): `do` is `address` (with `url`; for CalDAV also `name` and `password`),
    `file` (with `file`) or `remove` (with `source`)."""
    request.max_content_length = _FORM_BYTES
    try:
        network, member = _owner(path.token)
        return _page(network, member, told=_change(network, member))
    except NotFound:
        return _unknown()
    except (AddressProblem, Refused) as error:
        return _page(network, member, str(error), 422)
    except Conflict as error:
        return _page(network, member, str(error), 409)


def _owner(token: str) -> tuple[str, str]:
    parts = services()
    network, member = CalendarLinks.of(parts.settings).find(token, parts.now())
    with parts.database.read() as connection:
        member_zone(connection, network, member)
    return network, member


def _change(network: str, member: str) -> str:
    """Do what the form asks, and say what was done. Raises `AddressProblem`, `Refused`, `Conflict`."""
    parts, form = services(), request.form
    if form.get("do") == "remove":
        with parts.database.write() as connection:
            remove_source(connection, network, member, form.get("source", ""))
        return "The calendar is forgotten."
    if form.get("do") == "file":
        file = request.files.get("file")
        data = file.read(MOST_BYTES + 1) if file is not None else b""
        put_file(parts.database, network, member, data, parts.now())
        return "The calendar was read."
    name = form.get("name", "").strip()[:200]
    where = Where(form.get("url", ""), name, form.get("password", "")[:500] if name else "")
    source = add_address(parts, network, member, "caldav" if name else "address", where, parts.now())
    return source.detail or "The calendar was read."


def _unknown() -> Response:
    told = "There is nothing at this address, or it has ended. Please ask your coordinator for a new one."
    return html_page("Not found", f"<p>{told}</p>", 404)


def _page(network: str, member: str, told: str = "", status: int = 200) -> Response:
    with services().database.read() as connection:
        sources = list_sources(connection, network, "", 1000, member=member)
    lines = [f"<p><strong>{escape(told)}</strong></p>"] if told else []
    lines.append(
        "<p>From your calendars we read when you are busy, so that nothing is planned then. Only times are "
        "kept, never titles, places or people, and only you and your coordinators see them.</p>"
    )
    lines += [_shown(source) for source in sources]
    lines += [
        '<h2>Add an address</h2><form method="post" enctype="multipart/form-data">',
        '<p><label for="url">The private address (https) of your calendar</label>',
        '<input id="url" name="url" required maxlength="2000" autocomplete="off"></p>',
        '<p><label for="name">Name, only for CalDAV</label><input id="name" name="name" maxlength="200"></p>',
        '<p><label for="password">Password, only for CalDAV</label>',
        '<input id="password" name="password" type="password" maxlength="500" autocomplete="off"></p>',
        '<button name="do" value="address">Add</button></form>',
        '<h2>Or send a file</h2><form method="post" enctype="multipart/form-data">',
        '<p><label for="file">An .ics file; it takes the place of the one before</label>',
        '<input id="file" name="file" type="file" required accept=".ics,text/calendar"></p>',
        '<button name="do" value="file">Send</button></form>',
    ]
    return html_page("Your calendars", "".join(lines), status)


def _shown(source: BusySource) -> str:
    name = escape(source.host) if source.host else "Your file"
    when = f"read {source.read_at:%Y-%m-%d %H:%M} UTC" if source.read_at else "not read yet"
    problem = f"<br>{escape(source.detail)}" if source.detail else ""
    return (
        f"<p>{name}: {source.count:,} busy times, {when}{problem}</p>"
        '<form method="post" enctype="multipart/form-data">'
        f'<input type="hidden" name="source" value="{escape(source.id)}">'
        '<button name="do" value="remove">Remove</button></form>'
    )

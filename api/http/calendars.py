"""/calendars/TOKEN: where a member adds and removes their own calendars."""

from __future__ import annotations

from html import escape

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.answers import asked_words, told_page
from api.http.html import html_page, page_responses
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import services, validated
from matcher.calendar.addresses.problems import AddressProblem
from matcher.calendar.busy.report import MOST_BYTES, Refused
from matcher.domain.base import Text
from matcher.domain.member import Member
from matcher.service.busy.links import CalendarLinks
from matcher.service.busy.sources import Where, add_address, put_file
from matcher.store.busy import BusySource, list_sources, remove_source
from matcher.store.errors import Conflict, NotFound
from matcher.store.recipients import recipient
from matcher.texts.words import Words, words_of

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
        network, reader = _owner(path.token)
    except NotFound:
        return _unknown()
    return _page(network, reader)


@calendars.post("/calendars/<token>", responses=_RESPONSES)
@validated
def change_calendars(path: CalendarsPath) -> Response:
    """Add or remove one's own calendars
    A form (multipart/form-data): `do` is `address` (with `url`; for CalDAV also `name` and `password`),
    `file` (with `file`) or `remove` (with `source`)."""
    request.max_content_length = _FORM_BYTES
    try:
        network, reader = _owner(path.token)
        return _page(network, reader, told=_change(network, reader.id, words_of(reader)))
    except NotFound:
        return _unknown()
    except (AddressProblem, Refused) as error:
        return _page(network, reader, str(error), 422)
    except Conflict as error:
        return _page(network, reader, str(error), 409)


def _owner(token: str) -> tuple[str, Member]:
    parts = services()
    network, member = CalendarLinks.of(parts.settings).find(token, parts.now())
    with parts.database.read() as connection:
        return network, recipient(connection, network, member).member


def _change(network: str, member: str, words: Words) -> str:
    """Do what the form asks, and say what was done. Raises `AddressProblem`, `Refused`, `Conflict`."""
    parts, form = services(), request.form
    if form.get("do") == "remove":
        with parts.database.write() as connection:
            remove_source(connection, network, member, form.get("source", ""))
        return words("calendars.forgotten")
    if form.get("do") == "file":
        file = request.files.get("file")
        data = file.read(MOST_BYTES + 1) if file is not None else b""
        put_file(parts.database, network, member, data, parts.now())
        return words("calendars.was_read")
    name = form.get("name", "").strip()[:200]
    where = Where(form.get("url", ""), name, form.get("password", "")[:500] if name else "")
    source = add_address(parts, network, member, "caldav" if name else "address", where, parts.now())
    return source.detail or words("calendars.was_read")


def _unknown() -> Response:
    return told_page(asked_words(), "page.not_found", "calendars.nothing_here", 404)


def _page(network: str, reader: Member, told: str = "", status: int = 200) -> Response:
    words = words_of(reader)
    with services().database.read() as connection:
        sources = list_sources(connection, network, "", 1000, member=reader.id)

    def say(key: str) -> str:
        return escape(words(f"calendars.{key}"))

    lines = [f"<p><strong>{escape(told)}</strong></p>"] if told else []
    lines.append(f"<p>{say('what_for')}</p>")
    lines += [_shown(source, words, reader.time_zone) for source in sources]
    lines += [
        f'<h2>{say("add_address")}</h2><form method="post" enctype="multipart/form-data">',
        f'<p><label for="url">{say("address")}</label>',
        '<input id="url" name="url" required maxlength="2000" autocomplete="off"></p>',
        f'<p><label for="name">{say("name")}</label><input id="name" name="name" maxlength="200"></p>',
        f'<p><label for="password">{say("password")}</label>',
        '<input id="password" name="password" type="password" maxlength="500" autocomplete="off"></p>',
        f'<button name="do" value="address">{say("add")}</button></form>',
        f'<h2>{say("or_file")}</h2><form method="post" enctype="multipart/form-data">',
        f'<p><label for="file">{say("file")}</label>',
        '<input id="file" name="file" type="file" required accept=".ics,text/calendar"></p>',
        f'<button name="do" value="file">{say("send")}</button></form>',
    ]
    return html_page(say("title"), "".join(lines), status, words.language)


def _shown(source: BusySource, words: Words, zone: str) -> str:
    name = source.host or words("calendars.your_file")
    when = words("calendars.not_read")
    if source.read_at:
        when = words("calendars.read_at", when=words.moment(source.read_at, zone))
    line = words("calendars.source", name=name, count=source.count, when=when)
    problem = f"<br>{escape(source.detail)}" if source.detail else ""
    return (
        f"<p>{escape(line)}{problem}</p>"
        '<form method="post" enctype="multipart/form-data">'
        f'<input type="hidden" name="source" value="{escape(source.id)}">'
        f'<button name="do" value="remove">{escape(words("calendars.remove"))}</button></form>'
    )

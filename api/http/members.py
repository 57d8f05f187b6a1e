"""/v1/members: people and their profiles, one by one or many at once."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import (
    JSON_LINES,
    answer,
    body_file,
    expected,
    network_id,
    same_id,
    services,
    validated,
)
from matcher.documents.elements import array_elements, filled_lines
from matcher.documents.headings import ColumnMapping
from matcher.documents.parse import Unreadable, parse
from matcher.domain.base import Identifier, Text
from matcher.domain.errors import Fault
from matcher.domain.member import Member, Status
from matcher.domain.settings import Channel
from matcher.service.bulk import Record, rehearsed, upsert_members
from matcher.service.document import named
from matcher.service.members import delete_member, get_member, put_member
from matcher.service.sheets import import_sheet
from matcher.store.members import MemberRow, list_members

members = APIBlueprint(
    "members",
    __name__,
    url_prefix="/v1/members",
    abp_tags=[Tag(name="members")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class MemberView(Member):
    """A member as stored, with all that coordinators may see. `channel` null: the network's."""

    channel: Channel | None
    version: int
    changed_at: datetime

    @classmethod
    def of(cls, row: MemberRow) -> MemberView:
        """As it is shown."""
        more = {"channel": row.channel, "version": row.version, "changed_at": row.changed_at.isoformat()}
        return cls.model_validate_json(f"{row.body[:-1]},{json.dumps(more)[1:]}")


class MemberPage(BaseModel):
    """Some members."""

    items: list[MemberView]
    next: str | None


class MemberPath(BaseModel):
    """Which member."""

    model_config = ConfigDict(extra="forbid")
    id: Identifier


class MemberQuery(PageQuery):
    """Which members."""

    organization: Identifier | None = None
    status: Status | None = None
    q: Text = Field(
        default="", max_length=200, description="What the name or the e-mail address begins with."
    )


class BulkQuery(BaseModel):
    """How to store many members."""

    model_config = ConfigDict(extra="forbid")
    sync: bool = Field(default=False, description="Mark active members who are absent as left.")
    dry_run: bool = Field(default=False, description="Only tell what would happen.")
    mapping: Text | None = Field(
        default=None,
        max_length=100_000,
        description='For sheets, JSON: {"columns": {field: heading}, "defaults": {field: cell}}.',
    )


class SheetView(BaseModel):
    """What was found in a sheet: which heading was taken for which field, and what was added for it."""

    model_config = ConfigDict(from_attributes=True)
    rows: int
    columns: dict[str, str]
    guessed: bool
    unused: tuple[str, ...]
    skills_added: list[str]
    organizations_added: list[str]
    notes: list[str]


class BulkAnswer(BaseModel):
    """What became of many members."""

    created: int
    updated: int
    unchanged: int
    left: int
    sheet: SheetView | None = None


@members.get("", responses={200: MemberPage})
@validated
def list_all(query: MemberQuery) -> Response:
    """List members
    By id."""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = list_members(
            connection,
            network_id(),
            str(after),
            query.limit + 1,
            organization=query.organization,
            status=query.status,
            prefix=query.q,
        )
    return page(
        rows,
        query,
        lambda row: cursor_of(row.id),
        lambda items, following: MemberPage(items=[MemberView.of(one) for one in items], next=following),
    )


@members.get("/<path:id>", responses={200: MemberView})
@validated
def get_one(path: MemberPath) -> Response:
    """Read a member"""
    with services().database.read() as connection:
        row = get_member(connection, network_id(), path.id)
    return answer(MemberView.of(row), version=row.version)


@members.put("/<path:id>", responses={200: MemberView, 201: MemberView})
@validated
def put_one(path: MemberPath, body: Member) -> Response:
    """Add or replace a member
    With If-None-Match: * only to add; with If-Match only what was read. The same profile again changes
    nothing, not even the version."""
    same_id(body.id, path.id)
    parts = services()
    with parts.database.write() as connection:
        row, is_new = put_member(connection, network_id(), body, expected(), parts.now())
    place = f"/v1/members/{quote(row.id, safe='')}"
    return answer(MemberView.of(row), 201 if is_new else 200, row.version, Location=place)


@members.delete("/<path:id>", responses={204: None})
@validated
def remove_one(path: MemberPath) -> Response:
    """Remove a member
    Refused (409) while pairs, plans, sessions or other members name them; set the status "left" then."""
    with services().database.write() as connection:
        delete_member(connection, network_id(), path.id, expected())
    return Response(status=204)


_BULK_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Member"}}},
        "application/jsonl": {"schema": {"type": "string", "description": "A member a line."}},
        "text/csv": {"schema": {"type": "string", "description": "A sheet with headings."}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "The sheet (CSV)."},
                    "organizations": {"type": "string", "format": "binary", "description": "Theirs (CSV)."},
                    "mapping": {"type": "string", "description": "As the query parameter."},
                },
            }
        },
    },
}


@members.post("/bulk", request_body=_BULK_BODY, responses={200: BulkAnswer})
@validated
def put_many(query: BulkQuery) -> Response:
    """Add or replace many members
    All or nothing, by id: a JSON array of members, one a line (application/jsonl), or a sheet (text/csv, or a
    form with parts). Every fault is told, with its index or line. With sync, active members who are absent
    are marked as left, unless they are more than the network's most_left_percent of the active ones: then
    409 lists them, and nothing is stored."""
    if request.mimetype == "text/csv":
        with body_file(".csv") as path:
            return _put_sheet(query, path, None, query.mapping)
    if request.mimetype == "multipart/form-data":
        return _put_form(query)
    if query.mapping is not None:
        raise Problem(
            "invalid-request", "A mapping goes with a sheet.", [Fault("mapping", "is not used here")]
        )
    parts = services()
    with body_file() as path, parts.database.write() as connection, rehearsed(connection, query.dry_run):
        records, lines = _records(path)
        try:
            done = upsert_members(
                connection, network_id(), records, parts.now(), lines=lines, sync=query.sync
            )
        except Unreadable as error:
            raise Problem("invalid-json", f"The body {error.faults[0].reason}.") from None
    return answer(BulkAnswer(**vars(done)))


def _put_form(query: BulkQuery) -> Response:
    """A form whose parts are the sheet, the organizations' sheet and the mapping."""
    known = {"file", "organizations", "mapping"}
    faults = [
        Fault(name or "", "is no part of this form")
        for name in (*request.files, *request.form)
        if name not in known
    ]
    sheet, organizations = request.files.get("file"), request.files.get("organizations")
    if sheet is None:
        faults.append(Fault("file", "is missing: the sheet, as a file"))
    if faults or sheet is None:
        raise Problem("invalid-request", "The form does not fit; see errors.", faults)
    with tempfile.TemporaryDirectory(prefix="peerloom-") as folder:
        path, theirs = Path(folder) / "members.csv", Path(folder) / "organizations.csv"
        sheet.save(path)
        if organizations is not None:
            organizations.save(theirs)
        mapping = request.form.get("mapping", query.mapping)
        return _put_sheet(query, path, theirs if organizations is not None else None, mapping)


def _put_sheet(query: BulkQuery, path: Path, organizations: Path | None, mapping: Text | None) -> Response:
    parts = services()
    with (
        named(path, "the sheet"),
        named(organizations or path, "the sheet of organizations"),
        parts.database.write() as connection,
        rehearsed(connection, query.dry_run),
    ):
        done, report = import_sheet(
            connection,
            network_id(),
            path,
            parts.now(),
            mapping=_mapping(mapping),
            organizations=organizations,
            sync=query.sync,
        )
    return answer(BulkAnswer(**vars(done), sheet=SheetView.model_validate(report)))


def _mapping(text: str | None) -> ColumnMapping | None:
    if text is None:
        return None
    try:
        return parse(ColumnMapping, text.encode(), at=("mapping",))
    except Unreadable as error:
        raise Problem("invalid-request", "The mapping does not fit; see errors.", error.faults) from None


def _records(path: Path) -> tuple[Iterator[Record], bool]:
    """The members in the body as they are sent, and whether they stand on lines."""
    if request.mimetype == "application/json":
        return (Record(index, data) for index, data in array_elements(path.read_bytes())), False
    if request.mimetype in JSON_LINES:
        return (Record(number, line) for number, line in _lines(path)), True
    raise Problem(
        "unsupported-media-type",
        "Send application/json, application/jsonl, text/csv or multipart/form-data, "
        f"not {request.mimetype or 'nothing'}.",
    )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        yield from filled_lines(file)

"""/v1/exports: calendars to hand on, a program as one file and organizations' files as a ZIP."""

from __future__ import annotations

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import network_id, services, validated
from matcher.calendar.archive import zipped
from matcher.domain.base import Identifier
from matcher.service.exports import export_organizations, export_program

exports = APIBlueprint(
    "exports",
    __name__,
    url_prefix="/v1/exports",
    abp_tags=[Tag(name="sessions")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class ProgramQuery(BaseModel):
    """Which program, and which of its cycles."""

    model_config = ConfigDict(extra="forbid")
    program: Identifier
    cycle: Identifier | None = None


class OrganizationQuery(BaseModel):
    """Whose files, and the sessions of which program."""

    model_config = ConfigDict(extra="forbid")
    organization: Identifier | None = None
    program: Identifier | None = None


@exports.get(
    "/calendar.ics",
    responses={200: {"description": "A calendar (RFC 5545)", "content": {"text/calendar": {}}}},
)
@validated
def program_file(query: ProgramQuery) -> Response:
    """Export a program as one calendar
    All its sessions, cancelled ones too, with the names that profiles show; a file, not a subscription."""
    data = export_program(services().database, network_id(), query.program, query.cycle)
    return Response(
        data,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="calendar.ics"'},
    )


@exports.get(
    "/calendars.zip",
    responses={200: {"description": "A ZIP", "content": {"application/zip": {}}}},
)
@validated
def organizations_file(query: OrganizationQuery) -> Response:
    """Export the calendars of organizations
    A folder for each (or for one): `organization.ics`, which names its own people only, `members.csv`, and
    `members/` with each member's calendar. It is written while it is sent; the same sessions give the same
    bytes."""
    files = export_organizations(services().database, network_id(), query.program, query.organization)
    return Response(
        zipped(files),
        content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="calendars.zip"'},
    )

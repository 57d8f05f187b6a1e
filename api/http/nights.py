"""/v1/nights: what the nightly run did with each program, and running one by hand."""

from __future__ import annotations

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from api.http.html import html_page
from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import Identifier
from matcher.domain.night import Night
from matcher.service.nightly.due import begin_nights
from matcher.service.nightly.telling import headline, html_report
from matcher.store.nights import find_night, list_nights

nights = APIBlueprint(
    "nights",
    __name__,
    url_prefix="/v1/nights",
    abp_tags=[Tag(name="nights")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class NightPath(BaseModel):
    """Which night."""

    model_config = ConfigDict(extra="forbid")
    night: Identifier


class NightsQuery(PageQuery):
    """Nights of one program, or of all."""

    program: Identifier | None = None


class NightsView(BaseModel):
    """Nights, the newest first."""

    items: list[Night]
    next: str | None


class NightBody(BaseModel):
    """Which program (None: all that are due); a `rehearsal` publishes nothing; `again`: also where there was
    a night today."""

    model_config = ConfigDict(extra="forbid")
    program: Identifier | None = None
    rehearsal: bool = False
    again: bool = False


@nights.get("", responses={200: NightsView})
@validated
def list_all(query: NightsQuery) -> Response:
    """List nights, the newest first"""
    (below,) = place_of(query.after, "")
    with services().database.read() as connection:
        found = list_nights(connection, network_id(), str(below), query.limit + 1, query.program)
    return page(
        found, query, lambda one: cursor_of(one.id), lambda some, after: NightsView(items=some, next=after)
    )


@nights.post("", responses={202: NightsView})
@validated
def begin(body: NightBody) -> Response:
    """Begin the night of the programs that are due
    Answers at once with the nights as they begin; GET them to follow. A program that had its night today gets
    none, unless `again` is asked."""
    found = begin_nights(
        services(), network_id(), program=body.program, rehearsal=body.rehearsal, again=body.again
    )
    services().wake.set()
    return answer(NightsView(items=found, next=None), 202)


@nights.get("/<night>", responses={200: Night})
@validated
def show(path: NightPath) -> Response:
    """Read one night
    As JSON, or as a page where `Accept` prefers text/html."""
    with services().database.read() as connection:
        found = find_night(connection, network_id(), path.night)
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return html_page(headline(found), html_report(found))
    return answer(found)

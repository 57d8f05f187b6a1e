"""/v1/organizations, skills, problems, circles, forums, programs: parts of a network, all alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, create_model

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES
from api.http.problems import Problem as HttpProblem
from api.http.requests import answer, expected, network_id, same_id, services, validated
from matcher.documents.elements import array_elements
from matcher.documents.faults import FaultList
from matcher.documents.parse import Unreadable, parse
from matcher.domain.base import Identifier
from matcher.domain.forum import Forum
from matcher.domain.organization import Organization
from matcher.domain.problem import Circle, Problem
from matcher.domain.program import Program
from matcher.domain.skill import Skill
from matcher.service.parts import Part, delete_part, get_part, put_part, put_parts
from matcher.store.parts import PartRow, list_parts


class PartPath(BaseModel):
    """Which one."""

    model_config = ConfigDict(extra="forbid")
    id: Identifier


class PartsAnswer(BaseModel):
    """What became of many."""

    model_config = ConfigDict(from_attributes=True)
    created: int
    updated: int
    unchanged: int


def _resource(name: str, kind: str, model: type[Part]) -> APIBlueprint:
    """The resource of one list of the header. `name` is the list's, `kind` what one of it is called, with its
    article."""
    made = APIBlueprint(
        name,
        __name__,
        url_prefix=f"/v1/{name}",
        abp_tags=[Tag(name=name)],
        abp_security=[{"key": []}],
        abp_responses=PROBLEM_RESPONSES,
    )
    view = create_model(
        f"{model.__name__}View",
        __base__=model,
        __doc__=f"{kind[0].upper()}{kind[1:]} as it is stored.",
        version=(int, ...),
        changed_at=(datetime, ...),
    )
    listed = create_model(
        f"{model.__name__}Page",
        __doc__=f"Some {name}.",
        items=(list[view], ...),  # type: ignore[valid-type]
        next=(str | None, ...),
    )

    def shown(row: PartRow) -> BaseModel:
        return view.model_validate(
            json.loads(row.body) | {"version": row.version, "changed_at": row.changed_at}
        )

    def listing(query: PageQuery) -> Response:
        (after,) = place_of(query.after, "")
        with services().database.read() as connection:
            rows = list_parts(connection, network_id(), name, str(after), query.limit + 1)
        return page(
            rows,
            query,
            lambda row: cursor_of(row.id),
            lambda items, following: listed(items=[shown(one) for one in items], next=following),
        )

    def get(path: PartPath) -> Response:
        with services().database.read() as connection:
            row = get_part(connection, network_id(), name, path.id)
        return answer(shown(row), version=row.version)

    def put(path: PartPath, body: Part) -> Response:
        same_id(body.id, path.id)
        parts = services()
        with parts.database.write() as connection:
            row, is_new = put_part(connection, network_id(), name, body, expected(), parts.now())
        place = f"/v1/{name}/{quote(row.id, safe='')}"
        return answer(shown(row), 201 if is_new else 200, row.version, Location=place)

    def put_many() -> Response:
        sent = _array(model)
        parts = services()
        with parts.database.write() as connection:
            done = put_parts(connection, network_id(), name, sent, parts.now())
        return answer(PartsAnswer.model_validate(done))

    def remove(path: PartPath) -> Response:
        with services().database.write() as connection:
            delete_part(connection, network_id(), name, path.id, expected())
        return Response(status=204)

    _add(made.get, "", listing, f"List {name}\nBy id.", {200: listed}, query=PageQuery)
    _add(made.get, "/<path:id>", get, f"Read {kind}", {200: view}, path=PartPath)
    _add(
        made.put,
        "/<path:id>",
        put,
        f"Add or replace {kind}\nWith If-None-Match: * only to add; with If-Match only what was read. "
        "What it names must be there, and what others name must stay: else nothing happens.",
        {200: view, 201: view},
        path=PartPath,
        body=model,
    )
    told = f"Remove {kind}\nRefused (409) while something names it; `errors` says what."
    _add(made.delete, "/<path:id>", remove, told, {204: None}, path=PartPath)
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{model.__name__}"}}
    _add(
        made.post,
        "/bulk",
        put_many,
        f"Add or replace many {name}\nAll or nothing, by id; what is not in the list stays. They are checked "
        "together, so they may name each other. Every fault is told, with its index.",
        {200: PartsAnswer},
        {"required": True, "content": {"application/json": {"schema": items}}},
    )
    return made


def _array(model: type[Part]) -> list[Part]:
    """The body, a JSON array, as models. Raises `Problem` with a pointer to each fault."""
    if request.mimetype != "application/json":
        raise HttpProblem(
            "unsupported-media-type", f"Send application/json, not {request.mimetype or 'nothing'}."
        )
    sent: list[Part] = []
    faults = FaultList()
    try:
        for index, data in array_elements(request.get_data()):
            try:
                sent.append(parse(model, data, at=(index,)))
            except Unreadable as error:
                faults.extend(replace(one, path=one.path or f"[{index}]") for one in error.faults)
    except Unreadable as error:
        raise HttpProblem("invalid-json", f"The body {error.faults[0].reason}.") from None
    if faults.count:
        raise HttpProblem("invalid-request", "Nothing was stored; see errors.", faults.told())
    return sent


def _add(
    method: Callable[..., Any],
    rule: str,
    handler: Callable[..., Response],
    told: str,
    responses: dict[int, type[BaseModel] | None],
    request_body: dict[str, Any] | None = None,
    **arguments: type[BaseModel],
) -> None:
    """Register a handler with the argument models and the words that the API's document shows."""
    handler.__annotations__ = {**arguments, "return": Response}
    handler.__doc__ = told
    more = {"request_body": request_body} if request_body is not None else {}
    method(rule, responses=responses, **more)(validated(handler))


PART_RESOURCES = (
    _resource("organizations", "an organization", Organization),
    _resource("skills", "a skill", Skill),
    _resource("problems", "a problem", Problem),
    _resource("circles", "a circle", Circle),
    _resource("forums", "a forum", Forum),
    _resource("programs", "a program", Program),
)

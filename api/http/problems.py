"""Everything that can go wrong over HTTP, in one shape: RFC 9457 problem details with JSON pointers."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from flask_openapi.models import Response as OpenAPIResponse
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from api.http.logs import without_secrets
from matcher.calendar.addresses.problems import AddressProblem
from matcher.calendar.busy.report import Refused
from matcher.domain.errors import Fault, InputError, PeerloomError, UnknownIdError
from matcher.service.candidates import Busy
from matcher.store.database import DatabaseUnavailable
from matcher.store.errors import Conflict, NotFound, Stale

MEDIA_TYPE = "application/problem+json"

PROBLEMS: dict[str, tuple[int, str, str]] = {
    # code: (status, title, what to do)
    "invalid-json": (400, "The body is not JSON", "Send UTF-8 JSON; the detail says where it breaks."),
    "invalid-request": (422, "The request does not fit", "`errors` lists each fault with a JSON pointer."),
    "unauthorized": (
        401,
        "No valid key",
        "Send 'Authorization: Bearer KEY'; 'peerloom key create' makes one.",
    ),
    "forbidden": (403, "This key may not do that", "Use a key of the installation, or of that network."),
    "no-network": (400, "Which network?", "A key of the installation names one: 'Peerloom-Network: ID'."),
    "not-found": (
        404,
        "There is no such thing here",
        "Check the id; other networks' things are never shown.",
    ),
    "method-not-allowed": (405, "Not with this method", "The Allow header lists the methods."),
    "not-acceptable": (406, "Not in this form", "Ask for application/json or what the API's document says."),
    "conflict": (409, "The present state does not allow it", "The detail says what has to come first."),
    "gone": (410, "This was taken away", "Ask for a new address."),
    "stale": (412, "Changed since you read it", "Read it again; send its new ETag as If-Match."),
    "too-large": (413, "Too large", "Send less at a time."),
    "unsupported-media-type": (
        415,
        "Not this content type",
        "Send application/json, or what the API's document says.",
    ),
    "invalid-key": (
        422,
        "The Idempotency-Key was used for another request",
        "Use a fresh key for each request.",
    ),
    "unusable-calendar": (
        422,
        "The calendar cannot be read",
        "The detail says why; export it again, or take another calendar.",
    ),
    "unusable-address": (
        422,
        "The calendar's address may not be asked",
        "Use a public https address, or send a file.",
    ),
    "too-many-requests": (429, "Too many requests", "Wait as long as Retry-After says."),
    "bad-request": (400, "The request cannot be read", "The detail says why."),
    "internal": (500, "Our fault", "Try again; if it stays, report the request id."),
    "unavailable": (503, "Not available now", "Try again in a moment."),
}
"""Every problem type by its code; `/problems/CODE` explains it."""

_BY_STATUS = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    410: "gone",
    412: "stale",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-request",
    429: "too-many-requests",
    503: "unavailable",
}
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_log = logging.getLogger("peerloom.http")


class ProblemDetails(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[dict[str, str | int]] = []


def _documented() -> dict[str | int | HTTPStatus, type[BaseModel] | OpenAPIResponse | dict[str, Any] | None]:
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    by_status: dict[int, list[str]] = {}
    for status, title, _ in PROBLEMS.values():
        by_status.setdefault(status, []).append(title)
    return {
        status: {"description": "; ".join(titles), "content": {MEDIA_TYPE: {"schema": schema}}}
        for status, titles in sorted(by_status.items())
    }


PROBLEM_RESPONSES = _documented()
"""Every status that a refused request may have, for the API's document (`abp_responses`)."""


class Problem(Exception):
    """A failure that the client is told of; `errors` are faults of the request by JSON pointer."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        errors: Iterable[Fault] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail or PROBLEMS[code][1])
        self.code = code
        self.errors = tuple(errors)
        self.headers = headers or {}


def pointer(path: str) -> str:
    """A path such as `members[3].name` as a JSON pointer in a URI fragment (RFC 6901, section 6)."""
    steps = [number or name for number, name in _STEP.findall(path)]
    return "#" + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def problem_response(problem: Problem) -> Response:
    """The response that tells of a problem."""
    status, title, _ = PROBLEMS[problem.code]
    body: dict[str, object] = {
        "type": f"/problems/{problem.code}",
        "title": title,
        "status": status,
        "detail": str(problem),
        "instance": without_secrets(request.path),
    }
    if problem.errors:
        body["errors"] = [
            {"pointer": pointer(fault.path), "detail": fault.reason}
            | ({"line": fault.line} if fault.line is not None else {})
            for fault in problem.errors
        ]
    data = json.dumps(body, ensure_ascii=False)
    return Response(data, status, headers=problem.headers, content_type=MEDIA_TYPE)


def problem_of(error: Exception) -> Problem:
    """What a client is told of any exception; never an internal detail."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, NotFound | UnknownIdError):
        return Problem("not-found", str(error))
    if isinstance(error, Stale):
        tag = {"ETag": f'"{error.version}"'} if error.version is not None else {}
        return Problem("stale", str(error), headers=tag)
    if isinstance(error, Conflict):
        return Problem("conflict", str(error), error.faults)
    if isinstance(error, Busy):
        return Problem("unavailable", str(error), headers={"Retry-After": "5"})
    if isinstance(error, DatabaseUnavailable | OperationalError):
        _log.error("database: %s", error)
        return Problem("unavailable", "The database does not answer.", headers={"Retry-After": "5"})
    if isinstance(error, Refused):
        code = "too-large" if error.code == "too-large" else "unusable-calendar"
        return Problem(code, str(error), [Fault("", error.code)])
    if isinstance(error, AddressProblem):
        return Problem("unusable-address", str(error), [Fault("url", error.code)])
    if isinstance(error, InputError):
        return Problem("invalid-request", str(error), error.faults)
    if isinstance(error, PeerloomError):
        return Problem("conflict", str(error))
    if isinstance(error, IntegrityError):
        _log.warning("constraint: %s", error.orig)
        return Problem(
            "conflict", "This would contradict what is stored: something it names is missing or taken."
        )
    if isinstance(error, HTTPException):
        known = _BY_STATUS.get(error.code or 500, "internal" if (error.code or 500) >= 500 else "bad-request")
        headers = {k: v for k, v in error.get_headers() if k in ("Allow", "Retry-After")}
        return Problem(known, error.description or "", headers=headers)
    _log.exception("internal error", exc_info=error)
    return Problem("internal", "Something went wrong on our side. It was logged.")


def handle_problems(app: Flask) -> None:
    """Answer every exception in the one shape."""
    app.register_error_handler(Exception, lambda error: problem_response(problem_of(error)))

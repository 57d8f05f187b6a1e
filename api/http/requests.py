"""Requests: validated strictly, by the same reader as documents; and what every handler needs from them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from flask import Response, current_app, g, request
from pydantic import BaseModel, ValidationError

from api.http.problems import Problem
from matcher.documents.faults import faults_of
from matcher.documents.parse import Unreadable, parse
from matcher.domain.errors import Fault
from matcher.store.errors import Expected
from matcher.store.keys import Key
from matcher.wiring import Services

Handler = TypeVar("Handler", bound=Callable[..., Any])
ModelT = TypeVar("ModelT", bound=BaseModel)

JSON_TYPES = ("application/json", "application/merge-patch+json")
JSON_LINES = ("application/jsonl", "application/x-ndjson", "application/jsonlines", "application/x-jsonlines")


def services() -> Services:
    """The parts that this app was joined from."""
    found: Services = current_app.extensions["peerloom"]
    return found


def network_id() -> str:
    """The network that this request is sealed to. Raises `Problem` where the key leaves it open."""
    network: str | None = g.network
    if network is None:
        raise Problem(
            "no-network", "This key is the installation's: say which network with 'Peerloom-Network: ID'."
        )
    return network


def key() -> Key:
    """The key of this request."""
    found: Key = g.key
    return found


def validated(handler: Handler) -> Handler:
    """Check `path`, `query` and `body` as the handler's annotations ask, before it runs.

    Numbers in quotes, repeated keys and unknown fields of a body are faults; so are unknown query parameters.
    Raises `Problem`.
    """
    hints = get_type_hints(handler)

    @wraps(handler)
    def checked(**given: Any) -> Any:
        found: dict[str, Any] = {}
        if "path" in hints:
            found["path"] = _checked(hints["path"], given, "path")
        elif given:
            found.update(given)
        if "query" in hints:
            found["query"] = _checked(hints["query"], _query(hints["query"]), "query")
        if "body" in hints:
            found["body"] = read_body(hints["body"])
        return handler(**found)

    checked.__delay_validate_request__ = True  # type: ignore[attr-defined]  # flask-openapi leaves checks to us
    return checked  # type: ignore[return-value]


def read_body(model: type[ModelT]) -> ModelT:
    """The body as a model. Raises `Problem` with a pointer to each fault."""
    if request.mimetype not in JSON_TYPES:
        raise Problem(
            "unsupported-media-type", f"Send application/json, not {request.mimetype or 'nothing'}."
        )
    try:
        return parse(model, request.get_data())
    except Unreadable as error:
        if len(error.faults) == 1 and not error.faults[0].path and _is_syntax(error.faults[0]):
            raise Problem("invalid-json", f"The body {error.faults[0].reason}.") from None
        raise Problem("invalid-request", "The body does not fit; see errors.", error.faults) from None


def _is_syntax(fault: Fault) -> bool:
    return fault.reason.startswith(
        ("is not JSON", "is empty", "ends at", "is not UTF-8", "is UTF-", "is nested")
    )


def _query(model: type[BaseModel]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, values in request.args.lists():
        field = model.model_fields.get(name)
        many = field is not None and getattr(field.annotation, "__origin__", None) in (list, tuple)
        if len(values) > 1 and not many:
            raise Problem(
                "invalid-request", "A query parameter was given twice.", [Fault(name, "is given twice")]
            )
        found[name] = values if many else values[0]
    return found


def _checked(model: type[ModelT], values: dict[str, Any], where: str) -> ModelT:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        told = f"The {'address' if where == 'path' else 'query'} does not fit; see errors."
        raise Problem("invalid-request", told, faults_of(error, model)) from None


def if_match() -> int | None:
    """The version that a change is meant for, from If-Match; None where any will do."""
    text = request.headers.get("If-Match", "*").strip()
    if text == "*":
        return None
    number = text.removeprefix("W/").strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise Problem("stale", "If-Match holds no ETag of this API: send the one that GET returned.")
    return int(number)


def expected() -> Expected:
    """What a change is meant for, from If-Match and If-None-Match. Raises `Problem`."""
    if request.headers.get("If-None-Match", "").strip() == "*":
        return Expected(absent=True)
    if "If-Match" not in request.headers:
        return Expected()
    version = if_match()
    return Expected(version=version, present=version is None)


def same_id(sent: str, addressed: str) -> None:
    """Raise `Problem` unless the id in the body is the one in the address."""
    if sent != addressed:
        fault = Fault("id", f"is {sent!r}, where the address says {addressed!r}: write the same")
        raise Problem("invalid-request", "The body is not of the thing that the address names.", [fault])


@contextmanager
def body_file(suffix: str = "") -> Iterator[Path]:
    """The body of the request in a file, which goes when the block ends; large ones never stand in memory."""
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        if request.headers.get("Idempotency-Key"):
            file.write(request.get_data())  # it was read already, to tell the request from others
        else:
            shutil.copyfileobj(request.stream, file, 1 << 20)
        file.flush()
        yield Path(file.name)


def answer(body: BaseModel, status: int = 200, version: int | None = None, **headers: str) -> Response:
    """A model as JSON; with `version`, under its ETag: a GET whose If-None-Match has it answers 304."""
    response = Response(body.model_dump_json(), status, content_type="application/json")
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    if version is not None:
        response.set_etag(str(version))
        if request.method in ("GET", "HEAD"):
            response.make_conditional(request)
    return response

"""/v1/document: the whole network as one document, out and in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import (
    JSON_LINES,
    answer,
    body_file,
    network_id,
    services,
    validated,
)
from matcher.documents.read import open_network
from matcher.service.document import named, replace_document
from matcher.store.documents import document_pieces
from matcher.store.networks import find_network

document = APIBlueprint(
    "document",
    __name__,
    url_prefix="/v1/document",
    abp_tags=[Tag(name="document")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)
_DOCUMENT = {
    "application/json": {"schema": {"type": "object", "description": "As `peerloom schema network` tells."}},
    "application/jsonl": {"schema": {"type": "string", "description": "The header, then a record a line."}},
}


class FormQuery(BaseModel):
    """In which form."""

    model_config = ConfigDict(extra="forbid")
    format: Literal["json", "jsonl"] | None = Field(
        default=None, description="Default: what the Accept header prefers, else json."
    )


class ForceQuery(BaseModel):
    """Whether to go over plans that are approved or published."""

    model_config = ConfigDict(extra="forbid")
    force: bool = False


class DocumentAnswer(BaseModel):
    """What became of the members."""

    model_config = ConfigDict(from_attributes=True)
    created: int
    updated: int
    unchanged: int
    removed: int


@document.get("", responses={200: {"description": "The network.", "content": _DOCUMENT}})
@validated
def get_document(query: FormQuery) -> Response:
    """Read the whole network
    As JSON or JSON Lines, streamed, of one moment. What PUT takes, and `peerloom solve pairs` reads."""
    parts, network = services(), network_id()
    lines = query.format == "jsonl" if query.format is not None else _prefers_lines()
    with parts.database.read() as connection:
        find_network(connection, network)

    def pieces() -> Iterator[bytes]:
        with parts.database.read() as connection:
            yield from document_pieces(connection, network, lines)

    return Response(pieces(), content_type="application/jsonl" if lines else "application/json")


def _prefers_lines() -> bool:
    if not request.accept_mimetypes:
        return False
    best = request.accept_mimetypes.best_match(["application/json", *JSON_LINES])
    if best is None:
        raise Problem("not-acceptable", "The document comes as application/json or application/jsonl.")
    return best != "application/json"


@document.put("", request_body={"required": True, "content": _DOCUMENT}, responses={200: DocumentAnswer})
@validated
def put_document(query: ForceQuery) -> Response:
    """Replace the whole network
    All or nothing; what is the same keeps its version. Members who are not in the document go, with their
    pairs, sessions and feeds, and without mails: so it is refused (409) while plans are approved or
    published, unless force=true. Policies that plans were made with keep their versions: change them under a
    higher one."""
    if request.mimetype not in ("application/json", *JSON_LINES):
        raise Problem(
            "unsupported-media-type",
            f"Send application/json or application/jsonl, not {request.mimetype or 'nothing'}.",
        )
    parts = services()
    suffix = ".json" if request.mimetype == "application/json" else ".jsonl"
    with body_file(suffix) as path, named(path, "the document"):
        source = open_network(path)
        with parts.database.write() as connection:
            stored = replace_document(connection, network_id(), source, parts.now(), force=query.force)
    return answer(DocumentAnswer.model_validate(stored))

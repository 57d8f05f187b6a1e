"""/v1/programs/{program}/cycles/{cycle}: closed once, when what everybody did goes into their ledgers."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import Identifier
from matcher.service.ledgers import close_cycle
from matcher.store.errors import NotFound
from matcher.store.ledgers import closed_cycle

cycles = APIBlueprint(
    "cycles",
    __name__,
    url_prefix="/v1/programs/<program>/cycles/<cycle>",
    abp_tags=[Tag(name="programs")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class CyclePath(BaseModel):
    """Which cycle of which program."""

    model_config = ConfigDict(extra="forbid")
    program: Identifier
    cycle: Identifier


class ClosedView(BaseModel):
    """A closed cycle. `plan`: the rota whose turns were added; `added`: by member, turns by role, burden."""

    program: str
    cycle: str
    plan: str
    closed_at: datetime
    added: dict[str, dict[str, int]]


@cycles.get("/ledger", responses={200: ClosedView})
@validated
def show_ledger(path: CyclePath) -> Response:
    """Read what closing a cycle added to the ledgers"""
    with services().database.read() as connection:
        found = closed_cycle(connection, network_id(), path.program, path.cycle)
    if found is None:
        raise NotFound("closed cycle", f"{path.program}/{path.cycle}")
    return answer(ClosedView.model_validate(vars(found)))


@cycles.post("/close", responses={200: ClosedView})
@validated
def close(path: CyclePath) -> Response:
    """Close a cycle
    After its last day: adds the turns of sessions that took place, and the unsocial burden of the published
    rota, to the ledgers of members. Once: again it answers the same and changes nothing. The rota can then
    not be taken back."""
    parts = services()
    with parts.database.write() as connection:
        done = close_cycle(connection, network_id(), path.program, path.cycle, parts.now())
    return answer(ClosedView.model_validate(vars(done)))

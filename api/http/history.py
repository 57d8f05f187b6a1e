"""/v1/plans/{plan}/revisions and /turn-changes: what became of a plan, and of the turns of a rota."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.plan_views import RotaChangeView
from api.http.plans import PlanPath
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import network_id, services, validated
from matcher.domain.base import Identifier
from matcher.service.history import compare_turns
from matcher.store.plans import find_plan
from matcher.store.revisions import revisions_of

if TYPE_CHECKING:
    from matcher.planning.rota.diff import Difference

history = APIBlueprint(
    "history",
    __name__,
    url_prefix="/v1/plans",
    abp_tags=[Tag(name="plans")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class RevisionView(BaseModel):
    """One revision of a plan, and what made it: a run (solve, compare), a run around edits or what was
    declined (resolve), or turns that changed hands (exchange). `offer`: the one that two people agreed on."""

    number: int
    created_at: datetime
    job: str | None
    made_by: Literal["solve", "compare", "resolve", "exchange"] | None
    offer: str | None


class RevisionPage(BaseModel):
    """Some revisions, the first one first."""

    items: list[RevisionView]
    next: str | None


@history.get("/<plan>/revisions", responses={200: RevisionPage})
@validated
def list_revisions(path: PlanPath, query: PageQuery) -> Response:
    """List the revisions of a plan
    When each was made, by which job, and whether two people agreed on it between themselves."""
    (after,) = place_of(query.after, 0)
    with services().database.read() as connection:
        find_plan(connection, network_id(), path.plan)
        rows = revisions_of(connection, network_id(), path.plan)
    return page(
        [row for row in rows if row.number > int(after)][: query.limit + 1],
        query,
        lambda row: cursor_of(row.number),
        lambda items, following: RevisionPage(
            items=[RevisionView.model_validate(vars(one)) for one in items], next=following
        ),
    )


class TurnChangeView(RotaChangeView):
    """One session or turn that differs: `title` of the group, and the `start` of the session."""

    title: str
    start: datetime


class SideView(BaseModel):
    """One of the two that are compared."""

    plan: str
    revision: int


class TurnChangePage(BaseModel):
    """Some changes, by time, and what they lie between."""

    before: SideView
    after: SideView
    items: list[TurnChangeView]
    next: str | None


class TurnChangeQuery(PageQuery):
    """Which changes: since the revision `from` of this rota, or of the one named by `against`; until its
    revision `to`. `member`: those that concern them."""

    against: Identifier | None = None
    first: int | None = Field(default=None, alias="from", ge=1, le=1_000_000)
    last: int | None = Field(default=None, alias="to", ge=1, le=1_000_000)
    member: Identifier | None = None


@history.get("/<plan>/turn-changes", responses={200: TurnChangePage})
@validated
def list_turn_changes(path: PlanPath, query: TurnChangeQuery) -> Response:
    """List what changed in a rota
    Who has which turn now, who had it, which sessions moved, and why. Without parameters since the revision
    before; of a rota with one revision since the rota that it took the place of, or would."""
    (after,) = place_of(query.after, -1)
    with services().database.read() as connection:
        plan = find_plan(connection, network_id(), path.plan)
        sides, found = compare_turns(connection, plan, query.against, query.first, query.last)
    wanted = [one for one in found if query.member in (None, *one.people)]
    rows = list(enumerate(wanted))[int(after) + 1 :][: query.limit + 1]
    before, now = (SideView(plan=plan, revision=number) for plan, number in (sides.before, sides.after))
    return page(
        rows,
        query,
        lambda row: cursor_of(row[0]),
        lambda items, following: TurnChangePage(
            before=before, after=now, items=[_view(one) for _, one in items], next=following
        ),
    )


def _view(one: Difference) -> TurnChangeView:
    told = {"change": one.what, "people": one.people, "title": one.title, "start": one.start}
    return TurnChangeView.model_validate({**dict(one.change), **told})

"""/v1/plans/{plan}: edits by hand, the run around them, approval."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from api.http.explain import told
from api.http.jobs import JobView, accepted
from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.plans import PlanPath, PlanView
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, if_match, network_id, services, validated
from matcher.domain.base import Model
from matcher.domain.edit import Edit, EditPrice
from matcher.service.edits import approve_plan, discard_plan, edit_plan, request_resolve
from matcher.store import edits as store
from matcher.store.plans import find_plan

edits = APIBlueprint(
    "edits",
    __name__,
    url_prefix="/v1/plans",
    abp_tags=[Tag(name="plans")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class EditView(BaseModel):
    """An edit, what it overrides and costs; `revision`: the first one that holds it, null while it waits."""

    number: int
    revision: int | None
    edit: Edit
    price: EditPrice
    created_at: datetime

    @classmethod
    def of(cls, row: store.EditRow) -> EditView:
        """As it is shown."""
        return cls.model_validate(vars(row))


class EditPage(BaseModel):
    """Some edits, in order."""

    items: list[EditView]
    next: str | None


class Resolve(Model):
    """How long to solve, and the seed of the lottery."""

    seconds: int = Field(default=600, ge=0, le=2_592_000)
    seed: int = Field(default=1, ge=0, lt=2**31)


@edits.get("/<plan>/edits", responses={200: EditPage})
@validated
def list_edits(path: PlanPath, query: PageQuery) -> Response:
    """List the edits of a plan
    In the order in which they were made, with what each overrides and costs."""
    (after,) = place_of(query.after, 0)
    with services().database.read() as connection:
        find_plan(connection, network_id(), path.plan)
        rows = store.list_edits(connection, network_id(), path.plan, int(after), query.limit + 1)
    return page(
        rows,
        query,
        lambda row: cursor_of(row.number),
        lambda items, following: EditPage(items=[EditView.of(one) for one in items], next=following),
    )


@edits.post("/<plan>/edits", responses={201: EditView})
@validated
def add_edit(path: PlanPath, body: Edit) -> Response:
    """Edit a plan
    Pin, forbid or swap pairs of a proposed plan, or undo an edit. Answers with the rules that it overrides,
    what it costs tier by tier and who would move; the plan itself changes with the next run around its edits.
    Send If-Match with the plan's ETag; the answer's ETag is the plan's new one."""
    parts, network, version = services(), network_id(), if_match()
    row, plan = told(lambda: edit_plan(parts, network, path.plan, body, version))
    return answer(EditView.of(row), 201, plan.version)


@edits.post("/<plan>/resolve", responses={202: JobView})
@validated
def resolve(path: PlanPath, body: Resolve) -> Response:
    """Solve around the edits of a plan
    Queues a run on the plan's own snapshot, with as few changes of its pairs as possible; it makes the plan's
    next revision."""
    job = request_resolve(services(), network_id(), path.plan, body.seconds, body.seed, if_match())
    return accepted(job)


@edits.post("/<plan>/approve", responses={200: PlanView})
@validated
def approve(path: PlanPath) -> Response:
    """Approve a plan
    A proposed one whose edits are all in its latest revision."""
    plan = approve_plan(services(), network_id(), path.plan, if_match())
    return answer(PlanView.of(plan), version=plan.version)


@edits.post("/<plan>/discard", responses={200: PlanView})
@validated
def discard(path: PlanPath) -> Response:
    """Discard a plan
    One that was not published."""
    plan = discard_plan(services(), network_id(), path.plan, if_match())
    return answer(PlanView.of(plan), version=plan.version)

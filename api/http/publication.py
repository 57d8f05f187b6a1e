"""/v1/plans/ID/publish and /retract: what makes a plan real, and takes it back."""

from __future__ import annotations

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, if_match, network_id, read_body, services, validated
from matcher.domain.base import Identifier, Model
from matcher.domain.session import Unscheduled
from matcher.service.publication import request_publication
from matcher.service.retraction import retract
from matcher.store.plans import find_plan
from matcher.store.sessions import list_unscheduled

publication = APIBlueprint(
    "publication",
    __name__,
    url_prefix="/v1/plans",
    abp_tags=[Tag(name="plans")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class PublishedPath(BaseModel):
    """Which plan."""

    model_config = ConfigDict(extra="forbid")
    plan: Identifier


class Publish(Model):
    """`accepted_only`: leave out pairs whose answers are open; they are not asked any further."""

    accepted_only: bool = False


class QueuedPublication(BaseModel):
    """The job that publishes; `/v1/jobs/ID` has its state."""

    job: str
    plan: str


class Retraction(BaseModel):
    """What taking a plan back did: sessions cancelled and restored, those of the plan before that found their
    time taken, feeds that changed, mails that were made. `published_again`: the plan that holds now."""

    plan: str
    published_again: str | None
    cancelled: int
    restored: int
    without_time: int
    feeds: int
    mails: int


class UnscheduledPage(BaseModel):
    """Some pairs, groups and weeks without a time."""

    items: list[Unscheduled]
    next: str | None


@publication.post("/<plan>/publish", responses={202: QueuedPublication})
@validated
def publish(path: PublishedPath) -> Response:
    """Publish an approved plan
    Where the network wants acceptance, only pairs that run already or have a yes from both get sessions;
    while answers are open, it is refused, unless the body says {"accepted_only": true}.
    A job finds the times and then stores all at once: sessions, running pairs, feeds and mails; the plan that
    was published before is superseded. Send If-Match with the ETag of the plan."""
    body = read_body(Publish) if request.get_data() else Publish()
    job = request_publication(services(), network_id(), path.plan, if_match(), body.accepted_only)
    return answer(QueuedPublication(job=job.id, plan=path.plan), 202, Location=f"/v1/jobs/{job.id}")


@publication.post("/<plan>/retract", responses={200: Retraction})
@validated
def take_back(path: PublishedPath) -> Response:
    """Take a published plan back
    Its sessions are cancelled, or are again those of the plan that it had superseded."""
    parts = services()
    with parts.database.write() as connection:
        done = retract(connection, network_id(), path.plan, parts.now(), if_match())
    return answer(Retraction.model_validate(done))


@publication.get("/<plan>/unscheduled", responses={200: UnscheduledPage})
@validated
def show_unscheduled(path: PublishedPath, query: PageQuery) -> Response:
    """List what found no time
    Pairs and groups, or weeks of them, of a plan that was published, with the reason and people's hours."""
    (after,) = place_of(query.after, -1)
    with services().database.read() as connection:
        find_plan(connection, network_id(), path.plan)
        rows = list_unscheduled(connection, network_id(), path.plan, int(after), query.limit + 1)
    return page(
        rows,
        query,
        lambda row: cursor_of(row[0]),
        lambda items, following: UnscheduledPage(items=[one for _, one in items], next=following),
    )

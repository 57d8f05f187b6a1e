"""/v1/plans/{plan} of pods: the pods, who is in none, what does not run, what a member could do instead."""

from __future__ import annotations

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from api.http.explain import told
from api.http.pages import PageQuery, cursor_of, page
from api.http.plans import PlanPath, SeriesQuery, part_page, series_page
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import Identifier
from matcher.domain.family import Family
from matcher.domain.pods_explanation import PersonMoves
from matcher.domain.pods_plan import NotRun, PlanPod, Unplaced
from matcher.domain.rounds_plan import NoGroup
from matcher.service.asking import moves_of

pods = APIBlueprint(
    "pods",
    __name__,
    url_prefix="/v1/plans",
    abp_tags=[Tag(name="plans")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class PodPage(BaseModel):
    """Some pods, by id."""

    items: list[PlanPod]
    next: str | None


class UnplacedPage(BaseModel):
    """Some members without a pod, or without a group in a round that they come to."""

    items: list[Unplaced | NoGroup]
    next: str | None


class NotRunPage(BaseModel):
    """Some problems and circles that do not run."""

    items: list[NotRun]
    next: str | None


@pods.get("/<plan>/pods", responses={200: PodPage})
@validated
def list_pods(path: PlanPath, query: SeriesQuery) -> Response:
    """List the pods of a plan
    Of its latest revision, by id, each with its members' seats, needs met and weekly time."""
    rows = [PlanPod.model_validate_json(one) for one in series_page(path, query, Family.PODS)]
    return page(
        rows,
        query,
        lambda row: cursor_of(row.pod, ""),
        lambda items, following: PodPage(items=items, next=following),
    )


@pods.get("/<plan>/unplaced", responses={200: UnplacedPage})
@validated
def list_unplaced(path: PlanPath, query: PageQuery) -> Response:
    """List who is in no pod, or in no group of a round
    Each with the reason and what would help."""
    return part_page(
        path, query, "unplaced", lambda rows, following: UnplacedPage(items=rows, next=following)
    )


@pods.get("/<plan>/not-run", responses={200: NotRunPage})
@validated
def list_not_run(path: PlanPath, query: PageQuery) -> Response:
    """List the problems and circles that do not run
    Each with the reason."""
    return part_page(path, query, "not_run", lambda rows, following: NotRunPage(items=rows, next=following))


class MovesQuery(BaseModel):
    """Whose moves."""

    model_config = ConfigDict(extra="forbid")
    member: Identifier


@pods.get("/<plan>/moves", responses={200: PersonMoves})
@validated
def list_moves(path: PlanPath, query: MovesQuery) -> Response:
    """List everything a member could do instead
    Of a plan of pods: every other seat and every swap, the best first, with its exact cost while all other
    seats stay; and the pods that are out of reach, with the rule in the way."""
    parts, network = services(), network_id()
    return answer(told(lambda: moves_of(parts, network, path.plan, query.member)))

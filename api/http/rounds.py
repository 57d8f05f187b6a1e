"""/v1/plans/{plan} of rounds: the rounds, their groups, and what everybody gets of them."""

from __future__ import annotations

from datetime import date

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel

from api.http.pages import PageQuery, cursor_of, page
from api.http.plans import PlanPath, SeriesQuery, part_page, series_page
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import validated
from matcher.domain.family import Family
from matcher.domain.rounds_plan import PlanGroup, RoundsPerson

rounds = APIBlueprint(
    "rounds",
    __name__,
    url_prefix="/v1/plans",
    abp_tags=[Tag(name="plans")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class RoundView(BaseModel):
    """One round: the first day of its week, whether it took place, how many groups and people it has, who
    takes part but does not come, and which two meet again."""

    number: int
    week_of: date
    held: bool
    groups: int
    people: int
    absent: list[str]
    again: list[tuple[str, str]]


class RoundPage(BaseModel):
    """Some rounds, by number."""

    items: list[RoundView]
    next: str | None


class GroupPage(BaseModel):
    """Some groups, by key."""

    items: list[PlanGroup]
    next: str | None


class PersonPage(BaseModel):
    """Some people, by id."""

    items: list[RoundsPerson]
    next: str | None


@rounds.get("/<plan>/rounds", responses={200: RoundPage})
@validated
def list_rounds(path: PlanPath, query: PageQuery) -> Response:
    """List the rounds of a plan
    Of its latest revision, each with who does not come and who meets again."""
    return part_page(path, query, "rounds", lambda rows, following: RoundPage(items=rows, next=following))


@rounds.get("/<plan>/groups", responses={200: GroupPage})
@validated
def list_groups(path: PlanPath, query: SeriesQuery) -> Response:
    """List the groups of all rounds
    Each with who meets for the first time and who again; of one member with `member`."""
    rows = [PlanGroup.model_validate_json(one) for one in series_page(path, query, Family.ROUNDS)]
    return page(
        rows,
        query,
        lambda row: cursor_of(row.group, ""),
        lambda items, following: GroupPage(items=items, next=following),
    )


@rounds.get("/<plan>/people", responses={200: PersonPage})
@validated
def list_people(path: PlanPath, query: PageQuery) -> Response:
    """List what everybody gets of the rounds
    Rounds, new people, organizations, repeats, and rounds without a repeat that are left at most."""
    return part_page(path, query, "people", lambda rows, following: PersonPage(items=rows, next=following))

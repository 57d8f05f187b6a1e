"""/v1/programs/{id}/candidates: whom a member could meet, and why not the others, before any solving."""

from __future__ import annotations

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.parts import PartPath
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import network_id, services, validated
from matcher.domain.base import Identifier, Text
from matcher.domain.candidate import Asked, Candidate, RuleCount
from matcher.domain.explanation import RuleAgainst
from matcher.domain.member import Role
from matcher.domain.policy import Kind
from matcher.service.candidates import candidates_of

candidates = APIBlueprint(
    "candidates",
    __name__,
    url_prefix="/v1/programs",
    abp_tags=[Tag(name="programs")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class CandidateQuery(PageQuery):
    """Whose candidates, as what, and for whom to read."""

    member: Identifier
    role: Role | None = Field(default=None, description="Default: as a learner, or as a guide only.")
    kind: Kind | None = Field(default=None, description="Default: the program's first.")
    audience: Text = Field(
        default="coordinator", max_length=140, description="coordinator, organization:ID or member:ID."
    )


class CandidatePage(BaseModel):
    """Whom a member could meet, and what each rule takes away of the others."""

    member: str
    role: Role
    kind: Kind
    against: tuple[RuleAgainst, ...]
    total: int
    eligible: int
    rules: tuple[RuleCount, ...]
    items: list[Candidate]
    next: str | None


@candidates.get("/<path:id>/candidates", responses={200: CandidatePage})
@validated
def list_candidates(path: PartPath, query: CandidateQuery) -> Response:
    """Say whom a member could meet, and why not the others
    The best first. Others than coordinators read of secret rules as one private rule, see no points, and only
    names that are theirs to see."""
    asked = Asked(
        program=path.id, member=query.member, role=query.role, kind=query.kind, audience=query.audience
    )
    found = candidates_of(services().database, network_id(), asked)
    (seen,) = place_of(query.after, "")
    rows = found.candidates
    start = next((k + 1 for k, one in enumerate(rows) if one.member == seen), 0) if seen else 0
    return page(
        rows[start : start + query.limit + 1],
        query,
        lambda one: cursor_of(one.member),
        lambda items, following: CandidatePage(
            member=query.member,
            role=found.role,
            kind=found.kind,
            against=found.against,
            total=found.total,
            eligible=found.eligible,
            rules=found.rules,
            items=items,
            next=following,
        ),
    )

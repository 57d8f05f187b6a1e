"""/v1/plans/{plan}: explain, compare, audit. Questions about a plan, each to its own reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Self, TypeVar

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.http.jobs import JobView, accepted
from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.plans import AskedRounds, PlanPath, PlanView, ProgramPath
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import Identifier, Model, Text
from matcher.domain.explanation import MemberExplanation, PairExplanation
from matcher.domain.family import Family
from matcher.domain.plan import PolicyName
from matcher.domain.pods_explanation import PodExplanation, SeatExplanation, SeatsExplanation
from matcher.domain.policy import Kind
from matcher.domain.rota_explanation import RotaExplanation
from matcher.domain.rounds_explanation import RoundsExplanation
from matcher.jobs.askers import AskerUnavailable, Refused
from matcher.service.asking import (
    explain_member,
    explain_pair,
    explain_pod,
    explain_round,
    explain_seat,
    request_explanation,
)
from matcher.service.compare import compare_plans
from matcher.service.plans import PlanRequest, request_audit, request_comparison

explain = APIBlueprint(
    "explain",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="plans")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)
Answer = TypeVar("Answer")


def told(ask: Callable[[], Answer]) -> Answer:
    """What an asker answers. Raises `Problem` for questions without one, and where it takes too long."""
    try:
        return ask()
    except Refused as error:
        raise Problem(error.code, str(error)) from None
    except AskerUnavailable as error:
        raise Problem("unavailable", str(error), headers={"Retry-After": "5"}) from None


class ExplainQuery(BaseModel):
    """Whom to ask about: `learner` and `guide`, or `member`; and who reads it: "coordinator", "member:ID" or
    "organization:ID". Others than coordinators see no secrets."""

    model_config = ConfigDict(extra="forbid")
    learner: Identifier | None = None
    guide: Identifier | None = None
    member: Identifier | None = None
    pod: Identifier | None = None
    round: int | None = Field(default=None, ge=1, le=200)
    audience: Text = Field(default="coordinator", max_length=140)

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        pair = (self.learner is not None, self.guide is not None)
        other = self.member is not None or self.pod is not None
        if pair not in ((True, True), (False, False)) or any(pair) == other:
            raise ValueError("give either learner and guide, or member, or pod, or member and pod")
        if self.round is not None and self.member is None:
            raise ValueError("give member with round")
        if self.pod is not None and self.round is not None:
            raise ValueError("give pod or round: no plan has both")
        return self


class Explanation(BaseModel):
    """The answer: about a pair, a seat, a pod, or a member (of pairs, in `seats` of pods, in `rounds`, in
    `turns` of rotas)."""

    pair: PairExplanation | None = None
    member: MemberExplanation | None = None
    seat: SeatExplanation | None = None
    seats: SeatsExplanation | None = None
    turns: RotaExplanation | None = None
    pod: PodExplanation | None = None
    rounds: RoundsExplanation | None = None


@explain.get("/plans/<plan>/explain", responses={200: Explanation})
@validated
def explain_plan(path: PlanPath, query: ExplainQuery) -> Response:
    """Explain a pair, a seat, a pod, a round or a member
    Give `learner` and `guide`, `member`, or of a plan of pods `member` and `pod`, or `pod` alone, or of
    rounds `member` and `round`. Why, why not, what it would cost the whole, what would help. The first
    question about a plan loads it, which may take as long as reading its network; the next are answered from
    what is loaded.
    """
    parts, network = services(), network_id()
    found = Explanation()
    if query.member is not None:
        member, pod = query.member, query.pod
        if pod is not None:
            found.seat = told(lambda: explain_seat(parts, network, path.plan, member, pod, query.audience))
        elif query.round is not None:
            number = query.round
            found.rounds = told(
                lambda: explain_round(parts, network, path.plan, member, number, query.audience)
            )
        else:
            standing = told(lambda: explain_member(parts, network, path.plan, member, query.audience))
            if isinstance(standing, MemberExplanation):
                found.member = standing
            elif isinstance(standing, RotaExplanation):
                found.turns = standing
            elif isinstance(standing, RoundsExplanation):
                found.rounds = standing
            else:
                found.seats = standing
    elif query.pod is not None:
        named = query.pod
        found.pod = told(lambda: explain_pod(parts, network, path.plan, named, query.audience))
    else:
        learner, guide = str(query.learner), str(query.guide)
        found.pair = told(lambda: explain_pair(parts, network, path.plan, learner, guide, query.audience))
    return answer(found)


class NewExplanation(Model):
    """What to solve for: `learner` and `guide` of a plan of pairs; of one of pods `pod`, with `member` for
    one seat in it. `seconds` of wall time."""

    learner: Identifier | None = None
    guide: Identifier | None = None
    member: Identifier | None = None
    pod: Identifier | None = None
    seconds: int = Field(default=60, ge=1, le=86_400)

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        given = tuple(name for name in ("learner", "guide", "member", "pod") if getattr(self, name))
        if given not in (("learner", "guide"), ("pod",), ("member", "pod")):
            raise ValueError("give either learner and guide, or pod, or member and pod")
        return self


@explain.post("/plans/<plan>/explain", responses={202: JobView})
@validated
def solve_for_explanation(path: PlanPath, body: NewExplanation) -> Response:
    """Solve for what a pair, a seat or a pod costs
    Queues a run around it, from the plan as it is, which waits for no other job of the program. The job's
    result holds the answer under `pair`, `seat` or `pod`, with its revision of the plan: the effect on the
    whole is `exact`, or the best found (`local`) with what it costs at least, and names who would move."""
    question = body.model_dump(exclude={"seconds"}, exclude_none=True)
    return accepted(request_explanation(services(), network_id(), path.plan, question, body.seconds))


@explain.post("/plans/<plan>/audit", responses={202: JobView})
@validated
def audit_plan(path: PlanPath) -> Response:
    """Audit a plan
    Re-checks rules, points, tiers, counts and bounds without the solver, against the document that was
    solved. The job's result has `clean`, what was checked, what was not, and each objection."""
    return accepted(request_audit(services(), network_id(), path.plan))


class CompareQuery(PageQuery):
    """With which other plan; the pages are those of the people who differ."""

    with_: Identifier = Field(alias="with")


class MemberChangeView(BaseModel):
    """One learner or member who differs: guide or pod -> points in this plan and in the other; the other
    minus this one."""

    member: str
    first: dict[str, int]
    second: dict[str, int]
    places: int
    points: int
    verdict: Literal["gains", "loses", "changes"]


class ComparisonView(BaseModel):
    """This plan (first) and another (second): tiers side by side in their views, who gains and who loses.

    `same_people` false: they were made from different snapshots, so places are compared only. `same_points`
    false: their policies give points differently, so points tell nobody's gain. `kept`, `added`, `dropped`
    count pairs or seats, `gain` and `lose` people. `items`: people who differ.
    """

    first: PlanView
    second: PlanView
    same_people: bool
    same_points: bool
    sentence: str
    kept: int
    added: int
    dropped: int
    gain: int
    lose: int
    items: list[MemberChangeView]
    next: str | None


@explain.get("/plans/<plan>/compare", responses={200: ComparisonView})
@validated
def compare(path: PlanPath, query: CompareQuery) -> Response:
    """Compare a plan with another
    Tiers side by side, pairs or seats kept, added and dropped, and who gains or loses by the other."""
    found = compare_plans(services(), network_id(), path.plan, query.with_)
    (after,) = place_of(query.after, "")
    gain, lose = (sum(one.verdict == what for one in found.changes) for what in ("gains", "loses"))
    rows = [one for one in found.changes if one.member > str(after)][: query.limit + 1]
    return page(
        rows,
        query,
        lambda row: cursor_of(row.member),
        lambda items, following: ComparisonView(
            first=PlanView.of(found.first),
            second=PlanView.of(found.second),
            same_people=found.same_people,
            same_points=found.same_points,
            sentence=_sentence(found.same_people, found.same_points),
            kept=found.kept,
            added=found.added,
            dropped=found.dropped,
            gain=gain,
            lose=lose,
            items=[MemberChangeView.model_validate(vars(one)) for one in items],
            next=following,
        ),
    )


def _sentence(same_people: bool, same_points: bool) -> str:
    if not same_people:
        return "The two were made from different snapshots of the network: only who is where can be compared."
    if not same_points:
        return "Both were made from the same snapshot; their policies give points differently."
    return "Both were made from the same snapshot and give points alike."


class NewComparison(Model):
    """Two policies to try on the same people; each gets half of the seconds."""

    family: Family = Family.PAIRS
    policies: tuple[PolicyName, PolicyName]
    kind: Kind | None = None
    seconds: int = Field(default=600, ge=0, le=2_592_000)
    seed: int = Field(default=1, ge=0, lt=2**31)
    previous: Identifier | None = None
    rounds: AskedRounds = AskedRounds()


@explain.post("/programs/<program>/comparisons", responses={202: JobView})
@validated
def add_comparison(path: ProgramPath, body: NewComparison) -> Response:
    """Compare two policies
    Queues a run under each on one snapshot; the job's result names both plans and their comparison."""
    asked = PlanRequest(
        family=body.family,
        kind=body.kind,
        seconds=body.seconds,
        seed=body.seed,
        previous=body.previous,
        rounds=body.rounds.said,
    )
    policies = [(policy.id, policy.version) for policy in body.policies]
    return accepted(request_comparison(services(), network_id(), path.program, asked, policies))

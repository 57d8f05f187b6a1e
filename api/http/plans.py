"""/v1/plans: asked for, read list by list, and as the whole document."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.jobs import JobView, accepted
from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.plan_views import (
    ChangeView,
    GroupChangeView,
    PairCounts,
    PodCounts,
    RotaChangeView,
    RotaCounts,
    RoundCounts,
    SeatChangeView,
)
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import Identifier, Model
from matcher.domain.family import Family
from matcher.domain.plan import IdleGuide, LeftOut, PlanPair, PlanTier, PolicyName, Unmatched
from matcher.domain.pods_plan import KeptOut
from matcher.domain.policy import Kind
from matcher.service.plans import PlanRequest, request_plan
from matcher.store import plans as store

plans = APIBlueprint(
    "plans",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="plans")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)

State = Literal["proposed", "approved", "published", "superseded", "retracted", "discarded"]


class AskedRounds(Model):
    """What a run says of rounds itself; the rest is as the program says, else as in the plan before.

    `number` of rounds, `size` of groups as wished (2: pairs), `most_of_one`: people of one organization in a
    group at most, `held`: so many first rounds took place (default: those whose week has begun).
    """

    number: int | None = Field(default=None, ge=1, le=53)
    size: int | None = Field(default=None, ge=2, le=20)
    most_of_one: int | None = Field(default=None, ge=1, le=20)
    held: int | None = Field(default=None, ge=0, le=53)

    @property
    def said(self) -> dict[str, int]:
        """What is given."""
        return self.model_dump(exclude_none=True)


class NewPlan(Model):
    """What to solve. `family`: pairs, pods, rounds or rota; only pairs have a `kind`, only rounds have
    `rounds`. `policy`: try this version instead of the program's own policy. `previous`: a plan whose pairs,
    seats, rounds or turns count as running (default: the published plan of the same program, cycle, family
    and kind, if any)."""

    family: Family = Family.PAIRS
    kind: Kind | None = None
    seconds: int = Field(default=600, ge=0, le=2_592_000)
    seed: int = Field(default=1, ge=0, lt=2**31)
    policy: PolicyName | None = None
    previous: Identifier | None = None
    rounds: AskedRounds = AskedRounds()


class PlanView(BaseModel):
    """A plan: its state, how far its answer is proven, tiers, counts, and what it was made from."""

    id: str
    program: str
    cycle: str
    family: Family
    kind: Kind | None
    state: State
    revision: int
    policy: PolicyName
    order: str
    changes_policy: str
    seed: int
    status: str
    sentence: str
    value: int | None
    bound: int | None
    tiers: list[PlanTier]
    counts: PairCounts | PodCounts | RoundCounts | RotaCounts
    notes: list[str]
    snapshot: str
    job: str | None
    version: int
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None

    @classmethod
    def of(cls, row: store.PlanRow) -> PlanView:
        """As it is shown."""
        plain = {**vars(row), **row.summary}
        plain["kind"] = row.kind or None
        plain["policy"] = {"id": row.policy, "version": row.policy_version}
        return cls.model_validate({name: plain[name] for name in cls.model_fields})


class PlanPage(BaseModel):
    """Some plans, the newest first."""

    items: list[PlanView]
    next: str | None


class PlanQuery(PageQuery):
    """Which plans."""

    program: Identifier | None = None
    cycle: Identifier | None = None
    family: Family | None = None
    kind: Kind | None = None
    state: State | None = None


class PlanPath(BaseModel):
    """Which plan."""

    model_config = ConfigDict(extra="forbid")
    plan: Identifier


class ProgramPath(BaseModel):
    """Which program."""

    model_config = ConfigDict(extra="forbid")
    program: Identifier


class SeriesQuery(PageQuery):
    """Which pairs, pods or groups: all, or those of one member."""

    member: Identifier | None = None


class PairPage(BaseModel):
    """Some pairs, by learner and guide."""

    items: list[PlanPair]
    next: str | None


class UnmatchedPage(BaseModel):
    """Some learners with fewer guides than wanted."""

    items: list[Unmatched]
    next: str | None


class IdlePage(BaseModel):
    """Some guides with places left over."""

    items: list[IdleGuide]
    next: str | None


class LeftOutPage(BaseModel):
    """Some members whom a rule about themselves keeps out of a role, or of every pod."""

    items: list[LeftOut | KeptOut]
    next: str | None


class ChangeQuery(PageQuery):
    """Which changes: all, or those that concern one member."""

    member: Identifier | None = None


class ChangePage(BaseModel):
    """Some changes: kept, changed, added, moved, taken over, dropped, ended, in this order."""

    items: list[ChangeView | SeatChangeView | GroupChangeView | RotaChangeView]
    next: str | None


@plans.post("/programs/<program>/plans", responses={202: JobView})
@validated
def add_plan(path: ProgramPath, body: NewPlan) -> Response:
    """Form pairs, pods or rounds, or make a rota
    Queues a run on the network as it is when the run begins; the job's result names the plan."""
    asked = PlanRequest(
        family=body.family,
        kind=body.kind,
        seconds=body.seconds,
        seed=body.seed,
        policy=(body.policy.id, body.policy.version) if body.policy is not None else None,
        previous=body.previous,
        rounds=body.rounds.said,
    )
    return accepted(request_plan(services(), network_id(), path.program, asked))


@plans.get("/plans", responses={200: PlanPage})
@validated
def list_plans(query: PlanQuery) -> Response:
    """List plans
    The newest first."""
    (below,) = place_of(query.after, "")
    filters = query.model_dump(include={"program", "cycle", "family", "kind", "state"})
    with services().database.read() as connection:
        rows = store.list_plans(connection, network_id(), str(below), query.limit + 1, filters)
    return page(
        rows,
        query,
        lambda row: cursor_of(row.id),
        lambda items, following: PlanPage(items=[PlanView.of(one) for one in items], next=following),
    )


@plans.get("/plans/<plan>", responses={200: PlanView})
@validated
def get_plan(path: PlanPath) -> Response:
    """Read a plan
    Without its lists, which have addresses of their own."""
    with services().database.read() as connection:
        row = store.find_plan(connection, network_id(), path.plan)
    return answer(PlanView.of(row), version=row.version)


@plans.get("/plans/<plan>/pairs", responses={200: PairPage})
@validated
def list_pairs(path: PlanPath, query: SeriesQuery) -> Response:
    """List the pairs of a plan
    Of its latest revision, by learner and guide."""
    rows = [PlanPair.model_validate_json(one) for one in series_page(path, query, Family.PAIRS)]
    return page(
        rows,
        query,
        lambda row: cursor_of(row.learner, row.guide),
        lambda items, following: PairPage(items=items, next=following),
    )


def series_page(path: PlanPath, query: SeriesQuery, family: Family) -> list[str]:
    """One more than a page of pairs, pods or groups; none for a plan of another family."""
    first, second = place_of(query.after, "", "")
    with services().database.read() as connection:
        plan = store.find_plan(connection, network_id(), path.plan)
        if plan.family != family:
            return []
        return store.list_series(
            connection, network_id(), path.plan, (str(first), str(second)), query.limit + 1, query.member
        )


@plans.get("/plans/<plan>/unmatched", responses={200: UnmatchedPage})
@validated
def list_unmatched(path: PlanPath, query: PageQuery) -> Response:
    """List who is left out
    Learners with fewer guides than wanted, each with the reason and what would help."""
    return part_page(
        path, query, "unmatched", lambda rows, following: UnmatchedPage(items=rows, next=following)
    )


@plans.get("/plans/<plan>/idle", responses={200: IdlePage})
@validated
def list_idle(path: PlanPath, query: PageQuery) -> Response:
    """List guides with places left over"""
    return part_page(path, query, "idle", lambda rows, following: IdlePage(items=rows, next=following))


@plans.get("/plans/<plan>/left-out", responses={200: LeftOutPage})
@validated
def list_left_out(path: PlanPath, query: PageQuery) -> Response:
    """List members who take no part in a role, in pods or in rounds
    Because of a rule about themselves, before any pair is looked at."""
    return part_page(path, query, "left_out", lambda rows, following: LeftOutPage(items=rows, next=following))


@plans.get("/plans/<plan>/changes", responses={200: ChangePage})
@validated
def list_changes(path: PlanPath, query: ChangeQuery) -> Response:
    """List the changes against the plan before
    Pairs, seats or groups kept, changed, added, moved, dropped and ended, sessions moved and turns taken
    over, each with its reason; with `member`, those that concern them."""

    def concerns(change: dict[str, Any]) -> bool:
        people = change.get("people") or [change.get(who) for who in ("learner", "guide", "member")]
        people = [*people, *change.get("members", ()), *change.get("left", ())]
        return query.member is None or query.member in people

    return part_page(
        path, query, "changes", lambda rows, following: ChangePage(items=rows, next=following), concerns
    )


def part_page(
    path: PlanPath,
    query: PageQuery,
    part: str,
    model: Callable[[list[Any], str | None], BaseModel],
    wanted: Callable[[dict[str, Any]], bool] | None = None,
) -> Response:
    """A page of one of the lists of a plan's latest revision, in its order; `wanted`: which entries."""
    (after,) = place_of(query.after, -1)
    most = query.limit + 1
    found: list[tuple[int, Any]] = []
    with services().database.read() as connection:
        store.find_plan(connection, network_id(), path.plan)
        number = int(after)
        while len(found) < most:
            rows = store.list_rows(connection, network_id(), path.plan, part, number, max(most, 1000))
            read = [(row[0], json.loads(row[1])) for row in rows]
            found += [row for row in read if wanted is None or wanted(row[1])]
            if len(rows) < max(most, 1000):
                break
            number = rows[-1][0]
    return page(
        found[:most],
        query,
        lambda row: cursor_of(row[0]),
        lambda items, following: model([entry for _, entry in items], following),
    )


class DocumentQuery(BaseModel):
    """Which revision of the document (default: the latest)."""

    model_config = ConfigDict(extra="forbid")
    revision: int | None = Field(default=None, ge=1, le=1_000_000)


_RESULT = {
    "description": "The result, as docs/files.md has it",
    "content": {"application/json": {"schema": {"type": "object"}}},
}


@plans.get("/plans/<plan>/document", responses={200: _RESULT})
@validated
def get_document(path: PlanPath, query: DocumentQuery) -> Response:
    """Read the whole result
    As 'peerloom solve pairs -o', 'pods -o' or 'rota -o' writes it, with the certificate: 'peerloom audit'
    takes it."""
    with services().database.read() as connection:
        row = store.find_plan(connection, network_id(), path.plan)
        revision = query.revision or row.revision
        body = store.plan_document(connection, network_id(), path.plan, revision)
    zipped = request.accept_encodings["gzip"] > 0
    response = Response(body if zipped else gzip.decompress(body), content_type="application/json")
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    response.set_etag(f"{revision}{'-gzip' if zipped else ''}")
    response.make_conditional(request)
    return response

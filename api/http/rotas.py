"""/v1/plans/{plan} of rotas: series, turns, people, what is open and why, modes side by side."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.explain import told
from api.http.pages import PageQuery, cursor_of, page
from api.http.plans import PlanPath, SeriesQuery, part_page, series_page
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import Identifier
from matcher.domain.family import Family
from matcher.domain.rota_explanation import GroupTimes, TurnExplanation
from matcher.domain.rota_plan import (
    GroupKind,
    ModeResult,
    NoTime,
    OpenTurn,
    OrganizationShare,
    PlanSeries,
    PlanTurn,
    RotaPerson,
    row_key,
)
from matcher.domain.rota_policy import RoleName
from matcher.service.asking import explain_times, explain_turn
from matcher.store.repairs import declined_turns

rotas = APIBlueprint(
    "rotas",
    __name__,
    url_prefix="/v1/plans",
    abp_tags=[Tag(name="plans")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class SeriesPage(BaseModel):
    """Some series of a rota."""

    items: list[PlanSeries]
    next: str | None


class TurnView(PlanTurn):
    """One turn of one session. `id` names it in every revision; before its last hyphens it is the session's
    id. `kind` and `key`: the group that meets, as in the series; `index`: the session's, as in sessions.
    `declined`: who takes it has declined the session's invitation, and nobody else took it yet."""

    id: str
    kind: GroupKind
    key: list[str]
    title: str
    time_zone: str
    index: int
    start: datetime
    end: datetime
    declined: bool


class TurnQuery(PageQuery):
    """Which turns: all conditions that are given hold. `open`: whether nobody takes it; `declined`:
    whether who takes it has declined."""

    member: Identifier | None = None
    role: RoleName | None = None
    open: bool | None = None
    declined: bool | None = None


class TurnPage(BaseModel):
    """Some turns, by time."""

    items: list[TurnView]
    next: str | None


class LedgerQuery(PageQuery):
    """Whose ledger: everybody's, or that of one member."""

    member: Identifier | None = None


class LedgerPage(BaseModel):
    """Some people's ledgers, by id."""

    items: list[RotaPerson]
    next: str | None


class SharePage(BaseModel):
    """Some organizations' shares of the turns."""

    items: list[OrganizationShare]
    next: str | None


class NoTimePage(BaseModel):
    """Some sessions and series without a time."""

    items: list[NoTime]
    next: str | None


class OpenTurnPage(BaseModel):
    """Some turns that nobody takes."""

    items: list[OpenTurn]
    next: str | None


class ModePage(BaseModel):
    """What one weekly time for a series reaches, and a time for each session."""

    items: list[ModeResult]
    next: str | None


@rotas.get("/<plan>/series", responses={200: SeriesPage})
@validated
def list_series(path: PlanPath, query: SeriesQuery) -> Response:
    """List the series of a rota
    Of its latest revision: pods, circles, forums and pairs, each with its sessions and their turns. With
    `member`, those that they are in or facilitate."""
    rows = [PlanSeries.model_validate_json(one) for one in series_page(path, query, Family.ROTA)]

    def place(row: PlanSeries) -> str:
        key, second = (*row_key(row), "")[:2]
        return cursor_of(key, second)

    return page(rows, query, place, lambda items, following: SeriesPage(items=items, next=following))


@rotas.get("/<plan>/turns", responses={200: TurnPage})
@validated
def list_turns(path: PlanPath, query: TurnQuery) -> Response:
    """List the turns of a rota
    By time; of one `member`, in one `role`, those that are `open` or `declined`."""
    with services().database.read() as connection:
        gone = declined_turns(connection, network_id())

    def declined(turn: dict[str, Any]) -> bool:
        return (str(turn["id"]).rsplit("-", 2)[0], turn["member"]) in gone

    def wanted(turn: dict[str, Any]) -> bool:
        return (
            query.member in (None, turn["member"])
            and query.role in (None, turn["role"])
            and query.open in (None, turn["member"] is None)
            and query.declined in (None, declined(turn))
        )

    def shown(rows: list[dict[str, Any]], following: str | None) -> TurnPage:
        items = [TurnView.model_validate({**row, "declined": declined(row)}) for row in rows]
        return TurnPage(items=items, next=following)

    return part_page(path, query, "turns", shown, wanted)


class TurnPath(BaseModel):
    """Which turn of which plan."""

    model_config = ConfigDict(extra="forbid")
    plan: Identifier
    turn: Identifier


@rotas.get("/<plan>/turns/<turn>/stand-ins", responses={200: TurnExplanation})
@validated
def list_stand_ins(path: TurnPath) -> Response:
    """Explain a turn, and who could take it
    Stand-ins and swaps, the best first, each with what it does to the plan while everything else stays; how
    many others each rule keeps from it; and why it is open, if it is."""
    parts, network = services(), network_id()
    return answer(told(lambda: explain_turn(parts, network, path.plan, path.turn)))


class TimesQuery(BaseModel):
    """Which group: as a series of the rota has it; of a pair, `key` is given twice."""

    model_config = ConfigDict(extra="forbid")
    kind: GroupKind
    key: list[Identifier] = Field(min_length=1, max_length=2)


@rotas.get("/<plan>/times", responses={200: GroupTimes})
@validated
def list_times(path: PlanPath, query: TimesQuery) -> Response:
    """List the weekly times of a group
    At which it could meet while other groups keep theirs, the best first, and how many times each rule takes
    away."""
    parts, network = services(), network_id()
    return answer(told(lambda: explain_times(parts, network, path.plan, query.kind, query.key)))


@rotas.get("/<plan>/ledgers", responses={200: LedgerPage})
@validated
def list_ledgers(path: PlanPath, query: LedgerQuery) -> Response:
    """List what people do and bear
    Turns by role, load with what they carry from cycles before, and unsocial burden."""
    return part_page(
        path,
        query,
        "ledgers",
        lambda rows, following: LedgerPage(items=rows, next=following),
        lambda person: query.member in (None, person["member"]),
    )


@rotas.get("/<plan>/shares", responses={200: SharePage})
@validated
def list_shares(path: PlanPath, query: PageQuery) -> Response:
    """List the organizations' shares of the turns"""
    return part_page(path, query, "shares", lambda rows, following: SharePage(items=rows, next=following))


@rotas.get("/<plan>/no-time", responses={200: NoTimePage})
@validated
def list_no_time(path: PlanPath, query: PageQuery) -> Response:
    """List what has no time
    Series, or sessions of one, with how many weekly times each rule takes away and what would help."""
    return part_page(path, query, "no_time", lambda rows, following: NoTimePage(items=rows, next=following))


@rotas.get("/<plan>/open-turns", responses={200: OpenTurnPage})
@validated
def list_open_turns(path: PlanPath, query: PageQuery) -> Response:
    """List the turns that nobody takes
    Each with how many people each rule takes away, a smallest set of rules that leaves nobody, and what would
    help."""
    return part_page(
        path, query, "open_turns", lambda rows, following: OpenTurnPage(items=rows, next=following)
    )


@rotas.get("/<plan>/modes", responses={200: ModePage})
@validated
def list_modes(path: PlanPath, query: PageQuery) -> Response:
    """Compare the modes of times
    What one weekly time for a series reaches, and a time for each session: tiers, and how burdens spread."""
    return part_page(path, query, "modes", lambda rows, following: ModePage(items=rows, next=following))

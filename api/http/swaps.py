"""/v1/plans/{plan}/swaps: turns of a published rota change hands."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, model_validator

from api.http.explain import told
from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.plans import PlanPath
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import answer, if_match, network_id, services, validated
from api.http.rotas import TurnPath
from matcher.domain.base import Identifier, Model
from matcher.domain.rota_explanation import ExchangePrice
from matcher.service.acceptance import Links
from matcher.service.swaps import Swap, price_swap, request_swap
from matcher.service.turns import find_turn, turn_address
from matcher.store.offers import offers_of
from matcher.store.plans import find_plan

swaps = APIBlueprint(
    "swaps",
    __name__,
    url_prefix="/v1/plans",
    abp_tags=[Tag(name="plans")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class NewSwap(Model):
    """Two turns exchange their people (`other_turn`), or somebody stands in (`member`). Turns by id."""

    turn: Identifier
    other_turn: Identifier | None = None
    member: Identifier | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.other_turn is None) is (self.member is None):
            raise ValueError("give either other_turn, for a swap, or member, who stands in")
        if self.turn == self.other_turn:
            raise ValueError("a swap needs two turns")
        return self


class QueuedSwap(BaseModel):
    """The job that makes the swap, and what it does to the plan and to both ledgers."""

    job: str
    plan: str
    price: ExchangePrice


@swaps.post("/<plan>/swaps", responses={202: QueuedSwap})
@validated
def add_swap(path: PlanPath, body: NewSwap) -> Response:
    """Swap turns, or let somebody stand in
    Of a published rota. Refused with the rule in the way where one would not hold with everything else as
    it is. The job writes the next revision and the sessions; the people of these turns are told, and nobody
    else. Send If-Match with the ETag of the plan."""
    parts, network, version = services(), network_id(), if_match()
    swap = Swap(**body.model_dump())
    job, price = told(lambda: request_swap(parts, network, path.plan, swap, version))
    queued = QueuedSwap(job=job.id, plan=path.plan, price=price)
    return answer(queued, 202, Location=f"/v1/jobs/{job.id}")


class OfferView(BaseModel):
    """What somebody asked somebody else by a signed link: that `taker` take `turn` of `giver`, who takes
    `other_turn` for it, if any. `job`: the one that makes it, after a yes."""

    id: str
    turn: str
    giver: str
    other_turn: str | None
    taker: str
    state: Literal["open", "yes", "no"]
    asked_at: datetime
    deadline: datetime
    answered_at: datetime | None
    job: str | None


class OfferPage(BaseModel):
    """Some of what was asked about a plan, by id."""

    items: list[OfferView]
    next: str | None


@swaps.get("/<plan>/swaps/offers", responses={200: OfferPage})
@validated
def list_offers(path: PlanPath, query: PageQuery) -> Response:
    """List what people asked each other
    By the addresses of their turns: who asked whom to take which turn, and the answer."""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        find_plan(connection, network_id(), path.plan)
        rows = offers_of(connection, network_id(), path.plan)
    found = sorted((one for one in rows if one.id > str(after)), key=lambda one: one.id)
    return page(
        found[: query.limit + 1],
        query,
        lambda one: cursor_of(one.id),
        lambda items, following: OfferPage(
            items=[OfferView.model_validate(vars(one)) for one in items], next=following
        ),
    )


class TurnAddress(BaseModel):
    """The address at which who takes a turn can ask others to take it: theirs alone."""

    member: str
    url: str


@swaps.get("/<plan>/turns/<turn>/address", responses={200: TurnAddress})
@validated
def show_address(path: TurnPath) -> Response:
    """Read the address of a turn
    Where its person asks others to take it or to swap, without an account. It is signed: PEERLOOM_SECRET must
    be set."""
    parts = services()
    with parts.database.read() as connection:
        plan = find_plan(connection, network_id(), path.plan)
        turn = find_turn(connection, plan, path.turn)
    if turn.member is None:
        raise Problem("conflict", "Nobody takes this turn.")
    url = turn_address(Links.of(parts.settings), plan, turn.id, turn.member)
    return answer(TurnAddress(member=turn.member, url=url))


@swaps.post("/<plan>/swaps/price", responses={200: ExchangePrice})
@validated
def show_price(path: PlanPath, body: NewSwap) -> Response:
    """Read what a swap would do
    To the plan and to both ledgers; nothing is stored."""
    parts, network = services(), network_id()
    swap = Swap(**body.model_dump())
    return answer(told(lambda: price_swap(parts, network, path.plan, swap)[2]))

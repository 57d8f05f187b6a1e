"""/v1/plans/{plan}/swaps: turns of a published rota change hands."""

from __future__ import annotations

from typing import Self

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, model_validator

from api.http.explain import told
from api.http.plans import PlanPath
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, if_match, network_id, services, validated
from matcher.domain.base import Identifier, Model
from matcher.domain.rota_explanation import ExchangePrice
from matcher.service.swaps import Swap, price_swap, request_swap

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


@swaps.post("/<plan>/swaps/price", responses={200: ExchangePrice})
@validated
def show_price(path: PlanPath, body: NewSwap) -> Response:
    """Read what a swap would do
    To the plan and to both ledgers; nothing is stored."""
    parts, network = services(), network_id()
    swap = Swap(**body.model_dump())
    return answer(told(lambda: price_swap(parts, network, path.plan, swap)[2]))

"""Answers to why, why not and what else about rotas, as documents; in words and in numbers."""

from __future__ import annotations

from pydantic import Field

from matcher.domain.base import Identifier, Instant, Model
from matcher.domain.explanation import Effect, RuleAgainst
from matcher.domain.member import Weekday
from matcher.domain.rota_plan import GroupKind, PlanTurn, RotaPerson
from matcher.domain.rota_policy import RoleName


class TurnPlace(Model):
    """One turn of a rota: group, session, role, and its number among those of the role."""

    kind: GroupKind
    key: tuple[str, ...]
    index: int = Field(ge=0)
    role: RoleName
    number: int = Field(default=0, ge=0)


class StandIn(Model):
    """Somebody who could take a turn, the best first. `gives`: the turn that they give for it to who has it
    now, where it is a swap, in words; `place`: the same. `effect`: on the whole plan, all else as it is."""

    member: str
    name: str
    organization: str
    gives: str | None = None
    place: TurnPlace | None = None
    load: int | None = Field(default=None, ge=0)
    effect: Effect


class TurnExplanation(Model):
    """One turn: who takes it and why, who else could, and how many people each rule takes away.

    `conflict`: of an open turn, a smallest set of rules that leave nobody; `rules` counts everybody else than
    its taker and the stand-ins, by the first rule against them.
    """

    turn: PlanTurn
    kind: GroupKind
    key: tuple[str, ...]
    index: int = Field(ge=0)
    title: str
    start: Instant
    stand_ins: tuple[StandIn, ...] = ()
    rules: dict[str, int] = Field(default_factory=dict)
    conflict: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


class OtherTime(Model):
    """One weekly time of a group: ISO weekday and wall time in its zone. `sessions`: of those to come, so
    many can be held then; `come`: people at them; `burden`: unsocial burden of all. `chosen`: the group's."""

    weekday: Weekday
    start: str
    time_zone: str
    sessions: int = Field(ge=0)
    come: int = Field(ge=0)
    burden: int = Field(ge=0)
    chosen: bool = False


class GroupTimes(Model):
    """The weekly times of one group, the best first (most sessions held, most people, least burden), and
    those it has; of those that hold fewer than all sessions, how many each rule takes away first."""

    kind: GroupKind
    key: tuple[str, ...]
    title: str
    sessions: int = Field(ge=0)
    times: tuple[OtherTime, ...] = ()
    rules: dict[str, int] = Field(default_factory=dict)
    sentences: tuple[str, ...] = ()


class OwnTurn(Model):
    """One turn of a member."""

    kind: GroupKind
    key: tuple[str, ...]
    index: int
    role: RoleName
    title: str
    start: Instant
    why: tuple[str, ...] = ()


class RotaExplanation(Model):
    """How one member stands in a rota: turns, ledger, and what keeps them from more."""

    member: str
    turns: tuple[OwnTurn, ...] = ()
    ledger: RotaPerson | None = None
    left_out: tuple[RuleAgainst, ...] = ()
    sentences: tuple[str, ...] = ()


class LedgerEffect(Model):
    """What a change of turns does to one person's ledger."""

    member: Identifier
    turns_before: int = Field(ge=0)
    turns_after: int = Field(ge=0)
    load_before: int | None = None
    load_after: int | None = None
    burden_before: int = Field(default=0, ge=0)
    burden_after: int = Field(default=0, ge=0)


class ExchangePrice(Model):
    """What it does when turns change hands and nothing else moves: to the plan, and to each ledger."""

    effect: Effect
    ledgers: tuple[LedgerEffect, ...]
    sentences: tuple[str, ...] = ()

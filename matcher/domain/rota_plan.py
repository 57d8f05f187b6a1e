"""The answer of one rota run as a document: series, sessions, turns, ledgers, proof. Lossless as JSON.

Whole numbers or None; never 0 or infinity for "there is none". Loads are in hundredths of a turn.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Identifier, Instant, Model
from matcher.domain.family import Family
from matcher.domain.member import TimeZone
from matcher.domain.plan import Outcome, PlanEffort, PlanSource, PlanTier, PolicyName
from matcher.domain.policy import Kind
from matcher.domain.rota_policy import RoleName as RoleName

FORMAT: Literal["peerloom-rota/1"] = "peerloom-rota/1"

GroupKind = Literal["pod", "circle", "forum", "pair"]

FAMILY_OF: dict[GroupKind, Family] = {
    "pod": Family.PODS, "circle": Family.PODS, "pair": Family.PAIRS, "forum": Family.ROTA,
}  # fmt: skip
"""The family that the sessions of each kind of group belong to, with or without a rota."""


class PlanTurn(Model):
    """One turn of a session. `member` None: nobody takes it (see the plan's `open_turns`).

    `kept`: as announced before. `fixed`: over, or too near to change. `handed`: it changed hands after the
    rota was made. `pinned`: set by hand; `overrides`: codes of rules that the pin set aside. `burden`: how
    unsocial it is for them. `why`: sentences for them.
    """

    role: RoleName
    number: int = Field(default=0, ge=0, le=9)
    member: str | None = None
    kept: bool = False
    fixed: bool = False
    handed: bool = False
    pinned: bool = False
    overrides: tuple[str, ...] = ()
    burden: int = Field(default=0, ge=0)
    why: tuple[str, ...] = ()


class PlanSession(Model):
    """One session of a series; `index` as in `SessionKey`. `absent`: members who cannot come.

    `fixed`: over, or too near to move. `moved_from`: when it was announced before.
    """

    index: int = Field(ge=0, le=370)
    start: Instant
    end: Instant
    attending: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    turns: tuple[PlanTurn, ...] = ()
    fixed: bool = False
    moved_from: Instant | None = None


class PlanSeries(Model):
    """The sessions of one group. `key` names it within its family as in `SeriesKey`; pairs have a `pairing`.

    `time_zone`: the one its wall times are stated in. `slots`: how often it meets at which weekly time
    ("Tue 15:00"). `expert`: of a forum.
    """

    kind: GroupKind
    key: tuple[Identifier, ...] = Field(min_length=1, max_length=2)
    pairing: Kind | None = None
    title: str
    members: tuple[str, ...]
    expert: str | None = None
    minutes: int = Field(ge=15, le=480)
    every_weeks: int = Field(ge=1, le=13)
    quorum: int = Field(ge=0)
    time_zone: TimeZone
    slots: dict[str, int] = Field(default_factory=dict)
    sessions: tuple[PlanSession, ...] = ()


def row_key(series: PlanSeries) -> tuple[str, ...]:
    """What names a series among all of a rota: two groups of different kinds may have one id."""
    return f"{series.pairing or series.kind}:{series.key[0]}", *series.key[1:]


class NoTime(Model):
    """A session without a time, or a whole series (`index` None), and why.

    `rules`: by code, how many weekly times each takes away. `repairs`: sentences, cheapest first.
    """

    kind: GroupKind
    key: tuple[Identifier, ...]
    pairing: Kind | None = None
    index: int | None = Field(default=None, ge=0)
    reason: str
    sentence: str
    rules: dict[str, int] = Field(default_factory=dict)
    repairs: tuple[str, ...] = ()


class OpenTurn(Model):
    """A turn that nobody takes, and why. `rules`: by code, how many people each takes away.

    `conflict`: a smallest set of rules that together leave nobody, verified; empty where not looked for.
    """

    kind: GroupKind
    key: tuple[Identifier, ...]
    index: int = Field(ge=0)
    role: RoleName
    number: int = Field(default=0, ge=0)
    reason: str
    sentence: str
    rules: dict[str, int] = Field(default_factory=dict)
    conflict: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()


class RotaPerson(Model):
    """What one person does and bears. `turns`: by role, in this cycle. `carried`, `load`: hundredths of a
    turn, before and with this cycle (`load` per full share; None where fairness does not look at them).

    `credited`: of `carried`, what newcomers and people back from leave were given. `carried_burden`,
    `burden`: unsocial burden before, and of this cycle's sessions; `turn_burden`: of it, that of the turns.
    """

    member: str
    organization: str = ""
    turns: dict[RoleName, int] = Field(default_factory=dict)
    sessions: int = Field(default=0, ge=0)
    carried: int = Field(default=0, ge=0)
    credited: int = Field(default=0, ge=0)
    load: int | None = Field(default=None, ge=0)
    carried_burden: int = Field(default=0, ge=0)
    burden: int = Field(default=0, ge=0)
    turn_burden: int = Field(default=0, ge=0)
    promoted_to: RoleName | None = None


class OrganizationShare(Model):
    """Turns that the people of an organization take, and those that are its fair share."""

    organization: str
    turns: int = Field(ge=0)
    share: int = Field(ge=0)


class RotaChange(Model):
    """One session or turn (`role`) against the plan before, with the reason in words.

    `before`, `after`: times as written in the series' zone, or members. `avoidable`: no rule forced it.
    """

    kind: GroupKind
    key: tuple[Identifier, ...]
    index: int = Field(ge=0)
    role: RoleName | None = None
    number: int = Field(default=0, ge=0)
    before: str | None = None
    after: str | None = None
    reason: str
    sentence: str
    avoidable: bool = False


class RotaChanges(Model):
    """A plan against the one before: how many stayed, and what changed."""

    kept_sessions: int = Field(default=0, ge=0)
    kept_turns: int = Field(default=0, ge=0)
    moved: tuple[RotaChange, ...] = ()
    taken_over: tuple[RotaChange, ...] = ()
    added: tuple[RotaChange, ...] = ()
    ended: tuple[RotaChange, ...] = ()


class ModeResult(Model):
    """What one way to choose times reaches: the other mode is solved beside the policy's, and compared.

    `highest`: the person who bears most, and `spread`: the burdens of all, falling, the first twenty.
    """

    mode: Literal["stable", "rotating"]
    tiers: tuple[PlanTier, ...]
    highest: str | None = None
    spread: tuple[int, ...] = ()


class RotaPlan(Model):
    """The result of one rota run. `program`, `cycle` and `policy` are None for bare instances.

    Tiers of times and of turns in the order in which they count; `condition`: what a bound rests on.
    `as_of`: what began earlier was over when it was made. `groups`: the plans whose groups it schedules.
    """

    family: ClassVar[Family] = Family.ROTA

    format: Literal["peerloom-rota/1"] = FORMAT
    network: PlanSource
    program: str | None = None
    cycle: str | None = None
    policy: PolicyName | None = None
    mode: Literal["stable", "rotating"]
    fairness: Literal["quick", "full", "cost"]
    changes_policy: Literal["tier", "off"] = "tier"
    seed: int = Field(ge=0)
    as_of: Instant | None = None
    status: Outcome
    sentence: str
    value: int | None = None
    bound: int | None = None
    tiers: tuple[PlanTier, ...] = ()
    modes: tuple[ModeResult, ...] = ()
    series: tuple[PlanSeries, ...] = ()
    no_time: tuple[NoTime, ...] = ()
    open_turns: tuple[OpenTurn, ...] = ()
    people: tuple[RotaPerson, ...] = ()
    organizations: tuple[OrganizationShare, ...] = ()
    changes: RotaChanges = RotaChanges()
    groups: tuple[PlanSource, ...] = ()
    previous_plan: PlanSource | None = None
    commitments: PlanSource | None = None
    conflict: tuple[str, ...] = ()
    effort: PlanEffort = PlanEffort()
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> frozenset[tuple[Family, Kind | None, tuple[str, ...]]]:
        """The groups that it gives times to, those that found none included, as their sessions name them."""
        found = {(FAMILY_OF[one.kind], one.pairing, one.key) for one in self.series}
        return frozenset(found | {(FAMILY_OF[one.kind], one.pairing, one.key) for one in self.no_time})

    @property
    def order(self) -> str:
        """How its tiers are ordered: by the fairness that the policy asks for."""
        return self.fairness

    @model_validator(mode="after")
    def _tells_no_lies(self) -> Self:
        if self.status is Outcome.OPTIMAL and not all(tier.proven for tier in self.tiers):
            raise ValueError("status is optimal, but not every tier is proven")
        last = self.tiers[-1] if self.tiers else None
        if last is not None and (self.value, self.bound) != (last.value, last.bound):
            raise ValueError("value and bound are not those of the last tier")
        return self

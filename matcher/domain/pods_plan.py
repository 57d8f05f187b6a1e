"""The answer of one pods run as a document: pods, seats, reasons, proof and effort. Lossless as JSON.

Whole numbers or None; never 0 or infinity for "there is none".
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Model
from matcher.domain.family import Family
from matcher.domain.plan import Outcome, PlanEffort, PlanSource, PlanTier, PolicyName
from matcher.domain.policy import Changes
from matcher.domain.session_text import SeatReason

FORMAT: Literal["peerloom-pods/1"] = "peerloom-pods/1"


class PodSeat(Model):
    """One member in a pod. `parts` are the named parts of the seat's points (empty without profiles).

    `kept`: the seat was there before. `pinned`: it had to be. `overrides`: codes of rules a pin set aside.
    `satisfaction`: how far it meets the member's wishes, 0-1000; None where they have none.
    `reasons`: what brought the member here, as other organizations may read it; `why`: the same in English
    sentences.
    """

    member: str
    points: int
    parts: dict[str, int] = Field(default_factory=dict)
    satisfaction: int | None = Field(default=None, ge=0, le=1000)
    kept: bool = False
    pinned: bool = False
    overrides: tuple[str, ...] = ()
    reasons: tuple[SeatReason, ...] = ()
    why: tuple[str, ...] = ()


class MeetingTime(Model):
    """A recurring weekly slot: ISO weekday and wall time in one zone, and the rhythm of the sessions.

    `every_weeks`: cadence. `weeks`: in how many weeks from the cycle's first day on it meets (the problem's
    horizon); None: in all. `always`, `half`: members who can come to every session, or to half of them.
    """

    weekday: int = Field(ge=1, le=7)
    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    time_zone: str
    minutes: int = Field(ge=15, le=480)
    every_weeks: int = Field(ge=1, le=13)
    weeks: int | None = Field(default=None, ge=1, le=53)
    always: tuple[str, ...] = ()
    half: tuple[str, ...] = ()


class NeedMet(Model):
    """One need of a problem: how many people were asked for, and who of the pod has the skill."""

    skill: str
    level: int
    people: int
    members: tuple[str, ...] = ()


class PlanPod(Model):
    """A pod or circle that runs. `points` are those of the whole pod; `parts` name where they come from."""

    pod: str
    kind: Literal["problem", "circle"]
    title: str
    sponsor: str | None = None
    points: int
    parts: dict[str, int] = Field(default_factory=dict)
    seats: tuple[PodSeat, ...]
    needs: tuple[NeedMet, ...] = ()
    meeting: MeetingTime | None = None
    language: str | None = None
    organizations: int = Field(default=1, ge=0)
    met_before: int = Field(default=0, ge=0)
    running: bool = False

    @property
    def members(self) -> tuple[str, ...]:
        """Who is in it."""
        return tuple(seat.member for seat in self.seats)


class NotRun(Model):
    """A problem or circle that does not run, and why. `rules`: by code, how many members each takes away.

    `eligible`: members whom every rule on single seats lets in. `cost`: what running it would cost in the
    tier `tier` (at least, or exactly); None where it was not computed.
    """

    pod: str
    title: str
    reason: str
    sentence: str
    eligible: int | None = None
    rules: dict[str, int] = Field(default_factory=dict)
    tier: str = ""
    cost: int | None = None
    exact: bool = False


class Unplaced(Model):
    """A member without a pod, and why. Fields as in `Unmatched` of pairs."""

    member: str
    organization: str = ""
    reason: str
    sentence: str
    secret: bool = False
    public_sentence: str = ""
    rules: dict[str, int] = Field(default_factory=dict)
    eligible: int | None = None
    nearest: str | None = None
    repairs: tuple[str, ...] = ()


class KeptOut(Model):
    """A member whom a rule about themselves keeps out of every pod."""

    member: str
    rule: str
    sentence: str


class SeatChange(Model):
    """One seat against the plan before. `moved`: the pod they came from. `avoidable`: no rule forced it."""

    member: str
    pod: str
    reason: str
    sentence: str
    moved: str | None = None
    avoidable: bool = False


class SeatChanges(Model):
    """A plan against the one before: kept, added, moved, dropped (for a better whole), ended (had to)."""

    kept: tuple[SeatChange, ...] = ()
    added: tuple[SeatChange, ...] = ()
    moved: tuple[SeatChange, ...] = ()
    dropped: tuple[SeatChange, ...] = ()
    ended: tuple[SeatChange, ...] = ()


class PlanPrices(Model):
    """What bounds one tier, by id; see `solvers.pods.solution.PodPrices`. Whole numbers of 1 / scale.

    Members and pods whose number is 0 are left out. In `floor_prices`: what bounds an earlier tier below its
    value among seats that reach `least_satisfaction` and pods that reach `least_points`.
    """

    tier: str
    scale: int = Field(ge=1)
    member: dict[str, int] = Field(default_factory=dict)
    hours: dict[str, int] = Field(default_factory=dict)
    credit: dict[str, int] = Field(default_factory=dict)
    held: tuple[tuple[str, int, int], ...] = ()
    broken: int = 0
    pod: dict[str, int] = Field(default_factory=dict)
    least_satisfaction: int = 0
    least_points: int | None = None


class PodsPlan(Model):
    """The result of one pods run. `program`, `cycle` and `policy` are None for bare instances.

    `previous`: seats (member, pod) worth keeping. `commitments`: the sessions of other plans whose hours and
    times were taken. `conflict`: which rules and pins contradict each other. `floor_prices`: what the bounds
    of `lowest` and `weakest` rest on.
    """

    family: ClassVar[Family] = Family.PODS

    format: Literal["peerloom-pods/1"] = FORMAT
    network: PlanSource
    program: str | None = None
    cycle: str | None = None
    policy: PolicyName | None = None
    order: Literal["welfare", "floor"]
    changes_policy: Changes | Literal["off"]
    seed: int = Field(ge=0)
    status: Outcome
    sentence: str
    value: int | None = None
    bound: int | None = None
    tiers: tuple[PlanTier, ...] = ()
    pods: tuple[PlanPod, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    left_out: tuple[KeptOut, ...] = ()
    changes: SeatChanges = SeatChanges()
    previous: tuple[tuple[str, str], ...] = ()
    previous_plan: PlanSource | None = None
    commitments: PlanSource | None = None
    conflict: tuple[str, ...] = ()
    prices: tuple[PlanPrices, ...] = ()
    floor_prices: tuple[PlanPrices, ...] = ()
    effort: PlanEffort = PlanEffort()
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _tells_no_lies(self) -> Self:
        if self.status is Outcome.OPTIMAL and not all(tier.proven for tier in self.tiers):
            raise ValueError("status is optimal, but not every tier is proven")
        last = self.tiers[-1] if self.tiers else None
        if last is not None and (self.value, self.bound) != (last.value, last.bound):
            raise ValueError("value and bound are not those of the last tier")
        return self

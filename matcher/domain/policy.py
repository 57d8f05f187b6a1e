"""A policy: which rules hold, with which limits, and in which order the tiers come."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Identifier, Model
from matcher.domain.nightly import NightlyPolicy
from matcher.domain.pod_policy import PodPolicy
from matcher.domain.rota_policy import RotaPolicy

PARTS = ("skills", "goals", "hours", "seniority", "wishes", "novelty", "pulse")
"""The parts of points, in the order in which every table and file shows them."""

MAX_POINTS = 1000


class Kind(StrEnum):
    """What a pair is for. In mentoring the guide is the senior, in reverse mentoring the junior."""

    MENTORING = "mentoring"
    REVERSE = "reverse"
    SHADOWING = "shadowing"


class Order(StrEnum):
    """The named orders of tiers."""

    WELFARE = "welfare"
    FLOOR = "floor"
    STABLE = "stable"


class Changes(StrEnum):
    """What becomes of running pairs: kept as they are, broken as few as possible, or kept for a bonus."""

    FROZEN = "frozen"
    TIER = "tier"
    BONUS = "bonus"


class MinimumLoad(StrEnum):
    """What a guide's `min_learners` means: nothing, a shortage to keep low, or all of that or nobody."""

    IGNORE = "ignore"
    TIER = "tier"
    ALL_OR_NOTHING = "all_or_nothing"


class PointMaxima(Model):
    """The most that each part can give; together exactly 1000."""

    skills: int = Field(default=400, ge=0, le=MAX_POINTS)
    goals: int = Field(default=80, ge=0, le=MAX_POINTS)
    hours: int = Field(default=160, ge=0, le=MAX_POINTS)
    seniority: int = Field(default=100, ge=0, le=MAX_POINTS)
    wishes: int = Field(default=120, ge=0, le=MAX_POINTS)
    novelty: int = Field(default=80, ge=0, le=MAX_POINTS)
    pulse: int = Field(default=60, ge=0, le=MAX_POINTS)

    @model_validator(mode="after")
    def _sums_to_1000(self) -> Self:
        total = sum(getattr(self, part) for part in PARTS)
        if total != MAX_POINTS:
            raise ValueError(f"the maxima of the parts sum to {total}; they must sum to {MAX_POINTS}")
        return self


class SeniorityGap(Model):
    """Bounds on guide seniority minus learner seniority, in steps; negative where the guide is the junior.

    `ideal` gives full points; each step away from it takes an equal share of them.
    """

    least: int = Field(ge=-9, le=9)
    most: int = Field(ge=-9, le=9)
    ideal: int = Field(ge=-9, le=9)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.least <= self.ideal <= self.most:
            raise ValueError(f"needs least <= ideal <= most, not {self.least}, {self.ideal}, {self.most}")
        return self


class SeniorityGaps(Model):
    """The seniority gap of each kind of pair."""

    mentoring: SeniorityGap = SeniorityGap(least=1, most=6, ideal=3)
    reverse: SeniorityGap = SeniorityGap(least=-9, most=-1, ideal=-4)
    shadowing: SeniorityGap = SeniorityGap(least=0, most=9, ideal=2)

    def of(self, kind: Kind) -> SeniorityGap:
        """The bounds that hold for one kind."""
        gap = {Kind.MENTORING: self.mentoring, Kind.REVERSE: self.reverse, Kind.SHADOWING: self.shadowing}
        return gap[kind]


class GiveAndTake(Model):
    """Each organization's pairs received minus given, with what the ledger carries, stays within the slack.

    `slack` is in pairs; `slack_of` overrides it for single organizations; `group_slack` bounds the net of
    each group of organizations as well (None: no bound on groups).
    """

    slack: int = Field(default=3, ge=0, le=1_000_000)
    slack_of: dict[Identifier, int] = Field(default_factory=dict)
    group_slack: int | None = Field(default=None, ge=0, le=1_000_000)


class Quota(Model):
    """At most `most` new and running pairs received (as learners) or given (as guides) by one scope.

    A `unit` is written "organization-id/unit-name".
    """

    scope: Literal["organization", "unit", "group"]
    id: Identifier
    side: Literal["received", "given"]
    most: int = Field(ge=0, le=1_000_000)


class PairPolicy(Model):
    """Everything a coordinator can decide about pairs. Hours are whole hours a month (of 30 days)."""

    min_common_hours: int = Field(default=4, ge=0, le=200)
    full_common_hours: int = Field(default=24, ge=1, le=400)
    seniority_gap: SeniorityGaps = SeniorityGaps()
    skill_required: bool = True
    repeat_after_cycles: int = Field(default=4, ge=0, le=100)
    most_leave_percent: int = Field(default=50, ge=0, le=100)
    learner_hours: int = Field(default=2, ge=0, le=100)
    guide_hours: int = Field(default=2, ge=0, le=100)
    maxima: PointMaxima = PointMaxima()
    order: Order = Order.WELFARE
    changes: Changes = Changes.TIER
    changes_bonus: int = Field(default=100, ge=0, le=MAX_POINTS)
    most_broken: int | None = Field(default=None, ge=0, le=1_000_000_000)
    minimum_load: MinimumLoad = MinimumLoad.TIER
    both_ways: bool = False
    give_and_take: GiveAndTake | None = None
    quotas: tuple[Quota, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.full_common_hours < self.min_common_hours:
            raise ValueError(
                f"full_common_hours {self.full_common_hours} is below "
                f"min_common_hours {self.min_common_hours}"
            )
        if self.order is Order.STABLE:
            refused = [
                name
                for name, used in (
                    ("give_and_take", self.give_and_take is not None),
                    ("quotas", bool(self.quotas)),
                    ("minimum_load", self.minimum_load is MinimumLoad.ALL_OR_NOTHING),
                    ("most_broken", self.most_broken is not None),
                )
                if used
            ]
            if refused:
                raise ValueError(
                    f"the order 'stable' cannot hold {', '.join(refused)}: "
                    "remove them, or choose 'welfare' or 'floor'"
                )
        return self


class Policy(Model):
    """A named, versioned policy of a network."""

    id: Identifier
    version: int = Field(default=1, ge=1)
    pairs: PairPolicy = PairPolicy()
    pods: PodPolicy = PodPolicy()
    rota: RotaPolicy = RotaPolicy()
    nightly: NightlyPolicy = NightlyPolicy()

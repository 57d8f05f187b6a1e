"""The part of a policy that is about pods and circles: rules with their limits, and what points are for."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Model, Text

POD_PARTS = ("wishes", "skills", "growth", "goals")
"""The parts of the points of a seat, in the order in which every table and file shows them."""

MAX_POINTS = 1000


class SeatMaxima(Model):
    """The most that each part of a seat can give; together exactly 1000."""

    wishes: int = Field(default=400, ge=0, le=MAX_POINTS)
    skills: int = Field(default=300, ge=0, le=MAX_POINTS)
    growth: int = Field(default=200, ge=0, le=MAX_POINTS)
    goals: int = Field(default=100, ge=0, le=MAX_POINTS)

    @model_validator(mode="after")
    def _sums_to_1000(self) -> Self:
        total = sum(getattr(self, part) for part in POD_PARTS)
        if total != MAX_POINTS:
            raise ValueError(f"the maxima of a seat sum to {total}; they must sum to {MAX_POINTS}")
        return self


class PodWorth(Model):
    """Points that a pod gets beside those of its seats.

    need: for each person that a need asks for and gets; spare: for one more than that.
    organizations: for the first, the second, ... organization, never rising.
    met: taken off for two who met in the cycle before, in a pod, a circle or as a pair; each cycle further
    back counts `met_decay_percent` of that. prefers: for each who named the other.
    diversity: for two who differ in one of the attributes `diversity_attributes`, each.
    attendance: for a member who can come to every session, less in proportion; comfort: for one to whom
    every session lies between 8:00 and 18:00.
    """

    need: int = Field(default=300, ge=0, le=10_000)
    spare: int = Field(default=60, ge=0, le=10_000)
    organizations: tuple[Annotated[int, Field(ge=0, le=10_000)], ...] = (60, 60, 40, 20)
    met: int = Field(default=80, ge=0, le=10_000)
    met_decay_percent: int = Field(default=50, ge=0, le=100)
    prefers: int = Field(default=30, ge=0, le=10_000)
    diversity: int = Field(default=10, ge=0, le=10_000)
    diversity_attributes: tuple[Text, ...] = ()
    attendance: int = Field(default=60, ge=0, le=10_000)
    comfort: int = Field(default=40, ge=0, le=10_000)

    @model_validator(mode="after")
    def _never_rising(self) -> Self:
        if any(later > earlier for earlier, later in pairwise(self.organizations)):
            raise ValueError(f"the worths of organizations must not rise, as {list(self.organizations)} do")
        if self.spare > self.need:
            raise ValueError(f"spare {self.spare} is above need {self.need}: a second cover is worth less")
        return self


class PodPolicy(Model):
    """Everything a coordinator can decide about pods. Hours are whole hours a month (of 30 days)."""

    pod_hours: int = Field(default=2, ge=0, le=100)
    most_leave_percent: int = Field(default=50, ge=0, le=100)
    repeat_after_cycles: int = Field(default=2, ge=0, le=100)
    related_percent: int = Field(default=70, ge=1, le=100)
    most_share: int = Field(default=60, ge=1, le=100)
    most_newcomers: int = Field(default=50, ge=0, le=100)
    veteran_each: bool = True
    newcomer_days: int = Field(default=120, ge=0, le=3650)
    newcomer_sessions: int = Field(default=3, ge=0, le=1000)
    veteran_days: int = Field(default=365, ge=0, le=3650)
    veteran_sessions: int = Field(default=6, ge=0, le=1000)
    quorum: int = Field(default=75, ge=0, le=100)
    meetings: bool = True
    slot_minutes: Literal[30, 60] = 30
    maxima: SeatMaxima = SeatMaxima()
    worth: PodWorth = PodWorth()
    order: Literal["welfare", "floor"] = "welfare"
    changes: Literal["frozen", "tier", "bonus"] = "tier"
    changes_bonus: int = Field(default=200, ge=0, le=10_000)
    most_broken: int | None = Field(default=None, ge=0, le=1_000_000_000)

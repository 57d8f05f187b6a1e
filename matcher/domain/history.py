"""Pairs and pods that ended, and those that run."""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum

from pydantic import Field

from matcher.domain.base import Identifier, LocalTime, Model
from matcher.domain.member import TimeZone
from matcher.domain.policy import Kind


class Ending(StrEnum):
    """Why a pair ended."""

    COMPLETED = "completed"
    DECLINED = "declined"
    LEFT = "left"
    STOPPED = "stopped"


class EndedPair(Model):
    """A pair of a past cycle. `cycles_ago` is 1 for the cycle just before; `pulse` is its mean, 1-5."""

    learner: Identifier
    guide: Identifier
    kind: Kind = Kind.MENTORING
    cycles_ago: int = Field(default=1, ge=1, le=1000)
    ending: Ending = Ending.COMPLETED
    pulse: int | None = Field(default=None, ge=1, le=5)


class RunningPair(Model):
    """A pair that meets now. One with `rematch` set was asked to end: it is not protected."""

    learner: Identifier
    guide: Identifier
    kind: Kind = Kind.MENTORING
    since: date | None = None
    rematch: bool = False


class PodTime(Model):
    """The weekly time of a running pod: ISO weekday and wall time in one zone."""

    weekday: int = Field(ge=1, le=7)
    start: LocalTime
    time_zone: TimeZone


class RunningPod(Model):
    """A pod or circle that meets now. `pod` as in `PinnedSeat`. `rematch`: members who asked to leave it."""

    pod: Identifier
    members: tuple[Identifier, ...] = Field(min_length=1, max_length=200)
    meeting: PodTime | None = None
    rematch: tuple[Identifier, ...] = ()

    @property
    def id(self) -> str:
        """What tells it from other running pods."""
        return self.pod


class EndedPod(Model):
    """A pod or circle of a past cycle. `cycles_ago` is 1 for the cycle just before; `pulse` is its mean, 1-5.

    `declined`: members who do not want that pod again.
    """

    pod: Identifier
    members: tuple[Identifier, ...] = Field(min_length=1, max_length=200)
    cycles_ago: int = Field(default=1, ge=1, le=1000)
    ending: Ending = Ending.COMPLETED
    pulse: int | None = Field(default=None, ge=1, le=5)
    declined: tuple[Identifier, ...] = ()

    @property
    def id(self) -> str:
        """What tells it from other ended pods; as long as an id may be, or its SHA-256."""
        name = f"{self.pod}@{self.cycles_ago}"
        return name if len(name) <= 120 else hashlib.sha256(name.encode()).hexdigest()

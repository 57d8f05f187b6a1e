"""Pairs, pods and rounds that ended, and those that run."""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated

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
        return _id(f"{self.pod}@{self.cycles_ago}")


Groups = Annotated[
    tuple[Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=200)], ...], Field(max_length=5000)
]
"""Who meets in a round: its groups, by ids of their members."""


class RunningRound(Model):
    """A round of a cycle that runs, held or still to come. `week_of`: the first day of its week."""

    program: Identifier
    cycle: Identifier
    number: int = Field(ge=1, le=200)
    week_of: date
    groups: Groups = ()

    @property
    def id(self) -> str:
        """What tells it from other running rounds."""
        return _id(f"{self.program}/{self.cycle}/{self.number}")


class EndedRound(Model):
    """A round of a past cycle. `cycles_ago` is 1 for the cycle just before."""

    program: Identifier
    cycle: Identifier
    number: int = Field(ge=1, le=200)
    cycles_ago: int = Field(default=1, ge=1, le=1000)
    groups: Groups = ()

    @property
    def id(self) -> str:
        """What tells it from other ended rounds."""
        return _id(f"{self.program}/{self.cycle}/{self.number}")


def _id(name: str) -> str:
    """A name as long as an id may be, or its SHA-256."""
    return name if len(name) <= 120 else hashlib.sha256(name.encode()).hexdigest()

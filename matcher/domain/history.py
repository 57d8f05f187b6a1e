"""Pairs that ended, and pairs that run."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from matcher.domain.base import Identifier, Model
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

"""Programs, their cycles, and what a coordinator fixed by hand."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Identifier, Model, Name, Text
from matcher.domain.policy import Kind


class Cycle(Model):
    """One period of a program: first and last day (UTC, both included), and the rhythm of its sessions."""

    id: Identifier
    start: date
    end: date
    session_minutes: int = Field(default=60, ge=15, le=480)
    weeks_between_sessions: int = Field(default=2, ge=1, le=13)

    @model_validator(mode="after")
    def _length(self) -> Self:
        days = (self.end - self.start).days + 1
        if days < 7:
            raise ValueError(f"the cycle lasts {days} days; it needs at least 7")
        if days > 371:
            raise ValueError(f"the cycle lasts {days} days; it may last 371 at most (53 weeks)")
        return self


class PinnedPair(Model):
    """A pair that a coordinator forced or forbade."""

    learner: Identifier
    guide: Identifier
    must: Literal["pair", "not_pair"]
    note: Text = ""


class Program(Model):
    """A matching program: the kinds of pairs it forms, its current cycle and its policy."""

    id: Identifier
    name: Name
    kinds: tuple[Kind, ...] = (Kind.MENTORING,)
    cycle: Cycle
    policy: Identifier
    pins: tuple[PinnedPair, ...] = ()

"""Sessions: single meetings with a time, and the meetings for which no time was found."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from matcher.domain.base import Identifier, Instant, Model
from matcher.domain.member import TimeZone
from matcher.domain.policy import Kind

DOMAIN = "peerloom"
"""The right side of a UID where an installation names no domain of its own."""


class State(StrEnum):
    """Whether a session takes place."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class SessionKey(Model):
    """What a session is, whatever its time and text: the `index`-th meeting of a pair in a cycle.

    `index` counts the cycle's session weeks from 0; a week without a session keeps its number.
    """

    network: Identifier
    program: Identifier
    cycle: Identifier
    kind: Kind = Kind.MENTORING
    learner: Identifier
    guide: Identifier
    index: int = Field(ge=0, le=370)

    def make_uid(self, domain: str = DOMAIN) -> str:
        """The UID (RFC 5545, section 3.8.4.7): from the identity alone, so that later changes meet it."""
        identity = [
            self.network,
            self.program,
            self.cycle,
            self.kind.value,
            self.learner,
            self.guide,
            self.index,
        ]
        text = json.dumps(identity, ensure_ascii=False, separators=(",", ":"))
        return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}@{domain}"


class Session(SessionKey):
    """One meeting. Its learner and its guide are the people who attend.

    `time_zone` is the zone it is stated in: the guide's, because a guide may hold several series, and
    series that are stable in one zone cannot run into each other when its clocks change. `sequence` counts
    the changes of time, place and state (RFC 5546, section 2.1.4); `changed_at` is the moment of the last
    change of any kind. `plan` names the plan that last changed it.
    """

    uid: Annotated[str, StringConstraints(min_length=3, max_length=255, pattern=r"^[^\s@]+@[^\s@]+$")]
    gathering: Literal["pair"] = "pair"
    plan: Identifier | None = None
    start: Instant
    end: Instant
    time_zone: TimeZone
    sequence: int = Field(default=0, ge=0)
    changed_at: Instant
    state: State = State.SCHEDULED
    title: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    description: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a session must end after it starts")
        if self.end - self.start > timedelta(hours=24):
            raise ValueError("a session lasts 24 hours at most")
        if self.learner == self.guide:
            raise ValueError(f"{self.learner!r} cannot meet themselves")
        return self

    @property
    def attendees(self) -> tuple[str, str]:
        """Member ids: the learner, then the guide."""
        return self.learner, self.guide


class Obstacle(StrEnum):
    """Why a session, or a whole series, has no time."""

    NO_AVAILABILITY = "no_availability"
    NO_COMMON_TIME = "no_common_time"
    TOO_SHORT = "too_short"
    TAKEN = "taken"


class Unscheduled(Model):
    """A session without a time (`index`), or a pair without any session (`index` None), and the reason.

    The numbers are minutes over the week, or over all session weeks of the cycle for a pair: the free time of
    each, and what they have in common.
    """

    learner: Identifier
    guide: Identifier
    index: int | None = Field(default=None, ge=0)
    reason: Obstacle
    learner_free_minutes: int = Field(ge=0)
    guide_free_minutes: int = Field(ge=0)
    common_minutes: int = Field(ge=0)
    sentence: str


class Schedule(Model):
    """The sessions of one program's pairs over a cycle, cancelled ones included, and what found no time.

    Both are ordered by learner, guide and index.
    """

    sessions: tuple[Session, ...] = ()
    unscheduled: tuple[Unscheduled, ...] = ()

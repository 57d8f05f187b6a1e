"""What one night did with one program: taken in, solved, guarded, published or proposed, and told."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from matcher.domain.base import Model
from matcher.domain.family import Family
from matcher.domain.nightly import NightMode
from matcher.domain.policy import Kind


class Outcome(StrEnum):
    """Where one step of a night is, or how it ended."""

    WAITING = "waiting"
    SOLVING = "solving"
    PUBLISHING = "publishing"
    UNCHANGED = "unchanged"
    PUBLISHED = "published"
    ASKED = "asked"
    PROPOSED = "proposed"
    HELD = "held"
    SKIPPED = "skipped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing more is done in this step."""
        return self not in (Outcome.WAITING, Outcome.SOLVING, Outcome.PUBLISHING)


class GuardName(StrEnum):
    """The guards of a night, as in `matcher.domain.nightly.NightlyPolicy`."""

    COVERAGE = "coverage"
    POINTS = "points"
    CHANGES = "changes"
    FEWER = "fewer"
    LEFT = "left"


class GuardLine(Model):
    """One guard and what it found."""

    guard: GuardName
    passed: bool
    sentence: str


class NightChange(Model):
    """One thing that is other than before: who is concerned, by name, and why. `avoidable`: nothing forced
    it."""

    change: str
    people: tuple[str, ...] = ()
    sentence: str
    avoidable: bool = False


class NightStep(Model):
    """One family (and kind of pairs) of a night.

    `plan`: the new plan; `before`: the published one when the step began. `counts`: of changes, by their
    kind; the first `changes` of them are told. `fewest`: whether no answer with these places changes less:
    proven, or None where that is not known or nothing ran before. `tries`: runs so far.
    """

    family: Family
    kind: Kind | None = None
    outcome: Outcome = Outcome.WAITING
    plan: str | None = None
    before: str | None = None
    job: str | None = None
    tries: int = Field(default=0, ge=0)
    value: int | None = None
    bound: int | None = None
    guards: tuple[GuardLine, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)
    changes: tuple[NightChange, ...] = ()
    fewest: bool | None = None
    sentence: str = ""

    @property
    def name(self) -> str:
        """What the step is about, in words."""
        return f"{self.kind.value} pairs" if self.kind is not None else self.family.value


class Intake(Model):
    """What was new when a night began. `left`: gone since the night before, or since publication of those who
    take part; None where it was the first night."""

    active: int = Field(ge=0)
    active_before: int | None = None
    left: int = Field(default=0, ge=0)
    taking_part: int = Field(default=0, ge=0)
    overdue: int = Field(default=0, ge=0)
    calendars_read: int = Field(default=0, ge=0)
    calendars_failed: int = Field(default=0, ge=0)


class NightState(StrEnum):
    """Where a night is. Held: a guard kept something back, so that somebody has to look."""

    RUNNING = "running"
    DONE = "done"
    HELD = "held"
    FAILED = "failed"


class Night(Model):
    """One night of one program. `date` is the day it belongs to, in the network's zone. A `rehearsal` leaves
    nothing behind but its report; `as_of`: it was made as if it were then."""

    network: str
    id: str
    program: str
    date: date
    mode: NightMode
    rehearsal: bool = False
    as_of: datetime | None = None
    state: NightState = NightState.RUNNING
    started_at: datetime
    ended_at: datetime | None = None
    deadline: datetime
    intake: Intake
    guards: tuple[GuardLine, ...] = ()
    steps: tuple[NightStep, ...] = ()
    sentence: str = ""
    format: Literal["peerloom-night/1"] = "peerloom-night/1"

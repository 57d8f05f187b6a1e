"""A person and their profile."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, field_serializer, model_validator

from matcher.domain.base import Identifier, Instant, LocalTime, Model, Name, Text
from matcher.domain.language import Language
from matcher.domain.organization import Country
from matcher.domain.skill import Offer, Seek

Weekday = Annotated[int, Field(ge=1, le=7)]
"""ISO weekday: 1 is Monday, 7 is Sunday."""

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$"
    ),
]


_ZONES: dict[str, ZoneInfo] = {}
"""The zones seen; as long as one is held here, `ZoneInfo` does not read its file again."""


def _checked_zone(name: str) -> str:
    if name not in _ZONES:
        try:
            _ZONES[name] = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            reason = f"{name!r} is not an IANA time zone; write one such as 'Europe/Berlin'"
            raise ValueError(reason) from None
    return name


TimeZone = Annotated[str, AfterValidator(_checked_zone)]


class Role(StrEnum):
    """What a member takes part as."""

    LEARNER = "learner"
    GUIDE = "guide"


class Status(StrEnum):
    """Whether a member takes part at all."""

    ACTIVE = "active"
    LEFT = "left"


class Training(StrEnum):
    """How far a member is trained to facilitate."""

    NONE = "none"
    SHADOW = "shadow"
    CO = "co"
    LEAD = "lead"


class Visibility(StrEnum):
    """Who outside the own organization may read a field."""

    NETWORK = "network"
    PARTNERS = "partners"
    ORGANIZATION = "organization"
    COORDINATORS = "coordinators"


class WeeklySpan(Model):
    """Free time in the member's own zone, the same every week; `end` 00:00 means midnight at day's end."""

    day: Weekday
    start: LocalTime
    end: LocalTime

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end_minute <= self.start_minute:
            raise ValueError(f"ends at {self.end:%H:%M}, not after its start {self.start:%H:%M}")
        return self

    @property
    def start_minute(self) -> int:
        """Minutes after local midnight, 0-1439."""
        return self.start.hour * 60 + self.start.minute

    @property
    def end_minute(self) -> int:
        """Minutes after local midnight, 1-1440."""
        return self.end.hour * 60 + self.end.minute or 1440


class BusyInterval(Model):
    """An interval of the member's calendar that is taken: start inclusive, end exclusive, in UTC."""

    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a busy interval must end after it starts")
        return self


class Leave(Model):
    """Days away, in the member's own zone, both ends included."""

    start: date
    end: date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            raise ValueError("leave must not end before it starts")
        return self


class Capacities(Model):
    """How much a member takes on: guides wanted as a learner; learners taken (least, most) as a guide."""

    guides_wanted: int = Field(default=1, ge=0, le=5)
    learners: int = Field(default=1, ge=0, le=50)
    min_learners: int = Field(default=0, ge=0, le=50)
    pods: int = Field(default=1, ge=0, le=10)
    facilitations: int = Field(default=4, ge=0, le=100)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_learners > self.learners:
            raise ValueError(f"min_learners {self.min_learners} is above learners {self.learners}")
        return self


class Ledger(Model):
    """What a member did and bore in the cycles before: turns by role, and unsocial burden.

    `cycles`: so many cycles are in it. `back_from_leave`: they were away for most of the last one.
    """

    lead: int = Field(default=0, ge=0, le=100_000)
    co: int = Field(default=0, ge=0, le=100_000)
    shadow: int = Field(default=0, ge=0, le=100_000)
    burden: int = Field(default=0, ge=0, le=1_000_000)
    cycles: int = Field(default=0, ge=0, le=1000)
    back_from_leave: bool = False


class Member(Model):
    """A person of one organization. `seniority` is a step of 1 (first job) to 10 (executive).

    `waited_cycles` counts the cycles in a row that left this learner without a guide: their priority;
    `waited_pods` those that left them without a pod. `wishes` names problems and circles, best first.
    `preferences` and `avoids` name members; both are secret between organizations unless made visible.
    `visibility` overrides who outside the organization may read a field, by field name.
    """

    id: Identifier
    name: Name
    organization: Identifier
    email: Email | None = None
    unit: Identifier | None = None
    country: Country | None = None
    region: Annotated[Text, Field(max_length=20)] | None = None
    text_language: Language = "en"
    offers: tuple[Offer, ...] = ()
    seeks: tuple[Seek, ...] = ()
    goals: tuple[Name, ...] = ()
    languages: tuple[Language, ...] = ("en",)
    time_zone: TimeZone
    availability: tuple[WeeklySpan, ...] = ()
    busy: tuple[BusyInterval, ...] = ()
    leave: tuple[Leave, ...] = ()
    night_ok: bool = False
    caregiver: bool = False
    seniority: int = Field(default=5, ge=1, le=10)
    joined: date | None = None
    sessions_attended: int = Field(default=0, ge=0, le=1_000_000)
    roles: frozenset[Role] = frozenset()
    training: Training = Training.NONE
    ledger: Ledger = Ledger()
    capacities: Capacities = Capacities()
    hours_per_month: int = Field(default=8, ge=0, le=300)
    prefers: tuple[Identifier, ...] = ()
    avoids: tuple[Identifier, ...] = ()
    attributes: dict[Text, Text] = Field(default_factory=dict)
    visibility: dict[str, Visibility] = Field(default_factory=dict)
    status: Status = Status.ACTIVE
    waited_cycles: int = Field(default=0, ge=0, le=9)
    waited_pods: int = Field(default=0, ge=0, le=9)
    wishes: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _known_visibility(self) -> Self:
        unknown = sorted(name for name in self.visibility if name not in type(self).model_fields)
        if unknown:
            raise ValueError(f"visibility names fields that do not exist: {', '.join(unknown)}")
        return self

    @field_serializer("roles", when_used="json")
    def _in_order(self, roles: frozenset[Role]) -> list[Role]:
        return sorted(roles)

    def shows(self, field: str) -> bool:
        """Whether people of other organizations may read a field of this profile."""
        return self.visibility.get(field, Visibility.NETWORK) in (Visibility.NETWORK, Visibility.PARTNERS)

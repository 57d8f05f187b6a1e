"""Sessions: single meetings with a time, and the meetings for which no time was found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Set as AbstractSet
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from matcher.domain.base import ConferenceLink, Identifier, Instant, LocalTime, Model
from matcher.domain.family import Family
from matcher.domain.member import TimeZone
from matcher.domain.policy import Kind
from matcher.domain.rota_policy import RoleName
from matcher.domain.session_text import SessionText

DOMAIN = "peerloom"
"""The right side of a UID where an installation names no domain of its own."""


Key = tuple[str, ...]
"""What names a series within its family: learner and guide of a pair, else the id of a group."""


class State(StrEnum):
    """Whether a session takes place."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class SeriesKey(Model):
    """What meets again and again in a cycle: a pair, or a group such as a pod.

    `key` names it within its family: the ids of learner and guide of a pair, else the id of the group. Only
    pairs have a `kind`. Of the family "rota" are forums: other groups that a rota gives times to stay what
    they are.
    """

    network: Identifier
    program: Identifier
    cycle: Identifier
    family: Family = Family.PAIRS
    kind: Kind | None = None
    key: tuple[Identifier, ...] = Field(min_length=1, max_length=2)

    @model_validator(mode="after")
    def _of_its_family(self) -> Self:
        pair = self.family is Family.PAIRS
        if (self.kind is not None) is not pair or (len(self.key) == 2) is not pair:
            raise ValueError("a pair has a kind and two people as its key; a group has no kind and one id")
        return self


class SessionKey(SeriesKey):
    """What a session is, whatever its time, its people and its text: the `index`-th meeting of a series.

    For pairs `index` counts the cycle's session weeks from 0, for groups all weeks of the cycle; a week
    without a session keeps its number.
    """

    index: int = Field(ge=0, le=370)

    def make_uid(self, domain: str = DOMAIN) -> str:
        """The UID (RFC 5545, section 3.8.4.7): from the identity alone, so that later changes meet it."""
        what = self.kind or self.family
        identity = [self.network, self.program, self.cycle, what.value, *self.key, self.index]
        text = json.dumps(identity, ensure_ascii=False, separators=(",", ":"))
        return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}@{domain}"


class Session(SessionKey):
    """One meeting. Of a pair, the learner comes first among the `attendees`.

    `time_zone` is the zone it is stated in. For pairs that is the guide's, because a guide may hold several
    series, and series that are stable in one zone cannot run into each other when its clocks change.
    `sequence` counts the changes of time, place, people and state (RFC 5546, section 2.1.4); `changed_at` is
    the moment of the last change of any kind. `plan` names the plan that last changed it. `roles`: which of
    the attendees facilitate it, and as what; `guests`: those of them who are no members of the group. `left`:
    who was to attend and does not any more, and since when; for them it is cancelled. `text`: what title and
    description say, in parts; the two are its English words. `conference`: where it is held online.
    """

    uid: Annotated[str, StringConstraints(min_length=3, max_length=255, pattern=r"^[^\s@]+@[^\s@]+$")]
    plan: Identifier | None = None
    attendees: tuple[Identifier, ...] = Field(min_length=2)
    roles: dict[Identifier, RoleName] = Field(default_factory=dict)
    guests: tuple[Identifier, ...] = ()
    left: dict[Identifier, Instant] = Field(default_factory=dict)
    start: Instant
    end: Instant
    time_zone: TimeZone
    sequence: int = Field(default=0, ge=0)
    changed_at: Instant
    state: State = State.SCHEDULED
    title: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    description: str = ""
    text: SessionText | None = None
    conference: ConferenceLink | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a session must end after it starts")
        if self.end - self.start > timedelta(hours=24):
            raise ValueError("a session lasts 24 hours at most")
        if len(set(self.attendees)) != len(self.attendees):
            raise ValueError("nobody attends a session twice")
        if not {*self.roles, *self.guests} <= set(self.attendees):
            raise ValueError("who facilitates a session attends it")
        if not self.left.keys().isdisjoint(self.attendees):
            raise ValueError("who left a session does not attend it")
        return self

    @property
    def people(self) -> tuple[str, ...]:
        """Ids of all who know of it: the attendees, then those who left."""
        return *self.attendees, *self.left

    def as_seen_by(self, member: str) -> Self:
        """The session for one person: cancelled, from the moment they left, for one who did."""
        since = self.left.get(member)
        if since is None:
            return self
        return self.model_copy(update={"state": State.CANCELLED, "changed_at": since})

    def as_seen_by_any(self, people: AbstractSet[str]) -> Self:
        """The session for several people together: cancelled once the last of them left."""
        if self.state is State.CANCELLED or any(one in people for one in self.attendees):
            return self
        since = max((moment for one, moment in self.left.items() if one in people), default=self.changed_at)
        return self.model_copy(update={"state": State.CANCELLED, "changed_at": since})


class Obstacle(StrEnum):
    """Why a session, or a whole series, has no time."""

    NO_AVAILABILITY = "no_availability"
    OUTSIDE_CYCLE = "outside_cycle"
    NO_COMMON_TIME = "no_common_time"
    TOO_SHORT = "too_short"
    TAKEN = "taken"


class Unscheduled(SeriesKey):
    """A session without a time (`index`), or a series without any session (`index` None), and the reason.

    The numbers are minutes over the week, or over all session weeks of the cycle for a series: the free time
    of each attendee, in their order, and what they have in common. Both are empty where no time was looked
    for, because the plan itself found none.
    """

    attendees: tuple[Identifier, ...]
    index: int | None = Field(default=None, ge=0)
    reason: Obstacle
    free_minutes: tuple[int, ...] = ()
    common_minutes: int | None = Field(default=None, ge=0)
    sentence: str


class Schedule(Model):
    """The sessions of one plan over a cycle, cancelled ones included, and what found no time.

    Both are ordered by key and index. `instead`: of series that a rota gives times to, the sessions that they
    would have without it.
    """

    sessions: tuple[Session, ...] = ()
    unscheduled: tuple[Unscheduled, ...] = ()
    instead: tuple[Session, ...] = ()

    def with_others(self, others: Schedule) -> Schedule:
        """This one and that of another plan, in one order."""
        sessions = sorted(
            (*self.sessions, *others.sessions), key=lambda one: (one.family, one.key, one.index)
        )
        return Schedule(sessions=tuple(sessions), unscheduled=(*others.unscheduled, *self.unscheduled))


class WeeklySlot(Model):
    """A group's weekly time: ISO weekday (1 = Monday) and wall time in a zone, every so many weeks, within
    the first `weeks` of the cycle (None: all)."""

    weekday: int = Field(ge=1, le=7)
    start: LocalTime
    time_zone: TimeZone
    minutes: int = Field(ge=15, le=480)
    every_weeks: int = Field(default=1, ge=1, le=13)
    weeks: int | None = Field(default=None, ge=1, le=53)

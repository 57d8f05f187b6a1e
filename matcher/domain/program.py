"""Programs, their cycles, and what a coordinator fixed by hand."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Identifier, Instant, Model, Name, Text
from matcher.domain.member import TimeZone
from matcher.domain.policy import Kind
from matcher.domain.rota_policy import RoleName


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


class PinnedSeat(Model):
    """A seat in a pod that a coordinator forced or forbade. `pod`: a problem or circle.

    One of several circles of a kind is named by its number: "python/2" is the second circle of "python".
    """

    member: Identifier
    pod: Identifier
    must: Literal["seat", "no_seat"]
    note: Text = ""


class ProgramPods(Model):
    """Which pods and circles a program forms, and what was fixed by hand.

    `problems`, `circles`: ids of those that take part; all when absent. `must_run`: ids that have to run.
    `time_zone`: in which weekly meeting times are set; that of most members when absent.
    `together`: members who are in the same pods, always. `apart`: members of whom no two share a pod.
    """

    problems: tuple[Identifier, ...] | None = None
    circles: tuple[Identifier, ...] | None = None
    time_zone: TimeZone | None = None
    must_run: tuple[Identifier, ...] = ()
    pins: tuple[PinnedSeat, ...] = ()
    together: tuple[tuple[Identifier, ...], ...] = ()
    apart: tuple[tuple[Identifier, ...], ...] = ()


class PinnedTurn(Model):
    """A turn of a session that a coordinator gave to somebody, or keeps from them.

    `key`: the group, as in `SeriesKey`; `index`: the session's week of the cycle, None for all of the series.
    `role` None: any role.
    """

    member: Identifier
    key: tuple[Identifier, ...] = Field(min_length=1, max_length=2)
    index: int | None = Field(default=None, ge=0, le=370)
    role: RoleName | None = None
    must: Literal["take", "not_take"]
    note: Text = ""


class PinnedTime(Model):
    """When a session of a group has to begin, on a quarter of an hour; `key`, `index` as in `PinnedTurn`."""

    key: tuple[Identifier, ...] = Field(min_length=1, max_length=2)
    index: int = Field(ge=0, le=370)
    start: Instant
    note: Text = ""


class ProgramRota(Model):
    """Which groups a program gives times and facilitators, and what was fixed by hand.

    `forums`: ids of those that take part; all when absent. `pods`, `pairs`: whether running pods and circles,
    and running pairs, get their times from the rota.
    """

    forums: tuple[Identifier, ...] | None = None
    pods: bool = True
    pairs: bool = True
    pins: tuple[PinnedTurn, ...] = ()
    times: tuple[PinnedTime, ...] = ()


class RoundPin(Model):
    """What a coordinator fixed about rounds. `must`: "absent": the member has no group in `round`;
    "together": the two share a group of `round`; "apart": the two never share one."""

    member: Identifier
    other: Identifier | None = None
    round: int | None = Field(default=None, ge=1, le=200)
    must: Literal["absent", "together", "apart"]
    note: Text = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        two, one_round = self.must != "absent", self.must != "apart"
        if (self.other is not None) is not two:
            raise ValueError(f"{self.must} {'needs' if two else 'takes no'} other")
        if (self.round is not None) is not one_round:
            raise ValueError(f"{self.must} {'needs' if one_round else 'takes no'} round")
        if self.other == self.member:
            raise ValueError("other is the member too: name two")
        return self


class ProgramRounds(Model):
    """Which rounds a program forms in its cycle, and what was fixed by hand.

    `number` of rounds (None: as a run asks); `size`: people in a group, as wished; `most_of_one`: people of
    one organization in a group at most. `held`: so many first rounds took place and stay (None: those of
    which the week has begun when a run is asked for).
    """

    number: int | None = Field(default=None, ge=1, le=53)
    size: int = Field(default=4, ge=2, le=20)
    most_of_one: int | None = Field(default=None, ge=1, le=20)
    held: int | None = Field(default=None, ge=0, le=53)
    pins: tuple[RoundPin, ...] = ()


class Program(Model):
    """A matching program: the kinds of pairs it forms, its pods, its rota and rounds, its cycle and its
    policy."""

    id: Identifier
    name: Name
    kinds: tuple[Kind, ...] = (Kind.MENTORING,)
    cycle: Cycle
    policy: Identifier
    pins: tuple[PinnedPair, ...] = ()
    pods: ProgramPods = ProgramPods()
    rota: ProgramRota = ProgramRota()
    rounds: ProgramRounds = ProgramRounds()

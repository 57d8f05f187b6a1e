"""What groups form around: problem statements (pods) and skills (circles)."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Identifier, Model, Name, Text
from matcher.domain.language import Language
from matcher.domain.skill import Level


class Need(Model):
    """A skill that a problem needs: how many people, at which level or above, and how many at the least.

    People above `least` are wished for; without `least` of them the pod does not run.
    """

    skill: Identifier
    level: Level = 3
    people: int = Field(default=1, ge=1, le=20)
    least: int = Field(default=0, ge=0, le=20)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least > self.people:
            raise ValueError(f"least {self.least} is above people {self.people}")
        return self


class _Group(Model):
    """What problems and circles have in common: who may be in the group, and how it meets.

    `most_share`: percent of the group from one organization at most; the policy's when absent.
    `priority`: weight of running, 0-1000. `session_minutes`, `weeks_between_sessions`: the cycle's when
    absent. `goals`: what people practise in it.
    """

    least_organizations: int = Field(default=2, ge=1, le=50)
    most_share: int | None = Field(default=None, ge=1, le=100)
    languages: tuple[Language, ...] = ("en",)
    priority: int = Field(default=0, ge=0, le=1000)
    must_run: bool = False
    session_minutes: int | None = Field(default=None, ge=15, le=480)
    weeks_between_sessions: int | None = Field(default=None, ge=1, le=13)
    goals: tuple[Name, ...] = ()


class Problem(_Group):
    """A problem with its sponsor, how success is told, and the bounds on the pod that takes it.

    `sponsor` is an organization, or a member who speaks for theirs; `sponsor_presence` says whether its
    people must or must not be in the pod.
    """

    id: Identifier
    title: Name
    statement: Text = ""
    sponsor: Identifier
    success_metric: Text = ""
    horizon_weeks: int = Field(default=12, ge=1, le=53)
    needs: tuple[Need, ...] = ()
    least_people: int = Field(default=4, ge=2, le=50)
    most_people: int = Field(default=7, ge=2, le=50)
    sponsor_presence: Literal["any", "present", "absent"] = "any"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_sizes(self.least_people, self.most_people)
        return self


class Circle(_Group):
    """A peer group around a skill, of people who offer it and people who seek it.

    `offering`, `seeking`: how many of each there must be. `level`: from which level an offer counts.
    `groups`: how many such circles may run; by demand when absent.
    """

    id: Identifier
    title: Name
    statement: Text = ""
    skill: Identifier
    level: Level = 3
    offering: int = Field(default=1, ge=0, le=20)
    seeking: int = Field(default=2, ge=0, le=20)
    least_people: int = Field(default=4, ge=2, le=50)
    most_people: int = Field(default=8, ge=2, le=50)
    groups: int | None = Field(default=None, ge=1, le=100)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_sizes(self.least_people, self.most_people)
        if self.offering > self.most_people or self.seeking > self.most_people:
            raise ValueError(f"offering and seeking must not be above most_people {self.most_people}")
        return self


def _check_sizes(least: int, most: int) -> None:
    if most < least:
        raise ValueError(f"most_people {most} is below least_people {least}")

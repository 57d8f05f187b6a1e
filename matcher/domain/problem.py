"""Problem statements that pods form around."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from matcher.domain.base import Identifier, Model, Name, Text
from matcher.domain.language import Language
from matcher.domain.skill import Level


class Need(Model):
    """A skill that a problem needs: how many people, at which level or above."""

    skill: Identifier
    level: Level = 3
    people: int = Field(default=1, ge=1, le=20)


class Problem(Model):
    """A problem with its sponsor, how success is told, and the bounds on the pod that takes it."""

    id: Identifier
    title: Name
    statement: Text = ""
    sponsor: Identifier
    success_metric: Text = ""
    horizon_weeks: int = Field(default=12, ge=1, le=53)
    needs: tuple[Need, ...] = ()
    least_people: int = Field(default=4, ge=2, le=50)
    most_people: int = Field(default=7, ge=2, le=50)
    least_organizations: int = Field(default=2, ge=1, le=50)
    languages: tuple[Language, ...] = ("en",)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.most_people < self.least_people:
            raise ValueError(f"most_people {self.most_people} is below least_people {self.least_people}")
        return self

"""What a feed is about: one member's sessions, or those of a group, an organization or a program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from matcher.domain.base import Identifier, Model
from matcher.domain.family import Family
from matcher.domain.policy import Kind
from matcher.domain.session import SeriesKey


class FeedScope(StrEnum):
    """Whose sessions a feed holds."""

    MEMBER = "member"
    GROUP = "group"
    ORGANIZATION = "organization"
    PROGRAM = "program"


class FeedGroup(Model):
    """What meets in a program, whatever the cycle; `family`, `kind` and `key` as in `SeriesKey`."""

    program: Identifier
    family: Family = Family.PAIRS
    kind: Kind | None = None
    key: tuple[Identifier, ...] = Field(min_length=1, max_length=2)

    @model_validator(mode="after")
    def _of_its_family(self) -> Self:
        SeriesKey(network="n", cycle="c", **dict(self))
        return self


@dataclass(frozen=True)
class Subject:
    """What one feed is about. `name` is the id of a member, an organization or a program; of a group, a text
    that holds all of `FeedGroup`."""

    scope: FeedScope
    name: str

    @classmethod
    def of_group(cls, group: FeedGroup) -> Subject:
        """That of a group's feeds."""
        parts = [group.program, group.family.value, group.kind.value if group.kind else "", *group.key]
        return cls(FeedScope.GROUP, json.dumps(parts, ensure_ascii=False, separators=(",", ":")))

    @property
    def group(self) -> FeedGroup | None:
        """The group that it names, if it does."""
        if self.scope is not FeedScope.GROUP:
            return None
        program, family, kind, *key = json.loads(self.name)
        return FeedGroup(program=program, family=family, kind=kind or None, key=key)

"""The network's list of skills."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from matcher.domain.base import Identifier, Model, Name

Level = Annotated[int, Field(ge=1, le=5)]
Percent = Annotated[int, Field(ge=1, le=99)]


class RelatedSkill(Model):
    """Another skill that helps with this one; its offers count at `strength_percent` (1-99)."""

    skill: Identifier
    strength_percent: Percent = 50


class Skill(Model):
    """One skill. Synonyms and the name meet it too, whatever their case and spacing."""

    id: Identifier
    name: Name
    synonyms: tuple[Name, ...] = ()
    related: tuple[RelatedSkill, ...] = ()


class Offer(Model):
    """A skill that a member can pass on, at a level of 1 (has begun) to 5 (teaches others)."""

    skill: Identifier
    level: Level = 3


class Seek(Model):
    """A skill that a member wants: priority 1 (nice) to 5 (urgent), and the level of guide wished for."""

    skill: Identifier
    priority: Annotated[int, Field(ge=1, le=5)] = 3
    level: Level = 3


def skill_key(text: str) -> str:
    """The form under which names and synonyms are compared: case and runs of white space ignored."""
    return " ".join(text.casefold().split())

"""Forums: open sessions that an expert leads."""

from __future__ import annotations

from pydantic import Field

from matcher.domain.base import Identifier, Model, Name, Text
from matcher.domain.language import Language


class Forum(Model):
    """A series of open sessions around one expert, who has to be there each time.

    `members`: who is invited; when absent, everybody who seeks `skill` (all active members without one) and
    speaks one of `languages`, up to `most_people`, those of higher priority first.
    `session_minutes`, `weeks_between_sessions`: the cycle's when absent.
    """

    id: Identifier
    title: Name
    statement: Text = ""
    expert: Identifier
    skill: Identifier | None = None
    members: tuple[Identifier, ...] | None = None
    languages: tuple[Language, ...] = ("en",)
    most_people: int = Field(default=30, ge=2, le=500)
    session_minutes: int | None = Field(default=None, ge=15, le=480)
    weeks_between_sessions: int | None = Field(default=None, ge=1, le=13)

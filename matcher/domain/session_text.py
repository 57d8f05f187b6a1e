"""What the text of a session says, apart from any language and any reader.

A session is told to people of several languages, and to organizations that may read some of the names only:
so what it says is kept in parts, and put into words for each reader (`matcher.texts.sessions`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from matcher.domain.base import Identifier, Model, Text
from matcher.domain.rota_policy import RoleName

Label = Literal["mentoring", "reverse", "shadowing", "pod", "circle", "forum", "round"]
"""What meets: the first word of a title."""


class Named(Model):
    """A person in a text. `name` None: their profile hides it from other organizations."""

    member: Identifier
    name: Text | None = None
    organization: Identifier


class TimeBox(Model):
    """A part of the agenda: its minutes, and what it is for."""

    minutes: int = Field(ge=0)
    text: Text


class SkillMet(Model):
    """A skill that the guide offers at a level of 1 to 5, and the sought one where that is another."""

    skill: Text
    level: int = Field(ge=1, le=5)
    helps_with: Text | None = None


class SeatReason(Model):
    """One reason why somebody is in a group: `place` of it among their wishes, from 1; what they bring, want
    to learn, or share as a goal (`names`); to how many of its sessions they can come."""

    code: Literal["wish", "brings", "learns", "goal", "always", "half"]
    names: tuple[Text, ...] = ()
    place: int | None = Field(default=None, ge=1)


class SeatReasons(Model):
    """Why one member of a group is in it."""

    who: Named
    reasons: tuple[SeatReason, ...]


class Why(Model):
    """Why these people meet, as all of them may read it: skills that the guide offers and the learner seeks,
    goals in common; a group's members one by one; of a round, how many of its pairs have not met before.
    `text`: what somebody wrote."""

    skills: tuple[SkillMet, ...] = ()
    goals: tuple[Text, ...] = ()
    seats: tuple[SeatReasons, ...] = ()
    fresh_pairs: int | None = Field(default=None, ge=0)
    all_pairs: int | None = Field(default=None, ge=0)
    text: Text = ""


class SessionText(Model):
    """The parts of a session's title and description.

    `label` None: `title` is the whole title; else `title` is what the group is called, and of a round its
    program's name. A pair's `people` are learner and guide. Of a round `number` and `count` are those of the
    round; else the session's number in its series, from 1. `pair_roles`: the text says who learns and who
    guides. `success`: a problem's measure of success.
    """

    label: Label | None = None
    title: Text = ""
    number: int = Field(default=1, ge=1)
    count: int = Field(default=1, ge=1)
    people: tuple[Named, ...] = ()
    pair_roles: bool = False
    expert: Named | None = None
    facilitators: dict[RoleName, tuple[Named, ...]] = Field(default_factory=dict)
    about: Text = ""
    success: Text = ""
    agenda: tuple[TimeBox, ...] = ()
    why: Why = Why()

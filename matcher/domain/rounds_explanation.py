"""Answers about somebody's rounds as documents: with whom, whom anew, why, and what is left; in words too."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from matcher.domain.base import Model
from matcher.domain.explanation import RuleAgainst


class RoundStanding(Model):
    """How one member stands in one round. `group`: its key, None without one. `first`: those of it whom the
    member meets for the first time, `again`: whom they met before. `hidden` counts people of the group whom
    the reader may not see. `strangers`: how many others come, whom they had not met and could meet."""

    round: int = Field(ge=1)
    week_of: date | None = None
    state: Literal["held", "planned", "absent", "without_group"]
    group: str | None = None
    first: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    hidden: int = Field(default=0, ge=0)
    strangers: int = Field(default=0, ge=0)
    pinned: bool = False
    sentences: tuple[str, ...] = ()


class RoundsExplanation(Model):
    """How one member stands in the rounds. `met`: everybody they share a group with in one of them.

    `fresh_rounds_left`: how many further rounds without a repeat there can be at most. `left_out`: the rule
    about themselves that keeps them out of all rounds.
    """

    member: str
    rounds: tuple[RoundStanding, ...] = ()
    met: tuple[str, ...] = ()
    fresh_rounds_left: int | None = Field(default=None, ge=0)
    left_out: tuple[RuleAgainst, ...] = ()
    sentences: tuple[str, ...] = ()

"""Answers to why, why not and what would help, as documents; everything in words and in numbers.

What a reader may not see is left out, and said to be: see `matcher.planning.audience`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from matcher.domain.base import Model
from matcher.domain.plan import Cut, Repair
from matcher.domain.rota_policy import RoleName


class RuleAgainst(Model):
    """One rule that stands against a pair. `code` is "private" where the rule is not the reader's to know."""

    code: str
    sentence: str
    overridable: bool = False


class TierEffect(Model):
    """One tier of the plan before and after a change; `gain` is negative for a loss."""

    tier: str
    words: str
    sense: Literal["max", "min"]
    before: int | None
    after: int | None
    gain: int | None


class Move(Model):
    """One pair that would start or end."""

    learner: str
    guide: str
    change: Literal["starts", "ends"]

    @property
    def place(self) -> tuple[str, str]:
        """Learner and guide."""
        return self.learner, self.guide


class SeatMove(Model):
    """One seat in a pod that would start or end."""

    member: str
    pod: str
    change: Literal["starts", "ends"]

    @property
    def place(self) -> tuple[str, str]:
        """Member and pod."""
        return self.member, self.pod


class TurnMove(Model):
    """One turn that would start or end: group, session and role."""

    member: str
    key: tuple[str, ...]
    index: int
    role: RoleName
    change: Literal["starts", "ends"]

    @property
    def place(self) -> tuple[str, str]:
        """Member and turn."""
        return self.member, f"{' + '.join(self.key)} {self.index} {self.role}"


class Effect(Model):
    """What a change would do to the whole plan.

    `exact`: both plans are proven; otherwise the loss is at least the one told, or, where `local`, at most
    that: everything beside the moves stays as it is, and solving around the change may lose less.
    `hidden_moves` counts those that the reader may not see. `tiers` is empty for readers who see no numbers
    of others.
    """

    possible: bool
    exact: bool
    local: bool = False
    tiers: tuple[TierEffect, ...] = ()
    moves: tuple[Move | SeatMove | TurnMove, ...] = ()
    hidden_moves: int = Field(default=0, ge=0)
    sentence: str


class PairExplanation(Model):
    """Why two people are a pair, or why not.

    `effect`: of doing without the pair if they are one, else of forcing it. `points` and `parts` as the
    reader may see them (parts that rest on secrets, and so the sum, are for coordinators).
    """

    learner: str
    guide: str
    together: bool
    eligible: bool
    pinned: bool = False
    points: int | None = None
    parts: dict[str, int] = Field(default_factory=dict)
    rules: tuple[RuleAgainst, ...] = ()
    effect: Effect | None = None
    sentences: tuple[str, ...] = ()


class RoleExplanation(Model):
    """How somebody stands in one role: places, partners, what blocks, and what would help."""

    role: Literal["learner", "guide"]
    places: int = Field(ge=0)
    partners: tuple[PairExplanation, ...] = ()
    reason: str | None = None
    cut: Cut | None = None
    repairs: tuple[Repair, ...] = ()
    nearest: tuple[PairExplanation, ...] = ()
    place_gain: Effect | None = None
    sentences: tuple[str, ...] = ()


class MemberExplanation(Model):
    """How one member stands in both roles; `left_out` are rules about themselves, by role."""

    member: str
    roles: tuple[RoleExplanation, ...] = ()
    left_out: tuple[RuleAgainst, ...] = ()
    sentences: tuple[str, ...] = ()

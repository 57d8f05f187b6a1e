"""Answers to why, why not and what else about seats in pods, as documents; in words and in numbers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from matcher.domain.base import Model
from matcher.domain.explanation import Effect, RuleAgainst, TierEffect


class SeatOption(Model):
    """One thing that a member could do instead, all other seats of the plan as they are.

    join: one pod more. move: from `source` to `target`. swap: those with the member `other`. replace: take
    the seat of `other`, who then has it no more. leave: give up `source`. `tiers` are exact for that; solving
    the whole around it may lose less. `new_time`: pods that would meet at another time.
    """

    kind: Literal["join", "move", "swap", "replace", "leave"]
    source: str | None = None
    target: str | None = None
    other: str | None = None
    tiers: tuple[TierEffect, ...]
    new_time: tuple[str, ...] = ()
    sentence: str


class BarredPod(Model):
    """A pod that the member cannot get into by any option, and the rule in the way."""

    pod: str
    title: str
    code: str
    sentence: str


class PersonMoves(Model):
    """Everything that one member could do instead of their seats, the best first."""

    member: str
    pods: tuple[str, ...]
    options: tuple[SeatOption, ...]
    barred: tuple[BarredPod, ...]


class SeatExplanation(Model):
    """Why a member is in a pod, or why not. `effect`: of doing without the seat if they are in it, else of
    getting it, by the best option. `points` and `parts` are for those who may see them."""

    member: str
    pod: str
    title: str
    together: bool
    eligible: bool
    pinned: bool = False
    points: int | None = None
    parts: dict[str, int] = Field(default_factory=dict)
    rules: tuple[RuleAgainst, ...] = ()
    effect: Effect | None = None
    sentences: tuple[str, ...] = ()


class PodExplanation(Model):
    """Why a problem or circle has a pod in the plan, or why not. `effect`: of doing without the pod if it
    runs, else of running it; None where nobody solved around it. `eligible` members may be in it by every
    rule on single seats; `rules`: by code, how many each takes away."""

    pod: str
    title: str
    runs: bool
    reason: str | None = None
    eligible: int
    rules: dict[str, int] = Field(default_factory=dict)
    effect: Effect | None = None
    sentences: tuple[str, ...] = ()


class SeatsExplanation(Model):
    """How one member stands: their seats, the nearest other ones, and rules about themselves."""

    member: str
    seats: tuple[SeatExplanation, ...] = ()
    nearest: tuple[SeatOption, ...] = ()
    left_out: tuple[RuleAgainst, ...] = ()
    sentences: tuple[str, ...] = ()

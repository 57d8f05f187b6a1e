"""What plans of each family count, and how their changes are shown."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from matcher.domain.plan import PairChange
from matcher.domain.pods_plan import SeatChange
from matcher.domain.rota_plan import RotaChange
from matcher.domain.rounds_plan import GroupChange


class PairCounts(BaseModel):
    """How many of what in a plan of pairs."""

    learners: int
    guides: int
    eligible_pairs: int | None
    pairs: int
    unmatched: int
    idle: int
    left_out: int
    kept: int
    added: int
    dropped: int
    ended: int


class PodCounts(BaseModel):
    """How many of what in a plan of pods."""

    members: int
    eligible_seats: int | None
    pods: int
    seats: int
    not_run: int
    unplaced: int
    left_out: int
    kept: int
    added: int
    moved: int
    dropped: int
    ended: int


class RoundCounts(BaseModel):
    """How many of what in a plan of rounds; `repeats`: meetings of two who had met before."""

    members: int
    rounds: int
    held: int
    groups: int
    repeats: int
    unplaced: int
    left_out: int
    kept: int
    changed: int
    added: int
    dropped: int
    ended: int


class RotaCounts(BaseModel):
    """How many of what in a rota."""

    series: int
    sessions: int
    turns: int
    people: int
    no_time: int
    open_turns: int
    kept_sessions: int
    kept_turns: int
    moved: int
    taken_over: int
    added: int
    ended: int


class ChangeView(PairChange):
    """One pair against the plan or the pairs before."""

    change: Literal["kept", "added", "dropped", "ended"]


class SeatChangeView(SeatChange):
    """One seat against the plan or the pods before."""

    change: Literal["kept", "added", "moved", "dropped", "ended"]


class GroupChangeView(GroupChange):
    """One group of a round against the plan before."""

    change: Literal["kept", "changed", "added", "dropped", "ended"]


class RotaChangeView(RotaChange):
    """One session or turn against the rota before. `people`: whom it concerns."""

    change: Literal["moved", "taken_over", "added", "ended"]
    people: list[str]

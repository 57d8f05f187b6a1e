"""How rotas are shown where plans of all families are: their counts and changes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from matcher.domain.rota_plan import RotaChange


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


class RotaChangeView(RotaChange):
    """One session or turn against the rota before. `people`: whom it concerns."""

    change: Literal["moved", "taken_over", "added", "ended"]
    people: list[str]

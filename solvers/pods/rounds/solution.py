"""The answer to a rounds instance: groups round by round, tiers with bounds."""

from __future__ import annotations

from dataclasses import dataclass

from solvers.pods.rounds.instance import Round
from solvers.result import Effort, Status, Tier


@dataclass(frozen=True)
class RoundsAnswer:
    """An audited answer. `rounds`: groups of person numbers, the held rounds first; `left_out`: (round,
    person) of everybody who comes and has no group. `method` names what found it."""

    status: Status
    tiers: tuple[Tier, ...]
    rounds: tuple[Round, ...]
    left_out: tuple[tuple[int, int], ...]
    method: str
    effort: Effort

    @property
    def value(self) -> int | None:
        """The value of the last tier."""
        return self.tiers[-1].value

    @property
    def bound(self) -> int | None:
        """The bound of the last tier, given what the earlier ones reached."""
        return self.tiers[-1].bound

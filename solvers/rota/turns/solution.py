"""The answer to a turns instance: who takes which turn, tiers with bounds."""

from __future__ import annotations

from dataclasses import dataclass

from solvers.result import Effort, Status, Tier
from solvers.rota.turns.instance import Index


@dataclass(frozen=True)
class TurnsAnswer:
    """An audited answer. `person` (T,): who takes each turn, -1 where it is open.

    `conflict` names rules and pins that contradict each other, when the status is infeasible.
    """

    status: Status
    tiers: tuple[Tier, ...]
    person: Index
    effort: Effort
    conflict: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> int | None:
        """The value of the last tier."""
        return self.tiers[-1].value if self.tiers else None

    @property
    def bound(self) -> int | None:
        """The bound of the last tier, given what the earlier ones reached."""
        return self.tiers[-1].bound if self.tiers else None

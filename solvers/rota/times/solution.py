"""The answer to a times instance: when each session begins, tiers with bounds."""

from __future__ import annotations

from dataclasses import dataclass

from solvers.result import Effort, Status, Tier

Times = tuple[tuple[int, ...], ...]
"""Per group and session: the step at which it begins, -1 where it does not take place."""


@dataclass(frozen=True)
class TimesAnswer:
    """An audited answer. `slots`: per group and session the slot it is held in; -1 for none, and for fixed
    sessions that are in no slot. `times`: see `Times`."""

    status: Status
    tiers: tuple[Tier, ...]
    slots: Times
    times: Times
    effort: Effort
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> int | None:
        """The value of the last tier."""
        return self.tiers[-1].value if self.tiers else None

    @property
    def bound(self) -> int | None:
        """The bound of the last tier, given what the earlier ones reached."""
        return self.tiers[-1].bound if self.tiers else None

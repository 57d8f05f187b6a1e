"""The answer to a pods instance: seats, slots, tiers with bounds, and the prices that the bounds rest on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from solvers.pods.instance import Flags, Index, Seats
from solvers.result import Effort, Status, Tier


@dataclass(frozen=True)
class Assignment:
    """Who sits where, and when each pod meets: `slot` (P,) numbers in the pod's rhythm, -1 for none."""

    seats: Seats
    slot: Index


@dataclass(frozen=True)
class PodPrices:
    """What bounds one tier (Dantzig-Wolfe; see `docs/models.md`): whole numbers in units of 1 / scale.

    tier: its name. member (n,): price of a place of each member; hours (n,): of an hour; both >= 0.
    credit (n,): for members with room for several pods, what being placed is credited to each of their seats,
    >= 0 (the first one alone counts; with room for one, each seat has it all).
    held: per earlier tier (name, price >= 0 of a unit, value it was held at). broken: price of one broken
    seat under the cap, >= 0. pod (P,): what no allowed group of that pod is worth more than, at these
    prices. least_satisfaction, least_points: the bound speaks of seats and pods that reach these.
    """

    tier: str
    scale: int
    member: NDArray[np.int64]
    hours: NDArray[np.int64]
    credit: NDArray[np.int64]
    held: tuple[tuple[str, int, int], ...]
    broken: int
    pod: NDArray[np.int64]
    least_satisfaction: int = 0
    least_points: int | None = None


@dataclass(frozen=True)
class PodsAnswer:
    """An audited answer. `slot` (P,): when each pod meets (number in its rhythm), -1 for none.

    `kept` and `pinned` flag the seats. `conflict` names rules and pins that contradict each other, when the
    status is infeasible. `prices`: at most one entry per tier that prices have bounded. `floor_prices`: what
    the bounds of floors rest on, at most one entry each (`check.floors`).
    """

    status: Status
    tiers: tuple[Tier, ...]
    seats: Seats
    slot: Index
    kept: Flags
    pinned: Flags
    effort: Effort
    conflict: tuple[str, ...] = ()
    prices: tuple[PodPrices, ...] = ()
    floor_prices: tuple[PodPrices, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def value(self) -> int | None:
        """The value of the last tier."""
        return self.tiers[-1].value if self.tiers else None

    @property
    def bound(self) -> int | None:
        """The bound of the last tier, given what the earlier ones reached."""
        return self.tiers[-1].bound if self.tiers else None


def no_slots(count: int) -> Index:
    """No pod meets."""
    return np.full(count, -1, np.int32)

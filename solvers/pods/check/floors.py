"""What prices prove of a floor, without the solver.

Prices under a floor speak of groups that reach it alone. Where they bound an earlier tier below the value it
has, no answer that keeps the tiers before reaches the floor's level, nor any above it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from solvers.faults import InstanceError
from solvers.pods.check.bound import PodPricing, bound_from_prices
from solvers.pods.check.score import pod_parts
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import PodPrices

FLOORS = ("lowest", "weakest")
"""Tiers that are floors: of the satisfaction of new seats, and of the points of pods."""

MOST_SATISFIED, MOST_POINTS = 1000, 2**40
"""No seat and no pod reaches more."""


def floor_of(prices: PodPrices) -> str:
    """Name of the floor that the prices of a proof speak of."""
    return "lowest" if prices.least_points is None else "weakest"


def levels_of(instance: PodsInstance, name: str, value: int) -> Sequence[int]:
    """Levels above a value that a floor could have, rising; the last is beyond all of them, so that only
    answers with nobody to count reach it."""
    if name == "weakest":
        return range(value + 1, MOST_POINTS + 1)
    assert instance.satisfaction is not None
    found: list[int] = np.unique(instance.satisfaction[instance.eligible]).tolist()
    return [*(level for level in found if level > value), MOST_SATISFIED + 1]


def reaches(instance: PodsInstance, prices: PodPrices, p: int, members: Sequence[int], slot: int) -> bool:
    """Whether a group of pod p reaches the floors that prices speak of."""
    if instance.satisfaction is not None:
        seats = (*instance.previous.rows(), *instance.pinned.rows())
        old = {i for i, q in seats if q == p}
        if any(instance.satisfaction[i, p] < prices.least_satisfaction for i in members if i not in old):
            return False
    floor = prices.least_points
    return floor is None or pod_parts(instance, p, members, slot).total >= floor


def require_reached(prices: PodPrices, values: Mapping[str, int | None], floor: str | None = None) -> None:
    """Raises InstanceError where prices speak of answers whose earlier tiers reach more than `values`:
    tiers that they hold, and floors but for the one they prove, `floor`."""
    for held, price, value in prices.held:
        has = values.get(held)
        if price and (has is None or has < value):
            raise InstanceError("prices.held", f"{held} is held at {value}, which the answer does not reach")
    for name, level in (("lowest", prices.least_satisfaction), ("weakest", prices.least_points)):
        has = values.get(name, 0)  # None where nobody counts towards it: every level is reached
        if name != floor and level and has is not None and level > has:
            raise InstanceError("prices", f"speak of answers that reach {level} in {name}, not {has}")


def floor_from_prices(
    instance: PodsInstance,
    prices: PodPrices,
    values: Mapping[str, int | None],
    pricing: PodPricing | None = None,
) -> tuple[str, int | None]:
    """Name and bound of the floor that prices speak of, for answers whose earlier tiers reach `values`.

    The bound is None where no seat reaches anything below the level. `pricing`: as in `bound_from_prices`.
    Raises InstanceError where the prices prove nothing about such answers.
    """
    name = floor_of(prices)
    reached = values.get(prices.tier)
    if reached is None or prices.tier in FLOORS:
        raise InstanceError("prices.tier", f"{prices.tier} is no sum that {name} comes after")
    require_reached(prices, values, name)
    found = bound_from_prices(instance, prices, pricing)
    if found >= reached:
        raise InstanceError("prices", f"let {prices.tier} reach {found}, which is no less than {reached}")
    if prices.least_points is not None:
        return name, prices.least_points - 1
    assert instance.satisfaction is not None
    below = np.unique(instance.satisfaction[instance.eligible])
    below = below[below < prices.least_satisfaction]
    return name, int(below[-1]) if len(below) else None

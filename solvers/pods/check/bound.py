"""The bound of a tier from its prices alone, without the solver: what makes "optimal" checkable.

Every answer is a choice of groups, one at most for each pod. Rules that tie pods together (places and hours
of a member, earlier tiers held at their values, the cap on broken seats) have a price, so that no answer that
keeps them loses by paying it:

    bound = sum of member prices x room + hour prices x hours left - held prices x held values + sum of pods,

where a pod's number is what no allowed group of it is worth more than once its members have paid
(Dantzig-Wolfe decomposition; the bound is Lagrange's). The first seat of a member alone counts as being
placed: z <= seats, z <= 1 for members with room for several, with a credit per seat as the price. Rules on
two meetings at one time are left out, which can only raise the bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.faults import InstanceError
from solvers.pods.check.score import pod_parts
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import PodPrices

IntArray = NDArray[np.int64]

PRICED = ("placed", "priority", "problems", "kept", "points")
"""Tiers that are sums over groups, so that they can be bounded and held by prices."""

PodPricing = Callable[[PodPrices, int], int]
"""Prices and a pod to what no allowed group of the pod is worth more than."""


@dataclass(frozen=True)
class Worths:
    """What a group is worth once it has paid, in units of 1 / scale: its points times `points`, and for each
    member `seat` less `hours` x the pod's, `previous` for a previous seat, `problem` x the pod's priority.

    placing (n,): what being placed is worth.
    """

    points: int
    seat: IntArray
    hours: IntArray
    previous: int
    problem: int
    placing: IntArray


def worths_of(instance: PodsInstance, prices: PodPrices) -> Worths:
    """What prices make of groups."""
    of = {name: price for name, price, _ in prices.held}
    of[prices.tier] = of.get(prices.tier, 0) + prices.scale
    placing = of.get("placed", 0) + of.get("priority", 0) * instance.priority.astype(np.int64)
    points = of.get("points", 0)
    bonus = instance.bonus if instance.changes == "bonus" else 0
    return Worths(
        points=points,
        seat=np.where(instance.room == 1, placing, prices.credit) - prices.member,
        hours=prices.hours,
        previous=of.get("kept", 0) + prices.broken + points * bonus,
        problem=of.get("problems", 0),
        placing=placing,
    )


def group_worth(instance: PodsInstance, prices: PodPrices, p: int, members: Sequence[int], slot: int) -> int:
    """What one group of pod p that meets in `slot` is worth once it has paid, in units of 1 / scale."""
    worths, pod = worths_of(instance, prices), instance.pods[p]
    previous = {i for i, q in instance.previous.rows() if q == p}
    total = worths.points * pod_parts(instance, p, members, slot).total + worths.problem * pod.priority
    total += sum(int(worths.seat[i]) - int(worths.hours[i]) * pod.hours for i in members)
    return total + worths.previous * sum(i in previous for i in members)


def granted(instance: PodsInstance, prices: PodPrices) -> int:
    """What the prices grant an answer before any group, in units of 1 / scale."""
    worths, room = worths_of(instance, prices), instance.room.astype(np.int64)
    total: int = sum(a * b for a, b in zip(prices.member.tolist(), room.tolist(), strict=True))
    total += sum(a * b for a, b in zip(prices.hours.tolist(), instance.hours_left.tolist(), strict=True))
    several = room > 1
    total += int(np.maximum(0, worths.placing - prices.credit)[several].sum())
    total -= sum(price * value for _, price, value in prices.held)
    if instance.most_broken is not None:
        total += prices.broken * (instance.most_broken - len(instance.previous))
    return total


def bound_from_prices(instance: PodsInstance, prices: PodPrices, pricing: PodPricing | None = None) -> int:
    """What no answer that keeps the held tiers can pass in the tier of these prices: a whole number.

    pricing: bounds a pod's groups anew; without one the pods' own numbers are taken as they stand. Raises
    InstanceError when the prices are of another instance, below zero, or a pod's number is below what
    `pricing` finds.
    """
    _check_prices(instance, prices)
    total = granted(instance, prices)
    for p, (pod, number) in enumerate(zip(instance.pods, prices.pod.tolist(), strict=True)):
        if number < 0 and not pod.must_run and p not in instance.pinned.pod:
            raise InstanceError(f"prices.pod[{p}]", "is below 0, but the pod need not run")
        if pricing is not None and pricing(prices, p) > number:
            raise InstanceError(f"prices.pod[{p}]", "is below what one of its groups is worth")
        total += number
    return total // prices.scale


def _check_prices(instance: PodsInstance, prices: PodPrices) -> None:
    n = instance.n_members
    if prices.tier not in PRICED or any(name not in PRICED for name, _, _ in prices.held):
        raise InstanceError("prices.tier", f"is none of {', '.join(PRICED)}")
    if prices.scale < 1:
        raise InstanceError("prices.scale", "must be at least 1")
    for field, array, size in (
        ("member", prices.member, n),
        ("hours", prices.hours, n),
        ("credit", prices.credit, n),
        ("pod", prices.pod, instance.n_pods),
    ):
        if array.shape != (size,):
            raise InstanceError(f"prices.{field}", f"has shape {array.shape}; it needs {(size,)}")
        if field != "pod" and array.size and int(array.min()) < 0:
            raise InstanceError(f"prices.{field}", "must not be negative")
    if prices.broken < 0 or any(price < 0 for _, price, _ in prices.held):
        raise InstanceError("prices.held", "must not be negative")
    if prices.broken and instance.most_broken is None:
        raise InstanceError("prices.broken", "prices a cap that the instance does not have")

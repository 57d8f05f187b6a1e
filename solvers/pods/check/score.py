"""What a set of seats is worth, tier by tier, in plain Python: the definition that every answer is held to.

Tiers in order, each left out where it cannot vary:
    placed    max  members with a seat
    priority  max  sum of the priorities of members with a seat; where some is > 0
    problems  max  sum of the priorities of pods that run; where some is > 0
    kept      max  previous seats in the answer; where changes is "tier" and there are any
    lowest    max  order floor: lowest satisfaction of a new seat (neither pinned nor previous); None without
    weakest   max  order floor: points of the weakest pod that runs; None when none does
    points    max  sum of the points of pods that run, and the bonus per previous seat kept

Points of a pod: its members' points of a seat; for each need the worth of as many members as have the
ability; the worth of its organizations; the pair terms of its members; and their ease at its slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solvers.pods.instance import Index, Order, PodsInstance, Seats
from solvers.result import TierValue


@dataclass(frozen=True)
class PodParts:
    """The points of one pod by part; `total` is their sum."""

    seats: int
    needs: int
    organizations: int
    pairs: int
    ease: int

    @property
    def total(self) -> int:
        """Points of the pod."""
        return self.seats + self.needs + self.organizations + self.pairs + self.ease


def groups(instance: PodsInstance, seats: Seats) -> list[list[int]]:
    """Members of each pod, in rising order."""
    out: list[list[int]] = [[] for _ in range(instance.n_pods)]
    for i, p in sorted(seats.rows()):
        out[p].append(i)
    return out


def pod_parts(instance: PodsInstance, p: int, members: Sequence[int], slot: int) -> PodParts:
    """What pod p is worth with these members, meeting in this slot (-1: in none)."""
    pod, terms = instance.pods[p], instance.pair_terms
    needs = 0
    for need in pod.needs:
        able = sum(bool(instance.able[i, need.ability]) for i in members)
        needs += sum(need.worth[:able])
    present = {int(instance.organization[i]) for i in members}
    pairs = 0
    inside = set(members)
    for i in members:
        for k in range(int(terms.start[i]), int(terms.start[i + 1])):
            if terms.other[k] > i and int(terms.other[k]) in inside:
                pairs += int(terms.value[k])
    ease = sum(int(instance.rhythms[pod.rhythm].ease[i, slot]) for i in members) if slot >= 0 else 0
    return PodParts(
        seats=sum(int(instance.points[i, p]) for i in members),
        needs=needs,
        organizations=sum(instance.organization_worth[: len(present)]),
        pairs=pairs,
        ease=ease,
    )


def tier_values(instance: PodsInstance, seats: Seats, slot: Index) -> list[TierValue]:
    """The tiers of an instance's order with the values that these seats and slots reach (see the module)."""
    held = set(seats.rows())
    previous, pinned = set(instance.previous.rows()), set(instance.pinned.rows())
    placed = {i for i, _ in held}
    worth = {
        p: pod_parts(instance, p, members, int(slot[p])).total
        for p, members in enumerate(groups(instance, seats))
        if members
    }
    out = [TierValue("placed", "max", len(placed))]
    if instance.priority.any():
        out.append(TierValue("priority", "max", sum(int(instance.priority[i]) for i in placed)))
    if any(pod.priority for pod in instance.pods):
        out.append(TierValue("problems", "max", sum(instance.pods[p].priority for p in worth)))
    if instance.changes == "tier" and previous:
        out.append(TierValue("kept", "max", len(previous & held)))
    if instance.order is Order.FLOOR:
        if instance.satisfaction is not None:
            new = (int(instance.satisfaction[i, p]) for i, p in held - previous - pinned)
            out.append(TierValue("lowest", "max", min(new, default=None)))
        out.append(TierValue("weakest", "max", min(worth.values(), default=None)))
    points = sum(worth.values())
    if instance.changes == "bonus":
        points += instance.bonus * len(previous & held)
    out.append(TierValue("points", "max", points))
    return out

"""The direct way to serve a learner who is left out: one pair more beside the answer, and what it takes.

A pair (i, j) on top of an answer passes some limits by a known amount: j's places, give and take, quotas,
hours. Widen those, and the answer with the pair keeps every rule, and nobody loses a guide: the pair is
its own proof, nothing has to be solved. It is what would help for sure; a longer chain of moves may need
fewer steps (see `repairs` and `prices`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from solvers.pairs.edges import Edges, IntArray, PriceView
from solvers.pairs.instance import Order, PairsInstance

Kind = Literal["place", "organization", "group", "quota", "learner_hours", "guide_hours"]
_KINDS: tuple[Kind, ...] = ("place", "organization", "group", "quota", "learner_hours", "guide_hours")
_STEP = 2 * len(_KINDS)
"""What one more step weighs against the kinds of all."""

LOOKED = 4
"""Guides compared per learner, the nearest first."""


@dataclass(frozen=True)
class Step:
    """One limit wider by `amount`: places of guide `number`, slack of an organization or group (both sides),
    a quota, or hours of the person who is learner or guide `number`."""

    kind: Kind
    number: int
    amount: int


@dataclass(frozen=True)
class Direct:
    """A pair that could be added, once the limits of `steps` are wider (none where nothing stands in the
    way)."""

    learner: int
    guide: int
    points: int
    steps: tuple[Step, ...]

    @property
    def weight(self) -> int:
        """Fewest steps first, then the lighter kinds: places, give and take, quotas, hours."""
        return sum(_weight(step.kind) for step in self.steps)


class Room:
    """What the limits of an instance leave beside an answer."""

    def __init__(self, instance: PairsInstance, pairs: Edges) -> None:
        self.instance = instance
        n, m, k = instance.n_learners, instance.n_guides, instance.n_organizations
        self.got = np.bincount(pairs.learner, minlength=n)
        self.load = np.bincount(pairs.guide, minlength=m)
        self.sums = np.bincount(pairs.learner, pairs.points, minlength=n).astype(np.int64)
        self.held = set(zip(pairs.learner.tolist(), pairs.guide.tolist(), strict=True))
        self.learner_of = {int(j): i for i, j in enumerate(instance.guide_of_learner) if j >= 0}
        net = np.bincount(instance.learner_org[pairs.learner], minlength=k)
        net = net - np.bincount(instance.guide_org[pairs.guide], minlength=k)
        balance = instance.balance
        if balance is not None:
            inside = balance.group >= 0
            groups = np.zeros(len(balance.group_least), np.int64)
            np.add.at(groups, balance.group[inside], net[inside])
            self.over, self.under = net + 1 - balance.most, balance.least - (net - 1)
            self.group_over, self.group_under = groups + 1 - balance.group_most, balance.group_least - groups
            self.group_under += 1
        self.quotas_of: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for number, quota in enumerate(instance.quotas):
            column = pairs.learner if quota.side == "received" else pairs.guide
            over = int(np.isin(column, quota.members).sum()) + 1 - quota.most
            for member in quota.members.tolist() if over > 0 else ():
                self.quotas_of.setdefault((quota.side, member), []).append((number, over))
        self.hours_of: dict[tuple[str, int], int] = {}
        for budget in instance.budgets:
            spent = budget.learner_cost * int(self.got[budget.learner])
            spent += budget.guide_cost * int(self.load[budget.guide])
            for side, who, cost in (
                ("learner", budget.learner, budget.learner_cost),
                ("guide", budget.guide, budget.guide_cost),
            ):
                if spent + cost > budget.most:
                    self.hours_of[side, who] = spent + cost - budget.most

    def steps(self, learner: int, guide: int) -> tuple[Step, ...] | None:
        """What the pair takes beside the answer; None where no wider limit would do (they are a pair, guide
        each other, or the guide would stay below a minimum load)."""
        instance = self.instance
        if (learner, guide) in self.held or self._barred(guide):
            return None
        if not instance.both_ways:
            own = int(instance.guide_of_learner[learner])
            if own == guide or (own >= 0 and (self.learner_of.get(guide, -1), own) in self.held):
                return None
        found: list[Step] = []
        over = int(self.load[guide]) + 1 - int(instance.capacity[guide])
        if over > 0:
            found.append(Step("place", guide, over))
        if instance.balance is not None:
            found += self._give_and_take(int(instance.learner_org[learner]), int(instance.guide_org[guide]))
        for side, who in (("received", learner), ("given", guide)):
            found += [Step("quota", number, over) for number, over in self.quotas_of.get((side, who), ())]
        if ("learner", learner) in self.hours_of:
            found.append(Step("learner_hours", learner, self.hours_of["learner", learner]))
        if ("guide", guide) in self.hours_of:
            found.append(Step("guide_hours", guide, self.hours_of["guide", guide]))
        return tuple(found)

    def _give_and_take(self, to: int, by: int) -> Iterable[Step]:
        balance = self.instance.balance
        assert balance is not None
        if to == by:
            return
        for limit, number in ((self.over, to), (self.under, by)):
            if limit[number] > 0:
                yield Step("organization", number, int(limit[number]))
        group_to, group_by = int(balance.group[to]), int(balance.group[by])
        if group_to == group_by:
            return
        for limit, number in ((self.group_over, group_to), (self.group_under, group_by)):
            if number >= 0 and limit[number] > 0:
                yield Step("group", number, int(limit[number]))

    def _barred(self, guide: int) -> bool:
        least = int(self.instance.min_load[guide])
        return self.instance.all_or_nothing and int(self.load[guide]) + 1 < least

    def guide_weights(self) -> IntArray:
        """Per guide (m,), what a pair with a learner of another organization and group takes on their side;
        -1 for those of whom no wider limit makes a pair."""
        instance = self.instance
        weight: IntArray = np.where(self.load >= instance.capacity, _weight("place"), 0).astype(np.int64)
        if instance.balance is not None:
            weight += np.where(self.under[instance.guide_org] > 0, _weight("organization"), 0)
            group = instance.balance.group[instance.guide_org]
            inside = np.flatnonzero(group >= 0)
            weight[inside] += np.where(self.group_under[group[inside]] > 0, _weight("group"), 0)
        for (side, who), quotas in self.quotas_of.items():
            if side == "given":
                weight[who] += len(quotas) * _weight("quota")
        for side, who in self.hours_of:
            if side == "guide":
                weight[who] += _weight("guide_hours")
        if instance.all_or_nothing:
            weight[self.load + 1 < instance.min_load] = -1
        return weight

    def keeps_floor(self, learner: int, points: int, floor: int | None) -> bool:
        """Whether a pair more lowers no floor (None: there is none)."""
        if floor is None or self.instance.order is not Order.FLOOR:
            return True
        if self.instance.floor_on == "sum":
            points += int(self.sums[learner])
        return points >= floor


def shortest(
    room: Room, learners: Iterable[int], floor: int | None = None, least_points: int = 0
) -> dict[int, Direct]:
    """For each of the learners whom somebody could meet, the nearest pair that could be added.

    One pass of the oracle ranks guides by what stands on their side, then by points; the best few are looked
    at with what stands on the learner's side. `floor`: the floor reached, which a pair must not lower.
    """
    instance = room.instance
    n, m = instance.n_learners, instance.n_guides
    asked: NDArray[np.bool_] = np.zeros(n, bool)
    asked[np.array(list(learners), np.int64)] = True
    if not asked.any() or not m:
        return {}
    weight = room.guide_weights()
    top = int(weight.max())
    view = PriceView(
        np.where(asked, 0, top + 2).astype(np.int32),
        np.zeros(n, np.int64),
        np.where(weight < 0, -1, top + 1 - weight).astype(np.int32),
        np.zeros(m, np.int64),
    )
    most = LOOKED + int(room.got[asked].max())
    found: dict[int, Direct] = {}
    pairs = instance.edges.violated(view, most, least_points)
    columns = zip(pairs.learner.tolist(), pairs.guide.tolist(), pairs.points.tolist(), strict=True)
    for i, j, points in columns:
        steps = room.steps(i, j)
        if steps is None or not room.keeps_floor(i, points, floor):
            continue
        way = Direct(i, j, points, steps)
        best = found.get(i)
        if best is None or (way.weight, -points, j) < (best.weight, -best.points, best.guide):
            found[i] = way
    return found


def _weight(kind: Kind) -> int:
    return _STEP + _KINDS.index(kind)

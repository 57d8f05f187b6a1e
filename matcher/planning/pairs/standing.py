"""Where an answer stands against its limits: what is used up, and what keeps two people apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matcher.planning.words import listed, rule_sentence, signed
from solvers.pairs.edges import Edges, Index, PriceView

if TYPE_CHECKING:
    from solvers.pairs.instance import PairsInstance

NEVER = 2_000
"""More than any pair's points: a price at which no pair is worth looking at."""


@dataclass
class Standing:
    """Where an answer stands against its limits: loads, and which limits have nothing left."""

    instance: PairsInstance
    pairs: Edges
    proven: bool
    learner_load: Index = field(init=False)
    guide_load: Index = field(init=False)
    quota_learner: NDArray[np.bool_] = field(init=False)
    quota_guide: NDArray[np.bool_] = field(init=False)
    net: NDArray[np.int64] = field(init=False)
    group_net: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        instance, pairs = self.instance, self.pairs
        n, m, k = instance.n_learners, instance.n_guides, instance.n_organizations
        self.learner_load = np.bincount(pairs.learner, minlength=n).astype(np.int32)
        self.guide_load = np.bincount(pairs.guide, minlength=m).astype(np.int32)
        self.quota_learner, self.quota_guide = np.zeros(n, bool), np.zeros(m, bool)
        for quota in instance.quotas:
            column, full = (
                (pairs.learner, self.quota_learner)
                if quota.side == "received"
                else (pairs.guide, self.quota_guide)
            )
            if int(np.isin(column, quota.members).sum()) >= quota.most:
                full[quota.members] = True
        received = np.bincount(instance.learner_org[pairs.learner], minlength=k)
        given = np.bincount(instance.guide_org[pairs.guide], minlength=k)
        self.net = (received - given).astype(np.int64)
        balance = instance.balance
        groups = len(balance.group_least) if balance is not None else 0
        self.group_net = np.zeros(groups, np.int64)
        if balance is not None and groups:
            inside = balance.group >= 0
            np.add.at(self.group_net, balance.group[inside], self.net[inside])
        self._going = {
            (instance.learner_ids[i], instance.guide_ids[j])
            for i, j in zip(pairs.learner.tolist(), pairs.guide.tolist(), strict=True)
        }
        self._hours: dict[int, tuple[int, int, int]] = {}
        self._hours_of_guide: dict[int, tuple[int, int, int]] = {}
        for budget in instance.budgets:
            used = (
                int(self.learner_load[budget.learner]) * budget.learner_cost
                + int(self.guide_load[budget.guide]) * budget.guide_cost
            )
            left = budget.most - used
            self._hours[budget.learner] = self._hours_of_guide[budget.guide] = (
                left,
                budget.learner_cost,
                budget.guide_cost,
            )

    def blocker(self, learner: int, guide: int) -> str | None:
        """What keeps a learner who wants a guide from a guide with a free place; None when nothing does."""
        instance = self.instance
        if not instance.both_ways:
            mirrored = instance.guide_ids[guide], instance.learner_ids[learner]
            if mirrored in self._going:
                return "both_ways"
        if learner in self._hours and self._hours[learner][0] < self._hours[learner][1]:
            return "hours_budget"
        if guide in self._hours_of_guide and self._hours_of_guide[guide][0] < self._hours_of_guide[guide][2]:
            return "hours_budget"
        if self.quota_learner[learner] or self.quota_guide[guide]:
            return "quota"
        if self._out_of_balance(learner, guide):
            return "organization_limit"
        least = int(instance.min_load[guide])
        if instance.all_or_nothing and self.guide_load[guide] == 0 and least > 1:
            return "minimum_load"
        return None

    def _out_of_balance(self, learner: int, guide: int) -> bool:
        balance = self.instance.balance
        if balance is None:
            return False
        to, by = int(self.instance.learner_org[learner]), int(self.instance.guide_org[guide])
        if to == by:
            return False
        if self.net[to] >= balance.most[to] or self.net[by] <= balance.least[by]:
            return True
        group_to, group_by = int(balance.group[to]), int(balance.group[by])
        if group_to == group_by:
            return False
        over = group_to >= 0 and self.group_net[group_to] >= balance.group_most[group_to]
        under = group_by >= 0 and self.group_net[group_by] <= balance.group_least[group_by]
        return bool(over or under)

    def limit_words(self, learner: int, guide: int, code: str) -> str:
        """Which limit it is, by name and number."""
        instance = self.instance
        if code == "quota":
            names = [
                f"{quota.name} (at most {quota.most})"
                for quota in instance.quotas
                if (learner if quota.side == "received" else guide) in set(quota.members.tolist())
                and (self.quota_learner[learner] if quota.side == "received" else self.quota_guide[guide])
            ]
            return f"the quota {listed(names)} is used up"
        if code == "organization_limit" and instance.balance is not None:
            to, by = int(instance.learner_org[learner]), int(instance.guide_org[guide])
            if self.net[to] >= instance.balance.most[to]:
                name, limit = instance.organization_ids[to], int(instance.balance.most[to])
                return f"{name} has received all that give and take lets it (at its limit of {signed(limit)})"
            if self.net[by] <= instance.balance.least[by]:
                name, limit = instance.organization_ids[by], int(instance.balance.least[by])
                return f"{name} has given all that give and take lets it (at its limit of {signed(limit)})"
            return "a group of organizations is at its limit of give and take"
        return rule_sentence(code)

    def free_couples(self, most: int) -> Edges:
        """Eligible couples who are no pair, the learner wanting a guide, the guide with a free place.

        Per learner the `most` with the highest points, and as many more as they have guides already.
        """
        instance = self.instance
        view = PriceView(
            np.zeros(instance.n_learners, np.int32),
            np.where(self.learner_load < instance.need, -1, NEVER).astype(np.int64),
            np.zeros(instance.n_guides, np.int32),
            np.where(self.guide_load < instance.capacity, 0, NEVER).astype(np.int64),
        )
        extra = int(self.learner_load.max()) if instance.n_learners else 0
        found = instance.edges.violated(view, most + extra)
        m = instance.n_guides
        going = self.pairs.learner.astype(np.int64) * m + self.pairs.guide
        new = ~np.isin(found.learner.astype(np.int64) * m + found.guide, going)
        return Edges(found.learner[new], found.guide[new], found.points[new])

"""Why learners are left with fewer guides than they want, and guides with places over.

Nothing is solved again: eligible people, loads and limits of the answer are enough to tell what stands in the
way. The bottleneck behind full guides, and what would repair it, is the business of explanations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matcher.domain.plan import IdleGuide, Unmatched
from matcher.planning.counts import RuleCounts
from matcher.planning.words import PRIVATE, counted, listed, rule_sentence, secret_rules
from solvers.pairs.edges import Edges, Index

if TYPE_CHECKING:
    from solvers.pairs.instance import PairsInstance

    Counts = Callable[[int], RuleCounts]

CHECKS = 60_000_000
"""Pairs looked at for reasons, at most; beyond, people get the reason `not_counted`. A fixed number, so that
the same input has the same answer."""

BLOCKERS = ("both_ways", "hours_budget", "quota", "organization_limit", "minimum_load")


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
                return f"{name} has received all that give and take lets it (at its limit of {limit:+d})"
            if self.net[by] <= instance.balance.least[by]:
                name, limit = instance.organization_ids[by], int(instance.balance.least[by])
                return f"{name} has given all that give and take lets it (at its limit of {limit:+d})"
            return "a group of organizations is at its limit of give and take"
        return rule_sentence(code)


def _blocked(standing: Standing, couples: list[tuple[int, int]]) -> tuple[str, str]:
    """The reason why none of these (learner, guide) couples, free on both sides, became a pair."""
    seen: Counter[str] = Counter()
    first: dict[str, tuple[int, int]] = {}
    for couple in couples:
        code = standing.blocker(*couple)
        if code is None:
            if standing.instance.order == "stable":
                code = "prefers_others"
            else:
                code = "not_proven" if not standing.proven else "organization_limit"
        seen[code] += 1
        first.setdefault(code, couple)
    code = max(seen, key=lambda c: (seen[c], c))
    return code, standing.limit_words(*first[code], code)


def unmatched_learners(standing: Standing, counts: Counts | None) -> list[Unmatched]:
    """Every learner with fewer guides than wanted: those without any first, then in document order.

    `counts` counts what each rule takes away from a learner; None for bare instances.
    """
    instance = standing.instance
    short = np.flatnonzero(standing.learner_load < instance.need)
    order = sorted(short.tolist(), key=lambda i: (int(standing.learner_load[i]) > 0, i))
    mine: dict[int, set[int]] = {i: set() for i in order}
    for i, j in zip(standing.pairs.learner.tolist(), standing.pairs.guide.tolist(), strict=True):
        if i in mine:
            mine[i].add(j)
    looked = 0
    out: list[Unmatched] = []
    for i in order:
        wanted, got = int(instance.need[i]), int(standing.learner_load[i])
        entry: dict[str, object] = {}
        if looked > CHECKS:
            reason, sentence = "not_counted", f"{rule_sentence('not_counted').capitalize()}."
        else:
            looked += instance.n_guides
            eligible = instance.edges.row(i).guide
            others = [j for j in eligible.tolist() if j not in mine[i]]
            entry["eligible"] = len(eligible)
            free = [j for j in others if standing.guide_load[j] < instance.capacity[j]]
            if not len(eligible):
                looked += instance.n_guides
                reason, sentence, extra = _no_eligible(counts and counts(i), "guide", instance.n_guides)
                entry.update(extra)
            elif not others:
                reason = "no_further_guide"
                sentence = (
                    f"Only {counted(len(eligible), 'guide')} could meet them, and all are theirs already."
                )
            elif not free:
                reason = "guides_full"
                places = int(instance.capacity[others].sum())
                names = listed([instance.guide_ids[j] for j in others])
                sentence = (
                    f"{counted(len(others), 'guide')} could meet them ({names}), all full: "
                    f"their {counted(places, 'place')} went to others."
                )
            else:
                reason, words = _blocked(standing, [(i, j) for j in free])
                full = len(others) - len(free)
                sentence = (
                    f"{counted(len(others), 'guide')} could meet them, {full} of them full; "
                    f"{counted(len(free), 'has', 'have')} a free place, but {words}."
                )
        entry.setdefault(
            "public_sentence", sentence if reason in _PUBLIC else f"{rule_sentence(reason).capitalize()}."
        )
        out.append(
            Unmatched.model_validate(
                {
                    "learner": instance.learner_ids[i],
                    "organization": instance.organization_ids[int(instance.learner_org[i])],
                    "wanted": wanted,
                    "got": got,
                    "reason": reason,
                    "sentence": sentence,
                    **entry,
                }
            )
        )
    return out


_PUBLIC = ("no_eligible_guide", "no_eligible_learner", "not_counted", "not_proven")
"""Reasons whose sentences name nobody else."""


def _no_eligible(counts: RuleCounts | None, thing: str, total: int) -> tuple[str, str, dict[str, object]]:
    """Reason, sentence and counts of somebody whom no one may meet."""
    if counts is None:
        return f"no_eligible_{thing}", f"No edge joins them with any of the {counted(total, thing)}.", {}
    taken, alone = counts.taken, counts.alone
    secret = bool(secret_rules() & set(taken))
    head = f"None of the {counted(total, thing)} passes every rule"
    worst = sorted(taken, key=lambda code: (-taken[code], code))

    def told(hide: bool) -> str:
        shown = [code for code in worst if not (hide and code in secret_rules())]
        parts = [f"{code} takes away {taken[code]}" for code in shown[:3]]
        sentence = f"{head}: {', '.join(parts)}." if parts else f"{head}."
        best = [code for code in sorted(alone, key=lambda c: (-alone[c], c)) if code in shown]
        if best:
            sentence += f" Without the rule {best[0]} alone, {counted(alone[best[0]], thing)} would remain."
        elif taken:
            sentence += " No single rule would have to go: at least two stand against each."
        if hide and len(shown) < len(worst):
            sentence += f" Some are {PRIVATE}."
        return sentence

    extra: dict[str, object] = {
        "rules": taken,
        "alone": alone,
        "secret": secret,
        "public_sentence": told(True),
    }
    return f"no_eligible_{thing}", told(False), extra


def idle_guides(standing: Standing, counts: Counts | None) -> list[IdleGuide]:
    """Every guide with places over: those with no learner at all first, then in document order."""
    instance = standing.instance
    idle = np.flatnonzero(standing.guide_load < instance.capacity)
    order = sorted(idle.tolist(), key=lambda j: (int(standing.guide_load[j]) > 0, j))
    mine: dict[int, set[int]] = {j: set() for j in order}
    for i, j in zip(standing.pairs.learner.tolist(), standing.pairs.guide.tolist(), strict=True):
        if j in mine:
            mine[j].add(i)
    looked = 0
    out: list[IdleGuide] = []
    for j in order:
        entry: dict[str, object] = {}
        used = int(standing.guide_load[j])
        if looked > CHECKS:
            reason, sentence = "not_counted", f"{rule_sentence('not_counted').capitalize()}."
        else:
            looked += instance.n_learners
            eligible = instance.edges.column(j).learner
            entry["eligible"] = len(eligible)
            others = np.array([i for i in eligible.tolist() if i not in mine[j]], np.int64)
            waiting = [i for i in others.tolist() if standing.learner_load[i] < instance.need[i]]
            if not len(eligible):
                looked += instance.n_learners
                reason, sentence, extra = _no_eligible(counts and counts(j), "learner", instance.n_learners)
                entry.update(extra)
            elif not waiting:
                reason = "learners_placed"
                could = counted(len(eligible), "learner")
                sentence = f"{could} could meet them, and each has the guides they want."
            else:
                reason, words = _blocked(standing, [(i, j) for i in waiting])
                sentence = f"{counted(len(waiting), 'learner')} could still meet them, but {words}."
        entry.setdefault(
            "public_sentence", sentence if reason in _PUBLIC else f"{rule_sentence(reason).capitalize()}."
        )
        out.append(
            IdleGuide.model_validate(
                {
                    "guide": instance.guide_ids[j],
                    "organization": instance.organization_ids[int(instance.guide_org[j])],
                    "places": int(instance.capacity[j]),
                    "used": used,
                    "reason": reason,
                    "sentence": sentence,
                    **entry,
                }
            )
        )
    return out

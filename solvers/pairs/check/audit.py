"""Every hard rule of a pairs instance, re-checked without the solver. Nothing unaudited leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from solvers.faults import Violation
from solvers.pairs.check.bound import bound_from_duals
from solvers.pairs.check.score import Pair, pairs_of, tier_values
from solvers.pairs.edges import Edges
from solvers.pairs.instance import PairsInstance
from solvers.pairs.stable.blocking import blocking_pairs

__all__ = ["RULES", "Violation", "blocking_pairs", "bound_from_duals", "check", "net_received", "tier_values"]


Rule = Callable[[PairsInstance, Edges], Iterator[Violation]]


def check(instance: PairsInstance, pairs: Edges) -> list[Violation]:
    """Every broken hard rule, in the order of `RULES`; empty when the answer is clean."""
    unknown = list(known_people(instance, pairs))
    if unknown:  # the other rules count by number
        return unknown
    return [violation for rule in RULES for violation in rule(instance, pairs)]


def known_people(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """Pairs are made of people of the instance, in columns of one length."""
    if not len(pairs.learner) == len(pairs.guide) == len(pairs.points):
        yield Violation("columns", "Learners, guides and points are not of one length.")
        return
    for i, j in pairs_of(pairs):
        if not (0 <= i < instance.n_learners and 0 <= j < instance.n_guides):
            yield Violation("unknown", f"Pair ({i}, {j}) is of people who do not exist.")


def once(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """No pair is listed twice."""
    for pair, count in Counter(pairs_of(pairs)).items():
        if count > 1:
            yield _about(instance, pair, "duplicate", f"is listed {count} times")


def eligible(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """Each pair is eligible or pinned, with the points that it has there."""
    pins = dict(zip(pairs_of(instance.pinned), instance.pinned.points.tolist(), strict=True))
    points = instance.edges.points(pairs.learner, pairs.guide).tolist()
    for pair, stated, true in zip(pairs_of(pairs), pairs.points.tolist(), points, strict=True):
        right = pins.get(pair, true)
        if right < 0:
            yield _about(instance, pair, "not_eligible", "is not eligible, and not pinned")
        elif stated != right:
            yield _about(instance, pair, "points", f"has {right} points, not {stated}")


def pins_present(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """Every pinned pair is there."""
    held = set(pairs_of(pairs))
    for pair in pairs_of(instance.pinned):
        if pair not in held:
            yield _about(instance, pair, "pinned", "is pinned, but missing")


def needs(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """Nobody has more guides than wanted."""
    for i, count in Counter(pairs.learner.tolist()).items():
        if count > instance.need[i]:
            name = instance.learner_ids[i]
            yield Violation("need", f"{name} wants {instance.need[i]} guides and has {count}.", (name,))


def capacities(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """No guide has more learners than places."""
    for j, count in Counter(pairs.guide.tolist()).items():
        if count > instance.capacity[j]:
            name = instance.guide_ids[j]
            yield Violation(
                "capacity", f"{name} has {instance.capacity[j]} places and {count} learners.", (name,)
            )


def all_or_nothing(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """Where asked for, a guide has no learner or at least the minimum load."""
    if not instance.all_or_nothing:
        return
    for j, count in Counter(pairs.guide.tolist()).items():
        if count < instance.min_load[j]:
            name = instance.guide_ids[j]
            wanted = f"none or at least {instance.min_load[j]}"
            yield Violation("all_or_nothing", f"{name} has {count} learners; it must be {wanted}.", (name,))


def net_received(instance: PairsInstance, pairs: Edges) -> list[int]:
    """Pairs received minus pairs given of each organization."""
    received = np.bincount(instance.learner_org[pairs.learner], minlength=instance.n_organizations)
    given = np.bincount(instance.guide_org[pairs.guide], minlength=instance.n_organizations)
    return [int(net) for net in received - given]


def give_and_take(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """The net of every organization and group stays within its bounds."""
    balance = instance.balance
    if balance is None:
        return
    nets = net_received(instance, pairs)
    for a, net in enumerate(nets):
        if not balance.least[a] <= net <= balance.most[a]:
            name, bounds = instance.organization_ids[a], f"{balance.least[a]}..{balance.most[a]}"
            yield Violation(
                "balance", f"{name} receives {net} more than it gives; allowed is {bounds}.", (name,)
            )
    for g in range(len(balance.group_least)):
        inside = [a for a in range(instance.n_organizations) if balance.group[a] == g]
        net = sum(nets[a] for a in inside)
        if not balance.group_least[g] <= net <= balance.group_most[g]:
            names = tuple(instance.organization_ids[a] for a in inside)
            bounds = f"{balance.group_least[g]}..{balance.group_most[g]}"
            told = f"{', '.join(names)} together receive {net} more than they give; allowed is {bounds}."
            yield Violation("balance_group", told, names)


def quotas(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """No quota is passed."""
    for quota in instance.quotas:
        column = pairs.learner if quota.side == "received" else pairs.guide
        count = int(np.isin(column, quota.members).sum())
        if count > quota.most:
            told = f"Quota {quota.name!r} allows {quota.most} pairs {quota.side}, not {count}."
            yield Violation("quota", told, (quota.name,))


def budgets(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """Nobody spends more in both roles together than their budget."""
    got, load = Counter(pairs.learner.tolist()), Counter(pairs.guide.tolist())
    for budget in instance.budgets:
        spent = budget.learner_cost * got[budget.learner] + budget.guide_cost * load[budget.guide]
        if spent > budget.most:
            ids = (instance.learner_ids[budget.learner], instance.guide_ids[budget.guide])
            yield Violation("budget", f"{ids[0]} spends {spent} of {budget.most} as learner and guide.", ids)


def one_way(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """Where asked for, no two people guide each other."""
    if instance.both_ways:
        return
    guide_of = instance.guide_of_learner.tolist()
    learner_of = {j: i for i, j in enumerate(guide_of) if j >= 0}
    held = set(pairs_of(pairs))
    for i, j in sorted(held):
        back = (learner_of.get(j, -1), guide_of[i])
        if back in held and (i, j) <= back:
            yield _about(instance, (i, j), "both_ways", "guide each other")


def breaks(instance: PairsInstance, pairs: Edges) -> Iterator[Violation]:
    """No more previous pairs are broken than allowed."""
    if instance.most_broken is None:
        return
    held = set(pairs_of(pairs))
    broken = sum(pair not in held for pair in pairs_of(instance.previous))
    if broken > instance.most_broken:
        yield Violation("most_broken", f"{broken} previous pairs are broken; {instance.most_broken} may be.")


RULES: tuple[Rule, ...] = (
    once,
    eligible,
    pins_present,
    needs,
    capacities,
    all_or_nothing,
    give_and_take,
    quotas,
    budgets,
    one_way,
    breaks,
)


def _about(instance: PairsInstance, pair: Pair, code: str, what: str) -> Violation:
    ids = (instance.learner_ids[pair[0]], instance.guide_ids[pair[1]])
    return Violation(code, f"{ids[0]} and {ids[1]}: the pair {what}.", ids)

"""What every run does, with profiles or without: solve, audit on numbers, price give and take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.plan import BalanceCost, Outcome
from matcher.planning import outcome
from matcher.planning.pairs import report
from solvers.limits import Limits
from solvers.pairs.instance import Order

if TYPE_CHECKING:
    from solvers.pairs.instance import PairsInstance
    from solvers.pairs.solution import PairsAnswer


def common_body(instance: PairsInstance, answer: PairsAnswer) -> dict[str, object]:
    """The fields that every answered plan has, with profiles or without."""
    status = Outcome(answer.status.value)
    return {
        "status": status,
        "sentence": outcome.SENTENCES[status],
        "value": answer.value,
        "bound": answer.bound,
        "tiers": outcome.tier_rows(answer.tiers),
        "duals": report.dual_rows(instance, answer.duals),
        "upper_duals": report.dual_rows(instance, answer.upper_duals),
        "floor_duals": report.dual_rows(instance, answer.floor_duals),
        "side_duals": report.side_dual_rows(instance, answer),
        "blocking_pairs": answer.blocking_pairs,
    }


def tier_objections(instance: PairsInstance, answer: PairsAnswer) -> list[str]:
    """Tier values counted again without the solver (which has checked the hard rules on the way out)."""
    from solvers.pairs.check.score import tier_values

    found = [(tier.name, tier.sense, tier.value) for tier in answer.tiers]
    counted = [tuple(row) for row in tier_values(instance, answer.pairs)]
    if found == counted or instance.order is Order.STABLE:
        return []
    return [f"tiers are {counted}, the answer says {found}"]


COST_PEOPLE = 4_000
"""A second solve for the cost of give and take is made for so many learners and guides together, at most."""

EXACT_PEOPLE = 800
"""Above so many, where rules hold that no flow knows, the second solve leaves them out and gives a bound."""


def balance_cost(instance: PairsInstance, answer: PairsAnswer, limits: Limits) -> BalanceCost:
    """What give and take cost in places (learners' wishes met) and points.

    Exactly nothing where no limit is reached, since a limit that does not bind changes no optimum of a linear
    program; otherwise by a second solve without it, if there is time.
    """
    balance = instance.balance
    assert balance is not None
    net = np.bincount(instance.learner_org[answer.pairs.learner], minlength=instance.n_organizations)
    net = net - np.bincount(instance.guide_org[answer.pairs.guide], minlength=instance.n_organizations)
    inside = balance.group >= 0
    groups = np.zeros(len(balance.group_least), np.int64)
    np.add.at(groups, balance.group[inside], net[inside])
    binds = (net <= balance.least).any() or (net >= balance.most).any()
    binds = binds or (groups <= balance.group_least).any() or (groups >= balance.group_most).any()
    proven = answer.status.value == "optimal"
    both_roles = bool((np.asarray(instance.guide_of_learner) >= 0).any())
    side = bool(instance.all_or_nothing or instance.budgets or instance.most_broken is not None)
    side = side or instance.order is Order.FLOOR or (both_roles and not instance.both_ways)
    if not binds and proven and not side:
        return BalanceCost(places=0, points=0, how_known="exact: no limit of give and take is reached")
    took = answer.effort.seconds.get("total", sum(answer.effort.seconds.values()))
    if instance.n_learners + instance.n_guides > COST_PEOPLE:
        return BalanceCost(places=None, how_known="not computed here: 'peerloom frontier pairs' draws it")
    if limits.left < 2 * took or limits.cancelled():
        return BalanceCost(places=None, how_known="not computed: no time was left for a second solve")
    limits.tell("solve without give and take")
    from solvers.pairs.solve import solve

    without = replace(instance, balance=None)
    loosened = side and instance.n_learners + instance.n_guides > EXACT_PEOPLE
    if loosened:
        without = replace(without, budgets=(), both_ways=True, most_broken=None, order=Order.WELFARE)
        if without.all_or_nothing:
            without = replace(without, all_or_nothing=False, min_load=np.zeros_like(without.min_load))
    free = solve(without, replace(limits, report=lambda _: None))
    if free.status.value not in ("optimal", "feasible"):
        return BalanceCost(places=None, how_known="not computed: the second solve ended without an answer")
    places = len(free.pairs) - len(answer.pairs)
    points = int(free.pairs.points.sum()) - int(answer.pairs.points.sum())
    proven = proven and free.status.value == "optimal"
    if loosened:
        how = "at most: a second solve without it left out budgets and other rules of single people too"
        if not proven:
            how = "estimated: by a second solve with fewer rules; not both are proven"
        return BalanceCost(places=max(0, places), how_known=how)
    how = "exact: by a second solve without give and take"
    if not proven:
        how = "estimated: not both solves are proven"
    return BalanceCost(places=places, points=points, how_known=how)

"""A good answer under budgets, by flows alone: whoever has too little time gives up their least worth place.

Where the relaxed optimum takes more of a person than their budget holds, one place after another is closed,
as a learner or as a guide, whichever the potentials say costs less; where two people guide each other, the
pair with fewer points is barred. The flow is solved again around that, until nothing is broken. Nothing is
proven here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import Edges, Index
from solvers.pairs.flow.certificate import lexicographic_sign
from solvers.pairs.flow.circulation import StuckError
from solvers.pairs.flow.network import Network
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import Budget, PairsInstance
from solvers.pairs.side.constraints import broken_minimums, broken_rows

ROUNDS = 12


def split_budgets(instance: PairsInstance, relaxed: PricedFlow, limits: Limits) -> Edges | None:
    """Pairs that keep every rule, near the relaxed optimum; None where this way finds none in time.

    Only budgets and not-both-ways rows are put right; other side constraints must hold by themselves.
    Raises OverTimeError when the limits end first.
    """
    network = relaxed.network
    banned: list[tuple[int, int]] = []
    budget_of = {str(instance.learner_ids[budget.learner]): budget for budget in instance.budgets}
    flow = relaxed
    for _ in range(ROUNDS):
        assert flow.pairs is not None
        broken = broken_rows(instance, network, flow.pairs)
        if not broken:
            return None if len(broken_minimums(instance, flow.pairs)) else flow.pairs
        upper = network.upper.copy()
        for row in broken:
            if row.code == "budget":
                _close_places(flow, network, upper, budget_of[row.name])
            elif row.code == "both_ways":
                banned.append(_poorer(instance, row.pairs))
            else:
                return None
        network = replace(network, upper=upper)
        listed = flow.flow.listed
        flow = PricedFlow(
            instance,
            replace(limits, report=lambda _: None),
            relaxed.effort,
            network=network,
            least_points=relaxed.least_points,
            first=Edges(listed.owner, listed.guide, listed.points),
        )
        for learner, guide in banned:
            flow.flow.ban(learner, guide)
        try:
            flow.optimize(limits)
        except StuckError:
            return None
    return None


def _close_places(flow: PricedFlow, network: Network, upper: Index, budget: Budget) -> None:
    """Lower the upper bounds of one person's arcs until what they may carry fits the budget."""
    assert flow.pairs is not None
    potentials = flow.potentials
    places = np.flatnonzero(network.head == budget.learner)  # one arc per guide wanted, first places first
    gives = np.flatnonzero(network.tail == network.n_learners + budget.guide)
    if not len(places) or not len(gives):
        return  # only pins hold this person; no place is left to close
    as_learner = int((flow.pairs.learner == budget.learner).sum())
    as_guide = int((flow.pairs.guide == budget.guide).sum())
    at = np.concatenate((places[:1], gives[-1:]))
    loss = network.worth[:, at] + potentials[:, network.head[at]] - potentials[:, network.tail[at]]
    learning_costs_less = lexicographic_sign(loss[:, :1] - loss[:, 1:])[0] < 0
    while budget.learner_cost * as_learner + budget.guide_cost * as_guide > budget.most:
        if as_learner and (learning_costs_less or not as_guide):
            as_learner -= 1
        else:
            as_guide -= 1
    upper[places[as_learner:]] = 0
    left = as_guide
    for arc in gives:
        upper[arc] = min(int(network.upper[arc]), left)
        left -= int(upper[arc])


def _poorer(instance: PairsInstance, pairs: Edges) -> tuple[int, int]:
    """The pair of two with fewer points, the second by number among equals; a pinned one stays."""
    points = instance.edges.points(pairs.learner, pairs.guide)
    pinned = set(zip(instance.pinned.learner.tolist(), instance.pinned.guide.tolist(), strict=True))
    free = [k for k in range(2) if (int(pairs.learner[k]), int(pairs.guide[k])) not in pinned]
    worst = min(free or [0], key=lambda k: (int(points[k]), -k))
    return int(pairs.learner[worst]), int(pairs.guide[worst])

"""Good answers under budgets, by flows alone: whoever has too little time gives up their least worth place.

Where a flow takes more of a person than their budget holds, one place after another is closed, as a learner
or as a guide, whichever the potentials say costs less; where two people guide each other, the pair with fewer
points is barred. The flow is repaired around that, until nothing is broken. Then places are moved between the
two roles of people, one person at a time, as long as that gains something. Nothing is proven here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.flow.certificate import flow_value, lexicographic_sign
from solvers.pairs.flow.circulation import OverTimeError, StuckError
from solvers.pairs.flow.network import Network
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import Budget, PairsInstance
from solvers.pairs.side.constraints import broken_minimums, broken_rows

ROUNDS = 12

WINDOW = 40
"""Points below their prices that pairs may be and still be listed from the beginning."""


@dataclass(frozen=True)
class Split:
    """An answer by flow: the optimum where the arcs of `flow.network` are as narrow as they are there, and
    the pairs `banned` (learner, guide) are barred."""

    flow: PricedFlow
    banned: tuple[tuple[int, int], ...]

    @property
    def pairs(self) -> Edges:
        """The answer."""
        assert self.flow.pairs is not None
        return self.flow.pairs


GRACE = 2.0
"""Seconds for an answer over the listed pairs when the limits are over."""


def split_at_last(instance: PairsInstance, start: PricedFlow) -> Split | None:
    """The same when the time is over: over the pairs that `start` lists, not the best over all."""
    try:
        return split_budgets(instance, start, start.network, Limits(seconds=GRACE), over_all=False)
    except OverTimeError:
        return None


def split_budgets(
    instance: PairsInstance, start: PricedFlow, network: Network, limits: Limits, *, over_all: bool = True
) -> Split | None:
    """Pairs that keep every rule, near `start` (over the arcs of `network`, narrowed where need be); None
    where this way finds none.

    over_all: the best for the places closed over all eligible pairs, not just over the listed ones.

    Only budgets and not-both-ways rows are put right; other side constraints must hold by themselves.
    Raises OverTimeError when the limits end first.
    """
    banned: list[tuple[int, int]] = []
    budget_of = {str(instance.learner_ids[budget.learner]): budget for budget in instance.budgets}
    quiet = replace(limits, report=lambda _: None)
    flow = start.again(network, start.potentials, quiet, WINDOW)
    try:
        flow.narrow(network, quiet)
        for _ in range(ROUNDS):
            assert flow.pairs is not None
            broken = broken_rows(instance, network, flow.pairs)
            if broken:
                upper = flow.network.upper.copy()
                for row in broken:
                    if row.code == "budget":
                        _close_places(flow, network, upper, budget_of[row.name])
                    elif row.code == "both_ways":
                        banned.append(_poorer(instance, row.pairs))
                        flow.flow.ban(*banned[-1])
                    else:
                        return None
                flow.narrow(replace(network, upper=upper), quiet)
            elif flow.certified or not over_all:
                return None if len(broken_minimums(instance, flow.pairs)) else Split(flow, tuple(banned))
            else:
                flow.optimize(quiet)
    except StuckError:
        pass
    return None


def _close_places(flow: PricedFlow, network: Network, upper: Index, budget: Budget) -> None:
    """Lower the upper bounds of one person's arcs until what they may carry fits the budget."""
    assert flow.pairs is not None
    potentials = flow.potentials
    places, gives = role_arcs(network, budget)
    if not len(places) or not len(gives):
        return  # only pins hold this person; no place is left to close
    as_learner = int((flow.pairs.learner == budget.learner).sum())
    as_guide = int((flow.pairs.guide == budget.guide).sum())
    while budget.learner_cost * as_learner + budget.guide_cost * as_guide > budget.most:
        if as_learner and as_guide:
            last = gives[np.searchsorted(np.cumsum(network.upper[gives]), as_guide)]
            at = np.array([places[as_learner - 1], last])
            loss = network.worth[:, at] + potentials[:, network.head[at]] - potentials[:, network.tail[at]]
            learner_gives = lexicographic_sign(loss[:, :1] - loss[:, 1:])[0] < 0
        else:
            learner_gives = as_learner > 0
        as_learner, as_guide = as_learner - int(learner_gives), as_guide - int(not learner_gives)
    narrow(network, upper, budget, as_learner, as_guide)


def role_arcs(network: Network, budget: Budget) -> tuple[IntArray, IntArray]:
    """One person's place arcs, first places first, and the arcs out of their guide, best first."""
    places = np.flatnonzero(network.head == budget.learner)
    return places, np.flatnonzero(network.tail == network.n_learners + budget.guide)


def narrow(network: Network, upper: Index, budget: Budget, as_learner: int, as_guide: int) -> None:
    """Let one person carry at most so many pairs in each role: `upper` is changed in place."""
    places, gives = role_arcs(network, budget)
    upper[places] = network.upper[places]
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


def fitted(
    instance: PairsInstance, network: Network, wanted: Sequence[float], given: Sequence[float]
) -> Network:
    """The network with every budget's two roles held to about the given loads, one per budget (a linear
    relaxation's: halves go where more is left over), widened as far as the budget allows."""
    upper = network.upper.copy()
    for budget, x, y in zip(instance.budgets, wanted, given, strict=True):
        need, capacity = int(instance.need[budget.learner]), int(instance.capacity[budget.guide])
        as_learner, as_guide = int(x + 1e-6), int(y + 1e-6)
        grown = True
        while grown:
            grown = False
            first = x - as_learner > y - as_guide
            for learner_first in (first, not first):
                more = (as_learner + int(learner_first), as_guide + int(not learner_first))
                spent = budget.learner_cost * more[0] + budget.guide_cost * more[1]
                if more[0] <= need and more[1] <= capacity and spent <= budget.most:
                    as_learner, as_guide = more
                    grown = True
                    break
        if as_learner < need or as_guide < capacity:
            narrow(network, upper, budget, as_learner, as_guide)
    return replace(network, upper=upper)


def moved(
    instance: PairsInstance, split: Split, network: Network, who: Sequence[Budget], limits: Limits
) -> Split | None:
    """The split after moving one place between the roles of each of `who`, where that makes it better (its
    flow is changed in place); None where that breaks a rule in the end."""
    flow, quiet = split.flow, replace(limits, report=lambda _: None)
    value = tuple(flow_value(network, instance, split.pairs))
    for budget in who:
        as_learner, as_guide = _room(flow.network, budget)
        for x, y in ((as_learner + 1, as_guide - 1), (as_learner - 1, as_guide + 1)):
            inside = 0 <= x <= int(instance.need[budget.learner])
            inside = inside and 0 <= y <= int(instance.capacity[budget.guide])
            if not inside or budget.learner_cost * x + budget.guide_cost * y > budget.most or limits.over:
                continue
            before, saved = flow.network, flow.flow.snapshot()
            upper = before.upper.copy()
            narrow(network, upper, budget, x, y)
            try:
                flow.narrow(replace(network, upper=upper), quiet)
                found = tuple(flow_value(network, instance, flow.flow.carried()))
            except StuckError:
                found = value
            if found > value:
                value = found
                break
            flow.network = flow.flow.network = before
            flow.flow.restore(saved)
    try:
        flow.optimize(quiet)
    except StuckError:
        return None
    assert flow.pairs is not None
    if broken_rows(instance, network, flow.pairs) or len(broken_minimums(instance, flow.pairs)):
        return None
    return split


def _room(network: Network, budget: Budget) -> tuple[int, int]:
    """Pairs that a narrowed network lets one person have in each role."""
    places, gives = role_arcs(network, budget)
    return int(network.upper[places].sum()), int(network.upper[gives].sum())

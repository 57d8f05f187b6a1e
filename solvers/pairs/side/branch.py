"""Branch and bound over the two roles of few people, every branch bounded by prices over all eligible pairs.

Where a linear program halves somebody's places, two branches cover every whole answer: at most so many pairs
in one role, or at least one more, which leaves fewer in the other."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace

from solvers.limits import Limits
from solvers.pairs.flow.circulation import StuckError
from solvers.pairs.flow.network import Network
from solvers.pairs.instance import Budget, PairsInstance
from solvers.pairs.side.linear import LinearBounds, Step
from solvers.pairs.side.prices import PricedBound
from solvers.pairs.side.rows import LinearRow
from solvers.pairs.side.split import narrow, role_arcs

MOST_BRANCHES = 64
"""More are not bounded."""

_WHOLE = 1e-3


@dataclass(frozen=True)
class Branching:
    """No answer has more than `limit` (in units of flow) in a tier, by `branches` branches. `whole`: the
    optimum of a branch in which nobody is halved, if that is what ended the search: an answer may be near."""

    limit: int
    branches: int
    whole: Step | None = None


def branch(
    linear: LinearBounds, tier: int, held: Sequence[LinearRow], root: Step, value: int, limits: Limits
) -> Branching:
    """Bound a tier, `held` kept, until no branch allows more than `value`, or somebody is missing to branch
    on, or the limits end."""
    instance, count = linear.instance, 1
    barring = Barring(linear, held)
    heap: list[tuple[int, int, Network, Step]] = [(-root.limit, 0, linear.relaxed.network, root)]
    while heap and -heap[0][0] > value and count < MOST_BRANCHES and not limits.over:
        top, _, network, step = heap[0]
        parts = _parts(instance, network, step)
        if not parts:
            return Branching(-top, count, step)
        heapq.heappop(heap)
        for part in parts:
            try:
                found = linear.step(tier, held, value, part, step.bound)
                if found is None and barring.empty(part):
                    continue
            except StuckError:  # no circulation at all
                continue
            if found is None:
                return Branching(-top, count)
            count += 1
            heapq.heappush(heap, (max(top, -found.limit), count, part, found))
    return Branching(max([value, *(-limit for limit, *_ in heap)]), count)


@dataclass
class Barring:
    """Shows that no answer within narrowed arcs keeps the tiers `held`, by the bound of one of them."""

    linear: LinearBounds
    held: Sequence[LinearRow]

    def __post_init__(self) -> None:
        self.order = list(range(len(self.held)))
        self.near: dict[int, PricedBound] = {}

    def empty(self, network: Network) -> bool:
        """Whether that is proven; the tier that showed it last is tried first."""
        for tier in list(self.order):
            least = -self.held[tier].most
            found = self.linear.step(tier, self.held[:tier], least - 1, network, self.near.get(tier))
            if found is not None:
                self.near[tier] = found.bound
                if found.limit < least:
                    self.order.remove(tier)
                    self.order.insert(0, tier)
                    return True
        return False


def _parts(instance: PairsInstance, network: Network, step: Step) -> list[Network]:
    """Two narrower networks for the person whose places are most halved; none where nobody's are."""
    worst, chosen, at = _WHOLE, None, (0.0, 0.0)
    for budget, (x, y) in zip(instance.budgets, step.loads(), strict=True):
        halved = max(abs(x - round(x)), abs(y - round(y)))
        if halved > worst + _WHOLE:
            worst, chosen, at = halved, budget, (x, y)
    if chosen is None:
        return []
    x, y = at
    places, gives = role_arcs(network, chosen)
    most = (int(network.upper[places].sum()), int(network.upper[gives].sum()))
    if abs(x - round(x)) > _WHOLE:
        few, rest = int(x), _left(chosen.most, chosen.learner_cost * (int(x) + 1), chosen.guide_cost)
        rooms = [(few, most[1]), (most[0], min(most[1], rest))]
    else:
        few, rest = int(y), _left(chosen.most, chosen.guide_cost * (int(y) + 1), chosen.learner_cost)
        rooms = [(most[0], few), (min(most[0], rest), most[1])]
    return [_narrowed(network, chosen, *room) for room in rooms]


def _left(most: int, spent: int, cost: int) -> int:
    """How many pairs what is left of a budget pays for."""
    return (most - spent) // cost if cost else 10**6


def _narrowed(network: Network, budget: Budget, as_learner: int, as_guide: int) -> Network:
    upper = network.upper.copy()
    narrow(network, upper, budget, max(0, as_learner), max(0, as_guide))
    return replace(network, upper=upper)

"""The floor order: raise the lowest points of a new pair as far as the tiers before it allow.

For a threshold, only pairs with at least so many points may be new. The highest threshold under which the
upper tiers keep their values is the floor; it is proven when, one distinct value higher, their bound over
*all* eligible pairs falls below. The search is by bisection over the points that occur among the listed
pairs, and every step is certified, because pairs beyond the list are priced too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.certificate import duals_from
from solvers.pairs.flow.circulation import OverTimeError, StuckError
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import MAX_POINTS
from solvers.pairs.solution import Duals

NOBODY = MAX_POINTS + 1
"""The floor of an answer without new pairs: above every number."""


@dataclass(frozen=True)
class Floor:
    """`value`: the floor reached; `bound`: no answer with the same upper tiers has a higher one.

    `flow`: the optimum with that floor. `refuted`: the certificate that one more is too much (None at the
    top).
    """

    value: int
    bound: int
    flow: PricedFlow
    refuted: Duals | None


def raise_floor(base: PricedFlow, limits: Limits) -> Floor:
    """Find the highest floor that keeps the upper tiers of `base` (a certified flow over all pairs)."""
    assert base.pairs is not None
    assert base.first is not None
    target = base.value[:-1]
    new = new_points(base, base.pairs)
    if len(new) == 0:
        return Floor(NOBODY, NOBODY, base, None)
    low, high = int(new.min()), NOBODY
    best, refuted = base, None
    while low < high:
        middle = (low + high + 1) // 2
        limits.tell("floor", tier="floor", value=low, bound=high)
        trial = PricedFlow(
            base.instance,
            limits,
            base.effort,
            network=base.network,
            least_points=middle,
            first=_listed(base, middle),
        )
        try:
            trial.optimize(limits)
        except OverTimeError:
            break
        except StuckError:  # the pinned pairs need others to balance them, and those fall below the floor
            high, refuted = middle - 1, None
            continue
        assert trial.pairs is not None
        if tuple(trial.value[:-1]) >= tuple(target):
            points = new_points(trial, trial.pairs)
            low = max(middle, int(points.min()) if len(points) else NOBODY)
            best = trial
        else:
            high = middle - 1
            refuted = duals_from(trial.network, trial.potentials, middle)
    return Floor(low, high, best, refuted)


def new_points(flow: PricedFlow, pairs: Edges) -> IntArray:
    """Points of the pairs that are neither pinned nor previous."""
    known = np.concatenate(
        [flow.flow.key(e.learner, e.guide) for e in (flow.instance.pinned, flow.instance.previous)]
    )
    fresh = ~np.isin(flow.flow.key(pairs.learner, pairs.guide), known)
    points: IntArray = pairs.points[fresh].astype(np.int64)
    return points


def _listed(base: PricedFlow, least: int) -> Edges:
    """The listed pairs that a floor leaves, as a first list."""
    listed = base.flow.listed
    keep = (listed.points >= least) & (listed.fixed == 0)
    return Edges(listed.owner[keep], listed.guide[keep], listed.points[keep])

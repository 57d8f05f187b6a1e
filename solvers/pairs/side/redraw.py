"""Between equally good answers under side constraints the seeded lottery decides, not the solver's whim."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.limits import Limits
from solvers.pairs.answer import floor_reached
from solvers.pairs.check.audit import check
from solvers.pairs.edges import Edges
from solvers.pairs.flow.certificate import flow_value
from solvers.pairs.flow.circulation import OverTimeError, StuckError
from solvers.pairs.flow.floor import NOBODY
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import Order, PairsInstance
from solvers.pairs.side.program import arc_flows, opening_guides
from solvers.pairs.side.rows import linear_rows


def redrawn(instance: PairsInstance, relaxed: PricedFlow, answer: Edges, limits: Limits) -> Edges:
    """The answer again by a flow, with as many pairs as in `answer` for everybody whom a side constraint
    names.

    So the seeded lottery decides between equals, not the solver's whim. Where that breaks a rule that
    counts pairs rather than places, or is not done in time, the answer stays as it is."""
    network, n, m = relaxed.network, instance.n_learners, instance.n_guides
    floor = floor_reached(instance, answer) if instance.order is Order.FLOOR else 0
    if instance.order is Order.FLOOR and instance.floor_on == "sum":
        return answer
    wanted, given = np.bincount(answer.learner, minlength=n), np.bincount(answer.guide, minlength=m)
    flows = arc_flows(network, n, m, wanted, given)
    bound = np.zeros(len(flows), bool)
    for row in linear_rows(instance, network):
        bound[row.arcs] = True
    opening = opening_guides(instance)
    bound |= np.isin(network.tail, n + opening)
    lower, upper = network.lower.copy(), network.upper.copy()
    lower[bound], upper[bound] = flows[bound], flows[bound]
    least = NOBODY if floor is None else floor
    listed = relaxed.flow.listed
    high = listed.points >= least
    flow = PricedFlow(
        instance,
        replace(limits, report=lambda _: None),
        relaxed.effort,
        network=replace(network, lower=lower, upper=upper),
        least_points=least,
        first=Edges(listed.owner[high], listed.guide[high], listed.points[high]),
    )
    try:
        flow.optimize(limits)
    except (OverTimeError, StuckError):
        return answer
    drawn = flow.pairs
    if drawn is None or check(instance, drawn):
        return answer
    before, after = (tuple(flow_value(network, instance, pairs).tolist()) for pairs in (answer, drawn))
    return drawn if after >= before else answer

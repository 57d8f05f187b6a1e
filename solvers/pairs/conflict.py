"""Which pinned pairs cannot all hold: a smallest set by deletion, each step on a freshly built model, then verified."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import Edges
from solvers.pairs.flow import StuckError
from solvers.pairs.instance import PairsInstance, no_edges
from solvers.pairs.pricing import PricedFlow
from solvers.pairs.side import broken_rows
from solvers.result import Effort


def clashing_pins(instance: PairsInstance, limits: Limits) -> tuple[str, ...]:
    """A minimal set of pinned pairs that no answer can hold together, as "learner -> guide"; empty if they can.

    Minimal: without any one of them the others can hold.
    """
    left = list(range(len(instance.pinned)))
    if _hold(instance, left, limits):
        return ()
    for pin in list(left):
        others = [k for k in left if k != pin]
        if not _hold(instance, others, limits):
            left = others
    pinned = instance.pinned
    return tuple(
        f"{instance.learner_ids[pinned.learner[k]]} -> {instance.guide_ids[pinned.guide[k]]}" for k in left
    )


def _hold(instance: PairsInstance, pins: list[int], limits: Limits) -> bool:
    """Whether the given pins can hold together, every other place left empty."""
    at = np.array(pins, np.int64)
    pinned = Edges(instance.pinned.learner[at], instance.pinned.guide[at], instance.pinned.points[at])
    bare = replace(instance, pinned=pinned, previous=no_edges(), most_broken=None)
    flow = PricedFlow(bare, limits, Effort())
    try:
        flow.optimize(limits)
    except StuckError:
        return False
    return not broken_rows(bare, flow.network, pinned)

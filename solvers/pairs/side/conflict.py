"""Which things set by hand cannot all hold: a smallest set by deletion, each step on a freshly built
model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from solvers.engine import maximize
from solvers.limits import Limits
from solvers.pairs.edges import Edges
from solvers.pairs.flow.circulation import OverTimeError, StuckError
from solvers.pairs.flow.network import build_network
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import PairsInstance
from solvers.pairs.side.program import build_program, joined
from solvers.result import Effort, Status

CAP, MINIMUMS = "most_broken", "all_or_nothing"


def clashing_pins(
    instance: PairsInstance, limits: Limits, impossible: Callable[[PairsInstance], bool] | None = None
) -> tuple[str, ...]:
    """A minimal set of pinned pairs ("learner -> guide") and rules that no answer can hold together.

    Minimal: without any one of them the others can hold. `impossible` decides a reduced instance (default:
    the flow alone, which knows capacities, balance and quotas); it must prove what it says. Empty where the
    whole can hold, or where the time ends before that is known.
    """
    decide = impossible or _no_circulation(limits)
    whole = [f"{k}" for k in range(len(instance.pinned))]
    whole += [CAP] if instance.most_broken is not None else []
    whole += [MINIMUMS] if instance.all_or_nothing else []
    if not decide(_only(instance, whole)):
        return ()
    left = list(whole)
    for one in whole:
        others = [name for name in left if name != one]
        if decide(_only(instance, others)):
            left = others
        if limits.cancelled():
            break
    return tuple(name if name in (CAP, MINIMUMS) else _told(instance, int(name)) for name in left)


def clash_by_themselves(instance: PairsInstance, limits: Limits) -> bool:
    """Whether pins, kept pairs and limits clash whatever else is eligible: proven by a small program.

    Capacities, quotas, budgets and both-ways rules are only harder to keep with more pairs, and a cap on
    breaks counts previous pairs alone: what an answer takes of the pinned and previous pairs keeps them all.
    Give and take and minimum loads, which more pairs can put right, are left out.
    """
    reduced = replace(instance, balance=None, all_or_nothing=False)
    model = build_program(reduced, build_network(reduced), joined(reduced))
    nothing = np.zeros(model.program.n_columns, np.int64)
    return maximize(model.program, nothing, limits, phase="pins and limits").status is Status.INFEASIBLE


def _told(instance: PairsInstance, pin: int) -> str:
    learner, guide = instance.pinned.learner[pin], instance.pinned.guide[pin]
    return f"{instance.learner_ids[learner]} -> {instance.guide_ids[guide]}"


def _only(instance: PairsInstance, names: list[str]) -> PairsInstance:
    """The instance with the named pins and rules alone; a pin taken out may be taken up again by the
    answer.
    """
    at = np.array([int(name) for name in names if name not in (CAP, MINIMUMS)], np.int64)
    pinned = instance.pinned
    return replace(
        instance,
        pinned=Edges(pinned.learner[at], pinned.guide[at], pinned.points[at]),
        most_broken=instance.most_broken if CAP in names else None,
        all_or_nothing=instance.all_or_nothing and MINIMUMS in names,
    )


def _no_circulation(limits: Limits) -> Callable[[PairsInstance], bool]:
    def stuck(instance: PairsInstance) -> bool:
        try:
            PricedFlow(instance, limits, Effort()).optimize(limits)
        except StuckError:
            return True
        except OverTimeError:  # not known, so not said
            return False
        return False

    return stuck

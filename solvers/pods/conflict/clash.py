"""Which pins and rules cannot all hold: a smallest set by deletion, each step on a freshly built program."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from solvers.engine import maximize
from solvers.limits import Limits
from solvers.pods.conflict.program import Element, Model, elements
from solvers.pods.instance import PodsInstance
from solvers.result import Status

LARGE = 400_000
"""Programs with more columns (seats) are not built: a conflict so wide could not be read anyway."""


def clash(instance: PodsInstance, limits: Limits) -> tuple[Element, ...]:
    """A minimal set of what was set by hand and of rules that no pods can keep together.

    Minimal and verified: the set has no answer (proven twice, see `solvers.engine`), and without any one of
    its elements there is one. Empty where all can hold, or the time ends before that is known.
    """
    asked = sorted(
        {p for _, p in instance.pinned.rows()}
        | {p for p, pod in enumerate(instance.pods) if pod.must_run}
        | ({p for _, p in instance.previous.rows()} if instance.most_broken is not None else set())
    )
    alone = next((p for p in asked if _impossible(instance, [p], None, limits)), None)
    pods = asked if alone is None else [alone]
    if alone is None and not (len(asked) > 1 and _impossible(instance, pods, None, limits)):
        return ()
    left = elements(instance, pods)
    for one in list(left):
        if limits.over:
            return ()
        others = [other for other in left if other != one]
        if _impossible(instance, pods, others, limits):
            left = others
    return tuple(sorted(left))


def _impossible(
    instance: PodsInstance, pods: list[int], parts: Iterable[Element] | None, limits: Limits
) -> bool:
    """Whether it is proven that these pods cannot keep these elements (None: all of them)."""
    if not pods or limits.over:
        return False
    if int(instance.eligible[:, pods].sum()) > LARGE:
        return False
    chosen = elements(instance, pods) if parts is None else list(parts)
    if len(pods) < instance.n_pods:  # pods that are not looked at could keep what is not in these
        chosen = [one for one in chosen if one.code != "most_broken" or _holds_all(instance, pods)]
    program = Model(instance, pods).program(chosen)
    nothing = np.zeros(program.n_columns, np.int64)
    return maximize(program, nothing, limits, phase="conflict").status is Status.INFEASIBLE


def _holds_all(instance: PodsInstance, pods: list[int]) -> bool:
    return {p for _, p in instance.previous.rows()} <= set(pods)

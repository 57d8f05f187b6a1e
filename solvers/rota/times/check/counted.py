"""Bounds on the tiers of meeting times that follow from counting, as if no two groups shared anybody."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solvers.rota.times.instance import TimesInstance
from solvers.rota.times.options import COSTS, options_of


def counted(instance: TimesInstance, values: Mapping[str, int | None]) -> dict[str, int]:
    """Per tier what no answer passes that reaches these values in the tiers before it.

    Each series or single session takes the best of its slots. Where all together reach a tier's value, each
    of them has to be at its best, and only such slots count in the tiers after it.
    """
    options = options_of(instance)
    cost = options.cost.copy()
    cost[0] += options.forced  # so many of its sessions cannot take place
    cost[1] = np.maximum(0, cost[1] - options.forced)
    cost[4] = np.where(options.forced > 0, 0, cost[4])
    open_ = np.ones(len(options), np.bool_)
    out: dict[str, int] = {}
    spare = 0  # sessions that could be left out beyond those that must be
    for k, name in enumerate(COSTS):
        least = np.full(options.n_units, np.iinfo(np.int64).max)
        np.minimum.at(least, options.unit[open_], cost[k, open_])
        bound = int(options.fixed_cost[k] + least.sum())
        if name in ("uncovered", "burden") and spare:
            bound = max(0, bound - spare) if name == "uncovered" else 0
        out[name] = -bound if name == "attendance" else bound
        value = values.get(name)
        if value is None:
            continue
        if value == out[name] and not (spare and name == "uncovered"):
            open_ &= cost[k] == least[options.unit]
        elif name == "unscheduled":
            spare = value - bound
    out["highest_burden"] = int(options.carried.max(initial=0))
    return {name: bound for name, bound in out.items() if values.get(name) is not None}

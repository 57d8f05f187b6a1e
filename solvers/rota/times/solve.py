"""From an instance to an audited answer: the one entry of meeting times (see `docs/models.md`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.limits import Limits
from solvers.result import Effort
from solvers.rota.times.answer import finish
from solvers.rota.times.check.audit import check
from solvers.rota.times.chosen import Chosen, chosen_from
from solvers.rota.times.highest import borne_by, settle_highest
from solvers.rota.times.instance import TimesInstance
from solvers.rota.times.options import COSTS, Options, options_of
from solvers.rota.times.overlap import clashes
from solvers.rota.times.percent import misses
from solvers.rota.times.search import first
from solvers.rota.times.solution import Times, TimesAnswer
from solvers.rota.times.space import Space
from solvers.rota.times.sums import settle
from solvers.rota.times.turning import changes_of, settle_turning

LEAST_SHARE = 0.4
"""Part of the time left that one program may take; in the last tier it is all."""


def tiers_of(instance: TimesInstance) -> tuple[str, ...]:
    """Names of the tiers of an instance, in order (see `check.score`)."""
    groups = instance.groups
    names = ["unscheduled"]
    names += ["uncovered"] if any(group.facing for group in groups) else []
    names += ["attendance"]
    names += ["moved"] if instance.changes == "tier" and any(group.previous for group in groups) else []
    names += ["highest_burden", "burden"] if instance.burden.any() else []
    names += ["slot_changes"] if any(group.rotating for group in groups) else []
    return tuple(names)


@dataclass
class Keeper:
    """Looks after the best answer: what a tier finds is taken if it loses nothing of the tiers before."""

    options: Options
    tiers: tuple[str, ...]
    best: Chosen
    key: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.key = self.key_of(self.best)

    def key_of(self, chosen: Chosen) -> tuple[int, ...]:
        """Values of the tiers, each to be made small."""
        sums = dict(zip(COSTS, chosen.costs(self.options).tolist(), strict=True))
        for name in self.tiers:
            if name == "highest_burden":
                sums[name] = int(borne_by(self.options, chosen).max(initial=0))
            elif name == "slot_changes":
                _, slots = chosen.times(self.options)
                groups = self.options.instance.groups
                sums[name] = sum(
                    changes_of(row) for row, group in zip(slots, groups, strict=True) if group.rotating
                )
        return tuple(sums[name] for name in self.tiers)

    def takes(self, chosen: Chosen, than: Chosen, depth: int) -> bool:
        """Whether a choice is clean and, in the first `depth` tiers, no worse than another one; the best of
        all tiers is kept on the side."""
        if clashes(self.options, chosen) or misses(self.options, chosen):
            return False
        key = self.key_of(chosen)
        if key < self.key:
            self.best, self.key = chosen, key
        return key[:depth] <= self.key_of(than)[:depth]


def solve(instance: TimesInstance, limits: Limits, begin: tuple[Times, Times] | None = None) -> TimesAnswer:
    """Solve one instance within the limits; every answer that leaves here has passed the solver-free check.

    begin: (times, slots) to start from, those of this instance or of one like it; what cannot be held is left
    out. Zero seconds return the first answer. Never infeasible: what cannot be held is unscheduled.
    """
    effort = Effort()
    tiers = tiers_of(instance)
    with effort.phase("options"):
        options = options_of(instance)
    effort.count("options", len(options))
    with effort.phase("start"):
        keeper = Keeper(options, tiers, _start(options, limits, tiers, begin))
    told = dict(zip(tiers, keeper.key, strict=True))
    limits.tell("start", tier="unscheduled", value=told["unscheduled"])
    space = Space.of(options, keeper.best)
    bounds: dict[str, int] = {}
    for depth, name in enumerate(tiers, 1):
        space.share = max(LEAST_SHARE, 1 / (len(tiers) - depth + 1))
        bounds[name] = _settle(space, name, limits, keeper, depth, effort)
    times, slots = keeper.best.times(options)
    bounds["attendance"] = -bounds["attendance"]
    return finish(instance, times, slots, effort, bounds)


def _settle(space: Space, name: str, limits: Limits, keeper: Keeper, depth: int, effort: Effort) -> int:
    """Settle one tier; the bound, in the sense of `Keeper.key_of`."""

    def keep(chosen: Chosen) -> bool:
        return keeper.takes(chosen, space.best, depth)

    with effort.phase(name):
        if name == "highest_burden":
            return settle_highest(space, limits, keep)
        if name == "slot_changes":
            return settle_turning(space, limits, keep)
        return settle(space, COSTS.index(name), limits, keep)


def _start(
    options: Options, limits: Limits, tiers: tuple[str, ...], begin: tuple[Times, Times] | None
) -> Chosen:
    """The first choice: by search, from `begin` too where that keeps every rule."""
    rows = tuple(k for k, name in enumerate(COSTS) if name in tiers)
    found = [first(options, limits, rows)]
    if begin is not None:
        given = chosen_from(options, *begin)
        found.append(first(options, limits, rows, given))
        if not check(options.instance, *given.times(options)):
            found.append(given)
    costs = [tuple(one.costs(options)[list(rows)].tolist()) for one in found]
    return found[int(np.lexsort(np.array(costs).T[::-1])[0])]

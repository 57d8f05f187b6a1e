"""Which options can still be in a best answer: what is left after the tiers that are settled."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from solvers.rota.times.chosen import Chosen
from solvers.rota.times.options import Flags, Index, Options, Whole
from solvers.rota.times.overlap import sharing
from solvers.rota.times.program import Held

FAR = np.iinfo(np.int64).max // 4


@dataclass
class Space:
    """What the next tier chooses among.

    allowed (N,): options that an answer may hold that keeps the tiers before. near (N,): those that are
    searched; the same while they are `whole`, which ends at a sum that is not proven: then only those that
    keep its value unit by unit are searched, and only `allowed` bounds.
    spare (U,): sessions of a stable series that may be dropped beyond the fewest. held: tiers to keep.
    base (n,): burden that everybody has beside what is chosen. cap: highest burden to keep, None before
    there is one. share: part of the time left that one program may take.
    """

    options: Options
    allowed: Flags
    near: Flags
    spare: Whole
    best: Chosen
    people: Index
    base: Whole
    held: list[Held] = field(default_factory=list)
    cap: int | None = None
    share: float = 0.4
    whole: bool = True

    @classmethod
    def of(cls, options: Options, best: Chosen) -> Space:
        """Everything, with a first choice."""
        everything = np.ones(len(options), np.bool_)
        spare = np.full(options.n_units, FAR, np.int64)
        return cls(options, everything, everything.copy(), spare, best, sharing(options), options.carried)

    def among(self, units: Whole, inside: Flags) -> Space:
        """A smaller question: only `units`, which choose among the options `inside`; of the others each
        counts as little as it could in held tiers."""
        options = self.options
        mine = np.zeros(options.n_units, np.bool_)
        mine[units] = True
        near = inside & self.near & mine[options.unit]
        held = []
        for one in self.held:
            within, outside = one.units[mine[one.units]], one.units[~mine[one.units]]
            if len(within):
                low = lowest(options, self.least(one.row), self.near)
                held.append(Held(within, one.row, one.most - int(low[outside].sum())))
        return replace(self, near=near, allowed=near, held=held)

    def parted(self, window: Whole | None = None) -> Flags:
        """(N,): options whose meetings may be dropped one by one; `window` (U,): for no more sessions."""
        options = self.options
        count = np.diff(options.meeting_start)
        room = self.spare if window is None else np.minimum(self.spare, window)
        extra = self._unscheduled() - self._fewest()[options.unit]
        series = options.unit_session[options.unit] < 0
        return series & (count > 1) & ((options.forced > 0) | (extra + 1 <= room[options.unit]))

    def _unscheduled(self) -> Whole:
        return np.asarray(self.options.cost[0] + self.options.forced, np.int64)

    def _fewest(self) -> Whole:
        return lowest(self.options, self._unscheduled(), np.ones(len(self.options), np.bool_))

    def least(self, row: int) -> Whole:
        """(N,): what each option costs at least, with whichever of its meetings dropped."""
        options = self.options
        if row == 0:
            return self._unscheduled()
        less = np.zeros(len(options), np.int64)
        np.add.at(less, options.option, np.minimum(0, options.meeting_cost[row]))
        return np.asarray(options.cost[row] + np.where(self.parted(), less, 0), np.int64)

    def above(self, row: int, inside: Flags) -> tuple[Whole, Whole]:
        """(loss (N,), least (U,)): what each option costs at least above its unit's cheapest inside."""
        cost = self.least(row)
        low = lowest(self.options, cost, inside)
        return cost - low[self.options.unit], low

    def loss(self, row: int, low: Whole) -> Whole:
        """(U,): what each unit of the best choice costs above `low`."""
        options = self.options
        out = options.cost[row, self.best.option] - low
        for m in self.best.dropped:
            out[options.unit[options.option[m]]] += options.meeting_cost[row, m]
        return np.asarray(out, np.int64)


def lowest(options: Options, cost: Whole, inside: Flags) -> Whole:
    """(U,): the least cost of each unit's options inside."""
    if not options.n_units:
        return np.zeros(0, np.int64)
    kept = np.where(inside, cost, FAR)
    return np.asarray(np.minimum.reduceat(kept, options.unit_start[:-1]), np.int64)

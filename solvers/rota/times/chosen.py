"""One way to hold everything: an option for each unit, and which meetings are dropped from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from solvers.rota.times.instance import Group
from solvers.rota.times.options import Options, Whole
from solvers.rota.times.solution import Times


@dataclass(frozen=True)
class Chosen:
    """`option` (U,): of each unit its option (the first of a unit: not held). `dropped`: numbers of meetings
    of chosen options that do not take place."""

    option: Whole
    dropped: frozenset[int] = frozenset()

    def costs(self, options: Options) -> Whole:
        """(5,): sums of `COSTS`, fixed sessions among them."""
        dropped = sorted(self.dropped)
        total = options.fixed_cost + options.cost[:, self.option].sum(1)
        return np.asarray(total + options.meeting_cost[:, dropped].sum(1), np.int64)

    def meetings(self, options: Options) -> list[int]:
        """Numbers of the meetings that take place."""
        out: list[int] = []
        for o in self.option.tolist():
            out += range(int(options.meeting_start[o]), int(options.meeting_start[o + 1]))
        return [m for m in out if m not in self.dropped]

    def times(self, options: Options) -> tuple[Times, Times]:
        """(times, slots) as an answer has them."""
        groups = options.instance.groups
        times = [[-1] * group.n_sessions for group in groups]
        slots = [[-1] * group.n_sessions for group in groups]
        group_of = options.unit_group[options.unit]
        for m in self.meetings(options):
            o, t = int(options.option[m]), int(options.session[m])
            g = int(group_of[o])
            times[g][t], slots[g][t] = int(options.begin[m]), int(options.slot[o])
        for g, group in enumerate(groups):
            for t, step in group.fixed:
                times[g][t] = step
            if group.fixed:
                slots[g] = named_slots(group, times[g], slots[g])
        return tuple(map(tuple, times)), tuple(map(tuple, slots))


def chosen_from(options: Options, times: Times, slots: Times) -> Chosen:
    """The choice behind the times of an answer to this instance or one like it: what cannot be held in this
    one is left out."""
    option = options.unit_start[:-1].copy()
    dropped: set[int] = set()
    for u in range(options.n_units):
        g, t = int(options.unit_group[u]), int(options.unit_session[u])
        group = options.instance.groups[g]
        if g >= len(slots) or len(slots[g]) != group.n_sessions:
            continue
        open_ = [k for k in range(group.n_sessions) if k not in group.fixed_at and k not in group.closed]
        held = {k: slots[g][k] for k in (open_ if t < 0 else [t]) if times[g][k] >= 0 and slots[g][k] >= 0}
        if not held:
            continue
        low, high = int(options.unit_start[u]), int(options.unit_start[u + 1])
        slot = next(iter(held.values()))
        at = low + int(np.searchsorted(options.slot[low:high], slot))
        if at >= high or options.slot[at] != slot:
            continue
        option[u] = at
        for m in range(int(options.meeting_start[at]), int(options.meeting_start[at + 1])):
            session = int(options.session[m])
            if session not in held or times[g][session] != options.begin[m]:
                dropped.add(m)
    return Chosen(option, frozenset(dropped))


def named_slots(group: Group, times: Iterable[int], slots: Iterable[int]) -> list[int]:
    """Slots per session, fixed ones put into a slot that is at their time, with fewest changes of slot.

    From a session on, the slots that can go on without a change are kept as a set; a change is put off as
    long as there is one, which is least.
    """
    out = list(slots)
    run: list[int] = []
    going: set[int] = set()
    for t, step in enumerate(times):
        if t in group.fixed_at:
            able = set(np.flatnonzero(group.starts[:, t] == step).tolist())
        else:
            able = {out[t]} - {-1}
        if not able:
            continue
        if not (going & able):
            _settle(out, run, going)
            run, going = [], able
        going &= able
        run.append(t)
    _settle(out, run, going)
    return out


def _settle(out: list[int], run: list[int], going: set[int]) -> None:
    for t in run:
        out[t] = min(going)

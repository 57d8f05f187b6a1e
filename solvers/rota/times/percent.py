"""least_percent: which sessions have to go so that everybody comes to enough of those that are left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solvers.rota.times.chosen import Chosen
from solvers.rota.times.options import Options


def _asking(options: Options) -> list[int]:
    return [g for g, group in enumerate(options.instance.groups) if group.least_percent]


def misses(options: Options, chosen: Chosen) -> bool:
    """Whether somebody could come to too few sessions."""
    asked = _asking(options)
    if not asked:
        return False
    held: dict[int, list[int]] = {g: [] for g in asked}
    for m in chosen.meetings(options):
        g = int(options.unit_group[options.unit[options.option[m]]])
        if g in held:
            held[g].append(m)
    return any(len(trimmed(options, g, mine)) < len(mine) for g, mine in held.items())


def trimmed(options: Options, g: int, meetings: Sequence[int]) -> list[int]:
    """Meetings of a group without those that members who come to too few miss most, until nobody does."""
    group, kept = options.instance.groups[g], list(meetings)
    asked = [i for i in group.members if i not in group.spared]
    while kept:
        there = np.array([[options.attends(i, m) for m in kept] for i in asked], np.bool_)
        there = there.reshape(-1, len(kept))
        short = 100 * there.sum(1) < group.least_percent * len(kept)
        if not short.any():
            break
        kept.pop(int((~there[short]).sum(0).argmax()))
    return kept


def within_percent(options: Options, chosen: Chosen) -> Chosen:
    """The choice with what least_percent asks for: sessions of rotating groups dropped until everybody comes
    to enough of them, series without a slot put into the first that is free once trimmed so."""
    option, dropped = chosen.option.copy(), set(chosen.dropped)
    asked = _asking(options)
    for g in asked:
        units = options.units_of[g]
        if options.instance.groups[g].rotating:
            held = [m for u in units for m in _meetings(options, int(option[u]))]
            for m in set(held) - set(trimmed(options, g, held)):
                u = int(options.unit[options.option[m]])
                option[u] = options.unit_start[u]
    trying = [u for g in asked for u in options.units_of[g] if option[u] == options.unit_start[u]]
    trying = [u for u in trying if options.forced[options.unit_start[u] : options.unit_start[u + 1]].any()]
    if trying:
        busy = _Busy(options, Chosen(option, frozenset(dropped)))
        for u in trying:
            best = _trimmed_option(options, u, busy)
            if best is not None:
                option[u] = best[0]
                dropped |= set(_meetings(options, best[0])) - set(best[1])
                busy.add(best[1])
    return Chosen(option, frozenset(dropped))


def _meetings(options: Options, o: int) -> range:
    return range(int(options.meeting_start[o]), int(options.meeting_start[o + 1]))


class _Busy:
    """Who is where, person by person."""

    def __init__(self, options: Options, chosen: Chosen) -> None:
        self._options = options
        self._taken: set[tuple[int, int]] = set()
        self.add(chosen.meetings(options))

    def _cells(self, m: int) -> set[tuple[int, int]]:
        options = self._options
        group = options.instance.groups[int(options.unit_group[options.unit[options.option[m]]])]
        steps = range(int(options.begin[m]), int(options.begin[m] + options.length[m]))
        return {(i, x) for i in group.members for x in steps}

    def add(self, meetings: Sequence[int]) -> None:
        """Take the places of some meetings."""
        for m in meetings:
            self._taken |= self._cells(m)

    def free(self, m: int) -> bool:
        """Whether nobody of a meeting is elsewhere."""
        return self._taken.isdisjoint(self._cells(m))


def _trimmed_option(options: Options, u: int, busy: _Busy) -> tuple[int, list[int]] | None:
    """The option of a unit that keeps most meetings, and these."""
    best: tuple[int, list[int]] | None = None
    for o in range(int(options.unit_start[u]) + 1, int(options.unit_start[u + 1])):
        free = [m for m in _meetings(options, o) if busy.free(m)]
        kept = trimmed(options, int(options.unit_group[u]), free)
        if kept and (best is None or len(kept) > len(best[1])):
            best = o, kept
    return best

"""What would give a session a time: changes that were tried, each alone, all else as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.rota.times import slot_starts
from matcher.domain.rota_plan import NoTime
from matcher.planning.words import listed

if TYPE_CHECKING:
    from matcher.planning.rota.instance import Prepared
    from solvers.limits import Limits
    from solvers.rota.times.explain.unscheduled import Repair
    from solvers.rota.times.solution import TimesAnswer

LOOKED_INTO = 12
"""Sessions without a time that are looked into."""
REPAIRS = 3
FEWEST: dict[str, int] = {"pod": 2, "circle": 2, "forum": 1}
"""So many have to come at least, whatever the quorum; both of a pair."""


def openings(
    prepared: Prepared, answer: TimesAnswer, rows: Sequence[NoTime], limits: Limits
) -> tuple[NoTime, ...]:
    """The rows of what has no time, the first with repairs that were tried, as far as time is left."""
    from solvers.rota.times.explain.state import State
    from solvers.rota.times.explain.unscheduled import why_unscheduled

    number = {(one.kind, one.pairing, one.key): g for g, one in enumerate(prepared.context.groups)}
    out = []
    for k, row in enumerate(rows):
        if k >= LOOKED_INTO or limits.over:
            out.append(row)
            continue
        g = number[row.kind, row.pairing, row.key]
        group, instance = prepared.context.groups[g], prepared.times
        t = None
        if row.index is None:
            # Every slot, those left out too in which nothing can be held as it is.
            starts = np.ascontiguousarray(slot_starts(prepared.context, group, {}))
            own = replace(instance.groups[g], starts=starts)
            instance = replace(instance, groups=(*instance.groups[:g], own, *instance.groups[g + 1 :]))
        else:
            t = next(t for t in range(len(group.weeks)) if group.index(t) == row.index)
        found = why_unscheduled(State(instance, answer, of=g), g, t)
        kinds: dict[tuple[bool, ...], Repair] = {}
        least = FEWEST.get(group.kind, group.quorum)
        for one in found.repairs if found is not None else ():
            if one.quorum is not None and one.quorum < least:
                continue
            asks = bool(one.free), one.quorum is not None, bool(one.spared), bool(one.moving)
            kinds.setdefault(asks, one)  # the smallest of each kind: the same at another time says little
        told = [_told(prepared, g, one) for one in list(kinds.values())[:REPAIRS]]
        out.append(row.model_copy(update={"repairs": tuple(told)}) if told else row)
    return tuple(out)


def _told(prepared: Prepared, g: int, repair: Repair) -> str:
    """A repair in words."""
    context, people = prepared.context, prepared.people
    group = context.groups[g]
    needs = []
    if repair.free:
        needs.append(f"{listed([people[i].name for i in repair.free])} free then")
    if repair.quorum is not None:
        needs.append(f"a quorum of {repair.quorum} rather than {group.quorum}")
    if repair.spared:
        needs.append(f"{listed([people[i].name for i in repair.spared])} coming to fewer sessions")
    if repair.moving:
        needs.append(f"another time for {listed([context.groups[h].title for h in repair.moving])}")
    return f"At {context.weekly(group, repair.step)} ({group.zone}) with {' and '.join(needs)}."

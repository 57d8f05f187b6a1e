"""An answer laid out for questions: who is where, and what stands against a session in a slot."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from solvers.rota.times.check.score import attending, burden_at
from solvers.rota.times.instance import Group, TimesInstance
from solvers.rota.times.solution import TimesAnswer


@dataclass(frozen=True, order=True)
class Obstacle:
    """One thing that stands against a session in a slot.

    code: a rule of `check.audit` (quorum, required, least_percent, two_places), or "stable" where the series
    is in another slot. person: who cannot come (required, least_percent) or would be in two places; group:
    whose other session that is. Numbers of the instance, -1 for none.
    """

    code: str
    person: int = -1
    group: int = -1


class State:
    """An instance with an answer to it. `of`: the only group that will be asked about."""

    def __init__(self, instance: TimesInstance, answer: TimesAnswer, of: int | None = None) -> None:
        self.instance, self.answer = instance, answer
        self._busy: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
        wanted = None if of is None else set(instance.groups[of].members)
        for g, group in enumerate(instance.groups):
            members = group.members if wanted is None else wanted.intersection(group.members)
            for t, step in enumerate(answer.times[g]) if members else ():
                if step >= 0:
                    for i in members:
                        self._busy[i].append((step, step + group.length, g, t))

    def open_sessions(self, g: int) -> list[int]:
        """Sessions of a group that are neither fixed nor closed."""
        group = self.instance.groups[g]
        return [t for t in range(group.n_sessions) if t not in group.fixed_at and t not in group.closed]

    def held(self, g: int) -> dict[int, int]:
        """Session -> step of those that take place and are not fixed."""
        times = self.answer.times[g]
        return {t: times[t] for t in self.open_sessions(g) if times[t] >= 0}

    def obstacles(self, g: int, session: int, slot: int) -> tuple[Obstacle, ...]:
        """What stands against a session of a group in a slot, all else as it is. The slot has a start."""
        group = self.instance.groups[g]
        start = int(group.starts[slot, session])
        found: set[Obstacle] = set()
        here = set(attending(self.instance, group, start))
        if len(here) < group.quorum:
            found.add(Obstacle("quorum"))
        found |= {Obstacle("required", i) for i in group.required if i not in here}
        for i in group.members:
            for first, end, h, t in self._busy[i]:
                if first < start + group.length and start < end and (h, t) != (g, session):
                    found.add(Obstacle("two_places", i, h))
        held = self.held(g)
        held.pop(session, None)
        slots = self.answer.slots[g]
        if not group.rotating and any(slots[t] != slot for t in held):
            found.add(Obstacle("stable"))
        held[session] = start
        found |= {Obstacle("least_percent", i) for i in self._short(group, held)}
        return tuple(sorted(found))

    def _short(self, group: Group, held: dict[int, int]) -> list[int]:
        """Members who could come to too few of these sessions."""
        comes = [attending(self.instance, group, step) for step in held.values()]
        return [
            i
            for i in group.members
            if i not in group.spared
            and 100 * sum(i in here for here in comes) < group.least_percent * len(held)
        ]

    def around(self, g: int) -> tuple[TimesInstance, list[int]]:
        """The instance of a group and of those it shares people with, and their numbers: what matters for
        whether it keeps its rules. The group comes first."""
        mine = set(self.instance.groups[g].members)
        near = sorted({h for i in mine for _, _, h, _ in self._busy[i]} - {g})
        return self.only([g, *near]), [g, *near]

    def only(self, groups: list[int]) -> TimesInstance:
        """The instance of some groups; what others ask of people counts as carried burden."""
        instance = self.instance
        carried = instance.carried.astype(np.int64)
        for h in set(range(instance.n_groups)) - set(groups):
            group = instance.groups[h]
            for step in self.answer.times[h]:
                for i in attending(instance, group, step) if step >= 0 else ():
                    carried[i] += burden_at(instance, i, step, group.length)
        return replace(
            instance,
            group_ids=[instance.group_ids[h] for h in groups],
            groups=tuple(instance.groups[h] for h in groups),
            carried=carried.astype(np.int32),
        )

    def with_sessions(self, g: int, steps: dict[int, int], slots: dict[int, int]) -> TimesAnswer:
        """The answer with other steps and slots of some sessions of one group: not checked."""
        times = [list(row) for row in self.answer.times]
        named = [list(row) for row in self.answer.slots]
        for t, step in steps.items():
            times[g][t], named[g][t] = step, slots[t]
        return replace(self.answer, times=tuple(map(tuple, times)), slots=tuple(map(tuple, named)))

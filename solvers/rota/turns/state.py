"""An assignment of turns under construction: who may take what beside what they have already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from solvers.rota.turns.instance import Index, Role, TurnsInstance


class State:
    """Turns taken so far. Rules are asked by person, from the few turns that each has.

    fixed: who is pinned to which turn.
    """

    def __init__(self, instance: TurnsInstance) -> None:
        self.instance = instance
        self.person = np.full(instance.n_turns, -1, np.int32)
        self.turns_of: dict[int, set[int]] = {}
        self.hours = np.zeros(instance.n_people, np.int64)
        self.in_organization = np.zeros(max(1, instance.n_organizations), np.int64)
        self.fixed = dict(instance.pinned.rows())
        self._open = set(instance.open_turns.tolist())
        self._session: dict[int, list[int]] = {}
        for t, session in enumerate(instance.session.tolist()):
            self._session.setdefault(session, []).append(t)

    @cached_property
    def windows_of(self) -> list[list[int]]:
        """Per turn the hard windows that it lies in."""
        windows = self.instance.windows
        out: list[list[int]] = [[] for _ in range(self.instance.n_turns)]
        for w in np.flatnonzero(windows.cost == 0).tolist():
            for t in windows.turns(w).tolist():
                out[t].append(w)
        return out

    @cached_property
    def _inside(self) -> list[frozenset[int]]:
        return [frozenset(windows) for windows in self.windows_of]

    def take(self, t: int, i: int) -> None:
        """Give turn t to person i, whatever stands against it."""
        if self.person[t] >= 0:
            self.drop(t)
        self.person[t] = i
        self.turns_of.setdefault(i, set()).add(t)
        self.hours[i] += self.instance.hours_for(t, i)
        self.in_organization[self.instance.organization[i]] += 1

    def drop(self, t: int) -> None:
        """Open turn t."""
        i = int(self.person[t])
        self.person[t] = -1
        self.turns_of[i].remove(t)
        self.hours[i] -= self.instance.hours_for(t, i)
        self.in_organization[self.instance.organization[i]] -= 1

    def against(self, t: int, i: int) -> str | None:
        """Code of the first rule against person i taking turn t beside what they have; None: they may."""
        return next(self.objections(t, i), None)

    def objections(self, t: int, i: int) -> Iterator[str]:
        """Codes of all the rules against it; the person of turn t, if any, is thought away."""
        instance = self.instance
        if t in self.fixed:
            if self.fixed[t] != i:
                yield "pinned"
            return
        if t in self._open:
            yield "open"
        if instance.choices.entry(t, i) < 0:
            yield "not_eligible"
        own = self.turns_of.get(i, set()) - {t}
        if any(instance.session[s] == instance.session[t] for s in own):
            yield "twice"
        if len(own) + 1 > instance.room[i]:
            yield "most"
        again = 0 if self.person[t] == i else instance.hours_for(t, i)
        if self.hours[i] + again > instance.hours_left[i]:
            yield "hours"
        windows, seen = instance.windows, set()
        for w in self.windows_of[t]:
            inside = sum(w in self._inside[s] for s in own)
            code = windows.codes[int(windows.code[w])]
            if code not in seen and inside + 1 > instance.window_room(w, i):
                seen.add(code)
                yield code
        home = int(instance.organization[i])
        room = int(instance.organization_room[home])
        leaves = self.person[t] >= 0 and int(instance.organization[self.person[t]]) == home
        if 0 <= room < self.in_organization[home] - leaves + 1:
            yield "organization_most"
        if instance.mixed and instance.role[t] != Role.SHADOW:
            for s in self._session[int(instance.session[t])]:
                j = int(self.person[s])
                if s != t and j >= 0 and instance.role[s] != Role.SHADOW and instance.organization[j] == home:
                    yield "same_organization"
                    return


def state_of(instance: TurnsInstance, person: Index | Iterable[int]) -> State:
    """The state of an assignment (T,)."""
    out = State(instance)
    for t, i in enumerate(person):
        if i >= 0:
            out.take(t, int(i))
    return out

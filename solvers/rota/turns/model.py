"""The hard rules of a turns instance as an integer program: a 0/1 column for each choice that is open.

Pinned turns are columns fixed at 1, so every row counts them; turns that stay open have no columns. What
tiers need beside these (`parts`) is appended later, with a function that fills it in for an assignment.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.engine import IntArray
from solvers.rota.turns.instance import Index, Role, TurnsInstance
from solvers.rota.turns.rows import Numbers, Rows


class Counted(NamedTuple):
    """Columns of one ledger that count turns: column k says that person of[k] takes one more of class c.
    people: who is counted."""

    c: int
    people: IntArray
    of: IntArray
    columns: IntArray


class Model:
    """The program of one instance. turn, person, burden, preference: of the first `n_choices` columns, which
    come in rising order of turn, then person.

    counted, over: what columns made later mean: turns that people take, and turns of organizations above
    their shares (organization and column of each).
    """

    def __init__(self, instance: TurnsInstance) -> None:
        self.instance = instance
        choices, pinned = instance.choices, instance.pinned
        free = np.ones(instance.n_turns, bool)
        free[pinned.turn] = False
        free[instance.open_turns] = False
        kept = np.flatnonzero(free[choices.turn])
        fixed = np.array([choices.entry(t, i) for t, i in pinned.rows()], np.int64)
        known = np.where(fixed >= 0, fixed, 0)
        worth = [
            np.where(fixed >= 0, part[known], 0) if len(part) else np.zeros(len(fixed), np.int64)
            for part in (choices.burden, choices.preference)
        ]
        turn = np.concatenate([choices.turn[kept], pinned.turn])
        person = np.concatenate([choices.person[kept], pinned.person])
        order = np.lexsort((person, turn))
        self.turn: Index = turn[order]
        self.person: Index = person[order]
        self.burden = np.concatenate([choices.burden[kept], worth[0]])[order].astype(np.int64)
        self.preference = np.concatenate([choices.preference[kept], worth[1]])[order].astype(np.int64)
        self.fixed = np.concatenate([np.zeros(len(kept), bool), np.ones(len(pinned), bool)])[order]
        self.rows = Rows()
        self.rows.columns(self.n_choices, self.fixed.astype(np.int64), 1)
        self.counted: list[Counted] = []
        self.over: tuple[IntArray, IntArray] = (np.zeros(0, np.int64), np.zeros(0, np.int64))
        self._fills: list[Callable[[IntArray], None]] = []
        self._hard()

    @property
    def n_choices(self) -> int:
        """Number of columns that are choices."""
        return len(self.turn)

    @cached_property
    def _keys(self) -> IntArray:
        return self.turn.astype(np.int64) * self.instance.n_people + self.person

    def columns_of(self, turn: Numbers, person: Numbers) -> IntArray:
        """Columns of turns and persons; -1 where there is none."""
        if not self.n_choices:
            return np.full(len(turn), -1, np.int64)
        keys = turn.astype(np.int64) * self.instance.n_people + person
        at = np.minimum(np.searchsorted(self._keys, keys), self.n_choices - 1)
        return np.where(self._keys[at] == keys, at, -1)

    def append(self, fill: Callable[[IntArray], None]) -> None:
        """Remember how the columns just made follow from those before: `fill(values)` writes them."""
        self._fills.append(fill)

    def values(self, person: Index) -> IntArray:
        """All columns for an assignment (T,)."""
        out = np.zeros(self.rows.n_columns, np.int64)
        taken = np.flatnonzero(person >= 0)
        at = self.columns_of(taken, person[taken])
        out[at[at >= 0]] = 1
        for fill in self._fills:
            fill(out)
        return out

    def read(self, values: IntArray) -> Index:
        """The assignment (T,) that the columns say."""
        out = np.full(self.instance.n_turns, -1, np.int32)
        chosen = np.flatnonzero(values[: self.n_choices])
        out[self.turn[chosen]] = self.person[chosen]
        return out

    def objective(self, columns: Numbers, worth: Numbers | int) -> IntArray:
        """A vector over all columns with these numbers, 0 elsewhere."""
        out = np.zeros(self.rows.n_columns, np.int64)
        out[columns] = worth
        return out

    def capped(
        self, key: Numbers, column: Numbers, by: Numbers | int, most: Callable[[IntArray], Numbers]
    ) -> None:
        """Rows `at most` of choices: one for each key where the choices together could break it."""
        if not len(key):
            return
        keys, row = np.unique(key, return_inverse=True)
        bound = np.asarray(most(keys.astype(np.int64)), np.int64)
        total = np.zeros(len(keys), np.int64)
        np.add.at(total, row, by)
        tight = total > bound
        part = tight[row]
        self.rows.add(key[part], column[part], by if isinstance(by, int) else by[part], most=bound[tight])

    def _hard(self) -> None:
        instance, every = self.instance, np.arange(self.n_choices)
        person, n = self.person.astype(np.int64), instance.n_people
        session = instance.session[self.turn].astype(np.int64)
        self.capped(self.turn, every, 1, lambda keys: np.ones(len(keys), np.int64))
        shared = np.flatnonzero(self._shares_session(np.ones(instance.n_turns, bool)))
        self.capped((session * n + person)[shared], shared, 1, lambda keys: np.ones(len(keys), np.int64))
        self.capped(person, every, 1, lambda keys: instance.room[keys])
        hours = instance.hours_of(self.turn, self.person)
        self.capped(person, every, hours, lambda keys: instance.hours_left[keys])
        key, column = self.in_windows(instance.windows.cost == 0)
        pins = np.zeros(len(instance.windows) * n, np.int64) if len(instance.pinned) else None
        if pins is not None:
            np.add.at(pins, key[self.fixed[column]], 1)

        def room(keys: IntArray) -> IntArray:
            most = instance.windows.most[keys // n].astype(np.int64)
            return most if pins is None else np.maximum(most, pins[keys])

        self.capped(key, column, 1, room)
        limits = instance.organization_room
        home = instance.organization[self.person]
        bound = limits[home] >= 0
        self.capped(home[bound], every[bound], 1, lambda keys: limits[keys])
        if instance.mixed:
            self._mixed(session)
        if instance.most_broken is not None and len(instance.previous):
            at = self.columns_of(instance.previous.turn, instance.previous.person)
            self.rows.add(np.zeros(len(at), np.int64), at, least=len(at) - instance.most_broken)

    def _mixed(self, session: IntArray) -> None:
        instance = self.instance
        some = np.flatnonzero(self._shares_session(instance.role != Role.SHADOW))
        k = instance.n_organizations
        key = session[some] * k + instance.organization[self.person[some]]
        pins = np.bincount(key[self.fixed[some]], minlength=int(key.max(initial=0)) + 1)
        # Two pins of one organization are let be, but nobody else of it joins them.
        self.capped(key, some, 1, lambda keys: np.maximum(1, pins[keys]))

    def _shares_session(self, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Per column: whether its turn is among these, and another one of its session is too."""
        session = self.instance.session
        turns = np.bincount(session[among], minlength=int(session.max(initial=0)) + 1)
        shares: NDArray[np.bool_] = (among & (turns[session] > 1))[self.turn]
        return shares

    def in_windows(self, chosen: NDArray[np.bool_]) -> tuple[IntArray, IntArray]:
        """(window x n_people + person, column) of every choice in each of the chosen windows."""
        windows, n = self.instance.windows, self.instance.n_people
        number = np.repeat(np.arange(len(windows)), np.diff(windows.start))
        used = chosen[number]
        number, turn = number[used], windows.turn[used]
        first = np.searchsorted(self.turn, turn)
        length = np.searchsorted(self.turn, turn, side="right") - first
        column = np.repeat(first - np.cumsum(length) + length, length) + np.arange(int(length.sum()))
        return np.repeat(number, length) * n + self.person[column], column

"""Turns of each person, counted one by one in 0/1 columns: any function of the count is linear in them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from solvers.engine import IntArray
from solvers.rota.turns.check.score import load
from solvers.rota.turns.model import Counted, Model


class Unary:
    """Turns of each person in one class, counted in 0/1 columns: the k-th is 1 where they take k or more.

    first (n,): column of the person's first, -1 for people who are not counted. top (n,): how many columns.
    """

    def __init__(self, model: Model, c: int) -> None:
        instance, self.c, self.instance = model.instance, c, model.instance
        self.people = np.flatnonzero(instance.counted[:, c])
        inside = instance.class_of[model.turn] == c
        self.column = np.flatnonzero(inside & instance.counted[model.person, c])
        person = model.person[self.column]
        n = instance.n_people
        held = np.bincount(person[model.fixed[self.column]], minlength=n)
        self.top = np.where(
            instance.counted[:, c], np.minimum(np.bincount(person, minlength=n), instance.room), 0
        ).astype(np.int64)
        self.of = np.repeat(np.arange(n), self.top)
        start = np.cumsum(self.top) - self.top
        self.k = np.arange(len(self.of)) - start[self.of] + 1
        columns = model.rows.columns(len(self.of), (self.k <= held[self.of]).astype(np.int64))
        self.first = np.where(self.top > 0, start + (columns[0] if len(columns) else 0), -1)
        self.columns = columns
        model.counted.append(Counted(c, self.people, self.of, columns))
        model.rows.add(
            np.concatenate([person, self.of]),
            np.concatenate([self.column, columns]),
            np.concatenate([np.ones(len(person), np.int64), np.full(len(columns), -1, np.int64)]),
            0,
            0,
        )
        later = np.flatnonzero(self.k > 1)
        model.rows.add(
            np.concatenate([later, later]),
            np.concatenate([columns[later - 1], columns[later]]),
            np.concatenate([np.ones(len(later), np.int64), np.full(len(later), -1, np.int64)]),
            least=0,
        )
        model.append(self._fill)
        self.person = person
        self.load = np.array(
            [load(instance, i, c, k) for i, k in zip(self.of.tolist(), self.k.tolist(), strict=True)],
            np.int64,
        )
        self.base = np.array([load(instance, i, c, 0) for i in self.people.tolist()], np.int64)

    def _fill(self, values: IntArray) -> None:
        count = np.bincount(self.person, weights=values[self.column], minlength=self.instance.n_people)
        values[self.columns] = self.k <= count[self.of]

    @cached_property
    def before(self) -> IntArray:
        """Load one turn earlier, of each column."""
        base = np.zeros(self.instance.n_people, np.int64)
        base[self.people] = self.base
        return np.where(self.k > 1, np.roll(self.load, 1), base[self.of]) if len(self.load) else self.load

    @cached_property
    def ends(self) -> IntArray:
        """Load of each of `people` with as many turns as they could take."""
        out = self.base.copy()
        able = self.top[self.people] > 0
        last = self.first[self.people] + self.top[self.people] - 1
        if len(self.columns):
            out[able] = self.load[last[able] - self.columns[0]]
        return out

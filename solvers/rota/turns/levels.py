"""Tiers about the loads of a class: who is at or above which level, the highest and the lowest load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from solvers.engine import IntArray
from solvers.rota.turns.check.score import load
from solvers.rota.turns.instance import Index
from solvers.rota.turns.model import Model
from solvers.rota.turns.unary import Unary


@dataclass(frozen=True)
class Stage:
    """One tier: its value is constant + worth @ x (sense max) or constant - worth @ x (min)."""

    name: str
    sense: Literal["max", "min"]
    worth: IntArray
    constant: int = 0

    def tier_value(self, worth: int) -> int:
        """The tier's value where the objective is worth so much."""
        return self.constant + worth if self.sense == "max" else self.constant - worth

    def objective_value(self, value: int) -> int:
        """The other way round."""
        return value - self.constant if self.sense == "max" else self.constant - value


class Target(NamedTuple):
    """An objective that reaches `least` in the answers wanted, and in no others."""

    worth: IntArray
    least: int


class _OfClass:
    """Loads of the people counted in one class."""

    def __init__(self, model: Model, unary: Unary, tail: str) -> None:
        self._model, self._unary, self._tail = model, unary, tail

    @property
    def turns(self) -> int:
        """Turns of the class."""
        return int((self._model.instance.class_of == self._unary.c).sum())

    def _loads(self, person: Index) -> list[int]:
        """Load of each person counted."""
        instance, c = self._model.instance, self._unary.c
        turns = np.bincount(person[(person >= 0) & (instance.class_of == c)], minlength=instance.n_people)
        return [load(instance, i, c, int(turns[i])) for i in self._unary.people.tolist()]


class Levels(_OfClass):
    """The tiers of one class in order full: which there are depends on the answer."""

    def loads(self, person: Index) -> list[int]:
        """Loads above 0 that somebody counted in the class has, falling."""
        return sorted(set(self._loads(person)) - {0}, reverse=True)

    def next_above(self, loads: int) -> int | None:
        """The next load that somebody could have; None above the highest."""
        above = self._unary.load[self._unary.load > loads]
        return int(above.min()) if len(above) else None

    def above(self, loads: int) -> IntArray:
        """Charges every turn that brings anybody to this load or beyond it."""
        return self._model.objective(self._unary.columns[self._unary.load >= loads], -1)

    def stage(self, loads: int) -> Stage:
        """People of the class whose load is `loads` or more."""
        unary = self._unary
        reaching = (unary.load >= loads) & (unary.before < loads)
        constant = int((unary.base >= loads).sum())
        worth = self._model.objective(unary.columns[reaching], -1)
        return Stage(f"load_at_least_{loads}{self._tail}", "min", worth, constant)


class Highest(_OfClass):
    """The highest load. To lower it, nobody takes a turn that brings them to it: such turns are counted,
    which a linear relaxation bounds far better than a maximum.
    """

    sense: Literal["min"] = "min"

    @property
    def name(self) -> str:
        """The tier."""
        return f"highest_load{self._tail}"

    def value(self, person: Index) -> int:
        """What an assignment reaches."""
        return max(self._loads(person))

    @property
    def limit(self) -> int:
        """No answer goes below."""
        unary = self._unary
        held = unary.load[self._model.rows.lower(unary.columns) == 1]
        return int(max(unary.base.max(), held.max(initial=0)))

    def better(self, value: int) -> Target | None:
        """What answers with a lower highest load reach; None if there are none."""
        return None if self.limit >= value else self._below(value)

    def counted_out(self, value: int, filled: int) -> bool:
        """Whether everybody below `value` together cannot take so many turns of the class."""
        model, unary = self._model, self._unary
        instance = model.instance
        below = int((unary.load < value).sum())
        outside = ~instance.counted[model.person, unary.c] & (instance.class_of[model.turn] == unary.c)
        return below + int(outside.sum()) < filled

    def held(self, value: int) -> Target:
        """What answers with this highest load or a lower one reach."""
        return self._below(value + 1)

    def _below(self, loads: int) -> Target:
        unary = self._unary
        return Target(self._model.objective(unary.columns[unary.load >= loads], -1), 0)


class Lowest(_OfClass):
    """The lowest load. To raise it, everybody takes the turns that bring them above it: they are counted."""

    sense: Literal["max"] = "max"

    @property
    def name(self) -> str:
        """The tier."""
        return f"lowest_load{self._tail}"

    def value(self, person: Index) -> int:
        """What an assignment reaches."""
        return min(self._loads(person))

    @property
    def limit(self) -> int:
        """No answer goes above."""
        return int(self._unary.ends.min())

    def better(self, value: int) -> Target | None:
        """What answers with a higher lowest load reach; None if there are none."""
        return None if self.limit <= value else self._above(value + 1)

    def counted_out(self, value: int, filled: int) -> bool:
        """Whether everybody above `value` would take more turns of the class than there are."""
        del filled
        return int((self._unary.before <= value).sum()) > self.turns

    def held(self, value: int) -> Target:
        """What answers with this lowest load or a higher one reach."""
        return self._above(value)

    def _above(self, loads: int) -> Target:
        unary = self._unary
        needed = unary.columns[unary.before < loads]
        return Target(self._model.objective(needed, 1), len(needed))

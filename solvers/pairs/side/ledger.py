"""What is known while side constraints are closed: the best answer, and what bounds each of its tiers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.certificate import flow_value
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import PairsInstance
from solvers.pairs.side.prices import PricedBound


@dataclass(frozen=True)
class Note:
    """The bound of a tier, in units of flow, given that the tiers before keep the answer's values; the prices
    it comes from, and how a search brought it lower than they did (None where none did)."""

    bound: int
    source: PricedBound
    how: str | None = None


@dataclass
class Ledger:
    """The best answer so far and every bound found on the way.

    `drawn`: whether the answer is a flow's, so that its lottery decided between equals."""

    instance: PairsInstance
    relaxed: PricedFlow
    limits: Limits
    answer: Edges | None
    drawn: bool = False
    _bounds: list[tuple[tuple[int, ...], PricedBound]] = field(default_factory=list)
    _searched: dict[tuple[int, ...], tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.relaxed.bound is not None
        ones = np.ones(len(self.relaxed.bound), np.int64)
        self._bounds.append(((), PricedBound(0, ones, self.relaxed.bound, self.relaxed)))

    def value(self, answer: Edges | None = None) -> IntArray:
        """Tiers of an answer, by default of the best one, in units of flow."""
        answer = self.answer if answer is None else answer
        assert answer is not None
        return flow_value(self.relaxed.network, self.instance, answer)

    def keep(self, answer: Edges, drawn: bool = False) -> bool:
        """Keep an answer if it is better."""
        if self.answer is not None and tuple(self.value(answer)) <= tuple(self.value()):
            return False
        self.answer, self.drawn = answer, drawn
        return True

    def note(self, bound: PricedBound) -> None:
        """Take in a bound that holds, where it has rows of its own for them, for answers whose tiers before
        `bound.first_tier` are at least those of the answer now."""
        held = tuple(self.value()[: bound.first_tier].tolist()) if bound.first_tier else ()
        self._bounds.append((held, bound))
        spec, reached = self.relaxed.network.tiers[bound.first_tier], None
        if self.answer is not None:
            reached = spec.offset + spec.sign * int(self.value()[bound.first_tier])
        told = spec.offset + spec.sign * int(bound.bound[0] // bound.scale[0])
        self.limits.tell("side constraints", tier=spec.name, value=reached, bound=told)

    def search(self, tier: int, bound: int, how: str) -> None:
        """Note what a search over every answer brought: none with the answer's values in the tiers before has
        more than `bound`, in units of flow, in this one."""
        prefix = tuple(self.value()[:tier].tolist())
        if prefix not in self._searched or bound < self._searched[prefix][0]:
            self._searched[prefix] = (bound, how)

    def notes(self) -> dict[int, Note]:
        """Tier -> the best bound that holds of it, given that the tiers before keep the answer's values."""
        notes: dict[int, Note] = {}
        value = [] if self.answer is None else self.value().tolist()
        for held, bound in self._bounds:
            if any(least > reached for least, reached in zip(held, value, strict=False)):
                continue
            for tier, limit in _told(bound, value):
                if tier not in notes or limit < notes[tier].bound:
                    notes[tier] = Note(limit, bound)
        for tier, note in notes.items():
            limit, how = self._searched.get(tuple(value[:tier]), (note.bound, ""))
            if limit < note.bound:
                notes[tier] = Note(limit, note.source, how)
        return notes

    def first_open(self) -> int:
        """The first tier whose bound the answer does not reach; the number of tiers where there is none."""
        tiers = len(self.relaxed.network.tiers)
        if self.answer is None:
            return 0
        notes, value = self.notes(), self.value().tolist()
        closed = (tier in notes and notes[tier].bound == value[tier] for tier in range(tiers))
        return next((tier for tier, done in enumerate(closed) if not done), tiers)

    def short_of(self, bound: PricedBound) -> IntArray:
        """How far the answer is from a bound, tier by tier, in its units."""
        short: IntArray = bound.bound - bound.scale * self.value()[bound.first_tier :]
        return short


def _told(bound: PricedBound, value: list[int]) -> Iterator[tuple[int, int]]:
    """Tiers and their bounds, up to the first that is not exactly at its bound: on that rests what is said of
    the later ones."""
    for k, (digit, unit) in enumerate(zip(bound.bound.tolist(), bound.scale.tolist(), strict=True)):
        tier = bound.first_tier + k
        yield tier, digit // unit
        if not value or digit != unit * value[tier]:
            return

"""How many of the other side each rule takes away: from one person, or over all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.candidates.oracle import PackedOracle
from matcher.candidates.pack import Array
from matcher.candidates.rules import CODES
from solvers.pairs.edges import Index

MOST_PAIRS = 20_000_000
"""Up to so many pairs, the funnel over a network looks at each; beyond, at evenly spread learners."""


@dataclass(frozen=True)
class Funnel:
    """Pairs (or seats) lost to each rule; every dict holds all codes of the rules, in their order.

    total: pairs looked at; people whom a member rule leaves out are not among them. taken: pairs that a rule
    stands against. alone: those that no other rule stands against, so that they would be eligible without it.
    remain: pairs left after this rule and all before it. sampled: of how many learners, None for all.
    """

    total: int
    taken: dict[str, int]
    alone: dict[str, int]
    remain: dict[str, int]
    sampled: int | None = None

    @property
    def eligible(self) -> int:
        """Pairs that no rule stands against."""
        return next(reversed(self.remain.values()))


def funnel_of(masks: Array, sampled: int | None = None, codes: Sequence[str] = CODES) -> Funnel:
    """The funnel of pairs with these masks of rules against them (bit k stands for the k-th of `codes`)."""
    kinds, counts = np.unique(masks, return_counts=True)
    taken, alone, remain = {}, {}, {}
    for bit, code in enumerate(codes):
        taken[code] = int(counts[kinds >> bit & 1 == 1].sum())
        alone[code] = int(counts[kinds == 1 << bit].sum())
        remain[code] = int(counts[kinds & ((2 << bit) - 1) == 0].sum())
    return Funnel(len(masks), taken, alone, remain, sampled)


def network_funnel(oracle: PackedOracle, most_pairs: int = MOST_PAIRS) -> Funnel:
    """The funnel over all pairs of listed people, or over evenly spread learners when there are too many."""
    n, m = oracle.n_learners, oracle.n_guides
    wanted = min(n, max(1, most_pairs // max(m, 1)))
    learners = (
        np.unique(np.linspace(0, n - 1, wanted).round().astype(np.int32)) if n else np.zeros(0, np.int32)
    )
    at_once = max(1, 500_000 // max(m, 1))
    found = [
        oracle.masks(*crossed(learners[low : low + at_once], m)) for low in range(0, len(learners), at_once)
    ]
    masks = np.concatenate([np.zeros(0, np.int32), *found])
    return funnel_of(masks, None if len(learners) == n else len(learners))


def crossed(learners: Index, n_guides: int) -> tuple[Index, Index]:
    """Every one of these learners with every guide."""
    return np.repeat(learners, n_guides), np.tile(np.arange(n_guides, dtype=np.int32), len(learners))

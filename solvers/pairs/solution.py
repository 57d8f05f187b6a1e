"""The answer to a pairs instance: pairs, tiers with bounds, and the duals that prove them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from solvers.pairs.edges import Edges, IntArray
from solvers.result import Effort, Status, Tier


@dataclass(frozen=True)
class Duals:
    """A certificate: one whole number per tier and node, over all eligible pairs.

    tiers: names, in order. learner (tiers, n) and guide (tiers, m): u and v of `edges`.
    node (tiers, nodes): potentials of the other nodes of the circulation (`flow.network.Network.node_names`).
    least_points: the certificate speaks of pairs with at least so many points (and pinned and previous ones).
    """

    tiers: tuple[str, ...]
    learner: IntArray
    guide: IntArray
    node: IntArray
    node_names: tuple[str, ...]
    least_points: int = 0


@dataclass(frozen=True)
class PricedRow:
    """A rule beside the flow with its price: what one unit of its left side costs, per tier of a certificate.

    code "budget": learner_cost * (guides of `learner`) + guide_cost * (learners of `guide`) <= most, which
    holds for every whole answer that keeps that budget. "quota": the one called `name`. "most_broken":
    previous pairs broken. "both_ways": `learner` -> `guide` and back. "held": the tier called `name` reaches
    at least `most`, in units of flow. Numbers are -1 and names empty where they say nothing.
    """

    code: Literal["budget", "quota", "most_broken", "both_ways", "held"]
    price: tuple[int, ...]
    most: int = 0
    learner: int = -1
    guide: int = -1
    learner_cost: int = 0
    guide_cost: int = 0
    name: str = ""


@dataclass(frozen=True)
class SideDuals:
    """A certificate of the tiers of `duals.tiers` (the last ones) with prices on rules beside the flow.

    Numbers of tier t, prices and potentials alike, are in units of 1 / scale[t]. The bounds of its tiers hold
    for answers that keep the "held" rows, each given that the tiers before it here are exactly at theirs.
    """

    duals: Duals
    scale: tuple[int, ...]
    rows: tuple[PricedRow, ...]


@dataclass(frozen=True)
class PairsAnswer:
    """An audited answer. `pairs` are numbers; `kept` and `pinned` flag them; `conflict` names clashing pins.

    `duals` certify the tiers. In the order floor they speak of pairs that reach the floor only; then
    `upper_duals` certify the tiers before the floor over all pairs, and `floor_duals` (over the pairs with at
    least `floor_duals.least_points`) that a higher floor would lower one of them. `side_duals` bound the
    tiers closer, where rules beside the flow have a price.
    """

    status: Status
    tiers: tuple[Tier, ...]
    pairs: Edges
    kept: NDArray[np.bool_]
    pinned: NDArray[np.bool_]
    duals: Duals | None
    effort: Effort
    conflict: tuple[str, ...] = ()
    blocking_pairs: int | None = None
    upper_duals: Duals | None = None
    floor_duals: Duals | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)
    side_duals: tuple[SideDuals, ...] = ()

    @property
    def value(self) -> int | None:
        """The value of the last tier."""
        return self.tiers[-1].value if self.tiers else None

    @property
    def bound(self) -> int | None:
        """The bound of the last tier, given what the earlier ones reached."""
        return self.tiers[-1].bound if self.tiers else None

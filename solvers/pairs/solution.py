"""The answer to a pairs instance: pairs, tiers with bounds, and the duals that prove them."""

from __future__ import annotations

from dataclasses import dataclass, field

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
class PairsAnswer:
    """An audited answer. `pairs` are numbers; `kept` and `pinned` flag them; `conflict` names clashing pins.

    `duals` certify the tiers. In the order floor they speak of pairs that reach the floor only; then
    `upper_duals` certify the tiers before the floor over all pairs, and `floor_duals` (over the pairs with at
    least `floor_duals.least_points`) that a higher floor would lower one of them.
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

    @property
    def value(self) -> int | None:
        """The value of the last tier."""
        return self.tiers[-1].value if self.tiers else None

    @property
    def bound(self) -> int | None:
        """The bound of the last tier, given what the earlier ones reached."""
        return self.tiers[-1].bound if self.tiers else None

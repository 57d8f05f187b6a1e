"""What potentials prove: an upper bound per tier, over all pairs that they price right.

For any potentials p the total worth of a circulation x is sum_a (worth_a + p(head) - p(tail)) x_a, so tier by
tier no circulation beats sum_a rc_a * (upper_a if rc_a > 0 else lower_a), where rc is read lexicographically:
on the face of answers that reach the bounds of the earlier tiers, an arc with a positive reduced cost there
is at its upper bound, one with a negative one at its lower, and only the others are free.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.network import Network
from solvers.pairs.instance import PairsInstance
from solvers.pairs.solution import Duals
from solvers.result import Tier


def lexicographic_sign(digits: IntArray) -> NDArray[np.int8]:
    """Sign of the first digit that is not zero, per column of (tiers, k)."""
    sign = np.zeros(digits.shape[1], np.int8)
    for tier in digits:
        sign = np.where(sign == 0, np.sign(tier).astype(np.int8), sign)
    return sign


def flow_bound(
    network: Network, instance: PairsInstance, pairs: Edges, fixed: NDArray[np.int8], potentials: IntArray
) -> IntArray:
    """Upper bound per tier, shape (tiers,), in units of flow, if unlisted pairs have no positive reduced
    cost.
    """
    arcs = network.worth + potentials[:, network.head] - potentials[:, network.tail]
    sign = lexicographic_sign(arcs)
    at = np.where(sign > 0, network.upper, network.lower).astype(np.int64)
    total = (arcs * at).sum(axis=1)
    worth = network.pair_worth(instance, pairs)
    reduced = worth + potentials[:, network.n_learners + pairs.guide] - potentials[:, pairs.learner]
    used = (lexicographic_sign(reduced) > 0) | (fixed > 0)
    bound: IntArray = total + (reduced * used).sum(axis=1)
    return bound


def flow_value(network: Network, instance: PairsInstance, pairs: Edges) -> IntArray:
    """Worth per tier of the given pairs, shape (tiers,), in units of flow; places count first places
    first.
    """
    worth: IntArray = network.pair_worth(instance, pairs).sum(axis=1)
    loads = np.bincount(pairs.learner, minlength=network.n_learners)
    given = np.bincount(pairs.guide, minlength=network.n_guides)
    for t, tier in enumerate(network.tiers):
        if tier.name.startswith("places_"):
            worth[t] = int((loads >= int(tier.name.removeprefix("places_"))).sum())
        elif tier.name == "shortage":
            worth[t] = int(np.minimum(given, instance.min_load).sum())
        elif tier.name == "priority":
            worth[t] = int(instance.priority[loads > 0].sum())
    return worth


def tiers_from(
    network: Network, value: IntArray, bound: IntArray | None, cap: int | None = None
) -> tuple[Tier, ...]:
    """Values and bounds in people's terms. After the first tier that is not closed no conditional bound is
    told; `cap` is an unconditional bound on the last tier, used there."""
    tiers = []
    closed = bound is not None
    for t, spec in enumerate(network.tiers):
        reached = spec.offset + spec.sign * int(value[t])
        limit: int | None = spec.offset + spec.sign * int(bound[t]) if bound is not None and closed else None
        condition = None
        if limit is None and t == len(network.tiers) - 1 and cap is not None:
            limit, condition = max(cap, reached), "unconditional: every learner with their best pairs"
        proven = closed and limit == reached
        tiers.append(Tier(spec.name, "max" if spec.sign > 0 else "min", reached, limit, proven, condition))
        closed = closed and proven
    return tuple(tiers)


def duals_from(network: Network, potentials: IntArray, least_points: int = 0) -> Duals:
    """The certificate as it travels: u of learners, v of guides, and the potentials of the other nodes."""
    n, m = network.n_learners, network.n_guides
    return Duals(
        tiers=tuple(tier.name for tier in network.tiers),
        learner=potentials[:, :n].copy(),
        guide=-potentials[:, n : n + m],
        node=potentials[:, n + m :].copy(),
        node_names=network.node_names,
        least_points=least_points,
    )

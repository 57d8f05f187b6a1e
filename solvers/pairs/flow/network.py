"""The circulation behind a pairs instance: which nodes and arcs there are, and what each arc is worth per
tier.

Nodes: learners 0..n-1, guides n..n+m-1, then the hub and, where they bite, organizations, groups and quotas.
Arcs run hub -> (group) -> (organization) -> (quotas) -> learner -> guide -> (quotas) -> (organization) -> ...
hub.

- A *place arc* leads into learner i once per guide wanted, capacity 1; the k-th is worth 1 in tier
  `places_k`,
  the first also priority_i in tier `priority`. Because the k-th layer outranks the next, the arcs are convex.
- A *guide arc* leaves guide j: min_load_j units worth 1 in tier `shortage`, the rest of the capacity worth 0.
- A *pair arc* i -> j has capacity 1 (lower bound 1 if pinned); it is worth its points, and 1 in `kept` if
  previous.
- Give and take: one node per organization receives what its guides give and feeds its learners; its *net arc*
  from the hub (or its group's node) carries received minus given within the balance bounds.
- Quotas whose sets nest with each other and with the organizations are arcs; the others are side constraints.

A unit of flow round the hub is one pair. Every tier is a linear objective to maximize over circulations, so
the lexicographic optimum is again a min-cost flow (see `circulation`), with one potential per node and tier
as certificate. Reduced cost of an arc: worth + p(head) - p(tail); learners carry u_i = p(i), guides
v_j = -p(j), the hub 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.faults import InstanceError
from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.instance import PairsInstance, Quota

WORD = 2**60


@dataclass(frozen=True)
class FlowTier:
    """One linear objective of the circulation, to be maximized: value told to people = offset + sign *
    flow.
    """

    name: str
    sign: int
    offset: int
    span: int
    """No simple cycle of the residual network changes this objective by more than `span`."""


@dataclass(frozen=True)
class Packing:
    """Tuples of tiers as two machine words (high, low): lexicographic order is kept, sums stay exact.

    `word[t]` says which word tier t lives in (0 high, 1 low), `weight[t]` its unit there.
    """

    word: tuple[int, ...]
    weight: tuple[int, ...]
    span: tuple[int, ...]

    def unpack(self, high: IntArray, low: IntArray) -> IntArray:
        """Potentials as one whole number per tier: shape (tiers, len(high))."""
        rest = [high.copy(), low.copy()]
        out = np.zeros((len(self.word), len(high)), np.int64)
        for t, (word, weight) in enumerate(zip(self.word, self.weight, strict=True)):
            digit = (rest[word] + weight // 2) // weight if weight > 1 else rest[word].copy()
            out[t] = digit
            rest[word] -= digit * weight
        return out

    def pack(self, digits: IntArray) -> tuple[IntArray, IntArray]:
        """The inverse of `unpack`: digits of shape (tiers, k) to words of shape (k,)."""
        words = [np.zeros(digits.shape[1], np.int64), np.zeros(digits.shape[1], np.int64)]
        for t, (word, weight) in enumerate(zip(self.word, self.weight, strict=True)):
            words[word] += digits[t] * weight
        return words[0], words[1]


@dataclass(frozen=True)
class Network:
    """Nodes and structural arcs (all but the pair arcs). Worths: shape (tiers, arcs); pair arcs count in the
    tiers `kept_tier` (None without one) and the last.

    `side_quotas` are quotas that are not arcs and must be held otherwise.
    """

    n_learners: int
    n_guides: int
    node_names: tuple[str, ...]
    tail: Index
    head: Index
    lower: Index
    upper: Index
    worth: IntArray
    tiers: tuple[FlowTier, ...]
    kept_tier: int | None
    packing: Packing
    place_parent: Index
    guide_parent: Index
    side_quotas: tuple[Quota, ...]

    @property
    def n_nodes(self) -> int:
        """All nodes: learners, guides, then the named ones (`node_names`, the hub first)."""
        return self.n_learners + self.n_guides + len(self.node_names)

    @property
    def hub(self) -> int:
        """Number of the hub node."""
        return self.n_learners + self.n_guides

    @property
    def crowd(self) -> int:
        """How many pairs of one learner may be worth less than the oracle says."""
        return 0

    def pair_worth(self, instance: PairsInstance, edges: Edges) -> IntArray:
        """Worth of pair arcs, shape (tiers, len(edges)): points (with the bonus), and 1 in `kept` if
        previous.
        """
        worth = np.zeros((len(self.tiers), len(edges)), np.int64)
        worth[-1] = edges.points
        if len(instance.previous):
            m = self.n_guides
            keys = edges.learner.astype(np.int64) * m + edges.guide
            known = instance.previous.learner.astype(np.int64) * m + instance.previous.guide
            kept = np.isin(
                keys, known, assume_unique=True
            )  # many times faster than to look for doubles first
            if self.kept_tier is not None:
                worth[self.kept_tier] = kept
            if instance.changes == "bonus":
                worth[-1] += kept * instance.bonus
        return worth


class _Arcs:
    """Columns of arcs while the network grows."""

    def __init__(self) -> None:
        self.tail: list[Index] = []
        self.head: list[Index] = []
        self.lower: list[Index] = []
        self.upper: list[Index] = []
        self.kind: list[Index] = []

    def add(self, tail: object, head: object, lower: object, upper: object, kind: int) -> None:
        columns = np.broadcast_arrays(*(np.asarray(c, np.int32) for c in (tail, head, lower, upper)))
        for store, column in zip((self.tail, self.head, self.lower, self.upper), columns, strict=True):
            store.append(np.atleast_1d(column).ravel())
        self.kind.append(np.full(self.tail[-1].shape, kind, np.int32))


PLACE_KIND = 100  # + layer
GUIDE_MIN, GUIDE_REST, NET, QUOTA = 0, 1, 2, 3


def build_network(instance: PairsInstance) -> Network:
    """Build the circulation of an instance. Raises InstanceError where its tiers do not fit two words."""
    n, m = instance.n_learners, instance.n_guides
    hub = n + m
    names = ["hub"]
    arcs = _Arcs()

    def new_node(name: str) -> int:
        names.append(name)
        return hub + len(names) - 1

    learner_top = np.full(n, hub, np.int32)
    guide_top = np.full(m, hub, np.int32)
    balance = instance.balance
    if balance is not None:
        groups = [new_node(f"group:{g}") for g in range(len(balance.group_least))]
        for g, node in enumerate(groups):
            arcs.add(hub, node, balance.group_least[g], balance.group_most[g], NET)
        first = hub + len(names)
        for k, organization in enumerate(instance.organization_ids):
            node = new_node(f"organization:{organization}")
            above = groups[balance.group[k]] if balance.group[k] >= 0 else hub
            arcs.add(above, node, balance.least[k], balance.most[k], NET)
        learner_top = (first + instance.learner_org).astype(np.int32)
        guide_top = (first + instance.guide_org).astype(np.int32)

    side: list[Quota] = []
    learner_parent, guide_parent = learner_top.copy(), guide_top.copy()
    # Wide quotas first: a later, narrower one hangs below the nodes made before it.
    for quota in sorted(instance.quotas, key=lambda q: (-len(q.members), q.side, q.name)):
        parent = learner_parent if quota.side == "received" else guide_parent
        above = np.unique(parent[quota.members]) if len(quota.members) else np.zeros(0, np.int32)
        if len(above) == 0:
            continue
        if len(above) > 1:  # crosses another quota, or the nodes of organizations: no tree holds it
            side.append(quota)
            continue
        node = new_node(f"quota:{quota.name}")
        if quota.side == "received":
            arcs.add(above[0], node, 0, quota.most, QUOTA)
        else:
            arcs.add(node, above[0], 0, quota.most, QUOTA)
        parent[quota.members] = node

    layers = int(instance.need.max()) if n else 0
    for layer in range(layers):
        wanting = np.flatnonzero(instance.need > layer).astype(np.int32)
        arcs.add(learner_parent[wanting], wanting, 0, 1, PLACE_KIND + layer)
    least = np.minimum(instance.min_load, instance.capacity)
    with_shortage = bool((least > 0).any()) and not instance.all_or_nothing
    first_units = least if with_shortage else np.zeros(m, np.int32)
    needing = np.flatnonzero(first_units > 0).astype(np.int32)
    if len(needing):
        arcs.add(n + needing, guide_parent[needing], 0, first_units[needing], GUIDE_MIN)
    rest = instance.capacity - first_units
    open_ = np.flatnonzero(rest > 0).astype(np.int32)
    if len(open_):
        arcs.add(n + open_, guide_parent[open_], 0, rest[open_], GUIDE_REST)

    def column(parts: list[Index]) -> Index:
        return np.concatenate(parts).astype(np.int32) if parts else np.zeros(0, np.int32)

    tail, head, kind = column(arcs.tail), column(arcs.head), column(arcs.kind)
    tiers, kept_tier = _tiers(instance, layers, with_shortage, learner_parent, guide_parent, first_units)
    worth = np.zeros((len(tiers), len(tail)), np.int64)
    for t, tier in enumerate(tiers):
        if tier.name.startswith("places_"):
            worth[t] = kind == PLACE_KIND + int(tier.name.removeprefix("places_")) - 1
        elif tier.name == "shortage":
            worth[t] = kind == GUIDE_MIN
        elif tier.name == "priority":
            first_places = np.flatnonzero(kind == PLACE_KIND)
            worth[t, first_places] = instance.priority[head[first_places]]
    return Network(
        n_learners=n,
        n_guides=m,
        node_names=tuple(names),
        tail=tail,
        head=head,
        lower=column(arcs.lower),
        upper=column(arcs.upper),
        worth=worth,
        tiers=tiers,
        kept_tier=kept_tier,
        packing=packing_of(tiers),
        place_parent=learner_parent,
        guide_parent=guide_parent,
        side_quotas=tuple(side),
    )


def _tiers(
    instance: PairsInstance,
    layers: int,
    with_shortage: bool,
    learner_parent: Index,
    guide_parent: Index,
    first_units: Index,
) -> tuple[tuple[FlowTier, ...], int | None]:
    """The linear tiers in order, and the number of the one that counts kept pairs."""
    # A simple cycle passes each parent once: out of it by one place arc (forward, +1) and into it by another
    # (backward, -1) at most, so what a parent adds lies between -1 and 1. The same holds on the guides' side.
    parents = len(np.unique(learner_parent))
    guide_parents = len(np.unique(guide_parent))
    crossings = min(instance.n_learners, instance.n_guides)
    tiers = [FlowTier(f"places_{k + 1}", 1, 0, parents) for k in range(layers)]
    if with_shortage:
        tiers.append(FlowTier("shortage", -1, int(first_units.sum(dtype=np.int64)), guide_parents))
    top = int(instance.priority.max()) if instance.n_learners else 0
    if top > 0:
        tiers.append(FlowTier("priority", 1, 0, top * parents))
    kept_tier = None
    if instance.changes == "tier" and len(instance.previous):
        kept_tier = len(tiers)
        tiers.append(FlowTier("kept", 1, 0, min(len(instance.previous), crossings)))
    best = 1000 + (instance.bonus if instance.changes == "bonus" else 0)
    tiers.append(FlowTier("points", 1, 0, best * max(1, crossings)))
    return tuple(tiers), kept_tier


def packing_of(tiers: tuple[FlowTier, ...]) -> Packing:
    """Fill the low word from the last tier upwards, then the high one; the margin of 4 keeps sums of paths
    apart.
    """
    word, weight = [0] * len(tiers), [1] * len(tiers)
    current, unit = 1, 1
    for t in range(len(tiers) - 1, -1, -1):
        base = 4 * tiers[t].span + 3
        if unit * base > WORD:
            if current == 0:
                raise InstanceError(
                    "tiers", "too many tiers for this size: want fewer guides per learner, or no priorities"
                )
            current, unit = 0, 1
        word[t], weight[t] = current, unit
        unit *= base
    return Packing(tuple(word), tuple(weight), tuple(tier.span for tier in tiers))

"""The stable order: deferred acceptance with needs and capacities (Gale and Shapley 1962; Roth 1984).

Learners ask their guides in the order of preference; a guide keeps the best of those who asked, as many as
places allow. Each side ranks by own wish, then points, then its own seeded lot, so preferences are strict and
the answer does not depend on the order of asking. Pinned pairs take their places first. The proof is the
count of blocking pairs over all eligible pairs: none.
"""

from __future__ import annotations

import heapq
from collections import Counter

import numpy as np

from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.pairs.check.audit import check
from solvers.pairs.check.score import Pair, pairs_of
from solvers.pairs.edges import Edges
from solvers.pairs.instance import MAX_POINTS, PairsInstance
from solvers.pairs.solution import PairsAnswer
from solvers.pairs.stable.blocking import blocking_pairs, one_standing
from solvers.pairs.stable.preferences import Preferences
from solvers.pairs.stable.wishes import NO_WISH, ListedWishes, NoWishes, Wishes
from solvers.pairs.ties import seeded_lot
from solvers.result import Effort, Status, Tier, status_of

__all__ = ["ListedWishes", "NoWishes", "Wishes", "solve_stable"]

_LOOK = 1024


def solve_stable(instance: PairsInstance, limits: Limits, wishes: Wishes | None = None) -> PairsAnswer:
    """A pairwise stable answer, the one that learners like best, with its blocking pairs counted.

    Two hard rules cannot always be held without a blocking pair: one person's budget over both roles, and not
    both ways. Where they bite, the pair with fewer points gives way, and the count says what it left. Minimum
    loads and previous pairs have no say (`notes`). Out of time, rows beyond the short lists are left.
    Raises InstanceError for an instance with balance, quotas, all-or-nothing loads or a cap on breaks.
    """
    refused = {
        "balance": instance.balance is not None,
        "quotas": bool(instance.quotas),
        "all_or_nothing": instance.all_or_nothing,
        "most_broken": instance.most_broken is not None,
    }
    for name, used in refused.items():
        if used:
            raise InstanceError(
                name, "the stable order cannot hold it; leave it out, or choose welfare or floor"
            )
    effort = Effort()
    clashes = check(instance, instance.pinned)
    if clashes:
        return _infeasible(instance, tuple(clash.message for clash in clashes), effort)
    if isinstance(wishes, NoWishes) or (
        isinstance(wishes, ListedWishes) and not wishes.learners and not wishes.guides
    ):
        wishes = None
    run = _Run(instance, limits, wishes, effort)
    pairs = run.accept()
    while run.make_way(pairs):
        pairs = run.accept()
    broken = check(instance, pairs)
    if broken:
        raise RuntimeError(f"the stable answer breaks a rule: {broken[0].message}")
    with effort.phase("blocking pairs"):
        blocking = blocking_pairs(instance, pairs, wishes)
    effort.count("eligible_pairs", instance.edges.count())
    effort.count("rows_ranked", run.lists.rows_ranked)
    tiers = (Tier("blocking_pairs", "min", blocking, 0, blocking == 0),)
    m = max(instance.n_guides, 1)
    keys = pairs.learner.astype(np.int64) * m + pairs.guide
    old, pins = instance.previous, instance.pinned
    return PairsAnswer(
        status=status_of(tiers),
        tiers=tiers,
        pairs=pairs,
        kept=np.isin(keys, old.learner.astype(np.int64) * m + old.guide),
        pinned=np.isin(keys, pins.learner.astype(np.int64) * m + pins.guide),
        duals=None,
        effort=effort,
        blocking_pairs=blocking,
        notes=run.notes(),
    )


class _Run:
    """Deferred acceptance, repeated while hard rules make pairs give way."""

    def __init__(
        self, instance: PairsInstance, limits: Limits, wishes: Wishes | None, effort: Effort
    ) -> None:
        self.instance, self.limits, self.wishes, self.effort = instance, limits, wishes, effort
        pins = instance.pinned
        self.pins = set(pairs_of(pins))
        self.free = instance.need - np.bincount(pins.learner, minlength=instance.n_learners)
        self.places = instance.capacity - np.bincount(pins.guide, minlength=instance.n_guides)
        self.banned: set[Pair] = set()
        self.cut_short = False
        with effort.phase("short lists"):
            self.lists = Preferences(instance, wishes, limits.seed)

    def accept(self) -> Edges:
        """Deferred acceptance from the start; gives back pins and accepted pairs, by learner and guide."""
        with self.effort.phase("proposals"):
            self.lists.rewind()
            held = self._propose(self.lists)
        rows = [(i, j, w) for j, heap in held.items() for _, _, i, w in heap]
        rows += zip(*(c.tolist() for c in _columns(self.instance.pinned)), strict=True)
        table = np.array(sorted(rows), np.int32).reshape(-1, 3)
        return Edges(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy())

    def _propose(self, lists: Preferences) -> dict[int, list[tuple[int, int, int, int]]]:
        """Guide -> heap of (-standing, -lot, learner, points) with the guide's worst on top."""
        free, places = self.free.tolist(), self.places.tolist()
        held: dict[int, list[tuple[int, int, int, int]]] = {}
        reject = np.where(self.places > 0, 0, MAX_POINTS + 1).astype(np.int32)
        active = [i for i, wanted in enumerate(free) if wanted > 0]
        more, proposals = True, 0
        while active:
            i = active.pop()
            while free[i] > 0:
                if proposals % _LOOK == 0:
                    more = not self.limits.over
                    self.limits.tell("proposals", detail=f"{proposals} made, {len(active)} learners waiting")
                asked = lists.next(i, reject, more)
                if asked is None:
                    self.cut_short |= not more
                    break
                proposals += 1
                j, w = asked
                if places[j] <= 0 or (i, j) in self.pins or (i, j) in self.banned:
                    continue
                if w < reject[j]:
                    continue
                heap = held.setdefault(j, [])
                newcomer = (*self._guide_key(i, j, w), i, w)
                if len(heap) < places[j]:
                    heapq.heappush(heap, newcomer)
                elif newcomer > heap[0]:
                    out = heapq.heapreplace(heap, newcomer)
                    free[out[2]] += 1
                    active.append(out[2])
                else:
                    continue
                free[i] -= 1
                if self.wishes is None and len(heap) == places[j]:
                    reject[j] = heap[0][3]
        self.effort.count("proposals", proposals)
        return held

    def _guide_key(self, i: int, j: int, points: int) -> tuple[int, int]:
        """How guide j ranks learner i: higher is better."""
        wish = int(NO_WISH)
        if self.wishes is not None:
            wish = int(self.wishes.guide_wish(j, np.array([i], np.int32))[0])
        return -one_standing(wish, points), -seeded_lot(self.limits.seed, 1, i, j)

    def make_way(self, pairs: Edges) -> bool:
        """Ban pairs and close places where a rule over both roles is broken; returns whether any was."""
        acted = False
        for clash in self._two_way(pairs):
            loose = [pair for pair in clash if pair not in self.pins]
            points = self.instance.edges.points(
                np.array([i for i, _ in loose], np.int32), np.array([j for _, j in loose], np.int32)
            ).tolist()
            self.banned.add(min(zip(points, loose, strict=True))[1])
            acted = True
        got, load = Counter(pairs.learner.tolist()), Counter(pairs.guide.tolist())
        given = Counter(j for _, j in self.pins)
        for budget in self.instance.budgets:
            i, j = budget.learner, budget.guide
            if budget.learner_cost * got[i] + budget.guide_cost * load[j] > budget.most:
                # Guiding gives way first: the learner's own place is what coverage is about.
                if budget.guide_cost and load[j] > given[j]:
                    self.places[j] = load[j] - given[j] - 1
                else:
                    self.free[i] -= 1
                acted = True
        return acted

    def _two_way(self, pairs: Edges) -> list[tuple[Pair, Pair]]:
        """Pairs of pairs in which two people guide each other."""
        if self.instance.both_ways:
            return []
        guide_of = self.instance.guide_of_learner.tolist()
        learner_of = {j: i for i, j in enumerate(guide_of) if j >= 0}
        held = set(pairs_of(pairs))
        out = []
        for i, j in sorted(held):
            back = (learner_of.get(j, -1), guide_of[i])
            if back in held and (i, j) <= back:
                out.append(((i, j), back))
        return out

    def notes(self) -> tuple[str, ...]:
        """What the stable order left aside."""
        told = []
        if self.instance.min_load.any():
            told.append("minimum loads have no say in the stable order")
        if len(self.instance.previous):
            told.append("previous pairs have no say in the stable order")
        if self.banned:
            told.append(f"{len(self.banned)} pairs gave way because two people would have guided each other")
        if self.cut_short:
            told.append("time ended the search at the short lists: some learners were not asked on")
        return tuple(told)


def _infeasible(instance: PairsInstance, conflict: tuple[str, ...], effort: Effort) -> PairsAnswer:
    none = np.zeros(0, np.int32)
    nothing = np.zeros(0, bool)
    return PairsAnswer(
        Status.INFEASIBLE, (), Edges(none, none, none), nothing, nothing, None, effort, conflict=conflict
    )


def _columns(edges: Edges) -> tuple[np.ndarray[tuple[int], np.dtype[np.int32]], ...]:
    return edges.learner, edges.guide, edges.points

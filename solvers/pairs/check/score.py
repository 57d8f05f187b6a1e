"""What a set of pairs is worth, tier by tier, in plain Python: the definition that every answer is held to.

Tiers in order, each left out where it cannot vary:
    places_1 .. places_K  max  learners with at least k guides; K is the highest need
    shortage              min  sum of max(0, min_load - load); where some min_load > 0 is no hard rule
    priority              max  sum of the priorities of learners with at least one guide; where some is > 0
    kept                  max  previous pairs in the answer; where changes is "tier" and there are any
    floor                 max  for the order floor only, see below
    points                max  sum of points, and the bonus per previous pair kept where changes is "bonus"

The floor on a "pair" is the lowest points of a new pair, one that is neither pinned nor previous; None
without a new pair. On a "sum" it is the lowest sum of points, over all their pairs, of a learner with at
least one guide; None without such a learner. None is better than any number: nobody is worst off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from solvers.pairs.edges import Edges
from solvers.pairs.instance import Order, PairsInstance
from solvers.result import TierValue

Pair = tuple[int, int]


def pairs_of(edges: Edges) -> list[Pair]:
    """(learner, guide) of each pair, as plain numbers."""
    return list(zip(edges.learner.tolist(), edges.guide.tolist(), strict=True))


def tier_values(instance: PairsInstance, pairs: Edges) -> list[TierValue]:
    """The tiers of an instance's order with the values that `pairs` reach (see the module)."""
    got, load = Counter(pairs.learner.tolist()), Counter(pairs.guide.tolist())
    previous = set(pairs_of(instance.previous))
    kept = len(previous.intersection(pairs_of(pairs))) if previous else 0
    need, least, priority = instance.need.tolist(), instance.min_load.tolist(), instance.priority.tolist()
    out: list[TierValue] = []
    learners_with = Counter(got.values())  # exactly so many guides
    for k in range(1, max(need, default=0) + 1):
        served = sum(learners for count, learners in learners_with.items() if count >= k)
        out.append(TierValue(f"places_{k}", "max", served))
    if any(least) and not instance.all_or_nothing:
        shortage = sum(max(0, wanted - load[j]) for j, wanted in enumerate(least) if wanted)
        out.append(TierValue("shortage", "min", shortage))
    if any(priority):
        out.append(TierValue("priority", "max", sum(priority[i] for i in got)))
    if instance.changes == "tier" and previous:
        out.append(TierValue("kept", "max", kept))
    if instance.order is Order.FLOOR:
        old = previous.union(pairs_of(instance.pinned))
        out.append(TierValue("floor", "max", floor_of(instance, pairs, old)))
    points = sum(pairs.points.tolist())
    if instance.changes == "bonus":
        points += instance.bonus * kept
    out.append(TierValue("points", "max", points))
    return out


def floor_of(instance: PairsInstance, pairs: Edges, old: set[Pair]) -> int | None:
    """The floor of a set of pairs; `old` are the pairs that a floor on single pairs does not touch."""
    if instance.floor_on == "pair":
        return min((w for *pair, w in _rows(pairs) if tuple(pair) not in old), default=None)
    sums: Counter[int] = Counter()
    for i, _, w in _rows(pairs):
        sums[i] += w
    return min(sums.values(), default=None)


def _rows(pairs: Edges) -> Iterator[tuple[int, int, int]]:
    return zip(pairs.learner.tolist(), pairs.guide.tolist(), pairs.points.tolist(), strict=True)

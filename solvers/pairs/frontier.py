"""What one goal costs in another: points against pairs broken, places against give and take.

- A sweep of the bonus per kept pair (whole numbers) reaches the corners of the concave hull of (broken,
  points): each is optimal for points + bonus * kept, after the tiers before. Points between two corners are
  no such optimum; caps on breaks find them, each by a solve of its own.
- Places against balance: the bounds are widened step by step until the places no longer rise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.pairs.edges import Edges
from solvers.pairs.instance import MAX_POINTS, Balance, PairsInstance
from solvers.pairs.solution import PairsAnswer
from solvers.pairs.solve import solve
from solvers.result import Status

MOST_CORNERS, MOST_BETWEEN, MOST_STEPS = 12, 4, 16
"""Solves at most for corners, for caps between them, and for steps of slack."""

IN_ORDER = 6
"""Slacks 0, 1, ... up to this one are all tried; later ones double."""


@dataclass(frozen=True)
class FrontierPoint:
    """One answer. `setting` is what was asked: the bonus, the cap on breaks, or the slack (None: no bound).

    hull: a corner of the concave hull. proven: the answer is optimal for its setting.
    """

    by: Literal["bonus", "cap", "slack"]
    setting: int | None
    broken: int
    placed: int
    pairs: int
    points: int
    hull: bool
    proven: bool


def changes_frontier(
    instance: PairsInstance, limits: Limits, between: int = MOST_BETWEEN
) -> list[FrontierPoint]:
    """Points against pairs broken, fewest broken first. Raises InstanceError without previous pairs."""
    if not len(instance.previous):
        raise InstanceError("previous", "is empty: without running pairs there is nothing to break")
    base = replace(instance, most_broken=None)

    def at(bonus: int) -> FrontierPoint | None:
        limits.tell("frontier", detail=f"bonus {bonus}")
        answer = solve(replace(base, changes="bonus", bonus=bonus), limits)
        return _point(instance, answer, "bonus", bonus, hull=True)

    corners: dict[int, FrontierPoint] = {}
    asked: set[int] = set()

    def visit(bonus: int) -> FrontierPoint | None:
        asked.add(bonus)
        found = at(bonus)
        if found is not None:
            known = corners.get(found.broken)
            if known is None or found.points > known.points:
                corners[found.broken] = found
        return found

    ends = [visit(MAX_POINTS), visit(0)]
    open_ = [(ends[0], ends[1])] if ends[0] and ends[1] else []
    while open_ and len(asked) < MOST_CORNERS and not limits.over:
        left, right = open_.pop(0)
        if left is None or right is None or right.broken - left.broken < 2:
            continue
        bonus = (right.points - left.points) // (right.broken - left.broken)
        if bonus in asked or not 0 <= bonus <= MAX_POINTS:
            continue
        middle = visit(bonus)
        if middle is not None and left.broken < middle.broken < right.broken:
            open_ += [(left, middle), (middle, right)]
    found = _upper(list(corners.values()))
    gaps = sorted(pairwise(found), key=lambda pair: pair[0].broken - pair[1].broken)
    for left, right in gaps[:between]:
        if right.broken - left.broken < 2 or limits.over:
            continue
        cap = (left.broken + right.broken) // 2
        limits.tell("frontier", detail=f"at most {cap} broken")
        answer = solve(replace(instance, changes="off", bonus=0, most_broken=cap), limits)
        point = _point(instance, answer, "cap", cap, hull=False)
        if point is not None and left.points < point.points and point.broken < right.broken:
            found.append(point)
    return sorted(found, key=lambda point: (point.broken, -point.points))


def balance_frontier(
    instance: PairsInstance, balance_at: Callable[[int], Balance], limits: Limits
) -> list[FrontierPoint]:
    """Places against slack d = 0, 1, 2, ... until as many pairs form as without any bound (listed last)."""
    limits.tell("frontier", detail="without give and take")
    free = _point(instance, solve(replace(instance, balance=None), limits), "slack", None, hull=False)
    found: list[FrontierPoint] = []
    slack = 0
    while len(found) < MOST_STEPS and not limits.over:
        limits.tell("frontier", detail=f"slack {slack}")
        answer = solve(replace(instance, balance=balance_at(slack)), limits)
        point = _point(instance, answer, "slack", slack, hull=False)
        if point is not None:
            found.append(point)
            if free is None or (point.placed, point.pairs) >= (free.placed, free.pairs):
                break
        slack = slack + 1 if slack < IN_ORDER else 2 * slack
    return [*found, free] if free is not None else found


def _point(
    instance: PairsInstance,
    answer: PairsAnswer,
    by: Literal["bonus", "cap", "slack"],
    setting: int | None,
    *,
    hull: bool,
) -> FrontierPoint | None:
    if answer.status in (Status.INFEASIBLE, Status.UNKNOWN):
        return None
    proven = answer.status is Status.OPTIMAL
    return FrontierPoint(
        by=by,
        setting=setting,
        broken=len(instance.previous) - _kept(instance, answer.pairs),
        placed=len(np.unique(answer.pairs.learner)),
        pairs=len(answer.pairs),
        points=int(answer.pairs.points.sum()),
        hull=hull and proven,
        proven=proven,
    )


def _kept(instance: PairsInstance, pairs: Edges) -> int:
    wide = max(1, instance.n_guides)
    own = pairs.learner.astype(np.int64) * wide + pairs.guide
    before = instance.previous.learner.astype(np.int64) * wide + instance.previous.guide
    return int(np.isin(before, own, assume_unique=True).sum())


def _upper(points: list[FrontierPoint]) -> list[FrontierPoint]:
    """Those on the upper concave hull, fewest broken first, up to the one with most points."""
    chain: list[FrontierPoint] = []
    for point in sorted(points, key=lambda one: (one.broken, one.points)):
        if chain and point.points <= chain[-1].points:
            continue
        while len(chain) > 1:
            a, b = chain[-2], chain[-1]
            if (b.points - a.points) * (point.broken - a.broken) > (point.points - a.points) * (
                b.broken - a.broken
            ):
                break
            chain.pop()
        chain.append(point)
    return chain

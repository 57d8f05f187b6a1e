"""Blocking pairs: two people who are not together and would both rather be, over all eligible pairs.

Each side ranks by its own wish, then by points; equal ones give no reason to change, so lots do not count.
Someone with a free place takes anyone; pinned partners cannot be left.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from solvers.pairs.check.score import pairs_of
from solvers.pairs.edges import Edges, Index, IntArray, PriceView
from solvers.pairs.instance import MAX_POINTS, PairsInstance, no_edges
from solvers.pairs.stable.wishes import NO_WISH, Wishes

_SCALE = np.int64(2048)
"""A standing is wish * 2048 + (1000 - points): lower is better."""
_TAKES_ANYONE = np.int64(2**62)
_TAKES_NOBODY = np.int64(-1)
_AT_ONCE = 64


def standing(wish: IntArray, points: Index) -> IntArray:
    """Wish and points as one number, lower is better."""
    return np.minimum(wish, NO_WISH) * _SCALE + (MAX_POINTS - points.astype(np.int64))


def one_standing(wish: int, points: int) -> int:
    """`standing` of a single pair."""
    return min(wish, int(NO_WISH)) * int(_SCALE) + MAX_POINTS - points


def blocking_pairs(instance: PairsInstance, pairs: Edges, wishes: Wishes | None = None) -> int:
    """How many eligible pairs block `pairs`, whatever the order that the instance names."""
    learner_worst, guide_worst = _worst(instance, pairs, wishes)
    held = np.sort(_keys(pairs, instance.n_guides))
    if wishes is None:
        return _by_points(instance, learner_worst, guide_worst, held)
    envied = [no_edges()]
    for i in np.flatnonzero(learner_worst > _TAKES_NOBODY).tolist():
        row = instance.edges.row(i)
        better = standing(wishes.learner_wish(i, row.guide), row.points) < learner_worst[i]
        better &= guide_worst[row.guide] > _TAKES_NOBODY
        at = np.flatnonzero(better)
        at = at[~_among(_keys(row, instance.n_guides)[at], held)]
        envied.append(Edges(row.learner[at], row.guide[at], row.points[at]))
    guide = np.concatenate([row.guide for row in envied])
    by_guide = np.argsort(guide, kind="stable")
    learner = np.concatenate([row.learner for row in envied])[by_guide]
    points = np.concatenate([row.points for row in envied])[by_guide]
    total = 0
    for j, run in _runs(guide[by_guide]):
        total += int(
            np.count_nonzero(standing(wishes.guide_wish(j, learner[run]), points[run]) < guide_worst[j])
        )
    return total


def _worst(instance: PairsInstance, pairs: Edges, wishes: Wishes | None) -> tuple[IntArray, IntArray]:
    """The standing that a newcomer must beat, per learner and per guide."""
    pinned = set(pairs_of(instance.pinned))
    loose = np.array([pair not in pinned for pair in pairs_of(pairs)], bool)
    own, other = _standings(pairs, wishes)
    out: list[IntArray] = []
    for column, rank, places in (
        (pairs.learner, own, instance.need),
        (pairs.guide, other, instance.capacity),
    ):
        worst = np.full(len(places), _TAKES_NOBODY)
        np.maximum.at(worst, column[loose], rank[loose])
        worst[np.bincount(column, minlength=len(places)) < places] = _TAKES_ANYONE
        out.append(worst)
    return out[0], out[1]


def _standings(pairs: Edges, wishes: Wishes | None) -> tuple[IntArray, IntArray]:
    """The standing of each pair with its learner and with its guide."""
    by_points = standing(np.full(len(pairs), NO_WISH), pairs.points)
    if wishes is None:
        return by_points, by_points
    own, other = by_points.copy(), by_points.copy()
    order = np.argsort(pairs.learner, kind="stable")
    for i, run in _runs(pairs.learner[order]):
        at = order[run]
        own[at] = standing(wishes.learner_wish(i, pairs.guide[at]), pairs.points[at])
    order = np.argsort(pairs.guide, kind="stable")
    for j, run in _runs(pairs.guide[order]):
        at = order[run]
        other[at] = standing(wishes.guide_wish(j, pairs.learner[at]), pairs.points[at])
    return own, other


def _by_points(
    instance: PairsInstance, learner_worst: IntArray, guide_worst: IntArray, held: IntArray
) -> int:
    """Without wishes both sides rank a pair by its points: it blocks when they pass both sides' worst."""
    own, other = _worst_points(learner_worst), _worst_points(guide_worst)
    # The half sums lie below the higher of two thresholds, so every blocking pair is among the violated ones.
    view = PriceView(
        (own > MAX_POINTS).astype(np.int32),
        own // 2,
        -(other > MAX_POINTS).astype(np.int32),
        other // 2,
    )
    total = 0
    found = instance.edges.violated(view, _AT_ONCE)
    counts = np.bincount(found.learner, minlength=instance.n_learners)
    full = counts >= _AT_ONCE
    complete = ~full[found.learner]
    total += _count(
        instance, Edges(*(c[complete] for c in (found.learner, found.guide, found.points))), own, other, held
    )
    for i in np.flatnonzero(full).tolist():
        total += _count(instance, instance.edges.row(i), own, other, held)
    return total


def _worst_points(worst: IntArray) -> IntArray:
    """Points that a new pair must pass: -1 for anyone, above MAX_POINTS for nobody."""
    points = MAX_POINTS - worst % _SCALE
    points[worst == _TAKES_ANYONE] = -1
    points[worst == _TAKES_NOBODY] = MAX_POINTS + 1
    return points


def _count(instance: PairsInstance, pairs: Edges, own: IntArray, other: IntArray, held: IntArray) -> int:
    blocks: NDArray[np.bool_] = (pairs.points > own[pairs.learner]) & (pairs.points > other[pairs.guide])
    keys = _keys(pairs, instance.n_guides)[blocks]
    return len(keys) - int(_among(keys, held).sum())


def _among(keys: IntArray, held: IntArray) -> NDArray[np.bool_]:
    """Which keys are in a sorted column (`np.isin` would sort it again for every row)."""
    if not len(held):
        return np.zeros(len(keys), bool)
    found: NDArray[np.bool_] = held[np.minimum(np.searchsorted(held, keys), len(held) - 1)] == keys
    return found


def _keys(pairs: Edges, n_guides: int) -> IntArray:
    return pairs.learner.astype(np.int64) * max(n_guides, 1) + pairs.guide


def _runs(column: Index) -> Iterator[tuple[int, slice]]:
    """Each value of a sorted column, with where it stands."""
    starts = np.flatnonzero(np.diff(column, prepend=-1)).tolist()
    for start, end in zip(starts, [*starts[1:], len(column)], strict=False):
        yield int(column[start]), slice(start, end)

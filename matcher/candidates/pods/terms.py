"""Points for two who share a pod: met before, named each other, differ. Few couples, but for diversity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from matcher.candidates.pods.context import PodContext
from matcher.candidates.pods.table import SeatTable
from matcher.domain.errors import PolicyError
from solvers.pods.instance import PairTerms, no_pairs

MOST_DIVERSE = 2_500
"""Diversity compares every two members, up to so many of them."""


def met_points(context: PodContext, cycles_ago: int) -> int:
    """What is taken off for two who met so many cycles ago (1 for the cycle before)."""
    points, percent = context.policy.worth.met, context.policy.worth.met_decay_percent
    for _ in range(1, cycles_ago):
        points = points * percent // 100
        if not points:
            break
    return points


def couples(context: PodContext) -> Iterator[tuple[str, str, int]]:
    """Two ids with points, as often as there is a reason; diversity not among them."""
    for one, other, ago in context.met:
        if points := met_points(context, ago):
            yield one, other, -points
    for pod in context.header.ended_pods:
        if points := met_points(context, pod.cycles_ago):
            for one, other in combinations(pod.members, 2):
                yield one, other, -points
    if worth := context.policy.worth.prefers:
        for member in context.members.values():
            for other in dict.fromkeys(member.prefers):
                yield member.id, other, worth


def couple_points(context: PodContext, one: str, other: str) -> int:
    """Points of diversity of two members."""
    first, second = context.members[one].attributes, context.members[other].attributes
    worth = context.policy.worth
    return worth.diversity * sum(
        first.get(name) != second.get(name)
        for name in worth.diversity_attributes
        if first.get(name) and second.get(name)
    )


def pair_terms(table: SeatTable) -> PairTerms:
    """Of all listed members. Raises PolicyError where diversity would compare too many."""
    number, n = table.member_number, len(table.members)
    found: defaultdict[tuple[int, int], int] = defaultdict(int)
    for one, other, points in couples(table.context):
        i, j = number.get(one), number.get(other)
        if i is not None and j is not None and i != j:
            found[min(i, j), max(i, j)] += points
    worth = table.context.policy.worth
    if worth.diversity and worth.diversity_attributes:
        if n > MOST_DIVERSE:
            raise PolicyError(
                "pods.worth.diversity_attributes",
                f"Diversity compares every two members: at most {MOST_DIVERSE:,}, not {n:,}. "
                "Leave diversity_attributes empty.",
            )
        ids = [member.id for member in table.members]
        for i, j in combinations(range(n), 2):
            found[i, j] += couple_points(table.context, ids[i], ids[j])
    rows = [(i, j, points) for (i, j), points in sorted(found.items()) if points]
    if not rows:
        return PairTerms.of(n, no_pairs(), np.zeros(0, np.int32))
    listed = np.array(rows, np.int32)
    return PairTerms.of(n, listed[:, :2].copy(), listed[:, 2].copy())

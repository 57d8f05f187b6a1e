"""The first answer around what stays together: groups of a plan before, and people whom pins join."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heapreplace

import numpy as np

from solvers.pods.rounds.check.keeping import fewest_broken, worth_keeping
from solvers.pods.rounds.instance import Round, RoundsInstance
from solvers.pods.rounds.table import canonical

Fixed = tuple[frozenset[int], ...]
"""By open round, who stays in their group."""


def framed(instance: RoundsInstance, seed: int, more: int = 0) -> tuple[tuple[Round, ...], Fixed]:
    """The open rounds with as many groups before going on as can, but for `more` of each round; all others
    dealt around them. Rules between those who are dealt and the rest are not kept yet."""
    lottery = np.random.default_rng(seed)
    rounds, fixed = [], []
    for number in instance.open_rounds:
        groups, stays = _round(instance, number, more, lottery)
        rounds.append(canonical(groups))
        fixed.append(frozenset(stays))
    return tuple(rounds), tuple(fixed)


def _round(
    instance: RoundsInstance, number: int, more: int, lottery: np.random.Generator
) -> tuple[list[list[int]], set[int]]:
    coming = np.flatnonzero(instance.attendance[:, number])
    kept, further = _kept(instance, number, more, lottery)
    people, least, most = len(coming), instance.least, instance.most
    room = people - sum(max(len(group), least) for group in kept)
    highest = len(kept) + max(0, room // least)
    wanted = min(max(len(instance.sizes(people)), len(kept) + further), highest)
    groups = [*kept, *([] for _ in range(wanted - len(kept)))]
    stays = {i for group in groups for i in group}
    for block in sorted(instance.joined(number), key=len, reverse=True):
        if stays >= set(block):
            continue
        fitting = [g for g in groups if len(g) + len(block) <= most and instance.allows([*g, *block])]
        if fitting:
            min(fitting, key=len).extend(block)
            stays |= set(block)
    joined = {i for block in instance.joined(number) for i in block}
    free = [i for i in lottery.permutation(coming).tolist() if i not in stays and i not in joined]
    common = np.bincount(instance.organization, minlength=len(instance.organization_ids))
    homes = instance.organization.tolist()
    free.sort(key=lambda i: (-common[homes[i]], homes[i]))
    sizes = _sizes([len(group) for group in groups], sum(map(len, groups)) + len(free), least, most)
    while free and any(len(g) < size for g, size in zip(groups, sizes, strict=True)):
        for group, size in zip(groups, sizes, strict=True):
            if free and len(group) < size:
                group.append(free.pop(0))
    return groups, stays


def _kept(
    instance: RoundsInstance, number: int, more: int, lottery: np.random.Generator
) -> tuple[list[list[int]], int]:
    """The groups that go on, and how many others there must be; the largest are broken first, as that makes
    most room."""
    rests = worth_keeping(instance, number)
    found = fewest_broken(instance, number, rests)
    if instance.frozen:
        return [list(rest) for rest in rests], 0
    if found is None:
        return [], 0
    order = sorted(lottery.permutation(len(rests)).tolist(), key=lambda at: -len(rests[at]))
    broken = min(found[0] + more, len(rests))
    return [list(rests[at]) for at in sorted(order[broken:])], found[1]


def _sizes(present: Sequence[int], people: int, least: int, most: int) -> list[int]:
    """Sizes that so many people fill, as even as those present let them be."""
    sizes = [max(one, least) for one in present]
    smallest = [(size, g) for g, size in enumerate(sizes)]
    heapify(smallest)
    for _ in range(people - sum(sizes)):
        if not smallest or smallest[0][0] >= most:
            break
        size, g = smallest[0]
        sizes[g] = size + 1
        heapreplace(smallest, (size + 1, g))
    return sizes

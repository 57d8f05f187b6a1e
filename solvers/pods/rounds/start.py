"""The first answer, at once: people dealt to groups by a seeded lottery, organizations spread over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solvers.pods.rounds.instance import Round, RoundsInstance
from solvers.pods.rounds.table import canonical


def deal(instance: RoundsInstance, seed: int) -> tuple[Round, ...]:
    """The open rounds, sizes kept; people without the language of most are in groups with a language in
    common; other rules not yet. Where places lack, who waited least often waits."""
    lottery = np.random.default_rng(seed)
    waited = np.zeros(instance.n_people, np.int64)
    common = np.bincount(instance.organization, minlength=len(instance.organization_ids))
    rounds = []
    for number in instance.open_rounds:
        coming = lottery.permutation(np.flatnonzero(instance.attendance[:, number]))
        sizes = instance.sizes(len(coming))
        order = np.argsort(waited[coming], kind="stable")
        waiting = coming[order[: len(coming) - sum(sizes)]]
        waited[waiting] += 1
        seated = coming[np.isin(coming, waiting, invert=True)]
        homes = instance.organization[seated]
        order = np.lexsort((homes, -common[homes]))
        groups = _understanding(instance, seated.tolist(), sizes)
        placed = {i for group in groups for i in group}
        others = [i for i in seated[order].tolist() if i not in placed]
        while others:
            for g, size in enumerate(sizes):
                if len(groups[g]) < size and others:
                    groups[g].append(others.pop(0))
        rounds.append(canonical(groups))
    return tuple(rounds)


def _understanding(instance: RoundsInstance, people: list[int], sizes: Sequence[int]) -> list[list[int]]:
    """Groups of these sizes, the first of them filled around those who do not speak the language of most: by
    swaps of two people search finds such groups hardly ever. Who has fewest to talk to comes first."""
    groups: list[list[int]] = [[] for _ in sizes]
    if not instance.tongues.shape[1]:
        return groups
    speaks = instance.speaks[people]
    most = speaks.sum(axis=0).argmax()
    understood = dict(
        zip(people, (speaks.astype(np.float32) @ speaks.T > 0).sum(axis=1).tolist(), strict=True)
    )
    others = sorted((i for i in people if not instance.speaks[i, most]), key=understood.__getitem__)
    free = dict.fromkeys([*others, *people])  # others first, then the lottery's order
    opened = 0
    for person in others:
        if person not in free:
            continue
        room = (
            group
            for group, size in zip(groups[:opened], sizes, strict=False)
            if len(group) < size and instance.allows([*group, person])
        )
        joined = next(room, None)
        if joined is not None:
            joined.append(person)
            del free[person]
        elif opened < len(sizes):
            group = groups[opened]
            for mate in (person, *(i for i in free if i != person)):
                if len(group) < sizes[opened] and instance.allows([*group, mate]):
                    group.append(mate)
            for one in group:
                del free[one]
            opened += 1
    return groups

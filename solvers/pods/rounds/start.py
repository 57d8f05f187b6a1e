"""The first answer, at once: people dealt to groups by a seeded lottery, organizations spread over them."""

from __future__ import annotations

import numpy as np

from solvers.pods.rounds.instance import Round, RoundsInstance
from solvers.pods.rounds.table import canonical


def deal(instance: RoundsInstance, seed: int) -> tuple[Round, ...]:
    """The open rounds, sizes kept, other rules not yet. Where places lack, who waited least often waits."""
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
        seated = seated[np.lexsort((homes, -common[homes]))].tolist()
        groups: list[list[int]] = [[] for _ in sizes]
        while seated:
            for g, size in enumerate(sizes):
                if len(groups[g]) < size and seated:
                    groups[g].append(seated.pop(0))
        rounds.append(canonical(groups))
    return tuple(rounds)

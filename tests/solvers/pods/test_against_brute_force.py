"""Tiny instances: annealing reaches what trying everything reaches, tier by tier."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from pods_cases import key_of, random_instance, values_of

from solvers.limits import Limits
from solvers.pods.instance import PodsInstance, Seats
from solvers.pods.solution import Assignment
from solvers.pods.solve import solve
from solvers.result import Status, sort_key


def every_assignment(instance: PodsInstance) -> list[Assignment]:
    """All choices of at most `room` pods for each member, with all slots of the pods that run."""
    choices = []
    for i in range(instance.n_members):
        subsets = product((False, True), repeat=instance.n_pods)
        choices.append([
            [p for p, inside in enumerate(subset) if inside]
            for subset in subsets
            if sum(subset) <= instance.room[i]
        ])  # fmt: skip
    out = []
    for chosen in product(*choices):
        rows = [(i, p) for i, pods in enumerate(chosen) for p in pods]
        runs = {p for _, p in rows}
        slots = [
            range(instance.rhythms[pod.rhythm].n_slots) if p in runs and pod.rhythm >= 0 else [-1]
            for p, pod in enumerate(instance.pods)
        ]
        for slot in product(*slots):
            out.append(Assignment(Seats.of(rows), np.array(slot, np.int32)))
    return out


@pytest.mark.parametrize("seed", range(25))
def test_annealing_finds_the_best_of_all(seed: int) -> None:
    instance = random_instance(1000 + seed, n=5, pods=2)
    best = max((values_of(instance, one) for one in every_assignment(instance)), key=key_of)
    answer = solve(instance, Limits(seconds=2.0, seed=seed))
    if best is None:
        assert answer.status in (Status.UNKNOWN, Status.INFEASIBLE)
        return
    found = values_of(instance, Assignment(answer.seats, answer.slot))
    assert found is not None
    assert sort_key(found) == sort_key(best)

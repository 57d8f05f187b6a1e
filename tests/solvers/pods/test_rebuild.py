"""Building a pod anew around a time: sums stay those of the score, and it can be undone."""

from __future__ import annotations

import numpy as np
import pytest
from pods_cases import random_instance

from solvers.limits import Limits
from solvers.pods.anneal.layout import BONUS, SLOT
from solvers.pods.anneal.portfolio import Annealer
from solvers.pods.anneal.rebuild_kernel import rebuild, undo
from solvers.pods.anneal.state import assignment_of
from solvers.pods.check.score import tier_values
from solvers.pods.instance import Order, Pod, PodsInstance, Rhythm
from solvers.pods.solve import solve

WEIGHT = np.array([500.0, 100.0, 1.0, 1.0, 1.0])


@pytest.mark.parametrize("seed", range(40))
def test_sums_after_rebuilding_are_those_of_the_score(seed: int) -> None:
    instance = random_instance(seed, n=12, pods=4, order=Order.WELFARE)
    if not instance.rhythms:
        return
    annealer = Annealer(instance, seed)
    annealer.start()
    tables, state = annealer.packed.tables, annealer.states[0]
    for _ in range(30):
        before, seated = state.total.copy(), state.at.copy()
        noted = int(rebuild(tables, state, WEIGHT))
        assignment = assignment_of(annealer.packed, state.at, state.pod[:, SLOT])
        counted = {name: value for name, _, value in tier_values(instance, assignment.seats, assignment.slot)}
        assert int(state.total[5] + tables.rule[BONUS] * state.total[4]) == counted["points"]
        assert state.total[1] == counted["placed"]
        undo(tables, state, noted)
        assert state.at.tolist() == seated.tolist()
        assert state.total[1:5].tolist() == before[1:5].tolist()
        if noted % 2:
            rebuild(tables, state, WEIGHT)


def scattered() -> PodsInstance:
    """16 members; four times suit four members each and no fifth, any other time suits one of them alone."""
    members = np.arange(16)
    always = np.zeros((16, 12), bool)
    always[members, members % 4] = True
    always[members, 4 + members // 2] = True
    ease = np.zeros((16, 12), np.int16)
    ease[:, 4:] = 100
    instance = random_instance(0, n=16, pods=4, order=Order.WELFARE)
    return PodsInstance(
        **{
            **{name: getattr(instance, name) for name in ("member_ids", "pod_ids", "organization_ids")},
            "pods": tuple(Pod(4, 6, rhythm=0) for _ in range(4)),
            "points": np.full((16, 4), 10, np.int32),
            "eligible": np.ones((16, 4), bool),
            "organization": instance.organization,
            "capacity": np.ones(16, np.int32),
            "budget": np.full(16, 9, np.int32),
            "newcomer": np.zeros(16, bool),
            "veteran": np.ones(16, bool),
            "priority": np.zeros(16, np.int32),
            "able": np.zeros((16, 1), bool),
            "speaks": np.ones((16, 1), bool),
            "pair_terms": type(instance.pair_terms).of(16, np.zeros((0, 2), np.int32), np.zeros(0, np.int32)),
            "rivals": np.zeros((0, 2), np.int32),
            "apart": np.zeros((0, 2), np.int32),
            "together": np.zeros((0, 2), np.int32),
            "pinned": type(instance.pinned).of([]),
            "previous": type(instance.previous).of([]),
            "rhythms": (Rhythm(always, always, ease, np.arange(12, dtype=np.int32) * 90, 60),),
        }
    )


def test_pods_that_need_four_at_one_time_are_found() -> None:
    answer = solve(scattered(), Limits(seconds=3.0, workers=1), annealed=1.0)
    assert answer.tiers[0].value == 16

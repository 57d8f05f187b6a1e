"""`solve` against exhaustive search and MILP: values, bounds and statuses over every order and option."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pairs.check.audit import blocking_pairs
from solvers.pairs.explicit.loading import load_instance
from solvers.pairs.solve import solve
from solvers.result import Status

FLOW_OPTIONS = ("needs", "min_load", "priority", "previous", "bonus", "balance", "groups", "pins")
SIDE_OPTIONS = ("all_or_nothing", "quotas", "budgets", "one_way")


@pytest.mark.parametrize("seed", range(80))
def test_what_a_flow_can_hold_is_solved_to_proven_optimality(reference: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    instance = reference.random_instance(seed, use={option for option in FLOW_OPTIONS if rng.random() < 0.4})
    answer, best = solve(instance, Limits()), reference.exhaustive(instance)
    reference.agree(instance, answer, best)
    if best is not None:
        assert answer.status is Status.OPTIMAL
        reference.agree_with_duals(instance, answer)


@pytest.mark.parametrize("seed", range(60))
def test_floors_on_pairs_are_raised_to_the_top(reference: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    use = {"floor_pair"} | {option for option in FLOW_OPTIONS if rng.random() < 0.3}
    instance = reference.random_instance(seed, use=use)
    answer, best = solve(instance, Limits()), reference.exhaustive(instance)
    reference.agree(instance, answer, best)
    if best is not None:
        assert answer.status is Status.OPTIMAL
        reference.agree_with_duals(instance, answer)


@pytest.mark.parametrize("option", SIDE_OPTIONS)
@pytest.mark.parametrize("seed", range(15))
def test_rules_beside_the_flow_hold_and_are_bounded(reference: ModuleType, option: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    use = {option} | {other for other in FLOW_OPTIONS if rng.random() < 0.25}
    instance = reference.random_instance(seed, use=use)
    answer, best = solve(instance, Limits(seconds=20)), reference.exhaustive(instance)
    reference.agree(instance, answer, best)
    reference.agree_with_duals(instance, answer)


@pytest.mark.parametrize("seed", range(8))
def test_medium_instances_agree_with_milp(reference: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    use = {option for option in FLOW_OPTIONS if option != "pins" and rng.random() < 0.5}
    instance = reference.random_instance(seed, n=20, m=20, edges=160, use=use)
    answer, best = solve(instance, Limits()), reference.by_milp(instance)
    reference.agree(instance, answer, best)
    assert answer.status is Status.OPTIMAL
    reference.agree_with_duals(instance, answer)


@pytest.mark.parametrize("seed", range(6))
def test_the_stable_order_has_no_blocking_pairs_and_welfare_tells_its_own(
    reference: ModuleType, seed: int
) -> None:
    case: dict[str, Any] = reference.random_case(seed, n=12, m=10, edges=70, use={"needs"})
    stable, welfare = load_instance(case | {"order": "stable"}), load_instance(case)
    answer, other = solve(stable, Limits()), solve(welfare, Limits())
    assert answer.blocking_pairs == 0
    assert blocking_pairs(stable, answer.pairs) == 0
    assert other.tiers[0].value is not None
    placed = len(set(answer.pairs.learner.tolist()))
    assert other.tiers[0].value >= placed, "stability is never better for coverage"

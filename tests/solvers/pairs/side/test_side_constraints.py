"""Budgets, both ways, crossing quotas, caps on breaks, minimum loads and floors on sums, held against
references."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from solvers.limits import Limits, Progress
from solvers.pairs.check.audit import check
from solvers.pairs.explicit.loading import load_instance
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.side import closing, near
from solvers.pairs.side.split import split_at_last
from solvers.pairs.solve import solve
from solvers.result import Effort, Status

SIDE_OPTIONS = ("all_or_nothing", "most_broken", "quotas", "budgets", "one_way", "floor_sum")
NEAR_OPTIONS = ("all_or_nothing", "most_broken", "quotas", "budgets", "one_way", "floor_pair")


def drawn(reference: ModuleType, seed: int, always: str, without: tuple[str, ...] = ()) -> set[str]:
    """A random choice of options that holds `always`."""
    rng = np.random.default_rng(seed + 10**6)
    return {always} | {one for one in reference.OPTIONS if one not in without and rng.random() < 0.3}


@pytest.fixture
def near_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every instance is too large for one program over all its pairs."""
    monkeypatch.setattr(closing, "ALL_AT_ONCE", 0)


@pytest.mark.parametrize("option", SIDE_OPTIONS)
@pytest.mark.parametrize("seed", range(30))
def test_small_instances_are_proven_and_brute_force_agrees(
    reference: ModuleType, option: str, seed: int
) -> None:
    instance = reference.random_instance(seed, use=drawn(reference, seed, option))
    answer, best = solve(instance, Limits(seconds=60)), reference.exhaustive(instance)
    reference.agree(instance, answer, best)
    reference.agree_with_duals(instance, answer)
    assert answer.status is (Status.INFEASIBLE if best is None else Status.OPTIMAL)


@pytest.mark.usefixtures("near_only")
@pytest.mark.parametrize("option", NEAR_OPTIONS)
@pytest.mark.parametrize("seed", range(30))
def test_prices_and_near_pairs_prove_the_same(reference: ModuleType, option: str, seed: int) -> None:
    instance = reference.random_instance(seed, use=drawn(reference, seed, option, without=("floor_sum",)))
    answer, best = solve(instance, Limits(seconds=60)), reference.exhaustive(instance)
    reference.agree(instance, answer, best)
    reference.agree_with_duals(instance, answer)
    if best is not None:
        assert answer.status is Status.OPTIMAL


@pytest.mark.usefixtures("near_only")
@pytest.mark.parametrize("seed", range(15))
def test_floors_on_sums_of_large_instances_are_true_though_not_bounded(
    reference: ModuleType, seed: int
) -> None:
    instance = reference.random_instance(seed, use=drawn(reference, seed, "floor_sum"))
    answer, best = solve(instance, Limits(seconds=60)), reference.exhaustive(instance)
    reference.agree(instance, answer, best)


@pytest.mark.parametrize("seed", range(60))
def test_floors_on_sums_are_proven_by_prices_and_programs_over_what_matters(
    reference: ModuleType, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "ALL_AT_ONCE", 0)
    monkeypatch.setattr(closing, "ALL_AT_LAST", 0)
    without = (*SIDE_OPTIONS, "floor_pair", "groups")
    use = drawn(reference, seed, "floor_sum", without=without) | {"needs", "floor_sum"}
    instance = reference.random_instance(seed, use=use)
    answer, best = solve(instance, Limits(seconds=60)), reference.exhaustive(instance)
    reference.agree(instance, answer, best)
    assert answer.status is (Status.INFEASIBLE if best is None else Status.OPTIMAL)


@pytest.mark.usefixtures("near_only")
def test_a_floor_on_sums_that_time_leaves_open_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "ALL_AT_LAST", 0)
    monkeypatch.setattr("solvers.pairs.side.sum_floor.MOST_PAIRS", 0)
    rng = np.random.default_rng(7)
    case = {
        "order": "floor",
        "floor_on": "sum",
        "learners": [{"id": f"l{i}", "need": 2} for i in range(30)],
        "guides": [{"id": f"g{j}", "capacity": 3} for j in range(22)],
        "edges": [
            [f"l{i}", f"g{j}", int(rng.integers(0, 1001))]
            for i in range(30)
            for j in rng.permutation(22)[:9].tolist()
        ],
    }
    open_, instance = solve(load_instance(case), Limits(seconds=60)), load_instance(case)
    monkeypatch.undo()
    best = solve(instance, Limits(seconds=60))
    assert best.status is Status.OPTIMAL
    told, true = ({tier.name: tier for tier in one.tiers} for one in (open_, best))
    assert told["floor"].value <= true["floor"].value <= told["floor"].bound
    assert told["floor"].bound < 2 * 1000


@pytest.mark.parametrize("seed", range(40))
def test_pins_that_clash_with_rules_outside_the_flow_are_named_without_seeing_all_pairs(
    reference: ModuleType, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "ALL_AT_ONCE", 0)
    monkeypatch.setattr(closing, "ALL_AT_LAST", 0)
    use = {"pins", "budgets", "one_way", "previous", "most_broken", "quotas"}
    instance = reference.random_instance(seed, use=use)
    answer = solve(instance, Limits(seconds=60))
    impossible = reference.exhaustive(instance) is None
    assert (answer.status is Status.INFEASIBLE) == impossible
    assert bool(answer.conflict) == impossible


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_medium_instances_agree_with_milp(
    reference: ModuleType, seed: int, near: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if near:
        monkeypatch.setattr(closing, "ALL_AT_ONCE", 0)
    use = [{"budgets"}, {"quotas", "needs"}, {"one_way", "budgets", "previous"}][seed % 3] | {"balance"}
    instance = reference.random_instance(seed, n=60, m=40, edges=900, use=use)
    answer, best = solve(instance, Limits(seconds=60)), reference.by_milp(instance)
    reference.agree(instance, answer, best)
    assert answer.status is Status.OPTIMAL


def odd_cycles(cycles: int, rng: np.random.Generator) -> dict[str, Any]:
    """Threes of people with one hour each, who could guide each other in a ring: every linear relaxation is
    3 / 2."""
    case: dict[str, Any] = {"learners": [], "guides": [], "edges": [], "budgets": []}
    for c in range(cycles):
        for k in range(3):
            person = f"{c}.{k}"
            case["learners"].append({"id": person})
            case["guides"].append({"id": person})
            case["edges"].append([person, f"{c}.{(k + 1) % 3}", int(rng.integers(100, 1000))])
            one = {"learner": person, "guide": person, "learner_cost": 1, "guide_cost": 1, "most": 1}
            case["budgets"].append(one)
    return case


@pytest.mark.parametrize("near", [False, True])
def test_gaps_between_whole_and_fractional_answers_are_closed(
    near: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if near:
        monkeypatch.setattr(closing, "ALL_AT_ONCE", 0)
    case = odd_cycles(6, np.random.default_rng(3))
    answer = solve(load_instance(case), Limits(seconds=60))
    assert answer.status is Status.OPTIMAL
    assert answer.tiers[0].value == 6, "one pair a ring, where half-pairs would make nine"
    assert answer.tiers[0].condition is not None
    assert "closed by an integer program" in answer.tiers[0].condition
    best = sum(max(points for *_, points in case["edges"][3 * c : 3 * c + 3]) for c in range(6))
    assert answer.value == best


def test_where_too_many_pairs_matter_branches_close_the_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in (closing, "ALL_AT_ONCE"), (closing, "ALL_AT_LAST"), (near, "MOST_PAIRS"):
        monkeypatch.setattr(*limit, 0)
    case = odd_cycles(3, np.random.default_rng(3))
    answer = solve(load_instance(case), Limits(seconds=60))
    assert answer.status is Status.OPTIMAL
    assert answer.tiers[0].value == 3, "one pair a ring, where half-pairs would make four and a half"
    assert "branches" in str(answer.tiers[0].condition)
    assert answer.value == sum(max(points for *_, points in case["edges"][c : c + 3]) for c in (0, 3, 6))


@pytest.mark.parametrize("seed", range(20))
def test_after_the_time_a_flow_is_put_right_over_its_own_pairs(reference: ModuleType, seed: int) -> None:
    instance = reference.random_instance(seed, n=30, m=20, edges=200, use={"budgets", "one_way", "balance"})
    flow = PricedFlow(instance, Limits(), Effort())
    flow.optimize(Limits())
    split = split_at_last(instance, flow)
    assert split is not None
    assert check(instance, split.pairs) == []
    assert len(split.pairs) >= len(flow.pairs or ()) - 2 * len(instance.budgets)


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_without_time_the_answer_is_clean_and_below_its_bounds(
    reference: ModuleType, seed: int, near: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if near:
        monkeypatch.setattr(closing, "ALL_AT_ONCE", 0)
    instance = reference.random_instance(seed, use=drawn(reference, seed, "budgets", ("pins",)))
    looks = 0

    def soon() -> bool:
        nonlocal looks
        looks += 1
        return looks > 2 + seed

    for limits in (Limits(seconds=0), Limits(seconds=60, cancelled=soon)):
        answer = solve(instance, limits)
        if answer.status not in (Status.UNKNOWN, Status.INFEASIBLE):
            reference.agree(instance, answer, reference.exhaustive(instance))
            assert check(instance, answer.pairs) == []


def test_progress_tells_tiers_in_the_units_people_read(reference: ModuleType) -> None:
    told: list[Progress] = []
    instance = reference.random_instance(2, n=60, m=40, edges=900, use={"budgets", "min_load"})
    answer = solve(instance, Limits(seconds=60, report=told.append))
    final = {tier.name: tier for tier in answer.tiers}
    steps = [
        step for step in told if step.tier in final and step.value is not None and step.bound is not None
    ]
    assert steps
    for step in steps:
        sign = 1 if final[str(step.tier)].sense == "max" else -1
        assert sign * (step.value or 0) <= sign * (step.bound or 0), step


def test_the_same_seed_gives_the_same_pairs(reference: ModuleType) -> None:
    instance = reference.random_instance(5, n=12, m=10, edges=80, use={"budgets", "needs", "one_way"})
    first, second = (solve(instance, Limits(seconds=60, seed=7)) for _ in range(2))
    assert first.pairs.learner.tolist() == second.pairs.learner.tolist()
    assert first.pairs.guide.tolist() == second.pairs.guide.tolist()


@pytest.mark.slow
def test_thousands_with_hundreds_of_tight_budgets_are_proven_over_all_pairs() -> None:
    rng = np.random.default_rng(11)
    learners, guides, degree, both = 3_000, 1_500, 30, 300
    owner = np.repeat(np.arange(learners), degree)
    guide = np.concatenate([rng.choice(guides, degree, replace=False) for _ in range(learners)])
    points = rng.integers(200, 1001, len(owner))
    capacity = rng.integers(1, 4, guides).tolist()
    edges = zip(owner.tolist(), guide.tolist(), points.tolist(), strict=True)
    case: dict[str, Any] = {
        "learners": [{"id": f"p{i}"} for i in range(learners)],
        "guides": [{"id": f"p{j}", "capacity": places} for j, places in enumerate(capacity)],
        "edges": [[f"p{i}", f"p{j}", w] for i, j, w in edges if i != j],
        "budgets": [
            {
                "learner": f"p{k}",
                "guide": f"p{k}",
                "learner_cost": 2,
                "guide_cost": 1,
                "most": capacity[k] + 1,
            }
            for k in range(both)
        ],
    }
    answer = solve(load_instance(case), Limits(seconds=120))
    assert answer.status is Status.OPTIMAL
    assert len(answer.pairs) == answer.tiers[0].value

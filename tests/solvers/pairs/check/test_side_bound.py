"""Bounds with prices on rules beside the flow: what the solver says, the check derives again, and no lie."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.pairs.check.side_bound import closed_tiers, held_values, side_bounds
from solvers.pairs.explicit.loading import load_instance
from solvers.pairs.flow.certificate import duals_from, flow_value
from solvers.pairs.flow.circulation import StuckError
from solvers.pairs.flow.network import Network, build_network
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import PairsInstance
from solvers.pairs.side import closing
from solvers.pairs.side.prices import not_negative, price_rows
from solvers.pairs.side.rows import hold_row, linear_rows, mutual_rows
from solvers.pairs.solution import PricedRow, SideDuals
from solvers.pairs.solve import solve
from solvers.result import Effort, Status

SIDE = ("budgets", "quotas", "most_broken", "one_way")
BESIDE = ("needs", "previous", "bonus", "balance", "groups", "priority", "min_load", "pins")


def drawn(reference: ModuleType, seed: int) -> PairsInstance:
    rng = np.random.default_rng(seed + 77)
    use = {SIDE[seed % 4]} | {option for option in (*SIDE, *BESIDE) if rng.random() < 0.35}
    instance: PairsInstance = reference.random_instance(seed, use=use)
    return instance


@pytest.mark.parametrize("seed", range(80))
def test_the_check_derives_the_bound_of_any_prices_and_no_answer_passes_it(
    reference: ModuleType, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    instance = drawn(reference, seed)
    network, limits = build_network(instance), Limits()
    relaxed = PricedFlow(instance, limits, Effort(), network=network)
    try:
        relaxed.optimize(limits)
    except StuckError:
        return
    values = [
        flow_value(network, instance, pairs).tolist()
        for pairs in reference.all_answers(instance)
        if not reference.check(instance, pairs)
    ]
    if not values:
        return
    tiers = len(network.tiers)
    first = int(rng.integers(0, tiers))
    held = values[int(rng.integers(0, len(values)))][:first]
    rows = [*linear_rows(instance, network), *mutual_rows(instance, reference.candidates(instance))]
    rows += [hold_row(instance, network, tier, floor) for tier, floor in enumerate(held)]
    prices = rng.integers(-2, 9, (len(rows), tiers - first)) * (rng.random((len(rows), 1)) < 0.7)
    prices[:, -1] *= int(rng.integers(1, 60))
    bound = price_rows(relaxed, rows, not_negative(prices), limits, unit=6, first_tier=first)
    side = bound.certificate()
    (derived,) = side_bounds(instance, [side])
    assert derived == bound.bound.tolist()
    floors = held_values(side)
    names = [tier.name for tier in network.tiers]
    for value in values:
        if all(value[names.index(name)] >= least for name, least in floors.items()):
            scaled = [unit * reached for unit, reached in zip(side.scale, value[first:], strict=True)]
            assert scaled <= derived
            told = closed_tiers(side, derived, value[first:])
            assert value[first : first + len(told)] <= told


@pytest.mark.parametrize("seed", range(60))
def test_tiers_that_prices_close_are_proven_by_the_certificates_in_the_answer(
    reference: ModuleType, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "ALL_AT_ONCE", 0)
    instance = drawn(reference, seed)
    answer = solve(instance, Limits(seconds=60))
    if answer.status is Status.INFEASIBLE:
        return
    network = build_network(instance)
    value = flow_value(network, instance, answer.pairs).tolist()
    derived: dict[str, list[int]] = {}
    bounds = side_bounds(instance, answer.side_duals)
    for side, bound in zip(answer.side_duals, bounds, strict=True):
        assert all(value[k] >= floor for k, floor in _held(network, side))
        told = closed_tiers(side, bound, value[-len(side.scale) :])
        specs = network.tiers[len(network.tiers) - len(side.scale) :]
        for spec, limit in zip(specs, told, strict=False):
            derived.setdefault(spec.name, []).append(spec.offset + spec.sign * limit)
    for tier in answer.tiers:
        if tier.condition == "bounded by prices of the side constraints":
            assert tier.bound in derived[tier.name]


def _held(network: Network, side: SideDuals) -> list[tuple[int, int]]:
    names = [tier.name for tier in network.tiers]
    return [(names.index(name), least) for name, least in held_values(side).items()]


def test_a_barred_previous_pair_counts_as_kept_in_the_bound(
    reference: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "ALL_AT_ONCE", 0)
    use = {"all_or_nothing", "one_way", "groups", "budgets", "most_broken"}
    instance = reference.random_instance(1198, use=use)
    reference.agree(instance, solve(instance, Limits(seconds=60)), reference.exhaustive(instance))


def two_people() -> PairsInstance:
    """Ann and Ben with an hour each, who could guide each other and a third person."""
    return load_instance(
        {
            "learners": [{"id": "ann"}, {"id": "ben"}, {"id": "cem"}],
            "guides": [{"id": "ann", "capacity": 2}, {"id": "ben"}],
            "edges": [["ann", "ben", 500], ["ben", "ann", 400], ["cem", "ann", 300]],
            "budgets": [
                {"learner": "ann", "guide": "ann", "learner_cost": 1, "guide_cost": 1, "most": 2},
                {"learner": "ben", "guide": "ben", "learner_cost": 1, "guide_cost": 1, "most": 1},
            ],
        }
    )


def priced(instance: PairsInstance, *rows: PricedRow) -> SideDuals:
    """A certificate with the potentials of the flow alone."""
    flow = PricedFlow(instance, Limits(), Effort())
    flow.optimize(Limits())
    duals = duals_from(flow.network, flow.potentials)
    return SideDuals(replace(duals, learner=2 * duals.learner, guide=2 * duals.guide), (2, 1), rows)


def test_a_rule_that_no_budget_implies_has_no_price() -> None:
    instance = two_people()
    fair = PricedRow("budget", (1, 0), 1, learner=1, guide=1, learner_cost=1, guide_cost=1)
    assert side_bounds(instance, [priced(instance, fair)])
    for wrong, words in (
        (replace(fair, most=0), "does not imply"),
        (replace(fair, learner_cost=2), "does not imply"),
        (replace(fair, learner=2), "no such budget"),
        (replace(fair, price=(-1, 5)), "below zero"),
        (replace(fair, price=(1,)), "not per tier"),
        (PricedRow("quota", (1, 0), name="north"), "no quota"),
        (PricedRow("most_broken", (1, 0)), "no cap"),
        (PricedRow("both_ways", (1, 0), learner=0, guide=1), "both ways"),
        (PricedRow("held", (1, 0), 1, name="places_1"), "no tier before"),
    ):
        with pytest.raises(InstanceError, match=words):
            side_bounds(instance, [priced(instance, wrong)])


def test_scales_and_tiers_of_another_kind_are_refused() -> None:
    instance = two_people()
    side = priced(instance)
    for wrong in (
        replace(side, scale=(2, 2)),
        replace(side, scale=(0, 1)),
        replace(side, duals=replace(side.duals, tiers=("points", "places_1"))),
    ):
        with pytest.raises(InstanceError):
            side_bounds(instance, [wrong])

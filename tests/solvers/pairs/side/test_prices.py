"""Rows beside the flow: their facets, and the bounds and near pairs that prices on them prove."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pairs.check.score import pairs_of
from solvers.pairs.flow.certificate import flow_value
from solvers.pairs.flow.circulation import StuckError
from solvers.pairs.flow.network import build_network
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.side.branch import Barring
from solvers.pairs.side.constraints import budget_facets, mutual_pairs
from solvers.pairs.side.linear import LinearBounds
from solvers.pairs.side.prices import near_pairs, not_negative, price_rows
from solvers.pairs.side.program import build_program, joined
from solvers.pairs.side.rows import hold_row, linear_rows, mutual_rows
from solvers.pairs.side.split import narrow
from solvers.result import Effort


@pytest.mark.parametrize("seed", range(60))
def test_facets_of_a_budget_hold_the_same_whole_numbers_and_are_tight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, most = int(rng.integers(0, 6)), int(rng.integers(0, 6)), int(rng.integers(0, 25))
    need, capacity = int(rng.integers(1, 8)), int(rng.integers(1, 12))
    facets = budget_facets(a, b, most, need, capacity)
    whole = [(x, y) for x in range(need + 1) for y in range(capacity + 1) if a * x + b * y <= most]
    kept = [
        (x, y)
        for x in range(need + 1)
        for y in range(capacity + 1)
        if all(p * x + q * y <= c for p, q, c in facets)
    ]
    assert kept == whole
    for p, q, c in facets:
        assert max(p * x + q * y for x, y in whole) == c, "each facet touches an answer"


@pytest.mark.parametrize("seed", range(80))
def test_any_prices_bound_every_answer_and_near_pairs_hold_every_better_one(
    reference: ModuleType, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    options = ("budgets", "quotas", "most_broken", "one_way", "needs", "previous", "balance", "priority")
    use = {"budgets"} | {option for option in options if rng.random() < 0.4}
    instance = reference.random_instance(seed, use=use)
    network, limits = build_network(instance), Limits()
    relaxed = PricedFlow(instance, limits, Effort(), network=network)
    try:
        relaxed.optimize(limits)
    except StuckError:
        return
    allowed = [pairs for pairs in reference.all_answers(instance) if not reference.check(instance, pairs)]
    if not allowed:
        return
    values = [flow_value(network, instance, pairs) for pairs in allowed]
    tiers = len(network.tiers)
    first = int(rng.integers(0, tiers))
    rows = [*linear_rows(instance, network), *mutual_rows(instance, reference.candidates(instance))]
    for tier in range(first):  # answers that keep the tiers before at a value that some answer has
        floor = int(values[int(rng.integers(0, len(values)))][tier])
        rows.append(hold_row(instance, network, tier, floor))
        fit = [k for k, value in enumerate(values) if value[tier] >= floor]
        allowed, values = [allowed[k] for k in fit], [values[k] for k in fit]
    prices = rng.integers(-3, 30, (len(rows), tiers - first)) * (rng.random((len(rows), 1)) < 0.6)
    prices[:, -1] *= int(rng.integers(1, 20))
    bound = price_rows(relaxed, rows, not_negative(prices), limits, first_tier=first)
    found = [tuple((bound.scale * value[first:]).tolist()) for value in values]
    assert max(found) <= tuple(bound.bound.tolist())
    at_once = price_rows(relaxed, rows, not_negative(prices), limits, first_tier=first, at_once=True)
    assert tuple(bound.bound.tolist()) <= tuple(at_once.bound.tolist())
    again = price_rows(relaxed, rows, not_negative(prices // 2), limits, first_tier=first, near=bound)
    anew = price_rows(relaxed, rows, not_negative(prices // 2), limits, first_tier=first)
    assert again.bound.tolist() == anew.bound.tolist()
    short = sorted(found)[len(found) // 2]
    near = near_pairs(bound, bound.bound - np.array(short), 10_000)
    assert near is not None
    seen = set(pairs_of(near)) | set(pairs_of(instance.pinned)) | set(pairs_of(instance.previous))
    for pairs, value in zip(allowed, found, strict=True):
        if value >= short:
            assert set(pairs_of(pairs)) <= seen


@pytest.mark.parametrize("seed", range(60))
def test_a_program_says_of_every_set_of_pairs_what_the_audit_says(reference: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    use = {option for option in reference.OPTIONS if rng.random() < 0.4}
    instance = reference.random_instance(seed, use=use)
    network = build_network(instance)
    model = build_program(instance, network, joined(instance, reference.candidates(instance)))
    answers = list(reference.all_answers(instance))
    for k in rng.permutation(len(answers))[:60]:
        pairs = answers[k]
        values = model.values(pairs)
        assert model.program.holds(values) == (not reference.check(instance, pairs))
        assert (model.objectives @ values).tolist() == flow_value(network, instance, pairs).tolist()
        assert set(pairs_of(model.chosen(values))) == set(pairs_of(pairs))


def test_pairs_both_ways_are_found_once_each(reference: ModuleType) -> None:
    for seed in range(30):
        instance = reference.random_instance(seed, use={"one_way"}, edges=18)
        pairs = reference.candidates(instance)
        left, right = mutual_pairs(instance, pairs)
        held = pairs_of(pairs)
        guide_of = instance.guide_of_learner.tolist()
        expected = {
            frozenset((pair, other))
            for pair in held
            for other in held
            if guide_of[other[0]] == pair[1] and guide_of[pair[0]] == other[1]
        }
        assert {frozenset((held[a], held[b])) for a, b in zip(left, right, strict=True)} == expected
        assert len(left) == len(expected)


def test_arcs_are_called_empty_only_where_no_answer_within_them_keeps_the_tiers_held(
    reference: ModuleType,
) -> None:
    empty = 0
    for seed in range(60):
        instance = reference.random_instance(seed, use={"budgets", "needs", "priority"})
        allowed = [pairs for pairs in reference.all_answers(instance) if not reference.check(instance, pairs)]
        network, limits = build_network(instance), Limits()
        values = [tuple(flow_value(network, instance, pairs).tolist()) for pairs in allowed]
        best, last = max(values), len(network.tiers) - 1
        relaxed = PricedFlow(instance, limits, Effort(), network=network)
        relaxed.optimize(limits)
        linear = LinearBounds(relaxed, limits)
        linear.see(reference.candidates(instance))
        barring = Barring(linear, [hold_row(instance, network, t, best[t]) for t in range(last)])
        for budget in instance.budgets:
            upper = network.upper.copy()
            narrow(network, upper, budget, 0, int(instance.capacity[budget.guide]) // 2)
            try:
                shown = barring.empty(replace(network, upper=upper))
            except StuckError:
                continue
            for pairs, value in zip(allowed, values, strict=True):
                inside = int((pairs.learner == budget.learner).sum()) == 0
                given = int((pairs.guide == budget.guide).sum())
                if inside and given <= int(instance.capacity[budget.guide]) // 2:
                    kept = all(v >= b for v, b in zip(value[:last], best[:last], strict=True))
                    assert not (shown and kept)
            empty += shown
    assert empty > 5

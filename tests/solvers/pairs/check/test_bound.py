"""The bound from duals: tight for good duals, valid for any, and blind to nothing."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from solvers.faults import InstanceError
from solvers.pairs.check.audit import bound_from_duals
from solvers.pairs.check.score import TierValue
from solvers.pairs.edges import Edges
from solvers.pairs.flow.network import Network, build_network
from solvers.pairs.instance import PairsInstance
from solvers.pairs.solution import Duals

FLOW_OPTIONS = {"needs", "min_load", "priority", "previous", "bonus", "balance", "groups"}


def lexicographic_duals(
    instance: PairsInstance, edges: Edges, least_points: int = 0
) -> tuple[Network, Duals, list[int]] | None:
    """Duals and tier values, by one LP per tier on the optimal face of the last; None if infeasible."""
    network = build_network(instance)
    n, pins = network.n_learners, len(instance.pinned)
    tail = np.concatenate([network.tail, edges.learner]).astype(np.int64)
    head = np.concatenate([network.head, n + edges.guide]).astype(np.int64)
    low = np.concatenate([network.lower, np.arange(len(edges)) < pins]).astype(float)
    high = np.concatenate([network.upper, np.ones(len(edges))]).astype(float)
    worth = np.concatenate([network.worth, network.pair_worth(instance, edges)], axis=1)
    arcs = np.arange(len(tail))
    matrix = csr_array(
        (np.repeat([1.0, -1.0], len(arcs)), (np.concatenate([head, tail]), np.tile(arcs, 2))),
        shape=(network.n_nodes, len(arcs)),
    )
    potentials, values = [], []
    for tier in worth:
        found = linprog(
            -tier.astype(float),
            A_eq=matrix,
            b_eq=np.zeros(network.n_nodes),
            bounds=np.column_stack([low, high]),
            method="highs-ds",
        )
        if found.status == 2:
            return None
        assert found.status == 0
        potential = np.round(found.eqlin.marginals).astype(np.int64)
        assert np.allclose(potential, found.eqlin.marginals, atol=1e-6)
        reduced = tier + potential[head] - potential[tail]
        if not _certifies(reduced, low, high, -found.fun):
            potential = -potential
            reduced = tier + potential[head] - potential[tail]
            assert _certifies(reduced, low, high, -found.fun)
        low = np.where(reduced > 0, high, low)
        high = np.where(reduced < 0, low, high)
        potentials.append(potential)
        values.append(round(-found.fun))
    p = np.array(potentials) - np.array(potentials)[:, [network.hub]]
    duals = Duals(
        tiers=tuple(tier.name for tier in network.tiers),
        learner=p[:, :n],
        guide=-p[:, n : network.hub],
        node=p[:, network.hub :],
        node_names=network.node_names,
        least_points=least_points,
    )
    told = [tier.offset + tier.sign * value for tier, value in zip(network.tiers, values, strict=True)]
    return network, duals, told


def _certifies(reduced: np.ndarray, low: np.ndarray, high: np.ndarray, value: float) -> bool:
    return bool(abs(np.maximum(reduced * low, reduced * high).sum() - value) < 1e-5)


@pytest.mark.parametrize("seed", range(40))
def test_good_duals_prove_the_best_answer_over_every_pair(reference: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    use = {option for option in FLOW_OPTIONS if rng.random() < 0.4}
    instance = reference.random_instance(seed, use=use)
    found = lexicographic_duals(instance, reference.candidates(instance))
    assert found is not None
    bound = bound_from_duals(instance, found[1])
    assert bound == found[2]
    best = reference.exhaustive(instance)
    assert [tier.value for tier in best] == bound
    assert [tier.name for tier in best] == list(found[1].tiers)


@pytest.mark.parametrize("seed", range(30))
def test_rules_that_are_no_arcs_only_widen_the_gap(reference: ModuleType, seed: int) -> None:
    instance = reference.random_instance(seed, n=6, m=5)
    if instance.order == "floor":
        instance = replace(instance, order="welfare")
    found = lexicographic_duals(instance, reference.candidates(instance))
    best = reference.exhaustive(instance)
    if found is None:
        assert best is None
        return
    bound = bound_from_duals(instance, found[1])
    assert bound == found[2]
    if best is not None:
        assert not beaten(best, bound)


@pytest.mark.parametrize("seed", range(30))
def test_any_numbers_at_all_bound_the_first_tier(reference: ModuleType, seed: int) -> None:
    instance = reference.random_instance(seed, use=FLOW_OPTIONS | {"pins", "quotas"})
    best = reference.exhaustive(instance)
    if best is None:
        return
    network = build_network(instance)
    rng = np.random.default_rng(seed)
    tiers, extra = len(network.tiers), len(network.node_names)
    duals = Duals(
        tuple(tier.name for tier in network.tiers),
        rng.integers(-2, 3, (tiers, instance.n_learners)),
        rng.integers(-2, 3, (tiers, instance.n_guides)),
        rng.integers(-2, 3, (tiers, extra)),
        network.node_names,
    )
    assert not beaten(best, bound_from_duals(instance, duals))


def beaten(values: list[TierValue], bound: list[int]) -> bool:
    """Whether values pass a bound: at the first tier where the two differ."""
    for tier, limit in zip(values, bound, strict=True):
        assert tier.value is not None
        if tier.value != limit:
            return tier.value > limit if tier.sense == "max" else tier.value < limit
    return False


def medium(reference: ModuleType) -> PairsInstance:
    instance: PairsInstance = reference.random_instance(
        5, n=30, m=20, edges=300, use={"needs", "priority", "previous", "balance", "pins"}
    )
    return instance


def test_duals_of_a_short_list_are_found_out(reference: ModuleType) -> None:
    instance = medium(reference)
    edges = reference.candidates(instance)
    whole = lexicographic_duals(instance, edges)
    short = lexicographic_duals(instance, reference.take(edges, list(range(60))))
    assert whole is not None
    assert short is not None
    assert bound_from_duals(instance, whole[1]) == whole[2]
    assert short[2] < whole[2] <= bound_from_duals(instance, short[1]), (
        "the short list did not hold every pair"
    )


def test_a_sample_with_the_listed_pairs_reaches_the_same_bound(reference: ModuleType) -> None:
    instance = medium(reference)
    edges = reference.candidates(instance)
    found = lexicographic_duals(instance, edges)
    assert found is not None
    assert bound_from_duals(instance, found[1], learners=[1, 4, 4, 9], listed=edges) == found[2]
    assert bound_from_duals(instance, found[1], learners=[], listed=edges) == found[2]


def test_blocks_from_elsewhere_are_priced_alike(reference: ModuleType) -> None:
    instance = medium(reference)
    found = lexicographic_duals(instance, reference.candidates(instance))
    assert found is not None
    blocks = [instance.edges.row(i) for i in reversed(range(instance.n_learners))]
    assert bound_from_duals(instance, found[1], blocks=blocks) == found[2]


def test_a_floor_leaves_lower_new_pairs_out(reference: ModuleType) -> None:
    instance = medium(reference)
    edges = reference.candidates(instance)
    old = set(reference.pairs_of(instance.pinned)) | set(reference.pairs_of(instance.previous))
    allowed = [e for e, pair in enumerate(reference.pairs_of(edges)) if edges.points[e] >= 500 or pair in old]
    found = lexicographic_duals(instance, reference.take(edges, allowed), least_points=500)
    assert found is not None
    assert bound_from_duals(instance, found[1]) == found[2]
    assert bound_from_duals(instance, replace(found[1], least_points=0)) > found[2]


def test_a_changed_dual_never_lowers_the_bound_below_the_best(reference: ModuleType) -> None:
    instance = medium(reference)
    found = lexicographic_duals(instance, reference.candidates(instance))
    assert found is not None
    for at in range(0, instance.n_learners, 7):
        learner = found[1].learner.copy()
        learner[0, at] += 1
        assert bound_from_duals(instance, replace(found[1], learner=learner)) >= found[2]


def test_duals_of_another_instance_are_refused(reference: ModuleType) -> None:
    instance = medium(reference)
    found = lexicographic_duals(instance, reference.candidates(instance))
    assert found is not None
    duals = found[1]
    for wrong, field in (
        (replace(duals, tiers=duals.tiers[1:]), "duals.tiers"),
        (replace(duals, learner=duals.learner[:, 1:]), "duals.learner"),
        (replace(duals, node_names=("hub",)), "duals.node_names"),
        (replace(duals, guide=duals.guide + 2**62), "duals.guide"),
    ):
        with pytest.raises(InstanceError) as caught:
            bound_from_duals(instance, wrong)
        assert caught.value.field == field

"""Small solved instances, each beside the list of all its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pairs.check.audit import check
from solvers.pairs.check.score import pairs_of, tier_values
from solvers.pairs.explain import State
from solvers.pairs.flow.network import build_network
from solvers.pairs.instance import PairsInstance
from solvers.pairs.solution import PairsAnswer
from solvers.pairs.solve import solve
from solvers.result import sort_key

ARCS = ("balance", "bonus", "groups", "min_load", "needs", "pins", "previous", "priority", "quotas")
"""Options that a flow holds (quotas only where they nest)."""

Key = tuple[tuple[bool, int], ...]


@dataclass(frozen=True)
class Case:
    """A solved instance. `best`: the best key over all its answers, or all of a changed one."""

    instance: PairsInstance
    answer: PairsAnswer
    state: State
    reference: ModuleType

    def answers(self, instance: PairsInstance | None = None) -> Iterator[tuple[Key, set[tuple[int, int]]]]:
        """Every allowed answer of an instance (by default the case's), with its key by the case's tiers."""
        chosen = instance or self.instance
        for pairs in self.reference.all_answers(chosen):
            if not check(chosen, pairs):
                yield sort_key(tier_values(self.instance, pairs)), set(pairs_of(pairs))

    def best(self, instance: PairsInstance | None = None) -> Key | None:
        """The best key of an instance; None when nothing is allowed."""
        return max((key for key, _ in self.answers(instance)), default=None)

    def key(self, outcome: Any) -> Key | None:
        """The key of an outcome, None if it is impossible."""
        return sort_key(tier_values(self.instance, outcome.pairs)) if outcome.possible else None


def solved(reference: ModuleType, seed: int, **kwargs: Any) -> Case | None:
    """A case of a seed; None where it has no proven answer or a quota that is no arc."""
    rng = np.random.default_rng(seed + 10_000)
    kwargs.setdefault("use", {option for option in ARCS if rng.random() < 0.4})
    instance = reference.random_instance(seed, **kwargs)
    if build_network(instance).side_quotas:
        return None
    answer = solve(instance, Limits(seconds=20))
    if answer.status.value != "optimal":
        return None
    return Case(instance, answer, State.of(instance, answer), reference)


@pytest.fixture(scope="session")
def cases(reference: ModuleType) -> list[Case]:
    """Some dozens of random cases over every option that is an arc."""
    found = [solved(reference, seed) for seed in range(70)]
    return [case for case in found if case is not None]


@pytest.fixture(scope="session")
def more_places() -> Any:
    """The instance with more places at one guide."""

    def change(instance: PairsInstance, guide: int, amount: int = 1) -> PairsInstance:
        capacity = instance.capacity.copy()
        capacity[guide] += amount
        return replace(instance, capacity=capacity)

    return change

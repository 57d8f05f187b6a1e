"""Small pods instances to start from; each test shows how it departs from them. And random ones."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solvers.pods.instance import PairTerms, Pod, PodsInstance, Rhythm, Seats, no_pairs


def plain_instance(n: int = 6, count: int = 2, **changes: Any) -> PodsInstance:
    """n members of n organizations, all eligible for `count` pods of 2 to 4, 10 points a seat.

    `changes` replace fields.
    """
    base = PodsInstance(
        member_ids=[f"m{i}" for i in range(n)],
        pod_ids=[f"p{k}" for k in range(count)],
        organization_ids=[f"o{i}" for i in range(n)],
        pods=tuple(Pod(2, 4) for _ in range(count)),
        points=np.full((n, count), 10, np.int32),
        eligible=np.ones((n, count), bool),
        organization=np.arange(n, dtype=np.int32),
        capacity=np.ones(n, np.int32),
        budget=np.full(n, 10, np.int32),
        newcomer=np.zeros(n, bool),
        veteran=np.ones(n, bool),
        priority=np.zeros(n, np.int32),
        able=np.zeros((n, 1), bool),
        speaks=np.ones((n, 1), bool),
        pair_terms=PairTerms.of(n, no_pairs(), np.zeros(0, np.int32)),
        rivals=no_pairs(),
        apart=no_pairs(),
        together=no_pairs(),
        pinned=Seats.of([]),
        previous=Seats.of([]),
    )
    return replace(base, **changes)


def weekly(n: int, starts: list[int], minutes: int = 60) -> Rhythm:
    """Slots to which all n members can always come, with no ease."""
    shape = (n, len(starts))
    return Rhythm(
        np.ones(shape, bool),
        np.ones(shape, bool),
        np.zeros(shape, np.int16),
        np.array(starts, np.int32),
        minutes,
    )


@pytest.fixture
def plain() -> Callable[..., PodsInstance]:
    """Builds the plain instance with changes."""
    return plain_instance


@pytest.fixture
def rhythm() -> Callable[..., Rhythm]:
    """Builds weekly slots that suit everybody."""
    return weekly


def _load(name: str) -> None:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


_load("pods_cases")

"""Clashes are named by a smallest set; brute force agrees on whether there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pods.check.audit import check
from solvers.pods.conflict.clash import clash
from solvers.pods.instance import Need, Pod, PodsInstance, Rhythm, Seats

Plain = Callable[..., PodsInstance]


def named(instance: PodsInstance) -> list[str]:
    """The clash, by names."""
    return sorted(one.name(instance) for one in clash(instance, Limits(seconds=60)))


def flags(n: int, *on: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """n flags, some of them on."""
    out = np.zeros(n, bool)
    out[list(on)] = True
    return out


def test_nothing_clashes_where_all_can_hold(plain: Plain) -> None:
    assert named(plain()) == []
    assert named(plain(pods=(Pod(2, 4, must_run=True), Pod(2, 4, must_run=True)))) == []
    assert named(plain(pinned=Seats.of([(0, 0), (1, 0)]))) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"apart": np.array([[0, 1], [2, 3]], np.int32)}, ["apart m0 m1", "pinned p0 m0", "pinned p0 m1"]),
        ({"rivals": np.array([[1, 0]], np.int32)}, ["pinned p0 m0", "pinned p0 m1", "rivals p0"]),
        ({"pods": (Pod(2, 2), Pod(2, 4))}, ["pinned p0 m0", "pinned p0 m1", "pinned p0 m4", "size p0"]),
        ({"newcomer": flags(6, 0, 1, 4), "most_newcomers": 50, "pods": (Pod(2, 6), Pod(2, 4))}, []),
        (
            {"newcomer": flags(6, 0, 1, 4), "most_newcomers": 50, "pods": (Pod(2, 5), Pod(2, 4))},
            ["newcomers p0", "pinned p0 m0", "pinned p0 m1", "pinned p0 m4", "size p0"],
        ),
    ],
)
def test_pins_that_clash_with_a_rule_are_named_with_it(
    plain: Plain, changes: dict[str, Any], expected: list[str]
) -> None:
    instance = plain(pinned=Seats.of([(0, 0), (1, 0), (4, 0)]), **changes)
    assert named(instance) == expected
    assert _answer_exists(instance) == (not expected)


def test_two_pods_that_must_run_and_share_too_few_people_are_named(plain: Plain) -> None:
    instance = plain(3, pods=(Pod(2, 4, must_run=True), Pod(2, 4, must_run=True)))
    assert named(instance) == ["must_run p0", "must_run p1", "size p0", "size p1"]


def test_a_pod_without_a_common_time_is_told_by_its_slot_rule(
    plain: Plain, rhythm: Callable[..., Rhythm]
) -> None:
    weekly = rhythm(6, [600, 660])
    apart = np.array([[True, False], [False, True]] * 3)
    instance = plain(
        rhythms=(replace(weekly, always=apart, half=apart),),
        pods=(Pod(4, 4, must_run=True, rhythm=0), Pod(2, 4)),
    )
    assert named(instance) == ["must_run p0", "size p0", "slot p0"]


def test_a_cap_on_broken_seats_may_clash_with_a_pin(plain: Plain) -> None:
    instance = plain(
        previous=Seats.of([(0, 1), (1, 1)]),
        most_broken=0,
        pinned=Seats.of([(0, 0)]),
        pods=(Pod(2, 4), Pod(2, 4)),
    )
    assert named(instance) == ["most_broken", "pinned p0 m0"]


def test_no_time_names_nothing(plain: Plain) -> None:
    instance = plain(3, pods=(Pod(2, 4, must_run=True), Pod(2, 4, must_run=True)))
    assert clash(instance, Limits(seconds=0)) == ()


def _answer_exists(instance: PodsInstance) -> bool:
    """Exhaustive search for a clean answer, slots left out."""
    choices = [(-1, *range(instance.n_pods))] * instance.n_members
    slot = np.full(instance.n_pods, -1, np.int32)
    for row in product(*choices):
        if not check(instance, Seats.of([(i, p) for i, p in enumerate(row) if p >= 0]), slot):
            return True
    return False


@pytest.mark.parametrize("seed", range(25))
def test_brute_force_agrees_on_whether_pins_can_hold(plain: Plain, seed: int) -> None:
    dice = np.random.default_rng(seed)
    n = 6
    pods = tuple(
        Pod(
            2,
            int(dice.integers(2, 5)),
            must_run=bool(dice.random() < 0.6),
            least_organizations=int(dice.integers(1, 3)),
            most_share=int(dice.choice([50, 67, 100])),
            languages=(0, 1),
            needs=(Need(0, (), int(dice.integers(0, 3))),),
        )
        for _ in range(2)
    )
    pinned = Seats.of(sorted({(int(dice.integers(n)), int(dice.integers(2))) for _ in range(2)}))
    instance = plain(
        n,
        pods=pods,
        eligible=dice.random((n, 2)) < 0.7,
        organization=dice.integers(0, 3, n).astype(np.int32),
        able=dice.random((n, 1)) < 0.5,
        speaks=dice.random((n, 2)) < 0.6,
        newcomer=dice.random(n) < 0.4,
        veteran=dice.random(n) < 0.6,
        veteran_each=True,
        rivals=np.array([[0, 1]], np.int32),
        apart=np.array([[0, 1]], np.int32),
        together=np.array([[2, 3]], np.int32),
        pinned=pinned,
    )
    found = clash(instance, Limits(seconds=60))
    if max(np.bincount(pinned.member)) > 1:  # the search below gives everyone one pod at most
        return
    assert bool(found) == (not _answer_exists(instance))
    assert all(isinstance(one.name(instance), str) for one in found)

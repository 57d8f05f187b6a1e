"""What prices under a floor prove, by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from solvers.faults import InstanceError
from solvers.pods.check.floors import floor_from_prices, levels_of, reaches, require_reached
from solvers.pods.instance import Order, PodsInstance, Seats
from solvers.pods.solution import PodPrices

Build = Callable[..., PodsInstance]

SATISFACTION = np.array([[1000, 700], [700, 400], [1000, 400], [400, 0]], np.int16)


@pytest.fixture
def instance(plain: Build) -> PodsInstance:
    """Four members and two pods; whoever sits in a pod brings 10 points."""
    return plain(4, 2, satisfaction=SATISFACTION, order=Order.FLOOR)


def prices_of(pod: int, **changes: object) -> PodPrices:
    """Prices of nothing: each pod places so many people at most."""
    none = np.zeros(4, np.int64)
    plain = PodPrices("placed", 10, none, none, none, (), 0, np.array([10 * pod, 0], np.int64), 1000)
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_levels_are_those_that_seats_have_and_one_beyond(instance: PodsInstance) -> None:
    assert list(levels_of(instance, "lowest", 400)) == [700, 1000, 1001]
    assert list(levels_of(instance, "lowest", 1000)) == [1001]
    assert levels_of(instance, "weakest", 12)[0] == 13


def test_a_floor_is_bounded_by_the_level_below_the_one_that_places_too_few(instance: PodsInstance) -> None:
    assert floor_from_prices(instance, prices_of(2), {"placed": 4, "lowest": 0}) == ("lowest", 700)
    of_points = prices_of(2, least_satisfaction=0, least_points=31)
    assert floor_from_prices(instance, of_points, {"placed": 4, "lowest": 0}) == ("weakest", 30)
    assert floor_from_prices(instance, prices_of(2, least_satisfaction=0), {"placed": 4}) == ("lowest", None)


@pytest.mark.parametrize(
    ("prices", "values"),
    [
        (prices_of(2), {"placed": 2}),
        (prices_of(2), {"points": 10}),
        (prices_of(2, tier="lowest"), {"lowest": 400}),
        (prices_of(0, tier="kept", held=(("placed", 3, 5),)), {"placed": 4, "kept": 10}),
        (prices_of(2, least_points=20), {"placed": 4, "lowest": 700}),
    ],
)
def test_prices_that_prove_nothing_about_an_answer_are_refused(
    instance: PodsInstance, prices: PodPrices, values: dict[str, int]
) -> None:
    with pytest.raises(InstanceError):
        floor_from_prices(instance, prices, values)


def test_prices_of_sums_speak_of_no_more_than_the_answer_reaches() -> None:
    prices = prices_of(2, tier="points", held=(("placed", 1, 3), ("kept", 0, 9)), least_points=20)
    require_reached(prices, {"placed": 3, "lowest": 1000, "weakest": 20})
    require_reached(prices, {"placed": 3, "lowest": None, "weakest": 20})
    for values in ({"placed": 2, "lowest": 1000, "weakest": 20}, {"placed": 3, "lowest": 700, "weakest": 20},
                   {"placed": 3, "lowest": 1000, "weakest": 19}):  # fmt: skip
        with pytest.raises(InstanceError):
            require_reached(prices, values)


def test_seats_that_were_there_before_need_not_reach_a_floor(instance: PodsInstance) -> None:
    assert reaches(instance, prices_of(2), 0, [0, 2], -1)
    assert not reaches(instance, prices_of(2), 0, [0, 1], -1)
    before = replace(instance, previous=Seats.of([(1, 0)]))
    assert reaches(before, prices_of(2), 0, [0, 1], -1)
    assert reaches(before, prices_of(2, least_points=20), 0, [0, 1], -1)
    assert not reaches(before, prices_of(2, least_points=21), 0, [0, 1], -1)

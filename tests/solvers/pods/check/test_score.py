"""Points and tiers, counted by hand on small cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from solvers.pods.check.score import pod_parts, tier_values
from solvers.pods.instance import Need, Order, PairTerms, Pod, PodsInstance, Rhythm, Seats
from solvers.pods.solution import no_slots

Plain = Callable[..., PodsInstance]
ROWS = [(0, 0), (1, 0), (2, 1), (3, 1)]


def values(instance: PodsInstance, rows: list[tuple[int, int]] | None = None) -> dict[str, int | None]:
    """The tiers by name."""
    seats = Seats.of(ROWS if rows is None else rows)
    return {tier.name: tier.value for tier in tier_values(instance, seats, no_slots(instance.n_pods))}


def test_a_plain_order_counts_the_placed_and_their_points(plain: Plain) -> None:
    assert values(plain()) == {"placed": 4, "points": 40}


def test_a_member_of_two_pods_is_placed_once(plain: Plain) -> None:
    assert values(plain(), [*ROWS, (0, 1)]) == {"placed": 4, "points": 50}


def test_needs_bring_less_for_each_further_person_and_nothing_beyond(plain: Plain) -> None:
    able = np.ones((6, 1), bool)
    instance = plain(able=able, pods=(Pod(2, 4, needs=(Need(0, (30, 8)),)), Pod(2, 4)))
    assert [pod_parts(instance, 0, list(range(size)), -1).needs for size in (0, 1, 2, 3)] == [0, 30, 38, 38]


def test_organizations_bring_their_worth_once_each(plain: Plain) -> None:
    instance = plain(organization=np.array([0, 0, 1, 2, 3, 4], np.int32), organization_worth=(7, 3))
    chosen = ([0, 1], [0, 2], [0, 2, 3, 4])
    assert [pod_parts(instance, 0, members, -1).organizations for members in chosen] == [7, 10, 10]


def test_pair_terms_count_each_pair_once(plain: Plain) -> None:
    terms = PairTerms.of(6, np.array([[0, 1], [2, 0], [4, 5]], np.int32), np.array([-5, 9, 100], np.int32))
    instance = plain(pair_terms=terms)
    assert pod_parts(instance, 0, [0, 1, 2], -1).pairs == 4


def test_ease_is_that_of_the_slot_met_in(plain: Plain, rhythm: Callable[..., Rhythm]) -> None:
    weekly = rhythm(6, [0, 60])
    weekly.ease[:, 1] = 3
    instance = plain(rhythms=(weekly,), pods=(Pod(2, 4, rhythm=0), Pod(2, 4)))
    assert pod_parts(instance, 0, [0, 1], 1).ease == 6
    assert pod_parts(instance, 0, [0, 1], 0).total == 20


@pytest.mark.parametrize(
    ("changes", "tiers"),
    [
        ({"priority": np.array([0, 2, 0, 3, 9, 9], np.int32)}, {"placed": 4, "priority": 5, "points": 40}),
        ({"pods": (Pod(2, 4, priority=4), Pod(2, 4))}, {"placed": 4, "problems": 4, "points": 40}),
        ({"previous": Seats.of([(0, 0), (1, 1)])}, {"placed": 4, "kept": 1, "points": 40}),
        (
            {"previous": Seats.of([(0, 0), (1, 1)]), "changes": "bonus", "bonus": 7},
            {"placed": 4, "points": 47},
        ),
        ({"order": Order.FLOOR}, {"placed": 4, "weakest": 20, "points": 40}),
        (
            {
                "order": Order.FLOOR,
                "satisfaction": np.arange(12, dtype=np.int16).reshape(6, 2),
                "pinned": Seats.of([(0, 0)]),
                "previous": Seats.of([(1, 0)]),
                "changes": "off",
            },
            {"placed": 4, "lowest": 5, "weakest": 20, "points": 40},
        ),
    ],
)
def test_tiers_follow_the_order_and_what_can_vary(
    plain: Plain, changes: dict[str, Any], tiers: dict[str, int]
) -> None:
    found = values(plain(**changes))
    assert found == tiers
    assert list(found) == list(tiers)


def test_nobody_is_worst_off_in_an_empty_answer(plain: Plain) -> None:
    satisfied = plain(order=Order.FLOOR, satisfaction=np.zeros((6, 2), np.int16))
    assert values(satisfied, []) == {"placed": 0, "lowest": None, "weakest": None, "points": 0}

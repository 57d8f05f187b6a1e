"""The solver-free check and score of turns: every rule is seen broken, every tier counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from turns_cases import turns_instance

from solvers.faults import InstanceError
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import rank, tier_values
from solvers.rota.turns.instance import Attending, Held, Order, Role, TurnsInstance, Windows

EVERYBODY = [(t, i, t, i) for t in range(4) for i in range(3)]
"""Four turns, three people; turn t is a burden of t, and person i likes each turn i much."""


def codes(instance: TurnsInstance, person: list[int]) -> set[str]:
    return {violation.code for violation in check(instance, person)}


def values(instance: TurnsInstance, person: list[int]) -> dict[str, int | None]:
    return {name: value for name, _, value in tier_values(instance, person)}


@pytest.mark.parametrize(
    ("given", "person", "broken"),
    [
        ({}, [0, 1, 2, 0], set()),
        ({"most": np.array([1, 9, 9], np.int32)}, [0, 1, 2, 0], {"most"}),
        ({"budget": np.array([1, 9, 9], np.int32)}, [0, 1, 2, 0], {"hours"}),
        ({"pinned": Held.of([(0, 2)])}, [0, 1, 2, 0], {"pinned"}),
        ({"open_turns": np.array([3], np.int32)}, [0, 1, 2, 0], {"open"}),
        ({"windows": Windows.of([("spacing", [0, 3], 1, 0)])}, [0, 1, 2, 0], {"spacing"}),
        ({"windows": Windows.of([("spacing", [0, 3], 1, 5)])}, [0, 1, 2, 0], set()),
        ({"session": np.array([0, 1, 2, 0], np.int32)}, [0, 1, 2, 0], {"twice", "same_organization"}),
        ({"organization_most": np.array([1, -1, -1], np.int32)}, [0, 1, 2, 0], {"organization_most"}),
        ({"previous": Held.of([(0, 1)]), "most_broken": 0}, [0, 1, 2, 0], {"changes"}),
    ],
)
def test_a_broken_rule_is_named(given: dict[str, Any], person: list[int], broken: set[str]) -> None:
    assert codes(turns_instance(4, 3, EVERYBODY, **given), person) == broken


def test_who_is_in_a_session_anyway_pays_for_its_turn_what_that_adds() -> None:
    given: dict[str, Any] = {
        "hours": np.array([3, 3, 3, 3], np.int32),
        "budget": np.array([4, 9, 9], np.int32),
    }
    paid = turns_instance(4, 3, EVERYBODY, **given)
    assert codes(paid, [0, 1, 2, 0]) == {"hours"}
    attends = turns_instance(4, 3, EVERYBODY, **given, attending=Attending.of([(3, 0, 1)]))
    assert codes(attends, [0, 1, 2, 0]) == set()
    assert codes(attends, [0, 1, 0, 1]) == {"hours"}
    assert attends.hours_of(np.array([0, 3, 3]), np.array([0, 0, 1])).tolist() == [3, 1, 3]


def test_a_pin_takes_of_hours_what_its_person_really_pays() -> None:
    pins = {"pinned": Held.of([(0, 0)]), "attending": Attending.of([(0, 0, 1)])}
    given: dict[str, Any] = {"hours": np.full(4, 3, np.int32), "budget": np.array([4, 9, 9], np.int32)}
    assert codes(turns_instance(4, 3, EVERYBODY[1:], **given, **pins), [0, 1, 2, 0]) == set()
    del pins["attending"]
    assert codes(turns_instance(4, 3, EVERYBODY[1:], **given, **pins), [0, 1, 2, 0]) == {"hours"}


def test_who_is_not_among_the_choices_may_not_take_a_turn() -> None:
    assert codes(turns_instance(2, 2, [(0, 0), (1, 1)]), [1, -1]) == {"not_eligible"}


def test_pins_set_aside_what_they_break_and_nothing_else() -> None:
    pins = {"pinned": Held.of([(0, 0), (3, 0)]), "windows": Windows.of([("spacing", [0, 1, 3], 1, 0)])}
    instance = turns_instance(4, 3, EVERYBODY, **pins, most=np.array([1, 9, 9], np.int32))
    assert codes(instance, [0, 1, 2, 0]) == set()
    assert codes(instance, [0, 0, 2, 0]) == {"most", "spacing"}


def test_lead_and_co_facilitator_come_from_different_organizations_and_a_shadow_from_any() -> None:
    given: dict[str, Any] = {
        "session": np.array([0, 0], np.int32),
        "organization": np.array([0, 0, 1], np.int32),
        "organization_ids": ["one", "other"],
        "organization_most": np.array([-1, -1], np.int32),
        "organization_share": np.array([9, 9], np.int32),
    }
    rows = [(t, i) for t in range(2) for i in range(3)]
    for role, broken in ((Role.CO, {"same_organization"}), (Role.SHADOW, set())):
        instance = turns_instance(2, 3, rows, **given, role=np.array([Role.LEAD, role], np.int32))
        assert codes(instance, [0, 1]) == broken
        assert codes(instance, [0, 2]) == set()


def test_quick_tiers_are_counted_as_written() -> None:
    instance = turns_instance(4, 3, EVERYBODY, carried=np.array([[0], [100], [0]], np.int64))
    assert values(instance, [0, 0, 2, -1]) == {
        "unfilled_lead": 1,
        "highest_load": 200,
        "lowest_load": 100,
        "squares": 100 * (200**2 + 100**2 + 100**2) // 10_000,
        "highest_burden": 2,
        "burden": 3,
        "over_share": 0,
        "preferences": 2,
    }


def test_part_timers_count_by_their_capacity() -> None:
    instance = turns_instance(4, 3, EVERYBODY, capacity=np.array([50, 100, 0], np.int32))
    reached = values(instance, [0, 1, 1, 2])
    assert (reached["highest_load"], reached["lowest_load"]) == (200, 200)


def test_full_tiers_count_people_from_the_highest_load_down_and_rank_as_the_vectors_do() -> None:
    instance = turns_instance(4, 3, EVERYBODY, order=Order.FULL)
    even, uneven = [0, 1, 2, 0], [0, 0, 0, 1]
    assert values(instance, even)["load_at_least_200"] == 1
    assert values(instance, uneven)["load_at_least_300"] == 1
    assert values(instance, uneven)["load_at_least_100"] == 2
    assert rank(instance, even) < rank(instance, uneven)


def test_cost_is_soft_windows_and_spread() -> None:
    windows = Windows.of([("adjacent", [t, t + 1], 1, 3) for t in range(3)])
    instance = turns_instance(
        4, 3, EVERYBODY, windows=windows, order=Order.COST, spread_cost=np.array([1], np.int32)
    )
    assert values(instance, [0, 0, 1, 0]) == {"unfilled_lead": 0, "cost": 3 + 3}
    assert values(instance, [0, 1, 2, 0]) == {"unfilled_lead": 0, "cost": 1}


def test_a_ladder_step_counts_when_all_its_turns_are_taken() -> None:
    wanted = np.array([[0, 0, 2], [0, 0, 1], [0, 0, 0]], np.int32)
    instance = turns_instance(4, 3, EVERYBODY, wanted=wanted, role=np.full(4, Role.SHADOW, np.int32))
    assert values(instance, [0, 1, 1, 2])["ladder"] == 1
    assert values(instance, [0, 1, 0, 2])["ladder"] == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"most": np.zeros(2, np.int32)}, "most"),
        ({"capacity": np.full(3, -1, np.int32)}, "capacity"),
        ({"previous": Held.of([(0, 0), (0, 1)])}, "previous"),
        ({"pinned": Held.of([(0, 0)]), "previous": Held.of([(0, 1)])}, "previous"),
        ({"windows": Windows.of([("x", [9], 1, 0)])}, "windows"),
        ({"order": Order.COST}, "spread_cost"),
        ({"attending": Attending.of([(9, 0, 1)])}, "attending"),
        ({"attending": Attending.of([(0, 3, 1)])}, "attending"),
        ({"attending": Attending.of([(0, 0, 1), (0, 0, 2)])}, "attending"),
    ],
)
def test_an_instance_that_contradicts_itself_is_refused(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InstanceError) as caught:
        turns_instance(4, 3, EVERYBODY, **given)
    assert caught.value.field == field

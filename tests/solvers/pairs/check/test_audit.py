"""Each hard rule bites when it is broken, and does not when it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from solvers.pairs.check.audit import RULES, check
from solvers.pairs.check.score import tier_values
from solvers.pairs.edges import Edges
from solvers.pairs.explicit.loading import load_instance
from solvers.pairs.instance import PairsInstance
from solvers.result import TierValue, sort_key

CASE: dict[str, Any] = {
    "learners": [
        {"id": "ana", "need": 2, "organization": "north", "priority": 3},
        {"id": "bo", "organization": "south"},
        {"id": "cy", "organization": "north", "priority": 1},
    ],
    "guides": [
        {"id": "gil", "capacity": 2, "organization": "south"},
        {"id": "hu", "organization": "east"},
        {"id": "ivy", "organization": "north"},
    ],
    "edges": [
        ["ana", "gil", 700],
        ["ana", "hu", 650],
        ["bo", "hu", 900],
        ["cy", "gil", 10],
        ["bo", "ivy", 40],
    ],
}


def case(**more: Any) -> PairsInstance:
    return load_instance(CASE | more)


def some(*pairs: tuple[int, int, int]) -> Edges:
    columns = np.array(pairs, np.int32).reshape(-1, 3)
    return Edges(columns[:, 0], columns[:, 1], columns[:, 2])


GOOD = some((0, 0, 700), (1, 1, 900), (2, 0, 10))


@pytest.mark.parametrize(
    ("more", "pairs", "code", "names"),
    [
        ({}, some((0, 3, 1)), "unknown", ()),
        ({}, some((-1, 0, 1)), "unknown", ()),
        ({}, some((0, 0, 700), (0, 0, 700)), "duplicate", ("ana", "gil")),
        ({}, some((2, 1, 20)), "not_eligible", ("cy", "hu")),
        ({}, some((0, 0, 701)), "points", ("ana", "gil")),
        ({}, some((1, 1, 900), (1, 2, 40)), "need", ("bo",)),
        ({}, some((0, 1, 650), (1, 1, 900)), "capacity", ("hu",)),
        ({"pinned": [["cy", "ivy"]]}, GOOD, "pinned", ("cy", "ivy")),
        ({"forbidden": [["cy", "gil"]]}, GOOD, "not_eligible", ("cy", "gil")),
        ({"balance": {"slack": 1}}, GOOD, "balance", ("north",)),
        (
            {"balance": {"slack": 9, "group_of": {"north": "x", "south": "x"}, "group_slack": 0}},
            GOOD,
            "balance_group",
            ("north", "south"),
        ),
        (
            {"quotas": [{"name": "q", "side": "given", "members": ["gil", "ivy"], "most": 1}]},
            GOOD,
            "quota",
            ("q",),
        ),
        (
            {"quotas": [{"name": "q", "side": "received", "members": ["ana", "cy"], "most": 1}]},
            GOOD,
            "quota",
            ("q",),
        ),
        (
            {"budgets": [{"learner": "ana", "guide": "gil", "learner_cost": 2, "guide_cost": 3, "most": 7}]},
            GOOD,
            "budget",
            ("ana", "gil"),
        ),
        ({"same_person": [["ana", "hu"], ["bo", "gil"]], "both_ways": False, "edges": [["ana", "gil", 700],
        ["bo", "hu", 900], ["cy", "gil", 10]]}, GOOD, "both_ways", ("ana", "gil")), ({"previous": [["ana",
        "hu"], ["bo", "ivy"]], "most_broken": 1}, GOOD, "most_broken", ()), (
            {"guides": [CASE["guides"][0] | {"min_load": 2}, *CASE["guides"][1:]], "all_or_nothing": True},
            some((0, 0, 700)),
            "all_or_nothing",
            ("gil",),
        ),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named(
    more: dict[str, Any], pairs: Edges, code: str, names: tuple[str, ...]
) -> None:
    instance = case(**more)
    found = check(instance, pairs)
    assert [violation.code for violation in found] == [code]
    assert found[0].ids == names
    assert found[0].message.endswith(".")
    for name in names:
        assert name in found[0].message or code in ("budget", "quota")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"pinned": [["cy", "gil"]]},
        {"balance": {"slack": 2}},
        {"balance": {"slack": 9, "group_of": {"north": "x", "south": "x"}, "group_slack": 1}},
        {"quotas": [{"name": "q", "side": "given", "members": ["gil", "ivy"], "most": 2}]},
        {"budgets": [{"learner": "ana", "guide": "gil", "learner_cost": 2, "guide_cost": 3, "most": 8}]},
        {"same_person": [["ana", "ivy"]], "both_ways": False},
        {"previous": [["ana", "hu"], ["bo", "ivy"]], "most_broken": 2},
        {
            "guides": [CASE["guides"][0] | {"min_load": 2}, *CASE["guides"][1:]],
            "all_or_nothing": True,
        },
    ],
)
def test_a_rule_that_is_kept_says_nothing(more: dict[str, Any]) -> None:
    assert check(case(**more), GOOD) == []


def test_ragged_columns_are_no_answer() -> None:
    assert check(case(), replace(GOOD, points=GOOD.points[:2]))[0].code == "columns"


def test_a_pin_may_lack_an_edge_and_has_its_own_points() -> None:
    instance = case(pinned=[["cy", "ivy"]])
    assert check(instance, some((2, 2, 0))) == []
    assert [violation.code for violation in check(instance, some((2, 2, 5)))] == ["points"]


def test_every_rule_is_listed_once() -> None:
    assert len({rule.__name__ for rule in RULES}) == len(RULES)


def values(instance: PairsInstance, pairs: Edges) -> dict[str, int | None]:
    return {tier.name: tier.value for tier in tier_values(instance, pairs)}


def test_tiers_come_in_order_and_only_where_they_can_vary() -> None:
    plain = load_instance({"learners": [{"id": "a"}], "guides": [{"id": "g"}], "edges": [["a", "g", 5]]})
    assert tier_values(plain, some((0, 0, 5))) == [
        TierValue("places_1", "max", 1),
        TierValue("points", "max", 5),
    ]
    guides = [CASE["guides"][0], CASE["guides"][1], CASE["guides"][2] | {"min_load": 1}]
    everything = case(guides=guides, previous=[["ana", "hu"]], order="floor")
    assert values(everything, GOOD) == {
        "places_1": 3,
        "places_2": 0,
        "shortage": 1,
        "priority": 4,
        "kept": 0,
        "floor": 10,
        "points": 1610,
    }


def test_kept_pairs_count_as_a_tier_or_as_a_bonus_or_not_at_all() -> None:
    pairs = some((0, 0, 700), (0, 1, 650))
    previous = [["ana", "hu"], ["bo", "ivy"]]
    assert values(case(previous=previous), pairs)["kept"] == 1
    with_bonus = values(case(previous=previous, changes="bonus", bonus=30), pairs)
    assert "kept" not in with_bonus
    assert with_bonus["points"] == 1380
    assert values(case(previous=previous, changes="off", bonus=30), pairs)["points"] == 1350


def test_a_floor_on_pairs_looks_at_new_pairs_only() -> None:
    instance = case(previous=[["cy", "gil"]], pinned=[["cy", "ivy"]], order="floor")
    assert values(instance, some((2, 0, 10), (2, 2, 0), (0, 1, 650)))["floor"] == 650
    assert values(instance, some((2, 0, 10), (2, 2, 0)))["floor"] is None


def test_a_floor_on_sums_looks_at_every_placed_learner() -> None:
    instance = case(previous=[["cy", "gil"]], order="floor", floor_on="sum")
    assert values(instance, some((0, 0, 700), (0, 1, 650)))["floor"] == 1350
    assert values(instance, some((2, 0, 10), (0, 1, 650)))["floor"] == 10
    assert values(instance, some())["floor"] is None


def test_no_floor_is_better_than_any() -> None:
    ordered = [
        [TierValue("floor", "max", 1000), TierValue("points", "max", 9)],
        [TierValue("floor", "max", None), TierValue("points", "max", 1)],
    ]
    assert sort_key(ordered[0]) < sort_key(ordered[1])
    assert sort_key([TierValue("shortage", "min", 2)]) < sort_key([TierValue("shortage", "min", 1)])

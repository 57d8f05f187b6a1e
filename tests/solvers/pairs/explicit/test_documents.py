"""Instances as JSON: everything is read, nothing is guessed, every fault is named."""

from __future__ import annotations

import copy
import gc
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solvers.faults import InstanceError
from solvers.pairs.explicit.loading import ExplicitEdges, instance_to_dict, load_document, load_instance
from solvers.pairs.instance import Order, PairsInstance


def known_case() -> dict[str, Any]:
    """Three learners and three guides of three organizations, with every key in use."""
    return {
        "learners": [
            {"id": "ana", "need": 2, "organization": "north", "priority": 3},
            {"id": "bo", "organization": "south"},
            {"id": "cy", "organization": "north"},
        ],
        "guides": [
            {"id": "gil", "capacity": 2, "min_load": 1, "organization": "south"},
            {"id": "hu", "organization": "east"},
            {"id": "ivy", "organization": "south"},
        ],
        "edges": [
            ["ana", "gil", 700],
            ["ana", "hu", 650],
            ["bo", "hu", 900],
            ["cy", "gil", 10],
            ["cy", "hu", 20],
        ],
        "pinned": [["bo", "gil"]],
        "previous": [["ana", "hu"], ["cy", "hu"], ["bo", "gil"]],
        "forbidden": [["cy", "hu"]],
        "order": "floor",
        "changes": "bonus",
        "bonus": 40,
        "balance": {
            "slack": 2,
            "slack_of": {"east": 0},
            "carried": {"north": 5, "south": -3},
            "group_of": {"north": "poles", "south": "poles"},
            "group_slack": 1,
        },
        "quotas": [{"name": "north in all", "side": "received", "members": ["ana", "cy"], "most": 2}],
        "budgets": [{"learner": "ana", "guide": "gil", "learner_cost": 2, "guide_cost": 3, "most": 9}],
        "same_person": [["bo", "ivy"]],
        "both_ways": False,
        "most_broken": 1,
        "all_or_nothing": True,
        "floor_on": "sum",
        "wishes": {"learners": {"ana": ["hu", "gil"]}, "guides": {"gil": ["cy"]}},
    }


def same(one: object, other: object) -> bool:
    """Whether two instances, or parts of them, are equal to the last number."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, ExplicitEdges):
        assert isinstance(other, ExplicitEdges)
        return same(one.all(), other.all()) and one.n_guides == other.n_guides
    if isinstance(one, tuple | list):
        assert isinstance(other, tuple | list)
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if hasattr(one, "__dataclass_fields__"):
        return type(one) is type(other) and all(
            same(getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__
        )
    return one == other


def test_every_key_arrives() -> None:
    document = load_document(known_case())
    instance = document.instance
    assert instance.learner_ids == ("ana", "bo", "cy")
    assert instance.need.tolist() == [2, 1, 1]
    assert instance.priority.tolist() == [3, 0, 0]
    assert instance.capacity.tolist() == [2, 1, 1]
    assert instance.min_load.tolist() == [1, 0, 0]
    assert instance.organization_ids == ("north", "south", "east")
    assert instance.learner_org.tolist() == [0, 1, 0]
    assert instance.guide_org.tolist() == [1, 2, 1]
    assert instance.edges.count() == 4, "the forbidden pair is no edge"
    assert (instance.order, instance.changes, instance.bonus) == (Order.FLOOR, "bonus", 40)
    assert (instance.both_ways, instance.most_broken) == (False, 1)
    assert (instance.all_or_nothing, instance.floor_on) == (True, "sum")
    assert instance.guide_of_learner.tolist() == [-1, 2, -1]
    assert instance.quotas[0].members.tolist() == [0, 2]
    assert (instance.budgets[0].learner_cost, instance.budgets[0].most) == (2, 9)
    assert document.wishes.learners == {0: (1, 0)}
    assert document.wishes.guides == {0: (2,)}


def test_a_pin_without_an_edge_has_no_points_and_is_no_previous_pair() -> None:
    document = load_document(known_case())
    assert document.instance.pinned.points.tolist() == [0]
    previous = document.instance.previous
    assert (previous.learner.tolist(), previous.guide.tolist(), previous.points.tolist()) == ([0], [1], [650])
    assert document.notes == ("1 previous pairs are no longer eligible and cannot be kept",)


def test_an_organization_beyond_its_limit_may_stay_but_go_no_further() -> None:
    balance = load_instance(known_case()).balance
    assert balance is not None
    assert balance.most.tolist() == [0, 5, 0], "north carries 5 beyond a slack of 2"
    assert balance.least.tolist() == [-7, 0, 0], "south carries -3 beyond a slack of 2"
    assert balance.group.tolist() == [0, 0, -1]
    assert (balance.group_least.tolist(), balance.group_most.tolist()) == ([-3], [0])


def test_the_round_trip_is_exact() -> None:
    document = load_document(known_case())
    written = instance_to_dict(document.instance, document.wishes)
    again = load_document(json.loads(json.dumps(written)))
    assert same(document.instance, again.instance)
    assert document.wishes.learners == again.wishes.learners
    assert instance_to_dict(again.instance, again.wishes) == written


def test_a_plain_instance_makes_the_round_trip_too() -> None:
    plain = {key: known_case()[key] for key in ("learners", "guides", "edges")}
    instance = load_instance(plain)
    assert same(instance, load_instance(instance_to_dict(instance)))
    assert instance.balance is None
    assert (instance.order, instance.changes) == (Order.WELFARE, "tier")


def test_points_of_a_pin_that_came_from_elsewhere_survive() -> None:
    case = known_case() | {"pinned": [["bo", "gil", 333]]}
    instance = load_instance(case)
    assert instance.pinned.points.tolist() == [333]
    assert same(instance, load_instance(instance_to_dict(instance)))


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        path = tmp_path / f"{encoding}.json"
        path.write_text(json.dumps(known_case()), encoding=encoding)
        assert same(load_instance(path), load_instance(known_case()))


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """A change of the known case at one place."""

    def change(case: dict[str, Any]) -> None:
        place: Any = case
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        (put("edges", 2, value=["x", "gil", 1]), "edges[2]", "names learner 'x', who is not in learners"),
        (put("edges", 2, value=["ana", "y", 1]), "edges[2]", "names guide 'y', who is not in guides"),
        (put("edges", 2, value=["ana", "gil"]), "edges[2]", "has 2 values"),
        (put("edges", 2, value=["ana", "gil", 1001]), "edges[2][2]", "0..1000"),
        (put("edges", 2, value=["ana", "gil", 1.5]), "edges[2][2]", "whole number"),
        (put("edges", 2, value=["ana", "gil", True]), "edges[2][2]", "whole number, not true or false"),
        (put("edges", 2, value=["ana", "gil", 10]), "edges[2]", "names the same pair as edges[0]"),
        (put("edges", 2, value="ana gil 10"), "edges[2]", "must be a list"),
        (put("edges", 2, value=[["ana"], "gil", 10]), "edges[2]", "must be the id of one of the learners"),
        (put("edges", value={}), "edges", "must be a list, not an object"),
        (put("learners", 1, value={"need": 1}), "learners[1].id", "is missing"),
        (put("learners", 1, "id", value=""), "learners[1].id", "must not be empty"),
        (put("learners", 1, "id", value=7), "learners[1].id", "must be a text"),
        (put("learners", 1, "id", value="ana"), "learners[1].id", "is 'ana', the id of learners[0] already"),
        (put("learners", 1, "need", value=21), "learners[1].need", "0..20"),
        (put("learners", 1, "need", value=-1), "learners[1].need", "0..20"),
        (put("learners", 1, "need", value=None), "learners[1].need", "not null"),
        (
            put("learners", 1, "neeed", value=1),
            "learners[1].neeed",
            "the keys are id, organization, need, priority",
        ),
        (put("learners", 1, value=[]), "learners[1]", "must be an object, not a list"),
        (put("guides", 0, "min_load", value=3), "guides[0].min_load", "above the capacity 2"),
        (put("guides", 0, "organization", value=None), "guides[0].organization", "must be a text"),
        (put("pinned", 0, value=["bo", "nobody"]), "pinned[0]", "names guide 'nobody'"),
        (put("pinned", 0, value=["cy", "hu"]), "pinned[0]", "is forbidden too"),
        (put("pinned", 0, value=["ana", "hu", 3]), "pinned[0][2]", "is 3, but the edge has 650 points"),
        (put("previous", 1, value=["ana", "hu"]), "previous[1]", "names the same pair as previous[0]"),
        (put("previous", 1, value=["ana", "hu", 3]), "previous[1]", "has 3 values"),
        (put("order", value="best"), "order", "must be one of welfare, floor, stable"),
        (put("changes", value=3), "changes", "must be one of tier, bonus, off"),
        (put("bonus", value=1001), "bonus", "0..1000"),
        (put("both_ways", value="no"), "both_ways", "must be true or false"),
        (put("most_broken", value=-1), "most_broken", "0..1000000"),
        (put("balance", "slack", value=-1), "balance.slack", "0.."),
        (put("balance", "slack", value=None), "balance.slack", "is missing"),
        (put("balance", "carried", "west", value=1), "balance.carried.west", "names organization 'west'"),
        (put("balance", "group_slack", value=None), "balance.group_slack", "must be a whole number"),
        (put("balance", "bounds", value={"north": [1, 2]}), "balance.bounds.north[0]", "..0"),
        (put("balance", "bounds", value={"north": [0]}), "balance.bounds.north", "has 1 values"),
        (put("quotas", 0, "side", value="both"), "quotas[0].side", "must be one of received, given"),
        (put("quotas", 0, "members", value=["ana", "gil"]), "quotas[0].members[1]", "names learner 'gil'"),
        (put("quotas", 0, "members", value=["ana", "ana"]), "quotas[0].members", "twice"),
        (put("quotas", 0, value={"side": "given", "members": []}), "quotas[0].most", "not null"),
        (put("budgets", 0, "most", value="9"), "budgets[0].most", "must be a whole number"),
        (put("same_person", value=[["bo", "ivy"], ["cy", "ivy"]]), "same_person[1]", "earlier row"),
        (put("same_person", 0, value=["ana", "hu"]), "edges[1]", "pairs one person with themselves"),
        (put("same_person", 0, value=["bo", "gil"]), "pinned[0]", "pairs one person with themselves"),
        (put("wishes", "learners", "ana", value=["hu", "hu"]), "wishes.learners.ana", "twice"),
        (put("wishes", "learners", "ana", value=["bo"]), "wishes.learners.ana[0]", "names guide 'bo'"),
        (put("wishes", "friends", value={}), "wishes.friends", "the keys are learners, guides"),
        (
            put("organizations", value=["north", "south"]),
            "guides[1].organization",
            "names organization 'east'",
        ),
        (put("organizations", value=["north", "north"]), "organizations[1]", "twice"),
        (put("seed", value=1), "seed", "is not known here"),
        (put("order", value="stable"), "order", "stable refuses balance"),
    ],
)
def test_every_fault_is_named(change: Callable[[dict[str, Any]], None], field: str, says: str) -> None:
    case = copy.deepcopy(known_case())
    change(case)
    with pytest.raises(InstanceError) as caught:
        load_instance(case)
    assert caught.value.field == field
    assert says in str(caught.value)


@pytest.mark.parametrize("key", ["learners", "guides", "edges"])
def test_what_must_be_there_is_asked_for(key: str) -> None:
    case = known_case()
    del case[key]
    with pytest.raises(InstanceError, match="is missing; an instance needs learners, guides and edges"):
        load_instance(case)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "line 1, column 1"),
        (b'{"learners": [}', "line 1, column 15"),
        (b"[]", "file: must be an object, not a list"),
        (b"null", "file: must be an object, not null"),
        (b'{"bonus": NaN}', "holds NaN"),
        (b'{"bonus": 1, "bonus": 2}', "bonus: is given twice"),
        (b'{"order": "\xff"}', "is not UTF-8: byte 11"),
        (b"[" * 200_000, "is nested too deeply"),
        (b'{"bonus": ' + b"9" * 10_000 + b"}", "is not JSON that can be read"),
    ],
)
def test_a_file_that_is_no_instance_says_why(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(raw)
    with pytest.raises(InstanceError) as caught:
        load_instance(path)
    assert says in str(caught.value)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_instance(tmp_path / "none.json")


def test_nobody_at_all_is_an_instance() -> None:
    instance = load_instance({"learners": [], "guides": [], "edges": []})
    assert isinstance(instance, PairsInstance)
    assert instance.n_learners == instance.n_guides == 0
    assert same(instance, load_instance(instance_to_dict(instance)))


def test_reading_leaves_garbage_collection_as_it_was() -> None:
    for held in (True, False):
        (gc.enable if held else gc.disable)()
        with pytest.raises(InstanceError):
            load_instance({"learners": 1})
        load_instance(known_case())
        assert gc.isenabled() is held
    gc.enable()

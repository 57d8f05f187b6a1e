"""Pods instances as JSON: there and back, and a path to every fault."""

from __future__ import annotations

import copy
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pods_cases import random_instance

from solvers.faults import InstanceError
from solvers.pods.explicit.loading import instance_to_dict, load_document, load_instance
from solvers.pods.instance import PodsInstance

GOOD: dict[str, Any] = {
    "members": [
        {"id": "ada", "organization": "north", "abilities": ["sql"], "languages": ["en"]},
        {"id": "ben", "organization": "south", "capacity": 2, "hours": 4, "newcomer": True},
        {"id": "cem", "veteran": True, "priority": 3},
    ],
    "pods": [
        {
            "id": "p",
            "least": 2,
            "most": 3,
            "sponsor": "north",
            "presence": "present",
            "needs": [{"ability": "sql", "worth": [30, 8], "least": 1}],
            "languages": ["en", "de"],
            "rhythm": 0,
        },
        {"id": "q", "least": 1, "most": 2},
    ],
    "seats": [["ada", "p", 5, 900], ["ben", "p", -2], ["cem", "q", 7, 100]],
    "pairs": [["ada", "ben", -5]],
    "rhythms": [
        {"minutes": 60, "start": [600, 2040], "attendance": [["ada", 0, "always", 3], ["ben", 0, "half"]]}
    ],
    "rivals": [["north", "south"]],
    "apart": [["ben", "cem"]],
    "together": [],
    "pinned": [["ben", "q", 4]],
    "previous": [["ada", "p"], ["cem", "p"]],
    "order": "floor",
    "organization_worth": [9, 3],
}  # fmt: skip


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, arrays entry by entry."""
    if hasattr(one, "__dataclass_fields__"):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return bool(np.array_equal(one, other))


def shown(instance: PodsInstance) -> PodsInstance:
    """The instance without the numbers of seats that nobody may take."""
    kept = instance.eligible.copy()
    points = np.where(kept, instance.points, 0)
    pins = instance.pinned.member, instance.pinned.pod
    points[pins] = instance.points[pins]
    satisfaction = instance.satisfaction
    return replace(
        instance,
        points=points.astype(np.int32),
        satisfaction=None if satisfaction is None else np.where(kept, satisfaction, 0).astype(np.int16),
    )


@pytest.mark.parametrize("seed", range(20))
def test_an_instance_comes_back_as_it_was(seed: int, tmp_path: Path) -> None:
    instance = random_instance(seed, n=9, pods=3)
    path = tmp_path / "pods.json"
    path.write_text(json.dumps(instance_to_dict(instance)), encoding="utf-8")
    assert same(load_instance(path), shown(instance))


def test_names_are_numbered_in_the_order_in_which_they_are_used() -> None:
    document = load_document(GOOD)
    instance = document.instance
    assert instance.organization_ids == ("north", "south", "")
    assert instance.pods[0].languages == (0, 1)
    assert instance.pods[0].needs[0].worth == (30, 8)
    assert instance.points[1].tolist() == [-2, 4]
    assert instance.previous.rows() == [(0, 0)]
    assert document.notes == ("1 previous seats are no longer eligible and cannot be kept",)
    assert instance.satisfaction is not None
    assert instance.satisfaction[0, 0] == 900


@pytest.mark.parametrize(
    ("where", "value", "field"),
    [
        (("members",), "x", "members"),
        (("members", 0, "id"), "", "members[0].id"),
        (("members", 1, "id"), "ada", "members[1].id"),
        (("members", 0, "capacity"), -1, "members[0].capacity"),
        (("members", 0, "capacity"), 1.5, "members[0].capacity"),
        (("members", 0, "newcomer"), 1, "members[0].newcomer"),
        (("members", 0, "abilities"), "sql", "members[0].abilities"),
        (("members", 0, "age"), 4, "members[0].age"),
        (("pods", 0, "least"), 0, "pods[0].least"),
        (("pods", 0, "most"), 1, "pods[0] 'p'"),
        (("pods", 0, "presence"), "near", "pods[0].presence"),
        (("pods", 0, "needs", 0, "ability"), None, "pods[0].needs[0].ability"),
        (("pods", 0, "needs", 0, "worth"), [8, 30], "pods[0] 'p'"),
        (("pods", 0, "rhythm"), 7, "pods[0] 'p'"),
        (("pods", 0, "slot"), 9, "pods[0] 'p'"),
        (("seats", 0), ["ada", "p"], "seats[0]"),
        (("seats", 0), ["eve", "p", 1], "seats[0]"),
        (("seats", 1), ["ada", "p", 1], "seats[1]"),
        (("seats", 0, 3), 1001, "seats[0][3]"),
        (("pairs", 0), ["ada", "ben"], "pairs[0]"),
        (("pairs", 0), ["ada", "ada", 3], "pairs[0]"),
        (("rhythms", 0, "start", 0), 99999, "rhythms[0].start[0]"),
        (("rhythms", 0, "start", 0), 5000, "rhythms[0]"),
        (("rhythms", 0, "minutes"), 0, "rhythms[0].minutes"),
        (("rhythms", 0, "attendance", 1), ["ada", 0, "half"], "rhythms[0].attendance[1]"),
        (("rhythms", 0, "attendance", 1), ["ben", 5, "half"], "rhythms[0].attendance[1][1]"),
        (("rhythms", 0, "attendance", 1), ["ben", 0, "often"], "rhythms[0].attendance[1][2]"),
        (("rivals", 0), ["north", "east"], "rivals[0]"),
        (("apart",), [["ben", "cem"], ["cem", "ben"]], "apart[1]"),
        (("pinned", 0), ["ben", "p", 9], "pinned[0][2]"),
        (("previous", 0), ["ada"], "previous[0]"),
        (("order",), "stable", "order"),
        (("bonus",), -1, "bonus"),
        (("organization_worth",), [3, 9], "organization_worth"),
        (("organizations",), ["north"], "organizations"),
        (("languages",), ["en"], "pods[0].languages[1]"),
        (("wishes",), {}, "wishes"),
    ],
)
def test_a_fault_is_named_by_its_path(where: tuple[Any, ...], value: Any, field: str) -> None:
    data = copy.deepcopy(GOOD)
    inner: Any = data
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    with pytest.raises(InstanceError) as fault:
        load_instance(data)
    assert fault.value.field == field


@pytest.mark.parametrize("key", ["members", "pods", "seats"])
def test_what_is_needed_must_be_there(key: str) -> None:
    data = {name: value for name, value in GOOD.items() if name != key}
    with pytest.raises(InstanceError) as fault:
        load_instance(data)
    assert fault.value.field == key

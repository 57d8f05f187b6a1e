"""Times instances as JSON: there and back, and a path to every fault."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from times_cases import random_times

from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.rota.times.explicit.loading import instance_to_dict, load_instance
from solvers.rota.times.explicit.writing import answer_to_dict
from solvers.rota.times.solve import solve

GOOD: dict[str, Any] = {
    "minutes": 60,
    "steps": 8,
    "people": [{"id": "ada", "free": [[0, 8]]}, {"id": "bo", "free": [[0, 2], [4, 6]], "carried": 3}],
    "burden": [[0, 0, 0, 0, 1, 1, 5, 5]],
    "groups": [{"id": "g", "members": ["bo", "ada"], "starts": [[0, 4], [2, 6]], "length": 2}],
}


@pytest.mark.parametrize("seed", range(20))
def test_an_instance_comes_back_as_it_was(seed: int, tmp_path: Path) -> None:
    instance = random_times(seed)
    path = tmp_path / "times.json"
    path.write_text(json.dumps(instance_to_dict(instance)), encoding="utf-8")
    again = load_instance(path)
    assert instance_to_dict(again) == instance_to_dict(instance)
    assert np.array_equal(again.free, instance.free)


def test_a_loaded_instance_is_solved_and_told() -> None:
    instance = load_instance(GOOD)
    assert instance.groups[0].members == (0, 1)
    told = answer_to_dict(instance, solve(instance, Limits(seconds=5.0)))
    assert told["status"] == "optimal"
    assert told["groups"] == [
        {"id": "g", "sessions": [{"step": 0, "slot": 0}, {"step": 4, "slot": 0}]},
    ]
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("minutes",), 0, "minutes"),
        (("steps",), None, "steps"),
        (("more",), 1, "more"),
        (("people", 1, "id"), "ada", "people[1].id"),
        (("people", 0, "free"), [[0, 9]], "people[0].free[0][1]"),
        (("people", 0, "free"), [[3, 2]], "people[0].free[0]"),
        (("people", 0, "profile"), 1, "people[0].profile"),
        (("burden",), [[0]], "burden[0]"),
        (("burden",), [], "burden"),
        (("groups", 0, "members"), ["ada", "cy"], "groups[0].members[1]"),
        (("groups", 0, "starts"), [[0, 4], [2]], "groups[0].starts[1]"),
        (("groups", 0, "starts"), [[0, 1]], "groups 'g'"),
        (("groups", 0, "starts"), [], "groups[0].starts"),
        (("groups", 0, "length"), "2", "groups[0].length"),
        (("groups", 0, "quorum"), 3, "groups[0].quorum"),
        (("groups", 0, "fixed"), [[0]], "groups[0].fixed[0]"),
        (("groups", 0, "closed"), [2], "groups[0].closed[0]"),
        (("changes",), "bonus", "changes"),
    ],
)
def test_a_fault_is_told_with_its_path(path: tuple[Any, ...], value: Any, where: str) -> None:
    data = copy.deepcopy(GOOD)
    target: Any = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(InstanceError) as caught:
        load_instance(data)
    assert caught.value.field == where

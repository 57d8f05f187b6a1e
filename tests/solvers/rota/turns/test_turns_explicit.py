"""Turns instances as JSON: what comes back is what went in, and every fault has its path."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from turns_reference import tiny

from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.rota.turns.explicit.loading import instance_to_dict, load_document, load_instance
from solvers.rota.turns.explicit.spans import overlapping
from solvers.rota.turns.explicit.writing import answer_to_dict
from solvers.rota.turns.instance import TurnsInstance
from solvers.rota.turns.solve import solve

ROLES = (("first", "lead"), ("second", "co"))
SMALL: dict[str, Any] = {
    "people": [{"id": "Ada", "organization": "north"}, {"id": "Bo", "organization": "south"}],
    "turns": [
        {"id": "one", "start": 0, "end": 60},
        {"id": "two", "start": 30, "end": 90},
        {"id": "three", "start": 90, "end": 120},
    ],
}


def same(one: Any, other: Any) -> bool:
    """Field by field, but for sessions, whose numbers are free, and what is told of them by number."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if dataclasses.is_dataclass(one):
        names = [
            field.name for field in dataclasses.fields(one) if field.name not in ("session", "attending")
        ]
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    return tuple(one) == tuple(other) if isinstance(one, list | tuple) else one == other


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny())
def test_an_instance_comes_back_as_it_went(instance: TurnsInstance) -> None:
    back = load_instance(json.loads(json.dumps(instance_to_dict(instance))))
    assert same(instance, back)
    first = instance.session[:, None] == instance.session[None, :]
    assert np.array_equal(first, back.session[:, None] == back.session[None, :])
    turn, person = np.indices((instance.n_turns, instance.n_people))
    assert np.array_equal(instance.hours_of(turn, person), back.hours_of(turn, person))


def test_turns_at_one_time_are_not_taken_by_one_person_and_nobody_takes_one_while_away() -> None:
    instance = load_instance(SMALL)
    assert [instance.windows.turns(w).tolist() for w in range(len(instance.windows))] == [[0, 1]]
    absent = {**SMALL, "people": [{"id": "Ada", "away": [[100, 110]]}, {"id": "Bo", "away": [[60, 90]]}]}
    instance = load_instance(absent)
    rows = set(zip(instance.choices.turn.tolist(), instance.choices.person.tolist(), strict=True))
    assert rows == {(0, 0), (0, 1), (1, 0), (2, 1)}


def test_who_attends_a_session_pays_less_for_its_turn() -> None:
    turns = [{"id": name, "session": "meeting", "role": role, "hours": 90} for name, role in ROLES]
    people = [{"id": "Ada", "hours": 30}, {"id": "Bo", "hours": 90}]
    given = {"people": people, "turns": turns, "attending": [["meeting", "Ada", 30]], "mixed": False}
    answer = solve(load_instance(given), Limits(seconds=20))
    assert (answer.person >= 0).all()
    del given["attending"]
    assert (solve(load_instance(given), Limits(seconds=20)).person >= 0).sum() == 1


def test_sets_of_overlapping_turns_are_the_largest_ones() -> None:
    spans = [(0, 10), (5, 15), (8, 20), (12, 30), None, (40, 50)]
    assert [row[1] for row in overlapping(spans)] == [[0, 1, 2], [1, 2, 3]]


def test_what_may_not_be_taken_any_more_is_told_and_not_kept() -> None:
    given = {
        **SMALL,
        "choices": [["one", "Ada"], ["two", "Bo"]],
        "previous": [["one", "Ada"], ["two", "Ada"]],
    }
    document = load_document(given)
    assert document.instance.previous.rows() == [(0, 0)]
    assert document.notes == ("Ada may not take two any more: it is not among those to be kept.",)


def test_an_answer_names_who_takes_what_with_loads_and_proofs() -> None:
    instance = load_instance({**SMALL, "pinned": [["three", "Bo"]]})
    out = answer_to_dict(instance, solve(instance, Limits(seconds=20)))
    assert json.loads(json.dumps(out)) == out
    assert out["status"] == "optimal"
    assert {row["turn"] for row in out["turns"] if row["person"]} == {"one", "two", "three"}
    assert [row["pinned"] for row in out["turns"]] == [False, False, True]
    assert sum(row["turns"] for row in out["people"]) == 3
    assert out["tiers"][0] == {
        "name": "unfilled_lead",
        "sense": "min",
        "value": 0,
        "bound": 0,
        "proven": True,
    }


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"turns": [{"id": "x"}, {"id": "x"}]}, "turns[1].id"),
        ({"turns": [{}]}, "turns[0].id"),
        ({"turns": [{"id": "x", "start": 1}]}, "turns[0]"),
        ({"turns": [{"id": "x", "start": 5, "end": 5}]}, "turns[0].end"),
        ({"turns": [{"id": "x", "role": "boss"}]}, "turns[0].role"),
        ({"turns": [{"id": "x", "colour": 1}]}, "turns[0].colour"),
        ({"people": [{"id": "x", "capacity": 1.5}]}, "people[0].capacity"),
        ({"people": [{"id": "x", "wanted": {"boss": 1}}]}, "people[0].wanted.boss"),
        ({"people": [{"id": "x", "carried": {"none": 1}}]}, "people[0].carried.none"),
        ({"people": [{"id": "x", "away": [[3]]}]}, "people[0].away[0]"),
        ({"choices": [["one", "Nobody"]]}, "choices[0][1]"),
        ({"choices": [["one", "Ada"], ["one", "Ada"]]}, "choices[1]"),
        ({"choices": [["one", "Ada", -1]]}, "choices[0][2]"),
        ({"attending": [["one"]]}, "attending[0]"),
        ({"attending": [["four", "Ada"]]}, "attending[0][0]"),
        ({"attending": [["one", "Ada", 1], ["one", "Ada"]]}, "attending[1]"),
        ({"attending": [["one", "Ada", -1]]}, "attending[0][2]"),
        ({"windows": [{"rule": "spacing", "turns": ["one"]}]}, "windows[0].most"),
        ({"windows": [{"rule": "spacing", "turns": ["one", "one"], "most": 1}]}, "windows[0].turns[1]"),
        ({"pinned": [["one", "Ada"], ["one", "Bo"]]}, "pinned[1]"),
        ({"open": ["four"]}, "open[0]"),
        ({"open": ["one"], "pinned": [["one", "Ada"]]}, "open_turns"),
        ({"order": "best"}, "order"),
        ({"classes": [{"id": "all", "spread_cost": 1}]}, "classes"),
        ({"organizations": [{"id": "north"}]}, "people[1].organization"),
        ({"most_broken": -1}, "most_broken"),
        ({"mixed": "yes"}, "mixed"),
    ],
)
def test_a_fault_has_its_path(changed: dict[str, Any], path: str) -> None:
    with pytest.raises(InstanceError) as caught:
        load_instance({**SMALL, **changed})
    assert caught.value.field == path


def test_a_file_that_is_no_instance_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "turns.json"
    path.write_text("[1, 2]", "utf-8")
    with pytest.raises(InstanceError):
        load_instance(path)
    with pytest.raises(InstanceError) as caught:
        load_instance({"people": []})
    assert caught.value.field == "turns"

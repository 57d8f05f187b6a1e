"""The rounds instance is described as the solver reads it."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from matcher.documents.rounds_instance_schema import RoundsInstanceDocument, RoundsMember
from matcher.documents.schema import schema_of
from solvers.faults import InstanceError
from solvers.pods.rounds.explicit import KEYS, instance_to_dict, load_instance

INSTANCE = {
    "members": [
        {"id": "ada", "organization": "north", "languages": ["en", "sw"]},
        {"id": "bo", "absent": [2], "languages": ["sw"]},
        {"id": "cem", "organization": "south"},
        {"id": "di"},
    ],
    "rounds": 3,
    "size": 2,
    "most": 3,
    "met": [["ada", "bo"], ["bo", "cem", 7]],
    "apart": [["ada", "di"]],
    "competitors": [["north", "south"]],
    "held": [[["ada", "bo"], ["cem", "di"]]],
    "together": [[3, "bo", "cem"]],
}


def test_every_key_is_described_and_read() -> None:
    assert set(RoundsInstanceDocument.model_fields) == set(KEYS)
    schema = schema_of("rounds-instance")
    for name, definition in (("RoundsInstanceDocument", schema), *schema["$defs"].items()):
        assert definition["description"], name
        for field, part in definition["properties"].items():
            assert part.get("description"), f"{name}.{field}"
    with pytest.raises(InstanceError, match="colour"):
        load_instance({**INSTANCE, "members": [{"id": "ada", "colour": 1}]})
    every = {field: INSTANCE["members"][0].get(field, [1]) for field in RoundsMember.model_fields}
    assert load_instance({"members": [every], "rounds": 3, "size": 2}).person_ids == ("ada",)


def test_the_described_instance_and_the_solver_agree() -> None:
    document = RoundsInstanceDocument.model_validate_json(json.dumps(INSTANCE))
    again = json.loads(document.model_dump_json(exclude_none=True, exclude_defaults=True))
    assert instance_to_dict(load_instance(again)) == instance_to_dict(load_instance(INSTANCE))


@pytest.mark.parametrize(
    "change", [{"rounds": 0}, {"size": 1}, {"size": 21}, {"most_of_one": 0}, {"colour": 1}]
)
def test_what_the_solver_refuses_is_no_instance(change: dict[str, int]) -> None:
    with pytest.raises(InstanceError):
        load_instance({**INSTANCE, **change})
    with pytest.raises(ValidationError):
        RoundsInstanceDocument.model_validate({**INSTANCE, **change})

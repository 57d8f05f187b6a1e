"""The turns instance is described as the solver reads it."""

from __future__ import annotations

import json

from matcher.documents.schema import schema_of
from matcher.documents.turns_instance_schema import TurnsInstanceDocument
from solvers.rota.turns.explicit import loading

INSTANCE = {
    "people": [
        {"id": "ada", "organization": "north", "capacity": 50, "carried": {"day": 120}, "wanted": {"co": 1}},
        {"id": "ben", "organization": "south", "most": 2, "away": [[0, 30]]},
    ],
    "turns": [
        {"id": "a", "session": "s", "class": "day", "start": 0, "end": 60, "hours": 1},
        {"id": "b", "session": "s", "role": "co", "class": "day"},
    ],
    "choices": [["a", "ada", 3], ["b", "ada"], ["b", "ben", 0, 7]],
    "windows": [{"rule": "spacing", "turns": ["a", "b"], "most": 1, "cost": 2}],
    "organizations": [{"id": "north", "most": 1, "share": None}, {"id": "south", "share": 1}],
    "previous": [["b", "ben"]],
    "order": "full",
}


def test_every_key_is_described_and_read() -> None:
    schema = schema_of("turns-instance")
    assert set(schema["properties"]) == set(loading._KEYS)
    assert set(schema["$defs"]["TurnsPerson"]["properties"]) == set(loading._PERSON_KEYS)
    assert set(schema["$defs"]["TurnsTurn"]["properties"]) == set(loading._TURN_KEYS)
    for name, definition in (("TurnsInstanceDocument", schema), *schema["$defs"].items()):
        assert definition["description"], name
        for field, part in definition["properties"].items():
            assert part.get("description"), f"{name}.{field}"


def test_the_described_instance_and_the_solver_agree() -> None:
    document = TurnsInstanceDocument.model_validate_json(json.dumps(INSTANCE))
    again = document.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    one, other = loading.load_instance(INSTANCE), loading.load_instance(again)
    assert loading.instance_to_dict(one) == loading.instance_to_dict(other)
    assert one.previous.rows() == [(1, 1)]

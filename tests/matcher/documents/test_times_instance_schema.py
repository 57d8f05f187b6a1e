"""The times instance is described as the solver reads it."""

from __future__ import annotations

import json

from matcher.documents.schema import schema_of
from matcher.documents.times_instance_schema import TimesInstanceDocument
from solvers.rota.times.explicit import loading

INSTANCE = {
    "minutes": 30,
    "steps": 6,
    "people": [{"id": "ada", "free": [[0, 4]]}, {"id": "bo", "free": [[1, 6]], "carried": 2}],
    "burden": [[0, 0, 0, 1, 1, 5]],
    "groups": [
        {
            "id": "water",
            "members": ["ada", "bo"],
            "starts": [[0, 3], [1, None]],
            "length": 2,
            "least_percent": 50,
            "spared": ["bo"],
            "fixed": [[0, 1]],
        }
    ],
}


def test_every_key_is_described_and_read() -> None:
    assert set(TimesInstanceDocument.model_fields) == set(loading.KEYS)
    schema = schema_of("times-instance")
    assert set(schema["$defs"]["TimesPerson"]["properties"]) == set(loading.PERSON_KEYS)
    assert set(schema["$defs"]["TimesGroup"]["properties"]) == set(loading.GROUP_KEYS)
    for name, definition in (("TimesInstanceDocument", schema), *schema["$defs"].items()):
        assert definition["description"], name
        for field, part in definition["properties"].items():
            assert part.get("description"), f"{name}.{field}"


def test_the_described_instance_and_the_solver_agree() -> None:
    document = TimesInstanceDocument.model_validate_json(json.dumps(INSTANCE))
    again = document.model_dump(mode="json", exclude_none=False)
    one, other = loading.load_instance(INSTANCE), loading.load_instance(again)
    assert loading.instance_to_dict(one) == loading.instance_to_dict(other)
    assert one.groups[0].starts.tolist() == [[0, 3], [1, -1]]

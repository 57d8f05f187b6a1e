"""The pods instance is described as the solver reads it."""

from __future__ import annotations

import json

from matcher.documents.pods_instance_schema import PodsInstanceDocument
from matcher.documents.schema import schema_of
from solvers.pods.explicit import groups, loading

INSTANCE = {
    "members": [
        {"id": "ada", "organization": "north", "abilities": ["sql"], "languages": ["en"], "hours": 3},
        {"id": "ben", "newcomer": True, "veteran": False, "capacity": 2, "priority": 4},
    ],
    "pods": [
        {
            "id": "p",
            "least": 1,
            "most": 2,
            "needs": [{"ability": "sql", "worth": [3, 1], "least": 0}],
            "languages": ["en"],
            "rhythm": 0,
        }
    ],
    "seats": [["ada", "p", 5, 900], ["ben", "p", -2]],
    "pairs": [["ada", "ben", -5]],
    "rhythms": [{"minutes": 60, "start": [600], "attendance": [["ada", 0, "always", 3], ["ben", 0, "half"]]}],
    "pinned": [["ben", "p"]],
}


def test_every_key_is_described_and_read() -> None:
    assert set(PodsInstanceDocument.model_fields) == set(loading._KEYS)
    schema = schema_of("pods-instance")
    assert set(schema["$defs"]["PodsMember"]["properties"]) == set(loading._MEMBER_KEYS)
    assert set(schema["$defs"]["PodsPod"]["properties"]) == set(groups._POD_KEYS)
    for name, definition in (("PodsInstanceDocument", schema), *schema["$defs"].items()):
        assert definition["description"], name
        for field, part in definition["properties"].items():
            assert part.get("description"), f"{name}.{field}"


def test_the_described_instance_and_the_solver_agree() -> None:
    document = PodsInstanceDocument.model_validate_json(json.dumps(INSTANCE))
    again = document.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    one, other = loading.load_instance(INSTANCE), loading.load_instance(again)
    assert one.points.tolist() == other.points.tolist()
    assert one.pods == other.pods
    assert one.rhythms[0].half.tolist() == other.rhythms[0].half.tolist() == [[True], [True]]

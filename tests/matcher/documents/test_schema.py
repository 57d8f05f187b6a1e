"""The printed schemas describe what is really read and written."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from matcher.documents.field_words import FIELD_WORDS
from matcher.documents.instance_schema import PairsInstanceDocument
from matcher.documents.schema import DIALECT, schema_of
from matcher.domain.network import FORMAT
from solvers.pairs.explicit import loading as explicit
from solvers.pairs.explicit.loading import load_document

INSTANCE: dict[str, Any] = {
    "learners": [{"id": "l1", "need": 2, "organization": "a", "priority": 3}, {"id": "l2"}],
    "guides": [{"id": "g1", "capacity": 2, "min_load": 1, "organization": "a"}, {"id": "g2"}, {"id": "g3"}],
    "edges": [["l1", "g1", 900], ["l1", "g2", 10], ["l2", "g1", 5]],
    "pinned": [["l2", "g2"], ["l1", "g2", 10]],
    "previous": [["l1", "g1"]],
    "forbidden": [["l2", "g1"]],
    "order": "welfare",
    "changes": "bonus",
    "bonus": 50,
    "balance": {
        "slack": 2,
        "slack_of": {"a": 3},
        "carried": {"a": -1},
        "group_of": {"a": "x"},
        "group_slack": 4,
    },
    "quotas": [{"name": "q", "side": "given", "members": ["g1"], "most": 1}],
    "budgets": [{"learner": "l1", "guide": "g2", "learner_cost": 2, "guide_cost": 2, "most": 4}],
    "same_person": [["l2", "g3"]],
    "both_ways": True,
    "most_broken": 1,
    "all_or_nothing": False,
    "floor_on": "pair",
    "wishes": {"learners": {"l1": ["g2"]}, "guides": {}},
    "organizations": ["a", ""],
}


@pytest.mark.parametrize(
    "document", ["network", "pairs-instance", "pairs-result", "rounds-result", "rota-result"]
)
def test_schemas_are_titled_and_described(document: str) -> None:
    schema = schema_of(document)
    assert schema["$schema"] == DIALECT
    assert schema["title"].startswith("Peerloom")
    assert schema["description"]
    assert schema["additionalProperties"] is False
    for name, definition in schema["$defs"].items():
        assert definition.get("title"), name
        if definition["type"] == "object":
            assert definition.get("description"), name
    json.dumps(schema)


def test_the_network_schema_names_its_format() -> None:
    assert schema_of("network")["properties"]["format"]["const"] == FORMAT


def test_every_field_of_a_network_is_described() -> None:
    schema = schema_of("network")
    for name, definition in (("Network", schema), *schema["$defs"].items()):
        for field, part in definition.get("properties", {}).items():
            assert part.get("description"), f"{name}.{field}: describe it in field_words.py"
    for name, fields in FIELD_WORDS.items():
        definition = schema if name == "Network" else schema["$defs"][name]
        assert set(fields) <= set(definition["properties"]), name


def test_every_key_of_an_instance_is_described_and_read() -> None:
    assert set(PairsInstanceDocument.model_fields) == set(explicit._KEYS) == set(INSTANCE)
    for name, part in schema_of("pairs-instance")["properties"].items():
        assert part.get("description"), name


def test_the_described_instance_and_the_solver_agree() -> None:
    document = PairsInstanceDocument.model_validate_json(json.dumps(INSTANCE))
    instance = load_document(INSTANCE).instance
    again = load_document(document.model_dump(mode="json", exclude_none=True, exclude_defaults=True)).instance
    assert (
        [learner.id for learner in document.learners] == list(instance.learner_ids) == list(again.learner_ids)
    )
    assert [learner.need for learner in document.learners] == instance.need.tolist() == again.need.tolist()
    assert instance.capacity.tolist() == [guide.capacity for guide in document.guides]


def test_left_out_keys_have_the_same_defaults_on_both_sides() -> None:
    bare = {key: INSTANCE[key] for key in ("learners", "guides", "edges")}
    bare["learners"] = [{"id": "l1"}, {"id": "l2"}]
    bare["guides"] = [{"id": "g1"}, {"id": "g2"}]
    document = PairsInstanceDocument.model_validate_json(json.dumps(bare))
    instance = load_document(bare).instance
    for name in ("order", "changes", "bonus", "both_ways", "most_broken", "all_or_nothing", "floor_on"):
        assert getattr(instance, name) == getattr(document, name), name
    assert instance.need.tolist() == [learner.need for learner in document.learners]
    assert instance.priority.tolist() == [learner.priority for learner in document.learners]
    assert instance.capacity.tolist() == [guide.capacity for guide in document.guides]
    assert instance.min_load.tolist() == [guide.min_load for guide in document.guides]


def test_an_unknown_document_has_no_schema() -> None:
    with pytest.raises(KeyError):
        schema_of("poem")
    assert "KeyError" in str(inspect.getdoc(schema_of))

"""JSON Schema (2020-12) of the documents that Peerloom reads and writes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from matcher.documents.field_words import FIELD_WORDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(document: str) -> dict[str, Any]:
    """The schema of a document by its name (a key of `_models`). Raises `KeyError` for another name."""
    title, model = _models()[document]
    schema: dict[str, Any] = {"$schema": DIALECT, **model.model_json_schema(), "title": title}
    if document == "network":
        for name, definition in (("Network", schema), *schema["$defs"].items()):
            for field, words in FIELD_WORDS.get(name, {}).items():
                definition["properties"][field].setdefault("description", words)
    return schema


def _models() -> dict[str, tuple[str, type[BaseModel]]]:
    from matcher.documents.instance_schema import PairsInstanceDocument
    from matcher.documents.pods_instance_schema import PodsInstanceDocument
    from matcher.documents.rounds_instance_schema import RoundsInstanceDocument
    from matcher.documents.times_instance_schema import TimesInstanceDocument
    from matcher.documents.turns_instance_schema import TurnsInstanceDocument
    from matcher.domain.network import Network
    from matcher.domain.plan import PairsPlan
    from matcher.domain.pods_plan import PodsPlan
    from matcher.domain.rota_plan import RotaPlan
    from matcher.domain.rounds_plan import RoundsPlan

    return {
        "network": ("Peerloom network document", Network),
        "pairs-instance": ("Peerloom pairs instance", PairsInstanceDocument),
        "pods-instance": ("Peerloom pods instance", PodsInstanceDocument),
        "rounds-instance": ("Peerloom rounds instance", RoundsInstanceDocument),
        "times-instance": ("Peerloom times instance", TimesInstanceDocument),
        "turns-instance": ("Peerloom turns instance", TurnsInstanceDocument),
        "pairs-result": ("Peerloom pairs result", PairsPlan),
        "rounds-result": ("Peerloom rounds result", RoundsPlan),
        "pods-result": ("Peerloom pods result", PodsPlan),
        "rota-result": ("Peerloom rota result", RotaPlan),
    }

"""JSON Schema (2020-12) of the documents that Peerloom reads and writes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(document: str) -> dict[str, Any]:
    """The schema of "network", "pairs-instance" or "pairs-result". Raises `KeyError` for another name."""
    title, model = _models()[document]
    return {"$schema": DIALECT, **model.model_json_schema(), "title": title}


def _models() -> dict[str, tuple[str, type[BaseModel]]]:
    from matcher.documents.instance_schema import PairsInstanceDocument
    from matcher.domain.network import Network
    from matcher.domain.plan import PairsPlan

    return {
        "network": ("Peerloom network document", Network),
        "pairs-instance": ("Peerloom pairs instance", PairsInstanceDocument),
        "pairs-result": ("Peerloom pairs result", PairsPlan),
    }

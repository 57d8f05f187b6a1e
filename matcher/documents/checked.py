"""Files of ours read back: one JSON document each, checked as a whole, and told apart by what they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from matcher.documents.faults import FaultList, faults_of
from matcher.domain.errors import InputError

ModelT = TypeVar("ModelT", bound=BaseModel)


def read_checked(path: Path, model: type[ModelT], refusal: str) -> tuple[ModelT, bytes]:
    """The model that a file holds, and the file's bytes.

    Raises `FileNotFoundError` where there is none, and `InputError` for anything else: `refusal` with every
    fault where the file holds something else.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    try:
        return model.model_validate_json(data), data
    except ValidationError as error:
        refuse_other_kind(path, data, model)
        faults = FaultList()
        faults.extend(faults_of(error, model))
        raise InputError(f"{path} {refusal}", faults.told()) from None


def refuse_other_kind(path: Path, data: bytes, wanted: type[BaseModel]) -> None:
    """Raise `InputError` where a file holds another document of ours than `wanted`: no list of odd fields."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return
    kind = _kind(found) if isinstance(found, dict) else ""
    if kind and kind != _KINDS.get(wanted.__name__):
        raise InputError(f"{path} is {kind}: give {_KINDS.get(wanted.__name__, 'another file')} here.")


_KINDS = {
    "Network": "a network document",
    "PairsPlan": "a result of 'peerloom solve pairs'",
    "RoundsPlan": "a result of 'peerloom solve pods --rounds'",
    "PodsPlan": "a result of 'peerloom solve pods'",
}


def _kind(found: dict[str, object]) -> str:
    """What kind of document of ours an object says it is; empty where it does not say."""
    if {"learners", "guides", "edges"} <= found.keys():
        return "an instance of bare edges (for --instance)"
    name = str(found.get("format", "")).partition("/")[0]
    formats = {
        "peerloom-network": "Network",
        "peerloom-pairs": "PairsPlan",
        "peerloom-pods": "PodsPlan",
        "peerloom-rounds": "RoundsPlan",
    }
    return _KINDS[formats[name]] if name in formats else ""

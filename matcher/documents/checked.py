"""Files of ours read back: one JSON document each, checked as a whole."""

from __future__ import annotations

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
        faults = FaultList()
        faults.extend(faults_of(error, model))
        raise InputError(f"{path} {refusal}", faults.told()) from None

"""The base of every model, and the field types that several of them share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

_NO_NUL = r"^[^\x00]*$"  # PostgreSQL keeps no NUL in a text

Identifier = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=_NO_NUL)
]
"""An external id: 1-120 characters, compared exactly as written."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_NO_NUL)]


def _as_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_as_utc)]
"""A moment: read with any offset, kept in UTC."""


class Model(BaseModel):
    """Frozen, and strict about unknown fields: a misspelled name is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

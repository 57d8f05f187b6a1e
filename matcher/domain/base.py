"""The base of every model, and the field types that several of them share."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints, WithJsonSchema

_NO_NUL = r"^[^\x00]*$"  # PostgreSQL keeps no NUL in a text

Identifier = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=_NO_NUL)
]
"""An external id: 1-120 characters, compared exactly as written."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_NO_NUL)]


def _as_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the years 1-9999 in UTC") from None


Instant = Annotated[AwareDatetime, AfterValidator(_as_utc)]
"""A moment: read with any offset, kept in UTC."""

Text = Annotated[str, StringConstraints(pattern=_NO_NUL)]
"""A text of any length, without NUL."""


LOCAL_TIME = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"


def _without_offset(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("is a local time: write it without an offset")
    return value


LocalTime = Annotated[
    time,
    AfterValidator(_without_offset),
    WithJsonSchema({"type": "string", "pattern": LOCAL_TIME}),
]
"""A time of day in somebody's own zone. (The format "time" of JSON Schema is one with an offset.)"""


CONFERENCE = r"^https?://[!-~]+$"
"""An address to meet at: http or https, in ASCII without spaces."""

ConferenceLink = Annotated[str, StringConstraints(max_length=1000, pattern=CONFERENCE)]


class Model(BaseModel):
    """Frozen, and strict about unknown fields: a misspelled name is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

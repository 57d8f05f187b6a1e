"""Lists in pages: a cursor names the last item seen, so that pages neither skip nor repeat under changes."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from api.http.problems import Problem
from api.http.requests import answer
from matcher.domain.errors import Fault

Item = TypeVar("Item")


class PageQuery(BaseModel):
    """How much of a list, and from where."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    limit: int = Field(default=100, ge=1, le=1000, description="Most items in one page.")
    after: str = Field(
        default="", max_length=1000, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before."
    )


def cursor_of(*position: str | int) -> str:
    """An opaque cursor for a place in a list."""
    text = json.dumps(position, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str, *first: str | int) -> tuple[str | int, ...]:
    """The place that a cursor names; `first` where there is none. Raises `Problem` for a foreign one."""
    if not cursor:
        return first
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        place = None
    fits = isinstance(place, list) and [type(one) for one in place] == [type(one) for one in first]
    if not fits or not all(_usable(one) for one in place):
        raise Problem(
            "invalid-request",
            "The cursor is none of ours.",
            [Fault("after", "is not a `next` of a page before")],
        )
    return tuple(place)


def _usable(one: str | int) -> bool:
    """Whether a database can compare with it."""
    return "\0" not in one if isinstance(one, str) else abs(one) < 2**63


def page(
    items: Sequence[Item],
    query: PageQuery,
    cursor: Callable[[Item], str],
    model: Callable[[list[Item], str | None], BaseModel],
) -> Response:
    """A page from `limit` + 1 items, with `next` and a Link header where there are more."""
    more = len(items) > query.limit
    shown = list(items[: query.limit])
    following = cursor(shown[-1]) if more else None
    response = answer(model(shown, following))
    if following is not None:
        arguments = [(k, v) for k, v in request.args.items(multi=True) if k != "after"]
        link = f"{request.path}?{urlencode([*arguments, ('after', following)])}"
        response.headers["Link"] = f'<{link}>; rel="next"'
    return response

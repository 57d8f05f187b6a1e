"""Partner organizations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from matcher.domain.base import Identifier, Model, Name

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""


class Organization(Model):
    """A partner. Organizations with the same `group` have one parent; competitors never meet.

    `carried_pairs` is the ledger of past cycles: pairs received minus pairs given, in pairs.
    A competitor named on one side counts for both.
    """

    id: Identifier
    name: Name
    group: Identifier | None = None
    competitors: tuple[Identifier, ...] = ()
    country: Country | None = None
    carried_pairs: int = Field(default=0, ge=-1_000_000, le=1_000_000)

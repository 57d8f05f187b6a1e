"""A rounds instance in JSON, described. The solver reads it by itself: `solvers.pods.rounds.explicit`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from matcher.domain.base import Model

Id = Annotated[str, Field(min_length=1)]
Couple = tuple[Id, Id]
Weight = Annotated[int, Field(ge=1, le=1000)]
Number = Annotated[int, Field(ge=1, le=200)]
Rounds = list[list[list[Id]]]


class RoundsMember(Model):
    """Somebody who comes to rounds."""

    id: Id = Field(description="Any text, once among the members.")
    organization: str = Field(default="", description="Where the member is from; none: from nowhere else's.")
    absent: list[Number] = Field(
        default_factory=list, description="Rounds, from 1, to which they do not come."
    )
    languages: Annotated[list[Id], Field(min_length=1)] | None = Field(
        default=None, description="A group needs one that all of it speak; left out: any."
    )


class RoundsInstanceDocument(Model):
    """Who is to meet in groups, round after round. No profiles are needed."""

    members: list[RoundsMember] = Field(description="Everybody who takes part.")
    rounds: Number = Field(description="How many, those held included.")
    size: int = Field(ge=2, le=20, description="People in a group, as wished.")
    least: int | None = Field(
        default=None, ge=2, le=20, description="Smallest size where it does not divide."
    )
    most: int | None = Field(default=None, ge=2, le=21, description="Largest size where it does not divide.")
    met: list[Couple | tuple[Id, Id, Weight]] = Field(
        default_factory=list, description="Who met before, perhaps with what one more meeting costs."
    )
    repeat_weight: Weight = Field(
        default=1, description="What the second meeting of two people in these rounds costs."
    )
    apart: list[Couple] = Field(default_factory=list, description="Members who never meet.")
    competitors: list[Couple] = Field(
        default_factory=list, description="Organizations whose people never meet."
    )
    most_of_one: int | None = Field(
        default=None, ge=1, le=20, description="People of one organization in a group at most."
    )
    held: Rounds = Field(default_factory=list, description="Groups of the first rounds, which took place.")
    together: list[tuple[Number, Id, Id]] = Field(
        default_factory=list, description="[round, member, member] who share a group of an open round."
    )
    before: Rounds = Field(
        default_factory=list, description="Groups of the open rounds as planned before, worth keeping."
    )
    frozen: bool = Field(default=False, description="Groups before that can go on have to.")
    organizations: list[Id] = Field(default_factory=list, description="Their order, when it matters.")

"""A times instance in JSON, described. `solvers.rota.times.explicit.loading` reads it by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from matcher.domain.base import Model

Id = Annotated[str, Field(min_length=1)]
Step = Annotated[int, Field(ge=0, le=40_000)]
Session = Annotated[int, Field(ge=0)]
Burden = Annotated[int, Field(ge=0, le=10_000)]


class TimesPerson(Model):
    """Somebody who meets."""

    id: Id = Field(description="Any text, once among the people.")
    free: list[tuple[Step, Step]] = Field(
        default_factory=list, description="[first, end]: free from step `first` to the one before `end`."
    )
    profile: int = Field(default=0, ge=0, description="Row of `burden` that holds for them.")
    carried: int = Field(default=0, ge=0, le=1_000_000_000, description="Burden of cycles before.")


class TimesGroup(Model):
    """A group that meets in a series."""

    id: Id = Field(description="Any text, once among the groups.")
    members: list[Id] = Field(min_length=1, description="Who meets.")
    starts: list[list[Step | None]] = Field(
        min_length=1,
        description="A row for each slot: the step at which each session begins in it, null where it cannot.",
    )
    length: int = Field(ge=1, le=40_000, description="Steps that a session lasts.")
    rotating: bool = Field(default=False, description="Whether each session has a slot of its own.")
    quorum: int = Field(default=1, ge=0, description="Members who must be free at each session.")
    required: list[Id] = Field(default_factory=list, description="Members who must be free at each session.")
    least_percent: int = Field(
        default=0, ge=0, le=100, description="Percent of the sessions that each member must be free at."
    )
    spared: list[Id] = Field(default_factory=list, description="Members whom least_percent does not ask.")
    facilitators: list[Id] = Field(default_factory=list, description="People who may facilitate.")
    facing: int = Field(
        default=0, ge=0, le=10, description="Facilitators who must be free for a session to be covered."
    )
    fixed: list[tuple[Session, Step]] = Field(
        default_factory=list, description="[session, step] of sessions whose time may not change."
    )
    closed: list[Session] = Field(default_factory=list, description="Sessions that do not take place.")
    previous: list[tuple[Session, Step]] = Field(
        default_factory=list, description="[session, step] of sessions announced at a time that may change."
    )


class TimesInstanceDocument(Model):
    """Steps of your own, who is free when, and which groups meet. No profiles are needed."""

    minutes: int = Field(ge=1, le=1440, description="Minutes that a step lasts.")
    steps: int = Field(ge=1, le=40_000, description="Number of steps in the cycle.")
    people: list[TimesPerson] = Field(description="Everybody.")
    burden: list[list[Burden]] | None = Field(
        default=None, description="Rows of how unsocial each step is; without it no step is."
    )
    groups: list[TimesGroup] = Field(description="Every group that meets.")
    changes: Literal["tier", "off"] = Field(
        default="tier", description="Whether sessions of `previous` are kept before burdens are weighed."
    )

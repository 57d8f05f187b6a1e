"""A pods instance in JSON, described. The solver reads it by itself: `solvers.pods.explicit.loading`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from matcher.domain.base import Model

Id = Annotated[str, Field(min_length=1)]
Points = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
Worth = Annotated[int, Field(ge=0, le=1_000_000_000)]
Satisfaction = Annotated[int, Field(ge=0, le=1000)]
Percent = Annotated[int, Field(ge=0, le=100)]
Often = Literal["always", "half", "never"]
Couple = tuple[Id, Id]


class PodsMember(Model):
    """Somebody who may get a seat."""

    id: Id = Field(description="Any text, once among the members.")
    organization: str = Field(default="", description="Where the member is from.")
    capacity: int = Field(default=1, ge=0, le=200, description="Pods at most.")
    hours: int = Field(default=0, ge=0, le=1_000_000, description="Hours at most, in the unit of the pods.")
    newcomer: bool = Field(default=False, description="Counted by most_newcomers and veteran_each.")
    veteran: bool = Field(default=False, description="Counted by veteran_each.")
    priority: int = Field(default=0, ge=0, le=1000, description="Weight of having a seat.")
    abilities: list[Id] = Field(default_factory=list, description="What the member can do.")
    languages: list[Id] = Field(default_factory=list, description="What the member speaks.")


class PodsNeed(Model):
    """Members with one ability that a pod needs."""

    ability: Id = Field(description="Which ability.")
    worth: list[Worth] = Field(
        default_factory=list, description="Points for the first such member, the second, ...; never rising."
    )
    least: int = Field(default=0, ge=0, le=200, description="How many there must be.")


class PodsPod(Model):
    """A group that may run."""

    id: Id = Field(description="Any text, once among the pods.")
    least: int = Field(ge=1, le=200, description="Members at least when it runs.")
    most: int = Field(ge=1, le=200, description="Members at most.")
    must_run: bool = Field(default=False, description="Whether it has to run.")
    priority: int = Field(default=0, ge=0, le=1000, description="Weight of running.")
    least_organizations: int = Field(default=1, ge=1, le=200, description="Organizations at least.")
    most_share: int = Field(default=100, ge=1, le=100, description="Percent from one organization at most.")
    sponsor: str | None = Field(default=None, description="An organization.")
    presence: Literal["any", "present", "absent"] = Field(
        default="any", description="Whether people of the sponsor may, must or must not be in it."
    )
    needs: list[PodsNeed] = Field(default_factory=list, description="Abilities that it needs.")
    languages: list[Id] = Field(default_factory=list, description="All members speak one of these.")
    rhythm: int | None = Field(default=None, ge=0, description="Number of its rhythm, from 0.")
    slot: int | None = Field(default=None, ge=0, description="The slot of the rhythm that it must meet in.")
    quorum: Percent = Field(default=100, description="Percent of its members who can come to every session.")
    hours: int = Field(default=0, ge=0, le=1_000_000, description="What it takes of each member's hours.")


class PodsRhythm(Model):
    """Weekly slots of one length and cadence, and who can come."""

    minutes: int = Field(ge=1, le=10_080, description="Length of a session.")
    start: list[Annotated[int, Field(ge=0, le=10_079)]] = Field(
        description="Start of each slot in minutes after Monday 00:00, rising."
    )
    attendance: list[tuple[Id, int, Often] | tuple[Id, int, Often, int]] = Field(
        default_factory=list,
        description="[member, slot number, how often], perhaps with ease in points; others never come.",
    )


class PodsInstanceDocument(Model):
    """Seats with points of your own, and what is asked of the pods. No profiles are needed."""

    members: list[PodsMember] = Field(description="Everybody who may get a seat.")
    pods: list[PodsPod] = Field(description="Every group that may run.")
    seats: list[tuple[Id, Id, Points] | tuple[Id, Id, Points, Satisfaction]] = Field(
        description="The eligible seats: [member, pod, points], perhaps with satisfaction 0-1000."
    )
    pairs: list[tuple[Id, Id, Points]] = Field(
        default_factory=list, description="Points for two members who are in one pod."
    )
    rhythms: list[PodsRhythm] = Field(default_factory=list, description="Weekly times that pods may meet at.")
    rivals: list[tuple[str, str]] = Field(
        default_factory=list, description="Organizations that never share a pod."
    )
    apart: list[Couple] = Field(default_factory=list, description="Members who never share a pod.")
    together: list[Couple] = Field(default_factory=list, description="Members who are in the same pods.")
    pinned: list[Couple | tuple[Id, Id, Points]] = Field(
        default_factory=list, description="[member, pod] that must be, with points where it is no seat."
    )
    previous: list[Couple] = Field(
        default_factory=list, description="Seats of the last answer; `changes` says what keeping is worth."
    )
    order: Literal["welfare", "floor"] = Field(
        default="welfare", description="floor: the worst seat and the weakest pod come before points."
    )
    changes: Literal["tier", "bonus", "off"] = Field(
        default="tier", description="Keep previous seats before points, for a bonus in points, or not at all."
    )
    bonus: Worth = Field(default=0, description="Points for each kept seat when changes is bonus.")
    most_broken: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="How many previous seats may be dropped."
    )
    organization_worth: list[Worth] = Field(
        default_factory=list, description="Points for a pod's first organization, second, ...; never rising."
    )
    most_newcomers: Percent = Field(default=100, description="Percent of a pod who may be newcomers.")
    veteran_each: bool = Field(default=False, description="A pod has as many veterans as newcomers.")
    organizations: list[str] = Field(default_factory=list, description="Their order, when it matters.")
    abilities: list[Id] = Field(default_factory=list, description="Their order, when it matters.")
    languages: list[Id] = Field(default_factory=list, description="Their order, when it matters.")

"""A pairs instance in JSON, described. The solver reads it by itself: `solvers.pairs.explicit.loading`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from matcher.domain.base import Model

Id = Annotated[str, Field(min_length=1)]
Points = Annotated[int, Field(ge=0, le=1000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Pair = tuple[Id, Id]


class InstanceLearner(Model):
    """A person who is to get guides."""

    id: Id = Field(description="Any text, once among the learners.")
    need: int = Field(default=1, ge=1, le=20, description="Guides wanted.")
    organization: str = Field(default="", description="Used by give and take.")
    priority: int = Field(default=0, ge=0, le=1000, description="Weight of being placed; higher goes first.")


class InstanceGuide(Model):
    """A person who takes learners."""

    id: Id = Field(description="Any text, once among the guides; a learner may have the same id.")
    capacity: int = Field(default=1, ge=1, le=1_000_000, description="Learners taken at most.")
    min_load: Count = Field(default=0, description="Learners wanted at least; not above the capacity.")
    organization: str = Field(default="", description="Used by give and take.")


class InstanceBalance(Model):
    """Give and take: pairs received minus pairs given stay within a slack, the ledger included.

    An organization that is beyond its limit already may stay there, but go no further.
    """

    slack: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = Field(
        default=None, description="Limit of every organization that nothing else bounds."
    )
    slack_of: dict[str, Annotated[int, Field(ge=0, le=1_000_000_000)]] = Field(
        default_factory=dict, description="Limits of single organizations."
    )
    carried: dict[str, int] = Field(
        default_factory=dict, description="Received minus given in the past, by organization."
    )
    bounds: dict[str, tuple[int, int]] = Field(
        default_factory=dict, description="[least, most] in this run, by organization, instead of a slack."
    )
    group_of: dict[str, str] = Field(default_factory=dict, description="The group of an organization.")
    group_slack: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = Field(
        default=None, description="Limit of the net of every group; needed where groups have no bounds."
    )
    group_bounds: dict[str, tuple[int, int]] = Field(
        default_factory=dict, description="[least, most] of the net of a group."
    )


class InstanceQuota(Model):
    """At most so many pairs for some people together."""

    name: str = Field(default="", description="Shown in reasons; numbered when absent.")
    side: Literal["received", "given"] = Field(description="Received: members are learners. Given: guides.")
    members: list[Id] = Field(description="Their ids.")
    most: Count = Field(description="Pairs at most.")


class InstanceBudget(Model):
    """One person on both sides: learner_cost x pairs as learner + guide_cost x pairs as guide <= most."""

    learner: Id = Field(description="The person's id among the learners.")
    guide: Id = Field(description="The person's id among the guides.")
    learner_cost: Count = Field(description="Cost of each pair as learner, such as hours.")
    guide_cost: Count = Field(description="Cost of each pair as guide.")
    most: Count = Field(description="The budget.")


class InstanceWishes(Model):
    """Who wishes for whom, best first; the stable order ranks by these, then by points, then by lot."""

    learners: dict[Id, list[Id]] = Field(default_factory=dict, description="Learner: guides.")
    guides: dict[Id, list[Id]] = Field(default_factory=dict, description="Guide: learners.")


class PairsInstanceDocument(Model):
    """Eligible pairs with points of your own, and what is asked of the answer. No profiles are needed."""

    learners: list[InstanceLearner] = Field(description="Everybody who is to get guides.")
    guides: list[InstanceGuide] = Field(description="Everybody who takes learners.")
    edges: list[tuple[Id, Id, Points]] = Field(
        description="The eligible pairs: [learner, guide, points 0-1000], each pair once."
    )
    pinned: list[Pair | tuple[Id, Id, Points]] = Field(
        default_factory=list,
        description="Pairs that must be in the answer: [learner, guide], with points when it is no edge.",
    )
    previous: list[Pair] = Field(
        default_factory=list,
        description="Pairs of the last answer; `changes` says what keeping them is worth.",
    )
    forbidden: list[Pair] = Field(default_factory=list, description="Edges to leave out.")
    order: Literal["welfare", "floor", "stable"] = Field(
        default="welfare",
        description="welfare: places, then points. floor: places, then the lowest points, then points. "
        "stable: no two prefer each other to what they got.",
    )
    changes: Literal["tier", "bonus", "off"] = Field(
        default="tier", description="Keep previous pairs before points, for a bonus in points, or not at all."
    )
    bonus: Points = Field(default=0, description="Points for each kept pair when changes is bonus.")
    balance: InstanceBalance | None = Field(default=None, description="Give and take between organizations.")
    quotas: list[InstanceQuota] = Field(default_factory=list, description="Limits on sets of people.")
    budgets: list[InstanceBudget] = Field(default_factory=list, description="Limits on people on both sides.")
    same_person: list[Pair] = Field(
        default_factory=list,
        description="[learner, guide] where both are one person; needed by both_ways false.",
    )
    both_ways: bool = Field(default=True, description="Whether two people may guide each other.")
    most_broken: Count | None = Field(default=None, description="How many previous pairs may be dropped.")
    all_or_nothing: bool = Field(default=False, description="A guide takes none, or at least min_load.")
    floor_on: Literal["pair", "sum"] = Field(
        default="pair", description="The floor order raises the lowest pair, or a learner's lowest sum."
    )
    wishes: InstanceWishes = Field(default=InstanceWishes(), description="For the stable order.")
    organizations: list[str] = Field(default_factory=list, description="Their order, when it matters.")

"""The answer of one rounds run as a document: groups round by round, what everybody gets, and the proof.

Whole numbers or None; never 0 or infinity for "there is none".
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Model
from matcher.domain.family import Family
from matcher.domain.plan import Outcome, PlanEffort, PlanSource, PlanTier, PolicyName
from matcher.domain.policy import Changes

ROUNDS_FORMAT: Literal["peerloom-rounds/1"] = "peerloom-rounds/1"


class PlanRound(Model):
    """One round: its number from 1, the first day of its week (None for bare instances), and its groups.

    `keys`: what names each group within the plan, in the order of `groups`; a group that goes on keeps its
    own. `held`: it took place already. `absent`: who takes part in these rounds, but does not come to this
    one. `again`: two who share a group of it, and met in an earlier round or before.
    """

    number: int = Field(ge=1)
    week_of: date | None = None
    held: bool = False
    groups: tuple[tuple[str, ...], ...]
    keys: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    again: tuple[tuple[str, str], ...] = ()


class PlanGroup(Model):
    """One group of one round. `first`: two of it who meet for the first time; `again`: who met before."""

    group: str
    round: int = Field(ge=1)
    week_of: date | None = None
    held: bool = False
    members: tuple[str, ...]
    first: tuple[tuple[str, str], ...] = ()
    again: tuple[tuple[str, str], ...] = ()


class NoGroup(Model):
    """Somebody who comes to a round and has no group in it; the reason is a code with its sentence."""

    member: str
    round: int = Field(ge=1)
    reason: Literal["too_few_people", "sizes", "language", "kept_apart"]
    sentence: str


class NotInRounds(Model):
    """A member who takes no part in any of the rounds, and why."""

    member: str
    reason: Literal["left", "capacity", "never_free"]
    sentence: str


class RoundsPerson(Model):
    """What one person gets. `rounds`: those with a group, held ones included.

    `new_people`: met here for the first time. `organizations`: other organizations met here. `repeats`:
    meetings with somebody met before, here or earlier. `fresh_rounds_left`: how many further rounds without a
    repeat there can be at most, floor(people never met / (size - 1)), among those who take part.
    """

    member: str
    organization: str = ""
    rounds: int = Field(ge=0)
    new_people: int = Field(ge=0)
    organizations: int = Field(ge=0)
    repeats: int = Field(ge=0)
    fresh_rounds_left: int = Field(ge=0)


class GroupChange(Model):
    """One group of an open round against the plan before. `members`: as they are now, or were if it is gone;
    `joined`, `left`: against the group before. `avoidable`: nothing forced it."""

    round: int = Field(ge=1)
    group: str
    members: tuple[str, ...]
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    reason: str
    sentence: str
    avoidable: bool = False


class GroupChanges(Model):
    """Open rounds against the plan before: groups kept as they were, kept with others in or out, added,
    dropped (for a better whole), ended (had to)."""

    kept: tuple[GroupChange, ...] = ()
    changed: tuple[GroupChange, ...] = ()
    added: tuple[GroupChange, ...] = ()
    dropped: tuple[GroupChange, ...] = ()
    ended: tuple[GroupChange, ...] = ()


class RoundsPlan(Model):
    """The result of one rounds run. `program`, `cycle`, `policy` and the rounds' weeks are None for bare
    instances.

    `value` and `bound` are those of the last tier, given what the earlier ones reached; `method` names what
    found the answer. `earlier`: who met in rounds of earlier cycles, and how many cycles ago, as the next
    cycle needs it. `previous`: the open rounds of the plan before, whose groups are worth keeping;
    `previous_plan` is the file that they, held and earlier rounds came from.
    """

    family: ClassVar[Family] = Family.ROUNDS

    format: Literal["peerloom-rounds/1"] = ROUNDS_FORMAT
    network: PlanSource
    program: str | None = None
    cycle: str | None = None
    policy: PolicyName | None = None
    order: Literal["rounds"] = "rounds"
    changes_policy: Changes | Literal["off"] = "off"
    size: int = Field(ge=2)
    most_of_one: int | None = None
    seed: int = Field(ge=0)
    status: Outcome
    sentence: str
    method: str
    value: int | None = None
    bound: int | None = None
    tiers: tuple[PlanTier, ...] = ()
    rounds: tuple[PlanRound, ...]
    left_out: tuple[NoGroup, ...] = ()
    not_taking_part: tuple[NotInRounds, ...] = ()
    people: tuple[RoundsPerson, ...] = ()
    changes: GroupChanges = GroupChanges()
    earlier: tuple[tuple[str, str, int], ...] = ()
    previous: tuple[PlanRound, ...] = ()
    previous_plan: PlanSource | None = None
    conflict: tuple[str, ...] = ()
    effort: PlanEffort = PlanEffort()
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _tells_no_lies(self) -> Self:
        if self.status is Outcome.OPTIMAL and not all(tier.proven for tier in self.tiers):
            raise ValueError("status is optimal, but not every tier is proven")
        for tier in self.tiers:
            if tier.proven and tier.value != tier.bound:
                raise ValueError(f"tier {tier.name} is called proven, but its value is not its bound")
        last = self.tiers[-1] if self.tiers else None
        if last is not None and (self.value, self.bound) != (last.value, last.bound):
            raise ValueError("value and bound are not those of the last tier")
        if [one.number for one in self.rounds] != list(range(1, len(self.rounds) + 1)):
            raise ValueError("rounds are not numbered from 1")
        if any(len(one.keys) != len(one.groups) for one in self.rounds):
            raise ValueError("a round does not name each of its groups by one key")
        return self

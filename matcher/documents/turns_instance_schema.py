"""A turns instance in JSON, described. The solver reads it itself: `solvers.rota.turns.explicit.loading`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from matcher.domain.base import Model

Id = Annotated[str, Field(min_length=1)]
RoleName = Literal["lead", "co", "shadow"]
Count = Annotated[int, Field(ge=0, le=100_000)]
Worth = Annotated[int, Field(ge=0, le=1_000_000)]
Held = tuple[Id, Id]


class TurnsPerson(Model):
    """Somebody who may take turns."""

    id: Id = Field(description="Any text, once among the people.")
    organization: str = Field(default="", description="Where the person is from.")
    most: Count | None = Field(default=None, description="Turns at most; without it, all.")
    hours: int = Field(
        default=1_000_000, ge=0, le=1_000_000, description="Hours at most, in the turns' unit."
    )
    capacity: int = Field(
        default=100, ge=0, le=1000, description="Share that is fair, in percent; 0: outside fairness."
    )
    carried: dict[str, int] = Field(
        default_factory=dict, description="Per class what cycles before leave, in hundredths of a turn."
    )
    carried_burden: int = Field(default=0, ge=0, le=1_000_000_000, description="Burden of cycles before.")
    wanted: dict[RoleName, Count] = Field(
        default_factory=dict, description="Turns of a role that the person needs before they may go up."
    )
    away: list[tuple[int, int]] = Field(
        default_factory=list, description="[start, end]: takes no turn that has times within."
    )


class TurnsTurn(Model):
    """One role in one session."""

    id: Id = Field(description="Any text, once among the turns.")
    session: Id | None = Field(default=None, description="Turns of one session; without it one of its own.")
    role: RoleName = Field(default="lead", description="What its person does.")
    hours: int = Field(
        default=0, ge=0, le=1_000_000, description="What it takes of the hours of who comes for it alone."
    )
    class_: str | None = Field(
        default=None, alias="class", description="The ledger it counts in; without it the first."
    )
    start: int | None = Field(default=None, description="Start in minutes after any instant.")
    end: int | None = Field(default=None, description="End in minutes after the same instant.")


class TurnsWindow(Model):
    """Turns of which nobody takes more than some."""

    rule: Id = Field(description="Code of the rule, for messages.")
    turns: list[Id] = Field(description="Which turns.")
    most: Count = Field(description="So many for one person.")
    cost: Worth = Field(default=0, description="What each one more costs; 0: no more are allowed.")


class TurnsOrganization(Model):
    """Limits of one organization."""

    id: str = Field(description="As people name it.")
    most: Count | None = Field(default=None, description="Turns at most; none without it.")
    share: Count | None = Field(default=None, description="Turns that are its fair share.")


class TurnsClass(Model):
    """A ledger of turns."""

    id: Id = Field(description="As turns name it.")
    spread_cost: Worth = Field(default=0, description="Order cost: price of each unit of its spread.")


class TurnsInstanceDocument(Model):
    """Sessions and who may facilitate them, with burdens of your own. No profiles are needed."""

    people: list[TurnsPerson] = Field(description="Who may take turns.")
    turns: list[TurnsTurn] = Field(description="What is to be taken.")
    choices: list[tuple[Id, Id] | tuple[Id, Id, Worth] | tuple[Id, Id, Worth, Worth]] | None = Field(
        default=None,
        description="[turn, person], perhaps with burden and preference; without it everybody may take any.",
    )
    attending: list[tuple[Id, Id] | tuple[Id, Id, Worth]] = Field(
        default_factory=list,
        description="[session, person], perhaps with hours: who is in a session anyway, and what a turn of "
        "it takes of them in place of the turn's hours (0 without).",
    )
    windows: list[TurnsWindow] = Field(default_factory=list, description="Spacing, caps of a period.")
    organizations: list[TurnsOrganization] = Field(
        default_factory=list, description="All organizations, where one has limits."
    )
    classes: list[TurnsClass] = Field(default_factory=list, description="All ledgers, where one has a price.")
    pinned: list[Held] = Field(default_factory=list, description="[turn, person]: fixed.")
    open: list[Id] = Field(default_factory=list, description="Turns that stay open.")
    previous: list[Held] = Field(default_factory=list, description="[turn, person]: the plan before.")
    order: Literal["quick", "full", "cost"] = Field(default="quick", description="Which tiers.")
    changes: Literal["tier", "off"] = Field(
        default="tier", description="Whether kept turns come before fairness."
    )
    most_broken: Count | None = Field(default=None, description="Turns of previous that may change.")
    mixed: bool = Field(
        default=True, description="Nobody leads with a co-facilitator of the same organization."
    )

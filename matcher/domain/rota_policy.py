"""The part of a policy that is about rotas: when groups meet, who facilitates, and what their agendas are."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Model, Text

RoleName = Literal["lead", "co", "shadow"]
"""What one does in a session: lead it, help to, or watch to learn."""

HourBurden = Annotated[int, Field(ge=0, le=1000)]

BURDEN_BY_HOUR = (30, 30, 30, 30, 30, 24, 16, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 2, 5, 8, 12, 18, 30, 30)
"""How unsocial an hour of a working day is: nothing from 9 to 17 but lunch time, 30 at night."""


class BurdenCurve(Model):
    """How unsocial a session is for somebody, by their local time; its worst quarter of an hour counts.

    by_hour: for each local hour that begins at 0:00, 1:00, ..., on a working day. weekend: on top, on
    Saturday and Sunday. caregiver_percent: for caregivers, what `by_hour` counts for outside `family_from`..
    `family_until` (whole local hours).
    """

    by_hour: tuple[HourBurden, ...] = BURDEN_BY_HOUR
    weekend: HourBurden = 12
    caregiver_percent: int = Field(default=200, ge=100, le=1000)
    family_from: int = Field(default=9, ge=0, le=24)
    family_until: int = Field(default=17, ge=0, le=24)

    @model_validator(mode="after")
    def _whole_day(self) -> Self:
        if len(self.by_hour) != 24:
            raise ValueError(f"by_hour has {len(self.by_hour)} numbers; it needs 24, one for each hour")
        if self.family_until < self.family_from:
            raise ValueError(f"family_until {self.family_until} is before family_from {self.family_from}")
        return self


class Facilitators(Model):
    """How many turns a session has: leads, co-facilitators, and shadows who learn by watching."""

    lead: int = Field(default=1, ge=0, le=3)
    co: int = Field(default=0, ge=0, le=3)
    shadow: int = Field(default=0, ge=0, le=3)


class TierFacilitators(Model):
    """The turns of a session, by what meets. Pairs have none."""

    pod: Facilitators = Facilitators(lead=1, co=0, shadow=1)
    circle: Facilitators = Facilitators(lead=1)
    forum: Facilitators = Facilitators(lead=1, co=1)


class Ladder(Model):
    """After so many turns as a shadow somebody may co-facilitate, after so many as co they may lead."""

    shadow: int = Field(default=2, ge=1, le=100)
    co: int = Field(default=2, ge=1, le=100)


class AgendaPart(Model):
    """One part of a session: its share of the time in percent, and what it is for."""

    percent: int = Field(ge=1, le=100)
    text: Annotated[Text, Field(min_length=1, max_length=200)]


Parts = Annotated[tuple[AgendaPart, ...], Field(min_length=1, max_length=12)]


class Agenda(Model):
    """The parts of a series' first session, of those between, of the last of several: 100 percent each."""

    first: Parts
    middle: Parts
    last: Parts

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name in ("first", "middle", "last"):
            total = sum(part.percent for part in getattr(self, name))
            if total != 100:
                raise ValueError(f"the parts of {name!r} sum to {total} percent; they must sum to 100")
        return self


def _agenda(*sessions: tuple[tuple[int, str], ...]) -> Agenda:
    first, middle, last = (tuple(AgendaPart(percent=p, text=t) for p, t in parts) for parts in sessions)
    return Agenda(first=first, middle=middle, last=last)


class Agendas(Model):
    """An agenda for each tier of meeting: opening, time boxes, decisions, closing reflection."""

    pod: Agenda = _agenda(
        (
            (15, "Opening: who we are, and what each of us brings"),
            (30, "The problem: what is known, and what success looks like"),
            (30, "Decision: how we work together, and what we try first"),
            (10, "Next steps, and who does them"),
            (15, "Closing: what each of us takes along"),
        ),
        (
            (10, "Opening: check-in"),
            (20, "What became of the last steps"),
            (40, "Today's question"),
            (15, "Decisions and next steps, and who does them"),
            (15, "Closing: what helped, what to do otherwise"),
        ),
        (
            (10, "Opening: check-in"),
            (35, "What we reached, measured against the success metric"),
            (25, "Decision: what stays, and who carries it on"),
            (30, "Closing: thanks, and what each of us learned"),
        ),
    )
    circle: Agenda = _agenda(
        (
            (20, "Opening: who we are, what each of us offers and seeks"),
            (35, "A case from one of us"),
            (30, "Decision: what we want to be able to do at the end"),
            (15, "Closing: what each of us takes along"),
        ),
        (
            (10, "Opening: check-in"),
            (55, "A case from one of us: told, asked about, thought through"),
            (20, "Decision: what each of us tries until next time"),
            (15, "Closing: what we learned"),
        ),
        (
            (10, "Opening: check-in"),
            (45, "What each of us can do now"),
            (15, "Decision: whether and how to go on"),
            (30, "Closing: thanks and feedback"),
        ),
    )
    forum: Agenda = _agenda(
        (
            (10, "Opening: welcome, and who is here"),
            (45, "The expert's view"),
            (30, "Questions and discussion"),
            (15, "Closing: what we take along, and what comes next time"),
        ),
        (
            (10, "Opening: welcome"),
            (45, "The expert's view"),
            (30, "Questions and discussion"),
            (15, "Closing: what we take along"),
        ),
        (
            (10, "Opening: welcome"),
            (35, "The expert's view"),
            (35, "Questions and discussion"),
            (20, "Closing: what changed in our work"),
        ),
    )
    pair: Agenda = _agenda(
        (
            (20, "Opening: who we are, and how each came here"),
            (45, "What the learner wants to reach this cycle"),
            (20, "Decision: how we work together, and the first step"),
            (15, "Closing: what was good, what was missing"),
        ),
        (
            (10, "Opening: check-in"),
            (20, "What became of the last step"),
            (50, "Today's question"),
            (10, "Decision: the next step"),
            (10, "Closing: what helped"),
        ),
        (
            (10, "Opening: check-in"),
            (40, "What we reached, and what we did not"),
            (30, "Decision: what stays, and what comes next"),
            (20, "Closing: thanks and feedback, both ways"),
        ),
    )


class RotaPolicy(Model):
    """Everything a coordinator can decide about rotas.

    Times. mode: one weekly slot for a whole series, or a slot for each session so that the burden is
    shared. grid_minutes: sessions begin on this grid of local time. quorum: percent of a group's members,
    rounded up, who can come to each session; least_percent: of the sessions that each member can come to.
    holidays: public holidays of a member's country and region are not free. curve: how unsocial hours count.

    Turns. facilitators: how many a session has. source: members of the group facilitate it, or people of
    organizations that are not in it (neutral), or anybody. spacing_days: two turns of one person begin so
    many days apart at least. most_turns: of one person in the cycle, beside their own capacity;
    most_per_month: in any 30 days. turn_minutes: preparation, which a turn takes of the month's hours; of
    those who come from elsewhere, and in forums, it takes the session besides. mixed: lead and
    co-facilitators come from different organizations. most_share: percent of all turns that the people of one
    organization may take. ladder: see there. credit: newcomers and people back from leave are credited with
    the average load, so that they are not given everything at once. fairness: max, min and squares of loads,
    or the whole falling vector of loads (leximin).

    Changes. frozen_days: sessions and turns of so many days to come stay as they are when a rota is made
    anew. changes: "tier" puts what was announced before fairness. most_broken: turns that a re-plan may
    change at most. late_swaps: whether two people may swap turns of the frozen days between themselves; a
    coordinator always may.
    """

    mode: Literal["stable", "rotating"] = "stable"
    grid_minutes: Literal[15, 30, 60] = 15
    quorum: int = Field(default=60, ge=0, le=100)
    least_percent: int = Field(default=50, ge=0, le=100)
    holidays: bool = True
    curve: BurdenCurve = BurdenCurve()
    facilitators: TierFacilitators = TierFacilitators()
    source: Literal["members", "neutral", "any"] = "any"
    spacing_days: int = Field(default=6, ge=0, le=365)
    most_turns: int = Field(default=12, ge=0, le=1000)
    most_per_month: int = Field(default=4, ge=0, le=1000)
    turn_minutes: int = Field(default=30, ge=0, le=600)
    mixed: bool = True
    most_share: int | None = Field(default=None, ge=1, le=100)
    ladder: Ladder = Ladder()
    credit: bool = True
    fairness: Literal["quick", "full"] = "quick"
    frozen_days: int = Field(default=7, ge=0, le=365)
    changes: Literal["tier", "off"] = "tier"
    most_broken: int | None = Field(default=None, ge=0, le=1_000_000_000)
    late_swaps: bool = True
    agendas: Agendas = Agendas()

"""The tiers of a rota: those of the times, then those of the turns, each with what its bound rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TypeVar

from matcher.candidates.rota.context import ROLES
from matcher.domain.plan import Outcome, PlanTier
from matcher.planning.outcome import SENTENCES
from matcher.planning.rota.instance import Prepared
from matcher.planning.rota.turns import Turns
from solvers.result import Tier
from solvers.rota.turns.instance import Role

T = TypeVar("T")

LED = ROLES[: int(Role.SHADOW)]
"""Roles that a session needs; who shadows learns, and comes after."""

TIMES, TURNS = "times.", "turns."
"""What the names of tiers of the two stages begin with."""

GIVEN = "given these meeting times"

SERIES = "over all times that take no single session from a series"

STAGES = (
    "Every tier is proven, those of turns given these times of meeting: others as good might suit better."
)
"""What is said of an answer whose stages are all proven, but not the two together."""


FIRST = ("unscheduled", "uncovered"), ("unfilled_lead", "unfilled_co")
"""Tiers of times, then of turns, that come before all others: sessions are held, and led."""


def in_order(times: Sequence[T], turns: Sequence[T], name: Callable[[T], str]) -> list[T]:
    """Tiers of both stages in the order in which they count."""
    stages = list(zip((times, turns), FIRST, strict=True))
    head = [one for tiers, first in stages for one in tiers if name(one) in first]
    return head + [one for tiers, first in stages for one in tiers if name(one) not in first]


def tiers_of(
    prepared: Prepared,
    times: Sequence[Tier],
    turns: Turns,
    filled: Sequence[Tier],
    searched: Mapping[str, int],
    series: bool = False,
) -> tuple[PlanTier, ...]:
    """All tiers in order. A tier of turns rests on the times, but for open turns that no times could fill: so
    many as are counted (`fewest_open`), or as a search over all times proved (`searched`, by role; `series`:
    all that take no single session from a series)."""
    told = [(TIMES, tier) for tier in times], [(TURNS, tier) for tier in filled]
    out = [_row(stage, tier) for stage, tier in in_order(*told, lambda one: one[1].name)]
    proven = True
    rests = given(fewest_open(prepared, turns), out, searched)
    for k, (row, resting) in enumerate(zip(out, rests, strict=True)):
        proven = proven and row.proven
        words = {Rests.NOTHING: None, Rests.SEARCH: SERIES if series else None, Rests.TIMES: GIVEN}[resting]
        condition = "; ".join(filter(None, (words, row.condition))) or None
        out[k] = row.model_copy(update={"proven": proven, "condition": condition})
    return tuple(out)


def outcome_of(tiers: Sequence[PlanTier]) -> tuple[Outcome, str]:
    """The status that the tiers of an answer earn, and its sentence: optimal only where no bound rests on the
    meeting times."""
    if not all(tier.proven for tier in tiers):
        return Outcome.FEASIBLE, SENTENCES[Outcome.FEASIBLE]
    if any(words in (tier.condition or "") for tier in tiers for words in (GIVEN, SERIES)):
        return Outcome.FEASIBLE, STAGES
    return Outcome.OPTIMAL, SENTENCES[Outcome.OPTIMAL]


class Rests(Enum):
    """What the bound of a tier rests on."""

    NOTHING = "nothing"
    SEARCH = "a search over all times"
    TIMES = "the meeting times"


def given(
    counted: Mapping[str, int], tiers: Sequence[PlanTier], searched: Mapping[str, int] | None = None
) -> list[Rests]:
    """What the bound of each tier rests on. counted, searched: turns of each role that stay open at whatever
    times, as is counted, and as a search proved."""
    out, closed = [], True
    for tier in tiers:
        stage, role = tier.name[: len(TURNS)], tier.name.removeprefix(f"{TURNS}unfilled_")
        if stage != TURNS:
            closed = closed and tier.value == tier.bound
            out.append(Rests.NOTHING)
        elif closed and tier.value == counted.get(role):
            out.append(Rests.NOTHING)
        elif closed and tier.value is not None and tier.value == (searched or {}).get(role):
            out.append(Rests.SEARCH)
        else:
            closed = False
            out.append(Rests.TIMES)
    return out


def searched_in(tiers: Sequence[PlanTier]) -> dict[str, int]:
    """Open turns by role that tiers say were proven over all times."""
    out: dict[str, int] = {}
    for tier in tiers:
        role = tier.name.removeprefix(f"{TURNS}unfilled_")
        if role in LED and tier.proven and tier.value is not None and GIVEN not in (tier.condition or ""):
            out[role] = tier.value
    return out


def fewest_open(prepared: Prepared, turns: Turns) -> dict[str, int]:
    """Turns of each role that stay open whatever the times: more than there are people who may take them, in
    a session or in all."""
    instance = turns.instance
    of: dict[tuple[str, int, str], int] = {}
    for name, t, role, _ in turns.places:
        of[name, t, role] = of.get((name, t, role), 0) + 1
    number = {group.id: g for g, group in enumerate(prepared.context.groups)}
    held = {turn for turn, _ in instance.pinned.rows()}
    forced = {turns.places[turn] for turn in held}
    out: dict[str, int] = {}
    for k, role in enumerate(ROLES):
        wanted, missing, people = 0, 0, set()
        for (name, t, what), count in of.items():
            if what != role:
                continue
            able = prepared.able[number[name]][k].tolist()
            pinned = sum((name, t, role, n) in forced for n in range(count))
            people |= set(able)
            wanted += count - pinned
            missing += max(0, count - pinned - len(able))
        room = sum(int(instance.room[one]) for one in people)
        out[role] = max(missing, wanted - room, 0)
    return out


def _row(stage: str, tier: Tier) -> PlanTier:
    row = PlanTier.model_validate(tier, from_attributes=True)
    return row.model_copy(update={"name": stage + tier.name})

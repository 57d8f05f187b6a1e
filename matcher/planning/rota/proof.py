"""The tiers of a rota: those of the times, then those of the turns, each with what its bound rests on."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.candidates.rota.context import ROLES
from matcher.domain.plan import Outcome, PlanTier
from matcher.planning.outcome import SENTENCES
from matcher.planning.rota.instance import Prepared
from matcher.planning.rota.turns import Turns
from solvers.result import Tier

TIMES, TURNS = "times.", "turns."
"""What the names of tiers of the two stages begin with."""

GIVEN = "given these meeting times"

STAGES = (
    "Every tier is proven, those of turns given these times of meeting: others as good might suit better."
)
"""What is said of an answer whose stages are all proven, but not the two together."""


def tiers_of(
    prepared: Prepared, times: Sequence[Tier], turns: Turns, filled: Sequence[Tier]
) -> tuple[PlanTier, ...]:
    """All tiers in order. A tier of turns rests on the times, but for open turns that no times could fill."""
    out = [_row(TIMES, tier) for tier in times] + [_row(TURNS, tier) for tier in filled]
    proven = True
    for k, (row, resting) in enumerate(zip(out, given(prepared, turns, out), strict=True)):
        proven = proven and row.proven
        condition = "; ".join(filter(None, (GIVEN if resting else None, row.condition))) or None
        out[k] = row.model_copy(update={"proven": proven, "condition": condition})
    return tuple(out)


def outcome_of(tiers: Sequence[PlanTier]) -> tuple[Outcome, str]:
    """The status that the tiers of an answer earn, and its sentence: optimal only where no bound rests on the
    meeting times."""
    if not all(tier.proven for tier in tiers):
        return Outcome.FEASIBLE, SENTENCES[Outcome.FEASIBLE]
    if any(GIVEN in (tier.condition or "") for tier in tiers):
        return Outcome.FEASIBLE, STAGES
    return Outcome.OPTIMAL, SENTENCES[Outcome.OPTIMAL]


def given(prepared: Prepared, turns: Turns, tiers: Sequence[PlanTier]) -> list[bool]:
    """Whether the bound of each tier rests on the meeting times."""
    least = {f"{TURNS}unfilled_{role}": number for role, number in fewest_open(prepared, turns).items()}
    out, closed = [], True
    for tier in tiers:
        if tier.name.startswith(TURNS):
            closed = closed and tier.value == least.get(tier.name)
            out.append(not closed)
        else:
            closed = closed and tier.value == tier.bound
            out.append(False)
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

"""The tiers of a rota: those of the times, then those of the turns, each with what its bound rests on."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.candidates.rota.context import ROLES
from matcher.domain.plan import PlanTier
from matcher.planning.rota.instance import Prepared
from matcher.planning.rota.turns import Turns
from solvers.result import Tier

TIMES, TURNS = "times.", "turns."
"""What the names of tiers of the two stages begin with."""

GIVEN = "given these meeting times"


def tiers_of(
    prepared: Prepared, times: Sequence[Tier], turns: Turns, filled: Sequence[Tier]
) -> tuple[PlanTier, ...]:
    """All tiers in order. A tier of turns rests on the times, but for open turns that no times could fill."""
    out = [_row(TIMES, tier, tier.condition) for tier in times]
    least = {f"unfilled_{role}": number for role, number in fewest_open(prepared, turns).items()}
    over_all_times = all(tier.proven for tier in times)
    for tier in filled:
        over_all_times = over_all_times and tier.value == least.get(tier.name)
        given = "; ".join(filter(None, (GIVEN, tier.condition)))
        out.append(_row(TURNS, tier, None if over_all_times else given))
    proven = True
    for k, row in enumerate(out):
        proven = proven and row.proven
        if row.proven and not proven:
            out[k] = row.model_copy(update={"proven": False})
    return tuple(out)


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


def _row(stage: str, tier: Tier, condition: str | None) -> PlanTier:
    row = PlanTier.model_validate(tier, from_attributes=True)
    return row.model_copy(update={"name": stage + tier.name, "condition": condition})

"""The audit of a rota's numbers: every rule and every tier again, without the solvers."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.domain.plan import PlanTier
from matcher.planning.rota.instance import Prepared
from matcher.planning.rota.proof import TIMES, TURNS, in_order
from matcher.planning.rota.turns import Turns
from solvers.rota.times.check import audit as times_check
from solvers.rota.times.check import score as times_score
from solvers.rota.times.solution import Times
from solvers.rota.turns.check import audit as turns_check
from solvers.rota.turns.check import score as turns_score


def objections(
    prepared: Prepared,
    times: Times,
    slots: Times,
    turns: Turns,
    person: Sequence[int],
    tiers: Sequence[PlanTier],
) -> list[str]:
    """What is off in an answer; empty when nothing is."""
    out = [str(one) for one in times_check.check(prepared.times, times, slots)]
    out += [str(one) for one in turns_check.check(turns.instance, person)]
    stages = (
        [(TIMES, one) for one in times_score.tier_values(prepared.times, times, slots)],
        [(TURNS, one) for one in turns_score.tier_values(turns.instance, person)],
    )
    counted = in_order(*stages, lambda one: one[1].name)
    found = [(stage + one.name, one.sense, one.value) for stage, one in counted]
    said = [(one.name, one.sense, one.value) for one in tiers]
    if said != found:
        out += [f"tier {a} was said to be {b}" for a, b in zip(found, said, strict=False) if a != b]
        if len(said) != len(found):
            out.append(f"{len(said)} tiers are told, there are {len(found)}")
    return out

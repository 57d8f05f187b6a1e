"""How an answer leaves the family: checked against its instance without the solver, with tiers and bounds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solvers.faults import UnauditedError
from solvers.result import Effort, Status, Tier, TierValue, status_of
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import tier_values
from solvers.rota.turns.instance import Index, TurnsInstance
from solvers.rota.turns.solution import TurnsAnswer


def finish(
    instance: TurnsInstance,
    person: Index,
    effort: Effort,
    *,
    bounds: Mapping[str, int] | None = None,
    notes: tuple[str, ...] = (),
) -> TurnsAnswer:
    """Check an assignment against its instance without the solver, and put the answer together.

    bounds: per tier what no answer passes that reaches this one's earlier tiers.
    """
    with effort.phase("check"):
        plain = person.tolist()
        broken = check(instance, plain)
        if broken:
            raise UnauditedError("; ".join(violation.message for violation in broken[:5]))
        tiers = tiers_from(tier_values(instance, plain), bounds or {})
    return TurnsAnswer(status_of(tiers), tiers, person, effort, notes=notes)


def tiers_from(values: list[TierValue], bounds: Mapping[str, int]) -> tuple[Tier, ...]:
    """Tiers with their bounds; proven as long as value and bound meet from the top. Nothing goes below 0."""
    out: list[Tier] = []
    settled = True
    for name, sense, value in values:
        bound = bounds.get(name, 0 if sense == "min" else None)
        settled = settled and value == bound
        out.append(Tier(name, sense, value, bound, settled))
    return tuple(out)


def closest(
    instance: TurnsInstance, person: Index, one: Mapping[str, int], other: Mapping[str, int]
) -> dict[str, int]:
    """Of two runs' bounds that both hold given what an assignment reaches, the closer one of each tier."""
    out = {**one, **other}
    for name, sense, _ in tier_values(instance, person.tolist()):
        if name in one and name in other:
            out[name] = max(one[name], other[name]) if sense == "min" else min(one[name], other[name])
    return out


def unknown(instance: TurnsInstance, effort: Effort, *notes: str) -> TurnsAnswer:
    """No answer was found within the limits."""
    return TurnsAnswer(Status.UNKNOWN, (), _nobody(instance), effort, notes=notes)


def infeasible(instance: TurnsInstance, effort: Effort, conflict: tuple[str, ...]) -> TurnsAnswer:
    """No answer exists, because these contradict each other."""
    return TurnsAnswer(Status.INFEASIBLE, (), _nobody(instance), effort, conflict)


def _nobody(instance: TurnsInstance) -> Index:
    return np.full(instance.n_turns, -1, np.int32)

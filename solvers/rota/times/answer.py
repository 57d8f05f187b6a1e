"""How an answer leaves the family: checked against its instance without the solver, with tiers and bounds."""

from __future__ import annotations

from collections.abc import Mapping

from solvers.faults import UnauditedError
from solvers.result import Effort, Tier, status_of
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import tier_values
from solvers.rota.times.instance import TimesInstance
from solvers.rota.times.solution import Times, TimesAnswer


def finish(
    instance: TimesInstance,
    times: Times,
    slots: Times,
    effort: Effort,
    bounds: Mapping[str, int],
    notes: tuple[str, ...] = (),
) -> TimesAnswer:
    """Check times against their instance without the solver, and put the answer together.

    bounds: per tier what no answer passes that reaches this one's earlier tiers.
    """
    with effort.phase("check"):
        broken = check(instance, times, slots)
        if broken:
            raise UnauditedError("; ".join(violation.message for violation in broken[:5]))
        tiers: list[Tier] = []
        settled = True
        for name, sense, value in tier_values(instance, times, slots):
            bound = bounds.get(name)
            settled = settled and bound is not None and value == bound
            tiers.append(Tier(name, sense, value, bound, settled))
    return TimesAnswer(status_of(tuple(tiers)), tuple(tiers), slots, times, effort, notes)

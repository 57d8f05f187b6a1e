"""How an answer leaves the family: checked against its instance without the solver, with tiers and bounds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solvers.faults import UnauditedError
from solvers.pods.check.audit import check
from solvers.pods.check.counting import counting_bounds
from solvers.pods.check.floors import FLOORS
from solvers.pods.check.score import tier_values
from solvers.pods.instance import Flags, PodsInstance, Seats
from solvers.pods.solution import Assignment, PodPrices, PodsAnswer, no_slots
from solvers.result import Effort, Status, Tier, TierValue, status_of


def finish(
    instance: PodsInstance,
    assignment: Assignment,
    effort: Effort,
    *,
    bounds: Mapping[str, int] | None = None,
    prices: tuple[PodPrices, ...] = (),
    floor_prices: tuple[PodPrices, ...] = (),
    notes: tuple[str, ...] = (),
) -> PodsAnswer:
    """Check an assignment against its instance without the solver, and put the answer together.

    bounds: per tier what no answer passes that reaches this one's earlier tiers; counting adds its own.
    """
    with effort.phase("check"):
        broken = check(instance, assignment.seats, assignment.slot)
        if broken:
            raise UnauditedError("; ".join(violation.message for violation in broken[:5]))
        values = tier_values(instance, assignment.seats, assignment.slot)
        tiers = tiers_from(values, [counting_bounds(instance), bounds or {}])
    return PodsAnswer(
        status=status_of(tiers),
        tiers=tiers,
        seats=assignment.seats,
        slot=assignment.slot,
        kept=_among(instance, assignment.seats, instance.previous),
        pinned=_among(instance, assignment.seats, instance.pinned),
        effort=effort,
        prices=prices,
        floor_prices=floor_prices,
        notes=notes,
    )


def tiers_from(values: list[TierValue], bounds: list[Mapping[str, int]]) -> tuple[Tier, ...]:
    """Tiers with the closest of several bounds each; proven as long as value and bound meet from the top, or
    nobody counts towards a floor: nothing is better than that (`solvers.result.sort_key`)."""
    out: list[Tier] = []
    settled = True
    for name, sense, value in values:
        known = [one[name] for one in bounds if name in one and value is not None]
        bound = min(known) if known else None
        settled = settled and value == bound and (value is not None or name in FLOORS)
        out.append(Tier(name, sense, value, bound, settled))
    return tuple(out)


def unknown(instance: PodsInstance, effort: Effort, *notes: str) -> PodsAnswer:
    """No answer was found within the limits."""
    return _without_seats(Status.UNKNOWN, instance, effort, notes=notes)


def infeasible(instance: PodsInstance, effort: Effort, conflict: tuple[str, ...]) -> PodsAnswer:
    """No answer exists, because these contradict each other."""
    return _without_seats(Status.INFEASIBLE, instance, effort, conflict=conflict)


def _without_seats(
    status: Status,
    instance: PodsInstance,
    effort: Effort,
    conflict: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> PodsAnswer:
    nobody = np.zeros(0, bool)
    return PodsAnswer(
        status, (), Seats.of([]), no_slots(instance.n_pods), nobody, nobody, effort, conflict, notes=notes
    )


def _among(instance: PodsInstance, seats: Seats, others: Seats) -> Flags:
    width = max(1, instance.n_pods)
    inside: Flags = np.isin(
        seats.member.astype(np.int64) * width + seats.pod, others.member.astype(np.int64) * width + others.pod
    )
    return inside

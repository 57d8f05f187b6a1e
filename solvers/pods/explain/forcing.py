"""Why not this seat, and what is that one worth: the best answer with or without it.

Nothing here looks at a relaxation alone: each question is a solve of its own from where the answer stands, so
the outcome is an answer that keeps every rule, and its bounds say how much better one could be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from solvers.limits import Limits
from solvers.pods.explain.state import State
from solvers.pods.instance import PodsInstance, Seats
from solvers.result import Status

Seat = tuple[int, int]


@dataclass(frozen=True)
class TierChange:
    """One tier before and after; `bound`: what no answer after the change passes, None where unknown."""

    name: str
    sense: Literal["max", "min"]
    before: int | None
    after: int | None
    bound: int | None


@dataclass(frozen=True)
class Outcome:
    """The best answer found after a change, against the answer before it.

    status: of the solve after the change; "infeasible" with `conflict`, or "unknown", where nothing came out
    (the rest is then empty). exact: proven optimal, before and after. added and dropped: who would move.
    """

    status: Status
    exact: bool
    tiers: tuple[TierChange, ...] = ()
    added: tuple[Seat, ...] = ()
    dropped: tuple[Seat, ...] = ()
    conflict: tuple[str, ...] = ()

    @property
    def decisive(self) -> TierChange | None:
        """The first tier that changes; None when none does."""
        return next((tier for tier in self.tiers if tier.before != tier.after), None)

    @property
    def least_cost(self) -> int | None:
        """What the change costs at least in the decisive tier: from its bound, 0 where that lets more be
        reached than before, None where there is none."""
        tier = self.decisive
        if tier is None or tier.before is None or tier.bound is None:
            return None
        return max(0, tier.before - tier.bound if tier.sense == "max" else tier.bound - tier.before)


def force(state: State, seats: Iterable[Seat], limits: Limits, *, proven: bool = False) -> Outcome:
    """The best answer with all of these seats, whatever their eligibility (see `PodsInstance.pinned`).

    `proven`: the answer of the state is optimal.
    """
    instance = state.instance
    wanted = sorted(set(seats) - set(instance.pinned.rows()))
    changed = replace(
        instance,
        pinned=Seats.of([*instance.pinned.rows(), *wanted]),
        previous=Seats.of([row for row in instance.previous.rows() if row not in wanted]),
    )
    return _outcome(state, changed, limits, proven, len(instance.previous) - len(changed.previous))


def forbid(state: State, seats: Iterable[Seat], limits: Limits, *, proven: bool = False) -> Outcome:
    """The best answer without these seats, else as `force`. Raises ValueError for a pinned one."""
    instance = state.instance
    banned = sorted(set(seats))
    if set(banned) & set(instance.pinned.rows()):
        raise ValueError("the seat is pinned: forbidding it would contradict that")
    eligible = instance.eligible.copy()
    eligible[[i for i, _ in banned], [p for _, p in banned]] = False
    previous = [row for row in instance.previous.rows() if row not in banned]
    broken = len(instance.previous) - len(previous)
    most = None if instance.most_broken is None else max(0, instance.most_broken - broken)
    changed = replace(instance, eligible=eligible, previous=Seats.of(previous), most_broken=most)
    return _outcome(state, changed, limits, proven, 0)


def _outcome(state: State, changed: PodsInstance, limits: Limits, proven: bool, lost: int) -> Outcome:
    """`lost`: previous seats that the change pins, which the tier of kept ones no longer counts."""
    from solvers.pods.solve import solve

    found = solve(changed, limits, state.answer)
    if found.status in (Status.INFEASIBLE, Status.UNKNOWN):
        return Outcome(found.status, found.status is Status.INFEASIBLE, conflict=found.conflict)
    after = {tier.name: tier for tier in found.tiers}
    bonus = changed.bonus if changed.changes == "bonus" else 0
    uncounted = {"kept": lost, "points": lost * bonus}
    tiers = []
    for name, sense, value in state.tiers:
        now, shift = after.get(name), uncounted.get(name, 0)
        reached = shift if now is None else _plus(now.value, shift)
        bound = shift if now is None else _plus(now.bound, shift)
        tiers.append(TierChange(name, sense, value, reached, bound))
    old, new = set(state.answer.seats.rows()), set(found.seats.rows())
    return Outcome(
        found.status,
        proven and found.status is Status.OPTIMAL,
        tuple(tiers),
        tuple(sorted(new - old)),
        tuple(sorted(old - new)),
    )


def _plus(number: int | None, shift: int) -> int | None:
    return None if number is None else number + shift

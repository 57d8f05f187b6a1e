"""Why not this seat or pod, and what is that one worth: the best answer with or without it.

Nothing here looks at a relaxation alone: each question is a solve of its own from where the answer stands, so
the outcome is an answer that keeps every rule, and its bounds say how much better one could be. Of what it
moves, all that brings nothing, or has nothing to do with the question, is put back (`fewest`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from solvers.limits import Limits
from solvers.pods.check.score import tier_values
from solvers.pods.explain.fewest import fewest_changes
from solvers.pods.explain.moves import best_out
from solvers.pods.explain.opening import closed, opened, seated
from solvers.pods.explain.state import State
from solvers.pods.instance import PodsInstance, Seats
from solvers.pods.solution import Assignment
from solvers.result import Status

Seat = tuple[int, int]

FEWER_SECONDS = 3.0
"""Kept for putting back what need not change, or a quarter of the time."""


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
    aside: the solve also found the answer before to get better by what has nothing to do with the change;
    that is left out here.
    """

    status: Status
    exact: bool
    tiers: tuple[TierChange, ...] = ()
    added: tuple[Seat, ...] = ()
    dropped: tuple[Seat, ...] = ()
    conflict: tuple[str, ...] = ()
    aside: bool = False

    @property
    def decisive(self) -> TierChange | None:
        """The first tier that changes; None when none does."""
        return next((tier for tier in self.tiers if tier.before != tier.after), None)

    @property
    def least_cost(self) -> int | None:
        """What the change costs at least in the decisive tier: from its bound, 0 where that lets more be
        reached than before, None where there is none, or where an earlier tier may rise."""
        tier = self.decisive
        if tier is None or tier.before is None or tier.bound is None:
            return None
        earlier = self.tiers[: self.tiers.index(tier)]
        if any(one.bound != one.after for one in earlier):
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
    begin = None
    if len(wanted) == 1:
        begin = seated(State(changed, state.answer), *wanted[0])
    lost = len(instance.previous) - len(changed.previous)
    return _outcome(state, changed, limits, proven, {p for _, p in wanted}, lost=lost, begin=begin)


def forbid(state: State, seats: Iterable[Seat], limits: Limits, *, proven: bool = False) -> Outcome:
    """The best answer without these seats, else as `force`. Raises ValueError for a pinned one."""
    banned = sorted(set(seats))
    if set(banned) & set(state.instance.pinned.rows()):
        raise ValueError("the seat is pinned: forbidding it would contradict that")
    changed = _without_seats(state.instance, banned)
    begin = None
    if len(banned) == 1:
        best = best_out(State(changed, state.answer), *banned[0])
        begin = None if best is None else state.after(best)
    return _outcome(state, changed, limits, proven, {p for _, p in banned}, begin=begin)


def run(state: State, p: int, limits: Limits, *, proven: bool = False) -> Outcome:
    """The best answer in which pod p runs, else as `force`."""
    pods = state.instance.pods
    changed = replace(state.instance, pods=(*pods[:p], replace(pods[p], must_run=True), *pods[p + 1 :]))
    begin = opened(State(changed, state.answer), p, limits.seed)
    return _outcome(state, changed, limits, proven, {p}, begin=begin)


def close(state: State, p: int, limits: Limits, *, proven: bool = False) -> Outcome:
    """The best answer in which pod p does not run, else as `force`. Raises ValueError for one that must run,
    or has pinned seats."""
    instance = state.instance
    if instance.pods[p].must_run or state.pinned_to(p):
        raise ValueError("the pod must run: closing it would contradict that")
    changed = _without_seats(instance, [(i, p) for i in range(instance.n_members)])
    begin = closed(State(changed, state.answer), p)
    return _outcome(state, changed, limits, proven, {p}, begin=begin)


def _without_seats(instance: PodsInstance, banned: Sequence[Seat]) -> PodsInstance:
    eligible = instance.eligible.copy()
    eligible[[i for i, _ in banned], [p for _, p in banned]] = False
    gone = set(banned)
    previous = [row for row in instance.previous.rows() if row not in gone]
    broken = len(instance.previous) - len(previous)
    most = None if instance.most_broken is None else max(0, instance.most_broken - broken)
    return replace(instance, eligible=eligible, previous=Seats.of(previous), most_broken=most)


def _outcome(
    state: State,
    changed: PodsInstance,
    limits: Limits,
    proven: bool,
    about: Collection[int],
    *,
    lost: int = 0,
    begin: Assignment | None = None,
) -> Outcome:
    """`about`: the pods that the change is about; `lost`: previous seats that it pins, which the tier of
    kept ones no longer counts; `begin`: where to solve from, the answer before without it."""
    from solvers.pods.solve import solve

    spared = min(FEWER_SECONDS, limits.left / 4)
    found = solve(changed, replace(limits, seconds=limits.seconds - spared), begin or state.answer)
    if found.status in (Status.INFEASIBLE, Status.UNKNOWN):
        return Outcome(found.status, found.status is Status.INFEASIBLE, conflict=found.conflict)
    limits.tell("fewest changes")
    solved = Assignment(found.seats, found.slot)
    nearer = fewest_changes(changed, state.answer, solved, about, limits)
    reached = tier_values(changed, nearer.assignment.seats, nearer.assignment.slot)
    after = dict(zip((tier.name for tier in reached), zip(reached, found.tiers, strict=True), strict=True))
    bonus = changed.bonus if changed.changes == "bonus" else 0
    uncounted = {"kept": lost, "points": lost * bonus}
    tiers: list[TierChange] = []
    same = True  # a bound holds for answers that reach the earlier tiers of what was solved
    for name, sense, value in state.tiers:
        shift = uncounted.get(name, 0)
        if name not in after:
            tiers.append(TierChange(name, sense, value, shift, shift))
            continue
        now, tier = after[name]
        tiers.append(
            TierChange(
                name, sense, value, _plus(now.value, shift), _plus(tier.bound, shift) if same else None
            )
        )
        same = same and now.value == tier.value
    old, new = set(state.answer.seats.rows()), set(nearer.assignment.seats.rows())
    return Outcome(
        found.status if same else Status.FEASIBLE,
        proven and same and found.status is Status.OPTIMAL,
        tuple(tiers),
        tuple(sorted(new - old)),
        tuple(sorted(old - new)),
        aside=nearer.aside,
    )


def _plus(number: int | None, shift: int) -> int | None:
    return None if number is None else number + shift

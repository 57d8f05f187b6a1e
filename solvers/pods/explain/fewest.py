"""From one answer to another by fewer changes: what a question did not ask for is taken back.

A solve around a change is free to move anybody as long as the tiers rise or stay. Here its answer is led back
towards the one before: first whole parts that hang together with nothing that was asked about, then single
seats, each step only where no tier falls. Every step is weighed by `State.changed`, so all rules keep.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from solvers.limits import Limits
from solvers.pods.check.audit import check
from solvers.pods.check.score import groups, tier_values
from solvers.pods.explain.state import Changed, State
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import Assignment
from solvers.result import sort_key

WHOLE = 3
"""So many pods at most are put back whole at once."""

MOST_WHOLE = 12
"""Among so many changed pods at most that is tried."""


@dataclass(frozen=True)
class Nearer:
    """An answer with fewer changes. `aside`: what was taken back, apart from what was asked, had made the
    answer better."""

    assignment: Assignment
    aside: bool


def fewest_changes(
    instance: PodsInstance, before: Assignment, after: Assignment, about: Collection[int], limits: Limits
) -> Nearer:
    """Lead `after`, which is clean, back towards `before`, which need not be.

    about: pods that the change was about. What else changed and shares no moved member with them is put
    back, whatever it brings; the rest only as far as no tier falls. The result is clean.
    """
    old = groups(instance, before.seats)
    state = State(instance, after, before.slot.tolist())
    aside = False
    for part in _parts(state.members, old):
        if not part & set(about):
            put_back = state.changed({p: old[p] for p in part})
            if isinstance(put_back, Changed):
                aside |= sort_key(put_back.tiers) < sort_key(state.tiers)
                state = _after(state, put_back)
    while not limits.over:
        step = _step(state, old, limits)
        if step is None:
            break
        state = _after(state, step)
    return Nearer(_old_times(state, before), aside)


def _after(state: State, change: Changed) -> State:
    return State(state.instance, state.after(change), state.usual)


def _parts(now: Sequence[Sequence[int]], old: Sequence[Sequence[int]]) -> list[set[int]]:
    """Pods whose members changed, those that share a member who moved together."""
    part: dict[int, set[int]] = {}
    of: dict[int, set[int]] = {}
    for p, (here, there) in enumerate(zip(now, old, strict=True)):
        moved = set(here) ^ set(there)
        if moved:
            whole = {p}.union(*(of[i] for i in moved if i in of))
            for q in whole:
                part[q] = whole
                for i in set(now[q]) ^ set(old[q]):
                    of[i] = whole
    return list({id(one): one for one in part.values()}.values())


def _step(state: State, old: Sequence[Sequence[int]], limits: Limits) -> Changed | None:
    """The first way back towards the old answer by which no tier falls."""
    floor = sort_key(state.tiers)
    for members in _ways(state, old):
        if limits.over:
            return None
        if _distance(members, old) < _distance({p: state.members[p] for p in members}, old):
            change = state.changed(members)
            if isinstance(change, Changed) and sort_key(change.tiers) >= floor:
                return change
    return None


def _distance(members: dict[int, list[int]], old: Sequence[Sequence[int]]) -> int:
    return sum(len(set(inside) ^ set(old[p])) for p, inside in members.items())


def _ways(state: State, old: Sequence[Sequence[int]]) -> Iterator[dict[int, list[int]]]:
    """Members of a few pods after a step back: some pods as they were, or a seat given back by one, two or
    three moves."""
    lost: dict[int, list[int]] = {}
    gained: dict[int, list[int]] = {}
    into: dict[int, list[int]] = {}
    changed = [p for p, inside in enumerate(state.members) if set(inside) != set(old[p])]
    for p in changed:
        for i in set(old[p]) - set(state.members[p]):
            lost.setdefault(i, []).append(p)
        for i in sorted(set(state.members[p]) - set(old[p])):
            gained.setdefault(i, []).append(p)
            into.setdefault(p, []).append(i)
    if len(changed) <= MOST_WHOLE:
        for size in range(min(WHOLE, len(changed)), 0, -1):
            for whole in combinations(changed, size):
                yield {p: list(old[p]) for p in whole}
    for i, pods in sorted(lost.items()):
        for p in pods:
            for g in (*gained.get(i, ()), -1):
                yield _moved(state, (i, g, p))
                for j in into.get(p, ()):
                    for h in dict.fromkeys((g, *lost.get(j, ()), -1)):
                        yield _moved(state, (i, g, p), (j, p, h))
    for i, pods in sorted(gained.items()):
        for g in pods:
            yield _moved(state, (i, g, -1))


def _moved(state: State, *moves: tuple[int, int, int]) -> dict[int, list[int]]:
    """Members of the pods concerned when each (member, from, to) moves; -1: no pod."""
    touched = dict.fromkeys(p for _, source, target in moves for p in (source, target) if p >= 0)
    members = {p: list(state.members[p]) for p in touched}
    for i, source, target in moves:
        if source >= 0:
            members[source] = [k for k in members[source] if k != i]
        if target >= 0 and i not in members[target]:
            members[target] = [*members[target], i]
    return members


def _old_times(state: State, before: Assignment) -> Assignment:
    """The answer, with pods that could as well meet when they met before doing so."""
    assignment, instance = state.answer, state.instance
    floor = sort_key(state.tiers)
    for p in np.flatnonzero((assignment.slot != before.slot) & (assignment.slot >= 0)).tolist():
        slot = assignment.slot.copy()
        slot[p] = before.slot[p]
        values = tier_values(instance, assignment.seats, slot)
        if slot[p] >= 0 and sort_key(values) >= floor and not check(instance, assignment.seats, slot):
            assignment = Assignment(assignment.seats, slot)
    return assignment

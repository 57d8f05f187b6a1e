"""An answer of pods taken apart, so that small changes of it can be weighed without counting all afresh."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solvers.pods.check.audit import Group, check_group, meet_together
from solvers.pods.check.score import groups, pod_parts, tier_values
from solvers.pods.instance import Flags, PodsInstance, Seats
from solvers.pods.solution import Assignment
from solvers.result import TierValue


@dataclass(frozen=True)
class Changed:
    """What an answer becomes when some pods change: their members and slots, and all tiers."""

    members: Mapping[int, tuple[int, ...]]
    slot: Mapping[int, int]
    tiers: tuple[TierValue, ...]


class State:
    """One instance with a clean answer to it. Members, worths and slots per pod; nothing here changes."""

    def __init__(
        self, instance: PodsInstance, answer: Assignment, usual: Sequence[int] | None = None
    ) -> None:
        """`usual`: per pod the slot to take among equals, -1 for any; the answer's own without it."""
        self.instance = instance
        self.answer = answer
        self.members = groups(instance, answer.seats)
        self.slot: list[int] = answer.slot.tolist()
        self.usual = self.slot if usual is None else usual
        self.tiers = tuple(tier_values(instance, answer.seats, answer.slot))
        self.pins = set(instance.pinned.rows())
        self.previous = set(instance.previous.rows())
        self.pods_of: dict[int, list[int]] = {}
        for i, p in sorted(answer.seats.rows()):
            self.pods_of.setdefault(i, []).append(p)

    @cached_property
    def worth(self) -> dict[int, int]:
        """Points of each pod that runs."""
        return {
            p: pod_parts(self.instance, p, members, self.slot[p]).total
            for p, members in enumerate(self.members)
            if members
        }

    @cached_property
    def _by_worth(self) -> list[tuple[int, int]]:
        return sorted((points, p) for p, points in self.worth.items())

    @cached_property
    def _by_satisfaction(self) -> list[tuple[int, int, int]]:
        wish = self.instance.satisfaction
        if wish is None:
            return []
        return sorted(
            (int(wish[i, p]), i, p)
            for i, pods in self.pods_of.items()
            for p in pods
            if (i, p) not in self.pins and (i, p) not in self.previous
        )

    @cached_property
    def _broken(self) -> int:
        return sum(p not in self.pods_of.get(i, ()) for i, p in self.previous)

    @cached_property
    def _pinned(self) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = {}
        for i, p in self.pins:
            found.setdefault(p, set()).add(i)
        return {p: frozenset(members) for p, members in found.items()}

    def pinned_to(self, p: int) -> frozenset[int]:
        """Who is pinned to pod p, whether in it or not."""
        return self._pinned.get(p, frozenset())

    def slots_for(self, p: int, members: Sequence[int]) -> Flags:
        """Slots in which pod p may meet with these members, their other pods being as they are."""
        pod, own = self.instance.pods[p], self.pinned_to(p)
        rhythm = self.instance.rhythms[pod.rhythm]
        free = [i for i in members if i not in own]
        fine: Flags = rhythm.half[free].all(0) & (
            rhythm.always[members].sum(0, dtype=np.int64) * 100 >= pod.quorum * len(members)
        )
        if pod.slot >= 0:
            fine &= np.arange(rhythm.n_slots) == pod.slot
        taken = {q for i in members for q in self.pods_of.get(i, ()) if q != p and self.slot[q] >= 0}
        for q in taken:
            for s in np.flatnonzero(fine).tolist():
                fine[s] = not meet_together(self.instance, p, s, q, self.slot[q])
        return fine

    def best_slot(self, p: int, members: Sequence[int]) -> int | None:
        """The slot of most ease, the usual one among equals; -1 where none is needed, None without one."""
        pod = self.instance.pods[p]
        if pod.rhythm < 0 or not members:
            return -1
        fine = self.slots_for(p, members)
        if not fine.any():
            return None
        ease = self.instance.rhythms[pod.rhythm].ease[list(members)].sum(0, dtype=np.int64)
        best = np.where(fine, ease, np.iinfo(np.int64).min)
        usual = self.usual[p]
        return usual if usual >= 0 and best[usual] == best.max() else int(best.argmax())

    def changed(self, members: Mapping[int, Sequence[int]]) -> Changed | str:
        """The answer with these pods' members put in place of theirs, or the code of a rule it then breaks.

        `members` lists every pod that changes, empty for one that no longer runs.
        """
        slot: dict[int, int] = {}
        for p, inside in members.items():
            pod = self.instance.pods[p]
            if not inside:
                if pod.must_run or self.pinned_to(p):
                    return "must_run" if pod.must_run else "pinned"
                slot[p] = -1
                continue
            found = self.best_slot(p, inside)
            group = Group(self.instance, p, inside, -1 if found is None else found, self.pinned_to(p))
            broken = next(check_group(group), None)
            if broken is not None:
                return broken.code
            slot[p] = group.slot
        broken_by = self._people(members, slot)
        if broken_by:
            return broken_by
        return Changed(
            {p: tuple(sorted(inside)) for p, inside in members.items()}, slot, self._tiers(members, slot)
        )

    def _people(self, members: Mapping[int, Sequence[int]], slot: Mapping[int, int]) -> str:
        """Code of a rule on single people, or on breaks, that the change breaks; empty without one."""
        instance = self.instance
        touched = {i for p in members for i in (*members[p], *self.members[p])}
        broken = self._broken
        for i in touched:
            before = self.pods_of.get(i, [])
            after = [p for p in before if p not in members] + [
                p for p, inside in members.items() if i in inside
            ]
            if len(after) > instance.room[i]:
                return "capacity"
            if sum(instance.pods[p].hours for p in after) > instance.hours_left[i]:
                return "hours"
            for k, p in enumerate(after):
                if (i, p) not in self.pins and not instance.eligible[i, p]:
                    return "not_eligible"
                for q in after[:k]:
                    if meet_together(instance, p, slot.get(p, self.slot[p]), q, slot.get(q, self.slot[q])):
                        return "two_places"
            for p in before:
                if p not in after:
                    if (i, p) in self.pins:
                        return "pinned"
                    broken += (i, p) in self.previous
            broken -= sum(p not in before and (i, p) in self.previous for p in after)
        if instance.most_broken is not None and broken > max(instance.most_broken, self._broken):
            return "most_broken"
        return ""

    def _tiers(self, members: Mapping[int, Sequence[int]], slot: Mapping[int, int]) -> tuple[TierValue, ...]:
        instance = self.instance
        old = {(i, p) for p in members for i in self.members[p]}
        new = {(i, p) for p, inside in members.items() for i in inside}
        people = {i for i, _ in old | new}
        was = {i for i in people if self.pods_of.get(i)}
        will = {i for i in people if any(p not in members for p in self.pods_of.get(i, ()))} | {
            i for i, _ in new
        }
        worth = {p: pod_parts(instance, p, inside, slot[p]).total for p, inside in members.items() if inside}
        gone = sum(self.worth.get(p, 0) for p in members)
        kept = len(new & self.previous) - len(old & self.previous)
        points = sum(worth.values()) - gone
        if instance.changes == "bonus":
            points += instance.bonus * kept
        shift = {
            "placed": len(will) - len(was),
            "priority": sum(int(instance.priority[i]) for i in will)
            - sum(int(instance.priority[i]) for i in was),
            "problems": sum(instance.pods[p].priority for p in worth)
            - sum(instance.pods[p].priority for p in members if self.members[p]),
            "kept": kept,
            "points": points,
        }
        lowest = {"lowest": self._lowest(old, new), "weakest": self._weakest(members, worth)}
        return tuple(
            TierValue(
                tier.name,
                tier.sense,
                lowest[tier.name] if tier.name in lowest else (tier.value or 0) + shift[tier.name],
            )
            for tier in self.tiers
        )

    def _lowest(self, old: set[tuple[int, int]], new: set[tuple[int, int]]) -> int | None:
        wish = self.instance.satisfaction
        if wish is None:
            return None
        others = (value for value, i, p in self._by_satisfaction if (i, p) not in old)
        fresh = [int(wish[i, p]) for i, p in new if (i, p) not in self.pins and (i, p) not in self.previous]
        return min((*fresh, *([value] if (value := next(others, None)) is not None else [])), default=None)

    def _weakest(self, members: Mapping[int, Sequence[int]], worth: Mapping[int, int]) -> int | None:
        others = next((points for points, p in self._by_worth if p not in members), None)
        return min((*worth.values(), *([others] if others is not None else [])), default=None)

    def after(self, change: Changed) -> Assignment:
        """The answer after a change."""
        rows = [(i, p) for p, inside in enumerate(self.members) for i in change.members.get(p, tuple(inside))]
        slot = self.answer.slot.copy()
        for p, s in change.slot.items():
            slot[p] = s
        return Assignment(Seats.of(sorted(rows)), slot)

    def has_seat(self, i: int, p: int) -> bool:
        """Whether member i sits in pod p."""
        inside = self.members[p]
        at = bisect_left(inside, i)
        return at < len(inside) and inside[at] == i

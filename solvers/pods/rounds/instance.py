"""The rounds instance: complete, checked and frozen before any search. Numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from solvers.faults import InstanceError
from solvers.pods.rounds.sizes import MAX_SIZE, group_sizes

Index = NDArray[np.int32]
IntArray = NDArray[np.int64]
Group = tuple[int, ...]
Round = tuple[Group, ...]

MAX_PEOPLE = 5000
MAX_ROUNDS = 200
MAX_WEIGHT = 1000


@dataclass(frozen=True)
class Met:
    """Pairs who met before these rounds. `weight`: what one more meeting of the two costs, 1..MAX_WEIGHT."""

    first: Index
    second: Index
    weight: Index

    def __len__(self) -> int:
        return len(self.first)


def nobody_met() -> Met:
    """An empty history."""
    return Met(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32))


def no_pairs() -> Index:
    """An empty list of pairs, shape (0, 2)."""
    return np.zeros((0, 2), np.int32)


def no_languages() -> NDArray[np.bool_]:
    """No language counts."""
    return np.zeros((0, 0), np.bool_)


@dataclass(frozen=True)
class RoundsInstance:
    """Who is to meet in groups, over R rounds. n people, organizations numbered from 0.

    organization (n,): organization numbers. attendance (n, R): who comes to which round.
    size: wished; least, most: sizes allowed where people do not divide (see `sizes.group_sizes`).
    met: pairs who met before, with what a further meeting costs. repeat_weight: what the second meeting of
    two people in these rounds costs; the third costs twice that, and so on.
    apart (k, 2): people who must never meet. competitors (k, 2): organizations whose people must never meet.
    most_of_one: so many people of one organization in a group at most; None for any number.
    language_ids, speaks (n, languages): a group needs a language that all of it speak; none: no such rule.
    held: the first rounds, which took place already and stay as they were, whatever rules say now.
    together: (round, i, j): the two share a group of that open round, or neither has one there.
    before: groups of the first open rounds in a plan before, worth keeping; frozen: those that can go on do.
    """

    person_ids: Sequence[str]
    organization_ids: Sequence[str]
    organization: Index
    attendance: NDArray[np.bool_]
    size: int
    least: int
    most: int
    met: Met = field(default_factory=nobody_met)
    apart: Index = field(default_factory=no_pairs)
    competitors: Index = field(default_factory=no_pairs)
    most_of_one: int | None = None
    language_ids: Sequence[str] = ()
    speaks: NDArray[np.bool_] = field(default_factory=no_languages)
    repeat_weight: int = 1
    held: tuple[Round, ...] = ()
    together: tuple[tuple[int, int, int], ...] = ()
    before: tuple[Round, ...] = ()
    frozen: bool = False

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.person_ids)

    @property
    def n_rounds(self) -> int:
        """Number of rounds, those held included."""
        return int(self.attendance.shape[1])

    @property
    def open_rounds(self) -> range:
        """The rounds still to be formed."""
        return range(len(self.held), self.n_rounds)

    def sizes(self, attending: int) -> tuple[int, ...]:
        """Sizes of the groups of a round to which so many come (`sizes.group_sizes`)."""
        return group_sizes(attending, self.size, self.least, self.most)

    @cached_property
    def rests(self) -> tuple[tuple[tuple[Group, str], ...], ...]:
        """By open round: of each group before, who of it still comes, and why they cannot go on; empty where
        they can. Reasons: "too_few" (fewer than two, or of `frozen` groups than a group needs), "rules" (or
        the size), and "pinned": a pin joins one of them with somebody else."""
        return tuple(self._rests_of(number) for number in self.open_rounds)

    def _rests_of(self, number: int) -> tuple[tuple[Group, str], ...]:
        at = number - len(self.held)
        joined = [{i, j} for r, i, j in self.together if r == number]
        out = []
        for group in self.before[at] if at < len(self.before) else ():
            rest = tuple(i for i in group if self.attendance[i, number])
            reason = ""
            if len(rest) < (self.least if self.frozen else 2):
                reason = "too_few"
            elif not self.allows(rest):
                reason = "rules"
            elif any(len(pin & set(rest)) == 1 for pin in joined):
                reason = "pinned"
            out.append((rest, reason))
        return tuple(out)

    def __post_init__(self) -> None:
        n, k = self.n_people, len(self.organization_ids)
        self._check("people", n <= MAX_PEOPLE, f"has {n} people; {MAX_PEOPLE} is the most")
        self._check("people", len(set(self.person_ids)) == n, "names somebody twice")
        self._check("attendance", self.attendance.ndim == 2, "needs a column per round")
        self._check("attendance", len(self.attendance) == n, f"needs {n} rows")
        self._check("rounds", 1 <= self.n_rounds <= MAX_ROUNDS, f"must lie in 1..{MAX_ROUNDS}")
        ordered = 2 <= self.least <= self.size <= self.most <= MAX_SIZE + 1
        self._check("size", ordered, f"needs 2 <= least <= size <= most <= {MAX_SIZE + 1}")
        self._within("organization", self.organization, (n,), k)
        one, other, weight = self.met.first, self.met.second, self.met.weight
        self._check("met", len(one) == len(other) == len(weight), "has ragged columns")
        self._pairs("met", np.stack([one, other], axis=1), n)
        if len(weight):
            inside = weight.min() >= 1 and weight.max() <= MAX_WEIGHT
            self._check("met", bool(inside), f"has weights outside 1..{MAX_WEIGHT}")
        self._pairs("apart", self.apart, n)
        self._pairs("competitors", self.competitors, k)
        shape = (n, len(self.language_ids)) if len(self.language_ids) else (0, 0)
        self._check("speaks", self.speaks.shape == shape, f"has the shape {self.speaks.shape}, needs {shape}")
        self._check("repeat_weight", 1 <= self.repeat_weight <= MAX_WEIGHT, f"must lie in 1..{MAX_WEIGHT}")
        self._check("most_of_one", self.most_of_one is None or self.most_of_one >= 1, "must be at least 1")
        self._rounds("held", self.held, 0)
        self._rounds("before", self.before, len(self.held))
        for number, i, j in self.together:
            self._check("together", number in self.open_rounds, f"names {number + 1}, which is no open round")
            self._check("together", 0 <= i < n and 0 <= j < n, "names people who do not exist")
            self._check("together", i != j, "names a pair of one and the same")
            told = (
                f"joins {self.person_ids[i]} and {self.person_ids[j]} in round {number + 1}, and one of them"
            )
            self._check("together", bool(self.attendance[[i, j], number].all()), f"{told} does not come")
        for number in {number for number, _, _ in self.together}:
            for group in self.joined(number):
                names = ", ".join(self.person_ids[i] for i in group)
                self._check("together", self.allows(group), f"joins {names}, whom a rule or the size parts")

    def joined(self, number: int) -> tuple[Group, ...]:
        """Who must share a group of a round, as the pins say: two or more people each."""
        members: dict[int, set[int]] = {}
        for at, i, j in self.together:
            if at == number:
                both = members.get(i, {i}) | members.get(j, {j})
                members |= dict.fromkeys(both, both)
        return tuple(sorted({tuple(sorted(one)) for one in members.values()}))

    def allows(self, group: Sequence[int]) -> bool:
        """Whether no rule stands against these people in one group, or in a larger one."""
        home = [int(self.organization[i]) for i in group]
        for (i, a), (j, b) in combinations(zip(group, home, strict=True), 2):
            if frozenset((i, j)) in self._apart or frozenset((a, b)) in self._rivals:
                return False
        share = max((home.count(one) for one in home), default=0)
        if share > (self.most_of_one or len(group)) or not self.understands(group):
            return False
        return len(group) <= self.most

    def understands(self, group: Sequence[int]) -> bool:
        """Whether these people have a language in common, where that is a rule."""
        return not len(self.language_ids) or bool(self.speaks[list(group)].all(axis=0).any())

    @cached_property
    def tongues(self) -> NDArray[np.uint64]:
        """Languages as bits, shape (n, words), for counting what groups have in common; no words where every
        group has a language. A language whose speakers all speak another one is needless."""
        n, speaks = self.n_people, self.speaks
        if not len(self.language_ids) or speaks.all(axis=0).any():
            return np.zeros((n, 0), np.uint64)
        kept: list[NDArray[np.bool_]] = []
        for column in sorted(speaks.T, key=lambda one: -int(one.sum())):
            if not any((column <= other).all() for other in kept):
                kept.append(column)
        words = np.zeros((n, -(-len(kept) // 64)), np.uint64)
        for k, column in enumerate(kept):
            words[:, k // 64] |= column.astype(np.uint64) << np.uint64(k % 64)
        return words

    @cached_property
    def _apart(self) -> set[frozenset[int]]:
        return {frozenset(pair) for pair in self.apart.tolist()}

    @cached_property
    def _rivals(self) -> set[frozenset[int]]:
        return {frozenset(pair) for pair in self.competitors.tolist()}

    def _rounds(self, name: str, rounds: Sequence[Round], first: int) -> None:
        self._check(name, first + len(rounds) <= self.n_rounds, "has more rounds than there are")
        for number, groups in enumerate(rounds, first + 1):
            seated = [i for group in groups for i in group]
            known = all(0 <= i < self.n_people for i in seated)
            self._check(name, known, f"names people who do not exist in round {number}")
            self._check(name, len(set(seated)) == len(seated), f"seats somebody twice in round {number}")

    def _within(self, name: str, array: Index, shape: tuple[int, ...], beyond: int) -> None:
        self._check(name, array.shape == shape, f"has the shape {array.shape}, needs {shape}")
        if array.size:
            self._check(name, array.min() >= 0 and array.max() < beyond, f"must lie in 0..{beyond - 1}")

    def _pairs(self, name: str, pairs: Index, beyond: int) -> None:
        self._within(name, pairs, (len(pairs), 2), beyond)
        self._check(name, not (pairs[:, 0] == pairs[:, 1]).any(), "names a pair of one and the same")
        keys = pairs.min(axis=1).astype(np.int64) * beyond + pairs.max(axis=1)
        self._check(name, len(np.unique(keys)) == len(keys), "names a pair twice")

    @staticmethod
    def _check(name: str, holds: bool, message: str) -> None:
        if not holds:
            raise InstanceError(name, message)

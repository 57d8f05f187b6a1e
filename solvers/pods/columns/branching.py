"""What is best among listed groups: branch and bound, every node a linear program over what is left of them.

A node is bounded as the root is, by prices made whole, over its own groups alone; groups that no answer above
the value can hold there are gone below it. Some decisions are tried on the linear program, and the one is
taken that lowers both sides most (Achterberg, Koch and Martin 2005). Down the better child first, then the
open node with the highest bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count

import numpy as np
from numpy.typing import NDArray

from solvers.engine import GrowingProgram
from solvers.limits import Limits
from solvers.pods.columns.bound_kernel import NEVER
from solvers.pods.columns.bounding import SCALE, Bounded
from solvers.pods.columns.cuts import Cuts
from solvers.pods.columns.decisions import Decision, Told, kept_by, torn_between
from solvers.pods.columns.listing import Listing, total_of
from solvers.pods.columns.master import Duals, Rows, entries_of, first_entries
from solvers.pods.columns.pricing import Group
from solvers.pods.columns.units import IntArray
from solvers.pods.instance import Flags
from solvers.pods.solution import PodPrices

AT_ONCE = 12
"""Groups of a pod that enter the linear program after one pricing, at most."""

KNOWN = 100
"""Groups of a pod that it begins with, at most."""

CUTS_AT_ROOT, CUTS_AT_NODE = 12, 2
"""Rounds of cuts, at most."""

_WHOLE = 1e-6


@dataclass(frozen=True)
class Node:
    """bound: in units of 1 / SCALE. alive: numbers of the groups that are left. told: the decisions so
    far."""

    bound: int
    alive: NDArray[np.int32]
    told: tuple[Told, ...]


class Tree:
    """The search for the best choice among the groups of a listing.

    clean: whether groups make an answer that keeps every rule; what ties pods together but is no row of the
    linear program may be broken. gap: the listing holds every group of answers that fall short of the bound
    `found` by so much at most, in units of 1 / SCALE. known: the best value so far, in the tier's unit;
    groups: those of the best answer found here, if any."""

    def __init__(
        self,
        rows: Rows,
        listing: Listing,
        found: Bounded,
        gap: int,
        value: int,
        clean: Callable[[list[Group]], bool],
    ) -> None:
        self.rows, self.listing, self.gap, self._clean = rows, listing, gap, clean
        self.known = value
        self.groups: list[Group] = []
        self.nodes = 0
        instance = rows.instance
        self.forced = np.where(_must_run(rows), listing.alike, 0)
        least, most = rows.limits()
        least[rows.n_prices :], most[rows.n_prices :] = self.forced, listing.alike
        self._least, self._n_rows = least, len(least)
        self.cuts = Cuts(instance.room == 1)
        self._program = GrowingProgram(least, most)
        self._column = np.full(len(listing), -1, np.int64)
        """Group to column of the program."""
        self._order: list[int] = []
        self._allowed: list[bool] = []
        self._required: set[int] = set()
        self._first = 0
        for column in first_entries(rows):
            self._program.add(column.worth, column.rows, column.coefficients, 1)
            self._first += 1
        high = 2 * abs(found.bound) + 1000
        fixed = instance.n_members + len(rows.hours) + len(rows.first)
        # So that there is an optimum always.
        for at in (*range(instance.n_members), *range(fixed, len(least))):
            self._program.add(-high, [at], [-1 if fixed <= at < rows.n_prices else 1])
            self._first += 1
        self._tie = count()
        self.limits = Limits()
        self._open: list[tuple[int, int, Node]] = []
        root = Node(found.total, np.arange(len(listing), dtype=np.int32), ())
        self._next: Node | None = root
        # Answers with other groups are worth no more; where they cannot be better than this, nor is it worth
        # looking for less.
        self._top = found.bound
        self._outside = found.total - gap - 1
        self._stuck = self._outside
        self._add(listing, root, listing.worths(found.prices) - found.prices.pod[listing.pod], KNOWN, NEVER)

    def close(self) -> None:
        """Give the solver's memory back."""
        self._program.close()

    @property
    def bound(self) -> int:
        """What no answer is worth more than."""
        tops = [self._stuck, *(-top for top, _, _ in self._open[:1])]
        if self._next is not None:
            tops.append(self._next.bound)
        return max(self.known, max(tops) // SCALE)

    @property
    def done(self) -> bool:
        """Whether nothing is left to search."""
        return self._next is None and not self._open

    def run(self, value: int, limits: Limits, seconds: float) -> None:
        """Go on until nothing is left, the time is over, or so many seconds after a node's end; value: of the
        best answer known elsewhere."""
        end = limits.elapsed + seconds
        self.known, self.limits = max(self.known, value), limits
        while not self.done and not limits.over and limits.elapsed < end:
            node = self._next = self._next or heappop(self._open)[2]
            if node.bound < self._enough:
                self._next = None
                continue
            children = self._expand(node)
            if children is None:
                return
            self._next = None
            for child in children[1:]:
                heappush(self._open, (-child.bound, next(self._tie), child))
            if children:
                self._next = children[0]
            self.nodes += 1
            limits.tell(
                "columns",
                tier=self.rows.tier,
                value=self.known,
                bound=self.bound,
                detail=f"{self.nodes} nodes, {len(self._open)} open",
            )

    @property
    def partial(self) -> bool:
        """Whether an answer with other groups could be better."""
        return self._outside >= SCALE * (self.known + 1)

    @property
    def _enough(self) -> int:
        """A bound below this holds no better answer, or none that would lower the bound."""
        least = SCALE * (self.known + 1)
        return least if self._outside // SCALE >= self._top else max(least, self._outside)

    def _expand(self, node: Node) -> list[Node] | None:
        """The children of a node, the more promising one first; None where the time is over."""
        chosen = np.zeros(len(self.listing), bool)
        chosen[node.alive] = True
        here, forced = self.listing.of(chosen), self._forced(node)
        self._enter(node, chosen)
        total, short, values = node.bound, np.zeros(len(here), np.int64), np.zeros(0)
        rounds = CUTS_AT_ROOT if not node.told else CUTS_AT_NODE
        while True:
            relaxed = self._program.solve(self.limits)
            if relaxed is None:
                return None
            values = relaxed.values
            prices = self._prices(relaxed.row_prices[: self.rows.n_prices], node)
            cuts = np.maximum(0, np.rint(relaxed.row_prices[self._n_rows :] * SCALE)).astype(np.int64)
            worths = here.worths(prices) - self.cuts.paid(here, cuts)
            best = here.best(worths)
            bound = total_of(here, prices, best, forced) + int(cuts.sum())
            if bound <= total:
                total, short = bound, best[here.pod] - worths
            if total < self._enough:
                return []
            floor = relaxed.row_prices[self.rows.n_prices : self._n_rows] * SCALE
            if self._add(here, node, worths - floor[here.pod].astype(np.int64)):
                continue
            if not rounds or not self._cut(values):
                break
            rounds -= 1
        # What falls short by more than that is in no better answer below this node.
        alive = node.alive[short <= total - self._enough]
        parts = values[self._first :]
        taken = np.flatnonzero(parts > _WHOLE)
        numbers, whole = self._whole(taken, parts[taken])
        whole = whole and values[self._excuses].max(initial=0.0) < _WHOLE
        if whole and self._keep(numbers) and total < self._enough:
            return []
        below = replace(node, bound=total, alive=alive)
        return self._branch(below, np.array(self._order, np.int64)[taken], parts[taken])

    @property
    def _excuses(self) -> slice:
        return slice(len(self.rows.first), self._first)

    def _forced(self, node: Node) -> IntArray:
        forced = self.forced.copy()
        for decision, runs in node.told:
            if runs and decision.needs and decision.member < 0:
                forced[decision.pod] = max(1, forced[decision.pod])
        return forced

    def _enter(self, node: Node, chosen: Flags) -> None:
        """Set the program to a node."""
        allowed = chosen[self._order].tolist()
        for at, (old, new) in enumerate(zip(self._allowed, allowed, strict=True)):
            if old != new:
                self._program.allow(self._first + at, new)
        self._allowed = allowed
        self._require({self._row(one.decision) for one in node.told if one.runs and one.decision.needs})

    def _require(self, rows: set[int]) -> None:
        for row in self._required - rows:
            self._program.require(row, int(self._least[row]))
        for row in rows - self._required:
            self._program.require(row, max(1, int(self._least[row])))
        self._required = rows

    def _row(self, decision: Decision) -> int:
        return decision.member if decision.member >= 0 else self.rows.n_prices + decision.pod

    def _prices(self, duals: Duals, node: Node) -> PodPrices:
        """Whole prices; those of members who have to be placed may be below 0."""
        prices = self.rows.prices(duals, SCALE)
        member = prices.member.copy()
        for decision, runs in node.told:
            if runs and decision.needs and decision.member >= 0:
                member[decision.member] = round(float(duals[decision.member]) * SCALE)
        return replace(prices, member=member)

    def _add(
        self, here: Listing, node: Node, gain: IntArray, most: int = AT_ONCE, floor: int = SCALE // 100
    ) -> int:
        """Let the groups that gain most into the program, so many of a pod; returns how many they are."""
        fresh = np.flatnonzero((gain > floor) & (self._column[node.alive] < 0))
        if not len(fresh):
            return 0
        order = fresh[np.lexsort((-gain[fresh], here.pod[fresh]))]
        rank = np.arange(len(order)) - np.searchsorted(here.pod[order], here.pod[order])
        picked = np.zeros(len(here), bool)
        picked[order[rank < most]] = True
        for g, column in zip(
            node.alive[picked].tolist(),
            entries_of(self.rows, here.of(picked), range(int(picked.sum()))),
            strict=True,
        ):
            self._column[g] = self._first + len(self._order)
            self._order.append(g)
            self._allowed.append(True)
            cuts = [self._n_rows + k for k in self.cuts.of(self.listing.group(g).members)]
            self._program.add(column.worth, [*column.rows, *cuts], [*column.coefficients, *(1 for _ in cuts)])
        return int(picked.sum())

    def _cut(self, values: NDArray[np.float64]) -> int:
        """Let cuts into the program that its optimum breaks; how many."""
        taken = np.flatnonzero(values[self._first :] > _WHOLE)
        chosen = np.zeros(len(self.listing), bool)
        numbers = np.array(self._order, np.int64)[taken]
        chosen[numbers] = True
        # The listing has its groups in rising order.
        new = self.cuts.add(self.listing.of(chosen), values[self._first + taken[np.argsort(numbers)]])
        first = len(self.cuts) - new
        columns: list[list[int]] = [[] for _ in range(new)]
        for at, g in enumerate(self._order if new else ()):
            for k in self.cuts.of(self.listing.group(g).members, first):
                columns[k - first].append(self._first + at)
        for row in columns:
            self._program.add_row(row, [1] * len(row), 1)
        return new

    def _whole(self, taken: IntArray, parts: NDArray[np.float64]) -> tuple[list[int], bool]:
        """The groups of the linear program's optimum, one time each where it halves the same members over
        several, and whether it takes them whole."""
        first: dict[tuple[int, tuple[int, ...]], int] = {}
        shares: dict[int, float] = {}
        for g, part in zip(np.array(self._order, np.int64)[taken].tolist(), parts.tolist(), strict=True):
            group = self.listing.group(g)
            number = first.setdefault((group.pod, group.members), g)
            shares[number] = shares.get(number, 0.0) + part
        return list(shares), all(share > 1 - _WHOLE for share in shares.values())

    def _keep(self, numbers: list[int]) -> bool:
        """Take in groups that go together; whether they are an answer."""
        worth = self._worth(numbers)
        groups = self.listing.apart(numbers)
        if not self._clean(groups):
            return False
        if worth > self.known:
            self.known, self.groups = worth, groups
        return True

    def _worth(self, numbers: list[int]) -> int:
        picked = np.zeros(len(self.listing), bool)
        picked[numbers] = True
        columns = first_entries(self.rows)
        part = self.listing.of(picked)
        worth = int(part.worths(self.rows.free(self.rows.tier)).sum())
        placed = set(part.member.tolist())
        return worth + sum(
            column.worth for i, column in zip(self.rows.first, columns, strict=True) if i in placed
        )

    def _branch(self, node: Node, groups: IntArray, parts: NDArray[np.float64]) -> list[Node]:
        """Both children by the decision that lowers their linear programs most."""
        best: tuple[float, list[tuple[float, Node]]] | None = None
        chosen = np.zeros(len(self.listing), bool)
        chosen[node.alive] = True
        here = self.listing.of(chosen)
        for decision in torn_between(self.listing, len(node.told), groups, parts):
            children = [self._child(node, here, Told(decision, runs)) for runs in (True, False)]
            tried = [(self._trial(child), child) for child in children]
            falls = [max(1.0, node.bound / SCALE - relaxed) for relaxed, _ in tried]
            score = falls[0] * falls[1]
            if best is None or score > best[0]:
                best = score, tried
            if self.limits.over:
                break
        if best is None:
            self._stuck = max(self._stuck, node.bound)
            return []
        return [child for _, child in sorted(best[1], key=lambda one: -one[0])]

    def _child(self, node: Node, here: Listing, told: Told) -> Node:
        return replace(node, alive=node.alive[kept_by(here, told)], told=(*node.told, told))

    def _trial(self, child: Node) -> float:
        """The linear program of a child over the groups in the program."""
        chosen = np.zeros(len(self.listing), bool)
        chosen[child.alive] = True
        self._enter(child, chosen)
        relaxed = self._program.solve(self.limits)
        return float(child.bound) / SCALE if relaxed is None else relaxed.value


def _must_run(rows: Rows) -> Flags:
    """Pods that run in every answer (P,)."""
    least, _ = rows.limits()
    flags: Flags = least[rows.n_prices :] > 0
    return flags

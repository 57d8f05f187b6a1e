"""Why a learner is left out, as a cut: these learners share these places, and nothing leads out of the set.

From a learner who wants one guide more, follow every way to make room for them: any eligible guide; from a
guide, the learners who could go elsewhere, and a free place; through organizations and quotas as far as
their limits let. Places of learners are never given back, but for those of later layers (a second guide
gives way to a first). If no way leads back to where the learner's own place would come from, the nodes
reached form a cut: what leaves it is full, and counting alone shows that its learners cannot all be served.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.pairs.edges import Index, IntArray, PriceView
from solvers.pairs.explain.arcs import layers
from solvers.pairs.explain.state import State

BY_ROW = 24
"""So many learners at most are looked up row by row; more by one sweep."""
MOST = 128
"""Guides let in per learner and sweep."""
SHORT = 64
"""Rows with fewer guides are fetched together beforehand; whoever has more is looked for by sweeps."""


@dataclass(frozen=True)
class LimitAt:
    """A limit that is an arc: kind "organization", "group" or "quota", name and number of it.

    `at_most`: it is reached from below (received, or a quota), else from above (given). `value` is the limit.
    """

    kind: str
    name: str
    number: int
    arc: int
    at_most: bool
    value: int


@dataclass(frozen=True)
class Cut:
    """learners want `wanted` guides together (each up to the layer at stake), `places` are all there are.

    guides: those whose full places close the cut. limits: other full arcs that close it. layer: 1 for first
    guides. places < wanted is checked by counting the arcs across the cut.
    """

    learners: Index
    guides: Index
    limits: tuple[LimitAt, ...]
    wanted: int
    places: int
    layer: int


class Cutter:
    """Finds cuts of one state, keeping what a search needs between calls."""

    def __init__(self, state: State) -> None:
        self.state, net = state, state.network
        self.layer = layers(net)
        self.load = np.bincount(state.relaxed.learner, minlength=state.n)
        self.learners_of = _grouped(state, by_guide=True)
        self.guides_of = _grouped(state, by_guide=False)
        pairs = state.relaxed
        held = pairs.learner.astype(np.int64) * state.instance.n_guides + pairs.guide
        self.rows: dict[int, Index] = {}
        self.held = np.append(np.sort(held), np.iinfo(np.int64).max)

    def cut(self, learner: int) -> Cut | None:
        """The cut of a learner who wants one guide more; None if the flow itself could place them.

        (Then it is a rule outside the flow, or an unfinished run, that leaves the learner out.)
        """
        state = self.state
        want = int(self.load[learner]) + 1
        if want > int(state.instance.need[learner]):
            return None
        reached = self._reach(learner, want)
        return None if reached is None else self._read(reached[0], learner, want)

    def cuts(self, learners: Iterable[int]) -> dict[int, Cut | None]:
        """Cuts of many learners at once; give those with few eligible guides first.

        A set found serves everybody whose eligible guides all lie in it, and a later search that meets a
        set takes it in whole: sets are closed, but not always the smallest ones.
        """
        asked = list(learners)
        short = [i for i in asked if self.load[i] < self.state.instance.need[i]]
        self._fetch(short)
        books: dict[int, _Book] = {}
        found: dict[int, tuple[_Book, int] | None] = {}
        for position, learner in enumerate(short):
            if learner in found:
                continue
            want = int(self.load[learner]) + 1
            book = books.setdefault(want, _Book(self.state.network.n_nodes))
            goal = int(self.state.network.place_parent[learner])
            number = -1
            if learner in self.rows:
                none = np.zeros(len(book.owner), bool)
                number = book.holding(self._guides(np.array([learner]), none), goal)
            if number < 0:
                reached = self._reach(learner, want, book)
                if reached is None:
                    found[learner] = None
                    continue
                number = book.enter(*reached)
                others = [i for i in short[position + 1 :] if i not in found and self.load[i] + 1 == want]
                for other in self._inside(book.masks[number], others):
                    book.masks[number][other] = True
                    found[other] = book, number
            book.masks[number][learner] = True
            found[learner] = book, number
        cuts: dict[tuple[int, int, int], Cut | None] = {}
        told: dict[int, Cut | None] = {}
        for book in books.values():
            book.close()
        for learner in asked:
            held = found.get(learner)
            if held is None:
                told[learner] = None
                continue
            mask = held[0].masks[held[1]]
            want = int(self.load[learner]) + 1
            # Where all are reached but those below a limit, the limits told are those above the learner.
            source = int(self.state.network.place_parent[learner]) if mask[self.state.network.hub] else -1
            if (want, held[1], source) not in cuts:
                cuts[want, held[1], source] = self._read(mask, learner, want)
            told[learner] = cuts[want, held[1], source]
        return told

    def _reach(
        self, learner: int, want: int, book: _Book | None = None
    ) -> tuple[NDArray[np.bool_], set[int]] | None:
        """Nodes that can be reached, and the sets of the book taken in whole on the way.

        None if the way leads back to the source of the learner's place.
        """
        state, net, flow = self.state, self.state.network, self.state.flow
        n, hub = state.n, net.hub
        goal = int(net.place_parent[learner])
        seen = np.zeros(net.n_nodes, bool)
        seen[learner] = True
        taken: set[int] = set()
        wave = np.array([learner], np.int64)
        while len(wave):
            guides = wave[(wave >= n) & (wave < hub)] - n
            near, inside = _gather(flow.inc_start, flow.inc_arc, wave)
            carried = flow.flow[near]
            forward = (net.tail[near] == inside) & (carried < net.upper[near])
            keep = (self.layer[near] >= 0) & (self.layer[near] < want)
            backward = (net.head[near] == inside) & (carried > net.lower[near]) & ~keep
            found = (
                self._guides(wave[wave < n], seen),
                _gather(self.learners_of.start, self.learners_of.other, guides)[0],
                net.head[near[forward]],
                net.tail[near[backward]],
            )
            new = np.zeros(net.n_nodes, bool)
            for nodes in found:
                new[nodes] = True
            new &= ~seen
            for number in np.unique(book.owner[new]).tolist() if book is not None else ():
                if book is not None and number >= 0 and not book.masks[number][goal]:
                    taken.add(number)
                    seen |= book.masks[number]
                    new &= ~seen
            wave = np.flatnonzero(new)
            seen[wave] = True
            if seen[goal]:
                return None
        return seen, taken

    def _row(self, learner: int) -> Index:
        """Eligible guides of one learner."""
        if learner not in self.rows:
            row = self.state.instance.edges.row(learner)
            self.rows[learner] = row.guide[row.points >= self.state.least_points]
        return self.rows[learner]

    def _fetch(self, learners: list[int]) -> None:
        """Look up the rows of few learners, or in one sweep those rows of many that are short."""
        state = self.state
        if len(learners) <= BY_ROW:
            for learner in learners:
                self._row(learner)
            return
        n, m = state.n, state.instance.n_guides
        rank = np.full(n, 2, np.int32)
        rank[learners] = 0
        view = PriceView(rank, np.zeros(n, np.int64), np.ones(m, np.int32), np.zeros(m, np.int64))
        pairs = state.instance.edges.violated(view, SHORT, state.least_points)
        start = np.searchsorted(pairs.learner, np.arange(n + 1))
        for learner in learners:
            if start[learner + 1] - start[learner] < SHORT:
                self.rows[learner] = np.sort(pairs.guide[start[learner] : start[learner + 1]])

    def _inside(self, mask: NDArray[np.bool_], learners: list[int]) -> list[int]:
        """Those of the learners with long rows whose eligible guides, beside those they have, all lie in a
        set, and the source of their places does not."""
        state = self.state
        n, m = state.n, state.instance.n_guides
        place = state.network.place_parent
        many = [i for i in learners if i not in self.rows and not mask[place[i]]]
        if len(many) <= 1 or int(mask[n : n + m].sum()) + int(self.load[many].max()) < SHORT:
            return []
        rank = np.full(n, 2, np.int32)
        rank[many] = 0
        outside = np.where(mask[n : n + m], -1, 1).astype(np.int32)
        view = PriceView(rank, np.zeros(n, np.int64), outside, np.zeros(m, np.int64))
        pairs = state.instance.edges.violated(view, 1 + int(self.load[many].max()), state.least_points)
        new = ~self._met(pairs.learner, pairs.guide)
        left = np.zeros(n, bool)
        left[many] = True
        left[pairs.learner[new]] = False
        return [i for i in many if left[i]]

    def _met(self, learners: Index, guides: Index) -> NDArray[np.bool_]:
        """Which of some pairs are pairs of the answer."""
        keys = learners.astype(np.int64) * self.state.instance.n_guides + guides
        at = np.minimum(np.searchsorted(self.held, keys), len(self.held) - 1)
        found: NDArray[np.bool_] = self.held[at] == keys
        return found

    def _guides(self, learners: IntArray, seen: NDArray[np.bool_]) -> IntArray:
        """Nodes of eligible guides, not seen so far, whom some of the learners do not meet yet."""
        state = self.state
        n, m = state.n, state.instance.n_guides
        out: list[IntArray] = [np.zeros(0, np.int64)]
        least = state.least_points
        if len(learners) <= BY_ROW:
            for learner in learners.tolist():
                guides = self._row(learner)
                guides = guides[~seen[n + guides]]
                out.append(n + guides[~np.isin(guides, self.guides_of(learner))].astype(np.int64))
            return np.concatenate(out)
        fresh = ~seen[n : n + m]
        waiting = np.zeros(n, bool)
        waiting[learners] = True
        while True:
            view = PriceView(
                np.where(waiting, 0, 2).astype(np.int32),
                np.full(n, 10**6, np.int64),
                fresh.astype(np.int32),
                np.zeros(m, np.int64),
            )
            edges = state.instance.edges.violated(view, MOST, least)
            new = np.zeros(m, bool)
            new[edges.guide[~self._met(edges.learner, edges.guide)]] = True
            out.append(n + np.flatnonzero(new))
            fresh &= ~new  # guides let in are not shown again, and who had no full list has shown all
            waiting &= np.bincount(edges.learner, minlength=n) >= MOST
            if not waiting.any():
                return np.concatenate(out)

    def _read(self, reached: NDArray[np.bool_], learner: int, want: int) -> Cut | None:
        state, net = self.state, self.state.network
        n, hub = state.n, net.hub
        leaving, entering = reached[net.tail] & ~reached[net.head], ~reached[net.tail] & reached[net.head]
        place = self.layer >= 0
        asked = entering & place & (self.layer < want)
        wanted = int(asked.sum())
        across = np.flatnonzero(leaving)
        places = int(net.upper[across].sum(dtype=np.int64))
        places -= int(net.lower[entering & ~asked].sum(dtype=np.int64))
        pairs = state.relaxed
        out = reached[pairs.learner] & ~reached[n + pairs.guide]
        back = ~reached[pairs.learner] & reached[n + pairs.guide]
        places += int(out.sum()) - int(back.sum())  # pairs that are taken already, and pinned ones of others
        if wanted <= places:
            return None
        guides = np.unique(net.tail[across[(net.tail[across] >= n) & (net.tail[across] < hub)]]) - n
        guides = guides[guides < state.spare]
        learners = np.unique(net.head[asked]).astype(np.int32)
        named = (leaving | entering) & (net.tail >= hub) & (net.head >= hub)
        if reached[
            hub
        ]:  # all are reached but those below a full limit: only limits above the learner's own place
            above = np.zeros(len(net.tail), bool)
            above[self._upwards(int(net.place_parent[learner]))] = True
            named &= above
        limits = tuple(self._limit(int(arc), bool(leaving[arc])) for arc in np.flatnonzero(named))
        return Cut(learners, guides.astype(np.int32), limits, wanted, places, want)

    def _upwards(self, node: int) -> list[int]:
        """The arcs from a named node up to the hub."""
        net, found = self.state.network, []
        while node > net.hub:
            arc = node - net.hub - 1
            found.append(arc)
            node = int(net.tail[arc] if net.head[arc] == node else net.head[arc])
        return found

    def _limit(self, arc: int, at_most: bool) -> LimitAt:
        net = self.state.network
        kind, name = net.node_names[arc + 1].split(":", 1)
        number = -1
        if kind == "group":
            number = int(name)
        elif kind == "organization":
            number = [str(one) for one in self.state.instance.organization_ids].index(name)
        value = int(net.upper[arc] if at_most else net.lower[arc])
        return LimitAt(kind, name, number, arc, at_most, value)


def cut(state: State, learner: int) -> Cut | None:
    """The cut of one learner (see `Cutter.cut`)."""
    return Cutter(state).cut(learner)


class _Book:
    """Closed sets found so far, for one layer: the smallest known one of each node, and what lies in it."""

    def __init__(self, nodes: int) -> None:
        self.owner = np.full(nodes, -1, np.int64)
        self.masks: list[NDArray[np.bool_]] = []
        self.inside: list[set[int]] = []

    def holding(self, nodes: IntArray, goal: int) -> int:
        """The set that holds all these nodes and not the goal; -1 if none is known."""
        owners = np.unique(self.owner[nodes])
        if len(owners) != 1 or owners[0] < 0 or self.masks[int(owners[0])][goal]:
            return -1
        return int(owners[0])

    def enter(self, mask: NDArray[np.bool_], inside: set[int]) -> int:
        """A new set, which holds those `inside`."""
        number = len(self.masks)
        self.masks.append(mask)
        self.inside.append(inside)
        self.owner[mask & (self.owner < 0)] = number
        return number

    def close(self) -> None:
        """Let sets take in who joined the sets inside them later."""
        for mask, inside in zip(self.masks, self.inside, strict=True):
            for number in inside:
                mask |= self.masks[number]


class _Grouped:
    """Of each person, the nodes or numbers of those they are paired with."""

    def __init__(self, own: Index, other: Index, size: int) -> None:
        order = np.argsort(own, kind="stable")
        self.other = other[order].astype(np.int64)
        self.start = np.zeros(size + 1, np.int64)
        np.cumsum(np.bincount(own, minlength=size), out=self.start[1:])

    def __call__(self, person: int) -> IntArray:
        found: IntArray = self.other[self.start[person] : self.start[person + 1]]
        return found


def _gather(start: IntArray, values: IntArray | Index, rows: IntArray) -> tuple[IntArray, IntArray]:
    """The values of some rows end to end, and the row of each."""
    counts = start[rows + 1] - start[rows]
    before = np.cumsum(counts) - counts
    at = np.arange(int(counts.sum())) + np.repeat(start[rows] - before, counts)
    return values[at].astype(np.int64), np.repeat(rows, counts)


def _grouped(state: State, *, by_guide: bool) -> _Grouped:
    """Pairs by guide (those that are not pinned), or by learner (all)."""
    listed = state.flow.listed
    if by_guide:
        at = np.flatnonzero((listed.flow == 1) & (listed.fixed == 0))
        return _Grouped(listed.guide[at], listed.owner[at], state.wide.n_guides)
    at = np.flatnonzero(listed.flow)
    return _Grouped(listed.owner[at], listed.guide[at], state.n)

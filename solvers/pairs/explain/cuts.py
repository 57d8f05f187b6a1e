"""Why a learner is left out, as a cut: these learners share these places, and nothing leads out of the set.

From a learner who wants one guide more, follow every way to make room for them: any eligible guide; from a guide,
the learners who could go elsewhere, and a free place; through organizations and quotas as far as their limits
let. Places of learners are never given back, but for those of later layers (a second guide gives way to a first).
If no way leads back to where the learner's own place would come from, the nodes reached form a cut: what leaves
it is full, and counting alone shows that its learners cannot all be served.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.pairs.edges import Index, IntArray, PriceView
from solvers.pairs.explain.state import State, layers

BY_ROW = 24
"""So many learners at most are looked up row by row; more by one sweep."""
MOST = 128
"""Guides let in per learner and sweep."""


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

    def cut(self, learner: int) -> Cut | None:
        """The cut of a learner who wants one guide more; None if the flow itself could place them.

        (Then it is a rule outside the flow, or an unfinished run, that leaves the learner out.)
        """
        state = self.state
        want = int(self.load[learner]) + 1
        if want > int(state.instance.need[learner]):
            return None
        reached = self._reach(learner, want)
        return None if reached is None else self._read(reached, learner, want)

    def cuts(self, learners: Iterable[int]) -> dict[int, Cut | None]:
        """Cuts of several learners; those first met with few eligible guides come first, and a set found serves
        every member of it who misses a guide of the same layer."""
        found: dict[int, Cut | None] = {}
        wanting = set(learners)
        for learner in learners:
            if learner in found:
                continue
            one = found[learner] = self.cut(learner)
            for other in one.learners.tolist() if one is not None else ():
                if (
                    other in wanting
                    and other not in found
                    and one is not None
                    and self.load[other] == one.layer - 1
                ):
                    found[other] = one
        return found

    def _reach(self, learner: int, want: int) -> NDArray[np.bool_] | None:
        """Nodes that can be reached; None if the way leads back to the source of the learner's place."""
        state, net, flow = self.state, self.state.network, self.state.flow
        n, hub = state.n, net.hub
        goal = int(net.place_parent[learner])
        seen = np.zeros(net.n_nodes, bool)
        seen[learner] = True
        wave = np.array([learner], np.int64)
        start, arcs, carried = flow.inc_start, flow.inc_arc, flow.flow
        while len(wave):
            found = [self._guides(wave[wave < n], seen)]
            for node in wave[(wave >= n) & (wave < hub)].tolist():
                found.append(self.learners_of(node - n))
            near = np.concatenate([arcs[start[x] : start[x + 1]] for x in wave.tolist()]).astype(np.int64)
            inside = np.repeat(wave, start[wave + 1] - start[wave])
            forward = (net.tail[near] == inside) & (carried[near] < net.upper[near])
            keep = (self.layer[near] >= 0) & (self.layer[near] < want)
            backward = (net.head[near] == inside) & (carried[near] > net.lower[near]) & ~keep
            found += [net.head[near[forward]].astype(np.int64), net.tail[near[backward]].astype(np.int64)]
            new = np.unique(np.concatenate(found))
            wave = new[~seen[new]]
            seen[wave] = True
            if seen[goal]:
                return None
        return seen

    def _guides(self, learners: IntArray, seen: NDArray[np.bool_]) -> IntArray:
        """Nodes of eligible guides, not seen so far, whom some of the learners do not meet yet."""
        state = self.state
        n, m = state.n, state.instance.n_guides
        out: list[IntArray] = [np.zeros(0, np.int64)]
        least = state.least_points
        if len(learners) <= BY_ROW:
            for learner in learners.tolist():
                row = state.instance.edges.row(learner)
                guides = row.guide[(row.points >= least) & ~seen[n + row.guide]]
                out.append(n + guides[~np.isin(guides, self.guides_of(learner))].astype(np.int64))
            return np.concatenate(out)
        have = {int(i): set(self.guides_of(int(i)).tolist()) for i in learners}
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
            if not len(edges):
                return np.concatenate(out)
            free = np.array(
                [j not in have[i] for i, j in zip(edges.learner.tolist(), edges.guide.tolist(), strict=True)],
                bool,
            )
            new = np.unique(edges.guide[free])
            out.append(n + new.astype(np.int64))
            fresh[new] = False  # guides let in are not shown again, and who had no full list has shown all
            waiting &= np.bincount(edges.learner, minlength=n) >= MOST

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


def _grouped(state: State, *, by_guide: bool) -> _Grouped:
    """Pairs by guide (those that are not pinned), or by learner (all)."""
    listed = state.flow.listed
    if by_guide:
        at = np.flatnonzero((listed.flow == 1) & (listed.fixed == 0))
        return _Grouped(listed.guide[at], listed.owner[at], state.wide.n_guides)
    at = np.flatnonzero(listed.flow)
    return _Grouped(listed.owner[at], listed.guide[at], state.n)

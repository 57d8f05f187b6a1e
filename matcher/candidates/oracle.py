"""The `EdgeOracle` of `solvers.pairs` on packed arrays: all eligible pairs of a network, never listed.

Work is cut into chunks of learners, which threads share; the answer does not depend on their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from matcher.candidates.kernel_block import CHUNK, Block, fill_block, fill_hours
from matcher.candidates.kernel_list import Paper, list_pairs
from matcher.candidates.kernel_pair import evaluate
from matcher.candidates.kernel_search import Heaps, Target, count, search, sort_heaps
from matcher.candidates.pack import N_PARTS, Array, Pack, records
from solvers.pairs.edges import NOT_ELIGIBLE, Edges, Index, PriceView

BLOCK_BYTES = 48_000_000
"""What the arrays of one block of guides may take; it sets how many guides a block has."""

MOST_BLOCK = 65_536

_DAY = 48  # slots

CHUNK_PAIRS = 1_000_000
"""Pairs that one call of `list_pairs` has room for."""


class PackedOracle:
    """Eligible pairs of `pack`; see `solvers.pairs.edges.EdgeOracle` for each method."""

    def __init__(self, pack: Pack, workers: int = 2, block_guides: int | None = None) -> None:
        self.pack = pack
        self._workers = max(1, workers)
        # Learners of one kind of row side by side read the same line of the table of common slots.
        kind = pack.row["kind"]
        self._who = np.lexsort((pack.learner["seniority"], kind[pack.learner["row"]])).astype(np.int32)
        self._like = (kind[pack.guide["row"]], free_hour(pack)[pack.guide["row"]])
        kinds = np.unique(pack.row["kind"][pack.learner["row"]])
        self._kinds = np.array_split(kinds, min(4 * self._workers, max(1, len(kinds))))
        sought, orgs, languages = len(pack.sought_level), len(pack.org), int(pack.rule["n_languages"][0])
        self._first = (orgs, orgs + 11, orgs + 11 + languages, orgs + 11 + languages + sought)
        fitting = BLOCK_BYTES // ((self._first[3] + len(pack.common)) // 8 + sought + 76)
        self._block_guides = block_guides or min(MOST_BLOCK, max(1024, fitting))
        self._rest = sum(int(most.max(initial=0)) for most in (pack.hours_points, pack.gap["points"]))
        self._rest += int(pack.rule["max_novelty"][0])

    @property
    def n_learners(self) -> int:
        """How many learners there are."""
        return self.pack.n_learners

    @property
    def n_guides(self) -> int:
        """How many guides there are."""
        return self.pack.n_guides

    def evaluate(self, learners: Index, guides: Index) -> tuple[Array, Array]:
        """Masks of the rules against the given pairs (k,), and their parts of points (k, 7)."""
        parts = np.zeros((len(learners), N_PARTS), np.int64)
        return self._evaluate(learners, guides, True, parts)[0], parts

    def masks(self, learners: Index, guides: Index) -> Array:
        """Masks of the rules against the given pairs (k,): bit `rules.BIT[code]`."""
        return self._evaluate(learners, guides, True, None)[0]

    def points(self, learners: Index, guides: Index) -> Index:
        """Points of the given pairs, `NOT_ELIGIBLE` for those that no rule lets meet."""
        return self._evaluate(learners, guides, False, None)[1]

    def _evaluate(
        self, learners: Index, guides: Index, every: bool, parts: Array | None
    ) -> tuple[Array, Index]:
        learners, guides = np.asarray(learners, np.int32), np.asarray(guides, np.int32)
        masks, points = np.zeros(len(learners), np.int32), np.zeros(len(learners), np.int32)

        def part(first: int, last: int) -> None:
            some = slice(first, last)
            scratch = np.zeros((0 if every else 1, N_PARTS), np.int64) if parts is None else parts[some]
            evaluate(self.pack, learners[some], guides[some], masks[some], scratch, points[some], every)

        self._share(part, len(learners), 8192)
        return masks, points

    def violated(self, view: PriceView, most: int, least_points: int = 0) -> Edges:
        """Per learner, ascending, the `most` most violated pairs with at least `least_points`, best first."""
        n, m = self.n_learners, self.n_guides
        most = min(most, m)
        target = Target(
            view.learner_rank.astype(np.int64),
            view.learner_value.astype(np.int64),
            view.guide_rank.astype(np.int64),
            view.guide_price.astype(np.int64),
            int(least_points),
        )
        heaps = Heaps(np.zeros((n, most), np.int32), np.zeros((n, most), np.int16), np.zeros(n, np.int64))
        never_met = np.full(len(self.pack.org), self.pack.rule["max_novelty"][0], np.int64)
        lowest = int(target.learner_rank.min(initial=0))
        blocks = self._blocks(target.guide_rank, target.guide_price, lowest, self._like)
        for number, block in enumerate(blocks):
            rest = self._rest + int(block.at["pulse"].max())

            def part(
                first: int, last: int, block: Block = block, specials: bool = number == 0, rest: int = rest
            ) -> None:
                search(
                    self.pack, block, target, heaps, self._who, first, last, specials, rest, never_met.copy()
                )

            self._share(part, n, 512)
        self._share(lambda first, last: sort_heaps(target, heaps, first, last), n, 4096)
        found = np.arange(most) < heaps.size[:, None]
        learners = np.repeat(np.arange(n, dtype=np.int32), heaps.size)
        return Edges(learners, heaps.guide[found], heaps.points[found].astype(np.int32))

    def count(self, least_points: int = 0) -> int:
        """How many eligible pairs there are with at least `least_points`."""
        totals: list[int] = []
        none = np.zeros(self.n_guides, np.int64)
        for number, block in enumerate(self._blocks(none, none)):
            lost = bool(block.at["lost"].any())

            def part(
                first: int, last: int, block: Block = block, specials: bool = number == 0, lost: bool = lost
            ) -> None:
                totals.append(
                    count(self.pack, block, int(least_points), self._who, first, last, specials, lost)
                )

            self._share(part, self.n_learners, 512)
        return sum(totals)

    def listed(self, most: int) -> Edges | None:
        """Every eligible pair, by learner, then by guide; None for more than `most`, or two blocks."""
        n, m = self.n_learners, self.n_guides
        if m > self._block_guides:
            return None
        none = np.zeros(0, np.int32)
        found = {-1: (none, none, none)}  # learners, guides and points, by the first learner of a chunk

        def total() -> int:
            return sum(len(columns[0]) for columns in list(found.values()))

        for block in self._blocks(np.zeros(m, np.int64), np.zeros(m, np.int64)):

            def part(first: int, last: int, block: Block = block) -> None:
                if total() > most:
                    return
                paper = Paper(
                    guide=np.empty((last - first) * m, np.int32),
                    points=np.empty((last - first) * m, np.int32),
                    found=np.zeros(last - first, np.int64),
                    bits=np.zeros(block.ok.shape[1], np.uint64),
                    special=np.zeros(m, np.int8),
                    novelty=np.full(len(self.pack.org), self.pack.rule["max_novelty"][0], np.int64),
                    parts=np.zeros(N_PARTS, np.int64),
                )
                size = list_pairs(self.pack, block, first, last, paper)
                learners = np.repeat(np.arange(first, last, dtype=np.int32), paper.found)
                found[first] = learners, paper.guide[:size].copy(), paper.points[:size].copy()

            self._share(part, n, max(1, CHUNK_PAIRS // m))
        if total() > most:
            return None
        return Edges(*map(np.concatenate, zip(*(found[first] for first in sorted(found)), strict=True)))

    def row(self, learner: int) -> Edges:
        """Every eligible pair of one learner, by guide number."""
        return self._those(
            np.full(self.n_guides, learner, np.int32), np.arange(self.n_guides, dtype=np.int32)
        )

    def column(self, guide: int) -> Edges:
        """Every eligible pair of one guide, by learner number."""
        return self._those(
            np.arange(self.n_learners, dtype=np.int32), np.full(self.n_learners, guide, np.int32)
        )

    def dense_points(
        self, learners: Index | None = None, at_once: int = 256
    ) -> Iterator[tuple[Index, Index]]:
        """Learner numbers (b,) and their points with every guide (b, m), `NOT_ELIGIBLE` where none.

        Straight over every pair, rule by rule, with no index, table or bound: what an audit goes by.
        """
        chosen = (
            np.arange(self.n_learners, dtype=np.int32) if learners is None else np.asarray(learners, np.int32)
        )
        guides = np.arange(self.n_guides, dtype=np.int32)
        at_once = max(1, min(at_once, 4_000_000 // max(1, self.n_guides)))
        for low in range(0, len(chosen), at_once):
            those = chosen[low : low + at_once]
            points = self.points(np.repeat(those, self.n_guides), np.tile(guides, len(those)))
            yield those, points.reshape(len(those), self.n_guides)

    def _those(self, learners: Index, guides: Index) -> Edges:
        points = self.points(learners, guides)
        kept = points != NOT_ELIGIBLE
        return Edges(learners[kept], guides[kept], points[kept])

    def _share(self, part: Callable[[int, int], None], n: int, chunk: int) -> None:
        """Call `part(first, last)` over 0..n in chunks, by as many threads as there are workers."""
        cuts = [(low, min(low + chunk, n)) for low in range(0, n, chunk)]
        if len(cuts) <= 1 or self._workers == 1:
            for cut in cuts:
                part(*cut)
            return
        with ThreadPoolExecutor(self._workers) as pool:
            list(pool.map(lambda cut: part(*cut), cuts))

    def _blocks(
        self, rank: Array, price: Array, lowest: int = 0, like: tuple[Array, ...] = ()
    ) -> Iterator[Block]:
        """The guides of rank `lowest` or more by falling rank, then rising price, cut into blocks; in each by
        falling rank, then by the columns `like` (the last one first)."""
        pack = self.pack
        order = np.lexsort((price, -rank)).astype(np.int32)[: int((rank >= lowest).sum())]
        place = np.full(self.n_guides, -1, np.int32)
        for low in range(0, len(order), self._block_guides):
            guide = order[low : low + self._block_guides]
            best = int(guide[0])
            guide = guide[np.lexsort((*(column[guide] for column in like), -rank[guide]))]
            n, sought = len(guide), len(pack.sought_level)
            blank = np.zeros(n, np.int32)
            place.fill(-1)
            block = Block(
                at=records(
                    guide=guide, org=blank, seniority=blank, kind=blank, lost=blank, free=blank, pulse=blank
                ),
                rank=rank[guide],
                price=price[guide],
                least_price=np.zeros(-(-n // CHUNK), np.int64),
                best=best,
                place=place,
                net=np.zeros((11, n), np.int32),
                credit=np.zeros((sought, n), np.uint8),
                best_credit=np.zeros(sought, np.int64),
                ok=np.zeros((self._first[3] + len(pack.common), -(-n // 64)), np.uint64),
                first=self._first,
            )
            fill_block(pack, block, len(pack.org))
            least_slots = int(pack.rule["least_slots"][0])

            def part(first: int, last: int, block: Block = block, least_slots: int = least_slots) -> None:
                fill_hours(pack.common, least_slots, block, np.concatenate(self._kinds[first:last]))

            few = n < 4_096  # threads would cost more than they save
            self._share(part, len(self._kinds), len(self._kinds) if few else 1)
            yield block


def free_hour(pack: Pack) -> Array:
    """Per row of slots the hour of the day (0-23, UTC) around which it is free: a circular mean."""
    hour = np.zeros(len(pack.row), np.int32)
    angle = 2 * np.pi * np.arange(_DAY) / _DAY
    for low in range(0, len(hour), 4096):
        bits = np.unpackbits(pack.slots[low : low + 4096].view(np.uint8), axis=1, bitorder="little")
        by_day = bits[:, : bits.shape[1] // _DAY * _DAY].reshape(len(bits), -1, _DAY).sum(axis=1)
        mean = np.arctan2(by_day @ np.sin(angle), by_day @ np.cos(angle))
        hour[low : low + 4096] = np.floor(mean * 24 / (2 * np.pi)) % 24
    return hour

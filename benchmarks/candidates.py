"""Time and memory of packing a drawn network and of each question to the edge oracle.

    python -m benchmarks.candidates [members] [organizations] [seed]

The network comes from `fixtures.generator`; its records go straight into the packer, so that reading JSON is
not part of the figures ("read" is the time to draw and validate them).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from time import perf_counter, process_time

import numpy as np

from fixtures.generator import records
from matcher.candidates.candidates import Candidates, build_candidates
from matcher.candidates.context import Person
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Member
from matcher.domain.network import NetworkHeader
from solvers.pairs.edges import Edges, PriceView
from solvers.result import peak_megabytes


class Clock:
    """Prints how long each step took, by the clock and in processor time, and the memory peak so far."""

    def __init__(self) -> None:
        self.last, self.spent = perf_counter(), process_time()

    def lap(self, name: str, result: object = "") -> None:
        """Print a line for the step that just ended."""
        wall, spent = perf_counter() - self.last, process_time() - self.spent
        print(f"{name:34s} {wall:8.2f} s ({spent:8.2f} s) {peak_megabytes():6d} MB  {result}", flush=True)
        self.last, self.spent = perf_counter(), process_time()


def drawn(members: int, organizations: int, seed: int) -> tuple[NetworkHeader, Iterator[Person]]:
    """The header and the validated people of a drawn network."""
    stream = records(members, organizations, 0, seed)
    header = NetworkHeader.model_validate(next(stream)["header"])
    models: dict[str, type[Person]] = {"member": Member, "ended": EndedPair, "running": RunningPair}

    def people() -> Iterator[Person]:
        for record in stream:
            ((name, values),) = record.items()
            yield models[name].model_validate(values)

    return header, people()


def settled(candidates: Candidates, edges: Edges, rounds: int = 30) -> PriceView:
    """Rough prices from a few rounds of bidding over the listed edges: what a solver asks with half way."""
    n, m = len(candidates.learner_ids), len(candidates.guide_ids)
    price = np.zeros(m, np.int64)
    load = np.zeros(m, np.int64)
    for _ in range(rounds):
        net = edges.points.astype(np.int64) - price[edges.guide]
        best = np.full(n, -1, np.int64)
        np.maximum.at(best, edges.learner, net)
        chosen = np.flatnonzero((net == best[edges.learner]) & (net >= 0))
        _, once = np.unique(edges.learner[chosen], return_index=True)
        load = np.bincount(edges.guide[chosen[once]], minlength=m)
        price = np.maximum(
            0, price + 15 * np.sign(load - candidates.capacity) * (load != candidates.capacity)
        )
    net = edges.points.astype(np.int64) - price[edges.guide]
    value = np.zeros(n, np.int64)
    np.maximum.at(value, edges.learner, net)
    return PriceView(np.zeros(n, np.int32), value, np.zeros(m, np.int32), price)


def main() -> None:
    """Run all steps at the size named on the command line."""
    members, organizations, seed = (
        int(x) for x in (*sys.argv[1:], *("15000", "120", "1")[len(sys.argv) - 1 :])
    )
    clock = Clock()
    header, stream = drawn(members, organizations, seed)
    people = list(stream) if members <= 20_000 else stream
    clock.lap("read" if members <= 20_000 else "header")
    program = header.programs[0]
    policy = header.policies[0].pairs
    candidates = build_candidates(header, people, program, policy, program.kinds[0])
    oracle = candidates.oracle
    n, m = oracle.n_learners, oracle.n_guides
    pack = oracle.pack
    clock.lap(
        "pack" if members <= 20_000 else "read and pack", f"{n} learners x {m} guides, {len(pack.row)} rows"
    )
    clock.lap("count", f"{oracle.count()} eligible pairs")
    edges = oracle.violated(PriceView.flat(n, m), 20)
    clock.lap("violated, flat, 20 a learner", f"{len(edges)} edges")
    view = settled(candidates, edges)
    clock.lap("(rough prices)")
    clock.lap("violated, rough prices, 5", f"{len(oracle.violated(view, 5))} edges")
    view.learner_value[:] += 20
    clock.lap("violated, values 20 higher, 5", f"{len(oracle.violated(view, 5))} edges")
    clock.lap("count of 600 points or more", f"{oracle.count(600)} pairs" if n * m < 2e8 else "left out")
    some = np.arange(0, n, max(1, n // 200), dtype=np.int32)
    seen = sum(int((points >= 0).sum()) for _, points in oracle.dense_points(some))
    clock.lap(f"straight pass, {len(some)} learners", f"{seen} eligible pairs")


if __name__ == "__main__":
    main()

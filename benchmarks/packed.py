"""One large run inside a process: document -> packed arrays -> certified answer, time and memory by phase.

    python -m benchmarks.packed NETWORK [--seconds S] [--questions N] [--flow]

Prints one line of JSON. With `--questions` the answer is then asked what forcing N random pairs would cost.
With `--flow` people in both roles have no common budget of hours and may guide each other: what is left is a
flow.
"""

from __future__ import annotations

import argparse
import json
import statistics
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from matcher.documents.read import open_network
from matcher.planning.pairs.instance import Prepared, prepare
from matcher.planning.pairs.running import Before
from solvers.limits import Limits
from solvers.pairs.edges import Index
from solvers.pairs.explain import State, force
from solvers.pairs.instance import PairsInstance
from solvers.pairs.solution import PairsAnswer
from solvers.pairs.solve import solve
from solvers.result import Effort, peak_megabytes


def main() -> None:
    """Run, and print one line of JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("network", type=Path)
    options.add_argument("--seconds", type=float, default=3600)
    options.add_argument("--questions", type=int, default=0)
    options.add_argument("--flow", action="store_true")
    asked = options.parse_args()
    effort = Effort()
    with effort.phase("read and pack"):
        prepared = prepare(open_network(asked.network), None, None, Before())
    instance = prepared.instance
    assert instance is not None
    if asked.flow:
        instance = replace(instance, budgets=(), both_ways=True)
    began, busy = perf_counter(), process_time()
    answer = solve(instance, Limits(seconds=asked.seconds), prepared.wishes)
    took, busy = perf_counter() - began, process_time() - busy
    row: dict[str, Any] = {
        "learners": instance.n_learners,
        "guides": instance.n_guides,
        "pairs": len(answer.pairs),
        "status": answer.status.value,
        "tiers": [[t.name, t.value, t.bound, t.proven] for t in answer.tiers],
        "seconds": {**rounded(effort.seconds), "solve": round(took, 2), "processor": round(busy, 2)},
        "solve": rounded(answer.effort.seconds),
        "megabytes": {**effort.megabytes, **answer.effort.megabytes, "peak": peak_megabytes()},
        "counts": answer.effort.counts,
    }
    began = perf_counter()
    row["eligible"] = instance.edges.count()
    row["seconds"]["count eligible"] = round(perf_counter() - began, 2)
    if asked.questions:
        row["questions"] = questions(prepared, instance, answer, asked.questions)
    print(json.dumps(row))


def rounded(seconds: dict[str, float]) -> dict[str, float]:
    """Seconds by phase, to the hundredth."""
    return {name: round(value, 2) for name, value in seconds.items()}


def questions(
    prepared: Prepared, instance: PairsInstance, answer: PairsAnswer, number: int
) -> dict[str, Any]:
    """What forcing random eligible pairs that are not in the answer costs: seconds each."""
    began = perf_counter()
    state = State.of(instance, answer)
    loaded = perf_counter() - began
    draw = np.random.default_rng(1)
    chosen = {(int(i), int(j)) for i, j in zip(answer.pairs.learner, answer.pairs.guide, strict=True)}
    seconds: list[float] = []
    while len(seconds) < number:
        learner = int(draw.integers(instance.n_learners))
        row = instance.edges.row(learner)
        others: Index = row.guide[[(learner, int(j)) not in chosen for j in row.guide]]
        if not len(others):
            continue
        began = perf_counter()
        outcome = force(state, learner, int(draw.choice(others)))
        seconds.append(perf_counter() - began)
        assert outcome.exact or not state.proven
    return {
        "load": round(loaded, 3),
        "median": round(statistics.median(seconds), 4),
        "slowest": round(max(seconds), 4),
        "per second": round(1 / statistics.mean(seconds), 1),
    }


if __name__ == "__main__":
    main()

"""Pods of the family in `pods_family`: value, bound and what they cost, seed by seed.

python -m benchmarks.pods 120x18 500x70 --seconds 60 --seeds 5
"""

from __future__ import annotations

import argparse
import statistics
import time

from benchmarks.pods_family import family
from benchmarks.processes import machine
from solvers.limits import Limits, Progress
from solvers.pods.solve import ANNEALED, solve
from solvers.result import peak_megabytes


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=["40x6", "120x18", "500x70"], help="members x pods")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=5, help="of the solver: 1 to this")
    parser.add_argument("--unbounded", action="store_true", help="anneal alone, without bounds")
    parser.add_argument("--curve", action="store_true", help="print value and bound of the points over time")
    asked = parser.parse_args()
    print(machine())
    print("| members x pods | seed | placed | points | bound | status | clock s | processor s | MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for size in asked.sizes:
        members, pods = (int(part) for part in size.split("x"))
        instance = family(members, pods)
        reached: list[int] = []
        for seed in range(1, asked.seeds + 1):
            began, worked = time.perf_counter(), time.process_time()
            curve: list[Progress] = []
            limits = Limits(seconds=asked.seconds, seed=seed, report=curve.append)
            answer = solve(instance, limits, annealed=1.0 if asked.unbounded else ANNEALED)
            clock, processor = time.perf_counter() - began, time.process_time() - worked
            reached.append(answer.value or 0)
            placed = answer.tiers[0].value if answer.tiers else None
            print(
                f"| {size} | {seed} | {placed} | {answer.value} | {answer.bound} | {answer.status} "
                f"| {clock:.1f} | {processor:.1f} | {peak_megabytes()} |",
                flush=True,
            )
            if asked.curve:
                draw(curve)
        print(f"| {size} | median | | {statistics.median(reached):.0f} | | | | | |")


def draw(curve: list[Progress]) -> None:
    """Value and bound of the points, whenever one of them moved."""
    value: int | None = None
    bound: int | None = None
    for sign in curve:
        if sign.tier != "points":
            continue
        best = max((one for one in (value, sign.value) if one is not None), default=None)
        least = min((one for one in (bound, sign.bound) if one is not None), default=None)
        if (best, least) != (value, bound):
            value, bound = best, least
            print(f"    {sign.seconds:7.1f} s  value {value}  bound {bound}")


if __name__ == "__main__":
    main()

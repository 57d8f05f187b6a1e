"""Pods: value, bound and what they cost, seed by seed. Sizes with two numbers are of the family in
`pods_family`; three are members, organizations and problems of a network with every rule, weekly times and
circles, drawn as `peerloom fixture` does.

python -m benchmarks.pods 120x18 500x70 --seconds 60 --seeds 5
python -m benchmarks.pods 40x6x6 120x12x18 500x40x70 --seconds 180 --seeds 5
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.pods_family import family
from benchmarks.processes import machine
from fixtures.generator import records
from matcher.documents.read import open_network
from matcher.planning.pods.instance import prepare
from solvers.limits import Limits, Progress
from solvers.pods.instance import PodsInstance
from solvers.pods.solve import ANNEALED, solve
from solvers.result import peak_megabytes


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "sizes",
        nargs="*",
        default=["40x6", "120x18", "500x70"],
        help="members x pods, or members x organizations x problems of a network",
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=5, help="1 to this: of the solver, and of networks")
    parser.add_argument("--unbounded", action="store_true", help="anneal alone, without bounds")
    parser.add_argument("--curve", action="store_true", help="print value and bound of the points over time")
    asked = parser.parse_args()
    print(machine())
    print("| size | seed | placed | bound | points | bound | gap % | status | clock s | processor s | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for size in asked.sizes:
        reached: list[int] = []
        for seed in range(1, asked.seeds + 1):
            instance = drawn(size, seed)
            began, worked = time.perf_counter(), time.process_time()
            curve: list[Progress] = []
            limits = Limits(seconds=asked.seconds, seed=seed, report=curve.append)
            answer = solve(instance, limits, annealed=1.0 if asked.unbounded else ANNEALED)
            clock, processor = time.perf_counter() - began, time.process_time() - worked
            reached.append(answer.value or 0)
            first = answer.tiers[0] if answer.tiers else None
            print(
                f"| {size} | {seed} | {first and first.value} | {first and first.bound} | {answer.value} "
                f"| {answer.bound} | {gap(answer.value, answer.bound)} | {answer.status} "
                f"| {clock:.1f} | {processor:.1f} | {peak_megabytes()} |",
                flush=True,
            )
            if asked.curve:
                draw(curve)
        print(f"| {size} | median | | | {statistics.median(reached):.0f} | | | | | | |")


def drawn(size: str, seed: int) -> PodsInstance:
    """The instance of a size: one of the family for all seeds, or the network of this seed."""
    numbers = [int(part) for part in size.split("x")]
    if len(numbers) == 2:
        return family(*numbers)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.jsonl"
        with path.open("w") as file:
            file.writelines(json.dumps(record) + "\n" for record in records(*numbers, seed))
        return prepare(open_network(path), None, None).instance


def gap(value: int | None, bound: int | None) -> str:
    """How far the last tier is from its bound, in percent of it."""
    return (
        f"{100 * (bound - value) / max(1, abs(bound)):.2f}" if value is not None and bound is not None else ""
    )


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

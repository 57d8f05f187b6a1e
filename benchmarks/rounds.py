"""Rounds without a repeat: groups-size-rounds, processor time to the answer over seeds.

    python -m benchmarks.rounds [--seeds N] [--seconds S] [--leaves] [G-S-R ...]

Prints a Markdown table: the repeats that are left at best and at worst, and the median of processor seconds
until the answer was proven, or until the time limit. With --leaves: one person leaves before the second
round; how many groups are then not as they were, when the plan goes on and when it is formed afresh.
"""

from __future__ import annotations

import argparse
import statistics
import time

from benchmarks.processes import commit, machine
from solvers.limits import Limits
from solvers.pods.rounds.explicit import load_instance
from solvers.pods.rounds.solution import RoundsAnswer
from solvers.pods.rounds.solve import solve

GOALS = ("5-3-7", "20-5-10", "8-4-8", "8-4-9", "8-4-10", "7-4-9", "16-4-21", "1000-4-8")


def one(groups: int, size: int, rounds: int, seed: int, seconds: float) -> tuple[RoundsAnswer, float]:
    """The answer for strangers who all come to everything, and the processor seconds it took."""
    members = [{"id": f"p{i}"} for i in range(groups * size)]
    instance = load_instance({"members": members, "rounds": rounds, "size": size})
    began = time.process_time()
    answer = solve(instance, Limits(seconds=seconds, seed=seed))
    return answer, time.process_time() - began


def leaves(groups: int, size: int, rounds: int, seed: int, seconds: float) -> tuple[int, int, bool, float]:
    """Groups that are not as before when somebody leaves after the first round: as the plan goes on, and
    formed afresh; whether the first is proven to be fewest and best, and the processor seconds it took."""
    answer, _ = one(groups, size, rounds, seed, seconds)
    first, *rest = answer.rounds
    out = rest[0][seed % groups][0]
    members = [{"id": f"p{i}"} for i in range(groups * size)]
    members[out]["absent"] = list(range(2, rounds + 1))
    names = [[[f"p{i}" for i in group] for group in one_round] for one_round in (first, *rest)]
    asked = {"members": members, "rounds": rounds, "size": size, "held": names[:1]}
    found, took = [], []
    for more in ({"before": names[1:]}, {}):
        instance = load_instance({**asked, **more})
        began = time.process_time()
        found.append(solve(instance, Limits(seconds=seconds, seed=seed)))
        took.append(time.process_time() - began)
    before = {(number, group) for number, one_round in enumerate(answer.rounds) for group in one_round}
    changed = [
        len({(number, group) for number, one_round in enumerate(new.rounds) for group in one_round} - before)
        for new in found
    ]
    return changed[0], changed[1], found[0].tiers[-1].proven, took[0]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("cases", nargs="*", default=GOALS, help="such as 8-4-9")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20.0, help="time limit of each run")
    parser.add_argument("--leaves", action="store_true", help="somebody leaves before the second round")
    options = parser.parse_args()
    one(4, 4, 3, 1, 5.0)  # compile
    print(f"{machine()}; commit {commit()}; seeds 1-{options.seeds}\n")
    if options.leaves:
        print("| groups-size-rounds | changed | afresh | proven | processor seconds, median |")
        print("|---|---|---|---|---|")
        for case in options.cases:
            groups, size, rounds = map(int, case.split("-"))
            seeds = range(1, options.seeds + 1)
            rows = [leaves(groups, size, rounds, seed, options.seconds) for seed in seeds]
            kept, afresh, proven, took = zip(*rows, strict=True)
            told = (
                f"{statistics.median(kept):g} | {statistics.median(afresh):g} | {sum(proven)} of {len(rows)}"
            )
            print(f"| {case} | {told} | {statistics.median(took):.2f} |", flush=True)
        return
    print("| groups-size-rounds | repeats | processor seconds, median | found by |\n|---|---|---|---|")
    for case in options.cases:
        groups, size, rounds = map(int, case.split("-"))
        runs = [one(groups, size, rounds, seed, options.seconds) for seed in range(1, options.seeds + 1)]
        values = [next(t.value or 0 for t in answer.tiers if t.name == "repeats") for answer, _ in runs]
        told = str(min(values)) if min(values) == max(values) else f"{min(values)}-{max(values)}"
        ways = ", ".join(sorted({answer.method for answer, _ in runs}))
        print(f"| {case} | {told} | {statistics.median(took for _, took in runs):.2f} | {ways} |", flush=True)


if __name__ == "__main__":
    main()

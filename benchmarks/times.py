"""Meeting times of the family in `times_family`, beside first come, first served: what both reach.

    python -m benchmarks.times 100 1000 5000 --seeds 1-5
    python -m benchmarks.times 100 --rotating --weeks 12 --seeds 1-5
    python -m benchmarks.times 1000 --quarter --seeds 1

Groups in the order of the list take the first slot at which most of them are free and nobody is elsewhere:
what a person with a spreadsheet does. A dagger marks a value that is not proven, with its bound.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks.processes import commit, machine
from benchmarks.times_family import family
from solvers.limits import Limits
from solvers.result import Tier, peak_megabytes
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import tier_values
from solvers.rota.times.instance import TimesInstance
from solvers.rota.times.option_kernel import free_runs
from solvers.rota.times.solution import Times
from solvers.rota.times.solve import solve


def first_come(instance: TimesInstance) -> tuple[Times, Times]:
    """Groups one after the other, each in its first slot of most members that is left; rotating ones session
    by session."""
    runs = free_runs(instance.free)
    busy = np.zeros(instance.free.shape, np.bool_)
    times, slots = [], []
    for group in instance.groups:
        members = np.array(group.members)
        row, named = [-1] * group.n_sessions, [-1] * group.n_sessions
        each = [[t] for t in range(group.n_sessions)] if group.rotating else [list(range(group.n_sessions))]
        for sessions in each:
            best = (0, -1, [])
            for s in range(group.n_slots):
                held = [
                    t
                    for t in sessions
                    if group.starts[s, t] >= 0
                    and (runs[members, group.starts[s, t]] >= group.length).sum() >= group.quorum
                    and not busy[members, group.starts[s, t] : group.starts[s, t] + group.length].any()
                ]
                there = sum(int((runs[members, group.starts[s, t]] >= group.length).sum()) for t in held)
                if there > best[0]:
                    best = (there, s, held)
            for t in best[2]:
                row[t], named[t] = int(group.starts[best[1], t]), best[1]
                busy[members, row[t] : row[t] + group.length] = True
        times.append(tuple(row))
        slots.append(tuple(named))
    return tuple(times), tuple(slots)


def told(tier: Tier) -> str:
    """A value, with its bound where it is not proven."""
    return f"{tier.value:,}" if tier.proven else f"{tier.value:,}† ({tier.bound:,})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("groups", nargs="*", type=int, default=[100, 1000])
    parser.add_argument("--seeds", default="1-3", help="of the instance, such as 1-5")
    parser.add_argument("--seconds", type=float, default=300.0, help="time limit of each run")
    parser.add_argument("--weeks", type=int, default=1, help="sessions of each group, a week apart")
    parser.add_argument("--rotating", action="store_true", help="a slot for each session")
    parser.add_argument("--quarter", action="store_true", help="15-minute steps instead of 30")
    options = parser.parse_args()
    begins, _, ends = options.seeds.partition("-")
    solve(family(20, weeks=2, rotating=options.rotating), Limits(seconds=30.0))  # compile
    print(f"{machine()}; commit {commit()}\n")
    names = ["unscheduled", "attendance", "highest_burden", "burden"]
    names += ["slot_changes"] if options.rotating else []
    print(f"| groups | seed | | {' | '.join(names)} | first answer s | clock s | processor s | MB |")
    print("|" + "---|" * (len(names) + 7))
    for groups in options.groups:
        for seed in range(int(begins), int(ends or begins) + 1):
            instance = family(
                groups, seed, weeks=options.weeks, rotating=options.rotating, quarter=options.quarter
            )
            greedy = first_come(instance)
            if check(instance, *greedy):
                raise SystemExit("first come, first served broke a rule")
            reached = {tier.name: tier.value for tier in tier_values(instance, *greedy)}
            cells = " | ".join(f"{reached[name]:,}" for name in names)
            print(f"| {groups} | {seed} | first come | {cells} | | | | |", flush=True)
            signs: list[float] = []
            began, worked = time.perf_counter(), time.process_time()
            answer = solve(
                instance,
                Limits(seconds=options.seconds, seed=seed, report=lambda one, s=signs: s.append(one.seconds)),
            )
            clock, processor = time.perf_counter() - began, time.process_time() - worked
            tiers = {tier.name: tier for tier in answer.tiers}
            cells = " | ".join(told(tiers[name]) for name in names)
            figures = f"{signs[0]:.2f} | {clock:.1f} | {processor:.1f} | {peak_megabytes()}"
            print(f"| {groups} | {seed} | {answer.status.value} | {cells} | {figures} |", flush=True)


if __name__ == "__main__":
    main()

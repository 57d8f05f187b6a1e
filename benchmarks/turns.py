"""Turns of the family in `turns_family`: the longest-idle rotation beside the solver, seed by seed.

python -m benchmarks.turns 240x60 2600x400 --order full --seeds 5

Then somebody drops out after five weeks: how many other turns change, with the past fixed.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np

from benchmarks.processes import machine
from benchmarks.turns_family import family
from solvers.limits import Limits
from solvers.result import peak_megabytes
from solvers.rota.turns.check.score import burdens, loads, tier_values
from solvers.rota.turns.greedy import longest_idle
from solvers.rota.turns.instance import Choices, Held, Index, Order, TurnsInstance
from solvers.rota.turns.solution import TurnsAnswer
from solvers.rota.turns.solve import solve

MEASURES = ("unfilled", "highest load", "highest burden", "burden")


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=["240x60", "2600x400"], help="turns x people")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--order", choices=[Order.QUICK.value, Order.FULL.value], default=Order.QUICK.value)
    parser.add_argument("--seeds", type=int, default=5, help="of the family: 1 to this")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-drop-out", action="store_true", help="leave the second part out")
    asked = parser.parse_args()
    print(machine())
    print(
        f"| turns x people | seed | {' | '.join(MEASURES)} | status | proven | clock s | processor s | MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for size in asked.sizes:
        turns, people = (int(part) for part in size.split("x"))
        for seed in range(1, asked.seeds + 1):
            instance = family(turns, people, seed, Order(asked.order))
            given = {"seconds": asked.seconds, "workers": asked.workers}
            beside = measured(instance, longest_idle(instance, 1))
            began, worked = time.perf_counter(), time.process_time()
            answer = solve(instance, Limits(**given))
            clock, processor = time.perf_counter() - began, time.process_time() - worked
            reached = measured(instance, answer.person)
            both = " | ".join(f"{old} -> {new}" for old, new in zip(beside, reached, strict=True))
            worse = any(reached[k] > beside[k] for k in (0, 1, 3))
            print(
                f"| {size} | {seed} | {both} | {answer.status}{' WORSE' if worse else ''} | {proven(answer)} "
                f"| {clock:.1f} | {processor:.1f} | {peak_megabytes()} |",
                flush=True,
            )
            if not asked.no_drop_out:
                drop_out(size, seed, instance, answer.person, Limits(**given))


def measured(instance: TurnsInstance, person: Index) -> tuple[int, int, int, int]:
    """Unfilled turns, highest load (of a full share, in hundredths of a turn), highest and total burden."""
    borne = burdens(instance, person.tolist())
    return int((person < 0).sum()), loads(instance, person.tolist(), 0)[0], max(borne), sum(borne)


def proven(answer: TurnsAnswer) -> str:
    """How many tiers are proven of how many."""
    return f"{sum(tier.proven for tier in answer.tiers)} of {len(answer.tiers)}"


def drop_out(size: str, seed: int, instance: TurnsInstance, person: Index, limits: Limits) -> None:
    """The busiest person from week six on leaves; turns of the first five weeks are over."""
    groups = len({name.partition(" group ")[2] for name in instance.turn_ids})
    over = 5 * groups
    later = person[over:]
    gone = int(np.bincount(later[later >= 0]).argmax())
    rows = [
        (t, i, burden, 0)
        for t, i, burden in zip(
            instance.choices.turn.tolist(),
            instance.choices.person.tolist(),
            instance.choices.burden.tolist(),
            strict=True,
        )
        if t < over or i != gone
    ]
    held = [(t, i) for t, i in enumerate(person.tolist()) if i >= 0]
    changed = replace(
        instance,
        choices=Choices.of(instance.n_turns, rows),
        pinned=Held.of([(t, i) for t, i in held if t < over]),
        open_turns=np.array([t for t in range(over) if person[t] < 0], np.int32),
        previous=Held.of([(t, i) for t, i in held if t >= over and i != gone]),
    )
    began, worked = time.perf_counter(), time.process_time()
    answer = solve(changed, limits)
    clock, processor = time.perf_counter() - began, time.process_time() - worked
    afresh = solve(replace(changed, changes="off"), Limits(seconds=limits.seconds, workers=limits.workers))
    kept = next(tier for tier in answer.tiers if tier.name == "kept")
    here = sum(answer.person[t] != i for t, i in changed.previous.rows())
    there = sum(afresh.person[t] != i for t, i in changed.previous.rows())
    unfilled = tier_values(changed, answer.person.tolist())[0].value
    print(
        f"| {size}, one of {int((later == gone).sum())} turns leaves | {seed} | {unfilled} | | | "
        f"| {here} others change ({there} solved afresh), {'proven' if kept.proven else 'not proven'} "
        f"| {proven(answer)} | {clock:.1f} | {processor:.1f} | |",
        flush=True,
    )


if __name__ == "__main__":
    main()

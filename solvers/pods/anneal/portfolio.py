"""Chains of annealing side by side, round after round, until time ends: the best clean state survives.

The plan of a round depends on the instance, the seed and the number of the round alone, so a run that ends by
its rounds repeats exactly. Where time ends it, the last rounds are as long as time allows.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from solvers.limits import Limits
from solvers.pods.anneal.chain_kernel import run
from solvers.pods.anneal.layout import (
    BONUS,
    KEEP,
    MOST_BROKEN,
    MUST_RUN,
    PREVIOUS,
    PRIORITY,
    SLOT,
    T_BROKEN,
    T_KEPT,
    T_PLACED,
    T_POINTS,
    WORTH,
)
from solvers.pods.anneal.pod_kernel import SHUT, seat_everybody
from solvers.pods.anneal.start_kernel import build, drop_broken
from solvers.pods.anneal.state import State, assignment_of, fresh, places_of
from solvers.pods.anneal.tables import Int, Packed, pack
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import Assignment

CHAINS = 2
"""Chains of a round, whatever the number of workers, so that the answer does not depend on it."""

_CHUNK_SECONDS = 0.05
_SAMPLES = 3_000
_NO_CHANGES = np.zeros(0)
_HOT = 0.10
"""Chance that a move which loses points is taken at the beginning of a chain."""
_COLD = 0.1
"""The temperature falls to this part of the first, and in the last moves (`_QUENCH`) to a fifth of that."""
_QUENCH = 0.95
_FIRST_ROUND, _GROWTH, ROUNDS = 500, 4, 6
"""Moves a place in the first round, how much longer each further round is, and how many there are."""


@dataclass
class Best:
    """The best clean state so far: totals (see `state`), places and slots. total[0] is -1 before any."""

    total: Int
    at: Int
    slot: Int

    @classmethod
    def none(cls, state: State) -> Best:
        """Nothing found yet."""
        total = np.zeros(6, np.int64)
        total[T_BROKEN] = -1
        return cls(total, state.at.copy(), state.pod[:, SLOT].copy())

    def copy(self) -> Best:
        """A copy that another chain may write to."""
        return Best(self.total.copy(), self.at.copy(), self.slot.copy())

    @property
    def found(self) -> bool:
        """Whether there is a clean state."""
        return bool(self.total[T_BROKEN] >= 0)


@dataclass
class Plan:
    """Temperatures in points and the weights of `chain_kernel.energy`."""

    hot: float
    cold: float
    weight: np.ndarray[tuple[int], np.dtype[np.float64]]

    def temperature(self, part: float) -> float:
        """The temperature when this part (0..1) of a chain's moves is done."""
        fallen = min(1.0, part / _QUENCH)
        quenched = max(0.0, (part - _QUENCH) / (1.0 - _QUENCH))
        return float(self.hot * (self.cold / self.hot) ** fallen * 0.2**quenched)


class Annealer:
    """One instance, packed, with the best state found and as many chains as are at work.

    `least_satisfaction` and `least_points` are the floors that answers must keep (see `tables.pack`).
    """

    def __init__(
        self,
        instance: PodsInstance,
        seed: int,
        *,
        least_satisfaction: int = 0,
        least_points: int | None = None,
    ) -> None:
        self.instance = instance
        self.packed: Packed = pack(instance, least_satisfaction=least_satisfaction, least_points=least_points)
        self.seed = seed
        self.states = [fresh(self.packed, instance)]
        self.best = Best.none(self.states[0])
        self.moves = 0
        self.rounds = 0
        self._plan: Plan | None = None
        self._first_round = _FIRST_ROUND * max(100, len(self.packed.tables.movable))
        self._speed = 2e6

    def start(self, begin: Assignment | None = None) -> None:
        """Build a first state from `begin` (else from the previous seats), mend it, and keep it if clean."""
        tables, state = self.packed.tables, self.states[0]
        seats = self.instance.previous if begin is None else begin.seats
        self._build(state, places_of(self.packed, seats), 0)
        plan = self._measured(state)
        self._run(state, self.best, plan, 40 * len(tables.movable), plan.cold, plan.cold)
        if state.total[T_BROKEN] > 0:
            drop_broken(tables, state)
            self._build(state, state.at.copy(), 1)
        if not self.best.found:
            seat_everybody(tables, state, places_of(self.packed, self.instance.previous))
            drop_broken(tables, state)
            self._keep(state)

    def _build(self, state: State, places: Int, number: int) -> None:
        """Seat everybody at their places, and fill pods with the rest."""
        tables = self.packed.tables
        seat_everybody(tables, state, places)
        seed = np.uint64(_mixed(self.seed, number))
        build(tables, state, self._opening_order(), tables.movable.copy(), 4.0 * self._scale(), seed)
        self._keep(state)

    def _run(self, state: State, best: Best, plan: Plan, moves: int, hot: float, cold: float) -> int:
        made: int = run(
            self.packed.tables,
            state,
            plan.weight,
            best.total,
            best.at,
            best.slot,
            moves,
            hot,
            cold,
            _NO_CHANGES,
        )
        return made

    def improve(
        self, limits: Limits, *, rounds: int = ROUNDS, tell: Callable[[Best], None] = lambda _: None
    ) -> None:
        """Rounds of annealing, each longer than the last, until the limits or the rounds end."""
        if len(self.packed.tables.movable) == 0:
            return
        while len(self.states) < CHAINS:
            self.states.append(fresh(self.packed, self.instance))
        with ThreadPoolExecutor(min(CHAINS, limits.workers)) as pool:
            for _ in range(rounds):
                if limits.over:
                    return
                self._round(limits, pool)
                tell(self.best)

    def assignment(self) -> Assignment | None:
        """The best clean state as seats and slots, None before there is one."""
        if not self.best.found:
            return None
        return assignment_of(self.packed, self.best.at, self.best.slot)

    def _round(self, limits: Limits, pool: ThreadPoolExecutor) -> None:
        plan = self._plan or self._measured(self.states[0])
        wanted = self._first_round * _GROWTH**self.rounds
        possible = int(0.95 * limits.left * self._speed)
        moves = wanted if wanted < possible / 2 else min(_GROWTH * wanted, max(1_000, possible))
        began, before = perf_counter(), self.moves
        bests = [self.best.copy() for _ in range(CHAINS)]
        jobs = [
            pool.submit(
                self._chain, state, best, plan, moves, limits, _mixed(self.seed, 97 * self.rounds + k + 1)
            )
            for k, (state, best) in enumerate(zip(self.states, bests, strict=True))
        ]
        done = [job.result() for job in jobs]
        self.moves += sum(done)
        self._speed = max(1.0, (self.moves - before) / CHAINS / max(1e-6, perf_counter() - began))
        for best in bests:
            self._take(best)
        self._adapt(plan)
        self.rounds += 1

    def _chain(self, state: State, best: Best, plan: Plan, moves: int, limits: Limits, seed: int) -> int:
        """One chain from the best state, cooled over `moves` moves; returns how many were drawn."""
        if self.best.found and self.rounds:
            seat_everybody(self.packed.tables, state, self.best.at)
        state.random[0] = seed
        done, chunk = 0, 20_000
        while done < moves and not limits.over:
            step = min(chunk, moves - done)
            hot, cold = (plan.temperature(x / moves) for x in (done, done + step))
            began = perf_counter()
            self._run(state, best, plan, step, hot, cold)
            done += step
            chunk = max(1_000, int(step * _CHUNK_SECONDS / max(1e-4, perf_counter() - began)))
        return done

    def _take(self, best: Best) -> None:
        if best.found and (not self.best.found or self._key(best.total) > self._key(self.best.total)):
            self.best = best

    def _key(self, total: Int) -> tuple[int, ...]:
        """Totals as `chain_kernel.order_of` compares them."""
        rule = self.packed.tables.rule
        kept = int(total[T_KEPT])
        points = int(total[T_POINTS] + rule[BONUS] * kept)
        return (*map(int, total[T_PLACED:T_KEPT]), kept if rule[KEEP] else 0, points)

    def _keep(self, state: State) -> None:
        """Keep a state as the best one if it is clean and better."""
        if self._clean(state):
            self._take(Best(state.total.copy(), state.at.copy(), state.pod[:, SLOT].copy()))

    def _clean(self, state: State) -> bool:
        rule = self.packed.tables.rule
        short = rule[PREVIOUS] - state.total[T_KEPT] - rule[MOST_BROKEN]
        return bool(state.total[T_BROKEN] == 0 and short <= 0)

    def _opening_order(self) -> Int:
        """Pods that must run first, then those of higher priority, then those that members want more."""
        tables = self.packed.tables
        wanted = np.zeros(len(tables.pod) - 1, np.int64)
        listed = tables.top[tables.top >= 0]
        np.add.at(wanted, listed, 1)
        order = np.lexsort((-wanted, -tables.pod[:-1, WORTH], -tables.pod[:-1, MUST_RUN]))
        return order.astype(np.int64)

    def _scale(self) -> float:
        """A rough size of points, before any state can be sampled."""
        tables = self.packed.tables
        parts = [np.abs(tables.seat[tables.seat > SHUT]), tables.sums]
        sizes = [float(part.mean()) for part in parts if part.size]
        return max([1.0, *sizes])

    def _measured(self, state: State) -> Plan:
        """Temperatures at which a losing move is taken as often as `_HOT` and `_COLD` say, and weights."""
        tables = self.packed.tables
        change = np.zeros(_SAMPLES)
        nobody = Best.none(state)
        run(tables, state, np.ones(6), nobody.total, nobody.at, nobody.slot, _SAMPLES, 1.0, 1.0, change)
        loss = change[change < 0] if (change < 0).any() else np.array([-1.0])
        hot = _temperature(loss, _HOT)
        worth = max(1, int(tables.pod[:, WORTH].max(initial=0)))
        priority = max(1, int(tables.unit[:, PRIORITY].max(initial=0)))
        high = 4.0 * hot
        plan = Plan(hot, _COLD * hot, np.array([high, high, high / priority, high / worth, high / 2]))
        self._plan = plan
        return plan

    def _adapt(self, plan: Plan) -> None:
        """Raise the weights whose purpose the chains' last states have missed."""
        best = self.best.total
        for state in self.states:
            total = state.total
            if not self._clean(state):
                plan.weight[0] = min(plan.weight[0] * 1.5, 1e12)
            for k in range(T_PLACED, T_POINTS):
                if self.best.found and total[k] < best[k]:
                    plan.weight[k] = min(plan.weight[k] * 1.5, 1e12)
                    break


def _temperature(loss: np.ndarray[tuple[int], np.dtype[np.float64]], chance: float) -> float:
    """The temperature at which losses (all < 0) are taken with this chance on average."""
    low, high = 1e-3, float(-loss.min()) * 1e3 + 1.0
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if float(np.exp(loss / middle).mean()) < chance else (low, middle)
    return high


def _mixed(seed: int, number: int) -> int:
    """A non-zero 64-bit number from two (SplitMix64, Steele et al. 2014)."""
    x = (seed * 0x9E3779B97F4A7C15 + (number + 1) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
    return (x ^ (x >> 31)) or 1

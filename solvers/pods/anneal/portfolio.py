"""Chains of annealing side by side, round after round, until time ends: the best clean state survives.

The plan of a round depends on the instance, the seed and the number of the round alone, so a run that ends by
its rounds repeats exactly. Where time ends it, the last rounds are as long as time allows.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
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

_SAMPLES = 3_000
_NO_CHANGES = np.zeros(0)
_CHANCE, _HOT, _COLD, _QUENCH = 0.10, 0.28, 0.25, 0.95
"""A chain begins at `_HOT` of the temperature at which a losing move is taken with this chance, falls to
`_COLD` of that, and in the last moves (after the part `_QUENCH`) to a fifth of it. Measured: hotter chains
waste their time, colder ones stay where they are. Every third round has one that begins at the full
temperature, and so forgets where it was."""
_FIRST_ROUND, _GROWTH, _GROWS, _SLOW_GROWTH, ROUNDS = 500, 4, 3, 1.25, 16
"""Moves a place in the first round; how much longer the next ones are, how many of them; how much the ones
after these; and how many rounds there are."""
_BROKEN, _PLACED = 12.0, 3.0
"""Where pods meet, a broken rule weighs at least so many seats, a place so many, and chains begin no colder
than a seat is worth: few moves of a sample break nothing there, and what these lose says little. Measured:
with weights of the sample alone, chains end with dozens of broken rules and a fifth fewer places."""
_CHUNK = 20_000
"""Moves between two looks at the limits, at most."""


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
        quenched = min(1.0, max(0.0, (part - _QUENCH) / (1.0 - _QUENCH)))
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
        """One round of chains; the last one is as long as the time that is left."""
        plan = self._plan or self._measured(self.states[0])
        together = min(CHAINS, limits.workers)
        wanted = self._moves_of_round()
        last = wanted > 0.5 * limits.left * self._speed * together / CHAINS
        moves, chains = (None, together) if last else (wanted, CHAINS)
        began, before = perf_counter(), self.moves
        bests = [self.best.copy() for _ in range(chains)]
        jobs = [pool.submit(self._chain, k, best, plan, moves, limits) for k, best in enumerate(bests)]
        done = [job.result() for job in jobs]
        self.moves += sum(done)
        self._speed = max(1.0, (self.moves - before) / together / max(1e-6, perf_counter() - began))
        for best in bests:
            self._take(best)
        self._adapt(plan)
        self.rounds += 1

    def _moves_of_round(self) -> int:
        grown = _GROWTH ** min(self.rounds, _GROWS) * _SLOW_GROWTH ** max(0, self.rounds - _GROWS)
        return int(self._first_round * grown)

    def _chain(self, number: int, best: Best, plan: Plan, moves: int | None, limits: Limits) -> int:
        """One cooling, over `moves` moves or (None) over the time that is left; returns how many were drawn.

        The first chain sets out from the best state, the others from where they ended."""
        state = self.states[number]
        if number > 0 and self.rounds % 3 == 0:
            plan = replace(plan, hot=plan.hot / _HOT)
        if self.best.found and self.rounds and number == 0:
            seat_everybody(self.packed.tables, state, self.best.at)
            if self.packed.tables.attend.shape[2] and self.rounds % 2:
                plan = replace(plan, hot=plan.cold, cold=_COLD * plan.cold)
        state.random[0] = _mixed(self.seed, 97 * self.rounds + number + 1)
        done, part, began = 0, 0.0, perf_counter()
        chunk = _CHUNK if moves is None else max(1, min(_CHUNK, moves // 50))
        while part < 1.0 and not limits.over:
            if moves is None:
                speed = done / (perf_counter() - began) if done else self._speed
                after = part + (1.0 - part) * min(1.0, chunk / max(1.0, 0.98 * speed * limits.left))
            else:
                after = (done + chunk) / moves
            self._run(state, best, plan, chunk, plan.temperature(part), plan.temperature(after))
            done += chunk
            part = after
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
        """Temperatures (see `_HOT`) and weights, from what moves would change in this state."""
        tables = self.packed.tables
        change = np.zeros(_SAMPLES)
        nobody = Best.none(state)
        run(tables, state, np.ones(6), nobody.total, nobody.at, nobody.slot, _SAMPLES, 1.0, 1.0, change)
        loss = change[change < 0] if (change < 0).any() else np.array([-1.0])
        typical = _temperature(loss, _CHANCE)
        worth = max(1, int(tables.pod[:, WORTH].max(initial=0)))
        priority = max(1, int(tables.unit[:, PRIORITY].max(initial=0)))
        high = 4.0 * typical
        weight = np.array([high, high, high / priority, high / worth, high / 2])
        hot = _HOT * typical
        if tables.attend.shape[2]:
            seat = self._scale()
            hot = max(hot, seat)
            weight = np.maximum(weight, weight * _PLACED * seat / high)
            weight[T_BROKEN] = max(weight[T_BROKEN], _BROKEN * seat)
        plan = Plan(hot, _COLD * hot, weight)
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

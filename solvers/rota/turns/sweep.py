"""A better assignment by flows over most turns at once.

For each person some hard windows are drawn, so many that no window shares turns with two of them. In these a
person has so much room whatever they do in the others, and what they have elsewhere stays or goes: giving all
turns out anew under this is a flow, which holds the best of very many exchanges. It weighs all tiers that are
sums, one above the other. The next one draws other windows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.engine import IntArray
from solvers.limits import Limits
from solvers.rota.turns.bearing import least_highest
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import burdens, rank, tier_values
from solvers.rota.turns.flow import Cells, Flow, FlowPriced
from solvers.rota.turns.instance import Index, Role, TurnsInstance
from solvers.rota.turns.levels import Stage
from solvers.rota.turns.model import Model
from solvers.rota.turns.tiers import Dive, stages

FIRST = ("unfilled_", "kept", "highest_load", "lowest_load", "squares", "load_at_least_")
"""Tiers up to the loads. For these the squares of all ledgers together are lowered."""

NOT_SUMS = ("squares", "ladder", "spacing")
"""Tiers that are left out: the first is there already, the others are no sums over turns."""

PLANS = 5
"""So many ways to choose windows are drawn each time, and one of them for each person."""

PATIENCE, HOPE = 8, 20
"""So many flows in a row that better nothing end a search; HOPE where the bound of the sum is not reached."""

OUTWEIGHS = 64
"""What one unit of a tier is worth in the largest numbers of those below it."""

TIES = 8
"""Equal choices are told apart by lot, in parts of the last unit."""

WIDEST = 30_000_000
"""Beyond so many people x windows the room of everybody would be too large a table."""


class Sweeps:
    """Draws of one instance, in the order of its lottery."""

    def __init__(self, instance: TurnsInstance, seed: int) -> None:
        self.instance, self.done = instance, 0
        self._lot = np.random.default_rng(seed)
        self._model = Model(instance)
        self._worths: list[IntArray] = []
        self._loads = self._capped = 0
        names = [one.name for one in tier_values(instance, [-1] * instance.n_turns)]
        later = [name for name in names if not name.startswith(FIRST)]
        self._unjudged: list[int] = []
        for stage in stages(self._model):
            if isinstance(stage, Dive) and not len(stage.fixed):
                self._worths.append(stage.worth)
                self._loads = self._capped = len(self._worths)
                self._unjudged.append(len(later))
            elif isinstance(stage, Stage) and stage.name == "highest_burden":
                self._capped = len(self._worths)
            elif isinstance(stage, Stage) and not stage.name.startswith(NOT_SUMS):
                self._worths.append(stage.worth)
                place = later.index(stage.name) if stage.name in later else -1
                self._unjudged.append(len(later) - 1 - place)
        self._find_windows()
        # How far each sum could go if no window stood in the way: where it went so far, it is left.
        self._flow, self._out = Flow(self._model), np.zeros(self._model.n_choices, bool)
        self._tight = True

    def improve(self, person: Index, limits: Limits) -> Index:
        """From an assignment (T,) that keeps every hard rule, a better one or the same.

        Tiers join one after the other, because the fewer of them count, the more ways there are; those that
        are not there yet are not judged. The highest burden is lowered by charging what people would bear
        above a cap, which comes down by one.
        """
        best = person
        for tiers in range(1, len(self._worths) + 1):
            if limits.over:
                break
            if tiers == self._capped + 1:
                best = self._lowered(best, limits)
            goal = self._goal(tiers)
            if tiers >= self._loads:
                cap = self._highest(best) if tiers > self._capped else None
                best = self._better(best, tiers, cap, goal, limits)
            self._hold(best, tiers, goal)
        return min((person, best), key=lambda one: rank(self.instance, one.tolist()))

    def _lowered(self, person: Index, limits: Limits) -> Index:
        """With the highest burden as low as caps bring it; the sum of burdens, which leads there, first."""
        tiers = self._capped + 1
        goal = self._goal(tiers)
        best = self._better(person, tiers, None, goal, limits)
        borne = self._borne(best)
        least = least_highest(self._model, self._flow, self._out, borne, limits) if self._tight else 0
        while not limits.over and (high := self._highest(best)) > least:
            found = self._better(best, tiers, high - 1, None, limits)
            if self._highest(found) >= high:
                return found
            best = found
        return best

    def _goal(self, tiers: int) -> FlowPriced | None:
        """How far the last of so many tiers could go, as far as all before it went as far as they could."""
        return self._flow.priced(self._wide(tiers), self._out) if self._tight else None

    def _hold(self, person: Index, tiers: int, goal: FlowPriced | None) -> None:
        if goal is None or int(self._wide(tiers) @ self._model.values(person)) < goal.bound:
            self._tight = False
        else:
            self._out |= self._flow.hold(goal) & ~self._model.fixed

    def _wide(self, tiers: int) -> IntArray:
        """The last of so many tiers, over all columns."""
        out = np.zeros(self._model.rows.n_columns, np.int64)
        out[: len(self._worths[tiers - 1])] = self._worths[tiers - 1]
        return out

    def _better(
        self, person: Index, tiers: int, cap: int | None, goal: FlowPriced | None, limits: Limits
    ) -> Index:
        """Draw after draw, until the goal is reached or so many in a row better nothing."""
        best, reached, idle = person, self._rank(person, tiers), 0
        patience = PATIENCE if goal is None else HOPE
        while idle < patience and not limits.over:
            found = self._again(best, tiers, cap)
            self.done += 1
            idle += 1
            if found is None or check(self.instance, found.tolist()):
                continue
            score = self._rank(found, tiers)
            if score < reached:
                idle = 0
            if score <= reached:
                best, reached = found, score
            if goal is not None and int(self._wide(tiers) @ self._model.values(best)) >= goal.bound:
                break
        return best

    def _rank(self, person: Index, tiers: int) -> tuple[int, ...]:
        """What an assignment is worth in the first tiers."""
        whole = rank(self.instance, person.tolist())
        return whole[: len(whole) - self._unjudged[tiers - 1]]

    def _borne(self, person: Index) -> IntArray:
        """(n,): burden of each person, cycles before included."""
        mine = np.array(burdens(self.instance, person.tolist()), np.int64)
        return mine + self.instance.carried_burden

    def _highest(self, person: Index) -> int:
        return int(self._borne(person).max(initial=0))

    def _charges(self, same: NDArray[np.bool_], apart: NDArray[np.bool_], cap: int) -> IntArray:
        """What people bear above the cap, laid to the turns that burden them. same: choices taken now. apart:
        those that burden and lie outside the one block in which their person may take others."""
        model = self._model
        borne = self.instance.carried_burden.copy()
        np.add.at(borne, model.person[same & apart], model.burden[same & apart])
        more = np.where(apart, 0, model.burden)
        return np.where(model.burden > 0, np.maximum(0, borne[model.person] + more - cap), 0)

    def _weighed(self, parts: list[IntArray]) -> IntArray:
        """Tiers as one objective, ties by lot."""
        total = np.zeros(self._model.rows.n_columns, np.int64)
        for part in reversed(parts):
            total[: len(part)] += part * (1 + OUTWEIGHS * int(np.abs(total).max(initial=0)))
        total *= TIES
        total[: self._model.n_choices] += self._lot.integers(0, TIES, self._model.n_choices)
        return total

    def _find_windows(self) -> None:
        """Per hard window those that share a turn with it, and the turns that lie in none."""
        windows = self.instance.windows
        lies: list[list[int]] = [[] for _ in range(self.instance.n_turns)]
        for w in np.flatnonzero(windows.cost == 0).tolist():
            for t in windows.turns(w).tolist():
                lies[t].append(w)
        touching: dict[int, set[int]] = {}
        for inside in {tuple(one) for one in lies}:
            for w in inside:
                touching.setdefault(w, set()).update(inside)
        self._touching = {w: np.array(sorted(others)) for w, others in touching.items()}
        key, self._column = self._model.in_windows(windows.cost == 0)
        number, person = np.divmod(key, self.instance.n_people)
        self._key = person * len(windows) + number
        self._alone = np.array([not one for one in lies], bool)
        self.fits = self.instance.n_people * len(windows) <= WIDEST

    def _blocks(self) -> list[int]:
        """Windows, as they come in the lottery, so that no window shares turns with two of them."""
        used: set[int] = set()
        out = []
        for w in self._lot.permutation(list(self._touching)).tolist():
            if used.isdisjoint(self._touching[w].tolist()):
                used.update(self._touching[w].tolist())
                out.append(w)
        return out

    def _again(self, person: Index, tiers: int, cap: int | None) -> Index | None:
        """Turns given out anew; None where no flow was found."""
        model, instance = self._model, self.instance
        plans = [self._blocks() for _ in range(PLANS)]
        which = self._lot.integers(0, PLANS, instance.n_people)
        widest = max(len(plan) for plan in plans)
        block = np.where(self._alone, widest, np.full((PLANS, instance.n_turns), -1))
        for p, plan in enumerate(plans):
            for b, w in enumerate(plan):
                block[p, instance.windows.turns(w)] = b
        moving = self._moving()
        block[:, ~moving] = -1
        taken = np.flatnonzero(person >= 0)
        own = block[which[person[taken]], taken]
        stays = np.full(instance.n_turns, -1, np.int32)
        stays[taken[own < 0]] = person[taken[own < 0]]
        left = self._left(stays)
        room = self._room(left, plans, which, widest)
        now = np.zeros_like(room)
        np.add.at(now, (own[own >= 0], person[taken[own >= 0]]), 1)
        room = np.maximum(room, now)
        of = block[which[model.person], model.turn]
        same = model.person == person[model.turn]
        out = np.where(of >= 0, room[of, model.person] <= 0, ~same) | self._beside(stays, moving)
        out[self._column[left.reshape(-1)[self._key] <= 0]] = True
        out &= ~(same | model.fixed)
        parts = self._worths[:tiers]
        if cap is not None:
            chosen = self._lot.integers(0, widest + 1, instance.n_people)
            apart = (of != chosen[model.person]) & (model.burden > 0)
            out |= apart & ~(same | model.fixed)
            parts = [*parts[: self._capped], -self._charges(same, apart, cap), *parts[self._capped :]]
        worth = self._weighed(parts)
        values = Flow(model, Cells(of, room)).best(worth, out)
        return None if values is None else model.read(values)

    def _moving(self) -> NDArray[np.bool_]:
        """(T,): turns that may go to somebody else: one of each session, and all of one class."""
        instance = self.instance
        drawn = self._lot.permutation(instance.n_turns)
        if instance.n_classes > 1 and len(drawn):
            drawn = drawn[instance.class_of[drawn] == instance.class_of[drawn[0]]]
        _, first = np.unique(instance.session[drawn], return_index=True)
        out = np.zeros(instance.n_turns, bool)
        out[drawn[first]] = True
        return out

    def _left(self, stays: Index) -> IntArray:
        """(n, windows): turns that everybody may take of each window beside what stays."""
        instance, windows = self.instance, self.instance.windows
        number = np.repeat(np.arange(len(windows)), np.diff(windows.start))
        there = (stays >= 0)[windows.turn]
        left = np.tile(windows.most.astype(np.int64), (instance.n_people, 1))
        for i, pins in instance.pins_of.items():
            inside = np.bincount(number[np.isin(windows.turn, pins)], minlength=len(windows))
            left[i] = np.maximum(left[i], inside)
        np.subtract.at(left, (stays[windows.turn[there]], number[there]), 1)
        return left

    def _room(self, left: IntArray, plans: list[list[int]], which: IntArray, widest: int) -> IntArray:
        """(blocks, n): turns that everybody may take of each block of their plan. A window that has no room
        rules its own turns out; one with some holds for the whole block."""
        out = np.full((widest + 1, self.instance.n_people), self.instance.n_turns, np.int64)
        for p, plan in enumerate(plans):
            people = np.flatnonzero(which == p)
            for b, w in enumerate(plan):
                beside = np.maximum(left[np.ix_(people, self._touching[w])], 1).min(axis=1)
                out[b, people] = np.minimum(np.maximum(left[people, w], 0), beside)
        return out

    def _beside(self, person: Index, moving: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Per choice: whether what stays in its session forbids it. person (T,): who stays where."""
        model, instance = self._model, self.instance
        stays = np.flatnonzero(~moving & (person >= 0))
        n, k = instance.n_people, instance.n_organizations
        session = instance.session.astype(np.int64)
        out = np.isin(session[model.turn] * n + model.person, session[stays] * n + person[stays])
        if instance.mixed:
            leads = instance.role != Role.SHADOW
            others = stays[leads[stays]]
            home = instance.organization.astype(np.int64)
            taken = session[others] * k + home[person[others]]
            out |= leads[model.turn] & np.isin(session[model.turn] * k + home[model.person], taken)
        forbidden: NDArray[np.bool_] = out & moving[model.turn]
        return forbidden

"""A better assignment by flows over many turns at once.

Turns that lie in the same hard windows are a cell. Of cells that share no window some are drawn; their turns
are given out anew, all other turns staying where they are: that is a flow, because a person has so much room
in each cell whatever they do in the others. Each such flow is the best there is for those turns, in all tiers
that are sums, weighed one above the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.engine import IntArray
from solvers.limits import Limits
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import burdens, rank, tier_values
from solvers.rota.turns.flow import Cells, Flow
from solvers.rota.turns.instance import Index, Role, TurnsInstance
from solvers.rota.turns.levels import Stage
from solvers.rota.turns.model import Model
from solvers.rota.turns.tiers import Dive, stages

FIRST = ("unfilled_", "kept", "highest_load", "lowest_load", "squares", "load_at_least_")
"""Tiers up to the loads. For these the squares of all ledgers together are lowered."""

NOT_SUMS = ("squares", "ladder", "spacing")
"""Tiers that are left out: the first is there already, the others are no sums over turns."""

PATIENCE = 8
"""So many flows in a row that better nothing end a search."""

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
        self._find_cells(instance)

    def improve(self, person: Index, limits: Limits) -> Index:
        """From an assignment (T,) that keeps every hard rule, a better one or the same.

        Tiers join one after the other, because the fewer of them count, the more ways there are; those that
        are not there yet are not judged. The highest burden is lowered by charging what people would bear
        above a cap, which comes down by one.
        """
        best = person
        for tiers in range(max(1, self._loads), len(self._worths) + 1):
            if limits.over:
                break
            if tiers == self._capped + 1:
                best = self._lowered(best, limits)
            best = self._better(best, tiers, self._highest(best) if tiers > self._capped else None, limits)
        return min((person, best), key=lambda one: rank(self.instance, one.tolist()))

    def _lowered(self, person: Index, limits: Limits) -> Index:
        """With the highest burden as low as caps bring it; the sum of burdens, which leads there, first."""
        tiers = self._capped + 1
        best = self._better(person, tiers, None, limits)
        while not limits.over:
            high = self._highest(best)
            found = self._better(best, tiers, high - 1, limits)
            if self._highest(found) >= high:
                return found
            best = found
        return best

    def _better(self, person: Index, tiers: int, cap: int | None, limits: Limits) -> Index:
        """Draw after draw, until so many in a row better nothing."""
        best, reached, idle = person, self._rank(person, tiers), 0
        while idle < PATIENCE and not limits.over:
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
        return best

    def _rank(self, person: Index, tiers: int) -> tuple[int, ...]:
        """What an assignment is worth in the first tiers."""
        whole = rank(self.instance, person.tolist())
        return whole[: len(whole) - self._unjudged[tiers - 1]]

    def _highest(self, person: Index) -> int:
        borne = np.array(burdens(self.instance, person.tolist()), np.int64)
        return int((borne + self.instance.carried_burden).max(initial=0))

    def _worth(self, person: Index, of: IntArray, tiers: int, cap: int | None) -> IntArray:
        """The first tiers as one objective, ties by lot. cap: what somebody would bear above it beside the
        turns that stay is charged where the highest burden has its place."""
        model, instance = self._model, self.instance
        parts = [*self._worths[:tiers]]
        if cap is not None:
            stays = np.where(of >= 0, -1, person)
            borne = np.array(burdens(instance, stays.tolist()), np.int64) + instance.carried_burden
            above = np.maximum(0, borne[model.person] + model.burden - cap)
            parts.insert(self._capped, np.where(model.burden > 0, -above, 0))
        total = np.zeros(model.rows.n_columns, np.int64)
        for part in reversed(parts):
            total[: len(part)] += part * (1 + OUTWEIGHS * int(np.abs(total).max(initial=0)))
        total *= TIES
        total[: model.n_choices] += self._lot.integers(0, TIES, model.n_choices)
        return total

    def _find_cells(self, instance: TurnsInstance) -> None:
        windows = instance.windows
        hard = np.flatnonzero(windows.cost == 0)
        lies: list[list[int]] = [[] for _ in range(instance.n_turns)]
        for w in hard.tolist():
            for t in windows.turns(w).tolist():
                lies[t].append(w)
        cells: dict[tuple[int, ...], list[int]] = {}
        for t, inside in enumerate(lies):
            cells.setdefault(tuple(inside), []).append(t)
        self._cells = [(np.array(key, np.int64), np.array(turns)) for key, turns in cells.items()]
        self.fits = instance.n_people * max(len(windows), len(cells)) <= WIDEST

    def _drawn(self) -> list[tuple[IntArray, IntArray]]:
        """Cells that share no window, as they come in the lottery."""
        used: set[int] = set()
        out = []
        for at in self._lot.permutation(len(self._cells)).tolist():
            inside, turns = self._cells[at]
            if used.isdisjoint(inside.tolist()):
                used |= set(inside.tolist())
                out.append((inside, turns))
        return out

    def _again(self, person: Index, tiers: int, cap: int | None) -> Index | None:
        """The turns of some cells given out anew; None where no flow was found."""
        model, instance = self._model, self._model.instance
        cells = self._drawn()
        of = np.full(instance.n_turns, -1, np.int64)
        for number, (_, turns) in enumerate(cells):
            of[turns] = number
        of[~self._alone(of)] = -1
        room = self._room(person, of, cells)
        cell = of[model.turn]
        stays = model.person == person[model.turn]
        out = np.where(cell >= 0, room[cell, model.person] <= 0, ~stays)
        out |= self._beside(person, of)
        out &= ~(stays & (cell < 0)) & ~model.fixed
        worth = self._worth(person, of, tiers, cap)
        values = Flow(model, Cells(of, np.maximum(room, 0))).best(worth, out)
        return None if values is None else model.read(values)

    def _alone(self, of: IntArray) -> NDArray[np.bool_]:
        """Of the turns drawn, one of each session and all of one class: (T,)."""
        instance = self._model.instance
        drawn = self._lot.permutation(np.flatnonzero(of >= 0))
        if instance.n_classes > 1 and len(drawn):
            drawn = drawn[instance.class_of[drawn] == instance.class_of[drawn[0]]]
        _, first = np.unique(instance.session[drawn], return_index=True)
        out = np.zeros(instance.n_turns, bool)
        out[drawn[first]] = True
        return out

    def _room(self, person: Index, of: IntArray, cells: list[tuple[IntArray, IntArray]]) -> IntArray:
        """(cells, n): turns of each cell that a person may take beside those that stay."""
        instance, windows = self._model.instance, self._model.instance.windows
        number = np.repeat(np.arange(len(windows)), np.diff(windows.start))
        used = np.zeros((instance.n_people, len(windows)), np.int64)
        stays = (of < 0)[windows.turn] & (person >= 0)[windows.turn]
        np.add.at(used, (person[windows.turn[stays]], number[stays]), 1)
        left = np.broadcast_to(windows.most, used.shape).astype(np.int64)
        for i, pins in instance.pins_of.items():
            inside = np.bincount(number[np.isin(windows.turn, pins)], minlength=len(windows))
            left[i] = np.maximum(left[i], inside)
        left -= used
        out = np.full((max(1, len(cells)), instance.n_people), instance.n_turns, np.int64)
        for at, (inside, _) in enumerate(cells):
            if len(inside):
                out[at] = left[:, inside].min(axis=1)
        return out

    def _beside(self, person: Index, of: IntArray) -> NDArray[np.bool_]:
        """Per choice: whether what stays in its session forbids it."""
        model, instance = self._model, self._model.instance
        stays = np.flatnonzero((of < 0) & (person >= 0))
        n, k = instance.n_people, instance.n_organizations
        session = instance.session.astype(np.int64)
        out = np.isin(session[model.turn] * n + model.person, session[stays] * n + person[stays])
        if instance.mixed:
            leads = instance.role != Role.SHADOW
            others = stays[leads[stays]]
            home = instance.organization.astype(np.int64)
            taken = session[others] * k + home[person[others]]
            out |= leads[model.turn] & np.isin(session[model.turn] * k + home[model.person], taken)
        kept: NDArray[np.bool_] = out & (of[model.turn] >= 0)
        return kept

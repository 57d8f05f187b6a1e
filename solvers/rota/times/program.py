"""The integer program of some units: one option each, nobody in two places, earlier tiers held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from solvers.engine import NO_BOUND, Program
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.loads import Loads
from solvers.rota.times.options import Flags, Index, Options, Whole


@dataclass(frozen=True)
class Held:
    """A tier that is not to be lost: the cost `row` (number in `COSTS`) of `units` sums to at most `most`."""

    units: Whole
    row: int
    most: int


class Builder:
    """Columns and rows, block by block."""

    def __init__(self) -> None:
        self.columns = 0
        self._upper: list[Whole] = []
        self._entries: list[tuple[Whole, Whole, Whole]] = []
        self._least: list[Whole] = []
        self._most: list[Whole] = []
        self._rows = 0

    def new(self, count: int, upper: int = 1) -> Whole:
        """Numbers of new columns 0..upper."""
        self._upper.append(np.full(count, upper, np.int64))
        self.columns += count
        return np.arange(self.columns - count, self.columns, dtype=np.int64)

    def rows(
        self,
        row: Sequence[int] | Whole | Index,
        column: Sequence[int] | Whole | Index,
        by: Sequence[int] | Whole | Index | int,
        least: Sequence[int] | Whole | int,
        most: Sequence[int] | Whole | int,
        count: int,
    ) -> None:
        """`count` new rows: entries (row from 0, column, coefficient), bounds for each or for all."""
        rows = np.asarray(row, np.int64) + self._rows
        columns = np.asarray(column, np.int64)
        self._entries.append((rows, columns, np.broadcast_to(np.asarray(by, np.int64), columns.shape)))
        self._least.append(np.broadcast_to(np.asarray(least, np.int64), (count,)))
        self._most.append(np.broadcast_to(np.asarray(most, np.int64), (count,)))
        self._rows += count

    def program(self) -> Program:
        """The program; entries of one row and column are added up."""
        none = np.zeros(0, np.int64)
        row, column, by = (np.concatenate([none, *(one[k] for one in self._entries)]) for k in range(3))
        key, where = np.unique(row * max(1, self.columns) + column, return_inverse=True)
        total = np.zeros(len(key), np.int64)
        np.add.at(total, where, by)
        key, total = key[total != 0], total[total != 0]
        return Program(
            lower=np.zeros(self.columns, np.int64),
            upper=np.concatenate([none, *self._upper]),
            row=key // max(1, self.columns),
            column=key % max(1, self.columns),
            coefficient=total,
            least=np.concatenate([none, *self._least]),
            most=np.concatenate([none, *self._most]),
        )


@dataclass
class Model:
    """Columns of some units: an option of `options_in` each, and the meetings `dropping` that may be dropped.

    `inside` (N,): options to choose from; `parted` (N,): those whose meetings may be dropped. `escaping`:
    units that may take none of these but get away for what their other options cost at least, whatever these
    would ask of anybody: what such a program costs bounds what the whole one costs.
    """

    options: Options
    units: Whole
    inside: Flags
    parted: Flags
    escaping: Whole
    builder: Builder = field(default_factory=Builder)

    def __post_init__(self) -> None:
        options = self.options
        spans = [np.arange(options.unit_start[u], options.unit_start[u + 1]) for u in self.units.tolist()]
        every = np.concatenate(spans) if spans else np.zeros(0, np.int64)
        self.chosen = every[self.inside[every]]
        self.x = np.full(len(options), -1, np.int64)
        self.x[self.chosen] = self.builder.new(len(self.chosen))
        open_ = self.chosen[self.parted[self.chosen]]
        meetings = [np.arange(options.meeting_start[o], options.meeting_start[o + 1]) for o in open_.tolist()]
        self.dropping = np.concatenate([*meetings, np.zeros(0, np.int64)]).astype(np.int64)
        self.d = np.full(len(options.option), -1, np.int64)
        self.d[self.dropping] = self.builder.new(len(self.dropping))
        self.away = self.builder.new(len(self.escaping))
        place = np.full(options.n_units, -1, np.int64)
        place[self.units] = np.arange(len(self.units))
        build = self.builder
        unit = np.concatenate([options.unit[self.chosen], self.escaping])
        column = np.concatenate([self.x[self.chosen], self.away])
        build.rows(place[unit], column, 1, 1, 1, len(self.units))
        many = np.arange(len(self.dropping))
        build.rows(
            np.concatenate([many, many]),
            np.concatenate([self.d[self.dropping], self.x[options.option[self.dropping]]]),
            np.repeat([1, -1], len(many)),
            -NO_BOUND,
            0,
            len(many),
        )

    def terms(self, row: Whole | Index, meeting: Whole | Index, by: Whole) -> tuple[Whole, Whole, Whole]:
        """Entries by which rows count meetings that take place: their option's column, less the dropped."""
        taken = self.x[self.options.option[meeting]]
        dropped = self.d[meeting]
        cut = dropped >= 0
        return (
            np.concatenate([row, row[cut]]).astype(np.int64),
            np.concatenate([taken, dropped[cut]]),
            np.concatenate([by, -by[cut]]),
        )

    def apart(self, start: Whole, meeting: Index) -> None:
        """One meeting at most of each set."""
        row = np.repeat(np.arange(len(start) - 1), np.diff(start))
        entries = self.terms(row, meeting, np.ones(len(meeting), np.int64))
        self.builder.rows(*entries, -NO_BOUND, 1, len(start) - 1)

    def costs(self, row: int, away: Whole) -> tuple[Whole, int]:
        """(costs of all columns, what to add): one of `COSTS`, less what each unit costs at least. away (U,):
        what a unit that gets away costs."""
        options = self.options
        out = np.zeros(self.builder.columns, np.int64)
        low = self._low(row, away, self.units)
        unit = options.unit[self.chosen]
        out[self.x[self.chosen]] = options.cost[row, self.chosen] - low[unit]
        out[self.away] = away[self.escaping] - low[self.escaping]
        out[self.d[self.dropping]] = options.meeting_cost[row, self.dropping]
        return out, int(low[self.units].sum())

    def _low(self, row: int, away: Whole, units: Whole) -> Whole:
        """(U,): the least coefficient of each unit's columns but the dropping ones."""
        options = self.options
        low = np.full(options.n_units, np.iinfo(np.int64).max)
        np.minimum.at(low, options.unit[self.chosen], options.cost[row, self.chosen])
        low[self.escaping] = np.minimum(low[self.escaping], away[self.escaping])
        return low

    def hold(self, held: Held, away: Whole) -> None:
        """A row that keeps an earlier tier. away (U,): what a unit that gets away costs at least in it."""
        options = self.options
        mine = np.zeros(options.n_units, np.bool_)
        mine[held.units] = True
        low = self._low(held.row, away, held.units)
        o = self.chosen[mine[options.unit[self.chosen]]]
        m = self.dropping[mine[options.unit[options.option[self.dropping]]]]
        gone = mine[self.escaping]
        column = np.concatenate([self.x[o], self.d[m], self.away[gone]])
        by = np.concatenate([
            options.cost[held.row, o] - low[options.unit[o]],
            options.meeting_cost[held.row, m],
            (away - low)[self.escaping[gone]],
        ])  # fmt: skip
        most = held.most - int(low[held.units].sum())
        self.builder.rows(np.zeros(len(column), np.int64), column, by, -NO_BOUND, most, 1)

    def attend(self, g: int, meetings: Whole) -> None:
        """Everybody of group g whom least_percent asks comes to so many of these meetings; where an option
        is a whole series, row by row for each option."""
        options, group = self.options, self.options.instance.groups[g]
        asked = [i for i in group.members if i not in group.spared]
        for i in asked:
            there = options.runs[i, options.begin[meetings]] >= options.length[meetings]
            by = np.where(there, 100, 0).astype(np.int64) - group.least_percent
            row, column, entries = self.terms(np.zeros(len(meetings), np.int64), meetings, by)
            if group.rotating:  # who gets away might be at a session that everybody comes to
                gone = self.away[options.unit_group[self.escaping] == g]
                row = np.append(row, np.zeros(len(gone), np.int64))
                column = np.append(column, gone)
                entries = np.append(entries, np.full(len(gone), 100 - group.least_percent))
            self.builder.rows(row, column, entries, 0, NO_BOUND, 1)

    def bear(self, loads: Loads, room: Whole, people: Whole, column: Whole | None = None) -> None:
        """Nobody of `people` bears more than `room` (n,) of these loads; with a column, not more than that
        has above `room`."""
        place = np.full(self.options.instance.n_people, -1, np.int64)
        place[people] = np.arange(len(people))
        keep = place[loads.person] >= 0
        row, col, by = self.terms(place[loads.person[keep]], loads.meeting[keep], loads.burden[keep])
        if column is not None:
            row = np.concatenate([row, np.arange(len(people))])
            col = np.concatenate([col, np.repeat(column, len(people))])
            by = np.concatenate([by, np.full(len(people), -1)])
        self.builder.rows(row, col, by, -NO_BOUND, room[people], len(people))

    def values(self, chosen: Chosen) -> Whole:
        """The columns of a choice, as far as there are any for it."""
        out = np.zeros(self.builder.columns, np.int64)
        taken = self.x[chosen.option[self.units]]
        out[taken[taken >= 0]] = 1
        for m in chosen.dropped:
            o = self.options.option[m]
            if self.d[m] >= 0 and chosen.option[self.options.unit[o]] == o:
                out[self.d[m]] = 1
        return out

    def read(self, values: Whole, into: Whole, dropped: set[int]) -> None:
        """Write what the columns say into options (U,) and dropped meetings."""
        options = self.options
        taken = self.chosen[values[self.x[self.chosen]] == 1]
        into[options.unit[taken]] = taken
        mine = np.zeros(options.n_units, np.bool_)
        mine[self.units] = True
        gone = {m for m in dropped if mine[options.unit[options.option[m]]]}
        dropped -= gone
        dropped |= set(self.dropping[values[self.d[self.dropping]] == 1].tolist())

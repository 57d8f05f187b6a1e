"""Every way in which a series, or a session of a rotating one, can be held: the table that all methods read.

A **unit** is what gets one slot: a whole series, or one session of a rotating group. An **option** is a unit
in a slot, the first of each unit being not to hold it at all; a **meeting** is a session of an option.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from solvers.rota.times.instance import Group, TimesInstance
from solvers.rota.times.option_kernel import free_runs, weigh_group, worst_of

Index = NDArray[np.int32]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

COSTS = ("unscheduled", "uncovered", "attendance", "moved", "burden")
"""Rows of `Options.cost`: tiers that are sums over options, each to be made small (attendance negated)."""


@dataclass(frozen=True)
class Options:
    """U units, N options in rows by unit, M meetings in rows by option. Numbers only.

    unit_start (U + 1,); unit_group (U,); unit_session (U,): -1 for a whole series.
    unit (N,), slot (N,): -1 for not held. cost (5, N): see `COSTS`; of stable series with every meeting held.
    forced (N,): at least so many meetings of a stable series have to be dropped for least_percent.
    meeting_start (N + 1,); option, session, begin, length (M,). meeting_cost (5, M): what dropping that
    meeting alone adds.
    fixed_cost (5,): what sessions that are fixed add; carried (n,): burden with that of fixed sessions.
    """

    instance: TimesInstance
    unit_start: Whole
    unit_group: Index
    unit_session: Index
    unit: Index
    slot: Index
    cost: Whole
    forced: Index
    meeting_start: Whole
    option: Index
    session: Index
    begin: Index
    length: Index
    meeting_cost: Whole
    fixed_cost: Whole
    carried: Whole
    runs: NDArray[np.uint16]
    worst: dict[int, Index]

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.unit_group)

    def __len__(self) -> int:
        return len(self.unit)

    @cached_property
    def units_of(self) -> list[list[int]]:
        """Per group its units."""
        out: list[list[int]] = [[] for _ in self.instance.groups]
        for u, g in enumerate(self.unit_group.tolist()):
            out[g].append(u)
        return out

    @cached_property
    def members(self) -> tuple[Whole, Index]:
        """Members of all groups, in rows by group: (start (G + 1,), person)."""
        rows = [group.members for group in self.instance.groups]
        start = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=start[1:])
        return start, np.array([i for row in rows for i in row], np.int32)

    @cached_property
    def people(self) -> tuple[Whole, Index]:
        """Units of each person, in rows: (start (n + 1,), unit)."""
        start, member = self.members
        group_units = np.array([len(units) for units in self.units_of], np.int64)
        count = np.diff(start)
        each = np.repeat(group_units, count)  # units of each membership
        person = np.repeat(member.astype(np.int64), each)
        flat = np.concatenate(
            [np.array(units, np.int64) for units in self.units_of] or [np.zeros(0, np.int64)]
        )
        first = np.concatenate([[0], np.cumsum(group_units)])
        group = np.repeat(np.arange(len(count)), count)
        begin = np.repeat(first[group], each)
        offset = np.arange(len(person)) - np.repeat(np.concatenate([[0], np.cumsum(each)])[:-1], each)
        unit = flat[begin + offset] if len(person) else np.zeros(0, np.int64)
        order = np.lexsort((unit, person))
        rows = np.zeros(self.instance.n_people + 1, np.int64)
        np.cumsum(np.bincount(person, minlength=self.instance.n_people), out=rows[1:])
        return rows, unit[order].astype(np.int32)

    def attends(self, person: int, meeting: int) -> bool:
        """Whether somebody is free at a meeting."""
        return bool(self.runs[person, self.begin[meeting]] >= self.length[meeting])

    def bears(self, person: int, meeting: int) -> int:
        """The burden somebody bears of a meeting: 0 for who cannot come."""
        if not self.attends(person, meeting):
            return 0
        worst = self.worst[int(self.length[meeting])]
        return int(worst[self.instance.profile[person], self.begin[meeting]])


def options_of(instance: TimesInstance) -> Options:
    """Build the table."""
    runs = free_runs(instance.free)
    worst = {n: worst_of(instance.burden, n) for n in {group.length for group in instance.groups}}
    taken = _taken(instance)
    parts = [_of_group(instance, g, runs, worst, taken) for g in range(instance.n_groups)]
    flat = [unit for part in parts for unit in part]
    unit_start = np.zeros(len(flat) + 1, np.int64)
    np.cumsum([len(unit.slot) for unit in flat], out=unit_start[1:])
    meetings = np.concatenate([unit.meetings for unit in flat]) if flat else np.zeros(0, np.int64)
    meeting_start = np.zeros(len(meetings) + 1, np.int64)
    np.cumsum(meetings, out=meeting_start[1:])
    fixed_cost, carried = _fixed(instance, runs, worst)

    def joined(name: str, kind: type) -> NDArray:  # type: ignore[type-arg]
        pieces = [getattr(unit, name) for unit in flat]
        return np.concatenate(pieces, axis=-1).astype(kind) if pieces else np.zeros(0, kind)

    none = np.zeros((len(COSTS), 0), np.int64)
    lengths = np.array([instance.groups[unit.group].length for unit in flat], np.int32)
    return Options(
        instance=instance,
        unit_start=unit_start,
        unit_group=np.array([unit.group for unit in flat], np.int32),
        unit_session=np.array([unit.of_session for unit in flat], np.int32),
        unit=np.repeat(np.arange(len(flat), dtype=np.int32), np.diff(unit_start)),
        slot=joined("slot", np.int32),
        cost=joined("cost", np.int64) if flat else none,
        forced=joined("forced", np.int32),
        meeting_start=meeting_start,
        option=np.repeat(np.arange(len(meetings), dtype=np.int32), meetings),
        session=joined("session", np.int32),
        begin=joined("begin", np.int32),
        length=np.repeat(lengths, [len(unit.begin) for unit in flat]).astype(np.int32),
        meeting_cost=joined("meeting_cost", np.int64) if flat else none,
        fixed_cost=fixed_cost,
        carried=carried,
        runs=runs,
        worst=worst,
    )


@dataclass(frozen=True)
class _Unit:
    """One unit's rows of the table."""

    group: int
    of_session: int
    slot: Index
    cost: Whole
    forced: Index
    meetings: Whole
    session: Index
    begin: Index
    meeting_cost: Whole


def _taken(instance: TimesInstance) -> Flags:
    """Steps at which members are in fixed sessions, (n, H); (0, 0) where there are none."""
    if not any(group.fixed for group in instance.groups):
        return np.zeros((0, 0), np.bool_)
    out = np.zeros(instance.free.shape, np.bool_)
    for group in instance.groups:
        for _, step in group.fixed:
            for i in group.members:
                out[i, step : step + group.length] = True
    return out


def _fixed(instance: TimesInstance, runs: NDArray[np.uint16], worst: dict[int, Index]) -> tuple[Whole, Whole]:
    cost = np.zeros(len(COSTS), np.int64)
    carried = instance.carried.astype(np.int64)
    for group in instance.groups:
        for _, step in group.fixed:
            here = [i for i in group.members if runs[i, step] >= group.length]
            burdens = worst[group.length][instance.profile[here], step].astype(np.int64)
            np.add.at(carried, here, burdens)
            able = sum(bool(runs[i, step] >= group.length) for i in group.facilitators)
            cost[1] += bool(group.facing) and able < group.facing
            cost[2] -= len(here)
            cost[4] += burdens.sum()
    return cost, carried


def _of_group(
    instance: TimesInstance, g: int, runs: NDArray[np.uint16], worst: dict[int, Index], taken: Flags
) -> list[_Unit]:
    group = instance.groups[g]
    members = np.array(group.members, np.int32)
    attendance, burden, uncovered = weigh_group(
        members,
        np.isin(members, np.array(group.required, np.int32)),
        group.starts,
        group.length,
        group.quorum,
        runs,
        taken,
        instance.profile,
        worst[group.length],
        np.array(group.facilitators, np.int32),
        group.facing,
    )
    decided = set(group.fixed_at) | set(group.closed)
    open_ = [t for t in range(group.n_sessions) if t not in decided]
    attendance[:, sorted(decided)] = -1
    before = dict(group.previous)
    kept = np.zeros(attendance.shape, np.bool_)
    for t, step in before.items():
        kept[:, t] = group.starts[:, t] == step
    table = _Weighed(group, attendance, burden, uncovered, kept, before)
    if group.rotating:
        return [_unit(table, g, t, [t]) for t in open_]
    unit = _unit(table, g, -1, open_)
    return [unit if not group.least_percent else _checked(unit, group, runs)] if open_ else []


@dataclass(frozen=True)
class _Weighed:
    """What the sessions (S, T) of a group in each slot would be."""

    group: Group
    attendance: Index
    burden: Whole
    uncovered: Flags
    kept: Flags
    before: dict[int, int]


def _unit(table: _Weighed, g: int, of_session: int, sessions: Sequence[int]) -> _Unit:
    """The options of some sessions that share a slot: none first, then each slot that holds one at least."""
    columns = np.array(sessions, np.int64)
    held = table.attendance[:, columns] >= 0
    slots = np.flatnonzero(held.any(1))
    row, column = np.nonzero(held[slots])
    s, t = slots[row], columns[column]
    meetings = held[slots].sum(1)
    each = np.stack([
        np.full(len(s), -1, np.int64),
        table.uncovered[s, t].astype(np.int64),
        -table.attendance[s, t].astype(np.int64),
        -table.kept[s, t].astype(np.int64),
        table.burden[s, t],
    ])  # fmt: skip
    nothing = np.array([len(sessions), 0, 0, sum(t in table.before for t in sessions), 0], np.int64)
    cost = np.repeat(nothing[:, None], len(slots) + 1, axis=1)
    for k in range(len(COSTS)):
        np.add.at(cost[k], row + 1, each[k])
    return _Unit(
        group=g,
        of_session=of_session,
        slot=np.append(-1, slots).astype(np.int32),
        cost=cost,
        forced=np.zeros(len(slots) + 1, np.int32),
        meetings=np.append(0, meetings).astype(np.int64),
        session=t.astype(np.int32),
        begin=table.group.starts[s, t].astype(np.int32),
        meeting_cost=-each,
    )


def _checked(unit: _Unit, group: Group, runs: NDArray[np.uint16]) -> _Unit:
    """The unit of a stable series without the slots that somebody could never attend enough of, and how many
    sessions of the others have to be dropped at least."""
    option = np.repeat(np.arange(len(unit.slot)), unit.meetings)
    most = unit.meetings.copy()  # sessions that can take place
    for i in set(group.members) - set(group.spared):
        comes = np.bincount(option[runs[i, unit.begin] >= group.length], minlength=len(unit.slot))
        most = np.minimum(most, 100 * comes // group.least_percent)
    possible = (most > 0) | (unit.meetings == 0)
    keep = possible[option]
    return _Unit(
        group=unit.group,
        of_session=unit.of_session,
        slot=unit.slot[possible],
        cost=unit.cost[:, possible],
        forced=(unit.meetings - most)[possible].astype(np.int32),
        meetings=unit.meetings[possible],
        session=unit.session[keep],
        begin=unit.begin[keep],
        meeting_cost=unit.meeting_cost[:, keep],
    )

"""Times and facilitators of a few groups as one integer program.

Columns: a 0/1 for each unit in each of its options, then one for each seat, meeting and person. A seat is
taken where the meeting is held. Nobody is in two places, as member or facilitator; spacing, caps and hours
count the turns elsewhere. Rules that the options cannot show (a percentage over rotating sessions) are not in
it: it bounds all answers, and what it finds is checked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from solvers.engine import IntArray
from solvers.rota.joint.instance import JointInstance
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.option_kernel import free_runs
from solvers.rota.turns.rows import Numbers, Rows

Flags = NDArray[np.bool_]


class JointProgram:
    """The program of one instance. unit_option (Z,): options of the first Z columns; seat, meeting, person
    (X,): of those after them."""

    def __init__(self, instance: JointInstance) -> None:
        self.instance, self.options = instance, instance.options
        self.rows = Rows()
        self._key = 0
        here = self._elsewhere()
        self.unit_option = np.array([o for u in instance.units for o in self._open(u, here)], np.int64)
        self.column_of = {int(o): k for k, o in enumerate(self.unit_option.tolist())}
        self.n_options = len(self.unit_option)
        self.rows.columns(self.n_options)
        self.seat, self.meeting, self.person = self._takers(here)
        self.rows.columns(len(self.seat))
        self.columns = self.n_options + np.arange(len(self.seat))
        self.begin = self.options.begin[self.meeting]
        self._units()
        self._meetings()
        self._people()
        self._places()

    def read(self, values: IntArray) -> tuple[Chosen, list[int]]:
        """The options chosen for every unit, and who takes each seat."""
        option = self.instance.now.option.copy()
        for o in self.unit_option[values[: self.n_options] > 0].tolist():
            option[int(self.options.unit[o])] = o
        person = [-1] * len(self.instance.seats)
        for x in np.flatnonzero(values[self.n_options :]).tolist():
            person[int(self.seat[x])] = int(self.person[x])
        return Chosen(option, self.instance.now.dropped), person

    def values(self) -> IntArray:
        """The columns of the present times and turns, as far as the program has them."""
        out = np.zeros(self.rows.n_columns, np.int64)
        for u in self.instance.units:
            if (k := self.column_of.get(int(self.instance.now.option[u]))) is not None:
                out[k] = 1
        held = out[[self.column_of[int(o)] for o in self.options.option[self.meeting].tolist()]]
        now = np.array([seat.now for seat in self.instance.seats], np.int64)
        if len(self.seat):
            out[self.columns] = (held > 0) & (now[self.seat] == self.person)
        return out

    def open_seats(self, role: int) -> IntArray:
        """An objective, to be made large: minus the seats of a role that are open in the options chosen."""
        wanted: dict[tuple[int, int], int] = defaultdict(int)
        for seat in self.instance.seats:
            wanted[seat.group, seat.session] += seat.role == role
        out = np.zeros(self.rows.n_columns, np.int64)
        for k, o in enumerate(self.unit_option.tolist()):
            g = int(self.options.unit_group[self.options.unit[o]])
            for m in self._meetings_of(o):
                out[k] -= wanted[g, int(self.options.session[m])]
        roles = np.array([seat.role for seat in self.instance.seats], np.int64)
        if len(self.seat):
            out[self.columns] = roles[self.seat] == role
        return out

    def cost(self, k: int) -> IntArray:
        """An objective, to be made large: minus row k of `Options.cost`."""
        out = np.zeros(self.rows.n_columns, np.int64)
        out[: self.n_options] = -self.options.cost[k, self.unit_option]
        return out

    def _meetings_of(self, option: int) -> range:
        return range(int(self.options.meeting_start[option]), int(self.options.meeting_start[option + 1]))

    def _elsewhere(self) -> NDArray[np.uint16]:
        """Steps that each person has from each step on without a session of a group that stays, or a turn."""
        times, _ = self.instance.now.times(self.options)
        idle = np.ones(self.options.instance.free.shape, np.bool_)
        for g, (group, row) in enumerate(zip(self.options.instance.groups, times, strict=True)):
            for t, begin in enumerate(row):
                if begin >= 0 and (g not in self.instance.groups or t in group.fixed_at):
                    idle[list(group.members), begin : begin + group.length] = False
        for i, spans in self.instance.elsewhere.items():
            for begin, end in spans:
                idle[i, begin:end] = False
        runs: NDArray[np.uint16] = free_runs(idle)
        return runs

    def _open(self, unit: int, idle: NDArray[np.uint16]) -> list[int]:
        """Options of a unit in which all its meetings can be held beside the groups that stay."""
        options = self.options
        members = np.array(options.instance.groups[int(options.unit_group[unit])].members, np.int64)
        out = []
        for o in range(int(options.unit_start[unit]), int(options.unit_start[unit + 1])):
            few = slice(int(options.meeting_start[o]), int(options.meeting_start[o + 1]))
            fits = idle[np.ix_(members, options.begin[few])] >= options.length[few]
            if o == self.instance.now.option[unit] or (not options.forced[o] and fits.all()):
                out.append(o)
        return out

    def _takers(self, idle: NDArray[np.uint16]) -> tuple[IntArray, IntArray, IntArray]:
        """(seat, meeting, person) of everybody who could take a seat at a meeting."""
        options = self.options
        of: dict[tuple[int, int], list[int]] = defaultdict(list)
        for o in self.unit_option.tolist():
            g = int(options.unit_group[options.unit[o]])
            for m in self._meetings_of(o):
                of[g, int(options.session[m])].append(m)
        out: list[tuple[int, int, int]] = []
        for k, seat in enumerate(self.instance.seats):
            meetings = np.array(of[seat.group, seat.session], np.int64)
            if not len(meetings) or not seat.able:
                continue
            at = np.ix_(np.array(seat.able, np.int64), options.begin[meetings])
            length = options.instance.groups[seat.group].length
            row, column = np.nonzero((options.runs[at] >= length) & (idle[at] >= length))
            out += [
                (k, int(meetings[m]), seat.able[i])
                for i, m in zip(row.tolist(), column.tolist(), strict=True)
            ]
        table = np.array(out, np.int64).reshape(-1, 3)
        return table[:, 0], table[:, 1], table[:, 2]

    def _units(self) -> None:
        """Each unit has one option."""
        unit = self.options.unit[self.unit_option]
        self.rows.add(unit, np.arange(self.n_options), 1, 1, 1)

    def _meetings(self) -> None:
        """A seat is taken once, at a meeting that is held, by somebody with no other seat of it; lead and
        co-facilitator of it come from different organizations."""
        n, meetings = self.instance.n_people, len(self.options.option)
        key = self.seat * meetings + self.meeting
        keys = np.unique(key)
        held = np.array(
            [self.column_of[int(o)] for o in self.options.option[keys % meetings].tolist()], np.int64
        )
        ones = np.ones(len(key), np.int64)
        both = np.concatenate([ones, np.full(len(keys), -1)])
        self.rows.add(np.concatenate([key, keys]), np.concatenate([self.columns, held]), both, most=0)
        self._capped(self.meeting * n + self.person, ones, lambda _: 1)
        if self.instance.mixed:
            homes = len(self.instance.organization_room)
            self._capped(self.meeting * homes + self.instance.organization[self.person], ones, lambda _: 1)

    def _people(self) -> None:
        """Turns and hours of each person, and of each organization; turns of a span of time."""
        instance, ones = self.instance, np.ones(len(self.seat), np.int64)
        group = np.array([seat.group for seat in instance.seats], np.int64)[self.seat]
        hours = np.array(
            [instance.hours[g, i] for g, i in zip(group.tolist(), self.person.tolist(), strict=True)],
            np.int64,
        )
        self._capped(self.person, ones, lambda i: int(instance.room[i]))
        self._capped(self.person, hours, lambda i: int(instance.hours_left[i]))
        home = instance.organization[self.person]
        rooms = instance.organization_room
        self._capped(home, ones, lambda o: int(rooms[o]) if rooms[o] >= 0 else len(ones))
        for i in np.unique(self.person).tolist():
            mine = np.flatnonzero(self.person == i)
            mine = mine[np.argsort(self.begin[mine], kind="stable")]
            there = np.array(sorted(begin for begin, _ in instance.elsewhere.get(i, ())), np.int64)
            for steps, most in instance.spans:
                self._spaced(mine, there, steps, most)

    def _spaced(self, mine: IntArray, there: IntArray, steps: int, most: int) -> None:
        """Of somebody's turns (columns by begin, those elsewhere) at most so many begin within `steps`."""
        begin = self.begin[mine].astype(np.int64)
        last = 0
        for first in np.unique(np.concatenate([begin, there])).tolist():
            low, high = np.searchsorted(begin, [first, first + steps])
            beside = int(((there >= first) & (there < first + steps)).sum())
            if high > low and (high > last or beside) and high - low + beside > most:
                self.rows.add(
                    np.zeros(high - low, np.int64),
                    self.columns[mine[low:high]],
                    1,
                    most=max(0, most - beside),
                )
            last = max(last, int(high))

    def _places(self) -> None:
        """Nobody is in two sessions at a time, of which they are members or facilitate one."""
        options, groups = self.options, self.options.instance.groups
        units = self.instance.units
        of = {u: np.flatnonzero(options.unit[self.unit_option] == u) for u in units}
        spans = {u: self._spans(of[u]) for u in units}
        members = {u: set(groups[int(options.unit_group[u])].members) for u in units}
        for u in units:
            for v in units:
                if u < v and options.unit_group[u] != options.unit_group[v] and members[u] & members[v]:
                    for k, own in spans[u]:
                        self._apart([k], own, spans[v])
        unit = options.unit[options.option[self.meeting]]
        for v in units:
            group = options.unit_group[v]
            inside = np.isin(self.person, list(members[v])) & (options.unit_group[unit] != group)
            for begin in np.unique(self.begin[inside]).tolist():
                at = np.flatnonzero(inside & (self.begin == begin))
                for i in np.unique(self.person[at]).tolist():
                    own = at[self.person[at] == i]
                    end = begin + int(options.length[self.meeting[own]].max())
                    self._apart(self.columns[own].tolist(), [(begin, end)], spans[v])

    def _spans(self, columns: IntArray) -> list[tuple[int, list[tuple[int, int]]]]:
        """Per option column when its meetings are."""
        options = self.options
        out = []
        for k in columns.tolist():
            few = self._meetings_of(int(self.unit_option[k]))
            out.append((k, [(int(options.begin[m]), int(options.begin[m] + options.length[m])) for m in few]))
        return out

    def _apart(
        self,
        columns: Iterable[int],
        own: list[tuple[int, int]],
        others: list[tuple[int, list[tuple[int, int]]]],
    ) -> None:
        """Of these columns, whose time is `own`, and of all options that overlap it, one at most."""
        met = [k for k, spans in others if any(a < d and c < b for a, b in own for c, d in spans)]
        if met:
            both = np.array([*columns, *met], np.int64)
            self.rows.add(np.zeros(len(both), np.int64), both, 1, most=1)

    def _capped(self, key: Numbers, by: IntArray, most: Callable[[int], int]) -> None:
        """Rows of takers: for each key no more than `most(key)`, where all of them could pass that."""
        if not len(key):
            return
        keys, row = np.unique(key, return_inverse=True)
        total = np.zeros(len(keys), np.int64)
        np.add.at(total, row, by)
        bound = np.array([most(int(one)) for one in keys.tolist()], np.int64)
        tight = total > bound
        part = tight[row]
        self.rows.add(key[part], self.columns[part], by[part], most=bound[tight])

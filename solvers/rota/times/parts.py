"""What hangs together: units that no rule ties to others are solved by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from solvers.rota.times.loads import Loads, loads_of
from solvers.rota.times.options import Flags, Whole
from solvers.rota.times.overlap import Overlaps, components, overlaps
from solvers.rota.times.program import Held, Model
from solvers.rota.times.space import Space, lowest


@dataclass(frozen=True)
class Part:
    """Units that hang together, with the rows that tie them: sets of meetings, held tiers, and the people
    whose burden has to be watched."""

    units: Whole
    sets: Whole
    held: tuple[Held, ...]
    groups: tuple[int, ...]
    people: Whole

    @property
    def tied(self) -> bool:
        """Whether anything is asked but the best option of each unit."""
        return bool(len(self.sets) or self.held or self.groups or len(self.people))


@dataclass(frozen=True)
class Parts:
    """All parts of a space for options `inside`."""

    space: Space
    inside: Flags
    parted: Flags
    rows: Overlaps
    loads: Loads | None
    each: tuple[Part, ...]

    def joined(self, units: Whole) -> Part:
        """All parts of some units as one."""
        inside = np.zeros(self.space.options.n_units, np.bool_)
        inside[units] = True
        mine = [part for part in self.each if inside[part.units].any()]
        return Part(
            units=units,
            sets=np.concatenate([part.sets for part in mine]),
            held=tuple(one for part in mine for one in part.held),
            groups=tuple(g for part in mine for g in part.groups),
            people=np.concatenate([part.people for part in mine]),
        )

    def model(
        self, part: Part, room: Whole | None = None, column: bool = False, escaping: Whole | None = None
    ) -> tuple[Model, int | None]:
        """The program of a part; room (n,): what everybody may bear, or what counts above it in the column
        that is returned. escaping: see `Model`."""
        options = self.space.options
        away = np.zeros(0, np.int64) if escaping is None else escaping
        model = Model(options, part.units, self.inside, self.parted, away)
        size = np.diff(self.rows.start)[part.sets]
        start = np.concatenate([[0], np.cumsum(size)])
        first = np.repeat(self.rows.start[part.sets] - start[:-1], size)
        model.apart(start, self.rows.meeting[np.arange(len(first)) + first])
        for held in part.held:
            model.hold(held, lowest(options, self.space.least(held.row), self.space.near))
        for g in part.groups:
            mine = model.chosen[options.unit_group[options.unit[model.chosen]] == g]
            spans = [np.arange(options.meeting_start[o], options.meeting_start[o + 1]) for o in mine.tolist()]
            if options.instance.groups[g].rotating:
                spans = [np.concatenate(spans)] if spans else []
            for meetings in spans:
                if len(meetings):
                    model.attend(g, meetings)
        top = None
        if column:
            top = int(model.builder.new(1, 2**40)[0])
        if self.loads is not None and room is not None and len(part.people):
            keep = model.x[options.option[self.loads.meeting]] >= 0
            mine_loads = Loads(self.loads.meeting[keep], self.loads.person[keep], self.loads.burden[keep])
            model.bear(mine_loads, room, part.people, None if top is None else np.array([top]))
        return model, top


def parts_of(
    space: Space,
    inside: Flags,
    window: Whole | None = None,
    *,
    watch: int | None = None,
    further: Iterable[Whole] = (),
) -> Parts:
    """Split what the options `inside` leave. watch: people who could bear more than that tie their units;
    further: sets of units that belong together."""
    options, instance = space.options, space.options.instance
    parted = space.parted(window) & inside
    rows = overlaps(options, inside, space.people, parted)
    held = _held(space, inside, parted)
    asked = [g for g, group in enumerate(instance.groups) if group.least_percent]
    asked = [
        g
        for g in asked
        if instance.groups[g].rotating or parted[_span(options.unit_start, options.units_of[g])].any()
    ]
    loads, people = None, np.zeros(0, np.int64)
    person_start, unit = options.people
    if watch is not None:
        loads = loads_of(options, inside)
        _, most, _ = loads.ranges(options, inside, parted, space.base)
        people = np.flatnonzero(most > watch)
        people = people[np.isin(people, loads.person)]
    ties: list[Whole] = [one.units for one in held]
    ties += [np.array(options.units_of[g], np.int64) for g in asked]
    ties += [unit[person_start[i] : person_start[i + 1]].astype(np.int64) for i in people.tolist()]
    ties += list(further)
    root = components(options, rows, ties)
    first = (
        options.unit[options.option[rows.meeting[rows.start[:-1]]]] if len(rows) else np.zeros(0, np.int32)
    )
    set_root = root[first]
    person_root = root[[int(unit[person_start[i]]) for i in people.tolist()]] if len(people) else people
    held_of: dict[int, list[Held]] = {}
    for one in held:
        if len(one.units):
            held_of.setdefault(int(root[one.units[0]]), []).append(one)
    groups_of: dict[int, list[int]] = {}
    for g in asked:
        if options.units_of[g]:
            groups_of.setdefault(int(root[options.units_of[g][0]]), []).append(g)
    units, sets, who = _split(root), _split(set_root), _split(person_root)
    none = np.zeros(0, np.int64)
    each = tuple(
        Part(
            units=mine,
            sets=sets.get(at, none),
            held=tuple(held_of.get(at, ())),
            groups=tuple(groups_of.get(at, ())),
            people=people[who.get(at, none)],
        )
        for at, mine in units.items()
    )
    return Parts(space, inside, parted, rows, loads, each)


def _held(space: Space, inside: Flags, parted: Flags) -> list[Held]:
    """The held tiers that the options inside could break."""
    options = space.options
    out = []
    for one in space.held:
        high = np.where(inside, options.cost[one.row], -(2**62))
        mine = np.zeros(options.n_units, np.bool_)
        mine[one.units] = True
        loose = parted & mine[options.unit]
        top = np.maximum.reduceat(high, options.unit_start[:-1])[one.units]
        if loose.any() or int(top.sum()) > one.most:
            out.append(one)
    return out


def _span(start: Whole, rows: list[int]) -> Whole:
    spans = [np.arange(start[r], start[r + 1]) for r in rows]
    return np.concatenate([*spans, np.zeros(0, np.int64)]).astype(np.int64)


def _split(root: Whole) -> dict[int, Whole]:
    """Numbers of the entries with each root."""
    if not len(root):
        return {}
    order = np.argsort(root, kind="stable")
    names, first = np.unique(root[order], return_index=True)
    pieces = np.split(order, first[1:])
    return {int(name): piece.astype(np.int64) for name, piece in zip(names, pieces, strict=True)}

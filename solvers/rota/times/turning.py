"""The last tier: how often rotating groups change their slot, counted by the changes that are avoided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from solvers.engine import NO_BOUND
from solvers.limits import Limits
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.least import minimize
from solvers.rota.times.options import Flags, Options
from solvers.rota.times.parts import Part, Parts, parts_of
from solvers.rota.times.program import Model
from solvers.rota.times.space import Space


@dataclass(frozen=True)
class Stop:
    """One session of a rotating group on the way through its slots. unit: -1 for one that is fixed, then in
    one of `slots`; options: those it may be in, by slot; free: whether it may be left out."""

    unit: int
    slots: dict[int, int]
    free: bool


def stops_of(options: Options, g: int, inside: Flags) -> list[Stop]:
    """The sessions of a rotating group in order; fixed ones in no slot and closed ones are not among them."""
    group = options.instance.groups[g]
    unit_of = {int(options.unit_session[u]): u for u in options.units_of[g]}
    out = []
    for t in range(group.n_sessions):
        if t in group.fixed_at:
            able = np.flatnonzero(group.starts[:, t] == group.fixed_at[t]).tolist()
            if able:
                out.append(Stop(-1, dict.fromkeys(able, -1), False))
        elif t in unit_of:
            u = unit_of[t]
            span = range(int(options.unit_start[u]), int(options.unit_start[u + 1]))
            slots = {int(options.slot[o]): o for o in span if inside[o]}
            out.append(Stop(u, {s: o for s, o in slots.items() if s >= 0}, -1 in slots))
    return out


def fewest(stops: list[Stop]) -> int:
    """Fewest changes if only this group had to meet: slots go on as long as there is one."""
    changes, going = 0, None
    for stop in stops:
        if stop.free:
            continue
        able = set(stop.slots)
        both = able if going is None else going & able
        changes += not both
        going = both or able
    return changes


def changes_of(slots: tuple[int, ...]) -> int:
    """How often a session is in another slot than the one held before it."""
    held = [s for s in slots if s >= 0]
    return sum(a != b for a, b in pairwise(held))


def settle_turning(space: Space, limits: Limits, keep: Callable[[Chosen], bool]) -> int:
    """Make changes of slot as few as the space lets them be. Returns a bound that no answer passes.

    At first every group that could do without a change stays in one slot, or gets away for one change at
    least, in nobody's way; those who got away are then looked at session by session.
    """
    options = space.options
    groups = options.instance.groups
    turning = [g for g, group in enumerate(groups) if group.rotating]
    least = {g: fewest(stops_of(options, g, space.allowed)) for g in turning}
    bound = sum(least.values())
    steady = {g for g in turning if options.units_of[g] and not fewest(stops_of(options, g, space.near))}
    while not limits.over and _changes(space, turning) > bound:
        parts = _parts(space, turning, steady)
        found, fled, chosen = 0, set(), space.best
        for part in parts.each:
            mine = sorted({int(g) for g in options.unit_group[part.units] if groups[g].rotating})
            if _changes(space, mine) > sum(least[g] for g in mine):
                floor, away, chosen = _fewer(
                    parts, part, mine, steady, sum(least[g] for g in mine), chosen, limits
                )
                found += floor
                fled |= away
            else:
                found += sum(least[g] for g in mine)
        if keep(chosen):  # all parts at once: one alone could be in the way of what others leave
            space.best = chosen
        found += sum(least[g] for g in turning if not options.units_of[g])
        if space.whole:
            bound = max(bound, found)
        limits.tell("prove", tier="slot_changes", value=_changes(space, turning), bound=bound)
        if not fled:
            break
        steady -= fled
    return bound


def _changes(space: Space, groups: list[int]) -> int:
    _, slots = space.best.times(space.options)
    return sum(changes_of(slots[g]) for g in groups)


def _parts(space: Space, turning: list[int], steady: set[int]) -> Parts:
    """Parts of whole groups; steady ones have only slots that all their sessions could be in."""
    options = space.options
    inside = space.near.copy()
    for g in steady:
        common = _common(stops_of(options, g, space.near))
        for u in options.units_of[g]:
            span = slice(int(options.unit_start[u]), int(options.unit_start[u + 1]))
            inside[span] &= np.isin(options.slot[span], [-1, *common])
    together = [np.array(options.units_of[g], np.int64) for g in turning if options.units_of[g]]
    return parts_of(space, inside, watch=space.cap, further=together)


def _common(stops: list[Stop]) -> list[int]:
    """Slots that every session that has to be held could be in."""
    needed = [set(stop.slots) for stop in stops if not stop.free]
    every = set().union(*(stop.slots for stop in stops))
    return sorted(every.intersection(*needed))


def _fewer(
    parts: Parts,
    part: Part,
    groups: list[int],
    steady: set[int],
    floor: int,
    chosen: Chosen,
    limits: Limits,
) -> tuple[int, set[int], Chosen]:
    """Fewest changes of some groups: (a bound, the groups that got away, the choice with what was found)."""
    space, options = parts.space, parts.space.options
    room = None if space.cap is None else space.cap - space.base
    leaving = [u for g in groups if g in steady for u in options.units_of[g]]
    model, _ = parts.model(part, room, escaping=np.array(leaving, np.int64))
    away = {u: int(column) for u, column in zip(leaving, model.away, strict=True)}
    price: dict[int, int] = {}
    joints = 0
    for g in groups:
        if g in steady:
            price[_steadily(model, g, stops_of(options, g, parts.inside), away)] = 1
        else:
            stays, count = _stays(model, stops_of(options, g, parts.inside))
            price |= dict.fromkeys(stays, -1)
            joints += count
    costs = np.zeros(model.builder.columns, np.int64)
    costs[list(price)] = list(price.values())
    answer = minimize(
        model.builder.program(),
        costs,
        limits,
        space.share,
        hint=model.values(space.best),
        least=floor - joints,
    )
    bound = floor if answer.bound is None else max(floor, joints + answer.bound)
    if answer.values is None:
        return bound, set(), chosen
    fled = {int(options.unit_group[u]) for u, column in away.items() if answer.values[column]}
    option, gone = chosen.option.copy(), set(chosen.dropped)
    model.read(answer.values, option, gone)
    return bound, fled, Chosen(option, frozenset(gone))


def _steadily(model: Model, g: int, stops: list[Stop], away: dict[int, int]) -> int:
    """Rows that keep a group in one slot unless it gets away; the column by which it does."""
    build = model.builder
    slots = _common(stops)
    state = dict(zip(slots, build.new(len(slots)).tolist(), strict=True))
    leave = [away[u] for u in model.options.units_of[g]]
    held = any(not stop.free for stop in stops)
    build.rows([0] * (len(slots) + 1), [*state.values(), leave[0]], 1, int(held), 1, 1)
    for column in leave[1:]:
        build.rows([0, 0], [leave[0], column], [1, -1], 0, 0, 1)
    for stop in stops:
        for s, o in stop.slots.items():
            if o >= 0:
                least = -NO_BOUND if stop.free else 0
                build.rows([0, 0], [int(model.x[o]), state[s]], [1, -1], least, 0, 1)
    return leave[0]


def _stays(model: Model, stops: list[Stop]) -> tuple[list[int], int]:
    """Columns that are 1 where a session stays in the slot before it, and how many joints there are between
    sessions. A session that is left out hands on the slot before it."""
    every = sorted({s for stop in stops for s in stop.slots})
    build = model.builder
    states: list[dict[int, int]] = []
    for stop in stops:
        if stop.unit >= 0 and not stop.free:
            states.append({s: int(model.x[o]) for s, o in stop.slots.items()})
            continue
        slots = every if stop.free else sorted(stop.slots)
        columns = build.new(len(slots))
        state = dict(zip(slots, columns.tolist(), strict=True))
        build.rows([0] * len(slots), columns, 1, 1 if slots else 0, 1, 1)
        for s, o in stop.slots.items():
            if o >= 0:
                build.rows([0, 0], [int(model.x[o]), state[s]], [1, -1], -NO_BOUND, 0, 1)
        states.append(state)
    stays: list[int] = []
    for before, after in pairwise(states):
        for s in sorted(set(before) & set(after)):
            column = int(build.new(1)[0])
            stays.append(column)
            build.rows([0, 0], [column, before[s]], [1, -1], -NO_BOUND, 0, 1)
            build.rows([0, 0], [column, after[s]], [1, -1], -NO_BOUND, 0, 1)
    return stays, max(0, len(states) - 1)

"""The last tier: how often rotating groups change their slot, counted by the changes that are avoided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solvers.engine import NO_BOUND
from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.options import Flags, Options, Whole
from solvers.rota.times.parts import Part, Parts, parts_of
from solvers.rota.times.program import Model
from solvers.rota.times.space import Space
from solvers.rota.times.sums import SHARE, SHORTEST
from solvers.sat import minimize


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
    """Fewest changes if only this group had to meet: slots that can go on are kept as long as there is one."""
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
    return sum(a != b for a, b in zip(held, held[1:], strict=False))


def settle_turning(space: Space, limits: Limits, keep: Callable[[Chosen], bool]) -> int:
    """Make changes of slot as few as the space lets them be. Returns a bound that no answer passes."""
    options = space.options
    groups = options.instance.groups
    turning = [g for g, group in enumerate(groups) if group.rotating]
    least = {g: fewest(stops_of(options, g, space.allowed)) for g in turning}
    if limits.over:
        return sum(least.values())
    together = [np.array(options.units_of[g], np.int64) for g in turning if options.units_of[g]]
    parts = parts_of(space, space.near, watch=space.cap, further=together)
    bounds = 0
    for part in parts.each:
        mine = sorted({int(g) for g in options.unit_group[part.units] if groups[g].rotating})
        _, slots = space.best.times(options)
        now, floor = sum(changes_of(slots[g]) for g in mine), sum(least[g] for g in mine)
        if mine and now > floor:
            floor = max(floor, _fewer(parts, part, mine, floor, limits, keep))
        bounds += floor
        limits.tell("prove", tier="slot_changes", bound=bounds)
    alone = sum(least[g] for g in turning if not options.units_of[g])
    return bounds + alone if space.proven else sum(least.values())


def _fewer(
    parts: Parts, part: Part, groups: list[int], floor: int, limits: Limits, keep: Callable[[Chosen], bool]
) -> int:
    """Fewest changes of some groups: a bound."""
    space = parts.space
    room = None if space.cap is None else space.cap - space.options.carried
    model, _ = parts.model(part, room)
    kept: list[Whole] = []
    joints = 0
    for g in groups:
        stays, count = _stays(model, stops_of(space.options, g, parts.inside))
        kept.append(stays)
        joints += count
    costs = np.zeros(model.builder.columns, np.int64)
    for stays in kept:
        costs[stays] = -1
    hint = model.values(space.best)
    seconds = max(SHORTEST, SHARE * limits.left)
    answer = minimize(
        model.builder.program(), costs, limits, hint=hint, seconds=seconds, least=floor - joints
    )
    if answer.values is not None:
        option, gone = space.best.option.copy(), set(space.best.dropped)
        model.read(answer.values, option, gone)
        candidate = Chosen(option, frozenset(gone))
        if keep(candidate):
            space.best = candidate
    if answer.status in (Status.UNKNOWN, Status.INFEASIBLE) or answer.bound is None:
        return floor
    return joints + answer.bound


def _stays(model: Model, stops: list[Stop]) -> tuple[Whole, int]:
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
    for before, after in zip(states, states[1:], strict=False):
        for s in sorted(set(before) & set(after)):
            column = int(build.new(1)[0])
            stays.append(column)
            build.rows([0, 0], [column, before[s]], [1, -1], -NO_BOUND, 0, 1)
            build.rows([0, 0], [column, after[s]], [1, -1], -NO_BOUND, 0, 1)
    return np.array(stays, np.int64), max(0, len(states) - 1)

"""The tier of the highest burden: whoever bears most is looked at with the groups around them, few at first.

Those groups alone, as if nobody else were in their way, bound what anybody bears; the same groups, with all
others as they are, may lighten the load. Where neither settles it, groups around them join.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solvers.engine import Found
from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.least import minimize
from solvers.rota.times.loads import loads_of
from solvers.rota.times.options import Flags, Options, Whole
from solvers.rota.times.parts import parts_of
from solvers.rota.times.program import Held, Model
from solvers.rota.times.space import Space

WIDE = 400
"""Units beyond which the groups around join all at once."""


def borne_by(options: Options, chosen: Chosen) -> Whole:
    """(n,): what everybody bears, with carried burden and that of fixed sessions."""
    inside = np.zeros(len(options), np.bool_)
    inside[chosen.option] = True
    loads = loads_of(options, inside)
    kept = ~np.isin(loads.meeting, np.array(sorted(chosen.dropped), np.int64))
    out = options.carried.copy()
    np.add.at(out, loads.person[kept], loads.burden[kept])
    return out


def settle_highest(space: Space, limits: Limits, keep: Callable[[Chosen], bool]) -> int:
    """Make the highest burden of anybody as low as the space lets it be, and cap it there.

    Returns a bound that no answer passes.
    """
    options = space.options
    least, _ = _needs(space, space.allowed)
    bound = int(least.max(initial=0))
    load = borne_by(options, space.best)
    while not limits.over and int(load.max(initial=0)) > bound:
        person = int(load.argmax())
        found, light = _around(space, person, bound, limits, keep)
        if space.whole:
            bound = max(bound, found)
        load = borne_by(options, space.best)
        limits.tell("prove", tier="highest_burden", value=int(load.max()), bound=bound)
        if not light:
            break
    top = int(load.max(initial=0))
    space.cap = top
    space.near &= _needs(space, space.near)[1] <= top
    space.allowed &= _needs(space, space.allowed)[1] <= top
    return min(bound, top)


def _needs(space: Space, inside: Flags) -> tuple[Whole, Whole]:
    """What everybody bears in any answer (n,), and what an option takes somebody to at least (N,)."""
    loads = loads_of(space.options, inside)
    least, _, needed = loads.ranges(space.options, inside, space.parted(), space.base)
    return least, needed


def _around(
    space: Space, person: int, floor: int, limits: Limits, keep: Callable[[Chosen], bool]
) -> tuple[int, bool]:
    """(a bound on the highest burden, whether this person bears less now), by more and more groups."""
    options = space.options
    person_start, unit = options.people
    units = np.unique(unit[person_start[person] : person_start[person + 1]]).astype(np.int64)
    top = int(borne_by(options, space.best)[person])
    bound = floor
    while not limits.over:
        ring = _with_neighbours(options, units)
        while WIDE < len(units) < len(ring):  # from here on all of them cost no more than most of them
            units, ring = ring, _with_neighbours(options, ring)
        if len(units) < len(ring):
            _, alone = _lowest(space, units, space.near, floor, limits)
            bound = max(bound, floor + (alone.bound or 0))
            if bound >= top:
                return top, False
        inside = np.isin(options.unit, units) & space.near
        inside[space.best.option] = True
        model, answer = _lowest(space, ring, inside, floor, limits, settled=True)
        if answer.values is not None and answer.value is not None and floor + answer.value < top:
            option, gone = space.best.option.copy(), set(space.best.dropped)
            model.read(answer.values, option, gone)
            candidate = Chosen(option, frozenset(gone))
            if keep(candidate):
                space.best = candidate
                return bound, True
        if len(ring) == len(units) and answer.status is not Status.OPTIMAL:
            break
        if len(ring) == len(units):
            return max(bound, top), False
        units = ring
    return bound, False


def _with_neighbours(options: Options, units: Whole) -> Whole:
    """Units of everybody who is in one of these units."""
    start, member = options.members
    person_start, unit = options.people
    groups = np.unique(options.unit_group[units])
    people = np.unique(np.concatenate([member[start[g] : start[g + 1]] for g in groups.tolist()]))
    rows = [unit[person_start[i] : person_start[i + 1]] for i in people.tolist()]
    return np.unique(np.concatenate(rows)).astype(np.int64)


def _lowest(
    space: Space, units: Whole, inside: Flags, floor: int, limits: Limits, settled: bool = False
) -> tuple[Model, Found]:
    """The least by which the highest burden of these units' people exceeds `floor`. All others bear what
    they bear now (`settled`), or as little as they could."""
    options = space.options
    part = space.among(units, inside)
    mine = np.zeros(options.n_units, np.bool_)
    mine[units] = True
    others = np.zeros(len(options), np.bool_)
    if settled:
        others[space.best.option] = True
        part.held = [_beside(space, one, mine) for one in space.held if mine[one.units].any()]
    else:
        others = space.near.copy()
    others &= ~mine[options.unit]
    least, _ = _needs(space, others)
    part.base = least
    parts = parts_of(part, part.near, watch=floor)
    whole = parts.joined(units)
    model, top = parts.model(whole, floor - part.base, column=True)
    costs = np.zeros(model.builder.columns, np.int64)
    costs[top] = 1
    hint = model.values(space.best)
    load = borne_by(options, space.best)[whole.people].max(initial=0)
    hint[top] = max(0, int(load) - floor)
    return model, minimize(model.builder.program(), costs, limits, space.share, hint=hint, least=0)


def _beside(space: Space, held: Held, mine: Flags) -> Held:
    """A held tier for some units when the others stay as they are."""
    options = space.options
    outside = held.units[~mine[held.units]]
    cost = int(options.cost[held.row, space.best.option[outside]].sum())
    for m in space.best.dropped:
        if options.unit[options.option[m]] in outside:
            cost += int(options.meeting_cost[held.row, m])
    return Held(held.units[mine[held.units]], held.row, held.most - cost)

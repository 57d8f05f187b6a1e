"""The tier of the highest burden: as low as any part lets it be, the worst part first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.least import minimize
from solvers.rota.times.loads import loads_of
from solvers.rota.times.options import Options, Whole
from solvers.rota.times.parts import Part, Parts, parts_of
from solvers.rota.times.space import Space


def borne_by(options: Options, chosen: Chosen) -> Whole:
    """(n,): what everybody bears, with carried burden and that of fixed sessions."""
    inside = np.zeros(len(options), np.bool_)
    inside[chosen.option] = True
    loads = loads_of(options, inside)
    kept = ~np.isin(loads.meeting, np.array(sorted(chosen.dropped), np.int64))
    out = options.carried.copy()
    np.add.at(out, loads.person[kept], loads.burden[kept])
    return out


def settle_highest(space: Space, limits: Limits, keep: Callable[[Chosen], bool]) -> tuple[int, bool]:
    """Make the highest burden of anybody as low as the space lets it be, and cap it there.

    Returns (a bound that no answer passes, whether the value is proven).
    """
    options = space.options
    bound = _floor(space)
    top = int(borne_by(options, space.best).max(initial=0))
    exact = True
    if top > bound:
        parts = parts_of(space, _under(space, top), watch=bound)
        load = borne_by(options, space.best)
        worst = [int(load[part.people].max(initial=0)) for part in parts.each]
        for k in sorted(range(len(worst)), key=lambda k: -worst[k]):
            if worst[k] <= bound:
                break
            least, closed = _lower(parts, parts.each[k], bound, limits, keep)
            if space.proven:
                bound = max(bound, least)
            exact = exact and closed
            limits.tell("prove", tier="highest_burden", value=_top(space), bound=bound)
            if limits.over:
                exact = False
                break
    top = _top(space)
    proven = space.proven and top == bound
    space.proven = proven
    space.cap = top
    space.near &= _under(space, top)
    space.allowed &= _under(space, top, everything=True)
    return min(bound, top), proven


def _top(space: Space) -> int:
    return int(borne_by(space.options, space.best).max(initial=0))


def _floor(space: Space) -> int:
    """What somebody bears in any answer."""
    options = space.options
    loads = loads_of(options, space.allowed)
    least, _, _ = loads.ranges(options, space.allowed, space.parted())
    return int(least.max(initial=0))


def _under(
    space: Space, top: int, everything: bool = False
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(N,): options that nobody has to bear more than `top` for."""
    options = space.options
    inside = space.allowed if everything else space.near
    loads = loads_of(options, inside)
    _, _, needed = loads.ranges(options, inside, space.parted())
    return np.asarray(inside & (needed <= top), np.bool_)


def _lower(
    parts: Parts, part: Part, floor: int, limits: Limits, keep: Callable[[Chosen], bool]
) -> tuple[int, bool]:
    """The least highest burden of a part, or `floor` where it is lower: (a bound, whether it is reached)."""
    space = parts.space
    room = floor - space.options.carried
    model, top = parts.model(part, room, column=True)
    costs = np.zeros(model.builder.columns, np.int64)
    costs[top] = 1
    hint = model.values(space.best)
    hint[top] = max(0, int(borne_by(space.options, space.best)[part.people].max(initial=0)) - floor)
    answer = minimize(model.builder.program(), costs, limits, hint=hint, least=0)
    if answer.values is not None:
        option, gone = space.best.option.copy(), set(space.best.dropped)
        model.read(answer.values, option, gone)
        candidate = Chosen(option, frozenset(gone))
        if keep(candidate):
            space.best = candidate
    return floor + max(0, answer.bound or 0), answer.status is Status.OPTIMAL

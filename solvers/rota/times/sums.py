"""Tiers that are sums over options: proven part by part, in windows that grow only where they have to.

Each unit costs at least as much as its cheapest option. A window of w holds the options that cost at most w
more. Parts that no option in their windows ties to others are solved apart; a part whose best answer costs
no more than w above that sum needs nothing beyond its window, whatever the others do, so that is its least
cost in any answer. Where it costs more, the window grows, and parts may grow together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.options import COSTS, Whole
from solvers.rota.times.parts import Part, Parts, parts_of
from solvers.rota.times.program import Held
from solvers.rota.times.space import Space, lowest
from solvers.sat import minimize


SHARE = 0.4
SHORTEST = 2.0
"""One program gets this share of the time left, and not less than so many seconds: other tiers wait."""


@dataclass
class _Known:
    """What is known of a part: a bound on its loss, whether that is its least, the options that reach it, and
    whether time ended before more was known."""

    bound: int
    closed: bool
    option: Whole
    dropped: frozenset[int]
    stuck: bool = False


def settle(
    space: Space, row: int, limits: Limits, keep: Callable[[Chosen], bool]
) -> tuple[int, bool]:
    """Make the sum of one of `COSTS` as small as the space lets it be, and hold it there.

    Returns (a bound that no answer passes, whether the value is proven). `space.best` is the best answer
    found, accepted by `keep`; `space` is cut to what the next tier may choose among.
    """
    loss, low = space.above(row, space.near)
    window = np.zeros(space.options.n_units, np.int64)
    known: dict[tuple[tuple[int, ...], tuple[int, ...]], _Known] = {}
    while True:
        inside = space.near & (loss <= window[space.options.unit])
        parts = parts_of(space, inside, window, watch=space.cap)
        mine = space.loss(row, low)
        found: list[_Known] = []
        for part in parts.each:
            key = tuple(part.units.tolist()), tuple(window[part.units].tolist())
            if key not in known:
                known[key] = _solve(parts, part, row, loss, mine, window, limits)
            found.append(known[key])
        _adopt(space, parts, found, keep)
        bound = int(space.options.fixed_cost[row] + low.sum()) + sum(one.bound for one in found)
        limits.tell("prove", tier=COSTS[row], value=_told(space, row), bound=abs(bound))
        open_ = [k for k, one in enumerate(found) if not one.closed]
        if limits.over or all(found[k].stuck for k in open_):
            break
        mine = space.loss(row, low)
        for k in open_:
            if found[k].stuck:
                continue
            units = parts.each[k].units
            now = int(window[units].max())
            window[units] = max(now + 1, min(2 * now, int(mine[units].sum())))
    return _close(space, row, low, parts, found)


def _solve(
    parts: Parts, part: Part, row: int, loss: Whole, mine: Whole, window: Whole, limits: Limits
) -> _Known:
    """The least loss of one part within its window."""
    space, options = parts.space, parts.space.options
    reach = int(window[part.units].min())
    had = space.best
    current = int(mine[part.units].sum())
    if current == 0:
        dropped = _dropped_of(space, part)
        return _Known(0, True, had.option[part.units], dropped)
    if not part.tied:
        option = _cheapest(parts, part, row, loss)
        return _Known(0, True, option, frozenset())
    model, _ = parts.model(part, _room(space))
    costs, base = model.costs(row)
    floor = lowest(options, space.least(row), parts.inside)[part.units].sum()
    least = int(floor) - base  # drops may cost less than the options themselves
    hint = model.values(had)
    answer = minimize(
        model.builder.program(),
        costs,
        limits,
        hint=hint,
        seconds=max(SHORTEST, SHARE * limits.left),
        least=least,
    )
    bound = reach + 1
    if answer.status is not Status.INFEASIBLE:
        bound = min(bound, max(0, (least if answer.bound is None else answer.bound) - least))
    if answer.values is None:
        stuck = answer.status is not Status.INFEASIBLE
        return _Known(
            min(bound, current), False, had.option[part.units], _dropped_of(space, part), stuck
        )
    option, gone = space.best.option.copy(), set(space.best.dropped)
    model.read(answer.values, option, gone)
    reached = int(answer.value or 0) - least
    closed = answer.status is Status.OPTIMAL and reached <= reach
    inside = np.zeros(options.n_units, np.bool_)
    inside[part.units] = True
    dropped = frozenset(m for m in gone if inside[options.unit[options.option[m]]])
    stuck = answer.status is not Status.OPTIMAL
    return _Known(
        reached if closed else min(bound, current), closed, option[part.units], dropped, stuck
    )


def _room(space: Space) -> Whole | None:
    return None if space.cap is None else space.cap - space.options.carried


def _cheapest(parts: Parts, part: Part, row: int, loss: Whole) -> Whole:
    """The cheapest option of each unit of a part that nothing ties."""
    options = parts.space.options
    out = []
    for u in part.units.tolist():
        span = np.arange(options.unit_start[u], options.unit_start[u + 1])
        span = span[parts.inside[span]]
        out.append(int(span[np.argmin(loss[span])]))
    return np.array(out, np.int64)


def _dropped_of(space: Space, part: Part) -> frozenset[int]:
    options, mine = space.options, set(part.units.tolist())
    return frozenset(m for m in space.best.dropped if int(options.unit[options.option[m]]) in mine)


def _told(space: Space, row: int) -> int:
    return abs(int(space.best.costs(space.options)[row]))


def _adopt(space: Space, parts: Parts, found: list[_Known], keep: Callable[[Chosen], bool]) -> None:
    """Put the options of all parts together; parts that are not closed go along if they fit."""
    option = space.best.option.copy()
    dropped: set[int] = set()
    for part, one in zip(parts.each, found, strict=True):
        option[part.units] = one.option
        dropped |= one.dropped
    candidate = Chosen(option, frozenset(dropped))
    if keep(candidate):
        space.best = candidate


def _close(
    space: Space, row: int, low: Whole, parts: Parts, found: list[_Known]
) -> tuple[int, bool]:
    """Hold the tier: part by part where it is proven, unit by unit where it is not."""
    options = space.options
    mine = space.loss(row, low)
    fixed = int(options.fixed_cost[row])
    value = int(space.best.costs(options)[row])
    bound = fixed + int(low.sum()) + sum(one.bound for one in found)
    if not space.proven:
        # The space searched is not all: only what counts for every answer bounds it.
        _, all_low = space.above(row, space.allowed)
        bound = fixed + int(all_low.sum())
    bound = min(bound, value)
    proven = space.proven and all(one.closed for one in found) and bound == value
    loss, _ = space.above(row, space.near)
    if proven:
        limit = np.zeros(options.n_units, np.int64)
        parted = space.parted()
        for part, one in zip(parts.each, found, strict=True):
            limit[part.units] = one.bound
            loose = parted[np.isin(options.unit, part.units)].any()
            if one.bound or loose:
                space.held.append(Held(part.units, row, int(low[part.units].sum()) + one.bound))
        space.near &= loss <= limit[options.unit]
        space.allowed = space.near.copy()
        if row == 0:
            space.spare = np.minimum(space.spare, limit)
        return bound, True
    slack = value - bound
    all_loss, _ = space.above(row, space.allowed)
    spread = np.zeros(options.n_units, np.int64)
    if space.proven:
        for part, one in zip(parts.each, found, strict=True):
            spread[part.units] = one.bound
    space.allowed &= all_loss <= (slack + spread)[options.unit]
    if row == 0:
        space.spare = np.minimum(space.spare, slack + spread)
    space.near &= loss <= mine[options.unit]
    space.near[space.best.option] = True
    space.held.append(Held(np.arange(options.n_units, dtype=np.int64), row, value - fixed))
    space.proven = False
    return bound, False

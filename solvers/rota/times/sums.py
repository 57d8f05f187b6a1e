"""Tiers that are sums over options: proven part by part, in windows that grow only where they have to.

Each unit costs at least as much as its cheapest option. Its window holds the options that cost little more;
beyond it a unit may get away for what the next option costs, in nobody's way: a program that allows this
bounds what any answer costs. Units that no option in the windows ties to others are solved apart. Where
nobody gets away, the answer is a real one and its cost is the least; else the windows of those who did grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.least import minimize
from solvers.rota.times.options import COSTS, Options, Whole
from solvers.rota.times.parts import Part, Parts, parts_of
from solvers.rota.times.program import Held
from solvers.rota.times.space import FAR, Space, lowest


@dataclass
class _Known:
    """What is known of a part: a bound on its loss, whether that is its least, the options that reach it, who
    got away, and whether time ended before more was known."""

    bound: int
    option: Whole
    dropped: frozenset[int]
    away: Whole
    stuck: bool = False

    @property
    def closed(self) -> bool:
        """Whether the options are a real answer and cost what the bound says."""
        return not self.stuck and not len(self.away)


def settle(space: Space, row: int, limits: Limits, keep: Callable[[Chosen], bool]) -> int:
    """Make the sum of one of `COSTS` as small as the space lets it be, and hold it there.

    Returns a bound that no answer passes. `space.best` is the best answer
    found, accepted by `keep`; `space` is cut to what the next tier may choose among.
    """
    options = space.options
    loss, low = space.above(row, space.near)
    window = np.zeros(options.n_units, np.int64)
    known: dict[tuple[tuple[int, ...], tuple[int, ...]], _Known] = {}
    fixed = int(options.fixed_cost[row])
    while True:
        inside = space.near & (loss <= window[options.unit])
        parts = parts_of(space, inside, window if row == 0 else None, watch=space.cap)
        further = _next(space, row, loss, window)
        away = np.where(further < FAR, low + further, FAR)
        found: list[_Known] = []
        mine = space.loss(row, low)
        for part in parts.each:
            key = tuple(part.units.tolist()), tuple(window[part.units].tolist())
            if key not in known:
                known[key] = _solve(parts, part, row, loss, low, mine, away, limits)
            found.append(known[key])
        _adopt(space, parts, found, keep)
        bound = fixed + int(low.sum()) + sum(one.bound for one in found)
        value = int(space.best.costs(options)[row])
        limits.tell("prove", tier=COSTS[row], value=abs(value), bound=abs(min(bound, value)))
        growing = [one.away for one in found if len(one.away) and not one.stuck]
        if limits.over or bound >= value or not growing:
            break
        units = np.concatenate(growing)
        _cross(space, row, parts, found, units, limits, keep)
        window[units] = np.maximum((away - low)[units], 4 * window[units])
    return _close(space, row, low, parts, found)


def _cross(
    space: Space,
    row: int,
    parts: Parts,
    found: list[_Known],
    fled: Whole,
    limits: Limits,
    keep: Callable[[Chosen], bool],
) -> None:
    """Look for a better answer among the best one, what the parts would rather have, and anything for those
    who got away: a small program, in which the best one is an answer."""
    options = space.options
    inside = np.zeros(len(options), np.bool_)
    inside[space.best.option] = True
    for one in found:
        inside[one.option] = True
    loose = np.zeros(options.n_units, np.bool_)
    loose[fled] = True
    inside = (inside | loose[options.unit]) & space.near
    inside[space.best.option] = True
    mixed = parts_of(space, inside, watch=space.cap)
    best, nobody = space.best, np.zeros(options.n_units, np.int64)
    option, gone = best.option.copy(), set(best.dropped)
    for part in mixed.each:
        if len(part.units) == 1 and not part.tied and inside[_span(options, part)].sum() == 1:
            continue
        model, _ = mixed.model(part, _room(space))
        costs, _ = model.costs(row, nobody)
        answer = minimize(
            model.builder.program(),
            costs,
            limits,
            space.share,
            hint=model.values(best),
            least=int(np.minimum(costs, 0).sum()),
        )
        if answer.values is not None:
            model.read(answer.values, option, gone)
    candidate = Chosen(option, frozenset(gone))
    if keep(candidate):
        space.best = candidate


def _span(options: Options, part: Part) -> slice:
    u = int(part.units[0])
    return slice(int(options.unit_start[u]), int(options.unit_start[u + 1]))


def _next(space: Space, row: int, loss: Whole, window: Whole) -> Whole:
    """(U,): what the next option beyond each unit's window costs above the cheapest; FAR where none is."""
    options = space.options
    beyond = space.near & (loss > window[options.unit])
    out = lowest(options, loss, beyond)
    if row == 0:  # a session less is what comes next where the series could drop one
        several = space.parted() & space.near
        units = np.unique(options.unit[several])
        out[units] = np.minimum(out[units], window[units] + 1)
    return out


def _solve(
    parts: Parts, part: Part, row: int, loss: Whole, low: Whole, mine: Whole, away: Whole, limits: Limits
) -> _Known:
    """The least loss of one part, where units may get away."""
    space, options = parts.space, parts.space.options
    had, nobody = space.best, np.zeros(0, np.int64)
    current, floor = int(mine[part.units].sum()), int(low[part.units].sum())
    kept = had.option[part.units]
    if current == 0:
        return _Known(0, kept, _dropped_of(options, part, had.dropped), nobody)
    if not part.tied:
        return _Known(0, _cheapest(parts, part, loss), frozenset(), nobody)
    escaping = part.units[away[part.units] < FAR]
    model, _ = parts.model(part, _room(space), escaping=escaping)
    costs, base = model.costs(row, away)
    least = floor - base
    answer = minimize(
        model.builder.program(),
        costs,
        limits,
        space.share,
        hint=model.values(had),
        least=least,
    )
    bound = max(0, (least if answer.bound is None else answer.bound) - least)
    if answer.values is None:
        return _Known(min(bound, current), kept, _dropped_of(options, part, had.dropped), nobody, True)
    option, gone = had.option.copy(), set(had.dropped)
    model.read(answer.values, option, gone)
    fled = escaping[answer.values[model.away] == 1]
    option[fled] = options.unit_start[fled]
    dropped = _dropped_of(options, part, gone)
    dropped = frozenset(m for m in dropped if option[options.unit[options.option[m]]] == options.option[m])
    stuck = answer.status is not Status.OPTIMAL
    return _Known(min(bound, current), option[part.units], dropped, fled, stuck)


def _room(space: Space) -> Whole | None:
    return None if space.cap is None else space.cap - space.base


def _cheapest(parts: Parts, part: Part, loss: Whole) -> Whole:
    """The cheapest option of each unit of a part that nothing ties."""
    options = parts.space.options
    out = []
    for u in part.units.tolist():
        span = np.arange(options.unit_start[u], options.unit_start[u + 1])
        span = span[parts.inside[span]]
        out.append(int(span[np.argmin(loss[span])]))
    return np.array(out, np.int64)


def _dropped_of(options: Options, part: Part, dropped: Iterable[int]) -> frozenset[int]:
    mine = set(part.units.tolist())
    return frozenset(m for m in dropped if int(options.unit[options.option[m]]) in mine)


def _adopt(space: Space, parts: Parts, found: list[_Known], keep: Callable[[Chosen], bool]) -> None:
    """Put the options of all parts together. Who got away is placed again where that is possible."""
    option = space.best.option.copy()
    dropped: set[int] = set()
    for part, one in zip(parts.each, found, strict=True):
        option[part.units] = one.option
        dropped |= one.dropped
    candidate = Chosen(option, frozenset(dropped))
    if keep(candidate):
        space.best = candidate


def _close(space: Space, row: int, low: Whole, parts: Parts, found: list[_Known]) -> int:
    """Hold the tier: part by part where it is proven, unit by unit where it is not."""
    options = space.options
    mine = space.loss(row, low)
    fixed = int(options.fixed_cost[row])
    value = int(space.best.costs(options)[row])
    bound = fixed + int(low.sum()) + sum(one.bound for one in found)
    if not space.whole:
        # The space searched is not all: only what counts for every answer bounds it.
        _, all_low = space.above(row, space.allowed)
        bound = fixed + int(all_low.sum())
    bound = min(bound, value)
    proven = space.whole and bound == value
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
        return bound
    slack = value - bound
    all_loss, _ = space.above(row, space.allowed)
    spread = np.zeros(options.n_units, np.int64)
    if space.whole:
        for part, one in zip(parts.each, found, strict=True):
            spread[part.units] = one.bound
    space.allowed &= all_loss <= (slack + spread)[options.unit]
    if row == 0:
        space.spare = np.minimum(space.spare, slack + spread)
    space.near &= loss <= mine[options.unit]
    space.near[space.best.option] = True
    space.held.append(Held(np.arange(options.n_units, dtype=np.int64), row, value - fixed))
    space.whole = False
    return bound

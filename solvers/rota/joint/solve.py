"""Times and facilitators of a few groups together: fewest open turns first, then the tiers of times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solvers.engine import NO_BOUND, Found, IntArray, Program, maximize
from solvers.limits import Limits
from solvers.rota.joint.instance import JointInstance
from solvers.rota.joint.program import JointProgram
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.options import COSTS

ROLES = ("lead", "co")
AFTER = ("attendance", "moved", "burden")
"""Tiers of times that come after open turns, as far as they are sums."""


@dataclass(frozen=True)
class JointAnswer:
    """chosen: options of all units. person: who takes each seat, -1 nobody. open: seats of leads, and of
    co-facilitators, that nobody takes; bound: no times of these groups, with as many sessions held and
    covered, have fewer (of co-facilitators: given those leads). settled: open seats and attendance are as
    good as can be; else time ended, and groups may have moved for nothing."""

    chosen: Chosen
    person: tuple[int, ...]
    open: tuple[int, int]
    bound: tuple[int, int]
    settled: bool


def solve(instance: JointInstance, limits: Limits) -> JointAnswer | None:
    """The best that was found within the limits, the present times and turns to begin with; None where the
    program cannot hold these, or there was no time.

    Tiers: as many sessions held and covered as now; open seats of leads; of co-facilitators; then attendance,
    sessions moved and burden where fewer seats are open than now. Of times that fill as many seats those are
    preferred at which the most units stay.
    """
    program = JointProgram(instance)
    values = program.values()
    grown = program.rows.program()
    if not grown.holds(values) or limits.over:
        return None
    for name in ("unscheduled", "uncovered"):
        worth = program.cost(COSTS.index(name))
        grown = _held(grown, worth, int(worth @ values))
    stays = values.copy()
    stays[program.n_options :] = 0
    weight = int(stays.sum()) + 1
    reached, bounds, gained, settled = [], [], False, True
    for name in ROLES:
        worth = program.open_seats(ROLES.index(name))
        before = int(worth @ values)
        found = _best(grown, weight * worth + stays, _half(limits), values, weight - 1)
        if found.values is not None:
            values = found.values
        value = int(worth @ values)
        gained = gained or value > before
        reached.append(-value)
        bounds.append(0 if found.bound is None else max(0, -(found.bound // weight)))
        settled = settled and reached[-1] == bounds[-1]
        grown = _held(grown, worth, value)
    for name in AFTER if gained else ():
        worth = program.cost(COSTS.index(name))
        found = _best(grown, worth, _half(limits), values, None)
        if found.values is not None:
            values = found.values
        settled = settled and (name != "attendance" or found.value == found.bound)
        grown = _held(grown, worth, int(worth @ values))
    chosen, person = program.read(values)
    open_, bound = (reached[0], reached[1]), (bounds[0], bounds[1])
    return JointAnswer(chosen, tuple(person), open_, bound, settled)


def _best(program: Program, worth: IntArray, limits: Limits, values: IntArray, bound: int | None) -> Found:
    """The objective as large as can be, from the values at hand; never less than they reach."""
    return maximize(program, worth, limits, hint=values, bound=bound, phase="joint")


def _half(limits: Limits) -> Limits:
    return replace(limits, seconds=limits.elapsed + limits.left / 2, report=lambda _: None)


def _held(program: Program, worth: IntArray, value: int) -> Program:
    """The program in which an objective is held at a value."""
    columns = np.flatnonzero(worth)
    return program.with_row(columns, worth[columns], value, NO_BOUND) if len(columns) else program

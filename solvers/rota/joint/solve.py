"""Times and facilitators of a few groups together: fewest open turns first, then the tiers of times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solvers.engine import NO_BOUND, maximize
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
    covered, have fewer (of co-facilitators: given those leads)."""

    chosen: Chosen
    person: tuple[int, ...]
    open: tuple[int, int]
    bound: tuple[int, int]


def solve(instance: JointInstance, limits: Limits) -> JointAnswer | None:
    """The best that was found within the limits, the present times and turns to begin with; None where the
    program cannot hold these, or there was no time.

    Tiers: as many sessions held and covered as now; open seats of leads; of co-facilitators; then attendance,
    sessions moved and burden where fewer seats are open than now.
    """
    program = JointProgram(instance)
    values = program.values()
    grown = program.rows.program()
    if not grown.holds(values) or limits.over:
        return None
    for name in ("unscheduled", "uncovered"):
        worth = program.cost(COSTS.index(name))
        columns = np.flatnonzero(worth)
        if len(columns):
            grown = grown.with_row(columns, worth[columns], int(worth @ values), NO_BOUND)
    reached, bounds, gained = [], [], False
    for name in (*ROLES, *AFTER):
        lead = name in ROLES
        if not lead and not gained:
            break
        worth = program.open_seats(ROLES.index(name)) if lead else program.cost(COSTS.index(name))
        before = int(worth @ values)
        part = replace(limits, seconds=limits.elapsed + limits.left / 2, report=lambda _: None)
        best = 0 if lead else None
        found = maximize(grown, worth, part, hint=values, bound=best, phase="joint")
        if found.values is not None and found.value is not None and found.value > before:
            values = found.values
        value = int(worth @ values)
        if lead:
            gained = gained or value > before
            reached.append(-value)
            bounds.append(0 if found.bound is None else max(0, -found.bound))
        columns = np.flatnonzero(worth)
        if len(columns):
            grown = grown.with_row(columns, worth[columns], value, NO_BOUND)
    chosen, person = program.read(values)
    return JointAnswer(chosen, tuple(person), (reached[0], reached[1]), (bounds[0], bounds[1]))

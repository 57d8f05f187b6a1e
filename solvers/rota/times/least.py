"""One program solved: the least cost of its columns, through `solvers.engine`."""

from __future__ import annotations

from dataclasses import replace

from solvers.engine import Found, Program, maximize
from solvers.limits import Limits
from solvers.rota.times.options import Whole

SHARE = 0.4
SHORTEST = 2.0
"""One program gets this share of the time left, and not less than so many seconds: other tiers wait."""


def minimize(program: Program, costs: Whole, limits: Limits, *, hint: Whole, least: int) -> Found:
    """Minimize costs @ x from `hint` (an answer, or near one); `Found.bound` is a lower bound.

    least: no answer costs less, known beforehand. These programs have linear relaxations that are almost
    whole, because meetings are intervals of time and most people are in few groups.
    """
    seconds = limits.elapsed + max(SHORTEST, SHARE * limits.left)
    part = replace(limits, seconds=min(limits.seconds, seconds), report=lambda _: None)
    found = maximize(program, -costs, part, hint=hint, bound=-least)
    bound = least if found.bound is None else max(least, -found.bound)
    value = None if found.value is None else -found.value
    return Found(found.status, found.values, value, bound)

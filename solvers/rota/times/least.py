"""One program solved: the least cost of its columns, through `solvers.engine`."""

from __future__ import annotations

from dataclasses import replace

from solvers.engine import Found, Program, maximize
from solvers.limits import Limits
from solvers.rota.times.options import Whole

SHORTEST = 2.0
"""Seconds that a program gets at least, however small its share of the time left is: other tiers wait."""


def minimize(
    program: Program, costs: Whole, limits: Limits, share: float, *, hint: Whole, least: int
) -> Found:
    """Minimize costs @ x from `hint` (an answer, or near one); `Found.bound` is a lower bound.

    share: part of the time left that it may take. least: no answer costs less, known beforehand. These
    programs have linear relaxations that are almost whole, because meetings are intervals of time and most
    people are in few groups.
    """
    seconds = limits.elapsed + max(SHORTEST, share * limits.left)
    part = replace(limits, seconds=min(limits.seconds, seconds), report=lambda _: None)
    found = maximize(program, -costs, part, hint=hint, bound=-least)
    bound = least if found.bound is None else max(least, -found.bound)
    value = None if found.value is None else -found.value
    return Found(found.status, found.values, value, bound)

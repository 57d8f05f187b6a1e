"""From an instance to an audited answer: the one entry of the family (see `docs/models.md` for the
mathematics).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.limits import Limits
from solvers.result import Effort, Status
from solvers.rota.turns.answer import closest, finish, infeasible, unknown
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import rank
from solvers.rota.turns.conflict import clash, keep
from solvers.rota.turns.greedy import held, lightest, longest_idle
from solvers.rota.turns.instance import Index, Order, TurnsInstance
from solvers.rota.turns.solution import TurnsAnswer
from solvers.rota.turns.stages import Stages
from solvers.rota.turns.state import State
from solvers.rota.turns.sweep import Sweeps

MANY = 1_000
"""Choices from which on sweeps pay: fewer are proven as quickly without."""

SWEEPING = 0.6
"""The part of the time that goes to a better start at most."""


def solve(instance: TurnsInstance, limits: Limits, begin: Index | None = None) -> TurnsAnswer:
    """Solve one instance within the limits; every answer that leaves here has passed the solver-free check.

    `begin` (T,): an assignment to start from, clean or not. Zero seconds return the constructive start.
    Status infeasible comes from pins, open turns and `most_broken` alone; `conflict` then names a smallest
    clashing set. Status unknown, with a note, when nothing was found that keeps every rule.
    """
    effort = Effort()
    with effort.phase("start"):
        first = State(instance)
        held(first)
        starts = [longest_idle(instance, limits.seed), lightest(instance, limits.seed, first.person)]
        if begin is not None:
            starts.append(np.asarray(begin, np.int32))
        clean = [one for one in starts if not check(instance, one.tolist())]
    if not clean:
        with effort.phase("conflict"):
            status, kept = keep(instance, limits)
            if status is Status.INFEASIBLE:
                clashing = clash(instance, limits)
                return infeasible(instance, effort, tuple(element.name(instance) for element in clashing))
        if kept is None:
            return unknown(instance, effort, "No assignment was found that keeps every pin and rule.")
        clean = [lightest(instance, limits.seed, kept)]
    best = min(clean, key=lambda one: rank(instance, one.tolist()))
    if limits.over:
        return finish(instance, best, effort)
    if len(instance.choices) >= MANY and instance.order is not Order.COST:
        best = _swept(instance, best, limits, effort)
    bounds: dict[str, int] = {}
    while True:  # a run gives each tier a part of the time; what that leaves goes into another run
        staged = Stages(instance, best, limits, effort).run()
        if rank(instance, staged.person.tolist()) == rank(instance, best.tolist()):
            bounds = closest(instance, staged.person, bounds, staged.bounds)
        else:
            bounds = staged.bounds
        answer = finish(instance, staged.person, effort, bounds=bounds)
        if answer.status is Status.OPTIMAL or limits.over:
            return answer
        best = staged.person


def _swept(instance: TurnsInstance, person: Index, limits: Limits, effort: Effort) -> Index:
    """A better start by flows over many turns at once, where their tables are not too large."""
    with effort.phase("sweep"):
        sweeps = Sweeps(instance, limits.seed)
        if sweeps.fits:
            share = replace(limits, seconds=limits.elapsed + SWEEPING * limits.left)
            person = sweeps.improve(person, share)
    effort.count("sweeps", sweeps.done)
    return person

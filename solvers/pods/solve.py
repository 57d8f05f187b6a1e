"""From an instance to an audited answer: the one entry of the family (see `docs/models.md` for the
mathematics).
"""

from __future__ import annotations

from dataclasses import replace

from solvers.limits import Limits
from solvers.pods.anneal.portfolio import Annealer, Best
from solvers.pods.anneal.tables import units_of
from solvers.pods.answer import finish, infeasible, unknown
from solvers.pods.check.audit import check
from solvers.pods.explain.conflict import clash
from solvers.pods.instance import PodsInstance, Seats
from solvers.pods.solution import Assignment, PodsAnswer, no_slots
from solvers.result import Effort

CLASH_SECONDS = 20.0
"""Where the start breaks a rule, so much time at most goes first into a proof that every assignment does."""


def solve(instance: PodsInstance, limits: Limits, begin: Assignment | None = None) -> PodsAnswer:
    """Solve one instance within the limits; every answer that leaves here has passed the solver-free check.

    `begin`: where to start from, clean or not; without it from the previous seats. Zero seconds return the
    constructive start. Status infeasible comes from what was set by hand alone; `conflict` then names a
    smallest clashing set. Status unknown, with a note, when nothing was found that keeps every rule.
    """
    effort = Effort()
    broken = _broken_by_pins(instance)
    if not broken:
        with effort.phase("start"):
            annealer = Annealer(instance, limits.seed)
            annealer.start(begin)
    if broken or not annealer.best.found:
        with effort.phase("conflict"):
            time = min(limits.seconds, limits.elapsed + CLASH_SECONDS)
            clashing = clash(instance, replace(limits, seconds=time))
        if clashing:
            return infeasible(instance, effort, tuple(element.name(instance) for element in clashing))
        if broken:
            return unknown(instance, effort, *broken)

    def tell(best: Best) -> None:
        if best.found:
            limits.tell("anneal", tier="points", value=int(best.total[5]))

    tell(annealer.best)
    with effort.phase("anneal"):
        annealer.improve(limits, tell=tell)
    effort.count("moves", annealer.moves)
    effort.count("rounds", annealer.rounds)
    assignment = annealer.assignment()
    if assignment is None:
        return unknown(instance, effort, "No assignment was found that keeps every pin and rule.")
    return finish(instance, assignment, effort)


def _broken_by_pins(instance: PodsInstance) -> list[str]:
    """Rules of single members that the pins break, whoever joins them: no assignment can mend these."""
    units = units_of(instance.n_members, instance.together)
    seats = [
        (int(i), p)
        for u, p in sorted({(int(units.of[i]), p) for i, p in instance.pinned.rows()})
        for i in units.members[units.start[u] : units.start[u + 1]]
    ]
    lasting = ("not_eligible", "capacity", "hours", "apart", "rivals")
    found = check(instance, Seats.of(seats), no_slots(instance.n_pods))
    return [violation.message for violation in found if violation.code in lasting]

"""From an instance to an audited answer: the one entry of the family (see `docs/models.md` for the
mathematics).
"""

from __future__ import annotations

from dataclasses import replace

from solvers.limits import Limits
from solvers.pods.anneal.search import anneal
from solvers.pods.anneal.tables import units_of
from solvers.pods.answer import finish, unknown
from solvers.pods.check.audit import check
from solvers.pods.check.counting import counting_bounds
from solvers.pods.columns.prove import prove
from solvers.pods.instance import PodsInstance, Seats
from solvers.pods.solution import PodsAnswer, no_slots
from solvers.result import Effort, TierValue

ANNEALED = 0.3
"""Part of the time for annealing; the rest is for the proof, which may find something better too."""


def solve(instance: PodsInstance, limits: Limits) -> PodsAnswer:
    """Solve one instance within the limits; every answer that leaves here has passed the solver-free check.

    Zero seconds return the constructive start. Status unknown, with a note, when no assignment keeps every
    pin and rule that was looked at within the limits. Annealed first; then bounded by column generation,
    whose groups may hold a better answer. The annealed one is never lost.
    """
    effort = Effort()
    clash = _clash_of_pins(instance)
    if clash:
        return unknown(instance, effort, *clash)

    def tell(values: list[TierValue]) -> None:
        last = values[-1]
        limits.tell("anneal", tier=last.name, value=last.value)

    first = replace(limits, seconds=limits.elapsed + ANNEALED * limits.left)
    found = anneal(instance, first, effort, tell)
    if found is None and not limits.over:
        found = anneal(instance, limits, effort, tell)
    if found is None:
        return unknown(instance, effort, "No assignment was found that keeps every pin and rule.")
    if limits.over:
        return finish(instance, found.assignment, effort)
    with effort.phase("columns"):
        proof = prove(instance, found.assignment, limits, counting_bounds(instance))
    notes = tuple(
        f"The bound of {name} rests on a search of all groups that a better answer could hold."
        for name in proof.searched
    )
    return finish(instance, proof.assignment, effort, bounds=proof.bounds, prices=proof.prices, notes=notes)


def _clash_of_pins(instance: PodsInstance) -> list[str]:
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

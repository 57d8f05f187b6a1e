"""From an instance to an audited answer: the one entry of the family (see `docs/models.md` for the
mathematics).
"""

from __future__ import annotations

from dataclasses import replace

from solvers.limits import Limits
from solvers.pods.anneal.search import Search
from solvers.pods.anneal.tables import units_of
from solvers.pods.answer import finish, infeasible, unknown
from solvers.pods.check.audit import check
from solvers.pods.check.counting import counting_bounds
from solvers.pods.columns.prove import prove
from solvers.pods.explain.conflict import clash
from solvers.pods.instance import PodsInstance, Seats
from solvers.pods.solution import Assignment, PodsAnswer, no_slots
from solvers.result import Effort, Status, TierValue, sort_key

ANNEALED = 0.3
ANNEALED_SECONDS = 2.0
SEATS_A_SECOND = 3_000
"""What annealing gets first: this part of the time, and no more than these seconds, with one more for so many
members x pods. The rest is for the proof, which may find something better too."""

CLASH_SECONDS = 20.0
"""Where the start breaks a rule, so much time at most goes first into a proof that every assignment does."""


def solve(
    instance: PodsInstance, limits: Limits, begin: Assignment | None = None, *, bounded: bool = True
) -> PodsAnswer:
    """Solve one instance within the limits; every answer that leaves here has passed the solver-free check.

    Annealed first; then bounded by column generation, whose groups may hold a better answer; then annealed
    again where that left time. The best answer is never lost.

    `begin`: where to start from, clean or not; without it from the previous seats. Zero seconds return the
    constructive start. Status infeasible comes from what was set by hand alone; `conflict` then names a
    smallest clashing set. Status unknown, with a note, when nothing was found that keeps every rule.
    `bounded`: whether to bound the answer at all; without it, all of the time goes to annealing.
    """
    effort = Effort()

    def tell(values: list[TierValue]) -> None:
        limits.tell("anneal", tier=values[-1].name, value=values[-1].value)

    seats = instance.n_members * instance.n_pods
    enough = min(ANNEALED * limits.left, ANNEALED_SECONDS + seats / SEATS_A_SECOND) if bounded else limits.left
    first = replace(limits, seconds=limits.elapsed + enough)
    search = Search(instance, first, effort, tell)
    broken = _broken_by_pins(instance)
    if not broken:
        search.start(begin)
    if search.best is None:
        with effort.phase("conflict"):
            time = min(limits.seconds, limits.elapsed + CLASH_SECONDS)
            clashing = clash(instance, replace(limits, seconds=time))
        if clashing:
            return infeasible(instance, effort, tuple(element.name(instance) for element in clashing))
        if broken:
            return unknown(instance, effort, *broken)
    search.improve()
    if search.best is None:
        search = Search(instance, limits, effort, tell)
        search.start(begin)
        search.improve()
    if search.best is None:
        return unknown(instance, effort, "No assignment was found that keeps every pin and rule.")
    if limits.over or not bounded:
        return finish(instance, search.best.assignment, effort)
    with effort.phase("columns"):
        proof = prove(instance, search.best.assignment, limits, counting_bounds(instance))
    notes = tuple(f"The bound of {name} rests on a search of all groups above it." for name in proof.searched)
    answer = finish(instance, proof.assignment, effort, bounds=proof.bounds, prices=proof.prices, notes=notes)
    reached = [TierValue(tier.name, tier.sense, tier.value) for tier in answer.tiers]
    if limits.over or answer.status is Status.OPTIMAL:
        return answer
    rest = Search(instance, limits, effort, tell)
    rest.start(proof.assignment)
    rest.improve()
    if rest.best is None or sort_key(rest.best.values) <= sort_key(reached):
        return answer
    # The bounds hold for what is better too: it keeps the values that earlier tiers were held at.
    return finish(
        instance, rest.best.assignment, effort, bounds=proof.bounds, prices=proof.prices, notes=notes
    )


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

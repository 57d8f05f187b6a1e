"""From an instance to an audited answer: the one entry of the family (see `docs/models.md` for the
mathematics).
"""

from __future__ import annotations

from dataclasses import replace

from solvers.limits import Limits
from solvers.pods.anneal.search import Search
from solvers.pods.answer import finish, infeasible, unknown
from solvers.pods.check.audit import check
from solvers.pods.check.counting import counting_bounds
from solvers.pods.check.floors import floor_of
from solvers.pods.columns.prove import Proof, prove
from solvers.pods.conflict.clash import clash
from solvers.pods.instance import PodsInstance, Seats
from solvers.pods.solution import Assignment, PodsAnswer, no_slots
from solvers.pods.units import units_of
from solvers.result import Effort, Status, TierValue, sort_key

ANNEALED = 0.6
ANNEALED_SECONDS = 2.0
SEATS_A_SECOND, POWER = 3_000, 1.7
"""What annealing gets first: this part of the time, and no more than these seconds, with (members x pods /
`SEATS_A_SECOND`) more, where pods meet to this power. The rest is for the proof, which may find something
better too; of large instances whose pods meet it comes nowhere near without a very good answer."""

CLASH_SECONDS = 20.0
"""Where the start breaks a rule, so much time at most goes first into a proof that every assignment does."""


def solve(
    instance: PodsInstance, limits: Limits, begin: Assignment | None = None, annealed: float = ANNEALED
) -> PodsAnswer:
    """Solve one instance within the limits; every answer that leaves here has passed the solver-free check.

    `begin`: where to start from, clean or not; without it from the previous seats. Zero seconds return the
    constructive start. Status infeasible comes from what was set by hand alone; `conflict` then names a
    smallest clashing set. Status unknown, with a note, when nothing was found that keeps every rule.
    Annealed first, for the part `annealed` of the time at most; then bounded by column generation, whose
    groups may hold a better answer; then annealed again where that left time. The best one is never lost.
    """
    effort = Effort()

    def tell(values: list[TierValue]) -> None:
        limits.tell("anneal", tier=values[-1].name, value=values[-1].value)

    first = replace(limits, seconds=limits.elapsed + _annealing(instance, limits, annealed))
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
    if search.best is None and not limits.over:
        search.limits = limits
        search.improve()
    if search.best is None:
        return unknown(instance, effort, "No assignment was found that keeps every pin and rule.")
    if limits.over:
        return finish(instance, search.best.assignment, effort)
    with effort.phase("columns"):
        proof = prove(instance, search.best.assignment, limits, counting_bounds(instance))
    answer = _answer(instance, proof.assignment, proof, effort)
    if limits.over or answer.status is Status.OPTIMAL:
        return answer
    rest = Search(instance, limits, effort, tell)
    rest.start(proof.assignment)
    rest.improve()
    reached = [TierValue(tier.name, tier.sense, tier.value) for tier in answer.tiers]
    if rest.best is None or sort_key(rest.best.values) <= sort_key(reached):
        return answer
    return _answer(instance, rest.best.assignment, _holding(proof, reached, rest.best.values), effort)


def _annealing(instance: PodsInstance, limits: Limits, part: float) -> float:
    """Seconds of annealing before the proof."""
    if part >= 1.0:
        return limits.left
    size = instance.n_members * instance.n_pods / SEATS_A_SECOND
    if size > 1 and any(pod.rhythm >= 0 for pod in instance.pods):
        size = float(size**POWER)
    return min(part * limits.left, ANNEALED_SECONDS + size)


def _answer(instance: PodsInstance, assignment: Assignment, proof: Proof, effort: Effort) -> PodsAnswer:
    notes = tuple(
        f"The bound of {name} rests on a search of all groups that a better answer could hold."
        for name in proof.searched
    )
    return finish(
        instance,
        assignment,
        effort,
        bounds=proof.bounds,
        prices=proof.prices,
        floor_prices=proof.floor_prices,
        notes=notes,
    )


def _holding(proof: Proof, reached: list[TierValue], better: list[TierValue]) -> Proof:
    """What a proof says of a better answer. It may fall short of a value that later tiers were bounded at,
    because it is better by an earlier tier; what was bounded after that one no longer binds it."""
    names = [tier.name for tier in reached]
    for at, (old, new) in enumerate(zip(reached, better, strict=True)):
        if sort_key([new]) < sort_key([old]):
            kept = set(names[: at + 1])
            return replace(
                proof,
                bounds={name: bound for name, bound in proof.bounds.items() if name in kept},
                prices=tuple(prices for prices in proof.prices if prices.tier in kept),
                searched=tuple(name for name in proof.searched if name in kept),
                floor_prices=tuple(one for one in proof.floor_prices if floor_of(one) in kept),
            )
    return proof


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

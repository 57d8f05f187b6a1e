"""From an instance to an audited answer: the one entry of rounds (see `docs/models.md`)."""

from __future__ import annotations

from solvers.faults import UnauditedError
from solvers.limits import Limits
from solvers.pods.rounds.check.audit import check
from solvers.pods.rounds.check.bound import bounded
from solvers.pods.rounds.check.score import left_out, tier_values
from solvers.pods.rounds.costs import Costs
from solvers.pods.rounds.instance import RoundsInstance
from solvers.pods.rounds.search import Found, Search, weighed
from solvers.pods.rounds.solution import RoundsAnswer
from solvers.pods.rounds.start import deal
from solvers.result import Effort, Tier, status_of

FIRST_TRIES = 300
"""Tries of the first run per person and round; each run after it has twice as many, up to MOST_TRIES."""

MOST_TRIES = 40_000_000


def solve(instance: RoundsInstance, limits: Limits) -> RoundsAnswer:
    """Form the open rounds within the limits; every answer that leaves here has passed the solver-free check.

    Never infeasible: who cannot be seated under the rules is left out, and counted in the first tier.
    """
    effort = Effort()
    with effort.phase("start"):
        costs = Costs.of(instance)
        best, method = weighed(instance, costs, deal(instance, limits.seed)), "start"
        tiers = _tiers(instance, costs, best)
    with effort.phase("search"):
        search = Search(instance, costs, limits, effort)
        tries = FIRST_TRIES * max(1, int(instance.attendance.sum()))
        number = 0
        while not limits.over and not tiers[-1].proven:
            rounds = deal(instance, limits.seed + number)
            goal = search.goal(
                *(tier.bound or 0 for tier in tiers if tier.name in ("repeats", "own_organization"))
            )
            found = weighed(instance, costs, search.run(rounds, tries, goal))
            if found.key > best.key:
                best, method = found, "search"
                tiers = _tiers(instance, costs, best)
            number, tries = number + 1, min(2 * tries, MOST_TRIES)
            _tell(limits, tiers)
    effort.count("runs", number)
    return _finish(instance, best, tiers, method, effort)


def _tiers(instance: RoundsInstance, costs: Costs, found: Found) -> tuple[Tier, ...]:
    return bounded(instance, costs, tier_values(instance, instance.held + found.rounds))


def _tell(limits: Limits, tiers: tuple[Tier, ...]) -> None:
    open_ = next((tier for tier in tiers if not tier.proven), tiers[-1])
    limits.tell("search", tier=open_.name, value=open_.value, bound=open_.bound)


def _finish(
    instance: RoundsInstance, best: Found, tiers: tuple[Tier, ...], method: str, effort: Effort
) -> RoundsAnswer:
    rounds = instance.held + best.rounds
    with effort.phase("check"):
        broken = check(instance, rounds)
    if broken:
        raise UnauditedError("; ".join(violation.message for violation in broken[:5]))
    return RoundsAnswer(status_of(tiers), tiers, rounds, tuple(left_out(instance, rounds)), method, effort)

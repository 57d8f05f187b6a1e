"""From an instance to an audited answer: the one entry of rounds (see `docs/models.md`)."""

from __future__ import annotations

from dataclasses import replace

from solvers.faults import UnauditedError
from solvers.limits import Limits
from solvers.pods.rounds.check.audit import check
from solvers.pods.rounds.check.bound import bounded
from solvers.pods.rounds.check.score import left_out, tier_values
from solvers.pods.rounds.costs import Costs
from solvers.pods.rounds.designed import designed, fits
from solvers.pods.rounds.frame import Fixed, framed
from solvers.pods.rounds.instance import Round, RoundsInstance
from solvers.pods.rounds.repair import repaired
from solvers.pods.rounds.search import Search, weighed
from solvers.pods.rounds.solution import RoundsAnswer
from solvers.pods.rounds.start import deal
from solvers.result import Effort, Tier, status_of

FIRST_TRIES = 300
"""Tries of the first run per person and round; each run after it has twice as many, up to 64 times these."""

DESIGN_EVERY = 4
"""After three runs of plain search comes one from a design, where one may serve: easy instances need none."""

FURTHER_RUNS = 6
"""Runs of search for rounds that a design lacks."""


def solve(instance: RoundsInstance, limits: Limits) -> RoundsAnswer:
    """Form the open rounds within the limits; every answer that leaves here has passed the solver-free check.

    Never infeasible: who cannot be seated under the rules is left out, and counted in the first tier.
    """
    effort = Effort()
    with effort.phase("start"):
        costs = Costs.of(instance)
        run = _Run(instance, costs, limits, effort)
    number = 0
    # Where loading the kernels took a short run's time, it has one short search all the same.
    while not run.proven and not (limits.over and (number or not limits.seconds)):
        if number % DESIGN_EVERY == DESIGN_EVERY - 1 and fits(instance):
            with effort.phase("design"):
                run.design(number)
        else:
            with effort.phase("search"):
                run.search(number)
        number += 1
        run.tell()
    return _finish(instance, run, effort)


class _Run:
    """The best answer so far of one instance, and the ways to better it."""

    def __init__(self, instance: RoundsInstance, costs: Costs, limits: Limits, effort: Effort) -> None:
        self._instance, self._costs, self._limits, self._effort = instance, costs, limits, effort
        self._search = Search(instance, costs, limits, effort)
        self._tries = FIRST_TRIES * max(1, int(instance.attendance.sum()))
        self._most_tries = 64 * self._tries
        self._framed = bool(instance.before or instance.together)
        self.best, self.method = weighed(instance, costs, *self._start(0)), "start"
        self.tiers = self._tiers()

    @property
    def proven(self) -> bool:
        """Whether nothing better is to be had."""
        return self.tiers[-1].proven

    def _tiers(self) -> tuple[Tier, ...]:
        values = tier_values(self._instance, self._instance.held + self.best.rounds)
        return bounded(self._instance, self._costs, values)

    def _start(self, number: int) -> tuple[tuple[Round, ...], Fixed]:
        """Open rounds to search from, and who stays where. While people are left out, more and more of the
        groups before are given up for them."""
        seed = self._limits.seed + number
        if not self._framed:
            dealt = deal(self._instance, seed)
            # From groups that break no rule: search seldom finds back to a language in common.
            speaks = self._instance.tongues.shape[1]
            return repaired(self._instance, self._costs, dealt) if speaks else dealt, ()
        lacking = number and not self.tiers[0].proven
        return framed(self._instance, seed, number if lacking else 0)

    def _take(self, rounds: tuple[Round, ...], method: str, fixed: Fixed = ()) -> None:
        found = weighed(self._instance, self._costs, rounds, fixed)
        if found.key > self.best.key:
            self.best, self.method = found, method
            self.tiers = self._tiers()

    def _goal(self) -> int:
        lowest = {tier.name: tier.bound or 0 for tier in self.tiers}
        return self._search.goal(lowest["repeats"], lowest["own_organization"])

    def search(self, number: int) -> None:
        """One more run from a fresh deal, longer than the one before."""
        rounds, fixed = self._start(number)
        self._take(self._search.run(rounds, self._tries, self._goal(), fixed), "search", fixed)
        repeats, worst, own = self.tiers[-3:]
        fewest = repeats.value == repeats.bound or number >= DESIGN_EVERY  # a design may have fewer
        if repeats.value and fewest and (worst.value != worst.bound or own.value != own.bound):
            rounds = self._search.level(self.best, self._tries, worst.value or 0, worst.bound or 0)
            self._take(rounds, self.method, self.best.fixed)
        self._tries = min(2 * self._tries, self._most_tries)
        self._effort.count("runs")

    def design(self, number: int) -> None:
        """Rounds by construction, and by search from there on where it has too few."""
        instance = self._instance
        limits = replace(self._limits, seed=(self._limits.seed + number) % 2**31)
        for name, rounds in designed(instance, self._costs, self._search.weights, self._goal(), limits):
            if len(rounds) == len(instance.open_rounds):
                self._take(rounds, name)
            else:
                self._complete(rounds, name, limits)

    def _complete(self, rounds: tuple[Round, ...], name: str, limits: Limits) -> None:
        """Search for the rounds that a design lacks."""
        rest = replace(self._instance, held=self._instance.held + rounds)
        search = Search(rest, Costs.of(rest), limits, self._effort)
        for further in range(FURTHER_RUNS):
            tail = search.run(deal(rest, limits.seed + further), self._tries, 0)
            self._take(rounds + tail, f"{name}, {len(rounds)} rounds; search")

    def tell(self) -> None:
        """Report the first tier that is open."""
        open_ = next((tier for tier in self.tiers if not tier.proven), self.tiers[-1])
        least = f"(at least {open_.bound:,})"
        self._limits.tell("improve", tier=open_.name, value=open_.value, detail=f"{least}, by {self.method}")


def _finish(instance: RoundsInstance, run: _Run, effort: Effort) -> RoundsAnswer:
    rounds = instance.held + run.best.rounds
    with effort.phase("check"):
        broken = check(instance, rounds)
    if broken:
        raise UnauditedError("; ".join(violation.message for violation in broken[:5]))
    return RoundsAnswer(
        status_of(run.tiers), run.tiers, rounds, tuple(left_out(instance, rounds)), run.method, effort
    )

"""From an answer to a better one: most of its groups stay, the rest is priced and chosen anew.

A few pods that run give up their groups; they, and the pods that do not run, are priced for the members who
are free then, and an integer program over what is found chooses (large neighbourhood search: Shaw 1998). The
neighbourhood widens where nothing better turns up.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from solvers.limits import Limits
from solvers.pods.check.bound import group_worth
from solvers.pods.columns.bounding import Bounded
from solvers.pods.columns.choosing import choose
from solvers.pods.columns.diving import Partial, nearest
from solvers.pods.columns.master import Rows
from solvers.pods.columns.pool import Pool
from solvers.pods.columns.pricing import Group, Pricer

FIRST, WIDENED, WIDER, LAST = 6, 3, 2, 20
"""Groups given up at first; failures in a row after which there are so many more; and at most."""

PRICED = 6
"""Linear programs and pricings in turn, in one neighbourhood, at most."""

SECONDS = 3.0
"""Of one integer program, at most."""

OFFERED = 600
"""Groups that one integer program chooses among, at most: those that fall least short at the prices."""


class Improver:
    """Looks around one answer of one tier, neighbourhood by neighbourhood."""

    def __init__(self, rows: Rows, pool: Pool, pricer: Pricer, found: Bounded, seed: int) -> None:
        self.rows, self.pool, self.pricer, self.found = rows, pool, pricer, found
        self.dice = random.Random(seed)
        self.width, self.failures = FIRST, 0

    def look(self, groups: Sequence[Group], limits: Limits) -> list[Group]:
        """Groups of an answer at least as good in the tier, from one neighbourhood of `groups`."""
        given_up = self._given_up(groups)
        self.pool.add(groups)
        numbers = [self.pool.number(group) for group in groups]
        kept = [g for k, g in enumerate(numbers) if g is not None and k not in given_up]
        part = Partial(self.rows, self.pool, self.pricer, self.found, limits)
        try:
            part.take(kept)
            part.fix(kept)
            part.take(self.pool.among(part.room > 0, part.open))
            if part.solve(PRICED) is None:
                return list(groups)
            offered = nearest(self.pool, self.found.prices, OFFERED, list(part.column))
        finally:
            part.program.close()
        chosen = sorted({*kept, *offered, *(g for g in numbers if g is not None)})
        _, better = choose(
            self.rows,
            self.pool,
            chosen,
            groups,
            replace(limits, seconds=limits.elapsed + min(SECONDS, limits.left)),
            self.found.bound,
        )
        if not better or set(better) == set(groups):
            self.failures += 1
            if self.failures % WIDENED == 0:
                self.width = FIRST if self.width >= LAST else self.width + WIDER
            return list(groups)
        self.failures = 0
        return better

    def _given_up(self, groups: Sequence[Group]) -> set[int]:
        """Some of the groups, rather those that fall far short of their pods' numbers at the prices: all that
        an answer can gain is what its groups fall short together. Weighted drawing without replacement
        (Efraimidis and Spirakis 2006)."""
        instance, prices = self.rows.instance, self.found.prices
        worth = (group_worth(instance, prices, one.pod, one.members, one.slot) for one in groups)
        short = [max(0, int(prices.pod[one.pod]) - paid) for one, paid in zip(groups, worth, strict=True)]
        usual = 1 + sum(short) / max(1, len(short))
        keys = [self.dice.random() ** (1 / (usual + one)) for one in short]
        return set(sorted(range(len(groups)), key=keys.__getitem__, reverse=True)[: self.width])

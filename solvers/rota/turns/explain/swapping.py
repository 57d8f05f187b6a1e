"""Two people trade turns, or one gives a turn away: whether that is allowed and what it does."""

from __future__ import annotations

from dataclasses import dataclass

from solvers.faults import Violation
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.explain.effect import Ledger, TierChange, ledgers, tier_changes
from solvers.rota.turns.instance import Index, TurnsInstance


@dataclass(frozen=True)
class Swap:
    """person (T,): the assignment after the swap. against: rules that it breaks; none: it is allowed.

    ledgers: of the people whose turns they were. tiers: before and after, whether allowed or not.
    """

    person: Index
    against: tuple[Violation, ...]
    ledgers: tuple[Ledger, ...]
    tiers: tuple[TierChange, ...]

    @property
    def allowed(self) -> bool:
        """Whether no rule stands against it."""
        return not self.against


def swap(instance: TurnsInstance, person: Index, one: int, other: int) -> Swap:
    """Turns `one` and `other` of an assignment (T,) trade places; where one is open, the other is given away.

    Rules that the assignment breaks already are not held against the swap.
    """
    after = person.copy()
    after[[one, other]] = person[[other, one]]
    known = set(check(instance, person.tolist()))
    against = tuple(broken for broken in check(instance, after.tolist()) if broken not in known)
    people = sorted({int(person[one]), int(person[other])} - {-1})
    return Swap(
        after, against, ledgers(instance, person, after, people), tier_changes(instance, person, after)
    )

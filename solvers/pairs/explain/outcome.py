"""What comes out when one thing is changed: tiers before and after, and who would move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from solvers.limits import Limits
from solvers.pairs.edges import Edges
from solvers.pairs.explain.state import State, difference
from solvers.pairs.instance import PairsInstance, no_edges
from solvers.pairs.score import TierValue, tier_values
from solvers.result import Status


@dataclass(frozen=True)
class TierChange:
    """One tier in people's terms; None where there is no number (a floor without a new pair)."""

    name: str
    sense: Literal["max", "min"]
    before: int | None
    after: int | None

    @property
    def gain(self) -> int | None:
        """How much better it became, negative for worse; None where a side has no number."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before if self.sense == "max" else self.before - self.after


@dataclass(frozen=True)
class Outcome:
    """The best answer after a change, against the answer before it.

    possible: False when no answer exists (the rest is then empty). exact: both sides are proven over all eligible
    pairs; otherwise `after` is what a relaxation reaches: no answer with the change is better than that.
    added and dropped: who would move.
    """

    possible: bool
    exact: bool
    tiers: tuple[TierChange, ...]
    pairs: Edges
    added: Edges
    dropped: Edges

    @property
    def decisive(self) -> TierChange | None:
        """The first tier that changes; None when none does."""
        return next((tier for tier in self.tiers if tier.before != tier.after), None)

    def load(self, learner: int) -> int:
        """Guides of one learner afterwards."""
        return int((self.pairs.learner == learner).sum())


IMPOSSIBLE = Outcome(False, True, (), no_edges(), no_edges(), no_edges())


def outcome_of(state: State, pairs: Edges, *, exact: bool) -> Outcome:
    """Compare pairs with the answer of a state, both valued by the state's instance."""
    after = tier_values(state.instance, pairs)
    return Outcome(
        True,
        exact,
        _changes(state.values, after),
        pairs,
        difference(pairs, state.answer),
        difference(state.answer, pairs),
    )


def resolved(state: State, changed: PairsInstance, limits: Limits) -> Outcome:
    """The outcome by solving the changed instance from scratch: for rules that no flow holds."""
    from solvers.pairs.solve import solve

    answer = solve(changed, limits)
    if answer.status is Status.INFEASIBLE:
        return IMPOSSIBLE
    proven = answer.status is Status.OPTIMAL and state.proven
    return outcome_of(state, answer.pairs, exact=proven)


def _changes(before: list[TierValue], after: list[TierValue]) -> tuple[TierChange, ...]:
    return tuple(
        TierChange(old.name, old.sense, old.value, new.value) for old, new in zip(before, after, strict=True)
    )

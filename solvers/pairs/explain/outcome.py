"""What comes out when one thing is changed: tiers before and after, and who would move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from solvers.limits import Limits
from solvers.pairs.check.score import tier_values
from solvers.pairs.edges import Edges
from solvers.pairs.explain.state import State, difference
from solvers.pairs.flow.circulation import StuckError
from solvers.pairs.instance import PairsInstance, no_edges
from solvers.result import Status, TierValue, sort_key


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

    possible: False when no answer exists (the rest is then empty). attained: the pairs keep every rule, so
    that the best is at least this good; otherwise it is what a relaxation reaches, and no answer is better.
    exact: both are so, and the answer before is proven. added and dropped: who would move.
    """

    possible: bool
    attained: bool
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


IMPOSSIBLE = Outcome(False, True, True, (), no_edges(), no_edges(), no_edges())


def ask(
    state: State,
    change: Callable[[State], None],
    changed: Callable[[], PairsInstance] | None,
    limits: Limits | None,
) -> Outcome:
    """The best answer after `change` was done to a state; `changed` is the instance that the change leads to.

    Where rules that no flow holds are in the way, the state's twin, in which people of such rules take on
    no more than now, gives an answer that keeps them; where that is not as good as the relaxation, the
    whole is solved again within `limits`. Without limits the better known side is told (see
    `Outcome.attained`), and the twin alone is asked where the answer before is not proven.
    """
    if limits is None and state.side and not (state.proven or state.floor):  # then nothing comes out exact
        kept = _settled(state.twin, change, limits)
        if kept is not None and state.attained(kept, changed() if changed is not None else None):
            return outcome_of(state, kept, attained=True, exact=False)
    relaxed = _settled(state, change, limits)
    if relaxed is None:
        return IMPOSSIBLE
    after = changed() if changed is not None and state.side else None
    attained = state.attained(relaxed, after)
    if not (state.side or state.floor) or (attained and not state.floor):
        return outcome_of(state, relaxed, attained=attained, exact=attained and state.proven)
    kept = _settled(state.twin, change, limits) if state.side else relaxed
    if kept is not None and not state.attained(kept, after):
        kept = None
    if kept is not None and state.proven and not state.floor and _key(state, kept) == _key(state, relaxed):
        return outcome_of(state, kept, attained=True, exact=True)
    if limits is not None and changed is not None:
        return resolved(state, changed(), limits)
    if kept is not None:
        return outcome_of(state, kept, attained=True, exact=False)
    return outcome_of(state, relaxed, attained=False, exact=False)


def _settled(state: State, change: Callable[[State], None], limits: Limits | None) -> Edges | None:
    with state.asked():
        change(state)
        try:
            return state.settle(limits or Limits())
        except StuckError:
            return None


def unchanged(state: State) -> Outcome:
    """The outcome of changing nothing."""
    return outcome_of(state, state.answer, attained=True, exact=state.proven)


def outcome_of(state: State, pairs: Edges, *, attained: bool, exact: bool) -> Outcome:
    """Compare pairs with the answer of a state, both valued by the state's instance."""
    tiers = _changes(state.values, tier_values(state.instance, pairs))
    return Outcome(
        possible=True,
        attained=attained,
        exact=exact,
        tiers=tiers,
        pairs=pairs,
        added=difference(pairs, state.answer),
        dropped=difference(state.answer, pairs),
    )


def resolved(state: State, changed: PairsInstance, limits: Limits) -> Outcome:
    """The outcome by solving the changed instance from scratch: for rules that no flow holds."""
    from solvers.pairs.solve import solve

    answer = solve(changed, limits)
    if answer.status in (Status.INFEASIBLE, Status.UNKNOWN):
        return IMPOSSIBLE
    proven = answer.status is Status.OPTIMAL and state.proven
    return outcome_of(state, answer.pairs, attained=True, exact=proven)


def _key(state: State, pairs: Edges) -> tuple[tuple[bool, int], ...]:
    return sort_key(tier_values(state.instance, pairs))


def _changes(before: list[TierValue], after: list[TierValue]) -> tuple[TierChange, ...]:
    return tuple(
        TierChange(old.name, old.sense, old.value, new.value) for old, new in zip(before, after, strict=True)
    )

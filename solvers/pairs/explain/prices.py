"""What one more place is worth: with a guide who is there, or with one more who offers what is scarce."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.limits import Limits
from solvers.pairs.certificate import lexicographic_sign
from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.explain.outcome import IMPOSSIBLE, Outcome, outcome_of, resolved
from solvers.pairs.explain.state import State
from solvers.pairs.flow import StuckError


def place_bounds(state: State) -> IntArray:
    """Per flow tier and guide, what one more place gains at most: the dual of the guide's capacity arc.

    Shape (tiers, guides), read lexicographically down a column; zeros where one more place gains nothing.
    """
    arcs = state.rest[: state.spare]
    potentials = state.flow.potentials()
    digits = potentials[:, state.network.head[arcs]] - potentials[:, state.network.tail[arcs]]
    bounds: IntArray = digits * (lexicographic_sign(digits) > 0)
    return bounds


def one_more_place(state: State, guide: int, amount: int = 1, limits: Limits | None = None) -> Outcome:
    """The best answer with `amount` more places at one guide; `limits` as in `force`."""
    capacity = state.instance.capacity.copy()
    capacity[guide] += amount
    changed = replace(state.instance, capacity=capacity)
    with state.asked():
        state.network.upper[state.rest[guide]] += amount
        try:
            pairs = state.settle(limits or Limits())
        except StuckError:
            return IMPOSSIBLE
    exact = state.exact(pairs, changed)
    if exact or limits is None or not (state.side or state.floor):
        return outcome_of(state, pairs, exact=exact)
    return resolved(state, changed, limits)


def one_more_guide(
    state: State, learners: Index, points: Index, limits: Limits | None = None
) -> tuple[Outcome, IntArray]:
    """The best answer with one more guide of one place, whom the given learners may meet for the given points.

    The guide belongs to no organization, so give and take does not bind them. In the outcome they have the
    number after the last guide's. Second: what that gains at most, per flow tier, read lexicographically.
    """
    limits = limits or Limits()
    tiers = len(state.network.tiers)
    if not len(learners):
        return outcome_of(state, state.answer, exact=state.proven), np.zeros(tiers, np.int64)
    offered = Edges(learners, np.full(len(learners), state.spare, np.int32), points)
    worth = state.network.pair_worth(state.wide, offered)
    with state.asked() as flow:
        flow.add(offered)
        # The highest price at which nobody would take the place: then only its own arc is out of balance.
        high, low = state.network.packing.pack(worth)
        high, low = flow.pot_high[learners] - high, flow.pot_low[learners] - low
        least = np.lexsort((low, high))[0]
        node = state.n + state.spare
        flow.pot_high[node], flow.pot_low[node] = high[least], low[least]
        potentials = flow.potentials()
        gain = potentials[:, state.network.head[state.rest[state.spare]]] - potentials[:, node]
        bound: IntArray = gain * (lexicographic_sign(gain[:, None]) > 0)
        state.network.upper[state.rest[state.spare]] += 1
        try:
            pairs = state.settle(limits)
        except StuckError:
            return IMPOSSIBLE, bound
    return outcome_of(state, pairs, exact=state.exact(pairs)), bound

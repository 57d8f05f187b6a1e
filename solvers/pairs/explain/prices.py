"""What one more place is worth: with a guide who is there, or with one more who offers what is scarce."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.explain.outcome import Outcome, ask, unchanged
from solvers.pairs.explain.state import State
from solvers.pairs.flow.certificate import lexicographic_sign
from solvers.pairs.instance import PairsInstance


def place_bounds(state: State) -> IntArray:
    """Per flow tier and guide, what one more place gains at most: the dual of the guide's capacity arc.

    Shape (tiers, guides), read lexicographically down a column; zeros where one more place gains nothing.
    """
    arcs = state.rest[: state.spare]
    potentials = state.flow.potentials()
    digits = potentials[:, state.network.head[arcs]] - potentials[:, state.network.tail[arcs]]
    bounds: IntArray = digits * (lexicographic_sign(digits) > 0)
    return bounds


def one_more_place(
    state: State,
    guide: int,
    amount: int = 1,
    limits: Limits | None = None,
    *,
    claimed: int | None = None,
    served: bool = True,
) -> Outcome:
    """The best answer with `amount` more places at one guide; `limits` as in `force`.

    `claimed`: a learner who must get one guide more than now (served), or none more. Where the answer is as
    good either way, others have an equal claim to what the place brings. Then nothing is solved from scratch.
    """

    def change(asked: State) -> None:
        asked.network.upper[asked.rest[guide]] += amount
        asked.claim(claimed, served=served)

    def changed() -> PairsInstance:
        capacity = state.instance.capacity.copy()
        capacity[guide] += amount
        return replace(state.instance, capacity=capacity)

    return ask(state, change, changed, limits if claimed is None else None)


def one_more_guide(state: State, learners: Index, points: Index) -> tuple[Outcome, IntArray]:
    """The best answer with one more guide of one place, whom the given learners may meet for the given
    points.

    The guide belongs to no organization, so give and take does not bind them. In the outcome they have the
    number after the last guide's. Second: what that gains at most, per flow tier, read lexicographically.
    """
    if not len(learners):
        return unchanged(state), np.zeros(len(state.network.tiers), np.int64)
    bounds: list[IntArray] = []

    def change(asked: State) -> None:
        flow, arc, node = asked.flow, asked.rest[asked.spare], asked.n + asked.spare
        offered = Edges(learners, np.full(len(learners), asked.spare, np.int32), points)
        high, low = asked.network.packing.pack(asked.network.pair_worth(asked.wide, offered))
        flow.add(offered)
        # The highest price at which nobody would take the place: then only its own arc is out of balance.
        high, low = flow.pot_high[learners] - high, flow.pot_low[learners] - low
        least = np.lexsort((low, high))[0]
        flow.pot_high[node], flow.pot_low[node] = high[least], low[least]
        potentials = flow.potentials()
        gain = potentials[:, asked.network.head[arc]] - potentials[:, node]
        bounds.append(gain * (lexicographic_sign(gain[:, None]) > 0))
        asked.network.upper[arc] += 1

    outcome = ask(state, change, None, None)
    return outcome, bounds[0]

"""Answers under side constraints, which no flow holds: from the relaxed optimum to a proven one."""

from __future__ import annotations

from solvers.limits import Limits
from solvers.pairs.answer import answer_from
from solvers.pairs.instance import PairsInstance
from solvers.pairs.pricing import PricedFlow
from solvers.pairs.solution import PairsAnswer
from solvers.pairs.start import greedy_start


def close_side_constraints(instance: PairsInstance, relaxed: PricedFlow, limits: Limits) -> PairsAnswer:
    pairs = greedy_start(instance, relaxed.network, relaxed.first)
    assert pairs is not None
    return answer_from(instance, relaxed.network, pairs, relaxed.bound, relaxed)

"""The solver against the enumeration of every assignment of tiny instances."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from turns_reference import best_of_all, tiny

from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import rank
from solvers.rota.turns.instance import TurnsInstance
from solvers.rota.turns.solve import solve


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny())
def test_the_answer_is_the_best_of_all_assignments(instance: TurnsInstance) -> None:
    answer = solve(instance, Limits(seconds=60, workers=1))
    best = best_of_all(instance)
    if best is None:
        assert answer.status is Status.INFEASIBLE
        return
    found = answer.person.tolist()
    assert not check(instance, found)
    assert rank(instance, found) == rank(instance, best)
    assert answer.status is Status.OPTIMAL, answer.tiers

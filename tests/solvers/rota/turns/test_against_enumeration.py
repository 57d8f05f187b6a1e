"""The solver against the enumeration of every assignment of tiny instances."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from turns_cases import turns_instance
from turns_reference import best_of_all, tiny

from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.counted import counted
from solvers.rota.turns.check.score import rank, tier_values
from solvers.rota.turns.instance import Order, TurnsInstance
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


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny((Order.QUICK,)))
def test_what_counting_shows_no_answer_passes(instance: TurnsInstance) -> None:
    best = best_of_all(instance)
    if best is None:
        return
    tiers = tier_values(instance, best)
    bounds = counted(instance, {tier.name: tier.value for tier in tiers})
    assert bounds
    for name, sense, value in tiers:
        if name in bounds and value is not None:
            assert bounds[name] <= value if sense == "min" else bounds[name] >= value, name


def test_counting_shows_what_pigeonholes_show() -> None:
    """Five turns among three people: somebody takes two, nobody more than one has to wait."""
    rows = [(t, i, t % 2, 1) for t in range(5) for i in range(3)]
    instance = turns_instance(6, 3, rows)
    values = {name: value for name, _, value in tier_values(instance, [0, 1, 2, 0, 1, -1])}
    assert counted(instance, values) == {
        "unfilled_lead": 1,
        "highest_load": 200,
        "lowest_load": 100,
        "squares": 100 * (200**2 + 200**2 + 100**2) // 10_000,
        "highest_burden": 0,
        "burden": 2,
        "over_share": 0,
        "preferences": 5,
    }

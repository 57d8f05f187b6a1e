"""The parts of the search: costs kept by steps are costs counted afresh, and repairs keep every rule."""

from __future__ import annotations

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pods.rounds.check.audit import check
from solvers.pods.rounds.check.score import tier_values
from solvers.pods.rounds.costs import Costs
from solvers.pods.rounds.designs.algebra import lines
from solvers.pods.rounds.kernel import anneal, total_cost
from solvers.pods.rounds.relabel import seated
from solvers.pods.rounds.repair import repaired
from solvers.pods.rounds.start import deal
from solvers.pods.rounds.table import Table


@pytest.mark.parametrize("most_of_one", [None, 1, 2])
@pytest.mark.parametrize("speaks", [(), ("a", "ab", "bc", "c") * 5 + ("b", "ca")])
def test_the_cost_after_many_steps_is_the_cost_counted_afresh(rounds, most_of_one, speaks):
    organizations = [i % 5 for i in range(22)]
    instance = rounds.instance(
        22, 4, 5, organizations, absent=[(3, 1), (4, 1), (5, 2)], met=[(0, 1, 2)],
        most_of_one=most_of_one,
        speaks=speaks,
    )  # fmt: skip
    n = instance.n_people
    table = Table.of(deal(instance, 1), n)
    number = np.arange(n * n, dtype=np.int32).reshape(n, n)
    orbit = np.minimum(number, number.T)
    charge = Costs.of(instance).charge(6, 50).ravel()
    count = np.zeros(n * n, np.int32)
    rules = (instance.organization, most_of_one or n, instance.tongues, 50 if most_of_one or speaks else 0)
    before = total_cost(table.seat, table.size, orbit, charge, count, 6, *rules)
    state = np.array([1], np.uint64)
    cost, tries = anneal(
        table.seat, table.group, table.size, table.fixed, orbit, charge, count, 6, *rules,
        state, 50_000, 5.0, 0.5, before, -1,
    )  # fmt: skip
    kept = count.copy()
    assert (cost, tries) == (total_cost(table.seat, table.size, orbit, charge, count, 6, *rules), 50_000)
    assert cost < before
    assert (kept == count).all()
    for r, groups in enumerate(table.rounds()):
        assert (
            sorted(i for group in groups for i in group) == np.flatnonzero(instance.attendance[:, r]).tolist()
        )
        assert all(len({table.group[r, i] for i in group}) == 1 for group in groups)


def test_the_cost_of_plain_rounds_is_what_the_score_says(rounds):
    instance = rounds.instance(
        12, 3, 4, [i % 3 for i in range(12)], met=[(0, 1, 2), (4, 5, 3)], repeat_weight=2
    )
    open_ = deal(instance, 3)
    values = {tier.name: tier.value for tier in tier_values(instance, open_)}
    table, n = Table.of(open_, 12), 12
    number = np.arange(n * n, dtype=np.int32).reshape(n, n)
    charge = Costs.of(instance).charge(1000, 0).ravel()
    count = np.zeros(n * n, np.int32)
    orbit = np.minimum(number, number.T)
    cost = total_cost(
        table.seat, table.size, orbit, charge, count, 2000, instance.organization, n, instance.tongues, 0
    )
    assert cost == 1000 * values["repeats"] + values["own_organization"]


def test_repairs_move_people_before_they_leave_them_out(rounds):
    instance = rounds.instance(8, 4, 1, apart=[(0, 1)])
    costs = Costs.of(instance)
    found = repaired(instance, costs, (((0, 1, 2, 3), (4, 5, 6, 7)),))
    assert check(instance, found) == []
    assert sorted(map(len, found[0])) == [3, 5]


def test_repairs_seat_those_taken_out_together_where_they_may(rounds):
    apart = [(i, j) for i in (0, 1, 2) for j in range(3, 8)]
    instance = rounds.instance(8, 4, 1, apart=apart)
    found = repaired(instance, Costs.of(instance), (((0, 3, 4, 5), (1, 2, 6, 7)),))
    assert check(instance, found) == []


def test_a_design_is_seated_by_what_meetings_cost():
    design = lines(4, 4)[:1]
    charge = np.ones((16, 16), np.int64) - np.eye(16, dtype=np.int64)
    for group in range(4):
        charge[4 * group : 4 * group + 4, 4 * group : 4 * group + 4] = 0
    person = seated(design, charge, 0, Limits(seconds=60))
    assert sorted(person.tolist()) == list(range(16))
    assert sorted(sorted(person[group].tolist()) for group in design[0]) == [
        list(range(4 * k, 4 * k + 4)) for k in range(4)
    ]

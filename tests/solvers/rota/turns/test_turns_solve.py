"""What every answer of turns keeps: bounds, order, limits, lottery, changes, conflicts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from turns_cases import turns_instance
from turns_reference import best_of_all, tiny

from solvers.limits import Limits, Progress
from solvers.result import Effort, Status
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import rank, tier_values
from solvers.rota.turns.conflict import clash, only
from solvers.rota.turns.greedy import longest_idle
from solvers.rota.turns.instance import Choices, Held, Order, TurnsInstance, Windows
from solvers.rota.turns.levels import Highest, Levels, Lowest
from solvers.rota.turns.model import Model
from solvers.rota.turns.solve import solve
from solvers.rota.turns.stages import Stages
from solvers.rota.turns.tiers import Dive, stages


def quietly(seconds: float = 60.0, **more: int) -> Limits:
    return Limits(seconds=seconds, workers=1, **more)


def rota(weeks: int = 8, groups: int = 4, people: int = 12, seed: int = 3, **given: object) -> TurnsInstance:
    """Weekly groups, spacing of two weeks, some burden; big enough that no start is best."""
    lot = np.random.default_rng(seed)
    turns = weeks * groups
    rows = [
        (t, i, int(lot.integers(0, 4))) for t in range(turns) for i in range(people) if lot.random() < 0.35
    ]
    spacing = [("spacing", list(range(w * groups, (w + 2) * groups)), 1, 0) for w in range(weeks - 1)]
    capacity = lot.choice([50, 75, 100], people).astype(np.int32)
    return turns_instance(turns, people, rows, windows=Windows.of(spacing), capacity=capacity, **given)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny((Order.QUICK, Order.COST)))
def test_objectives_give_the_numbers_of_the_score(instance: TurnsInstance) -> None:
    best = best_of_all(instance)
    assume(best is not None)
    person = np.array(best, np.int32)
    expected = {tier.name: tier.value for tier in tier_values(instance, person.tolist())}
    model, seen = Model(instance), {}
    for stage in stages(model):
        if isinstance(stage, Highest | Lowest):
            seen[stage.name] = stage.value(person)
        elif not isinstance(stage, Dive | Levels):
            values = model.values(person)
            assert model.rows.program().holds(values)
            seen[stage.name] = stage.tier_value(int(stage.worth @ values[: len(stage.worth)]))
    assert seen == expected


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny())
def test_every_assignment_that_keeps_the_rules_keeps_the_program_and_no_other(
    instance: TurnsInstance,
) -> None:
    model = Model(instance)
    program = model.rows.program()
    lot = np.random.default_rng(1)
    for _ in range(20):
        person = lot.integers(-1, instance.n_people, instance.n_turns).astype(np.int32)
        for t, i in instance.pinned.rows():
            person[t] = i
        known = model.columns_of(np.flatnonzero(person >= 0), person[person >= 0])
        fits = bool((known >= 0).all()) and program.holds(model.values(person))
        assert fits == (not check(instance, person.tolist()))


def test_without_time_the_start_comes_back_clean_and_unproven() -> None:
    answer = solve(rota(), quietly(0))
    assert answer.status is Status.FEASIBLE
    assert not check(rota(), answer.person.tolist())
    assert rank(rota(), answer.person.tolist()) <= rank(rota(), longest_idle(rota(), 1).tolist())


@pytest.mark.parametrize("order", [Order.QUICK, Order.FULL])
def test_a_rota_is_proven_repeats_and_no_seed_changes_what_is_proven(order: Order) -> None:
    instance = rota(order=order)
    first, again, other = (solve(instance, quietly(seed=seed)) for seed in (1, 1, 7))
    assert first.status is Status.OPTIMAL
    assert first.person.tolist() == again.person.tolist()
    assert rank(instance, first.person.tolist()) == rank(instance, other.person.tolist())


def test_people_and_turns_in_another_order_have_the_same_best() -> None:
    instance = rota()
    n, turns = instance.n_people, instance.n_turns
    lot = np.random.default_rng(2)
    who = lot.permutation(n)
    rows = zip(
        instance.choices.turn.tolist(),
        who[instance.choices.person].tolist(),
        instance.choices.burden.tolist(),
        instance.choices.preference.tolist(),
        strict=True,
    )
    back = np.argsort(who)
    mixed = replace(
        instance,
        choices=Choices.of(turns, list(rows)),
        most=instance.most[back],
        capacity=instance.capacity[back],
    )
    one, other = solve(instance, quietly()), solve(mixed, quietly())
    assert [tier.value for tier in one.tiers] == [tier.value for tier in other.tiers]


def test_bounds_of_a_run_that_is_cut_short_are_never_passed_by_the_best() -> None:
    instance = rota(order=Order.QUICK)
    best = solve(instance, quietly())
    assert best.status is Status.OPTIMAL
    looks = 0

    def soon() -> bool:
        nonlocal looks
        looks += 1
        return looks > 12

    short = solve(instance, Limits(seconds=60, workers=1, cancelled=soon))
    assert not check(instance, short.person.tolist())
    for mine, theirs in zip(short.tiers, best.tiers, strict=True):
        assert mine.bound is None or (
            mine.bound <= theirs.value if mine.sense == "min" else mine.bound >= theirs.value
        )
        if mine.value != theirs.value:  # what follows rests on another value
            break


def test_progress_tells_of_value_and_bound() -> None:
    seen: list[Progress] = []
    solve(rota(), Limits(seconds=60, workers=1, report=seen.append))
    tiers = [one.tier for one in seen if one.tier is not None]
    assert {"unfilled_lead", "highest_load", "burden"} <= set(tiers)
    assert all(one.value is not None for one in seen if one.tier is not None)


def test_solving_again_with_the_last_answer_as_previous_changes_nothing() -> None:
    instance = rota()
    answer = solve(instance, quietly())
    held = [(t, i) for t, i in enumerate(answer.person.tolist()) if i >= 0]
    again = solve(replace(instance, previous=Held.of(held)), quietly())
    assert again.person.tolist() == answer.person.tolist()


def test_after_a_drop_out_the_past_stays_and_the_fewest_turns_change() -> None:
    instance = rota()
    person = solve(instance, quietly()).person
    gone = int(np.bincount(person[12:][person[12:] >= 0]).argmax())
    rows = [
        (int(t), int(i), int(b), 0)
        for t, i, b in zip(
            instance.choices.turn, instance.choices.person, instance.choices.burden, strict=True
        )
        if t < 12 or i != gone
    ]
    held = [(t, i) for t, i in enumerate(person.tolist()) if i >= 0]
    later = replace(
        instance,
        choices=Choices.of(instance.n_turns, rows),
        pinned=Held.of([row for row in held if row[0] < 12]),
        previous=Held.of([row for row in held if row[0] >= 12 and row[1] != gone]),
    )
    answer = solve(later, quietly())
    kept = next(tier for tier in answer.tiers if tier.name == "kept")
    assert kept.proven
    assert (answer.person[:12] == person[:12]).all()
    afresh = solve(replace(later, changes="off"), quietly())
    same = sum(afresh.person[t] == i for t, i in later.previous.rows())
    assert kept.value is not None
    assert kept.value >= same
    capped = replace(later, most_broken=len(later.previous) - kept.value - 1)
    fewer = solve(capped, quietly())  # fewer changes cost a turn, or are not possible at all
    assert fewer.status is Status.INFEASIBLE or fewer.tiers[0].value > answer.tiers[0].value


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny((Order.QUICK,)))
def test_a_conflict_is_smallest(instance: TurnsInstance) -> None:
    found = clash(instance, quietly())
    if best_of_all(instance) is not None:
        assert not found
        return
    assert len({element.name(instance) for element in found}) == len(found) > 0
    assert best_of_all(only(instance, set(found))) is None
    for one in found:
        assert best_of_all(only(instance, set(found) - {one})) is not None


def test_a_better_start_is_not_lost() -> None:
    instance = rota()
    best = solve(instance, quietly()).person
    kept = solve(instance, quietly(0), begin=best)
    assert rank(instance, kept.person.tolist()) == rank(instance, best.tolist())
    wrong = np.full(instance.n_turns, 0, np.int32)  # breaks every rule: not used
    assert not check(instance, solve(instance, quietly(0), begin=wrong).person.tolist())


def test_stages_leave_a_proven_start_as_it_is() -> None:
    instance = rota(order=Order.FULL)
    best = solve(instance, quietly())
    again = Stages(instance, best.person, quietly(), Effort()).run()
    assert rank(instance, again.person.tolist()) == rank(instance, best.person.tolist())
    assert all(again.bounds[tier.name] == tier.value for tier in best.tiers)

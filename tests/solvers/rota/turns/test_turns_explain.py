"""Stand-ins, swaps and open turns: what is said is checked by enumeration or by solving again."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from turns_cases import turns_instance
from turns_reference import tiny

from solvers.limits import Limits
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import rank, tier_values
from solvers.rota.turns.conflict import Element, only
from solvers.rota.turns.explain.open_turn import why_open
from solvers.rota.turns.explain.standing_in import stand_ins
from solvers.rota.turns.explain.swapping import swap
from solvers.rota.turns.instance import Choices, Held, Order, TurnsInstance, Windows
from solvers.rota.turns.solve import solve

EVERYBODY = [(t, i, t, i) for t in range(4) for i in range(3)]


def least_moves(instance: TurnsInstance, person: list[int], turn: int, i: int) -> tuple[int, int] | None:
    """(open turns, other turns moved) of the best plan with person i in the turn, over all assignments."""
    best: tuple[int, int] | None = None
    fixed = set(instance.pinned.turn.tolist())
    for one in product(range(-1, instance.n_people), repeat=instance.n_turns):
        if one[turn] != i or check(replace(instance, most_broken=None), list(one)):
            continue
        lost = sum(
            one[t] != person[t] for t in range(len(one)) if t != turn and person[t] >= 0 and t not in fixed
        )
        key = (sum(k < 0 for k in one), lost)
        best = key if best is None else min(best, key)
    return best


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny((Order.QUICK,)))
def test_stand_ins_are_ranked_with_plans_that_keep_every_rule(instance: TurnsInstance) -> None:
    instance = replace(instance, role=np.zeros_like(instance.role))
    answer = solve(instance, Limits(seconds=60, workers=1))
    assume(answer.tiers)
    person = answer.person.tolist()
    for turn in range(instance.n_turns):
        for one in stand_ins(instance, answer.person, turn, Limits(seconds=60, workers=1)):
            assert one.person != person[turn]
            if one.plan is None:
                assert one.against
                continue
            plan = one.plan.tolist()
            assert plan[turn] == one.person
            assert not check(replace(instance, most_broken=None), plan)
            assert {move.turn for move in one.moved} == {
                t for t in range(len(plan)) if t != turn and plan[t] != person[t]
            }
            if one.exact:
                kept = [t for t, i in enumerate(person) if i >= 0 and t != turn]
                lost = sum(plan[t] != person[t] for t in kept)
                assert (plan.count(-1), lost) == least_moves(instance, person, turn, one.person)


def test_without_time_a_stand_in_is_told_by_the_turn_alone() -> None:
    instance = turns_instance(4, 3, EVERYBODY, windows=Windows.of([("spacing", [0, 1], 1, 0)]))
    person = np.array([0, 1, 2, 0], np.int32)
    found = {one.person: one for one in stand_ins(instance, person, 0, Limits(seconds=0))}
    assert found[1].against == ("spacing",)
    assert found[1].plan is None
    assert (found[2].against, found[2].exact, found[2].moved) == ((), False, ())
    assert next(tier.after for tier in found[2].tiers if tier.name == "highest_load") == 200


def test_a_stand_in_for_a_pinned_turn_is_not_offered() -> None:
    instance = turns_instance(4, 3, EVERYBODY, pinned=Held.of([(0, 0)]))
    assert stand_ins(instance, np.array([0, 1, 2, 0], np.int32), 0, Limits(seconds=0)) == ()


def test_a_swap_says_what_it_breaks_and_what_it_does_to_both() -> None:
    windows = Windows.of([("spacing", [0, 1], 1, 0)])
    instance = turns_instance(4, 3, EVERYBODY, windows=windows)
    person = np.array([0, 1, 2, 0], np.int32)
    fine = swap(instance, person, 0, 2)
    assert fine.allowed
    borne = [(one.person, one.burden_before, one.burden_after) for one in fine.ledgers]
    assert borne == [(0, 3, 5), (2, 2, 0)]
    assert {tier.name: (tier.before, tier.after) for tier in fine.tiers}["preferences"] == (
        tier_values(instance, [0, 1, 2, 0])[-1].value,
        tier_values(instance, [2, 1, 0, 0])[-1].value,
    )
    assert [broken.code for broken in swap(instance, person, 1, 3).against] == ["spacing"]
    given = np.array([0, 1, 2, -1], np.int32)
    assert swap(instance, given, 2, 3).person.tolist() == [0, 1, -1, 2]


def starved(**given: object) -> TurnsInstance:
    """Two turns beside each other that one person alone may take; the other two are free for a third."""
    rows = [(0, 0), (1, 0), (2, 1), (2, 2)]
    return turns_instance(3, 3, rows, windows=Windows.of([("spacing", [0, 1], 1, 0)]), **given)


def test_an_open_turn_has_its_smallest_bottleneck_and_what_would_fill_it() -> None:
    instance = starved()
    answer = solve(instance, Limits(seconds=30, workers=1))
    (turn,) = np.flatnonzero(answer.person < 0).tolist()
    why = why_open(instance, answer.person, turn, Limits(seconds=60, workers=1))
    assert why.smallest
    assert why.plan is None
    assert why.turns == (0, 1)
    assert why.elements == (Element("not_eligible", turn), Element("spacing"))
    assert {(one.element, one.window) for one in why.repairs} == {
        (Element("spacing", turn), 0),
        (Element("not_eligible", turn, 1), -1),
        (Element("not_eligible", turn, 2), -1),
    }
    for repair in why.repairs:
        assert (repair.plan >= 0).all()


def test_an_open_turn_that_could_be_filled_is_filled() -> None:
    instance = turns_instance(2, 2, [(0, 0), (0, 1), (1, 0)], most=np.array([1, 1], np.int32))
    why = why_open(instance, np.array([0, -1], np.int32), 1, Limits(seconds=30, workers=1))
    assert why.plan is not None
    assert why.plan.tolist() == [1, 0]
    assert not why.turns


def test_one_more_turn_or_hour_is_offered_where_that_is_all_it_takes() -> None:
    rows = [(t, i) for t in range(3) for i in range(2)]
    for field, code in (("most", "most"), ("budget", "hours")):
        instance = turns_instance(3, 2, rows, **{field: np.array([1, 1], np.int32)})
        person = np.array([0, 1, -1], np.int32)
        why = why_open(instance, person, 2, Limits(seconds=60, workers=1))
        assert why.turns == (0, 1, 2)
        assert set(why.elements) == {Element(code, person=i) for i in range(2)}
        offered = {(one.element, one.amount, one.moved) for one in why.repairs}
        assert offered == {(Element(code, person=i), 1, 0) for i in range(2)}


def fillable(instance: TurnsInstance, opened: int, turns: set[int], elements: set[Element]) -> bool:
    """Whether some assignment fills these turns while these rules hold, by enumeration."""
    core = replace(only(instance, elements), previous=Held.of([]), most_broken=None)
    if Element("not_eligible", opened) not in elements:
        rows = {(t, i) for t, i in zip(core.choices.turn.tolist(), core.choices.person.tolist(), strict=True)}
        rows |= {(opened, i) for i in range(instance.n_people)}
        core = replace(core, choices=Choices.of(instance.n_turns, [(t, i, 0, 0) for t, i in rows]))
    every = product(range(-1, instance.n_people), repeat=instance.n_turns)
    return any(all(one[t] >= 0 for t in turns) and not check(core, list(one)) for one in every)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny((Order.QUICK,)))
def test_a_bottleneck_cannot_be_filled_and_without_any_one_of_it_can(instance: TurnsInstance) -> None:
    answer = solve(instance, Limits(seconds=60, workers=1))
    assume(answer.tiers)
    for turn in np.flatnonzero(answer.person < 0).tolist():
        why = why_open(instance, answer.person, turn, Limits(seconds=60, workers=1))
        turns, elements = set(why.turns), set(why.elements)
        if not turns or turn in instance.open_turns:
            continue
        assert why.smallest
        assert not fillable(instance, turn, turns, elements)
        assert all(fillable(instance, turn, turns - {one}, elements) for one in turns - {turn})
        assert all(fillable(instance, turn, turns, elements - {one}) for one in elements)


def test_what_time_did_not_settle_is_not_called_smallest() -> None:
    rows = [(t, i) for t in range(3) for i in range(2)]
    instance = turns_instance(3, 2, rows, most=np.array([1, 1], np.int32))
    why = why_open(instance, np.array([0, 1, -1], np.int32), 2, Limits(seconds=0, workers=1))
    assert not why.smallest
    assert not why.turns


@pytest.mark.parametrize("order", list(Order))
def test_ranks_of_plans_are_ranks_of_the_order(order: Order) -> None:
    spread = np.ones(1, np.int32) if order is Order.COST else np.zeros(0, np.int32)
    instance = turns_instance(4, 3, EVERYBODY, order=order, spread_cost=spread)
    best = solve(instance, Limits(seconds=30, workers=1)).person
    for turn in range(4):
        for one in stand_ins(instance, best, turn, Limits(seconds=30, workers=1)):
            assert one.plan is not None
            assert rank(instance, one.plan.tolist()) >= rank(instance, best.tolist())

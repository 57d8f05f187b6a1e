"""An answer is led back towards the one before as far as no tier falls, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pods_cases import varied

from solvers.limits import Limits
from solvers.pods.check.audit import check
from solvers.pods.check.score import tier_values
from solvers.pods.explain.fewest import fewest_changes
from solvers.pods.explain.forcing import force
from solvers.pods.explain.state import State
from solvers.pods.instance import Pod, PodsInstance, Seats
from solvers.pods.solution import Assignment, no_slots
from solvers.pods.solve import solve
from solvers.result import sort_key

Plain = Callable[..., PodsInstance]


def seats_of(*pods: list[int]) -> Assignment:
    return Assignment(
        Seats.of([(i, p) for p, inside in enumerate(pods) for i in inside]), no_slots(len(pods))
    )


def test_people_who_were_moved_for_nothing_stay(plain: Plain) -> None:
    instance = plain(9, 3, pinned=Seats.of([(0, 1)]))
    before = seats_of([0, 1, 2], [3, 4, 5], [6, 7, 8])
    after = seats_of([8, 3, 6], [0, 1, 7], [2, 4, 5])
    found = fewest_changes(instance, before, after, {1}, Limits(seconds=5))
    moved = set(found.assignment.seats.rows()) ^ set(before.seats.rows())
    assert check(instance, found.assignment.seats, found.assignment.slot) == []
    assert (0, 1) in found.assignment.seats.rows()
    assert len(moved) <= 4
    assert not found.aside


def test_what_brings_points_is_kept_and_the_rest_goes_back(plain: Plain) -> None:
    points = np.full((9, 3), 10, np.int32)
    points[3, 0] = 30
    instance = plain(9, 3, points=points, pinned=Seats.of([(0, 1)]))
    before = seats_of([0, 1, 2], [3, 4, 5], [6, 7, 8])
    after = seats_of([3, 1, 6], [0, 7, 8], [2, 4, 5])
    found = fewest_changes(instance, before, after, {1}, Limits(seconds=5))
    assert set(found.assignment.seats.rows()) ^ set(before.seats.rows()) == {(0, 0), (0, 1), (3, 1), (3, 0)}


def test_what_has_nothing_to_do_with_the_question_goes_back_and_is_told(plain: Plain) -> None:
    points = np.full((12, 4), 10, np.int32)
    points[6, 3] = points[9, 2] = 40
    instance = plain(12, 4, points=points, pods=(Pod(3, 3),) * 4, pinned=Seats.of([(0, 1)]))
    before = seats_of([0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11])
    after = seats_of([3, 1, 2], [0, 4, 5], [9, 7, 8], [6, 10, 11])
    found = fewest_changes(instance, before, after, {1}, Limits(seconds=5))
    assert set(found.assignment.seats.rows()) ^ set(before.seats.rows()) == {(0, 0), (0, 1), (3, 1), (3, 0)}
    assert found.aside


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 6])
def test_no_tier_falls_and_every_rule_holds(plain: Plain, seed: int) -> None:
    instance, before = varied(plain, seed)
    answer = solve(instance, Limits(seconds=2), before)
    after = Assignment(answer.seats, answer.slot)
    everywhere = range(instance.n_pods)
    found = fewest_changes(instance, before, after, everywhere, Limits(seconds=5)).assignment
    assert check(instance, found.seats, found.slot) == []
    reached = sort_key(tier_values(instance, found.seats, found.slot))
    assert reached >= sort_key(tier_values(instance, after.seats, after.slot))
    distance = [len(set(one.seats.rows()) ^ set(before.seats.rows())) for one in (found, after)]
    assert distance[0] <= distance[1]


def test_a_forced_seat_among_equals_moves_two_people_only(plain: Plain) -> None:
    """Sixty members whose seats are worth the same everywhere: a swap is enough, whatever the solve does."""
    instance = plain(60, 12, pods=(Pod(5, 5),) * 12)
    start = seats_of(*[list(range(5 * p, 5 * p + 5)) for p in range(12)])
    state = State(instance, start)
    outcome = force(state, [(0, 7)], Limits(seconds=2), proven=True)
    assert outcome.exact
    assert outcome.decisive is None
    assert (0, 7) in outcome.added
    assert len({i for i, _ in (*outcome.added, *outcome.dropped)}) == 2

"""Constructions: every round seats everybody once, and nobody meets twice."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pods.rounds.designs.algebra import circle, kirkman_doubled, kirkman_tripled, lines
from solvers.pods.rounds.designs.choose import designs_for
from solvers.pods.rounds.designs.developed import developed, turns_for
from solvers.pods.rounds.designs.fields import field, powers_of_a_root, prime_powers, ring
from solvers.pods.rounds.designs.signed import signed_planes


def assert_no_repeat(design, groups, size):
    assert design.shape[1:] == (groups, size)
    for one in design:
        assert sorted(one.ravel().tolist()) == list(range(groups * size))
    met = Counter(pair for one in design.tolist() for group in one for pair in combinations(sorted(group), 2))
    assert max(met.values()) == 1


@pytest.mark.parametrize(("prime", "exponent"), [(2, 1), (2, 3), (3, 2), (5, 2), (7, 1), (2, 5)])
def test_a_field_is_one(prime, exponent):
    found = field(prime, exponent)
    q = found.order
    every = np.arange(q)
    assert (np.sort(found.add, axis=1) == every).all()
    assert (np.sort(found.times[1:], axis=1) == every).all()
    assert (found.times == found.times.T).all()
    sums = found.times[:, found.add]
    assert (sums == found.add[found.times[:, :, None], found.times[:, None, :]]).all()
    assert sorted(powers_of_a_root(found)) == list(range(1, q))


def test_differences_of_the_spread_of_a_ring_are_invertible():
    found = ring(12)
    assert len(found.spread) == 3
    negative = found.add.argmin(axis=1)
    for a, b in combinations(found.spread, 2):
        difference = found.add[a, negative[b]]
        assert sorted(found.times[difference]) == list(range(12))


def test_prime_powers():
    assert prime_powers(360) == ((2, 3), (3, 2), (5, 1))
    assert prime_powers(1) == ()


@pytest.mark.parametrize("groups", [1, 2, 3, 8, 15])
def test_everybody_meets_everybody_around_the_circle(groups):
    assert_no_repeat(circle(groups), groups, 2)
    assert len(circle(groups)) == 2 * groups - 1


@pytest.mark.parametrize(
    ("groups", "size", "rounds"),
    [
        (4, 4, 5),
        (9, 3, 13),
        (16, 4, 21),
        (25, 5, 31),
        (8, 4, 9),
        (7, 4, 7),
        (15, 3, 20),
        (20, 4, 25),
        (6, 3, 2),
    ],
)
def test_lines_of_a_net(groups, size, rounds):
    assert_no_repeat(lines(groups, size), groups, size)
    assert len(lines(groups, size)) == rounds


@pytest.mark.parametrize("groups", [7, 13, 25])
def test_kirkman_triples_on_three_times_a_prime_power(groups):
    assert_no_repeat(kirkman_tripled(groups), groups, 3)
    assert len(kirkman_tripled(groups)) == (3 * groups - 1) // 2


@pytest.mark.parametrize("groups", [5, 9, 13, 33])
def test_kirkman_triples_on_twice_a_prime_power_and_one(groups):
    assert_no_repeat(kirkman_doubled(groups), groups, 3)
    assert len(kirkman_doubled(groups)) == (3 * groups - 1) // 2


def test_kirkman_triples_where_there_is_no_field():
    assert (kirkman_tripled(5), kirkman_tripled(55)) == (None, None)
    assert (kirkman_doubled(6), kirkman_doubled(7)) == (None, None)


@pytest.mark.parametrize(
    ("groups", "size", "rounds"), [(5, 3, 7), (8, 4, 8), (8, 4, 9), (7, 4, 9), (20, 5, 10), (6, 3, 8)]
)
def test_base_rounds_develop_into_rounds_without_a_repeat(groups, size, rounds):
    tried = (
        developed(turns, groups, size, 24, Limits(seconds=60)) for turns in turns_for(groups, size, rounds)
    )
    design = next(made for made, cost in tried if cost == 0)
    assert_no_repeat(design, groups, size)
    assert len(design) >= rounds


def test_groups_of_turns_have_room_for_every_meeting_by_counting():
    for turns in turns_for(8, 4, 9):
        assert turns.order * turns.cycles + turns.fixed == 32
        orbit, short = turns.orbits()
        assert (~short).sum() >= turns.bases * 8 * 6
        assert (orbit == orbit.T).all()


@pytest.mark.parametrize("size", [3, 4])
def test_two_planes_with_signs_let_everybody_meet_all_but_one(size):
    for seed in range(5):
        design = signed_planes(2 * size, size, Limits(seconds=60, seed=seed))
        assert_no_repeat(design, 2 * size, size)
        assert len(design) == 2 * (size + 1) == (2 * size * size - 1) // (size - 1)


def test_there_are_no_signs_for_other_numbers():
    assert [signed_planes(*one, Limits(seconds=9)) for one in ((8, 3), (10, 5), (4, 2))] == [None] * 3


def test_no_base_rounds_are_looked_for_where_counting_forbids_them():
    assert list(turns_for(8, 4, 11)) == []


def test_base_rounds_that_repeat_an_orbit_say_so():
    (turns,) = [one for one in turns_for(8, 4, 10) if one.order == 10]
    made, cost = developed(turns, 8, 4, 2, Limits(seconds=60))
    met = Counter(pair for one in made.tolist() for group in one for pair in combinations(sorted(group), 2))
    assert made.shape == (10, 8, 4)
    assert cost > 0
    assert sum(count - 1 for count in met.values()) >= cost


@pytest.mark.parametrize(
    ("groups", "size", "rounds", "name"),
    [
        (10, 2, 19, "circle method"),
        (5, 3, 7, "Kirkman triples, 2q + 1"),
        (7, 3, 10, "Kirkman triples, 3q"),
        (5, 5, 6, "lines of a net"),
        (8, 4, 10, "two planes with signs"),
        (7, 4, 9, "1 base round under Z_9"),
    ],
)
def test_the_construction_that_serves_is_taken(groups, size, rounds, name):
    found, design = next(designs_for(groups, size, rounds, Limits(seconds=60)))
    assert found == name
    assert_no_repeat(design, groups, size)
    assert len(design) >= rounds

"""Sizes of groups where people do not divide."""

from __future__ import annotations

import pytest

from solvers.pods.rounds.sizes import bounds_of, group_sizes


@pytest.mark.parametrize(
    ("people", "size", "sizes"),
    [
        (6, 2, (2, 2, 2)),
        (7, 2, (3, 2, 2)),
        (1, 2, ()),
        (33, 4, (5, 4, 4, 4, 4, 4, 4, 4)),
        (34, 4, (4, 4, 4, 4, 4, 4, 4, 3, 3)),
        (5, 4, (5,)),
        (6, 4, (3, 3)),
        (2, 4, ()),
        (7, 5, (4, 3)),
        (0, 4, ()),
    ],
)
def test_sizes_are_spread_evenly_around_the_wish(people, size, sizes):
    assert group_sizes(people, size, *bounds_of(size)) == sizes


@pytest.mark.parametrize("size", range(2, 21))
def test_from_the_least_size_on_everybody_has_a_group(size):
    least, most = bounds_of(size)
    for people in range(least, 10 * size):
        assert sum(group_sizes(people, size, least, most)) == people


def test_rigid_sizes_seat_as_many_as_they_can():
    assert group_sizes(10, 4, 4, 4) == (4, 4)
    assert group_sizes(11, 4, 4, 4) == (4, 4)

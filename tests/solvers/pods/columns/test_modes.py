"""Modes of a pod: slots that another one makes needless, and percentages as counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solvers.pods.columns.modes import size_ranges, worthwhile
from solvers.pods.instance import Pod


def kept(opened, ease=None, late=None, base=(True, True, True)):
    opened = np.array(opened, bool)
    ease = np.zeros(opened.shape, np.int32) if ease is None else np.array(ease, np.int32)
    late = np.zeros(opened.shape, np.int32) if late is None else np.array(late, np.int32)
    m = len(opened)
    none = np.zeros(m, np.int64)
    return worthwhile(opened, ease, late, np.array(base[:m], bool), none, none).tolist()


def test_a_slot_with_fewer_of_the_same_units_is_needless():
    assert kept([[1, 1, 0], [1, 0, 0], [0, 1, 1]]) == [True, False, True]


def test_the_first_of_equal_slots_stays():
    assert kept([[1, 1], [1, 1]]) == [True, False]


def test_a_slot_with_more_ease_for_somebody_stays():
    assert kept([[1, 1, 0], [1, 0, 0]], ease=[[3, 3, 0], [4, 0, 0]]) == [True, True]


def test_a_slot_where_somebody_comes_to_every_session_stays():
    assert kept([[1, 1, 0], [1, 0, 0]], late=[[1, 0, 0], [0, 0, 0]]) == [True, True]


def test_a_slot_that_the_base_cannot_use_goes():
    assert kept([[1, 1], [1, 0]], base=(False, True)) == [False, True]


@pytest.fixture
def instance(reference):
    found = reference.random_instance(0)
    return replace(found, most_newcomers=50)


def test_sizes_with_the_same_counts_are_one_range(instance):
    pod = Pod(4, 8, most_share=60, rhythm=0, quorum=75)
    assert size_ranges(instance, pod).tolist() == [
        [4, 4, 1, 2, 2],
        [5, 5, 1, 2, 3],
        [6, 6, 1, 3, 3],
        [7, 7, 1, 3, 4],
        [8, 8, 2, 4, 4],
    ]


def test_without_percentages_all_sizes_are_one_range(instance):
    free = replace(instance, most_newcomers=100)
    assert size_ranges(free, Pod(2, 9)).tolist() == [[2, 9, 9, 9, 9]]

"""Frontiers: what few broken pairs cost in points, and give and take in places."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.pairs.check.audit import check
from solvers.pairs.check.score import pairs_of
from solvers.pairs.frontier import balance_frontier, changes_frontier
from solvers.pairs.instance import Balance


@pytest.fixture(scope="module")
def instances(reference):
    found = []
    for seed in range(40):
        instance = reference.random_instance(seed, n=6, m=5, edges=13, use={"previous"})
        if len(instance.previous) > 1:
            found.append(replace(instance, changes="tier"))
    assert len(found) > 20
    return found


def _every(reference, instance):
    """(placed, broken, points) of every answer."""
    before = set(pairs_of(instance.previous))
    for pairs in reference.all_answers(instance):
        if not check(instance, pairs):
            held = set(pairs_of(pairs))
            yield len(held), len(before - held), sum(pairs.points.tolist())


def test_no_answer_with_as_many_places_beats_a_point_of_the_frontier(instances, reference):
    for instance in instances[:15]:
        every = list(_every(reference, instance))
        most = max(places for places, _, _ in every)
        points = changes_frontier(instance, Limits(seconds=30))
        assert points
        for point in points:
            best = max(
                points for places, broken, points in every if places == most and broken <= point.broken
            )
            assert point.pairs == most
            assert point.points == best
        few = min(broken for places, broken, _ in every if places == most)
        assert points[0].broken == few


def test_corners_lie_on_a_concave_line(instances):
    for instance in instances[:15]:
        corners = [point for point in changes_frontier(instance, Limits(seconds=30)) if point.hull]
        slopes = [(b.points - a.points) / (b.broken - a.broken) for a, b in pairwise(corners)]
        assert slopes == sorted(slopes, reverse=True)
        assert all(slope > 0 for slope in slopes)


def test_nothing_to_break_is_said(reference):
    instance = reference.random_instance(1, use=set())
    with pytest.raises(InstanceError, match="previous"):
        changes_frontier(instance, Limits())


def test_places_rise_with_slack_until_they_are_those_without_balance(reference):
    for seed in range(12):
        instance = reference.random_instance(seed, n=6, m=5, edges=14, use=set())
        count = instance.n_organizations
        none = np.zeros(0, np.int64)

        def at(slack, count=count, none=none):
            each = np.full(count, slack, np.int64)
            return Balance(-each, each, np.full(count, -1, np.int32), none, none)

        points = balance_frontier(instance, at, Limits(seconds=30))
        assert points[-1].setting is None
        assert [point.pairs for point in points] == sorted(point.pairs for point in points)
        assert points[-2].pairs == points[-1].pairs
        assert all(point.proven for point in points)
        for point in points[:-1]:
            held = replace(instance, balance=at(point.setting))
            best = max(len(pairs) for pairs in reference.all_answers(held) if not check(held, pairs))
            assert point.pairs == best

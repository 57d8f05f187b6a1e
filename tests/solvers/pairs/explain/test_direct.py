"""A pair that could be added: with its steps the answer keeps every rule, and no step can be spared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pairs.check.audit import check
from solvers.pairs.edges import Edges
from solvers.pairs.explain.direct import Room, shortest
from solvers.pairs.solve import solve


def _with(pairs, way):
    return Edges(
        np.append(pairs.learner, np.int32(way.learner)),
        np.append(pairs.guide, np.int32(way.guide)),
        np.append(pairs.points, np.int32(way.points)),
    )


def _wider(instance, step):
    """The instance with the limit of one step wider."""
    if step.kind == "place":
        capacity = instance.capacity.copy()
        capacity[step.number] += step.amount
        return replace(instance, capacity=capacity)
    if step.kind == "quota":
        quotas = list(instance.quotas)
        quotas[step.number] = replace(quotas[step.number], most=quotas[step.number].most + step.amount)
        return replace(instance, quotas=tuple(quotas))
    if step.kind in ("learner_hours", "guide_hours"):
        side = step.kind.removesuffix("_hours")
        budgets = tuple(
            replace(one, most=one.most + step.amount) if getattr(one, side) == step.number else one
            for one in instance.budgets
        )
        return replace(instance, budgets=budgets)
    balance, prefix = instance.balance, "group_" if step.kind == "group" else ""
    least, most = getattr(balance, f"{prefix}least").copy(), getattr(balance, f"{prefix}most").copy()
    least[step.number] -= step.amount
    most[step.number] += step.amount
    return replace(instance, balance=replace(balance, **{f"{prefix}least": least, f"{prefix}most": most}))


@pytest.fixture(scope="module")
def solved(reference):
    """Random instances over all options, each with an answer."""
    found = []
    for seed in range(260):
        instance = reference.random_instance(seed)
        answer = solve(instance, Limits(seconds=20))
        if answer.status.value == "optimal":
            found.append((instance, answer))
    return found


def _short(instance, answer):
    load = np.bincount(answer.pairs.learner, minlength=instance.n_learners)
    return np.flatnonzero(load < instance.need).tolist()


def test_the_answer_with_the_pair_keeps_every_rule_once_its_limits_are_wider(solved):
    kinds: set[str] = set()
    for instance, answer in solved:
        room = Room(instance, answer.pairs)
        for way in shortest(room, _short(instance, answer)).values():
            wide = instance
            for step in way.steps:
                wide = _wider(wide, step)
                kinds.add(step.kind)
            assert not check(wide, _with(answer.pairs, way))
    assert kinds == {"place", "organization", "group", "quota", "learner_hours", "guide_hours"}


def test_no_step_can_be_spared(solved):
    spared = 0
    for instance, answer in solved:
        room = Room(instance, answer.pairs)
        for way in shortest(room, _short(instance, answer)).values():
            for left in way.steps:
                wide = instance
                for step in way.steps:
                    wide = wide if step is left else _wider(wide, step)
                assert check(wide, _with(answer.pairs, way))
                spared += 1
    assert spared > 50


def test_everybody_with_a_pair_that_some_limits_would_let_in_is_told_one(solved):
    met = 0
    for instance, answer in solved:
        if instance.order.value == "floor":
            continue
        room = Room(instance, answer.pairs)
        short = _short(instance, answer)
        told = shortest(room, short)
        for i in short:
            row = instance.edges.row(i)
            ways = [room.steps(i, j) for j in row.guide.tolist()]
            possible = [way for way in ways if way is not None]
            assert (i in told) == bool(possible)
            if possible:
                met += 1
                assert len(told[i].steps) <= min(len(way) for way in possible) + 1
    assert met > 50


def test_a_pair_that_would_lower_the_floor_is_not_told(reference):
    met = 0
    for seed in range(60):
        instance = reference.random_instance(seed, use={"floor_pair"})
        answer = solve(instance, Limits(seconds=20))
        floor = next(tier.value for tier in answer.tiers if tier.name == "floor")
        for way in shortest(Room(instance, answer.pairs), _short(instance, answer), floor).values():
            assert floor is None or way.points >= floor
            met += 1
    assert met > 10

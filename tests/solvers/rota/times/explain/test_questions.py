"""What stands against a slot, what other slots cost, and what would open one: each told and tried."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from times_cases import random_times, starts, times_instance

from solvers.limits import Limits
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import tier_values
from solvers.rota.times.explain.slots import other_slots
from solvers.rota.times.explain.state import Obstacle, State
from solvers.rota.times.explain.unscheduled import why_unscheduled
from solvers.rota.times.instance import Group, TimesInstance
from solvers.rota.times.solve import solve


def solved(instance: TimesInstance) -> State:
    return State(instance, solve(instance, Limits(seconds=10.0)))


@pytest.mark.parametrize("seed", range(60))
def test_other_slots_are_clean_with_the_tiers_told_or_something_stands_against_them(seed: int) -> None:
    state = solved(random_times(seed))
    instance, answer = state.instance, state.answer
    for g, group in enumerate(instance.groups):
        asked = state.open_sessions(g)
        for session in asked if group.rotating else [None][: len(asked)]:
            for one in other_slots(state, g, session):
                own = [session] if session is not None else asked
                steps = {t: one.steps.get(t, -1) for t in own}
                slots = {t: one.slot if t in one.steps else -1 for t in own}
                moved = state.with_sessions(g, steps, slots)
                broken = check(instance, moved.times, moved.slots)
                assert bool(broken) == (one.tiers is None)
                if one.tiers is None:
                    assert {v.code for v in broken} <= {o.code for o in one.against}
                else:
                    assert list(one.tiers) == tier_values(instance, moved.times, moved.slots)
                    assert not one.against
    assert not check(instance, answer.times, answer.slots)


@pytest.mark.parametrize("seed", range(200))
def test_what_leaves_no_slot_is_smallest_and_repairs_work(seed: int) -> None:
    state = solved(random_times(seed))
    for g, group in enumerate(state.instance.groups):
        why = why_unscheduled(state, g)
        if why is None:
            continue
        against = [
            set(state.obstacles(g, why.session, int(s)))
            for s in np.flatnonzero(group.starts[:, why.session] >= 0)
        ]
        kept = set(why.conflict)
        assert len(against) == why.slots
        assert all(found & kept for found in against)
        assert not any(all(found & (kept - {one}) for found in against) for one in kept)
        assert list(why.repairs) == sorted(why.repairs, key=lambda one: one.size)


def two_groups() -> TimesInstance:
    """Ada is in both groups, which have one hour in common; bo could only come an hour later."""
    groups = [
        Group(members=(0, 1), starts=starts([0], [1]), length=1, quorum=2),
        Group(members=(0, 2), starts=starts([0]), length=1, quorum=2),
    ]
    return times_instance(groups, ["10", "11", "10"])


def test_a_group_hears_who_would_have_to_be_free_or_which_group_to_move() -> None:
    instance = two_groups()
    state = solved(instance)
    lost = next(g for g in range(2) if state.answer.times[g] == (-1,))
    why = why_unscheduled(state, lost)
    assert why is not None
    assert Obstacle("two_places", 0, 1 - lost) in why.conflict
    assert why_unscheduled(state, 1 - lost) is None
    taken = [one for one in why.repairs if one.moving]
    assert [(one.slot, one.moving, one.free) for one in taken] == [(0, (1 - lost,), ())]
    if lost == 0:
        assert why.counts == {"two_places": 1, "quorum": 1}
        assert {(one.slot, one.free, one.quorum) for one in why.repairs if not one.moving} == {
            (1, (0,), None),
            (1, (), 1),
        }


def test_repairs_are_tried_on_the_instance_that_they_make() -> None:
    group = Group(members=(0, 1), starts=starts([0], [1]), length=1, quorum=2, required=(0,))
    instance = times_instance([group], ["00", "01"])
    state = solved(instance)
    why = why_unscheduled(state, 0)
    assert why is not None
    assert why.counts == {"quorum": 2, "required": 2}
    first = why.repairs[0]
    assert (first.slot, first.free, first.quorum) == (1, (0,), None)
    table = instance.free.copy()
    table[0, 1] = True
    assert solve(replace(instance, free=table), Limits(seconds=5.0)).times == ((1,),)


def test_a_rotating_group_is_asked_session_by_session() -> None:
    group = Group(members=(0,), starts=starts([0, 2], [1, 3]), length=1, rotating=True)
    state = solved(times_instance([group], ["1111"]))
    with pytest.raises(ValueError, match="rotates"):
        other_slots(state, 0)
    assert [one.slot for one in other_slots(state, 0, 1)] == [1 - state.answer.slots[0][1]]

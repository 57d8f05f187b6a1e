"""Options of a member equal a fresh count of the whole answer, and none that is clean is left out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pods_cases import varied

from solvers.pods.check.audit import check
from solvers.pods.check.score import tier_values
from solvers.pods.explain.moves import moves_of
from solvers.pods.explain.state import Changed, State
from solvers.pods.instance import Pod, PodsInstance, Seats
from solvers.pods.solution import Assignment, no_slots

Plain = Callable[..., PodsInstance]


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 6])
def test_tiers_of_every_option_are_those_of_a_fresh_count(plain: Plain, seed: int) -> None:
    instance, answer = varied(plain, seed)
    state = State(instance, answer)
    seen = 0
    for member in range(instance.n_members):
        for option in moves_of(state, member).options:
            change = _made(state, option.kind, member, option.source, option.target, option.other)
            assert isinstance(change, Changed)
            after = state.after(change)
            assert check(instance, after.seats, after.slot) == []
            assert tuple(tier_values(instance, after.seats, after.slot)) == option.tiers
            seen += 1
    assert seen > 5


def _made(state: State, kind: str, i: int, source: int, target: int, other: int) -> Changed | str:
    """The change behind an option, made by hand."""
    members = {p: [k for k in state.members[p] if k != i] for p in (source, target) if p >= 0}
    if target >= 0:
        members[target] = [k for k in members[target] if k != other] + [i]
    if kind == "swap":
        members[source] = [*members[source], other]
    return state.changed(members)


@pytest.mark.parametrize("seed", [0, 1, 2, 4])
def test_no_clean_way_into_another_pod_is_left_out(plain: Plain, seed: int) -> None:
    instance, answer = varied(plain, seed, capacity=np.ones(9, np.int32))
    state = State(instance, answer)
    for member in range(instance.n_members):
        found = moves_of(state, member)
        ways = {(one.kind, one.target, one.other) for one in found.options}
        own = state.pods_of.get(member, [-1])[0]
        for q in range(instance.n_pods):
            if q == own:
                continue
            for other in (-1, *state.members[q]):
                kind = ("join" if own < 0 else "move") if other < 0 else ("replace" if own < 0 else "swap")
                clean = isinstance(_made(state, kind, member, own, q, other), Changed)
                assert clean == ((kind, q, other) in ways)
        reached = {one.target for one in found.options}
        assert set(found.barred) == set(range(instance.n_pods)) - reached - {own}


def test_options_come_best_first(plain: Plain) -> None:
    points = np.array([[10, 50, 30], *[[10, 10, 10]] * 8], np.int32)
    instance = plain(9, 3, points=points)
    state = State(instance, Assignment(Seats.of([(i, i // 3) for i in range(9)]), no_slots(3)))
    best = moves_of(state, 0).options[0]
    assert (best.kind, best.target) == ("move", 1)
    assert [tier.value for tier in best.tiers] == [9, 130]


def test_a_pinned_member_has_nowhere_to_go(plain: Plain) -> None:
    instance = plain(pinned=Seats.of([(0, 0)]))
    state = State(instance, Assignment(Seats.of([(0, 0), (1, 0), (2, 1), (3, 1)]), no_slots(2)))
    found = moves_of(state, 0)
    assert found.options == ()
    assert found.barred == {1: "pinned"}


def test_a_rule_in_the_way_is_named(plain: Plain) -> None:
    instance = plain(apart=np.array([[0, 2], [0, 3]], np.int32), pods=(Pod(1, 4), Pod(1, 2)))
    state = State(instance, Assignment(Seats.of([(0, 0), (1, 0), (2, 1), (3, 1)]), no_slots(2)))
    assert moves_of(state, 0).barred == {1: "size"}


def test_a_cap_on_broken_seats_holds_for_moves(plain: Plain) -> None:
    rows = [(0, 0), (1, 0), (4, 0), (2, 1), (3, 1)]
    instance = plain(previous=Seats.of(rows), most_broken=0)
    state = State(instance, Assignment(Seats.of(rows), no_slots(2)))
    assert moves_of(state, 0).barred == {1: "most_broken"}
    assert [one.kind for one in moves_of(state, 5).options] == ["join", "join"]

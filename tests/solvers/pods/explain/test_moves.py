"""Options of a member equal a fresh count of the whole answer, and none that is clean is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from solvers.pods.check.audit import check
from solvers.pods.check.score import tier_values
from solvers.pods.explain.moves import moves_of
from solvers.pods.explain.state import Changed, State
from solvers.pods.instance import Need, Order, PairTerms, Pod, PodsInstance, Rhythm, Seats
from solvers.pods.solution import Assignment, no_slots

Plain = Callable[..., PodsInstance]


def varied(plain: Plain, seed: int, **changes: Any) -> tuple[PodsInstance, Assignment]:
    """A random instance of nine members and three pods with many rules, and a clean answer to it."""
    dice = np.random.default_rng(seed)
    n, count, slots = 9, 3, 4
    pairs = np.array([(a, b) for a in range(n) for b in range(a)], np.int32)
    half = dice.random((n, slots)) < 0.95
    weekly = Rhythm(
        half & (dice.random((n, slots)) < 0.8),
        half,
        dice.integers(0, 4, (n, slots)).astype(np.int16),
        np.array([0, 30, 60, 120], np.int32),
        60,
    )
    need = Need(0, (9, 4))
    defaults: dict[str, Any] = {
        "pods": tuple(
            Pod(2, 4, rhythm=0, quorum=50, needs=(need,), most_share=67, hours=3) for _ in range(count)
        ),
        "points": dice.integers(0, 30, (n, count)).astype(np.int32),
        "eligible": dice.random((n, count)) < 0.95,
        "organization": dice.integers(0, 4, n).astype(np.int32),
        "able": dice.random((n, 1)) < 0.5,
        "newcomer": dice.random(n) < 0.3,
        "most_newcomers": 50,
        "capacity": dice.integers(1, 3, n).astype(np.int32),
        "priority": dice.integers(0, 3, n).astype(np.int32),
        "pair_terms": PairTerms.of(n, pairs, dice.integers(-5, 6, len(pairs)).astype(np.int32)),
        "satisfaction": dice.integers(0, 1000, (n, count)).astype(np.int16),
        "order": Order.FLOOR,
        "rhythms": (weekly,),
    }
    instance = plain(n, count, **{**defaults, **changes})
    for _ in range(4000):
        order = dice.permutation(n).tolist()
        seats = Seats.of([(i, k // 3 if k < 6 else 2) for k, i in enumerate(order[:8])])
        slot = dice.integers(0, slots, count).astype(np.int32)
        if not check(instance, seats, slot):
            return instance, Assignment(seats, slot)
    raise AssertionError("no clean answer was found")


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 6])
def test_tiers_of_every_option_are_those_of_a_fresh_count(plain: Plain, seed: int) -> None:
    instance, answer = varied(plain, seed)
    state = State(instance, answer)
    seen = 0
    for member in range(instance.n_members):
        for option in moves_of(state, member).options:
            change = _made(state, option.kind, member, option.source, option.target, option.other)
            assert isinstance(change, Changed)
            slot = answer.slot.copy()
            for p, s in change.slot.items():
                slot[p] = s
            seats = state.seats_with(change)
            assert check(instance, seats, slot) == []
            assert tuple(tier_values(instance, seats, slot)) == option.tiers
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

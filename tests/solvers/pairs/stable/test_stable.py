"""The stable order: nobody would rather have each other, over all eligible pairs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.pairs.check.audit import blocking_pairs, check
from solvers.pairs.check.score import pairs_of
from solvers.pairs.edges import NOT_ELIGIBLE, Edges
from solvers.pairs.explicit.loading import Document, ExplicitEdges, load_document
from solvers.pairs.instance import PairsInstance
from solvers.pairs.stable import preferences
from solvers.pairs.stable.acceptance import solve_stable
from solvers.pairs.stable.wishes import ListedWishes
from solvers.pairs.ties import seeded_lots
from solvers.result import Status


def wished(reference: ModuleType, seed: int, use: set[str], wishes: bool = True, **size: int) -> Document:
    """A random stable instance; about half of both sides name somebody."""
    case: dict[str, Any] = reference.random_case(seed, use=use, **size) | {"order": "stable"}
    if wishes:
        rng = np.random.default_rng(seed + 1000)
        sides = {"learners": ("guides", case["learners"]), "guides": ("learners", case["guides"])}
        case["wishes"] = {
            side: {
                one["id"]: rng.permutation([other["id"] for other in case[others]])[
                    : rng.integers(1, 4)
                ].tolist()
                for one in people
                if rng.random() < 0.5
            }
            for side, (others, people) in sides.items()
        }
    return load_document(case)


def blocks_by_definition(
    instance: PairsInstance, pairs: Edges, wishes: ListedWishes, seed: int | None = None
) -> int:
    """Blocking pairs pair by pair from the definition; with a seed lots decide between equals."""
    held, pins = set(pairs_of(pairs)), set(pairs_of(instance.pinned))
    points = dict(zip(held, (0,) * len(held), strict=True))
    points |= dict(zip(pairs_of(pairs), pairs.points.tolist(), strict=True))

    def key(side: int, i: int, j: int, w: int) -> tuple[int, int, int]:
        named = wishes.learners.get(i, ()) if side == 0 else wishes.guides.get(j, ())
        other = j if side == 0 else i
        wish = named.index(other) if other in named else 10**6
        lot = (
            0 if seed is None else int(seeded_lots(seed, side, *(np.array([k], np.int32) for k in (i, j)))[0])
        )
        return wish, -w, lot

    def wants(side: int, i: int, j: int, w: int) -> bool:
        own = [pair for pair in held if pair[side] == (i, j)[side]]
        places = instance.need[i] if side == 0 else instance.capacity[j]
        if len(own) < places:
            return True
        return any(key(side, i, j, w) < key(side, *pair, points[pair]) for pair in own if pair not in pins)

    total = 0
    for i in range(instance.n_learners):
        for j in range(instance.n_guides):
            w = int(instance.edges.points(np.array([i], np.int32), np.array([j], np.int32))[0])
            if w != NOT_ELIGIBLE and (i, j) not in held:
                total += wants(0, i, j, w) and wants(1, i, j, w)
    return total


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("wishes", [False, True])
def test_no_pair_blocks_even_when_lots_decide(reference: ModuleType, seed: int, wishes: bool) -> None:
    document = wished(reference, seed, {"needs", "pins"}, wishes)
    answer = solve_stable(document.instance, Limits(seed=seed), document.wishes)
    if answer.status is Status.INFEASIBLE:
        assert answer.conflict
        return
    assert check(document.instance, answer.pairs) == []
    assert blocks_by_definition(document.instance, answer.pairs, document.wishes, seed) == 0
    assert answer.status is Status.OPTIMAL
    assert answer.blocking_pairs == answer.value == answer.bound == 0


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("wishes", [False, True])
def test_blocking_pairs_of_any_answer_are_counted_as_defined(
    reference: ModuleType, seed: int, wishes: bool
) -> None:
    document = wished(reference, seed, {"needs", "pins"}, wishes)
    given = document.wishes if wishes else None
    for at, pairs in enumerate(reference.all_answers(document.instance)):
        if at % 9 == 0:
            expected = blocks_by_definition(document.instance, pairs, document.wishes)
            assert blocking_pairs(document.instance, pairs, given) == expected


def test_no_learner_is_better_off_in_any_other_stable_answer(reference: ModuleType) -> None:
    compared = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        document = load_document(
            {
                "learners": [{"id": f"l{k}"} for k in range(4)],
                "guides": [{"id": f"g{k}"} for k in range(4)],
                "edges": [[f"l{i}", f"g{j}", 500] for i in range(4) for j in range(4)],
                "wishes": {
                    "learners": {f"l{k}": [f"g{j}" for j in rng.permutation(4)] for k in range(4)},
                    "guides": {f"g{k}": [f"l{j}" for j in rng.permutation(4)] for k in range(4)},
                },
                "order": "stable",
            }
        )
        instance, wishes = document.instance, document.wishes
        answer = solve_stable(instance, Limits(seed=seed), wishes)
        mine = dict(pairs_of(answer.pairs))
        for other in reference.all_answers(instance):
            if blocks_by_definition(instance, other, wishes, seed):
                continue
            compared += 1
            for i, j in pairs_of(other):
                assert i in mine, "the same learners are placed in every stable answer"
                rank = [
                    (
                        int(wishes.learner_wish(i, np.array([k], np.int32))[0]),
                        -_points(instance, i, k),
                        _lot(seed, i, k),
                    )
                    for k in (mine[i], j)
                ]
                assert rank[0] <= rank[1]
    assert compared > 12, "some instances have several stable answers"


def _points(instance: PairsInstance, i: int, j: int) -> int:
    return int(instance.edges.points(np.array([i], np.int32), np.array([j], np.int32))[0])


def _lot(seed: int, i: int, j: int) -> int:
    return int(seeded_lots(seed, 0, np.array([i], np.int32), np.array([j], np.int32))[0])


@pytest.mark.parametrize("wishes", [False, True])
def test_short_lists_do_not_change_the_answer(
    reference: ModuleType, monkeypatch: pytest.MonkeyPatch, wishes: bool
) -> None:
    document = wished(reference, 7, {"needs", "pins"}, wishes, n=40, m=25, edges=600)
    whole = solve_stable(document.instance, Limits(), document.wishes)
    for short, stretch in ((1, 1), (3, 2), (8, 5)):
        monkeypatch.setattr(preferences, "_SHORT", short)
        monkeypatch.setattr(preferences, "_STRETCH", stretch)
        lazy = solve_stable(document.instance, Limits(), document.wishes)
        assert pairs_of(lazy.pairs) == pairs_of(whole.pairs)
        assert lazy.effort.counts["rows_ranked"] > 0
    assert blocks_by_definition(document.instance, whole.pairs, document.wishes, 1) == 0


@pytest.mark.parametrize("seed", range(25))
def test_rules_over_both_roles_hold_and_say_what_they_cost(reference: ModuleType, seed: int) -> None:
    document = wished(reference, seed, {"needs", "budgets", "one_way", "pins"}, n=5, m=5, edges=20)
    answer = solve_stable(document.instance, Limits(), document.wishes)
    if answer.status is Status.INFEASIBLE:
        return
    assert check(document.instance, answer.pairs) == []
    assert answer.blocking_pairs == blocks_by_definition(document.instance, answer.pairs, document.wishes)
    assert (answer.status is Status.OPTIMAL) == (answer.blocking_pairs == 0)


def test_pins_beyond_a_capacity_are_named() -> None:
    document = load_document(
        {
            "learners": [{"id": "a"}, {"id": "b"}],
            "guides": [{"id": "g"}],
            "edges": [],
            "pinned": [["a", "g"], ["b", "g"]],
            "order": "stable",
        }
    )
    answer = solve_stable(document.instance, Limits())
    assert answer.status is Status.INFEASIBLE
    assert answer.conflict == ("g has 1 places and 2 learners.",)
    assert len(answer.pairs) == 0
    assert answer.value is None


def test_what_cannot_be_stable_is_refused(reference: ModuleType) -> None:
    instance = reference.random_instance(1, use={"balance"})
    with pytest.raises(InstanceError) as caught:
        solve_stable(instance, Limits())
    assert caught.value.field == "balance"


def test_lots_decide_between_equals_and_the_seed_decides_the_lots() -> None:
    document = load_document(
        {
            "learners": [{"id": f"l{i}"} for i in range(10)],
            "guides": [{"id": "g"}],
            "edges": [[f"l{i}", "g", 500] for i in range(10)],
            "order": "stable",
        }
    )
    winners: Counter[int] = Counter()
    for seed in range(60):
        answer = solve_stable(document.instance, Limits(seed=seed))
        again = solve_stable(document.instance, Limits(seed=seed))
        assert pairs_of(answer.pairs) == pairs_of(again.pairs)
        assert answer.blocking_pairs == 0
        winners[pairs_of(answer.pairs)[0][0]] += 1
    assert len(winners) >= 8, "the top of the list has no advantage"


@pytest.mark.parametrize("wishes", [False, True])
def test_without_time_the_short_lists_still_give_an_answer(reference: ModuleType, wishes: bool) -> None:
    document = wished(reference, 3, {"needs", "pins"}, wishes, n=60, m=50, edges=2800)
    answer = solve_stable(document.instance, Limits(seconds=0), document.wishes)
    assert check(document.instance, answer.pairs) == []
    assert len(answer.pairs) > 30
    assert answer.blocking_pairs is not None
    assert (answer.status is Status.OPTIMAL) == (answer.blocking_pairs == 0)


def test_what_has_no_say_is_noted() -> None:
    document = load_document(
        {
            "learners": [{"id": "a"}, {"id": "b"}],
            "guides": [{"id": "g", "min_load": 1}],
            "edges": [["a", "g", 9], ["b", "g", 4]],
            "previous": [["b", "g"]],
            "order": "stable",
        }
    )
    answer = solve_stable(document.instance, Limits())
    assert pairs_of(answer.pairs) == [(0, 0)]
    assert answer.kept.tolist() == [False]
    assert len(answer.notes) == 2


def test_ids_and_input_order_do_not_matter_where_points_decide() -> None:
    rng = np.random.default_rng(4)
    n, m = 30, 20
    weights = rng.permutation(1001)[: n * m]
    base = {
        "learners": [{"id": f"l{i}"} for i in range(n)],
        "guides": [{"id": f"g{j}", "capacity": 2} for j in range(m)],
        "edges": [[f"l{c // m}", f"g{c % m}", int(w)] for c, w in enumerate(weights)],
        "order": "stable",
    }
    shuffled = {
        key: [value[k] for k in rng.permutation(len(value))] if isinstance(value, list) else value
        for key, value in base.items()
    }
    named = []
    for case in (base, shuffled):
        instance = load_document(case).instance
        assert isinstance(instance.edges, ExplicitEdges)
        pairs = solve_stable(instance, Limits()).pairs
        named.append({(instance.learner_ids[i], instance.guide_ids[j]) for i, j in pairs_of(pairs)})
    assert named[0] == named[1]
    assert replace(instance, order="welfare").order == "welfare"

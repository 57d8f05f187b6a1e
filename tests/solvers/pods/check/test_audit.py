"""Each hard rule bites on the answer that breaks it alone, and leaves the clean one in peace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from solvers.faults import InstanceError
from solvers.pods.check.audit import check, meet_together
from solvers.pods.instance import Need, Pod, PodsInstance, Rhythm, Seats
from solvers.pods.solution import no_slots

Plain = Callable[..., PodsInstance]
CLEAN = [(0, 0), (1, 0), (2, 1), (3, 1)]


def codes(instance: PodsInstance, rows: list[tuple[int, int]], slot: list[int] | None = None) -> list[str]:
    """Codes of what a set of seats breaks."""
    slots = no_slots(instance.n_pods) if slot is None else np.array(slot, np.int32)
    return [violation.code for violation in check(instance, Seats.of(rows), slots)]


def two(**rules: Any) -> tuple[Pod, ...]:
    """Two pods of 2 to 4, the first with more rules."""
    return (replace(Pod(2, 4), **rules), Pod(2, 4))


def flags(n: int, *on: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """n flags, some of them on."""
    out = np.zeros(n, bool)
    out[list(on)] = True
    return out


def test_a_clean_answer_breaks_nothing(plain: Plain) -> None:
    assert codes(plain(), CLEAN) == []


def test_an_empty_answer_breaks_nothing(plain: Plain) -> None:
    assert codes(plain(), []) == []


@pytest.mark.parametrize(
    ("changes", "rows", "code"),
    [
        ({}, [*CLEAN, (0, 0)], "duplicate"),
        ({}, [*CLEAN, (0, 1)], "capacity"),
        ({}, [(0, 0)], "size"),
        ({"pods": two(most=3)}, [(i, 0) for i in range(4)], "size"),
        ({"pods": two(must_run=True)}, CLEAN[2:], "must_run"),
        ({"pods": two(hours=11)}, CLEAN, "hours"),
        ({"pods": two(least_organizations=3)}, CLEAN, "organizations"),
        ({"pods": two(most_share=40)}, CLEAN, "share"),
        ({"pods": two(sponsor=5, presence="present")}, CLEAN, "sponsor"),
        ({"pods": two(sponsor=1, presence="absent")}, CLEAN, "sponsor"),
        ({"rivals": np.array([[1, 0]], np.int32)}, CLEAN, "rivals"),
        ({"apart": np.array([[1, 0]], np.int32)}, CLEAN, "apart"),
        ({"together": np.array([[1, 2]], np.int32)}, CLEAN, "together"),
        ({"together": np.array([[1, 5]], np.int32)}, CLEAN, "together"),
        ({"newcomer": flags(6, 0, 1), "most_newcomers": 50}, CLEAN, "newcomers"),
        ({"newcomer": flags(6, 0), "veteran": flags(6, 2), "veteran_each": True}, CLEAN, "veterans"),
        ({"speaks": ~flags(6, 1)[:, None], "pods": two(languages=(0,))}, CLEAN, "language"),
        ({"able": flags(6, 0)[:, None], "pods": two(needs=(Need(0, (5,), 2),))}, CLEAN, "need"),
        ({"previous": Seats.of([(0, 1), (1, 1)]), "most_broken": 1}, CLEAN, "most_broken"),
        ({"pinned": Seats.of([(4, 0)])}, CLEAN, "pinned"),
    ],
)
def test_each_rule_bites(
    plain: Plain, changes: dict[str, Any], rows: list[tuple[int, int]], code: str
) -> None:
    found = codes(plain(**changes), rows)
    assert set(found) == {code}
    assert found


@pytest.mark.parametrize(
    "changes",
    [
        {"pods": two(hours=10)},
        {"pods": two(least_organizations=2)},
        {"pods": two(most_share=50)},
        {"pods": two(sponsor=1, presence="present")},
        {"pods": two(sponsor=2, presence="absent")},
        {"pods": two(must_run=True)},
        {"rivals": np.array([[1, 2]], np.int32)},
        {"apart": np.array([[1, 2]], np.int32)},
        {"together": np.array([[1, 0], [4, 5]], np.int32)},
        {"newcomer": flags(6, 0), "most_newcomers": 50, "veteran": ~flags(6, 0), "veteran_each": True},
        {"speaks": np.eye(6, dtype=bool)[:, :1] | True, "pods": two(languages=(0,))},
        {"able": flags(6, 0, 1)[:, None], "pods": two(needs=(Need(0, (5,), 2),))},
        {"previous": Seats.of([(0, 0), (1, 1)]), "most_broken": 1},
        {"pinned": Seats.of([(3, 1)])},
    ],
)
def test_no_rule_bites_where_it_is_kept(plain: Plain, changes: dict[str, Any]) -> None:
    assert codes(plain(**changes), CLEAN) == []


def test_a_member_who_is_not_eligible_is_objected_to_unless_pinned(plain: Plain) -> None:
    eligible = np.ones((6, 2), bool)
    eligible[0, 0] = False
    assert codes(plain(eligible=eligible), CLEAN) == ["not_eligible"]
    assert codes(plain(eligible=eligible, pinned=Seats.of([(0, 0)])), CLEAN) == []


def test_pins_make_room_beyond_capacity_and_hours(plain: Plain) -> None:
    pins = Seats.of([(0, 0), (0, 1)])
    tight = plain(pods=(Pod(2, 4, hours=8), Pod(2, 4, hours=8)), pinned=pins)
    assert codes(tight, [*CLEAN, (0, 1)]) == []


def test_a_pinned_member_needs_no_common_language(plain: Plain) -> None:
    speaks = ~flags(6, 1)[:, None]
    pods = two(languages=(0,))
    assert codes(plain(speaks=speaks, pods=pods, pinned=Seats.of([(1, 0)])), CLEAN) == []


def test_seats_of_people_who_do_not_exist_are_named(plain: Plain) -> None:
    assert codes(plain(), [(9, 0)]) == ["unknown"]
    assert codes(plain(), CLEAN, [0, -1]) == ["unknown"]


def meeting(plain: Plain, weekly: Callable[..., Rhythm], **changes: Any) -> PodsInstance:
    """The plain instance whose pods need one of two slots, Monday 10:00 and 10:30, an hour long."""
    return plain(rhythms=(weekly(6, [600, 630]),), pods=(Pod(2, 4, rhythm=0), Pod(2, 4, rhythm=0)), **changes)


def test_a_pod_with_a_rhythm_needs_a_slot(plain: Plain, rhythm: Callable[..., Rhythm]) -> None:
    instance = meeting(plain, rhythm)
    assert codes(instance, CLEAN, [0, 1]) == []
    assert codes(instance, CLEAN, [0, -1]) == ["slot"]


def test_a_pod_keeps_the_slot_it_must_meet_in(plain: Plain, rhythm: Callable[..., Rhythm]) -> None:
    instance = meeting(plain, rhythm)
    instance = replace(instance, pods=(replace(instance.pods[0], slot=1), instance.pods[1]))
    assert codes(instance, CLEAN, [1, 0]) == []
    assert codes(instance, CLEAN, [0, 0]) == ["slot"]


def test_everyone_comes_half_of_the_time_and_the_quorum_always(
    plain: Plain, rhythm: Callable[..., Rhythm]
) -> None:
    instance = meeting(plain, rhythm)
    times = instance.rhythms[0]
    always = times.always.copy()
    always[0, 0] = False
    now_and_then = replace(instance, rhythms=(replace(times, always=always),))
    assert codes(now_and_then, CLEAN, [0, 0]) == ["quorum"]
    relaxed = replace(now_and_then, pods=tuple(replace(pod, quorum=50) for pod in instance.pods))
    assert codes(relaxed, CLEAN, [0, 0]) == []
    half = times.half.copy()
    half[0, 0] = False
    rarely = replace(relaxed, rhythms=(replace(times, always=always, half=half),))
    assert codes(rarely, CLEAN, [0, 0]) == ["half"]
    assert codes(replace(rarely, pinned=Seats.of([(0, 0)])), CLEAN, [0, 0]) == []


def test_nobody_is_in_two_places(plain: Plain, rhythm: Callable[..., Rhythm]) -> None:
    instance = meeting(plain, rhythm, capacity=np.full(6, 2, np.int32))
    assert codes(instance, [*CLEAN, (0, 1)], [0, 1]) == ["two_places"]
    later = replace(instance, rhythms=(rhythm(6, [600, 660]),))
    assert codes(later, [*CLEAN, (0, 1)], [0, 1]) == []


def test_the_week_is_a_circle(plain: Plain, rhythm: Callable[..., Rhythm]) -> None:
    instance = meeting(plain, rhythm)
    edge = replace(instance, rhythms=(rhythm(6, [0, 10_050]),))
    assert meet_together(edge, 0, 0, 1, 1)
    assert meet_together(edge, 0, 1, 1, 0)
    assert not meet_together(edge, 0, 0, 1, -1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pods": (Pod(2, 4),)}, "pods"),
        ({"points": np.zeros((6, 1), np.int32)}, "points"),
        ({"organization": np.full(6, 6, np.int32)}, "organization"),
        ({"priority": np.full(6, -1, np.int32)}, "priority"),
        ({"pods": two(least=5)}, "pods[0] 'p0'"),
        ({"pods": two(presence="present")}, "pods[0] 'p0'"),
        ({"pods": two(languages=(1,))}, "pods[0] 'p0'"),
        ({"pods": two(rhythm=0)}, "pods[0] 'p0'"),
        ({"pods": two(needs=(Need(0, (1, 2)),))}, "pods[0] 'p0'"),
        ({"apart": np.array([[1, 1]], np.int32)}, "apart"),
        ({"pinned": Seats.of([(0, 0), (0, 0)])}, "pinned"),
        ({"pinned": Seats.of([(0, 0)]), "previous": Seats.of([(0, 0)])}, "previous"),
        ({"eligible": np.zeros((6, 2), bool), "previous": Seats.of([(0, 0)])}, "previous"),
        ({"organization_worth": (1, 2)}, "organization_worth"),
        ({"most_newcomers": 101}, "most_newcomers"),
    ],
)
def test_an_instance_that_contradicts_itself_is_refused(
    plain: Plain, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InstanceError) as refused:
        plain(**changes)
    assert refused.value.field == field

"""The solver-free check and score of meeting times: every rule is seen broken, every tier counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from times_cases import starts, times_instance

from solvers.faults import InstanceError
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import tier_values
from solvers.rota.times.instance import Group, TimesInstance

WEEKS = starts([0, 4], [1, 5], [2, 6])
"""Three slots on two dates, four steps a week."""


def codes(instance: TimesInstance, times: Any, slots: Any) -> set[str]:
    return {violation.code for violation in check(instance, times, slots)}


@pytest.mark.parametrize(
    ("given", "times", "slots", "broken"),
    [
        ({}, (0, 4), (0, 0), set()),
        ({}, (0, -1), (0, -1), set()),
        ({}, (0, 5), (0, 1), {"stable"}),
        ({"rotating": True}, (0, 5), (0, 1), set()),
        ({}, (3, 4), (-1, 0), {"start"}),
        ({}, (1, 4), (0, 0), {"slot"}),
        ({"quorum": 2}, (0, 4), (0, 0), {"quorum"}),
        ({"required": (1,)}, (0, 4), (0, 0), {"required"}),
        ({"least_percent": 60}, (0, 4), (0, 0), {"least_percent"}),
        ({"least_percent": 50}, (0, 4), (0, 0), set()),
        ({"least_percent": 60, "spared": (1,)}, (0, 4), (0, 0), set()),
        ({"fixed": ((0, 3),)}, (0, 4), (0, 0), {"fixed"}),
        ({"fixed": ((0, 3),), "quorum": 1}, (3, 4), (-1, 0), set()),
        ({"closed": (1,)}, (0, 4), (0, 0), {"closed"}),
    ],
)
def test_a_broken_rule_is_named(given: dict[str, Any], times: Any, slots: Any, broken: set[str]) -> None:
    group = Group(**({"members": (0, 1), "starts": WEEKS, "length": 1} | given))
    instance = times_instance([group], ["11111111", "11110000"])
    assert codes(instance, (times,), (slots,)) == broken


def test_nobody_is_in_two_places_even_when_one_session_spans_two_others() -> None:
    long = Group(members=(0,), starts=starts([0]), length=4)
    short = [Group(members=(0, 1), starts=starts([k]), length=1) for k in (1, 3)]
    instance = times_instance([long, *short], ["11111111", "11111111"])
    found = check(instance, ((0,), (1,), (3,)), ((0,), (0,), (0,)))
    assert [(one.code, one.ids) for one in found] == [("two_places", ("p0", "g0", f"g{k}")) for k in (1, 2)]


def test_sessions_that_both_are_fixed_may_overlap() -> None:
    groups = [Group(members=(0,), starts=starts([0]), length=2, fixed=((0, 0),)) for _ in range(2)]
    instance = times_instance(groups, ["1111"])
    assert codes(instance, ((0,), (0,)), ((0,), (0,))) == set()


def test_tiers_are_counted_as_written() -> None:
    burden = np.array([[0, 1, 7, 0, 0, 5, 0, 0], [0] * 8], np.int32)
    one = Group(
        members=(0, 1, 2),
        starts=WEEKS,
        length=2,
        rotating=True,
        facilitators=(2,),
        facing=1,
        previous=((0, 1), (1, 5)),
    )
    other = Group(members=(1,), starts=WEEKS, length=1)
    instance = times_instance(
        [one, other],
        ["11111111", "11111111", "11110000"],
        burden=burden,
        profile=np.array([0, 0, 1], np.int32),
        carried=np.array([1, 0, 0], np.int32),
    )
    reached = {n: v for n, _, v in tier_values(instance, ((1, 4), (-1, -1)), ((1, 0), (-1, -1)))}
    assert reached == {
        "unscheduled": 2,
        "uncovered": 1,
        "attendance": 5,
        "moved": 1,
        "highest_burden": 13,
        "burden": 24,
        "slot_changes": 1,
    }


@pytest.mark.parametrize(
    "given",
    [
        {"members": (0, 0)},
        {"members": (0, 5)},
        {"members": (0,), "quorum": 2},
        {"members": (0,), "required": (1,)},
        {"members": (0,), "starts": starts([8])},
        {"members": (0,), "fixed": ((0, 1),), "previous": ((0, 2),)},
        {"members": (0,), "fixed": ((0, 1),), "closed": (0,)},
        {"members": (0,), "length": 0},
    ],
)
def test_a_group_that_contradicts_itself_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InstanceError, match="g0"):
        times_instance([Group(**({"starts": WEEKS, "length": 1} | given))], ["11111111", "11111111"])

"""The order floor: the worst-off seat and pod are proven, and the audit sees where prices do not hold."""

from __future__ import annotations

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.pods_plan import PodsPlan
from matcher.planning.pods.audit import audit_pods

FLOOR = {"order": "floor", "meetings": False}


@pytest.fixture
def floored(small, plan):
    """A network in the order floor, and its plan."""
    network = small(policy=FLOOR)
    return network, plan(network, seconds=6)


def tier(found, name):
    return next(one for one in found.tiers if one.name == name)


def test_the_worst_off_seat_and_the_weakest_pod_are_proven(floored):
    network, found = floored
    for name in ("lowest", "weakest"):
        assert tier(found, name).bound == tier(found, name).value is not None
    assert found.status == "optimal"
    assert {row.least_points is None for row in found.floor_prices} == {True, False}
    report = audit_pods(NetworkSource.of(network), found)
    assert report.objections == []
    names = {name for name, _ in report.checked}
    assert {"bound of lowest", "bound of weakest", "prices of lowest", "prices of weakest"} <= names


def changed(found, row, **fields):
    """The plan with a row of its floor prices changed."""
    document = found.model_dump(mode="json")
    document["floor_prices"][row].update(fields)
    return PodsPlan.model_validate(document)


@pytest.mark.parametrize(
    ("row", "fields", "code"),
    [
        (0, {"least_satisfaction": 0}, "bound"),
        (0, {"tier": "lowest"}, "prices"),
        (0, {"scale": 1, "member": {}, "pod": {}, "least_satisfaction": 1}, "prices"),
        (1, {"least_points": 1}, "bound"),
        (1, {"least_satisfaction": 1001}, "prices"),
        (1, {"held": [["placed", 1, 10_000]]}, "prices"),
    ],
)
def test_prices_of_floors_that_prove_nothing_are_objected_to(floored, row, fields, code):
    network, found = floored
    report = audit_pods(NetworkSource.of(network), changed(found, row, **fields))
    assert code in {one.code for one in report.objections}

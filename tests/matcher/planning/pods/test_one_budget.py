"""One budget of hours: what other plans take is not there for pods, nor for pairs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.member import Capacities
from matcher.planning.pairs.audit.audit import audit_plan
from matcher.planning.pairs.plan import plan_pairs
from matcher.planning.pods.audit import audit_pods
from matcher.planning.pods.plan import plan_pods
from solvers.limits import Limits


@pytest.fixture
def elsewhere(session):
    """m1 and m2 meet in a pod of another program, outside of everybody's hours."""

    def made(**changes):
        start = datetime(2026, 10, 3, 9, tzinfo=UTC)  # a Saturday
        fields = {"family": "pods", "kind": None, "program": "other", "key": ("soil",), "start": start}
        return session(**{**fields, "attendees": ("m1", "m2"), **changes})

    return made


def of_three_hours(make_member, **fields):
    return tuple(make_member(number, hours_per_month=3, **fields) for number in range(1, 9))


def test_members_of_another_programs_pod_have_no_hours_for_a_second_one(small, make_member, elsewhere):
    source = NetworkSource.of(small(members=of_three_hours(make_member)))
    taken = (elsewhere(),)
    alone = plan_pods(source, limits=Limits(seconds=0.3))
    assert {seat.member for pod in alone.pods for seat in pod.seats} >= {"m1", "m2"}
    found = plan_pods(source, limits=Limits(seconds=0.3), commitments=taken)
    assert {one.member: one.rule for one in found.left_out} == {"m1": "hours_left", "m2": "hours_left"}
    assert audit_pods(source, found, commitments=taken).objections == []
    double = alone.model_copy(update={"commitments": found.commitments})
    report = audit_pods(source, double, commitments=taken)
    assert {"hours", "hours_left"} <= {one.code for one in report.objections}


def test_pods_of_the_run_itself_take_nothing_twice(small, make_member, elsewhere):
    source = NetworkSource.of(small(members=of_three_hours(make_member)))
    own = elsewhere(program="learning", cycle="c", key=("p1",))
    assert plan_pods(source, limits=Limits(seconds=0.3), commitments=(own,)).left_out == ()


def test_pairs_have_the_hours_that_pods_leave(small, make_member, elsewhere):
    members = tuple(
        make_member(
            number,
            hours_per_month=3,
            seniority=5 if number % 2 else 2,
            capacities=Capacities(guides_wanted=1 - number % 2, learners=number % 2),
        )
        for number in range(1, 9)
    )
    source = NetworkSource.of(small(members=members))
    taken = (elsewhere(),)
    alone = plan_pairs(source, limits=Limits(seconds=5))
    found = plan_pairs(source, limits=Limits(seconds=5), commitments=taken)
    paired = [{one for pair in plan.pairs for one in (pair.learner, pair.guide)} for plan in (alone, found)]
    assert {"m1", "m2"} <= paired[0]
    assert not {"m1", "m2"} & paired[1]
    assert audit_plan(source, found, commitments=taken).objections == []

"""Bare seats with points give the same document, without profiles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matcher.domain.errors import InputError
from matcher.domain.plan import Outcome
from matcher.planning.files import read_pods, write_plan
from matcher.planning.pods.audit import audit_pods
from matcher.planning.pods.bare import plan_instance
from solvers.limits import Limits

INSTANCE = {
    "members": [{"id": name, "organization": "north" if name < "c" else "south"} for name in "abcdef"],
    "pods": [
        {"id": "p", "least": 2, "most": 3, "least_organizations": 2, "rhythm": 0, "quorum": 100},
        {"id": "q", "least": 4, "most": 4},
    ],
    "seats": [["a", "p", 3], ["b", "p", 4], ["c", "p", 1], ["d", "p", 9], ["e", "q", 2]],
    "rhythms": [
        {
            "minutes": 60,
            "start": [600, 2040],
            "attendance": [["a", 0, "always"], ["b", 1, "always"], ["c", 1, "always"], ["d", 1, "always", 7]],
        }
    ],
}


@pytest.fixture
def solved(tmp_path: Path):
    def run(**changes):
        path = tmp_path / "instance.json"
        path.write_text(json.dumps({**INSTANCE, **changes}))
        return plan_instance(path, Limits(seconds=0.3))

    return run


def test_a_bare_instance_is_planned(solved, tmp_path):
    plan = solved()
    assert plan.status in (Outcome.OPTIMAL, Outcome.FEASIBLE)
    assert [(pod.pod, pod.members, pod.points) for pod in plan.pods] == [("p", ("b", "c", "d"), 21)]
    meeting = plan.pods[0].meeting
    assert (meeting.weekday, meeting.start, meeting.always) == (2, "10:00", ("b", "c", "d"))
    assert {one.member: one.reason for one in plan.unplaced} == {
        "a": "pods_full",
        "e": "pods_not_run",
        "f": "no_eligible_pod",
    }
    assert [(one.pod, one.reason) for one in plan.not_run] == [("q", "too_few_people")]
    write_plan(tmp_path / "pods.json", plan)
    assert read_pods(tmp_path / "pods.json")[0] == plan


def test_previous_seats_are_kept_or_moved(solved):
    plan = solved(previous=[["a", "p"], ["b", "p"]])
    assert {one.member for one in plan.changes.kept} | {one.member for one in plan.changes.dropped} == {
        "a",
        "b",
    }


def test_a_bad_instance_is_told_with_its_path(solved):
    with pytest.raises(InputError, match=r"seats\[0\]"):
        solved(seats=[["nobody", "p", 1]])


def test_a_bare_result_has_no_document_to_be_audited_against(solved, small):
    from matcher.documents.read import NetworkSource

    report = audit_pods(NetworkSource.of(small()), solved())
    assert [one.code for one in report.objections] == ["format"]

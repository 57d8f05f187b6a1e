"""What children do with the files of a folder: runs around edits, under each policy of changes."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest

from matcher.documents.read import open_network
from matcher.documents.write import write_network
from matcher.domain.network import Network
from matcher.jobs import work
from matcher.jobs.kind import JobFailure, Task
from matcher.planning.filed import FiledPlan
from matcher.planning.overlay import Overlay, lay_over
from solvers.limits import Limits

WEEK = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]


def person(name, organization, wants, takes):
    return {
        "id": name, "name": name, "organization": organization, "time_zone": "UTC", "availability": WEEK,
        "hours_per_month": 40, "seniority": 3 if wants else 6,
        "seeks": [{"skill": "python", "priority": 3, "level": 3}] if wants else [],
        "offers": [{"skill": "python", "level": 4}] if takes else [],
        "capacities": {"guides_wanted": wants, "learners": takes},
    }  # fmt: skip


def network(pins=(), running=(), **policy):
    """Three learners and three guides, all of whom may meet."""
    return Network.model_validate(
        {
            "id": "net",
            "name": "Net",
            "skills": [{"id": "python", "name": "Python"}],
            "organizations": [{"id": "north", "name": "North"}, {"id": "south", "name": "South"}],
            "policies": [{"id": "default", "version": 3, "pairs": policy}],
            "programs": [
                {
                    "id": "mentoring", "name": "Mentoring", "policy": "default", "pins": list(pins),
                    "cycle": {"id": "2026-4", "start": "2026-09-28", "end": "2026-12-20"},
                }
            ],
            "members": [person(f"l{n}", "north", 1, 0) for n in range(3)]
            + [person(f"g{n}", "south", 0, 1) for n in range(3)],
            "running": [{"learner": learner, "guide": guide} for learner, guide in running],
        }
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A folder with a solved plan, ready to be solved again around edits."""

    def make(net):
        write_network(tmp_path / work.BASE, net)
        (tmp_path / work.OVERLAY).write_text('{"program": "mentoring"}')
        work.solve(task(tmp_path))
        document = FiledPlan.read(tmp_path / work.RESULT).document
        (tmp_path / work.PREVIOUS).write_bytes(gzip.decompress(document))
        return tmp_path

    return make


def task(path):
    return Task(path, {"family": "pairs", "kind": "mentoring"}, Limits(seconds=60))


def pairs(path):
    return {tuple(key) for key, _, _, _ in FiledPlan.read(path / work.RESULT).series()}


def resolve(path, *pins):
    rows = [{"learner": learner, "guide": guide, "must": must} for learner, guide, must in pins]
    (path / work.OVERLAY).write_text(json.dumps({"program": "mentoring", "pins": rows}))
    work.resolve(task(path))
    return pairs(path)


@pytest.mark.parametrize("changes", ["tier", "bonus", "frozen"])
def test_a_run_around_an_edit_moves_nobody_else(folder, changes):
    path = folder(network(changes=changes))
    before = pairs(path)
    (learner, guide), (other, theirs), third = sorted(before)
    after = resolve(path, (learner, theirs, "pair"))
    assert after == {(learner, theirs), (other, guide), third}
    head = FiledPlan.read(path / work.RESULT).head
    assert head["summary"]["changes_policy"] == "tier"
    assert (head["policy"], head["policy_version"]) == ("default", 3)
    assert head["snapshot"] == hashlib.sha256((path / work.VARIANT).read_bytes()).hexdigest()


def test_what_ran_before_stays_under_frozen_whatever_is_edited(folder):
    path = folder(network(changes="frozen", running=[("l0", "g1")]))
    assert ("l0", "g1") in pairs(path)
    free = sorted(pairs(path) - {("l0", "g1")})
    after = resolve(path, (free[0][0], free[0][1], "not_pair"))
    assert ("l0", "g1") in after
    assert free[0] not in after
    with pytest.raises(JobFailure) as failure:
        resolve(path, ("l1", "g1", "pair"))
    assert failure.value.code == "infeasible"
    told = " ".join(one["detail"] for one in failure.value.errors)
    assert "l0 - g1" in told
    assert "l1 - g1" in told


def test_without_edits_the_plan_comes_back(folder):
    path = folder(network())
    before = pairs(path)
    assert resolve(path) == before


def test_an_overlay_changes_the_header_and_nothing_else(tmp_path):
    net = network(pins=[{"learner": "l0", "guide": "g0", "must": "pair"}])
    write_network(tmp_path / "base.jsonl", net)
    same = lay_over(tmp_path / "base.jsonl", Overlay(program="mentoring"), tmp_path / "variant.jsonl")
    assert same == tmp_path / "base.jsonl"
    pin = {"learner": "l0", "guide": "g0", "must": "not_pair"}
    policy = {"id": "other", "version": 2}
    overlay = Overlay.model_validate({"program": "mentoring", "pins": [pin], "policy": policy})
    found = open_network(lay_over(tmp_path / "base.jsonl", overlay, tmp_path / "variant.jsonl")).network()
    assert found.members == net.members
    assert [one.must for one in found.programs[0].pins] == ["not_pair"]
    assert (found.programs[0].policy, len(found.policies)) == ("other", 2)
    lines = [(tmp_path / name).read_bytes().splitlines() for name in ("base.jsonl", "variant.jsonl")]
    assert lines[0][1:] == lines[1][1:]

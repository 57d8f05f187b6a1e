"""Whom a member could meet, over HTTP; and what each reader sees of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fixtures.demo import demo_network
from matcher.candidates.candidates import build_candidates
from matcher.documents.read import NetworkSource, choose
from matcher.domain.candidate import Asked
from matcher.domain.policy import PARTS
from matcher.planning.audience import SECRET_PARTS
from matcher.planning.candidates import look
from tests.api.http.people import CYCLE, member, problem, settle

HOURS = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]
PATH = "/v1/programs/p/candidates?member="


@pytest.fixture
def people(client):
    """Ada learns; bob and cem could guide her, dan avoids her, eve is of her organization, fay has left."""
    settle(client)
    program = {"id": "p", "name": "P", "policy": "default", "cycle": CYCLE, "kinds": ["mentoring"]}
    guide = {
        "organization": "south", "availability": HOURS, "seniority": 6,
        "offers": [{"skill": "python", "level": 5}],
    }  # fmt: skip
    crowd = [
        member("ada", seeks=[{"skill": "python"}], availability=HOURS, seniority=3),
        member("bob", **{**guide, "prefers": ["ada"]}),
        member("cem", **guide),
        member("dan", **{**guide, "avoids": ["ada"]}),
        member("eve", **{**guide, "organization": "north"}),
        member("fay", **{**guide, "status": "left"}),
    ]
    client.post("/v1/members/bulk", crowd)
    assert client.put("/v1/programs/p", program).status_code == 201


def test_a_coordinator_reads_points_parts_and_every_rule(client, people):
    found = client.get(f"{PATH}ada").get_json()
    assert (found["role"], found["kind"], found["total"], found["eligible"]) == ("learner", "mentoring", 4, 2)
    assert [one["member"] for one in found["items"]] == ["bob", "cem"]
    best, next_best = found["items"]
    assert best["points"] == sum(best["parts"].values()) > next_best["points"]
    assert list(best["parts"]) == list(PARTS)
    taken = {one["code"]: one["takes"] for one in found["rules"] if one["takes"]}
    assert taken == {"own_organization": 1, "avoid": 1}
    as_guide = client.get(f"{PATH}bob").get_json()
    assert (as_guide["role"], [one["member"] for one in as_guide["items"]]) == ("guide", ["ada"])


def test_pages_go_from_the_best_to_the_last(client, people):
    first = client.get(f"{PATH}ada&limit=1").get_json()
    second = client.get(f"{PATH}ada&limit=1&after={first['next']}").get_json()
    assert [one["member"] for one in first["items"] + second["items"]] == ["bob", "cem"]
    assert second["next"] is None


def test_other_readers_see_no_secrets(client, people):
    for audience in ("member:ada", "organization:north"):
        found = client.get(f"{PATH}ada&audience={audience}").get_json()
        assert (found["eligible"], found["items"]) == (2, [])
        codes = {one["code"] for one in found["rules"]}
        assert not codes & {"avoid", "forbidden"}
        private = next(one for one in found["rules"] if one["code"] == "private")
        assert (private["sentence"], private["takes"]) == ("Not eligible by a private rule.", 1)
    for audience in ("member:bob", "organization:south"):
        problem(client.get(f"{PATH}ada&audience={audience}"), 404, "not-found")


def test_a_member_sees_whom_they_meet_already_without_points(client, people):
    document = client.get("/v1/document").get_json()
    document["running"] = [{"learner": "ada", "guide": "bob"}]
    assert client.put("/v1/document", document).status_code == 200
    (seen,) = client.get(f"{PATH}ada&audience=member:ada").get_json()["items"]
    assert (seen["member"], seen["running"], seen["points"]) == ("bob", True, None)
    assert not set(seen["parts"]) & set(SECRET_PARTS)


def test_one_who_is_out_reads_why(client, people):
    found = client.get(f"{PATH}cem&role=learner").get_json()
    assert [one["code"] for one in found["against"]] == ["role"]
    assert (found["eligible"], found["items"]) == (0, [])
    found = client.get(f"{PATH}fay").get_json()
    assert "left" in [one["code"] for one in found["against"]]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PATH}nobody", 404),
        ("/v1/programs/none/candidates?member=ada", 404),
        ("/v1/programs/p/candidates", 422),
        (f"{PATH}ada&kind=reverse", 422),
        (f"{PATH}ada&role=boss", 422),
        (f"{PATH}ada&audience=everybody", 422),
        (f"{PATH}ada&after=x", 422),
    ],
)
def test_what_cannot_be_asked_is_refused(client, people, path, status):
    problem(client.get(path), status, "not-found" if status == 404 else "invalid-request")


def test_candidates_are_sealed_to_their_network(client, people, root, as_key):
    root.post("/v1/networks", {"id": "other", "name": "Other"})
    problem(as_key("other").get(f"{PATH}ada"), 404, "not-found")


def test_the_answer_is_that_of_the_search_over_all_pairs():
    demo = demo_network()
    header, people = NetworkSource.of(demo).header, list(NetworkSource.of(demo).people())
    chosen = choose(header, demo.programs[0].id, None)
    whole = build_candidates(header, people, *chosen)
    compared = 0
    for number in range(0, len(whole.learner_ids), 40):
        asked = Asked(program=demo.programs[0].id, member=whole.learner_ids[number], role="learner")
        found, row = look(people, header, asked), whole.oracle.row(number)
        expected = {whole.guide_ids[j]: w for j, w in zip(row.guide, row.points, strict=True)}
        assert {one.member: one.points for one in found.candidates} == expected
        if whole.learner_ids[number] in whole.guide_number:
            continue  # the search counts people among their own candidates, whom a rule then takes away
        funnel, compared = whole.funnel(number), compared + 1
        assert {one.code: one.takes for one in found.rules} == funnel.taken
        assert {one.code: one.alone for one in found.rules} == funnel.alone
        assert {one.code: one.left for one in found.rules} == funnel.remain
    assert compared


def test_the_server_and_the_answering_process_load_no_kernels():
    code = (
        "import sys, api.http.app, matcher.planning.candidates; "
        "print([name for name in ('numba', 'ortools', 'llvmlite') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"

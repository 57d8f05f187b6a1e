"""Plans over HTTP: asked for, solved in a child process, read list by list."""

from __future__ import annotations

import gzip
import json

import pytest

from matcher.domain.settings import NetworkSettings
from matcher.store.networks import add_network


def problem(response, status, code):
    assert response.status_code == status, response.get_json()
    body = response.get_json()
    assert body["type"] == f"/problems/{code}"
    return body["detail"]


def test_a_run_is_a_job_that_makes_a_proposed_plan(people, client, solve):
    answer = client.post("/v1/programs/mentoring/plans", {"seed": 7})
    assert (answer.status_code, answer.get_json()["state"]) == (202, "queued")
    job = solve(answer.headers["Location"])
    assert job["state"] == "done", job
    answer = client.get(f"/v1/plans/{job['result']['plan']}")
    plan = answer.get_json()
    assert (plan["state"], plan["status"], plan["revision"], plan["seed"]) == ("proposed", "optimal", 1, 7)
    assert plan["policy"] == {"id": "default", "version": 1}
    assert [tier["proven"] for tier in plan["tiers"]] == [True] * len(plan["tiers"])
    assert plan["counts"]["pairs"] == 3
    assert answer.headers["ETag"] == '"1"'
    assert client.get("/v1/plans").get_json()["items"] == [plan]
    assert client.get("/v1/plans?state=published").get_json()["items"] == []


def test_the_lists_of_a_plan_come_in_pages_and_match_its_document(client, plan):
    document = client.get(f"/v1/plans/{plan}/document", headers={"Accept-Encoding": "identity"}).get_json()
    zipped = client.get(f"/v1/plans/{plan}/document", headers={"Accept-Encoding": "gzip"})
    assert json.loads(gzip.decompress(zipped.get_data())) == document
    assert document["network"]["path"] is None
    for name, field in (("unmatched", "unmatched"), ("idle", "idle_guides"), ("left-out", "left_out")):
        assert everything(client, f"/v1/plans/{plan}/{name}?limit=1") == document[field], name
    pairs = everything(client, f"/v1/plans/{plan}/pairs?limit=2")
    assert pairs == sorted(document["pairs"], key=lambda pair: (pair["learner"], pair["guide"]))
    learner = pairs[0]["learner"]
    assert client.get(f"/v1/plans/{plan}/pairs?member={learner}").get_json()["items"] == pairs[:1]
    changes = everything(client, f"/v1/plans/{plan}/changes?limit=2")
    assert [one.pop("change") for one in changes] == ["added"] * len(pairs)
    assert changes == document["changes"]["added"]


def everything(client, path):
    found = []
    start = path
    while path:
        page = client.get(path).get_json()
        found += page["items"]
        path = page["next"] and f"{start}&after={page['next']}"
    return found


def test_another_policy_can_be_tried_on_the_same_people(client, solve, people, second_policy):
    body = {"policy": {"id": "strict", "version": 1}}
    job = solve(client.post("/v1/programs/mentoring/plans", body).headers["Location"])
    plan = client.get(f"/v1/plans/{job['result']['plan']}").get_json()
    assert plan["policy"] == body["policy"]
    assert plan["changes_policy"] == "frozen"


def test_a_plan_before_is_what_runs(client, solve, plan):
    job = solve(client.post("/v1/programs/mentoring/plans", {"previous": plan}).headers["Location"])
    again = client.get(f"/v1/plans/{job['result']['plan']}").get_json()["counts"]
    assert (again["kept"], again["added"], again["dropped"]) == (3, 0, 0)


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("none", {}, 422, "invalid-request"),
        ("mentoring", {"kind": "shadowing"}, 422, "invalid-request"),
        ("mentoring", {"kind": "dancing"}, 422, "invalid-request"),
        ("mentoring", {"policy": {"id": "default", "version": 9}}, 404, "not-found"),
        ("mentoring", {"previous": "plan_none"}, 404, "not-found"),
        ("mentoring", {"seconds": -1}, 422, "invalid-request"),
        ("mentoring", {"seconds": "5"}, 422, "invalid-request"),
    ],
)
def test_what_cannot_be_run_is_refused_before_it_is_queued(client, people, path, body, status, code):
    problem(client.post(f"/v1/programs/{path}/plans", body), status, code)
    assert client.get("/v1/jobs").get_json()["items"] == []


def test_a_job_is_watched_to_its_end_and_taken_up_where_it_was_left(client, people, solve):
    location = client.post("/v1/programs/mentoring/plans", {}).headers["Location"]
    job = solve(location)
    text = client.get(f"{location}/events").get_data(as_text=True)
    assert text.startswith(f"id: {job['progress_number']}\nevent: end\ndata: ")
    assert json.loads(text.split("data: ")[1]) == job
    assert client.get("/v1/jobs?state=done&kind=solve&program=mentoring").get_json()["items"] == [job]


def test_a_job_that_waits_is_called_off(client, people):
    job = client.post("/v1/programs/mentoring/plans", {}).get_json()["id"]
    assert client.post(f"/v1/jobs/{job}/cancel", {"keep": False}).get_json()["state"] == "cancelled"
    assert "ended already" in problem(client.post(f"/v1/jobs/{job}/cancel", {}), 409, "conflict")


def test_a_repeated_request_queues_one_job(client, people):
    headers = {"Idempotency-Key": "once"}
    first, second = (client.post("/v1/programs/mentoring/plans", {}, headers=headers) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(client.get("/v1/jobs").get_json()["items"]) == 1


def test_other_networks_see_nothing_of_it(client, plan, as_key, services, clock):
    with services.database.write() as connection:
        add_network(connection, "other", "Other", NetworkSettings(), clock())
    other = as_key("other")
    job = client.post("/v1/programs/mentoring/plans", {}).get_json()["id"]
    assert other.get("/v1/plans").get_json()["items"] == other.get("/v1/jobs").get_json()["items"] == []
    for path in ("", "/pairs", "/unmatched", "/idle", "/left-out", "/changes", "/document"):
        problem(other.get(f"/v1/plans/{plan}{path}"), 404, "not-found")
    for path in ("", "/events"):
        problem(other.get(f"/v1/jobs/{job}{path}"), 404, "not-found")
    problem(other.post(f"/v1/jobs/{job}/cancel", {}), 404, "not-found")


def test_a_network_goes_with_its_plans(root, client, plan, network):
    assert root.delete(f"/v1/networks/{network}").status_code == 204
    assert client.get(f"/v1/plans/{plan}").status_code == 401  # its keys went with it


def test_nothing_heavy_is_loaded_by_the_process_that_serves(root_folder):
    import subprocess
    import sys

    code = (
        "import sys, api.http.app, matcher.jobs.engine, matcher.service.kinds\n"
        "print(sorted({'numba', 'ortools', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root_folder, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr

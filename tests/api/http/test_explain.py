"""Questions about a plan, answered by the process that holds it: audiences, edits, comparisons."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import replace
from urllib.parse import urlencode

import psutil
import pytest

from matcher.jobs import askers
from matcher.service.asking import explain_member


def problem(response, status, code):
    assert response.status_code == status, response.get_json()
    body = response.get_json()
    assert body["type"] == f"/problems/{code}"
    return body["detail"]


def processes():
    """The plans' own processes, by id."""
    found = set()
    for one in psutil.Process().children():
        with contextlib.suppress(psutil.Error):  # it has ended this very moment
            if "matcher.jobs.asker" in one.cmdline():
                found.add(one.pid)
    return found


@pytest.fixture
def ask(client, plan):
    """Asks the plan; returns the response."""

    def asked(**query):
        return client.get(f"/v1/plans/{plan}/explain?{urlencode(query)}")

    return asked


def test_each_audience_reads_what_is_its_to_know(ask):
    """Bea avoids Hal, and that is hers and the coordinators' to know."""
    pair = {"learner": "bea", "guide": "hal"}
    full = ask(**pair).get_json()["pair"]
    assert [rule["code"] for rule in full["rules"]] == ["avoid"]
    assert full["points"] == sum(full["parts"].values()) > 0
    for audience in ("member:bea", "member:hal", "organization:north", "organization:south"):
        shown = ask(**pair, audience=audience)
        text, body = shown.get_data(as_text=True), shown.get_json()["pair"]
        assert "avoid" not in text, audience
        assert [rule["code"] for rule in body["rules"]] == ["private"], audience
        assert body["points"] is None
        assert not {"wishes", "pulse"} & set(body["parts"])
        assert body["effect"] is None
    for audience in ("member:dan", "organization:west"):
        assert "only" in problem(ask(**pair, audience=audience), 422, "invalid-request")
    member = ask(member="ada", audience="member:ada").get_json()["member"]
    told = [
        effect["moves"] for role in member["roles"] for pair in role["partners"] if (effect := pair["effect"])
    ]
    assert all({"dan", "cyd", "bea"}.isdisjoint({move["learner"]}) for moves in told for move in moves)
    assert ask(member="dan").get_json()["member"]["roles"][0]["places"] == 1


def test_questions_are_answered_or_refused_within_a_second_once_the_plan_is_loaded(ask):
    ask(member="dan")
    began = time.perf_counter()
    assert ask(learner="dan", guide="gil").status_code == 200
    assert time.perf_counter() - began < 1
    for query in ({}, {"learner": "ada"}, {"learner": "ada", "guide": "gil", "member": "ada"}):
        problem(ask(**query), 422, "invalid-request")
    problem(ask(member="nobody"), 404, "not-found")
    problem(ask(member="ada", audience="the press"), 422, "invalid-request")


def test_a_plan_edited_by_hand_is_solved_around_it_and_approved(client, plan, solve):
    path = f"/v1/plans/{plan}"
    pairs = {(one["learner"], one["guide"]) for one in client.get(f"{path}/pairs").get_json()["items"]}
    learner, guide = next(pair for pair in sorted(pairs) if pair[1] in ("gil", "hal"))
    tag = client.get(path).headers["ETag"]
    answer = client.post(
        f"{path}/edits", {"op": "forbid", "learner": learner, "guide": guide}, headers={"If-Match": tag}
    )
    assert answer.status_code == 201
    edit = answer.get_json()
    assert (edit["number"], edit["revision"], edit["price"]["effect"]["exact"]) == (1, None, True)
    assert {"learner": learner, "guide": guide, "change": "ends"} in edit["price"]["effect"]["moves"]
    late = client.post(f"{path}/edits", {"op": "undo"}, headers={"If-Match": tag})
    problem(late, 412, "stale")
    assert late.headers["ETag"] == answer.headers["ETag"] == '"2"'
    assert "resolve first" in problem(client.post(f"{path}/approve"), 409, "conflict")
    opposite = client.post(f"{path}/edits", {"op": "pin", "learner": learner, "guide": guide})
    assert "edit 1" in problem(opposite, 409, "conflict")

    job = solve(client.post(f"{path}/resolve", {}).headers["Location"])
    assert job["result"] == {"plan": plan, "revision": 2}, job
    changed = client.get(path).get_json()
    assert (changed["revision"], changed["state"], changed["status"]) == (2, "proposed", "optimal")
    now = {(one["learner"], one["guide"]) for one in client.get(f"{path}/pairs").get_json()["items"]}
    assert (learner, guide) not in now
    assert len(now) == 3
    assert changed["counts"]["kept"] == len(now & pairs)
    assert [one["revision"] for one in client.get(f"{path}/edits").get_json()["items"]] == [2]
    assert "No edit" in problem(client.post(f"{path}/resolve", {}), 409, "conflict")
    first = client.get(f"{path}/document?revision=1").get_json()
    assert {(one["learner"], one["guide"]) for one in first["pairs"]} == pairs

    audit = solve(client.post(f"{path}/audit").headers["Location"])["result"]
    assert (audit["clean"], audit["objections"], audit["revision"]) == (True, [], 2)
    assert client.post(f"{path}/approve").get_json()["state"] == "approved"
    again = client.post(f"{path}/edits", {"op": "pin", "learner": learner, "guide": guide})
    assert "approved" in problem(again, 409, "conflict")
    assert client.post(f"{path}/discard").get_json()["state"] == "discarded"
    problem(client.post(f"{path}/discard"), 409, "conflict")


def test_edits_that_cannot_hold_are_refused_by_name_and_nothing_is_stored(client, plan):
    path = f"/v1/plans/{plan}/edits"
    pin = {"op": "pin", "learner": "bea", "guide": "hal"}
    assert "avoid" in problem(client.post(path, pin), 422, "invalid-request")
    pin["guide"] = "ida"
    assert "own_organization" in problem(client.post(path, pin), 422, "invalid-request")
    problem(client.post(path, {**pin, "guide": "nobody"}), 422, "invalid-request")
    problem(client.post(path, {"op": "pin", "learner": "bea"}), 422, "invalid-request")
    problem(client.post(path, {"op": "undo"}), 409, "conflict")
    assert client.get(path).get_json()["items"] == []
    assert client.post(path, {"op": "pin", "learner": "bea", "guide": "gil"}).status_code == 201
    clash = problem(client.post(path, {"op": "pin", "learner": "dan", "guide": "gil"}), 409, "conflict")
    assert "bea - gil" in clash
    assert "dan - gil" in clash
    assert len(client.get(path).get_json()["items"]) == 1


def test_a_swap_is_priced_as_a_whole_and_can_be_undone(client, plan, solve):
    path = f"/v1/plans/{plan}"
    pairs = client.get(f"{path}/pairs").get_json()["items"]
    guide_of = {one["learner"]: one["guide"] for one in pairs}
    west = [one for one in ("cyd", "dan") if one in guide_of]
    other = next(one for one in guide_of if one not in west and guide_of[one] != "ida")
    mine = next(one for one in west if guide_of[one] in ("gil", "hal"))
    if other == "bea":
        pytest.fail("the lottery of seed 1 gives ada the place")
    swap = {
        "op": "swap", "learner": mine, "guide": guide_of[mine],
        "other_learner": other, "other_guide": guide_of[other],
    }  # fmt: skip
    effect = client.post(f"{path}/edits", swap).get_json()["price"]["effect"]
    assert effect["exact"]
    assert {(one["learner"], one["guide"]) for one in effect["moves"] if one["change"] == "starts"} == {
        (mine, guide_of[other]),
        (other, guide_of[mine]),
    }
    not_theirs = {**swap, "guide": swap["other_guide"], "other_guide": swap["guide"]}
    problem(client.post(f"{path}/edits", not_theirs), 409, "conflict")
    solve(client.post(f"{path}/resolve", {}).headers["Location"])
    found = {one["learner"]: one["guide"] for one in client.get(f"{path}/pairs").get_json()["items"]}
    assert found == {**guide_of, mine: guide_of[other], other: guide_of[mine]}
    undo = client.post(f"{path}/edits", {"op": "undo"}).get_json()
    assert undo["edit"]["number"] == 1
    back = {"op": "pin", "learner": mine, "guide": guide_of[mine]}
    answer = client.post(f"{path}/edits", back)
    assert answer.status_code == 201, answer.get_json()


def test_two_policies_are_tried_on_the_same_people(client, solve, second_policy):
    body = {"policies": [{"id": "default", "version": 1}, {"id": "strict", "version": 1}]}
    job = solve(client.post("/v1/programs/mentoring/comparisons", body).headers["Location"])
    first, second = job["result"]["plans"]
    found = client.get(job["result"]["compare"]).get_json()
    assert (found["first"]["id"], found["second"]["id"]) == (first, second)
    assert (found["same_people"], found["same_points"]) == (True, True)
    assert found["second"]["changes_policy"] == "frozen"
    assert (found["kept"], found["items"]) == (3, [])
    problem(client.get(f"/v1/plans/{first}/compare?with=plan_none"), 404, "not-found")
    wrong = {"policies": [body["policies"][0], {"id": "strict", "version": 9}]}
    problem(client.post("/v1/programs/mentoring/comparisons", wrong), 404, "not-found")


def test_the_people_who_gain_and_lose_are_named(client, plan, new_plan, solve):
    body = {"op": "pin", "learner": "bea", "guide": "gil"}
    client.post(f"/v1/plans/{plan}/edits", body)
    other = new_plan()
    solve(client.post(f"/v1/plans/{plan}/resolve", {}).headers["Location"])
    found = client.get(f"/v1/plans/{other}/compare?with={plan}").get_json()
    verdicts = {one["member"]: one["verdict"] for one in found["items"]}
    assert verdicts.pop("bea") == "gains"
    assert list(verdicts.values()).count("loses") == found["lose"] == 1
    assert found["same_people"]
    assert found["gain"] == 1
    page = client.get(f"/v1/plans/{other}/compare?with={plan}&limit=1").get_json()
    rest = client.get(f"/v1/plans/{other}/compare?with={plan}&after={page['next']}").get_json()
    assert page["items"] + rest["items"] == found["items"]


def test_other_networks_can_ask_nothing(stranger_key, plan):
    path = f"/v1/plans/{plan}"
    for suffix in ("/explain?member=ada", "/edits", f"/compare?with={plan}"):
        problem(stranger_key.get(path + suffix), 404, "not-found")
    edit = {"op": "pin", "learner": "bea", "guide": "gil"}
    for suffix, body in (
        ("/edits", edit),
        ("/resolve", {}),
        ("/approve", {}),
        ("/discard", {}),
        ("/audit", {}),
    ):
        problem(stranger_key.post(path + suffix, body), 404, "not-found")


def test_an_answer_that_does_not_come_is_a_503_and_the_next_one_comes(ask, monkeypatch):
    assert ask(member="dan").status_code == 200
    for one in processes():
        os.kill(one, signal.SIGSTOP)
    with monkeypatch.context() as short:
        short.setattr(askers, "WAIT_SECONDS", 0.2)
        answer = ask(member="dan")
        problem(answer, 503, "unavailable")
        assert answer.headers["Retry-After"]
    assert ask(member="dan").status_code == 200


def test_two_plans_are_held_and_idle_ones_are_let_go(client, new_plan, monkeypatch):
    monkeypatch.setattr(askers, "LOOK_SECONDS", 0.1)
    seen = []
    for one in (new_plan(), new_plan(), new_plan()):
        assert client.get(f"/v1/plans/{one}/explain?member=ada").status_code == 200
        seen.append(processes())
    assert [len(one) for one in seen] == [1, 2, 2]
    assert not seen[0] & seen[2]
    monkeypatch.setattr(askers, "IDLE_SECONDS", 0.0)
    end = time.monotonic() + 10
    while processes():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_an_asker_that_grows_too_large_is_ended(services, plan, monkeypatch):
    monkeypatch.setattr(askers, "LOOK_SECONDS", 0.1)
    tight = services.settings.model_copy(update={"job_megabytes": 50})
    small = replace(services, settings=tight, askers=askers.Askers())
    with pytest.raises(askers.AskerUnavailable):
        explain_member(small, "net", plan, "ada", "coordinator")
    small.askers.close()
    assert not processes()

"""What holds for every request: keys, sealing, one shape of errors, repeated posts, pages, versions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.http.problems import PROBLEMS, pointer

NETWORK = {"id": "north", "name": "North"}


def problem(response, status, code):
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    body = response.get_json()
    assert body["type"] == f"/problems/{code}"
    assert body["status"] == status
    assert body["detail"]
    return body


def test_without_a_key_there_is_nothing(stranger):
    answer = stranger.get("/v1/networks")
    problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    problem(stranger.get("/v1/no-such-thing"), 401, "unauthorized")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer plk_unknown", "bearer é"])
def test_wrong_keys_are_refused(stranger, header):
    problem(stranger.get("/v1/networks", headers={"Authorization": header}), 401, "unauthorized")


def test_expired_keys_open_nothing(as_key, clock):
    soon = as_key(expires_at=clock() + timedelta(days=1))
    assert soon.get("/v1/networks").status_code == 200
    clock.forward(days=1)
    problem(soon.get("/v1/networks"), 401, "unauthorized")


def test_a_networks_key_sees_its_own_network_only(root, client, network):
    root.post("/v1/networks", NETWORK)
    assert [one["id"] for one in client.get("/v1/networks").get_json()["items"]] == [network]
    problem(client.get("/v1/networks/north"), 404, "not-found")
    problem(client.put("/v1/networks/north", {"name": "Mine"}), 404, "not-found")
    problem(client.delete(f"/v1/networks/{network}"), 403, "forbidden")
    problem(client.post("/v1/networks", {"id": "x", "name": "X"}), 403, "forbidden")
    problem(client.get("/v1/networks", headers={"Peerloom-Network": "north"}), 403, "forbidden")
    problem(root.get("/v1/networks", headers={"Peerloom-Network": "nowhere"}), 404, "not-found")


def test_a_body_that_does_not_fit_is_told_by_pointers_and_stores_nothing(root):
    body = {"id": "", "nam": "x", "settings": {"hold_minutes": "3", "quiet_hours": {"start": "25:00"}}}
    errors = problem(root.post("/v1/networks", body), 422, "invalid-request")["errors"]
    assert {one["pointer"] for one in errors} == {
        "#/id", "#/name", "#/nam", "#/settings/hold_minutes", "#/settings/quiet_hours/start",
    }  # fmt: skip
    assert root.get("/v1/networks").get_json()["items"] == []


NO_OBJECTS = [b"", b"{", b'{"id": "a", "id": "b"}', b"\xff\xfe", b"[]", b"NaN", b'"x"', b"1" * 5000]


@pytest.mark.parametrize("data", NO_OBJECTS)
def test_bodies_that_are_no_json_object_are_refused(root, data):
    answer = root.post("/v1/networks", data=data, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_other_content_types_are_refused(root):
    problem(root.post("/v1/networks", data=b"id=a", content_type="text/plain"), 415, "unsupported-media-type")


def test_unknown_addresses_and_methods_have_the_same_shape(root):
    problem(root.get("/v1/nothing"), 404, "not-found")
    answer = root("PATCH", "/v1/networks")
    problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


def test_every_problem_type_is_explained(stranger):
    for code, (status, title, todo) in PROBLEMS.items():
        assert stranger.get(f"/problems/{code}").get_json() == {
            "type": f"/problems/{code}", "status": status, "title": title, "what_to_do": todo,
        }  # fmt: skip
    problem(stranger.get("/problems/none"), 404, "not-found")


def test_paths_become_json_pointers():
    assert pointer("members[3].offers[0].level") == "#/members/3/offers/0/level"
    assert pointer("") == "#"
    assert pointer("a~b/c") == "#/a~0b~1c"


def test_a_repeated_post_gets_the_first_answer_and_does_nothing(root):
    headers = {"Idempotency-Key": "first"}
    one = root.post("/v1/networks", NETWORK, headers=headers)
    two = root.post("/v1/networks", NETWORK, headers=headers)
    assert (one.status_code, one.get_data(), one.headers["Location"]) == (
        201,
        two.get_data(),
        "/v1/networks/north",
    )
    assert two.status_code == 201
    assert two.headers["Idempotent-Replayed"] == "true"
    problem(root.post("/v1/networks", {**NETWORK, "name": "Other"}, headers=headers), 422, "invalid-key")
    problem(root.post("/v1/networks", NETWORK), 409, "conflict")


def test_a_refused_post_may_be_sent_again_with_its_key(root):
    headers = {"Idempotency-Key": "again"}
    assert root.post("/v1/networks", {"id": "north"}, headers=headers).status_code == 422
    assert root.post("/v1/networks", NETWORK, headers=headers).status_code == 201


def test_idempotency_keys_of_others_do_not_meet(as_key):
    headers = {"Idempotency-Key": "same"}
    assert as_key().post("/v1/networks", NETWORK, headers=headers).status_code == 201
    assert as_key().post("/v1/networks", {"id": "b", "name": "B"}, headers=headers).status_code == 201


def test_pages_are_followed_to_the_end(root):
    for number in range(7):
        root.post("/v1/networks", {"id": f"n{number}", "name": "N"})
    seen, path = [], "/v1/networks?limit=3"
    while path:
        answer = root.get(path)
        seen += [one["id"] for one in answer.get_json()["items"]]
        link = answer.headers.get("Link", "")
        assert bool(link) == (answer.get_json()["next"] is not None)
        path = link.partition(">")[0].lstrip("<")
    assert seen == [f"n{number}" for number in range(7)]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "after=nonsense", "after=WzFd", "x=1", "limit=1&limit=2"]
)
def test_bad_queries_are_refused(root, query):
    assert problem(root.get(f"/v1/networks?{query}"), 422, "invalid-request")["errors"]


def test_a_change_of_what_others_changed_is_refused(root):
    root.post("/v1/networks", NETWORK)
    tag = root.get("/v1/networks/north").headers["ETag"]
    assert root.put("/v1/networks/north", {"name": "Two"}, headers={"If-Match": tag}).status_code == 200
    late = root.put("/v1/networks/north", {"name": "Three"}, headers={"If-Match": tag})
    problem(late, 412, "stale")
    assert late.headers["ETag"] == '"2"'
    assert root.get("/v1/networks/north").get_json()["name"] == "Two"
    problem(root.put("/v1/networks/north", {"name": "x"}, headers={"If-Match": "abc"}), 412, "stale")


def test_an_unchanged_thing_answers_304(root):
    root.post("/v1/networks", NETWORK)
    tag = root.get("/v1/networks/north").headers["ETag"]
    answer = root.get("/v1/networks/north", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.get_data()) == (304, b"")


def test_too_large_bodies_are_refused(root, app):
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = root.post(
        "/v1/networks", data=b'{"id": "' + b"a" * 2000 + b'"}', content_type="application/json"
    )
    problem(answer, 413, "too-large")


def test_health_needs_no_key_and_readiness_looks_at_the_database(stranger):
    assert stranger.get("/healthz").get_json() == {"status": "ok"}
    assert stranger.get("/readyz").get_json() == {"status": "ready", "at_work": []}


def test_every_answer_has_a_request_id(stranger):
    ids = {stranger.get("/healthz").headers["Request-Id"] for _ in range(3)}
    assert len(ids) == 3

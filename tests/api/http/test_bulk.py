"""Many members at once over HTTP."""

from __future__ import annotations

import json

import pytest

from tests.api.http.people import details, lines, member, pointers, problem, settle

BULK = "/v1/members/bulk"


@pytest.fixture(autouse=True)
def settled(client):
    settle(client)


@pytest.fixture
def crowd(client):
    """Forty members, stored."""
    people = [member(f"m{number:02}") for number in range(40)]
    client.post(BULK, people)
    return people


def ids(client):
    return [one["id"] for one in client.get("/v1/members?limit=1000").get_json()["items"]]


@pytest.mark.parametrize("form", ["array", "lines"])
def test_members_are_added_changed_and_left_as_they_are(client, clock, form):
    def send(people, query=""):
        if form == "array":
            return client.post(BULK + query, people)
        return client.post(BULK + query, data=lines(people), content_type="application/jsonl")

    first = [member("ada", prefers=["bob"]), member("bob"), member("cem")]
    assert send(first).get_json() == {"created": 3, "updated": 0, "unchanged": 0, "left": 0, "sheet": None}
    clock.forward(hours=1)
    second = [{**first[0], "seniority": 8}, first[1], member("dan", avoids=["cem"])]
    assert send(second).get_json() == {"created": 1, "updated": 1, "unchanged": 1, "left": 0, "sheet": None}
    found = {one["id"]: one for one in client.get("/v1/members").get_json()["items"]}
    assert {key: one["version"] for key, one in found.items()} == {"ada": 2, "bob": 1, "cem": 1, "dan": 1}
    assert found["ada"]["changed_at"] == found["dan"]["changed_at"] > found["bob"]["changed_at"]


def test_every_fault_is_told_by_index_and_nothing_is_stored(client):
    people = [
        member("ada"),
        member("bob", organization="nowhere", seniority=11),
        member("ada"),
        member("cem", offers=[{"skill": "cooking"}], prefers=["nobody"]),
        {"id": "x"},
        7,
        member("dan", organization="nowhere"),
    ]
    found = problem(client.post(BULK, people), 422, "invalid-request")
    assert pointers(found) == {
        "#/1/seniority", "#/2/id", "#/3/offers/0/skill", "#/3/prefers/0", "#/4/name", "#/4/organization",
        "#/4/time_zone", "#/5", "#/6/organization",
    }  # fmt: skip
    assert ids(client) == []


def test_every_fault_is_told_by_line_and_nothing_is_stored(client):
    data = (
        lines([member("ada"), member("bob", email="b")]) + b"\n{]\n" + lines([member("ada", prefers=["x"])])
    )
    answer = client.post(BULK, data=data, content_type="application/x-ndjson")
    found = problem(answer, 422, "invalid-request")
    told = {(one["line"], one["pointer"]) for one in found["errors"]}
    assert told == {(2, "#/email"), (4, "#"), (5, "#/id"), (5, "#/prefers/0")}
    assert "'ada' is also the id of line 1" in {detail for _, detail in details(found)}
    assert ids(client) == []


NO_ARRAYS = [b"", b"{}", b"[", b"[1,]", b"[{} {}]", b"[] x", b'[{"a":}]', b"\xff\xfe"]
DEEP = [b"[" * 5000, b"[1" + b"0" * 5000]


@pytest.mark.parametrize("data", [*NO_ARRAYS, *DEEP])
def test_a_body_that_is_no_array_is_refused(client, data):
    answer = client.post(BULK, data=data, content_type="application/json")
    assert problem(answer, 400, "invalid-json")["detail"]


def test_an_empty_array_changes_nothing(client):
    assert client.post(BULK, []).get_json() == {
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "left": 0,
        "sheet": None,
    }


def test_other_content_types_are_refused(client):
    problem(client.post(BULK, data=b"x", content_type="text/plain"), 415, "unsupported-media-type")
    problem(client.post(BULK), 415, "unsupported-media-type")


def test_repeated_keys_are_a_fault(client):
    data = json.dumps([member("ada")]).replace('"id"', '"name": "x", "id"').encode()
    answer = client.post(BULK, data=data, content_type="application/json")
    assert pointers(problem(answer, 422, "invalid-request")) == {"#/0"}


def test_a_dry_run_tells_and_stores_nothing(client, crowd):
    people = [*crowd[1:], {**crowd[0], "seniority": 8}, member("new")]
    assert client.post(f"{BULK}?dry_run=true", people).get_json() == {
        "created": 1, "updated": 1, "unchanged": 39, "left": 0, "sheet": None,
    }  # fmt: skip
    assert client.get("/v1/members/m00").get_json()["version"] == 1
    problem(client.get("/v1/members/new"), 404, "not-found")


def test_sync_marks_the_absent_as_left_up_to_the_limit(client, crowd):
    done = client.post(f"{BULK}?sync=true", crowd[2:]).get_json()
    assert done == {"created": 0, "updated": 0, "unchanged": 38, "left": 2, "sheet": None}
    gone = client.get("/v1/members/m00").get_json()
    assert (gone["status"], gone["version"]) == ("left", 2)
    again = client.post(f"{BULK}?sync=true", crowd[2:]).get_json()
    assert again == {"created": 0, "updated": 0, "unchanged": 38, "left": 0, "sheet": None}
    back = client.post(f"{BULK}?sync=true", crowd).get_json()
    assert (back["updated"], back["left"]) == (2, 0)


def test_sync_stops_with_a_list_when_too_many_are_absent(client, crowd):
    found = problem(client.post(f"{BULK}?sync=true", [*crowd[3:], member("new")]), 409, "conflict")
    assert {detail for _, detail in details(found)} == {
        f"'m0{number}' (Name m0{number}) is absent" for number in range(3)
    }
    problem(client.post(f"{BULK}?sync=true&dry_run=true", crowd[3:]), 409, "conflict")
    problem(client.get("/v1/members/new"), 404, "not-found")
    assert client.get("/v1/members?status=left").get_json()["items"] == []
    client.put("/v1/networks/net", {"name": "Net", "settings": {"most_left_percent": 10}})
    assert client.post(f"{BULK}?sync=true", crowd[3:]).get_json()["left"] == 3


def test_a_repeated_bulk_gets_the_first_answer(client):
    headers = {"Idempotency-Key": "once"}
    first = client.post(BULK, [member("ada")], headers=headers)
    again = client.post(BULK, [member("ada")], headers=headers)
    assert (
        first.get_json()
        == again.get_json()
        == {"created": 1, "updated": 0, "unchanged": 0, "left": 0, "sheet": None}
    )
    data = lines([member("bob")])
    for _ in range(2):
        made = client.post(
            BULK, data=data, content_type="application/jsonl", headers={"Idempotency-Key": "two"}
        )
        assert made.get_json()["created"] == 1


def test_batches_beyond_one_statement_hold_their_order(client):
    people = [member(f"m{number:04}", prefers=[f"m{(number * 7) % 2300:04}"]) for number in range(1, 2300)]
    people[0]["prefers"] = []
    people = [*people, member("m0000")]
    for one in people:
        one["prefers"] = [wish for wish in one.get("prefers", ()) if wish != one["id"]]
    assert client.post(BULK, people).get_json()["created"] == 2300
    assert client.post(BULK, people[::-1]).get_json()["unchanged"] == 2300

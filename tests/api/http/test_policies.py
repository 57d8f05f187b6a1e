"""Policies over HTTP: versions that never change, and their comparison."""

from __future__ import annotations

import pytest

from tests.api.http.people import pointers, problem, settle

QUOTA = {"id": "x", "side": "given", "most": 1}


@pytest.fixture(autouse=True)
def settled(client):
    settle(client)


def test_a_new_network_has_a_default_policy(client):
    (only,) = client.get("/v1/policies").get_json()["items"]
    assert (only["id"], only["version"], only["pairs"]["order"]) == ("default", 1, "welfare")


def test_a_change_is_a_new_version_and_old_ones_stay(client):
    before = client.get("/v1/policies/default")
    made = client.put(
        "/v1/policies/default",
        {"pairs": {"min_common_hours": 6}},
        headers={"If-Match": before.headers["ETag"]},
    )
    assert (made.status_code, made.get_json()["version"], made.headers["ETag"]) == (201, 2, '"2"')
    assert client.get(made.headers["Location"]).get_json() == made.get_json()
    assert client.get("/v1/policies/default").get_json() == made.get_json()
    assert client.get("/v1/policies/default/versions/1").get_json() == before.get_json()
    assert [one["version"] for one in client.get("/v1/policies/default/versions").get_json()["items"]] == [
        1,
        2,
    ]
    late = client.put("/v1/policies/default", {"pairs": {}}, headers={"If-Match": '"1"'})
    problem(late, 412, "stale")


def test_what_the_latest_version_says_makes_no_new_one(client):
    same = client.put("/v1/policies/default", {"pairs": {"min_common_hours": 4}})
    assert (same.status_code, same.get_json()["version"]) == (200, 1)
    assert client.post("/v1/policies", {"id": "default", "pairs": {}}).get_json()["version"] == 1


def test_policies_are_added_listed_and_paged(client):
    for name in ("b", "a"):
        assert client.post("/v1/policies", {"id": name, "pairs": {"order": "floor"}}).status_code == 201
    client.post("/v1/policies", {"id": "a", "pairs": {}})
    page = client.get("/v1/policies?limit=2").get_json()
    assert [(one["id"], one["version"]) for one in page["items"]] == [("a", 2), ("b", 1)]
    rest = client.get(f"/v1/policies?limit=2&after={page['next']}").get_json()
    assert [one["id"] for one in rest["items"]] == ["default"]
    assert client.get("/v1/policies/a/versions?limit=1").get_json()["next"]


def test_what_is_said_about_pods_stays_until_it_is_changed(client):
    made = client.put("/v1/policies/default", {"pairs": {}, "pods": {"quorum": 50}})
    assert (made.status_code, made.get_json()["pods"]["quorum"]) == (201, 50)
    again = client.put("/v1/policies/default", {"pairs": {"order": "floor"}})
    assert (again.get_json()["version"], again.get_json()["pods"]["quorum"]) == (3, 50)
    (one,) = client.get("/v1/policies/default/compare?from=1&to=2").get_json()["differences"]
    assert one == {"path": "pods.quorum", "old": 75, "new": 50}
    fault = client.put("/v1/policies/default", {"pairs": {}, "pods": {"quorum": 101}})
    assert pointers(problem(fault, 422, "invalid-request")) == {"#/pods/quorum"}


def test_what_is_said_about_rotas_stays_until_it_is_changed(client):
    made = client.put("/v1/policies/default", {"pairs": {}, "rota": {"frozen_days": 3}})
    assert (made.status_code, made.get_json()["rota"]["frozen_days"]) == (201, 3)
    again = client.put("/v1/policies/default", {"pairs": {"order": "floor"}})
    assert (again.get_json()["version"], again.get_json()["rota"]["frozen_days"]) == (3, 3)
    (one,) = client.get("/v1/policies/default/compare?from=1&to=2").get_json()["differences"]
    assert one == {"path": "rota.frozen_days", "old": 7, "new": 3}
    fault = client.put("/v1/policies/default", {"pairs": {}, "rota": {"frozen_days": -1}})
    assert pointers(problem(fault, 422, "invalid-request")) == {"#/rota/frozen_days"}


def test_versions_are_compared_field_by_field(client):
    quota = {"scope": "organization", "id": "north", "side": "given", "most": 3}
    changed = {"min_common_hours": 6, "give_and_take": {"slack": 2}, "quotas": [quota]}
    client.put("/v1/policies/default", {"pairs": changed})
    client.put("/v1/policies/default", {"pairs": {**changed, "give_and_take": {"slack": 1}}})
    found = client.get("/v1/policies/default/compare?from=1&to=2").get_json()
    told = {one["path"]: (one["old"], one["new"]) for one in found["differences"]}
    assert told["pairs.min_common_hours"] == (4, 6)
    assert told["pairs.give_and_take"] == (None, {"slack": 2, "slack_of": {}, "group_slack": None})
    assert set(told) == {"pairs.min_common_hours", "pairs.give_and_take", "pairs.quotas"}
    (one,) = client.get("/v1/policies/default/compare?from=2&to=3").get_json()["differences"]
    assert one == {"path": "pairs.give_and_take.slack", "old": 2, "new": 1}
    assert client.get("/v1/policies/default/compare?from=3&to=3").get_json()["differences"] == []
    problem(client.get("/v1/policies/default/compare?from=1&to=9"), 404, "not-found")
    problem(client.get("/v1/policies/default/compare?from=1"), 422, "invalid-request")


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({"quotas": [{**QUOTA, "scope": "organization"}]}, "#/pairs/quotas/0/id"),
        ({"quotas": [{**QUOTA, "scope": "unit"}]}, "#/pairs/quotas/0/id"),
        ({"give_and_take": {"slack_of": {"x": 1}}}, "#/pairs/give_and_take/slack_of/x"),
        ({"maxima": {"skills": 1}}, "#/pairs/maxima"),
        ({"order": "best"}, "#/pairs/order"),
    ],
)
def test_a_policy_that_does_not_fit_is_told_by_pointer(client, pairs, expected):
    answer = client.put("/v1/policies/default", {"pairs": pairs})
    assert pointers(problem(answer, 422, "invalid-request")) == {expected}
    assert client.get("/v1/policies/default").get_json()["version"] == 1


def test_policies_are_sealed_to_their_network(client, root, as_key):
    client.post("/v1/policies", {"id": "strict", "pairs": {"order": "floor"}})
    root.post("/v1/networks", {"id": "other", "name": "Other"})
    foreign = as_key("other")
    for path in ("strict", "strict/versions", "strict/versions/1", "strict/compare?from=1&to=1"):
        problem(foreign.get(f"/v1/policies/{path}"), 404, "not-found")
    assert foreign.put("/v1/policies/strict", {"pairs": {}}).status_code == 201
    assert client.get("/v1/policies/strict").get_json()["pairs"]["order"] == "floor"

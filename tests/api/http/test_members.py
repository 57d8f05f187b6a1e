"""Members over HTTP, one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from matcher.store.tables import ended_pairs
from tests.api.http.people import CYCLE, details, member, pointers, problem, settle


@pytest.fixture(autouse=True)
def settled(client):
    settle(client)


def test_a_member_is_added_read_replaced_and_removed(client, clock):
    profile = member("ada", email="ada@north.example", offers=[{"skill": "Python", "level": 4}])
    made = client.put("/v1/members/ada", profile, headers={"If-None-Match": "*"})
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    assert made.get_json()["offers"] == [{"skill": "Python", "level": 4}]
    assert (made.get_json()["channel"], made.get_json()["languages"]) == (None, ["en"])
    assert client.get(made.headers["Location"]).get_json() == made.get_json()
    clock.forward(hours=1)
    again = client.put("/v1/members/ada", profile, headers={"If-Match": '"1"'})
    assert (again.status_code, again.get_json()) == (200, made.get_json())
    changed = client.put("/v1/members/ada", {**profile, "seniority": 9}, headers={"If-Match": '"1"'})
    assert (changed.get_json()["version"], changed.get_json()["seniority"]) == (2, 9)
    problem(client.put("/v1/members/ada", profile, headers={"If-Match": '"1"'}), 412, "stale")
    problem(client.delete("/v1/members/ada", headers={"If-Match": '"1"'}), 412, "stale")
    assert client.delete("/v1/members/ada").status_code == 204
    problem(client.get("/v1/members/ada"), 404, "not-found")


def test_coordinators_read_what_is_secret_between_organizations(client):
    client.put("/v1/members/bob", member("bob"))
    client.put("/v1/members/ada", member("ada", avoids=["bob"], visibility={"name": "coordinators"}))
    found = client.get("/v1/members/ada").get_json()
    assert (found["avoids"], found["visibility"]) == (["bob"], {"name": "coordinators"})


def test_members_are_filtered_and_paged(client):
    for number, organization, status in (
        (1, "north", "active"), (2, "south", "active"), (3, "north", "left"), (4, "north", "active"),
    ):  # fmt: skip
        profile = member(f"m{number}", organization=organization, status=status, name=f"Éva {number}")
        client.put(f"/v1/members/m{number}", {**profile, "email": f"Box{number}@x.example"})

    def ids(query):
        return [one["id"] for one in client.get(f"/v1/members?{query}").get_json()["items"]]

    assert ids("") == ["m1", "m2", "m3", "m4"]
    assert ids("organization=north") == ["m1", "m3", "m4"]
    assert ids("organization=north&status=active") == ["m1", "m4"]
    assert ids("status=left") == ["m3"]
    assert ids("q=éVA 2") == ["m2"]
    assert ids("q=box4@") == ["m4"]
    assert ids("q=va") == ids("organization=nobody") == ids("q=%25") == []
    first = client.get("/v1/members?organization=north&limit=2")
    assert "organization=north" in first.headers["Link"]
    assert ids(f"organization=north&limit=2&after={first.get_json()['next']}") == ["m4"]
    for bad in ("status=gone", "organization=", "q=%00", "limit=0", "name=x"):
        problem(client.get(f"/v1/members?{bad}"), 422, "invalid-request")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"organization": "nowhere"}, "#/organization"),
        ({"offers": [{"skill": "python"}, {"skill": "cooking"}]}, "#/offers/1/skill"),
        ({"seeks": [{"skill": "k8s"}, {"skill": "Kubernetes"}]}, "#/seeks/1/skill"),
        ({"prefers": ["nobody"]}, "#/prefers/0"),
        ({"avoids": ["ada"]}, "#/avoids/0"),
        ({"time_zone": "Mars/Base"}, "#/time_zone"),
        ({"seniority": 11}, "#/seniority"),
        ({"seniority": "5"}, "#/seniority"),
        ({"email": "ada"}, "#/email"),
        ({"id": "other"}, "#/id"),
        ({"name": "A\0"}, "#/name"),
        ({"nickname": "A"}, "#/nickname"),
        ({"availability": [{"day": 1, "start": "09:00", "end": "08:00"}]}, "#/availability/0"),
    ],
)
def test_a_profile_that_does_not_fit_is_told_by_pointer(client, fields, expected):
    answer = client.put("/v1/members/ada", {**member("ada"), **fields})
    assert pointers(problem(answer, 422, "invalid-request")) == {expected}
    problem(client.get("/v1/members/ada"), 404, "not-found")


def test_a_member_whom_others_name_is_not_removed_and_the_answer_says_by_whom(client, services, network):
    for one in ("ada", "bob", "cem"):
        client.put(f"/v1/members/{one}", member(one))
    client.put("/v1/members/bob", member("bob", avoids=["ada"]))
    pin = {"learner": "cem", "guide": "ada", "must": "pair"}
    program = {"id": "p", "name": "P", "policy": "default", "cycle": CYCLE, "pins": [pin]}
    client.put("/v1/programs/p", program)
    row = {"network_id": network, "position": 0, "learner": "ada", "guide": "cem", "body": "{}"}
    with services.database.write() as connection:
        connection.execute(insert(ended_pairs).values(row))
    found = problem(client.delete("/v1/members/ada"), 409, "conflict")
    told = " | ".join(detail for _, detail in details(found))
    assert "member 'bob' wishes for them or avoids them" in told
    assert "program 'p', pins[0].guide" in told
    assert "1 x pair of a past cycle" in told
    assert client.get("/v1/members/ada").status_code == 200


def test_the_last_of_a_unit_with_a_quota_stays_in_it(client):
    client.put("/v1/members/ada", member("ada", unit="lab"))
    quota = {"scope": "unit", "id": "north/lab", "side": "given", "most": 3}
    assert client.put("/v1/policies/default", {"pairs": {"quotas": [quota]}}).status_code == 201
    problem(client.put("/v1/members/ada", member("ada")), 409, "conflict")
    problem(client.delete("/v1/members/ada"), 409, "conflict")
    assert client.get("/v1/members/ada").get_json()["unit"] == "lab"
    client.put("/v1/members/bob", member("bob", unit="lab"))
    assert client.delete("/v1/members/ada").status_code == 204


def test_members_are_sealed_to_their_network(client, root, as_key):
    client.put("/v1/members/ada", member("ada"))
    root.post("/v1/networks", {"id": "other", "name": "Other"})
    foreign = as_key("other")
    assert foreign.get("/v1/members").get_json()["items"] == []
    problem(foreign.get("/v1/members/ada"), 404, "not-found")
    problem(foreign.delete("/v1/members/ada"), 404, "not-found")
    answer = foreign.put("/v1/members/eve", member("eve", prefers=["ada"]))
    assert pointers(problem(answer, 422, "invalid-request")) == {"#/organization", "#/prefers/0"}

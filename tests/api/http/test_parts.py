"""Organizations, skills, problems, circles and programs over HTTP."""

from __future__ import annotations

import pytest

from tests.api.http.people import CYCLE, details, member, pointers, problem, settle

PARTS = {
    "organizations": {"id": "west", "name": "West", "country": "DE"},
    "skills": {"id": "sql", "name": "SQL"},
    "problems": {"id": "p1", "title": "Onboarding", "sponsor": "north"},
    "circles": {"id": "c1", "title": "Python", "skill": "python"},
    "programs": {"id": "mentoring", "name": "Mentoring", "policy": "default", "cycle": CYCLE},
}
TITLED = ("problems", "circles")


@pytest.fixture(autouse=True)
def settled(client):
    settle(client)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_added_read_replaced_and_removed(client, clock, name):
    part = PARTS[name]
    path = f"/v1/{name}/{part['id']}"
    made = client.put(path, part, headers={"If-None-Match": "*"})
    assert (made.status_code, made.headers["Location"], made.headers["ETag"]) == (201, path, '"1"')
    assert client.get(path).get_json() == made.get_json()
    problem(client.put(path, part, headers={"If-None-Match": "*"}), 412, "stale")
    clock.forward(hours=1)
    assert client.put(path, part).get_json() == made.get_json()
    key = "title" if name in TITLED else "name"
    changed = client.put(path, {**part, key: "Other"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.get_json().get("version")) == (200, 2), changed.get_json()
    assert changed.get_json()[key] == "Other"
    assert changed.get_json()["changed_at"] > made.get_json()["changed_at"]
    problem(client.put(path, part, headers={"If-Match": '"1"'}), 412, "stale")
    problem(client.delete(path, headers={"If-Match": '"1"'}), 412, "stale")
    assert client.delete(path, headers={"If-Match": '"2"'}).status_code == 204
    problem(client.get(path), 404, "not-found")
    problem(client.delete(path), 404, "not-found")
    problem(client.put(path, part, headers={"If-Match": "*"}), 412, "stale")


@pytest.mark.parametrize("name", PARTS)
def test_parts_are_sealed_to_their_network(client, root, as_key, name):
    part = PARTS[name]
    client.put(f"/v1/{name}/{part['id']}", part)
    root.post("/v1/networks", {"id": "other", "name": "Other"})
    foreign = as_key("other")
    assert foreign.get(f"/v1/{name}").get_json()["items"] == []
    problem(foreign.get(f"/v1/{name}/{part['id']}"), 404, "not-found")
    problem(foreign.delete(f"/v1/{name}/{part['id']}"), 404, "not-found")
    problem(root.get(f"/v1/{name}"), 400, "no-network")
    assert root.get(f"/v1/{name}", headers={"Peerloom-Network": "net"}).status_code == 200


def test_lists_come_in_pages_by_id(client):
    for number in range(5):
        client.put(f"/v1/organizations/o{number}", {"id": f"o{number}", "name": f"O {number}"})
    seen, path = [], "/v1/organizations?limit=2"
    while path:
        answer = client.get(path)
        seen += [one["id"] for one in answer.get_json()["items"]]
        path = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert seen == ["north", "o0", "o1", "o2", "o3", "o4", "south"]


@pytest.mark.parametrize(
    ("name", "part", "expected"),
    [
        ("organizations", {"id": "a", "name": "A", "competitors": ["nobody"]}, {"#/competitors/0"}),
        ("organizations", {"id": "a", "name": "A", "competitors": ["a"]}, {"#/competitors/0"}),
        ("skills", {"id": "a", "name": "A", "related": [{"skill": "none"}]}, {"#/related/0/skill"}),
        ("skills", {"id": "a", "name": "K8S"}, {"#/name"}),
        ("skills", {"id": "a", "name": "A", "synonyms": ["ok", "python"]}, {"#/synonyms/1"}),
        ("problems", {"id": "a", "title": "A", "sponsor": "nobody"}, {"#/sponsor"}),
        (
            "problems",
            {"id": "a", "title": "A", "sponsor": "north", "needs": [{"skill": "x"}]},
            {"#/needs/0/skill"},
        ),
        ("programs", {**PARTS["programs"], "policy": "strict"}, {"#/policy"}),
        ("programs", {**PARTS["programs"], "kinds": []}, {"#/kinds"}),
        (
            "programs",
            {**PARTS["programs"], "pins": [{"learner": "x", "guide": "y", "must": "pair"}]},
            {"#/pins/0/learner", "#/pins/0/guide"},
        ),
        ("skills", {"id": "a", "name": ""}, {"#/name"}),
        ("skills", {"id": "a", "name": "a\0b"}, {"#/name"}),
        ("skills", {"id": "a", "name": "A", "synonym": ["b"]}, {"#/synonym"}),
        ("skills", {"id": "b", "name": "A"}, {"#/id"}),
    ],
)  # fmt: skip
def test_what_a_part_names_must_be_there(client, name, part, expected):
    identifier = "a" if name != "programs" else "mentoring"
    answer = client.put(f"/v1/{name}/{identifier}", part)
    assert pointers(problem(answer, 422, "invalid-request")) == expected
    problem(client.get(f"/v1/{name}/{identifier}"), 404, "not-found")


def test_what_others_name_is_not_removed_and_the_answer_says_by_whom(client):
    client.put("/v1/members/ada", member("ada", offers=[{"skill": "K8s"}]))
    client.put("/v1/organizations/west", {"id": "west", "name": "West", "competitors": ["north"]})
    found = problem(client.delete("/v1/organizations/north"), 409, "conflict")
    told = {detail for _, detail in details(found)}
    assert any("'west'" in one and "competitors" in one for one in told)
    assert "member 'ada' belongs to it" in told
    found = problem(client.delete("/v1/skills/kubernetes"), 409, "conflict")
    assert any("skill 'python'" in detail for _, detail in details(found))
    client.put("/v1/skills/python", {"id": "python", "name": "Python"})
    found = problem(client.delete("/v1/skills/kubernetes"), 409, "conflict")
    assert details(found) == {("#", "member 'ada' names 'K8s'")}
    assert client.delete("/v1/organizations/south").status_code == 204


def test_a_skill_keeps_the_names_that_members_use(client):
    client.put("/v1/members/ada", member("ada", seeks=[{"skill": "K8s"}], attributes={"skill": "k8s"}))
    client.put("/v1/members/bob", member("bob", attributes={"skill": "kubernetes"}))
    without = {"id": "kubernetes", "name": "Kubernetes"}
    found = problem(client.put("/v1/skills/kubernetes", without), 409, "conflict")
    assert details(found) == {("#", "member 'ada' names 'K8s'")}
    client.put("/v1/members/ada", member("ada", attributes={"skill": "k8s"}))
    assert client.put("/v1/skills/kubernetes", without).status_code == 200


def test_a_policy_in_use_and_a_group_in_a_quota_stay(client):
    client.put("/v1/organizations/north", {"id": "north", "name": "North", "group": "poles"})
    quota = {"scope": "group", "id": "poles", "side": "given", "most": 3}
    assert client.put("/v1/policies/default", {"pairs": {"quotas": [quota]}}).status_code == 201
    found = problem(client.put("/v1/organizations/north", {"id": "north", "name": "North"}), 409, "conflict")
    assert any("policy 'default'" in detail and "poles" in detail for _, detail in details(found))


@pytest.mark.parametrize("identifier", ["a/b", "ä ö", "..", "a?b#c", "%", "a" * 120, "💡"])
def test_any_id_can_be_addressed(client, identifier):
    from urllib.parse import quote

    path = f"/v1/skills/{quote(identifier, safe='')}"
    made = client.put(path, {"id": identifier, "name": "Some skill"})
    assert made.status_code == 201
    assert client.get(made.headers["Location"]).get_json()["id"] == identifier


MANY = {
    "organizations": [
        {"id": "a", "name": "A", "competitors": ["b"]},
        {"id": "b", "name": "B", "competitors": ["a"]},
    ],
    "skills": [
        {"id": "a", "name": "A", "related": [{"skill": "b"}]},
        {"id": "b", "name": "B", "related": [{"skill": "a"}]},
    ],
    "problems": [
        {"id": "a", "title": "A", "sponsor": "north"},
        {"id": "b", "title": "B", "sponsor": "south"},
    ],
    "circles": [{**PARTS["circles"], "id": one} for one in "ab"],
    "programs": [{**PARTS["programs"], "id": one} for one in "ab"],
}


@pytest.mark.parametrize("name", MANY)
def test_many_parts_are_put_together_and_may_name_each_other(client, clock, name):
    before = client.get(f"/v1/{name}").get_json()["items"]
    answer = client.post(f"/v1/{name}/bulk", MANY[name])
    assert (answer.status_code, answer.get_json()) == (200, {"created": 2, "updated": 0, "unchanged": 0})
    clock.forward(hours=1)
    key = "title" if name in TITLED else "name"
    again = client.post(f"/v1/{name}/bulk", [MANY[name][0], {**MANY[name][1], key: "Other"}])
    assert again.get_json() == {"created": 0, "updated": 1, "unchanged": 1}
    found = {one["id"]: one for one in client.get(f"/v1/{name}").get_json()["items"]}
    assert (found["a"]["version"], found["b"]["version"], found["b"][key]) == (1, 2, "Other")
    assert [one for one in found.values() if one["id"] not in "ab"] == before
    assert client.post(f"/v1/{name}/bulk", []).get_json() == {"created": 0, "updated": 0, "unchanged": 0}


@pytest.mark.parametrize("name", MANY)
def test_many_parts_are_sealed_to_their_network(client, root, as_key, name):
    root.post("/v1/networks", {"id": "other", "name": "Other"})
    part = {"problems": {"id": "a", "title": "A"}}.get(name, MANY[name][0])
    as_key("other").post(f"/v1/{name}/bulk", [part])
    problem(client.get(f"/v1/{name}/a"), 404, "not-found")


@pytest.mark.parametrize(
    ("name", "parts", "expected"),
    [
        ("organizations", [MANY["organizations"][0], {"id": "c", "name": "C"}], {"#/0/competitors/0"}),
        ("skills", [{"id": "x", "name": "X"}, {"id": "x", "name": "X"}], {"#/1/id"}),
        ("skills", [{"id": "x", "name": "X"}, {"id": "y", "name": "k8s"}], {"#/1/name"}),
        ("skills", [{"id": "x"}, 5, {"id": "y", "name": "Y", "z": 1}], {"#/0/name", "#/1", "#/2/z"}),
        ("organizations", [{"id": "x", "name": "X"}, {"id": "x", "name": "X"}], {"#/1/id"}),
    ],
)  # fmt: skip
def test_one_fault_among_many_parts_stores_none(client, name, parts, expected):
    before = client.get(f"/v1/{name}").get_json()
    answer = client.post(f"/v1/{name}/bulk", parts)
    assert pointers(problem(answer, 422, "invalid-request")) == expected
    assert client.get(f"/v1/{name}").get_json() == before


def test_many_skills_keep_the_names_that_members_use(client):
    client.put("/v1/members/ada", member("ada", seeks=[{"skill": "K8s"}]))
    without = [{"id": "kubernetes", "name": "Kubernetes"}, {"id": "sql", "name": "SQL"}]
    found = problem(client.post("/v1/skills/bulk", without), 409, "conflict")
    assert details(found) == {("#", "member 'ada' names 'K8s'")}
    assert client.post("/v1/skills/bulk", [*without, {"id": "k", "name": "K8s"}]).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{}", b"[{}", b"[1,]", b"\xff"])
def test_what_is_no_array_is_refused(client, body):
    answer = client.post("/v1/skills/bulk", data=body, content_type="application/json")
    problem(answer, 400, "invalid-json")
    problem(
        client.post("/v1/skills/bulk", data=b"[]", content_type="text/csv"), 415, "unsupported-media-type"
    )

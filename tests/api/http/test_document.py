"""The whole document over HTTP, out and in."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from fixtures.demo import demo_network
from matcher.documents.read import open_network
from matcher.documents.write import network_record
from matcher.store.tables import plans, snapshots
from tests.api.http.people import CYCLE, ORGANIZATIONS, SKILLS, details, lines, member, pointers, problem

DOCUMENT = "/v1/document"


def small(*people, **header):
    """A document of the network of the tests."""
    basic = {"id": "net", "name": "Small", "organizations": ORGANIZATIONS, "skills": SKILLS}
    return {**basic, "members": list(people), **header}


def as_lines(document):
    """The same as JSON Lines."""
    people = {"members": "member", "ended": "ended", "running": "running"}
    header = {key: value for key, value in document.items() if key not in people}
    records = [{one: row} for key, one in people.items() for row in document.get(key, ())]
    return lines([{"header": header}, *records])


@pytest.fixture
def demo(root, as_key):
    root.post("/v1/networks", {"id": demo_network().id, "name": "Demo"})
    return as_key(demo_network().id)


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_network_goes_in_and_comes_out_the_same(demo, form, tmp_path):
    data = network_record(demo_network())
    put = demo.put(DOCUMENT, data=data, content_type="application/json")
    assert put.get_json()["created"] == len(demo_network().members)
    got = demo.get(f"{DOCUMENT}?format={form}")
    assert got.content_type == f"application/{form}"
    (tmp_path / f"net.{form}").write_bytes(got.get_data())
    assert network_record(open_network(tmp_path / f"net.{form}").network()) == data
    again = demo.put(DOCUMENT, data=got.get_data(), content_type=f"application/{form}")
    assert again.get_json() == {
        "created": 0, "updated": 0, "unchanged": len(demo_network().members), "removed": 0,
    }  # fmt: skip
    assert demo.get(f"{DOCUMENT}?format={form}").get_data() == got.get_data()


def test_the_form_follows_the_accept_header(client):
    for accept, form in (
        ("application/json", "json"), ("application/x-ndjson", "jsonl"), ("*/*", "json"),
        ("application/json;q=0.1, application/jsonl", "jsonl"),
    ):  # fmt: skip
        got = client.get(DOCUMENT, headers={"Accept": accept})
        assert got.content_type == f"application/{form}", accept
    problem(client.get(DOCUMENT, headers={"Accept": "text/html"}), 406, "not-acceptable")
    problem(client.get(f"{DOCUMENT}?format=xml"), 422, "invalid-request")


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_what_is_the_same_keeps_its_version_and_the_rest_is_replaced(client, form):
    def send(document):
        if form == "json":
            return client.put(DOCUMENT, document)
        return client.put(DOCUMENT, data=as_lines(document), content_type="application/jsonl")

    ended = {"learner": "ada", "guide": "bob"}
    running = {"learner": "bob", "guide": "ada"}
    first = small(member("ada"), member("bob"), member("cem"), ended=[ended, ended], running=[running])
    assert send(first).get_json() == {"created": 3, "updated": 0, "unchanged": 0, "removed": 0}
    assert client.get("/v1/networks/net").get_json()["name"] == "Small"
    second = small(member("dan"), member("ada"), member("bob", seniority=7), ended=[ended])
    second["organizations"] = [ORGANIZATIONS[0], {"id": "west", "name": "West"}]
    second["name"] = "Other"
    assert send(second).get_json() == {"created": 1, "updated": 1, "unchanged": 1, "removed": 1}
    versions = {one["id"]: one["version"] for one in client.get("/v1/members").get_json()["items"]}
    assert versions == {"ada": 1, "bob": 2, "dan": 1}
    found = client.get(DOCUMENT).get_json()
    assert [one["id"] for one in found["members"]] == ["dan", "ada", "bob"]
    assert [one["id"] for one in found["organizations"]] == ["north", "west"]
    assert (found["name"], len(found["ended"]), "running" in found) == ("Other", 1, False)
    assert client.get("/v1/organizations/north").get_json()["version"] == 1


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (small(member("ada", organization="x")), "#/members/0/organization"),
        (small(member("ada"), member("ada")), "#/members/1/id"),
        (small(member("ada", age=3)), "#/members/0/age"),
        (small(programs=[{"id": "p", "name": "P", "policy": "x", "cycle": CYCLE}]), "#/programs/0/policy"),
        ({**small(), "id": "other"}, "#/id"),
        (small(running=[{"learner": "a", "guide": "b"}]), "#/running/0/learner"),
    ],
)
def test_a_document_that_does_not_fit_is_told_by_pointers_and_stores_nothing(client, document, expected):
    client.put(DOCUMENT, small(member("eve")))
    found = problem(client.put(DOCUMENT, document), 422, "invalid-request")
    assert expected in pointers(found)
    assert "/tmp" not in found["detail"]
    assert [one["id"] for one in client.get("/v1/members").get_json()["items"]] == ["eve"]


def test_lines_that_do_not_fit_are_told_by_line_and_store_nothing(client):
    document = small(*(member(f"m{number}") for number in range(1100)), member("ada", organization="x"))
    answer = client.put(DOCUMENT, data=as_lines(document) + b"nonsense\n", content_type="application/jsonl")
    found = problem(answer, 422, "invalid-request")
    assert {(one["line"], one["pointer"]) for one in found["errors"]} == {
        (1102, "#/member/organization"), (1103, "#"),
    }  # fmt: skip
    assert client.get("/v1/members").get_json()["items"] == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "json"),
        (b"[]", "json"),
        (b"{", "json"),
        (b"\x1f\x8bx", "json"),
        (b"", "jsonl"),
        (b"{}", "jsonl"),
    ],
)
def test_bodies_that_are_no_document_are_refused(client, data, kind):
    answer = client.put(DOCUMENT, data=data, content_type=f"application/{kind}")
    assert problem(answer, 422, "invalid-request")["detail"].startswith("The document")


def test_other_content_types_are_refused(client):
    problem(client.put(DOCUMENT, data=b"x", content_type="text/csv"), 415, "unsupported-media-type")


def test_a_policy_that_a_plan_was_made_with_keeps_its_version(client, services, network, clock):
    client.put(DOCUMENT, small())
    publish(services, network, clock, state="discarded")
    changed = [{"id": "default", "pairs": {"min_common_hours": 9}}]
    found = problem(client.put(DOCUMENT, small(policies=changed)), 422, "invalid-request")
    assert pointers(found) == {"#/policies/0/version"}
    assert client.put(DOCUMENT, small(policies=[{**changed[0], "version": 2}])).status_code == 200
    assert len(client.get("/v1/policies/default/versions").get_json()["items"]) == 2


def test_nothing_is_replaced_under_a_published_plan_unless_forced(client, services, network, clock):
    client.put(DOCUMENT, small(member("ada")))
    publish(services, network, clock)
    found = problem(client.put(DOCUMENT, small(member("bob"))), 409, "conflict")
    assert details(found) == {("#", "plan 'plan_1'")}
    assert client.get("/v1/members/ada").status_code == 200
    assert client.put(f"{DOCUMENT}?force=true", small(member("bob"))).get_json()["removed"] == 1


def publish(services, network, clock, state="published"):
    """A plan in some state, with version 1 of the default policy."""
    snapshot = {"network_id": network, "sha256": "0" * 64, "body": b"", "created_at": clock()}
    plan = {
        "network_id": network, "id": "plan_1", "program": "p", "cycle": "c", "kind": "mentoring",
        "policy": "default", "policy_version": 1, "state": state, "status": "optimal", "sentence": "",
        "snapshot": "0" * 64, "created_at": clock(), "changed_at": clock(),
    }  # fmt: skip
    with services.database.write() as connection:
        connection.execute(insert(snapshots).values(snapshot))
        connection.execute(insert(plans).values(plan))


def test_documents_are_sealed_to_their_network(client, root, as_key):
    client.put(DOCUMENT, small(member("ada")))
    root.post("/v1/networks", {"id": "other", "name": "Other"})
    assert "members" not in as_key("other").get(DOCUMENT).get_json()
    answer = as_key("other").put(DOCUMENT, small(member("eve")))
    assert pointers(problem(answer, 422, "invalid-request")) == {"#/id"}
    assert client.get("/v1/members/ada").status_code == 200


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
IDS = st.lists(TEXT.map(str.strip).filter(bool), min_size=2, max_size=6, unique=True)


@st.composite
def documents(draw):
    """Small networks with odd ids, names and orders."""
    ids = draw(IDS)
    people = [
        member(
            identifier,
            name=draw(IDS)[0],
            organization=draw(st.sampled_from(["north", "south"])),
            prefers=draw(st.lists(st.sampled_from([one for one in ids if one != identifier]), unique=True)),
            attributes=draw(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2)),
        )
        for identifier in ids
    ]
    pairs = st.permutations(ids).map(lambda order: {"learner": order[0], "guide": order[1]})
    return small(*people, ended=draw(st.lists(pairs, max_size=3)))


@settings(
    max_examples=10, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(documents())
def test_any_document_comes_out_as_it_went_in(client, document):
    put = client.put(DOCUMENT, data=json.dumps(document).encode(), content_type="application/json")
    assert put.status_code == 200, put.get_data()
    first = client.get(f"{DOCUMENT}?format=jsonl").get_data()
    whole = client.get(DOCUMENT)
    sent, found = (
        [{key: value for key, value in one.items() if value not in ([], {})} for one in some["members"]]
        for some in (document, whole.get_json())
    )
    assert found == sent
    assert client.put(DOCUMENT, data=whole.get_data(), content_type="application/json").status_code == 200
    assert client.get(f"{DOCUMENT}?format=jsonl").get_data() == first

"""Who changed what, before and after: written down for every change, and only ever added to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from matcher.store.tables import audit_log
from tests.api.http.people import member


def entries(client, **query):
    text = "&".join(f"{name}={value}" for name, value in query.items())
    answer = client.get(f"/v1/audit?{text}")
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["items"]


def test_a_change_is_kept_with_what_was_before_and_is_after(people, client):
    before = client.get("/v1/members/ada").get_json()
    answer = client.put("/v1/members/ada", member("ada", name="Ada Lovelace"))
    assert answer.status_code == 200, answer.get_json()
    done, asked = entries(client, path="/v1/members/ada")
    assert (asked["status"], asked["after"], asked["before"]) == (None, None, before)
    assert (done["status"], done["before"], done["after"]["name"]) == (200, None, "Ada Lovelace")
    assert asked["request"] == done["request"] == answer.headers["Request-Id"]
    assert asked["actor"].startswith("key_")


def test_a_refused_change_is_kept_as_refused(people, client):
    assert client.put("/v1/members/ada", {"name": "x"}).status_code == 422
    done, asked = entries(client, path="/v1/members/ada")
    assert (done["status"], done["after"], asked["before"]["name"]) == (422, None, "Ada")


def test_what_is_removed_is_kept(people, client):
    client.put("/v1/members/new", member("new"))
    assert client.delete("/v1/members/new").status_code == 204
    done, asked = entries(client, path="/v1/members/new")[:2]
    assert (done["action"], done["status"], asked["before"]["id"]) == ("DELETE", 204, "new")


def test_reading_is_not_a_change_and_what_only_reads_changes_nothing(people, client):
    client.get("/v1/members")
    client.get("/v1/members/ada")
    assert entries(client) == []


def test_the_log_is_asked_by_actor_request_path_and_time(people, client, as_key, clock):
    other = as_key("net")
    first = client.put("/v1/organizations/east", {"id": "east", "name": "East"})
    clock.forward(hours=1)
    other.put("/v1/organizations/far", {"id": "far", "name": "Far"})
    assert len(entries(client)) == 4
    actor = entries(client, path="/v1/organizations/far")[0]["actor"]
    assert {one["path"] for one in entries(client, actor=actor)} == {"/v1/organizations/far"}
    assert len(entries(client, request=first.headers["Request-Id"])) == 2
    assert len(entries(client, path="/v1/organizations")) == 4
    assert entries(client, path="/v1/organization") == []
    since = (clock() - timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    assert {one["path"] for one in entries(client, since=since)} == {"/v1/organizations/far"}
    assert {one["path"] for one in entries(client, until=since)} == {"/v1/organizations/east"}
    page = client.get("/v1/audit?limit=3").get_json()
    rest = client.get(f"/v1/audit?limit=3&after={page['next']}").get_json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)


def test_secrets_that_are_shown_once_are_not_kept(people, client, services):
    made = client.post("/v1/feeds", {"member": "ada"}).get_json()
    secret = made["url"].rpartition("/")[2].removesuffix(".ics")
    with services.database.read() as connection:
        rows = connection.execute(select(audit_log)).all()
    assert len(rows) == 2
    assert all(secret not in str(row) for row in rows)


def test_another_networks_log_is_not_there(people, client, stranger_key):
    client.put("/v1/organizations/east", {"id": "east", "name": "East"})
    assert entries(stranger_key) == []


@pytest.mark.parametrize("query", ["since=yesterday", "since=2026-01-01T00:00:00", "actor=", "other=1"])
def test_bad_questions_are_refused(client, query):
    assert client.get(f"/v1/audit?{query}").status_code == 422


def test_nothing_changes_or_removes_a_row_but_the_end_of_its_network(root_folder):
    found = [
        path
        for folder in ("matcher", "api")
        for path in (root_folder / folder).rglob("*.py")
        for text in [path.read_text("utf-8")]
        if "update(audit_log" in text or "delete(audit_log" in text
    ]
    assert found == []

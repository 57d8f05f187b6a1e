"""Feeds of every scope over HTTP, as calendars and as JSON."""

from __future__ import annotations

import json

import pytest

JSON, JCAL, CALENDAR = "application/json", "application/calendar+json", "text/calendar"


def path_of(feed):
    return "/" + feed["url"].split("/", 3)[3]


@pytest.fixture
def feed(client, publish):
    """ada's feed, just made."""
    publish(("ada", "gil"), ("cyd", "hal"))
    return client.post("/v1/feeds", {"member": "ada"}).get_json()


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, CALENDAR),
        ("*/*", CALENDAR),
        ("text/calendar, */*;q=0.1", CALENDAR),
        ("text/html,application/xhtml+xml", CALENDAR),
        ("text/calendar;q=0.9, application/json;q=0.8", CALENDAR),
        (JSON, JSON),
        ("application/json, text/calendar;q=0.5", JSON),
        (JCAL, JCAL),
        ("nonsense", CALENDAR),
    ],
)
def test_the_form_is_the_one_that_accept_prefers(stranger, feed, accept, wanted):
    answer = stranger.get(path_of(feed), headers={"Accept": accept} if accept else {})
    assert answer.status_code == 200
    assert answer.mimetype == wanted
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    assert answer.headers["Cache-Control"] == "private, max-age=300"


def test_each_form_has_an_etag_of_its_own_and_304_without_rendering(stranger, feed, monkeypatch):
    path = path_of(feed)
    tags = {
        one: stranger.get(path, headers={"Accept": one}).headers["ETag"] for one in (CALENDAR, JSON, JCAL)
    }
    assert len(set(tags.values())) == 3

    def must_not(*_, **__):
        raise AssertionError("rendered")

    monkeypatch.setattr("matcher.service.feeds.render_feed", must_not)
    for form, tag in tags.items():
        answer = stranger.get(path, headers={"Accept": form, "If-None-Match": tag})
        assert (answer.status_code, answer.get_data(), answer.headers["ETag"]) == (304, b"", tag)
    monkeypatch.undo()
    other = {"Accept": JSON, "If-None-Match": tags[CALENDAR]}
    assert stranger.get(path, headers=other).status_code == 200


def test_an_ended_feed_says_so_in_every_form(client, stranger, feed):
    client.delete(f"/v1/feeds/{feed['id']}")
    found = stranger.get(path_of(feed), headers={"Accept": JSON}).get_json()
    assert (found["events"], found["ended_at"]) == ([], "2026-09-01T12:00:00Z")
    jcal = json.loads(stranger.get(path_of(feed), headers={"Accept": JCAL}).get_data())
    assert "This calendar has ended" in str(jcal)


@pytest.mark.parametrize(
    "subject",
    [
        {"organization": "north"},
        {"program": "mentoring"},
        {"group": {"program": "mentoring", "family": "pairs", "kind": "mentoring", "key": ["ada", "gil"]}},
    ],
)
def test_feeds_of_every_scope_are_made_read_rotated_and_revoked(client, stranger, publish, subject):
    publish(("ada", "gil"))
    made = client.post("/v1/feeds", {**subject, "language": "fr"})
    assert made.status_code == 201, made.get_data()
    feed = made.get_json()
    ((scope, name),) = subject.items()
    assert (feed["scope"], feed[scope], feed["language"]) == (scope, name, "fr")
    assert [feed[one] for one in ("member", "group", "organization", "program") if one != scope] == [None] * 3
    assert stranger.get(path_of(feed)).get_data().count(b"BEGIN:VEVENT") == 6
    assert client.get(f"/v1/feeds?scope={scope}").get_json()["items"][0]["id"] == feed["id"]
    assert client.get("/v1/feeds?scope=member").get_json()["items"] == []
    again = client.post(f"/v1/feeds/{feed['id']}/rotate").get_json()
    assert (again[scope], again["language"]) == (name, "fr")
    assert b"VEVENT" in stranger.get(path_of(again)).get_data()
    assert client.delete(f"/v1/feeds/{again['id']}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"member": "ada", "program": "mentoring"},
        {"group": {"program": "mentoring", "key": ["ada"]}},
        {"group": {"program": "mentoring", "family": "pods", "key": ["a", "b"]}},
        {"member": "ada", "language": "not a language"},
    ],
)
def test_a_feed_is_about_one_thing_that_exists(client, people, body):
    answer = client.post("/v1/feeds", body)
    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/invalid-request"


def test_a_list_is_of_one_thing(client, people):
    answer = client.get("/v1/feeds?member=ada&program=mentoring")
    assert answer.status_code == 422
    assert client.get("/v1/feeds?scope=program&member=ada").status_code == 422
    assert client.get("/v1/feeds?scope=nothing").status_code == 422

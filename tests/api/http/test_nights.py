"""Nights over HTTP: begun, followed, read as JSON and as a page; of the own network only."""

from __future__ import annotations

import pytest

from matcher.service.nightly.advance import advance


@pytest.fixture
def through(services, client, solve):
    """Follows a night to its end, as a server does."""

    def run(night):
        while advance(services, "net", night["id"]).ended_at is None:
            job = client.get("/v1/jobs?limit=1").get_json()["items"][0]
            solve(f"/v1/jobs/{job['id']}")
        return client.get(f"/v1/nights/{night['id']}").get_json()

    return run


def propose_pairs(client):
    change = {"pairs": {}, "nightly": {"mode": "propose", "families": ["pairs"]}}
    answer = client.put("/v1/policies/default", change)
    assert answer.status_code == 201, answer.get_json()
    assert answer.get_json()["nightly"]["families"] == ["pairs"]


def test_a_night_is_begun_followed_and_read(people, client, through):
    assert client.post("/v1/nights", {}).get_json() == {"items": [], "next": None}  # nothing is published
    propose_pairs(client)
    answer = client.post("/v1/nights", {})
    assert answer.status_code == 202
    (night,) = answer.get_json()["items"]
    assert [step["outcome"] for step in night["steps"]] == ["waiting"]
    done = through(night)
    assert (done["state"], [step["outcome"] for step in done["steps"]]) == ("done", ["proposed"])
    assert done["steps"][0]["counts"] == {"added": 3}
    assert client.get(f"/v1/plans/{done['steps'][0]['plan']}").get_json()["state"] == "proposed"
    assert client.get("/v1/nights").get_json()["items"] == [done]
    assert client.get("/v1/nights?program=mentoring").get_json()["items"] == [done]
    assert client.get("/v1/nights?program=other").get_json()["items"] == []
    page = client.get(f"/v1/nights/{night['id']}", headers={"Accept": "text/html"})
    assert page.content_type.startswith("text/html")
    assert "<h2>Mentoring pairs: proposed</h2>" in page.get_data(as_text=True)
    assert "Ada" in page.get_data(as_text=True)


def test_what_cannot_be_begun_is_told(people, client):
    answer = client.post("/v1/nights", {"program": "nothing"})
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/not-found")
    answer = client.post("/v1/nights", {"program": "mentoring"})
    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/invalid-request")
    assert "has no night" in answer.get_json()["detail"]
    assert client.post("/v1/nights", {"programs": "x"}).status_code == 422
    assert client.get("/v1/nights/nothing").status_code == 404


def test_nights_of_another_network_are_not_there(people, client, stranger_key, stranger):
    propose_pairs(client)
    (night,) = client.post("/v1/nights", {}).get_json()["items"]
    assert stranger_key.get(f"/v1/nights/{night['id']}").status_code == 404
    assert stranger_key.get("/v1/nights").get_json()["items"] == []
    assert stranger.get(f"/v1/nights/{night['id']}").status_code == 401

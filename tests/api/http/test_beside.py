"""Plans of one family are made around the published sessions of the other, not only published around them."""

from __future__ import annotations

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.network import Network
from matcher.settings import Settings
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.wiring import Services

HOME = {"ada": "north", "ben": "south", "cem": "west", "dee": "north"}
LEARNERS, GUIDES = ("ada", "ben"), ("cem", "dee")


def person(name, days):
    learns = name in LEARNERS
    return {
        "id": name, "name": name.title(), "organization": HOME[name], "time_zone": "UTC", "wishes": ["water"],
        "availability": [{"day": day, "start": "09:00", "end": "10:00"} for day in days],
        "hours_per_month": 60, "seniority": 2 if learns else 5,
        "seeks": [{"skill": "python", "priority": 5, "level": 3}] if learns else [],
        "offers": [] if learns else [{"skill": "python", "level": 5}],
        "capacities": {"guides_wanted": int(learns), "learners": int(not learns), "pods": 1},
    }  # fmt: skip


def narrow(days):
    return {
        "id": "net",
        "name": "The network",
        "skills": [{"id": "python", "name": "Python"}],
        "organizations": [{"id": one, "name": one.title()} for one in ("north", "south", "west")],
        "policies": [
            {
                "id": "default", "version": 1, "pairs": {"min_common_hours": 1},
                "pods": {"most_newcomers": 100, "veteran_each": False, "quorum": 100},
            }
        ],
        "problems": [
            {"id": "water", "title": "Waste of water", "sponsor": "north", "least_people": 4,
             "most_people": 4, "must_run": True, "most_share": 50},
        ],
        "programs": [
            {"id": "main", "name": "Main", "policy": "default",
             "cycle": {"id": "2026-4", "start": "2026-09-28", "end": "2026-12-20",
                       "weeks_between_sessions": 1}},
        ],
        "members": [person(name, days) for name in HOME],
    }  # fmt: skip


@pytest.fixture
def services(database_url, clock, tmp_path):
    settings = Settings(database=database_url, data=tmp_path / "data", secret="a long random text")
    made = Services(settings, Database(database_url), clock)
    yield made
    made.close()


@pytest.fixture
def formed(services, network_of, client, solve):
    """Makes, approves and publishes a plan of a family; returns its id."""

    def form(family, publish=True):
        path = client.post("/v1/programs/main/plans", {"family": family, "seconds": 1}).headers["Location"]
        job = solve(path)
        assert job["state"] == "done", job
        plan = job["result"]["plan"]
        audit = solve(client.post(f"/v1/plans/{plan}/audit").headers["Location"])
        assert audit["result"]["clean"], audit
        if publish:
            assert client.post(f"/v1/plans/{plan}/approve").status_code == 200
            job = solve(client.post(f"/v1/plans/{plan}/publish").headers["Location"])
            assert job["state"] == "done", job
            assert job["result"]["unscheduled"] == 0
        return plan

    return form


@pytest.fixture
def network_of(services, network, clock):
    """Puts a network in which everybody is free on these days, an hour each."""

    def put(days):
        source = NetworkSource.of(Network.model_validate(narrow(days)))
        with services.database.write() as connection:
            store_document(connection, source, clock())

    return put


def days_of(client, family):
    found = client.get(f"/v1/sessions?family={family}&limit=1000").get_json()["items"]
    return {one["start"][:10] for one in found}, found


def test_pods_meet_when_no_pair_does(client, formed, network_of, solve):
    network_of([1, 2, 3])
    formed("pairs")
    taken, _ = days_of(client, "pairs")
    plan = formed("pods", publish=False)
    (pod,) = client.get(f"/v1/plans/{plan}/pods").get_json()["items"]
    assert sorted(pod["meeting"]["always"]) == sorted(HOME), "at a time that no pair has"
    document = client.get(f"/v1/plans/{plan}/document").get_json()
    assert document["commitments"]["sha256"]
    seat = client.get(f"/v1/plans/{plan}/explain?member=ada&pod=water").get_json()["seat"]
    assert seat["together"], "who asks needs the same sessions"
    assert client.post(f"/v1/plans/{plan}/approve").status_code == 200
    job = solve(client.post(f"/v1/plans/{plan}/publish").headers["Location"])
    assert (job["state"], job["result"]["unscheduled"]) == ("done", 0), job
    met, sessions = days_of(client, "pods")
    assert len(sessions) == 12
    assert not met & taken
    assert {one["start"][11:16] for one in sessions} == {pod["meeting"]["start"]}


def test_who_has_no_time_beside_the_pods_is_in_no_pair(client, formed, network_of):
    network_of([1])
    formed("pods")
    plan = formed("pairs", publish=False)
    assert client.get(f"/v1/plans/{plan}/pairs").get_json()["items"] == []
    unmatched = client.get(f"/v1/plans/{plan}/unmatched").get_json()["items"]
    assert {one["learner"] for one in unmatched} == set(LEARNERS)
    assert all(one["rules"]["hours"] for one in unmatched)


def test_pairs_count_as_having_the_time_that_pods_leave(client, formed, network_of):
    network_of([1, 4])
    formed("pods")
    plan = formed("pairs")
    pairs = client.get(f"/v1/plans/{plan}/pairs").get_json()["items"]
    assert {one["learner"] for one in pairs} == set(LEARNERS)
    assert not days_of(client, "pairs")[0] & days_of(client, "pods")[0]

"""What an operator watches: numbers of the database and of this process, for who has the token only."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.http.app import create_app
from matcher.settings import Settings
from matcher.store.database import Database
from matcher.store.jobs import enqueue
from matcher.wiring import Services

TOKEN = {"Authorization": "Bearer token"}


@pytest.fixture
def services(database_url, clock, tmp_path):
    settings = Settings(database=database_url, data=tmp_path / "data", metrics_token="token")
    made = Services(settings, Database(database_url), clock)
    yield made
    made.close()


def samples(client):
    answer = client.get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in families
        for one in family.samples
    }


def test_numbers_of_jobs_plans_and_requests_are_told(services, people, client, stranger, publish, clock):
    publish(("ada", "gil"))
    with services.database.write() as connection:
        enqueue(connection, "net", "solve", {}, clock(), "mentoring")
    clock.forward(seconds=90)
    client.get("/v1/members")
    found = samples(stranger)
    assert found["peerloom_jobs", (("kind", "solve"), ("state", "queued"))] == 1
    assert found["peerloom_queue_age_seconds", ()] == 90
    assert found["peerloom_mail_age_seconds", ()] == 0
    route = (("method", "GET"), ("route", "/v1/members"), ("status", "200"))
    assert found["peerloom_http_request_seconds_count", route] == 1


def test_a_published_plan_shows_its_coverage_and_gap(services, people, client, stranger, solve):
    job = solve(client.post("/v1/programs/mentoring/plans", {"seconds": 60}).headers["Location"])
    plan = job["result"]["plan"]
    client.post(f"/v1/plans/{plan}/approve")
    solve(client.post(f"/v1/plans/{plan}/publish").headers["Location"])
    own = {"network": "net", "program": "mentoring", "family": "pairs", "kind": "mentoring"}
    first = tuple(sorted({**own, "tier": "places_1"}.items()))
    found = samples(stranger)
    assert found["peerloom_plan_coverage", first] == 3
    assert found["peerloom_plan_gap_ratio", first] == 0
    assert found["peerloom_job_seconds_count", (("kind", "solve"),)] == 1


def test_numbers_are_for_who_has_the_token(services, stranger, database_url, clock, tmp_path):
    assert stranger.get("/metrics").status_code == 401
    assert stranger.get("/metrics", headers={"Authorization": "Bearer tokem"}).status_code == 401
    closed = Services(Settings(database=database_url, data=tmp_path / "d"), Database(database_url), clock)
    try:
        assert create_app(closed).test_client().get("/metrics", headers=TOKEN).status_code == 404
    finally:
        closed.close()


def test_the_ready_check_names_what_stands_still(services, stranger):
    services.checks["jobs"] = lambda: True
    assert stranger.get("/readyz").get_json() == {"status": "ready", "at_work": ["jobs"]}
    services.checks["mails"] = lambda: False
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "mails" in answer.get_json()["detail"]


def test_secrets_of_addresses_are_no_labels(services, stranger):
    stranger.get("/feeds/secret-token.ics")
    stranger.get("/nowhere/secret-token")
    text = stranger.get("/metrics", headers=TOKEN).get_data(as_text=True)
    assert "secret-token" not in text

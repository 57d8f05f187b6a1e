"""The page on which a member looks after their own calendars: signed, for one member, without scripts."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import pytest

from api.http.logs import without_secrets
from matcher.service.busy.links import CalendarLinks
from matcher.store.errors import NotFound
from tests.api.http.people import problem
from tests.api.http.test_busy import TIMES, WEEKLY, busy_in_runs
from tests.api.http.test_busy_addresses import FILE, SECRET, add, services
from tests.https_site import HOST, certificate, guard, say, site
from tests.matcher.calendar.busy.conftest import calendar

__all__ = ["add", "certificate", "guard", "services", "site"]


@pytest.fixture
def link(client, people):
    """The path of ada's page."""
    made = client.post("/v1/members/ada/busy/link", {})
    assert made.status_code == 201
    return made.get_json()["url"].removeprefix("http://127.0.0.1:8000")


@pytest.fixture
def submit(stranger, link):
    """Sends the form, without a key."""

    def run(**fields):
        return stranger("POST", link, data=fields, content_type="multipart/form-data")

    return run


def test_a_member_adds_sees_and_removes_calendars_without_a_key(stranger, link, submit, site, services):
    site.answers[f"/{SECRET}.ics"] = say(200, FILE)
    done = submit(do="address", url=site.url(f"/{SECRET}.ics"))
    assert done.status_code == 200
    assert busy_in_runs(services) == TIMES
    page = stranger.get(link).get_data(as_text=True)
    assert f"{HOST}: 3 busy times, read Tue, 1 Sept 2026, 12:00 (UTC)" in page
    assert SECRET not in page
    assert "Secret" not in page
    source = re.search(r'name="source" value="([^"]+)"', page)[1]
    assert submit(do="remove", source=source).status_code == 200
    assert busy_in_runs(services) == []
    assert submit(do="remove", source=source).status_code == 404


def test_a_file_is_sent_in_a_form(submit, services):
    assert submit(do="file", file=(BytesIO(calendar(WEEKLY)), "me.ics")).status_code == 200
    assert busy_in_runs(services) == TIMES
    refused = submit(do="file", file=(BytesIO(b"Dear all,"), "letter.doc"))
    assert refused.status_code == 422
    assert "BEGIN:VCALENDAR" in refused.get_data(as_text=True)
    assert submit(do="file").status_code == 422
    assert submit(do="file", file=(BytesIO(b"x" * 3_000_000), "large.ics")).status_code == 413
    assert busy_in_runs(services) == TIMES


@pytest.mark.parametrize("url", ["http://example.org/", "https://10.0.0.1/", "", "<script>", "https://a@b/"])
def test_addresses_are_under_the_same_guard(submit, client, url):
    refused = submit(do="address", url=url)
    assert refused.status_code == 422
    assert "<script>" not in refused.get_data(as_text=True)
    assert client.get("/v1/busy").get_json()["items"] == []


def test_a_page_is_kept_by_nobody_and_loads_nothing(stranger, link):
    page = stranger.get(link)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "<script" not in page.get_data(as_text=True)
    assert without_secrets(f"GET {link} 200") == "GET /calendars/... 200"


def test_a_link_is_of_one_member_and_ends(stranger, link, client, clock, services):
    token = link.removeprefix("/calendars/")
    payload, _, signature = token.partition(".")
    links = CalendarLinks.of(services.settings)
    assert links.find(token, clock()) == ("net", "ada")
    of_bea = links.address("net", "bea", clock(), 30)[0].rpartition("/")[2].partition(".")[0]
    for forged in (
        payload,
        f"{payload}.",
        f"{of_bea}.{signature}",
        "x.y",
        f"{payload[:-1]}.{signature}",
        "é.é",
        ".",
    ):
        assert stranger.get(f"/calendars/{forged}").status_code == 404
    for other in ("", "another"):
        with pytest.raises(NotFound):
            replace(links, secret=other).find(token, clock())
    clock.forward(days=30)
    assert stranger.get(link).status_code == 404
    again = client.post("/v1/members/joe/busy/link", {"days": 1}).get_json()["url"]
    client.delete("/v1/members/joe")
    assert stranger.get(again.removeprefix("http://127.0.0.1:8000")).status_code == 404


def test_who_may_make_links(client, stranger, stranger_key, people):
    assert stranger.post("/v1/members/ada/busy/link", {}).status_code == 401
    assert problem(stranger_key.post("/v1/members/ada/busy/link", {}), 404, "not-found")
    assert problem(client.post("/v1/members/ada/busy/link", {"days": 0}), 422, "invalid-request")
    key = {"headers": {"Idempotency-Key": "k"}}
    first, second = (client.post("/v1/members/ada/busy/link", {}, **key).get_json() for _ in range(2))
    assert first["url"]
    assert second == {**first, "url": None}

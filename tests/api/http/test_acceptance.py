"""Acceptance over HTTP: the page that a link opens, the answers, publication that waits, the next best."""

from __future__ import annotations

import re

import pytest

from matcher.domain.settings import AcceptanceSettings, NetworkSettings
from matcher.jobs.kind import JobFailure
from matcher.service.acceptance import Links
from matcher.service.edits import ask_further
from matcher.settings import Settings
from matcher.store.acceptances import acceptances_of
from matcher.store.database import Database
from matcher.store.networks import change_network
from matcher.store.plans import find_plan
from matcher.store.tables import plan_series
from matcher.wiring import Services


@pytest.fixture
def services(database_url, clock, tmp_path):
    settings = Settings(database=database_url, data=tmp_path / "data", secret="a long random text")
    made = Services(settings, Database(database_url), clock)
    yield made
    made.close()


def problem(response, status, code):
    assert response.status_code == status, response.get_data()
    assert response.get_json()["type"] == f"/problems/{code}"
    return response.get_json()["detail"]


@pytest.fixture
def asked(services, client, plan):
    """A plan that was approved where acceptance is needed; its id."""
    settings = NetworkSettings(acceptance=AcceptanceSettings(needed=True))
    with services.database.write() as connection:
        change_network(connection, "net", "The network", settings, services.now())
    assert client.post(f"/v1/plans/{plan}/approve").status_code == 200
    return plan


@pytest.fixture
def link(services, asked):
    """The path under which one side of a pair answers."""

    def make(learner, guide, side):
        with services.database.read() as connection:
            rows = acceptances_of(connection, "net", asked)
        one = next(
            one for one in rows if one.seat == ((learner, guide), {"learner": learner, "guide": guide}[side])
        )
        return f"/answer/{Links.of(services.settings).token(one)}"

    return make


@pytest.fixture
def say(stranger, link):
    """Sends the form of the page."""

    def send(learner, guide, side, answer, note=""):
        path = link(learner, guide, side)
        return stranger("POST", path, data={"answer": answer, "note": note})

    return send


def pairs_of(client, plan):
    return [
        (one["learner"], one["guide"]) for one in client.get(f"/v1/plans/{plan}/pairs").get_json()["items"]
    ]


def everything(client, path):
    found, after = [], ""
    while after is not None:
        page = client.get(f"{path}{'&' if '?' in path else '?'}limit=2&after={after}").get_json()
        found += page["items"]
        after = page["next"]
    return found


def test_the_page_is_small_and_reads_nothing_from_elsewhere(client, stranger, asked, link):
    learner, guide = pairs_of(client, asked)[0]
    answer = stranger.get(link(learner, guide, "learner"))
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert '<form method="post">' in text
    assert "<script" not in text
    assert re.findall(r"(?:src|href|action)=|url\(", text) == []
    assert len(text) < 3_000
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert {one["state"] for one in everything(client, f"/v1/plans/{asked}/acceptances")} == {"open"}


def test_a_note_is_kept_and_shown_as_text(client, asked, say):
    learner, guide = pairs_of(client, asked)[0]
    note = "</textarea><script>alert(1)</script>"
    text = say(learner, guide, "guide", "yes", note).get_data(as_text=True)
    assert "Your answer is yes" in text
    assert "<script" not in text
    (one,) = everything(client, f"/v1/plans/{asked}/acceptances?state=yes")
    assert (one["key"], one["member"], one["note"]) == ([learner, guide], guide, note)
    assert one["answered_at"] == "2026-09-01T12:00:00Z"


def test_a_form_that_does_not_fit_answers_nothing(client, stranger, asked, link):
    learner, guide = pairs_of(client, asked)[0]
    path = link(learner, guide, "learner")
    for form in (
        {},
        {"answer": "maybe"},
        {"answer": "yes", "note": "x" * 501},
        {"answer": "yes", "note": "\0"},
    ):
        assert stranger("POST", path, data=form).status_code == 422
    assert stranger("POST", path, data={"answer": "yes", "note": "x" * 30_000}).status_code == 413
    assert {one["state"] for one in everything(client, f"/v1/plans/{asked}/acceptances")} == {"open"}


def test_unknown_and_late_answers_get_a_page_that_says_so(client, stranger, asked, link, say, clock):
    learner, guide = pairs_of(client, asked)[0]
    path = link(learner, guide, "learner")
    for wrong in (path[:-4] + "AAAA", "/answer/x", path.partition(".")[0]):
        for answer in (stranger.get(wrong), stranger("POST", wrong, data={"answer": "yes"})):
            assert (answer.status_code, answer.mimetype) == (404, "text/html")
    clock.forward(days=7)
    for answer in (stranger.get(path), say(learner, guide, "learner", "yes")):
        assert (answer.status_code, answer.mimetype) == (410, "text/html")
        assert "The time to answer is over." in answer.get_data(as_text=True)


def test_answers_are_sealed_to_their_network(stranger_key, asked):
    problem(stranger_key.get(f"/v1/plans/{asked}/acceptances"), 404, "not-found")


def test_answers_are_listed_in_pages(client, asked, say):
    pairs = pairs_of(client, asked)
    say(*pairs[0], "learner", "yes")
    found = everything(client, f"/v1/plans/{asked}/acceptances")
    assert [(*one["key"], one["member"]) for one in found] == sorted(
        (*pair, member) for pair in pairs for member in pair
    )
    assert len(everything(client, f"/v1/plans/{asked}/acceptances?state=open")) == 2 * len(pairs) - 1
    problem(client.get(f"/v1/plans/{asked}/acceptances?state=maybe"), 422, "invalid-request")


def test_publication_waits_for_both_or_takes_those_who_accepted(client, asked, say, solve):
    pairs = pairs_of(client, asked)
    for side in ("learner", "guide"):
        say(*pairs[0], side, "yes")
    detail = problem(client.post(f"/v1/plans/{asked}/publish"), 409, "conflict")
    assert f"{len(pairs) - 1} pairs" in detail
    problem(client.post(f"/v1/plans/{asked}/publish", {"accepted": True}), 422, "invalid-request")
    answer = client.post(f"/v1/plans/{asked}/publish", {"accepted_only": True})
    job = solve(answer.headers["Location"])
    assert job["state"] == "done", job
    sessions = client.get("/v1/sessions?limit=1000").get_json()["items"]
    assert {tuple(one["key"]) for one in sessions} == {pairs[0]}
    job = solve(client.post("/v1/programs/mentoring/plans", {}).headers["Location"])
    changes = client.get(f"/v1/plans/{job['result']['plan']}/changes").get_json()["items"]
    ran = [(one["learner"], one["guide"]) for one in changes if one["change"] != "added"]
    assert ran == [pairs[0]]  # what was left out does not count as running


def test_after_a_no_the_next_best_is_found_and_asked_in_turn(client, asked, say, solve, stranger, link):
    before = pairs_of(client, asked)
    for side in ("learner", "guide"):
        say(*before[0], side, "yes")
    gone = before[1]
    partner = link(*gone, "learner")
    say(*gone, "guide", "no")
    (job,) = client.get("/v1/jobs?kind=resolve").get_json()["items"]
    done = solve(f"/v1/jobs/{job['id']}")
    assert done["state"] == "done", done
    after = pairs_of(client, asked)
    assert before[0] in after
    assert gone not in after
    states = {}
    for one in everything(client, f"/v1/plans/{asked}/acceptances"):
        states.setdefault(tuple(one["key"]), []).append(one["state"])
    assert states.keys() == {*after, gone}
    assert states[before[0]] == ["yes", "yes"]
    for pair in set(after) - {before[0]}:
        assert states[pair] == ["open", "open"]
    shown = client.get(f"/v1/plans/{asked}").get_json()
    assert (shown["state"], shown["revision"]) == ("approved", 2)
    (edit,) = client.get(f"/v1/plans/{asked}/edits").get_json()["items"]
    assert (edit["edit"]["op"], edit["edit"]["note"], edit["revision"]) == ("forbid", "acceptance", 2)
    assert stranger.get(partner).status_code == 410
    assert say(*gone, "guide", "yes").status_code == 410
    assert "was declined" in problem(client.post(f"/v1/plans/{asked}/resolve", {}), 409, "conflict")


def test_a_pair_that_was_accepted_while_a_run_dropped_it_stays(client, services, asked, say):
    """The run took its pins before the second yes: what it found is not stored."""
    before = pairs_of(client, asked)
    say(*before[0], "learner", "yes")
    say(*before[1], "guide", "no")
    with services.database.write() as connection:
        plan = find_plan(connection, "net", asked)
        learner, guide = before[0]
        columns = plan_series.c
        mine = (columns.plan == asked, columns.key == learner, columns.second == guide)
        kept = connection.execute(plan_series.select().where(*mine)).one()
    say(*before[0], "guide", "yes")
    with services.database.write() as connection:
        connection.execute(plan_series.delete().where(*mine))  # as a revision without the pair
        with pytest.raises(JobFailure, match="accepted while it was solved"):
            ask_further(connection, plan, services.now())
        connection.execute(plan_series.insert().values(kept._mapping))
    assert pairs_of(client, asked) == before

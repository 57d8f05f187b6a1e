"""Webhooks: other programs are told once of what happened, signed, tried again, and never inwards."""

from __future__ import annotations

import json

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from matcher.service.webhooks import sending
from matcher.service.webhooks.sending import WAITS, send_webhooks
from matcher.settings import Settings
from matcher.store.clock import utc_now
from matcher.store.database import Database
from matcher.wiring import Services
from tests.https_site import HOST, certificate, guard, say, site

__all__ = ["certificate", "guard", "site"]

ALL = [
    "plan.proposed",
    "plan.published",
    "plan.retracted",
    "session.changed",
    "member.unmatched",
    "night.done",
]


@pytest.fixture
def services(database_url, clock, tmp_path, guard):
    settings = Settings(database=database_url, data=tmp_path / "data", secret="a secret of this test")
    made = Services(settings, Database(database_url), clock, guard=guard)
    yield made
    made.close()


@pytest.fixture
def hook(client, people, site):
    """Makes a webhook whose receiver answers 204; returns what the answer shows."""
    site.answers["/hook"] = say(204)

    def make(*events, path="/hook"):
        answer = client.post("/v1/webhooks", {"url": site.url(path), "events": list(events or ALL)})
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()

    return make


def received(site, path="/hook"):
    return [(headers, body) for method, at, headers, body in site.asked if (method, at) == ("POST", path)]


def told(site):
    return [json.loads(body)["type"] for _, body in received(site)]


def test_a_ping_arrives_signed_and_is_kept(hook, client, services, site, clock):
    clock.time = utc_now()  # receivers refuse what is five minutes old
    made = hook("plan.published")
    assert made["key"].startswith("whsec_")
    assert "key" not in client.get(f"/v1/webhooks/{made['id']}").get_json()
    sent = client.post(f"/v1/webhooks/{made['id']}/ping").get_json()
    assert send_webhooks(services) == sending.Sent(delivered=1)
    ((headers, body),) = received(site)
    found = Verifier(made["key"]).verify(body, headers)
    assert (found["type"], found["data"], headers["webhook-id"]) == (
        "webhook.ping", {"webhook": made["id"]}, sent["id"],
    )  # fmt: skip
    with pytest.raises(WebhookVerificationError):
        Verifier(made["key"]).verify(body + b" ", headers)
    (kept,) = client.get(f"/v1/webhooks/{made['id']}/messages").get_json()["items"]
    assert (kept["state"], kept["status"], kept["attempts"]) == ("delivered", 204, 1)
    assert send_webhooks(services) == sending.Sent()


def test_what_happens_to_a_plan_is_told_once_with_ids_only(hook, services, site, publish, client):
    hook()
    identifier = publish(("ada", "gil"))
    send_webhooks(services)
    assert sorted(told(site)) == ["plan.published", "session.changed"]
    texts = [body.decode() for _, body in received(site)]
    assert all("Ada" not in text and "@" not in text.replace("@peerloom", "") for text in texts)
    (session,) = [json.loads(text)["data"] for text in texts if "session.changed" in text]
    assert session["plan"] == identifier
    assert {tuple(one["series"]) for one in session["sessions"]} == {("ada", "gil")}
    answer = client.post(f"/v1/plans/{identifier}/retract")
    assert answer.status_code == 200, answer.get_json()
    send_webhooks(services)
    assert sorted(told(site)[2:]) == ["plan.retracted", "session.changed"]


def test_a_run_tells_of_its_plan_and_publication_of_who_is_left_out(hook, services, site, client, solve):
    hook("plan.proposed", "member.unmatched")
    plan = solve(client.post("/v1/programs/mentoring/plans", {"seconds": 60}).headers["Location"])["result"][
        "plan"
    ]
    client.post(f"/v1/plans/{plan}/approve")
    solve(client.post(f"/v1/plans/{plan}/publish").headers["Location"])
    send_webhooks(services)
    found = {one["type"]: one["data"] for _, body in received(site) for one in [json.loads(body)]}
    assert (found["plan.proposed"]["plan"], found["plan.proposed"]["state"]) == (plan, "proposed")
    assert len(found["member.unmatched"]["members"]) == 1
    assert told(site).count("plan.proposed") == 1


def test_a_receiver_that_fails_is_tried_again_and_in_the_end_switched_off(
    hook, services, site, client, clock
):
    site.answers["/hook"] = say(500)
    made = hook("plan.published")
    client.post(f"/v1/webhooks/{made['id']}/ping")
    for wait in WAITS:
        assert send_webhooks(services) == sending.Sent(waiting=1)
        assert send_webhooks(services) == sending.Sent()
        clock.time += wait
    assert send_webhooks(services) == sending.Sent(failed=1)
    ids = {headers["webhook-id"] for headers, _ in received(site)}
    assert (len(received(site)), len(ids)) == (len(WAITS) + 1, 1)
    seen = client.get(f"/v1/webhooks/{made['id']}").get_json()
    assert (seen["enabled"], "answered 500" in seen["problem"]) == (False, True)
    client.post(f"/v1/webhooks/{made['id']}/ping")
    assert send_webhooks(services) == sending.Sent()
    assert client("PATCH", f"/v1/webhooks/{made['id']}", {"enabled": True}).get_json()["enabled"] is True
    site.answers["/hook"] = say(200)
    assert send_webhooks(services) == sending.Sent(delivered=1)


def test_a_message_that_failed_is_sent_again_under_its_id(hook, services, site, client):
    site.answers["/hook"] = say(410)
    made = hook("plan.published")
    sent = client.post(f"/v1/webhooks/{made['id']}/ping").get_json()
    place = f"/v1/webhooks/{made['id']}/messages/{sent['id']}/replay"
    assert client.post(place).status_code == 409
    assert send_webhooks(services) == sending.Sent(failed=1)  # gone is gone
    client("PATCH", f"/v1/webhooks/{made['id']}", {"enabled": True})
    site.answers["/hook"] = say(200)
    assert client.post(place).get_json()["state"] == "waiting"
    assert send_webhooks(services) == sending.Sent(delivered=1)
    assert len({headers["webhook-id"] for headers, _ in received(site)}) == 1


def test_a_further_key_signs_beside_the_one_before(hook, services, site, client, clock):
    clock.time = utc_now()
    made = hook("plan.published")
    further = client.post(f"/v1/webhooks/{made['id']}/key").get_json()["key"]
    client.post(f"/v1/webhooks/{made['id']}/ping")
    send_webhooks(services)
    ((headers, body),) = received(site)
    for key in (made["key"], further):
        assert Verifier(key).verify(body, headers)["type"] == "webhook.ping"
    with pytest.raises(WebhookVerificationError):
        Verifier("whsec_" + "A" * 43 + "=").verify(body, headers)


def test_a_redirect_is_not_followed_and_a_lost_sender_is_replaced(hook, services, site, client, clock):
    site.answers["/hook"] = say(302, Location=site.url("/other"))
    site.answers["/other"] = say(200)
    made = hook("plan.published")
    client.post(f"/v1/webhooks/{made['id']}/ping")
    assert send_webhooks(services) == sending.Sent(waiting=1)
    assert received(site, "/other") == []
    from matcher.store.webhooks import claim_deliveries

    clock.forward(seconds=5)
    with services.database.write() as connection:  # a process takes it, and dies
        assert len(claim_deliveries(connection, clock(), clock() + sending.LEASE, 10)) == 1
    site.answers["/hook"] = say(200)
    assert send_webhooks(services) == sending.Sent()
    clock.time += sending.LEASE
    assert send_webhooks(services) == sending.Sent(delivered=1)


@pytest.mark.parametrize(
    "url",
    ["http://calendar.example.org/hook", "https://10.0.0.1/hook", "https://inner.example/hook",
     f"https://{HOST}:22/hook", "https://user:pass@calendar.example.org/", "file:///etc/passwd"],
)  # fmt: skip
def test_addresses_inside_are_refused(client, people, url):
    answer = client.post("/v1/webhooks", {"url": url, "events": ["plan.published"]})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "#/url")


def test_address_and_key_stand_nowhere_in_clear(hook, services, client, site):
    made = hook("plan.published", path="/hook?token=private-4711")
    with services.database.read() as connection:
        from matcher.store.webhooks import find_webhook

        text = str(find_webhook(connection, "net", made["id"]))
    assert made["key"] not in text
    assert "private-4711" not in text
    again = client.post(
        "/v1/webhooks",
        {"url": site.url("/hook"), "events": ["night.done"]},
        headers={"Idempotency-Key": "one"},
    )
    repeated = client.post(
        "/v1/webhooks",
        {"url": site.url("/hook"), "events": ["night.done"]},
        headers={"Idempotency-Key": "one"},
    )
    assert repeated.get_json()["id"] == again.get_json()["id"]
    assert "key" not in repeated.get_json()


def test_webhooks_of_another_network_are_not_there(hook, client, stranger_key):
    made = hook("plan.published")
    place = f"/v1/webhooks/{made['id']}"
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/key"),
        ("POST", "/ping"),
        ("GET", "/messages"),
    ):
        assert stranger_key(method, place + path).status_code == 404
    assert stranger_key.get("/v1/webhooks").get_json()["items"] == []
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404

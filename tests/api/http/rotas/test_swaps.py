"""Turns of a published rota change hands: by a coordinator, or between two people."""

from __future__ import annotations

import re
from html import unescape

from matcher.calendar.events import Mailbox
from matcher.mail.message import Envelope
from matcher.service.acceptance import Links
from matcher.service.offers import OFFER, offer_address, offer_mail
from matcher.store.offers import offers_of
from matcher.store.outbox import list_mails
from matcher.store.recipients import recipients
from tests.api.http.rotas.conftest import items, turn_of


def test_two_people_swap_turns_of_a_published_rota(client, published, solve):
    path = f"/v1/plans/{published}"
    turns = {one["id"]: one for one in items(client, f"{path}/turns")}
    own = turn_of(client, published, "water", 0)
    options = client.get(f"{path}/turns/{own['id']}/stand-ins").get_json()["stand_ins"]
    place = next(one["place"] for one in options if one["gives"])
    other = turn_of(client, published, place["key"][0], place["index"])
    swap = {"turn": own["id"], "other_turn": other["id"]}
    assert client.post(f"{path}/swaps/price", swap).status_code == 200
    before = {one["id"]: one for one in items(client, "/v1/sessions")}
    answer = client.post(f"{path}/swaps", swap)
    assert answer.status_code == 202, answer.get_json()
    ledgers = {one["member"]: one for one in answer.get_json()["price"]["ledgers"]}
    assert ledgers.keys() == {own["member"], other["member"]}
    assert all(one["turns_before"] == one["turns_after"] for one in ledgers.values())
    job = solve(answer.headers["Location"])
    assert job["state"] == "done", job
    assert (job["result"]["revision"], job["result"]["changed"]) == (2, 2)
    after = {one["id"]: one["member"] for one in items(client, f"{path}/turns")}
    assert (after[own["id"]], after[other["id"]]) == (other["member"], own["member"])
    assert {one for one in after if after[one] != turns[one]["member"]} == {own["id"], other["id"]}
    held = {one["id"]: one for one in items(client, "/v1/sessions")}
    changed = {one for one in held if held[one] != before[one]}
    assert changed == {one["id"].rsplit("-", 2)[0] for one in (own, other)}
    assert {held[one]["sequence"] for one in changed} == {1}
    audit = solve(client.post(f"{path}/audit").headers["Location"])
    assert audit["result"]["clean"], audit["result"]["objections"]
    stale = client.post(f"{path}/swaps", {"turn": own["id"], "other_turn": own["id"]})
    assert stale.status_code == 422
    same = client.post(f"{path}/swaps", {"turn": own["id"], "member": other["member"]})
    assert (same.status_code, "already" in same.get_json()["detail"]) == (409, True)
    client.post(f"{path}/retract", {})
    assert items(client, "/v1/sessions?state=scheduled") == []


def test_a_swap_that_breaks_a_rule_is_refused_by_name(client, published):
    path = f"/v1/plans/{published}"
    turn = turn_of(client, published, "open", 0)
    answer = client.post(f"{path}/swaps", {"turn": turn["id"], "member": "hal"})
    assert answer.status_code == 409, answer.get_json()
    assert "hal may not take" in answer.get_json()["detail"]
    unknown = client.post(f"{path}/swaps", {"turn": turn["id"], "member": "nobody"})
    assert unknown.status_code == 404
    assert client.post(f"{path}/swaps", {"turn": "none", "member": "ada"}).status_code == 404


def test_one_asks_another_by_link_and_a_yes_makes_the_swap(client, stranger, services, published, solve):
    path = f"/v1/plans/{published}"
    own = turn_of(client, published, "water", 0)
    found = client.get(f"{path}/turns/{own['id']}/address").get_json()
    assert found["member"] == own["member"]
    page = "/answer/turn/" + found["url"].rpartition("/")[2]
    shown = stranger.get(page).get_data(as_text=True)
    assert "Waste of water" in shown
    values = [unescape(one) for one in re.findall('value="([^"]+)"', shown)]
    choice = next(one for one in values if one.startswith("member "))
    asked = stranger.post(page, data={"choice": choice})
    assert (asked.status_code, "no answer yet" in asked.get_data(as_text=True)) == (200, True)
    assert stranger.post(page, data={"choice": choice}).status_code == 200
    (offer,) = client.get(f"{path}/swaps/offers").get_json()["items"]
    assert (offer["giver"], f"member {offer['taker']}", offer["state"]) == (own["member"], choice, "open")
    with services.database.read() as connection:
        (asking,) = offers_of(connection, "net", published)
        held = list_mails(connection, "net", offer["taker"], "held", "", 99)
        (mail,) = [one for one in held if one.letter.kind == OFFER]
        reader = recipients(connection, "net", [offer["taker"]])[offer["taker"]]
        box = Mailbox(reader.member.name, reader.member.email)
        envelope = Envelope(box, box, "robot@mail.example", mail.letter.message_id, mail.created_at)
        written = offer_mail(connection, mail, reader, envelope, Links.of(services.settings))
    text = written.data.decode().replace("=\r\n", "")
    address = offer_address(Links.of(services.settings), asking)
    assert address.replace("=", "=3D") in text or address in text
    reply = "/answer/swap/" + address.rpartition("/")[2]
    assert "asks you to take a turn" in stranger.get(reply).get_data(as_text=True)
    assert stranger.post(reply, data={"answer": "maybe"}).status_code == 422
    assert "Your answer is yes" in stranger.post(reply, data={"answer": "yes"}).get_data(as_text=True)
    (offer,) = client.get(f"{path}/swaps/offers").get_json()["items"]
    assert solve(f"/v1/jobs/{offer['job']}")["state"] == "done"
    assert turn_of(client, published, "water", 0)["member"] == offer["taker"]
    assert stranger.get(page).status_code == 410
    assert stranger.get(page[:-3] + "AAA").status_code == 404
    assert stranger.get(reply[:-3] + "AAA").status_code == 404
    assert "Your answer is yes" in stranger.post(reply, data={"answer": "no"}).get_data(as_text=True)


def test_a_coordinator_lets_somebody_stand_in_within_the_frozen_days(client, frozen, make, solve):
    plan = frozen(late_swaps=False, most_broken=0)
    path = f"/v1/plans/{plan}"
    own = turn_of(client, plan, "water", 0)
    found = client.get(f"{path}/turns/{own['id']}/stand-ins").get_json()["stand_ins"]
    other = next(one["member"] for one in found if one["gives"] is None)
    answer = client.post(f"{path}/swaps", {"turn": own["id"], "member": other})
    assert answer.status_code == 202, answer.get_json()
    assert {one["member"] for one in answer.get_json()["price"]["ledgers"]} == {own["member"], other}
    assert solve(answer.headers["Location"])["state"] == "done"
    now = turn_of(client, plan, "water", 0)
    assert (now["member"], now["handed"], now["fixed"]) == (other, True, False)
    (told,) = items(client, f"{path}/changes?member={other}")
    assert (told["reason"], told["avoidable"]) == ("handed", False)
    audit = solve(client.post(f"{path}/audit").headers["Location"])
    assert audit["result"]["clean"], audit["result"]["objections"]
    later = make()
    assert turn_of(client, later, "water", 0)["member"] == turn_of(client, plan, "water", 0)["member"]


def test_two_people_swap_within_the_frozen_days_only_if_the_policy_allows_it(client, stranger, frozen):
    plan = frozen(late_swaps=False)
    path = f"/v1/plans/{plan}"
    own = turn_of(client, plan, "water", 0)
    page = (
        "/answer/turn/" + client.get(f"{path}/turns/{own['id']}/address").get_json()["url"].rpartition("/")[2]
    )
    shown = stranger.get(page).get_data(as_text=True)
    assert ("too near" in shown, "<select" in shown) == (True, False)
    stand_in = client.get(f"{path}/turns/{own['id']}/stand-ins").get_json()["stand_ins"][0]["member"]
    refused = stranger.post(page, data={"choice": f"member {stand_in}"})
    assert (refused.status_code, "too near" in refused.get_data(as_text=True)) == (410, True)
    assert items(client, f"{path}/swaps/offers") == []


def test_two_people_swap_within_the_frozen_days_by_default(client, stranger, frozen):
    plan = frozen()
    own = turn_of(client, plan, "water", 0)
    url = client.get(f"/v1/plans/{plan}/turns/{own['id']}/address").get_json()["url"]
    page = "/answer/turn/" + url.rpartition("/")[2]
    values = [
        unescape(one) for one in re.findall('value="([^"]+)"', stranger.get(page).get_data(as_text=True))
    ]
    assert stranger.post(page, data={"choice": values[0]}).status_code == 200
    assert len(items(client, f"/v1/plans/{plan}/swaps/offers")) == 1


def test_nobody_is_asked_before_a_rota_is_published(root, client):
    settings = {"acceptance": {"needed": True, "families": ["rota"]}}
    answer = root.put("/v1/networks/net", {"id": "net", "name": "Net", "settings": settings})
    assert (answer.status_code, "swap turns" in str(answer.get_json()["errors"])) == (422, True)

"""Rotas over HTTP: made around running pods, read, asked, edited, published, swapped, taken back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from matcher.calendar.events import Mailbox
from matcher.documents.read import NetworkSource
from matcher.domain.network import Network
from matcher.mail.message import Envelope
from matcher.service.acceptance import Links
from matcher.service.offers import OFFER, offer_address, offer_mail
from matcher.settings import Settings
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.store.offers import offers_of
from matcher.store.outbox import list_mails
from matcher.store.recipients import recipients
from matcher.wiring import Services

WATER, FOOD = ("ada", "ben", "cem", "dee"), ("eva", "fay", "gus", "hal")
HOME = dict(zip(WATER + FOOD, ("north", "south", "west") * 3, strict=False))


def person(name, **more):
    week = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]
    return {
        "id": name, "name": name.title(), "organization": HOME[name], "time_zone": "UTC", "training": "lead",
        "availability": week, "hours_per_month": 40, "roles": ["learner", "guide"], "languages": ["en"],
        "email": f"{name}@mail.example", **more,
    }  # fmt: skip


RUNNING = [
    {"pod": name, "members": list(members),
     "meeting": {"weekday": 3, "start": "10:00", "time_zone": "UTC"}}
    for name, members in (("water", WATER), ("food", FOOD))
]  # fmt: skip
NETWORK = {
    "format": "peerloom-network/1",
    "id": "net",
    "name": "The network",
    "organizations": [{"id": one, "name": one.title()} for one in ("north", "south", "west")],
    "policies": [
        {"id": "default", "version": 1,
         "rota": {"facilitators": {"pod": {"lead": 1, "co": 0, "shadow": 0},
                                   "forum": {"lead": 1, "co": 0, "shadow": 0}}, "frozen_days": 0}},
    ],
    "problems": [
        {"id": "water", "title": "Waste of water", "sponsor": "north", "statement": "Half of it is lost."},
        {"id": "food", "title": "Food left over", "sponsor": "south"},
    ],
    "forums": [{"id": "open", "title": "Open hour", "expert": "hal"}],
    "running_pods": RUNNING,
    "programs": [
        {"id": "main", "name": "Main", "policy": "default",
         "cycle": {"id": "2026-4", "start": "2026-09-28", "end": "2026-10-25", "weeks_between_sessions": 2}},
    ],
    "members": [person(name) for name in WATER + FOOD],
}  # fmt: skip
"""Two running pods of four and a forum, two sessions each: six turns among eight leads."""


@pytest.fixture
def services(database_url, clock, tmp_path):
    settings = Settings(database=database_url, data=tmp_path / "data", secret="a long random text")
    made = Services(settings, Database(database_url), clock)
    yield made
    made.close()


@pytest.fixture
def stored(services, network, clock):
    with services.database.write() as connection:
        store_document(connection, NetworkSource.of(Network.model_validate(NETWORK)), clock())


@pytest.fixture
def make(client, stored, solve):
    """Runs a rota; the id of the plan."""

    def run(**more):
        body = {"family": "rota", "seconds": 3, **more}
        job = solve(client.post("/v1/programs/main/plans", body).headers["Location"])
        assert job["state"] == "done", job
        return job["result"]["plan"]

    return run


def items(client, path):
    response = client.get(path)
    assert response.status_code == 200, response.get_json()
    return response.get_json()["items"]


def test_a_rota_is_made_and_read_list_by_list(client, make):
    plan = make()
    shown = client.get(f"/v1/plans/{plan}").get_json()
    assert (shown["family"], shown["kind"], shown["state"]) == ("rota", None, "proposed")
    assert (shown["counts"]["series"], shown["counts"]["sessions"], shown["counts"]["turns"]) == (3, 6, 6)
    path = f"/v1/plans/{plan}"
    assert [one["key"] for one in items(client, f"{path}/series")] == [["open"], ["food"], ["water"]]
    first = client.get(f"{path}/series?limit=1").get_json()
    rest = client.get(f"{path}/series?limit=5&after={first['next']}").get_json()
    assert ([one["kind"] for one in first["items"] + rest["items"]], rest["next"]) == (
        ["forum", "pod", "pod"],
        None,
    )
    turns = items(client, f"{path}/turns")
    assert len(turns) == 6
    assert [one["start"] for one in turns] == sorted(one["start"] for one in turns)
    assert len({one["id"] for one in turns}) == 6
    taker = turns[0]["member"]
    mine = items(client, f"{path}/turns?member={taker}&role=lead")
    assert {one["member"] for one in mine} == {taker}
    assert items(client, f"{path}/turns?open=true") == items(client, f"{path}/open-turns") == []
    paged, after = [], ""
    while after is not None:
        page = client.get(
            f"{path}/turns?limit=2&open=false" + (f"&after={after}" if after else "")
        ).get_json()
        paged += page["items"]
        after = page["next"]
    assert paged == turns
    (me,) = items(client, f"{path}/ledgers?member={taker}")
    assert sum(me["turns"].values()) == len(mine)
    assert {one["organization"] for one in items(client, f"{path}/shares")} <= {"north", "south", "west"}
    assert items(client, f"{path}/no-time") == []
    assert {one["mode"] for one in items(client, f"{path}/modes")} == {"stable", "rotating"}
    assert client.get(f"{path}/document").get_json()["format"] == "peerloom-rota/1"
    assert items(client, f"{path}/pairs") == items(client, f"{path}/pods") == []


def turn_of(client, plan, key, week):
    (one,) = [
        one
        for one in items(client, f"/v1/plans/{plan}/turns")
        if one["key"] == [key] and one["index"] == week
    ]
    return one


def test_who_could_take_a_turn_and_when_a_group_could_meet(client, make):
    plan = make()
    path = f"/v1/plans/{plan}"
    turn = turn_of(client, plan, "water", 0)
    told = client.get(f"{path}/turns/{turn['id']}/stand-ins").get_json()
    assert (told["turn"]["member"], told["title"], told["key"]) == (
        turn["member"],
        "Waste of water",
        ["water"],
    )
    assert told["stand_ins"]
    assert turn["member"] not in {one["member"] for one in told["stand_ins"]}
    first = told["stand_ins"][0]
    moves = {(one["member"], one["change"]) for one in first["effect"]["moves"]}
    assert {(turn["member"], "ends"), (first["member"], "starts")} <= moves
    times = client.get(f"{path}/times?kind=pod&key=water").get_json()
    assert sum(one["chosen"] for one in times["times"]) == 1
    assert times["times"][0]["sessions"] == 2
    me = client.get(f"{path}/explain?member={turn['member']}").get_json()["turns"]
    assert (["water"], 0) in [(one["key"], one["index"]) for one in me["turns"]]
    assert client.get(f"{path}/turns/nothing/stand-ins").status_code == 404
    assert client.get(f"{path}/times?kind=pod&key=moon").status_code == 404


def test_a_turn_is_given_away_by_an_edit_and_the_rest_stays(client, make, solve):
    plan = make()
    path = f"/v1/plans/{plan}"
    before = {one["id"]: one["member"] for one in items(client, f"{path}/turns")}
    turn = turn_of(client, plan, "water", 0)
    other = client.get(f"{path}/turns/{turn['id']}/stand-ins").get_json()["stand_ins"][0]["member"]
    name = {"key": ["water"], "index": 0, "role": "lead"}
    edit = {"op": "move", "member": turn["member"], "turn": name, "other_member": other}
    answer = client.post(f"{path}/edits", edit)
    assert answer.status_code == 201, answer.get_json()
    assert {one["change"] for one in answer.get_json()["price"]["effect"]["moves"]} == {"starts", "ends"}
    clash = client.post(f"{path}/edits", {"op": "pin", "member": turn["member"], "turn": name})
    assert clash.status_code == 409
    wrong = client.post(f"{path}/edits", {"op": "move", "member": turn["member"], "turn": name})
    assert wrong.status_code == 422
    job = solve(client.post(f"{path}/resolve", {"seconds": 3}).headers["Location"])
    assert job["state"] == "done", job
    after = {one["id"]: one["member"] for one in items(client, f"{path}/turns")}
    assert after[turn["id"]] == other
    assert {one for one in after if after[one] != before[one]} == {turn["id"]}
    changes = items(client, f"{path}/changes?member={other}")
    assert [(one["change"], one["before"], one["after"]) for one in changes] == [
        ("taken_over", turn["member"], other)
    ]
    audit = solve(client.post(f"{path}/audit").headers["Location"])
    assert audit["result"]["clean"], audit["result"]["objections"]


def test_a_rota_is_published_and_taken_back(client, make, solve):
    plan = make()
    path = f"/v1/plans/{plan}"
    assert client.post(f"{path}/approve", {}).status_code == 200
    job = solve(f"/v1/jobs/{client.post(f'{path}/publish', {}).get_json()['job']}")
    assert job["state"] == "done", job
    held = items(client, "/v1/sessions?state=scheduled")
    assert len(held) == 6
    turns = {one["id"].rsplit("-", 2)[0]: one for one in items(client, f"{path}/turns")}
    for one in held:
        turn = turns[one["id"]]
        assert one["start"] == turn["start"]
        assert one["roles"] == {turn["member"]: "lead"}
    feed = client.post("/v1/feeds", {"member": turns[held[0]["id"]]["member"]}).get_json()["url"]
    text = client.get("/feeds/" + feed.rpartition("/")[2]).get_data(as_text=True)
    assert "(you lead)" in text.replace("\r\n ", "")
    done = client.post(f"{path}/retract", {}).get_json()
    assert done["cancelled"] == 6
    assert items(client, "/v1/sessions?state=scheduled") == []


@pytest.fixture
def published(client, make, solve):
    """The id of a published rota."""
    plan = make()
    client.post(f"/v1/plans/{plan}/approve", {})
    job = solve(f"/v1/jobs/{client.post(f'/v1/plans/{plan}/publish', {}).get_json()['job']}")
    assert job["state"] == "done", job
    return plan


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


def test_a_closed_cycle_stands_in_the_ledgers_once(client, published, clock):
    path = "/v1/programs/main/cycles/2026-4"
    assert client.get(f"{path}/ledger").status_code == 404
    early = client.post(f"{path}/close", {})
    assert (early.status_code, "lasts until 2026-10-25" in early.get_json()["detail"]) == (409, True)
    turns = items(client, f"/v1/plans/{published}/turns")
    clock.forward(days=60)
    done = client.post(f"{path}/close", {}).get_json()
    assert sum(one.get("lead", 0) for one in done["added"].values()) == len(turns)
    for member in {one["member"] for one in turns}:
        ledger = client.get(f"/v1/members/{member}").get_json()["ledger"]
        assert ledger["lead"] == sum(one["member"] == member for one in turns)
        assert ledger["cycles"] == 1
    assert client.post(f"{path}/close", {}).get_json() == done
    assert client.get(f"{path}/ledger").get_json() == done
    assert client.get(f"/v1/members/{turns[0]['member']}").get_json()["ledger"]["cycles"] == 1
    refused = client.post(f"/v1/plans/{published}/retract", {})
    assert (refused.status_code, "ledgers" in refused.get_json()["detail"]) == (409, True)
    assert client.post("/v1/programs/main/cycles/other/close", {}).status_code == 404


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


def test_a_session_is_moved_by_hand_and_the_rest_is_solved_around_it(client, make, solve):
    plan = make()
    path = f"/v1/plans/{plan}"
    before = {(one["kind"], one["key"][0], s["index"]): s["start"]
              for one in items(client, f"{path}/series") for s in one["sessions"]}  # fmt: skip
    taken = [datetime.fromisoformat(one) for one in before.values()]
    hours = [datetime(2026, 9, 29 + k // 7, 9 + k % 7, tzinfo=UTC) for k in range(14)]
    free = next(one for one in hours if all(abs(one - other) >= timedelta(hours=1) for other in taken))
    start = f"{free:%Y-%m-%dT%H:%M:%SZ}"
    edit = {"op": "retime", "turn": {"key": ["water"], "index": 0}, "start": start, "note": "a visit"}
    answer = client.post(f"{path}/edits", edit)
    assert (answer.status_code, answer.get_json()["price"]["sentences"][0]) == (201, "4 of 4 can come then.")
    night = client.post(f"{path}/edits", {**edit, "start": "2026-09-29T03:00:00Z"})
    assert (night.status_code, "0 of 4 can come" in night.get_json()["detail"]) == (409, True)
    for wrong in ({"role": "lead"}, {"index": None}):
        assert client.post(f"{path}/edits", {**edit, "turn": {**edit["turn"], **wrong}}).status_code == 422
    astray = {"op": "pin", "learner": "ada", "guide": "gus", "start": start}
    assert client.post(f"{path}/edits", astray).status_code == 422
    job = solve(client.post(f"{path}/resolve", {"seconds": 3}).headers["Location"])
    assert job["state"] == "done", job
    after = {(one["kind"], one["key"][0], s["index"]): s["start"]
             for one in items(client, f"{path}/series") for s in one["sessions"]}  # fmt: skip
    assert after.pop(("pod", "water", 0)) == start
    assert {place: when for place, when in after.items() if before[place] != when} == {}
    audit = solve(client.post(f"{path}/audit").headers["Location"])
    assert audit["result"]["clean"], audit["result"]["objections"]


def test_forums_are_parts_of_a_network_and_hold_together(client, stored):
    lab = {"id": "lab", "title": "Lab", "expert": "gus", "members": ["ada", "ben"]}
    assert client.put("/v1/forums/lab", lab).status_code == 201
    assert [one["id"] for one in items(client, "/v1/forums")] == ["lab", "open"]
    wrong = client.put("/v1/forums/lab", {**lab, "expert": "nobody"})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["pointer"]) == (422, "#/expert")
    assert client.put("/v1/forums/lab", {**lab, "id": "water"}).status_code == 422
    named = client.delete("/v1/members/gus")
    assert (named.status_code, "forum 'lab'" in str(named.get_json()["errors"])) == (409, True)
    fixed = {"forums": ["lab"], "pins": [{"member": "ada", "key": ["lab"], "must": "take"}]}
    pinned = {**NETWORK["programs"][0], "rota": fixed}
    assert client.put("/v1/programs/main", pinned).status_code == 200
    used = client.delete("/v1/forums/lab")
    assert (used.status_code, "program 'main'" in str(used.get_json()["errors"])) == (409, True)
    many = client.post("/v1/forums/bulk", [lab, {**lab, "id": "talk", "title": "Talk"}]).get_json()
    assert (many["created"], many["unchanged"]) == (1, 1)


def test_two_rotas_are_compared_turn_by_turn(client, make):
    one, two = make(), make(seed=7, policy={"id": "default", "version": 1})
    answer = client.get(f"/v1/plans/{one}/compare?with={two}").get_json()
    turns = [
        {(t["member"], t["id"]) for t in items(client, f"/v1/plans/{plan}/turns")} for plan in (one, two)
    ]
    assert (answer["same_people"], answer["same_points"]) == (True, True)
    assert answer["kept"] == len(turns[0] & turns[1])
    assert answer["kept"] + answer["added"] == answer["kept"] + answer["dropped"] == 6


def test_nobody_is_asked_before_a_rota_is_published(root, client):
    settings = {"acceptance": {"needed": True, "families": ["rota"]}}
    answer = root.put("/v1/networks/net", {"id": "net", "name": "Net", "settings": settings})
    assert (answer.status_code, "swap turns" in str(answer.get_json()["errors"])) == (422, True)

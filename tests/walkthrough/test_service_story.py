"""A coordinator's way with the service: from a spreadsheet to a calendar that changes, over real sockets.

`peerloom serve` runs in a process of its own, asked as any client would; vdirsyncer and khal read the feed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from tests.clients.khal import Client
from tests.serving import Server

ADA, CEM, DEE, BEN = "ada@north.example", "cem@south.example", "dee@south.example", "ben@north.example"
EVA, FAY, GIL, HAL = "eva@west.example", "fay@west.example", "gil@north.example", "hal@south.example"
PAIRS = {(ADA, CEM), (DEE, BEN), (EVA, BEN), (GIL, FAY)}


@pytest.fixture
def server(tmp_path):
    """A fresh installation."""
    running = Server(tmp_path, f"sqlite:///{tmp_path}/peerloom.db")
    yield running
    if running.process.poll() is None:
        running.stop()


def send(server, method, path, data=None, **headers):
    """Status, headers and body of an answer."""
    heads = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
    heads |= {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(server.url + path, data, heads, method=method), timeout=60) as answer:
            return answer.status, answer.headers, json.loads(answer.read())
    except HTTPError as error:
        with error:
            return error.code, error.headers, json.loads(error.read())


def watch(server, job):
    """The server-sent events of a job until its end, as (event, data)."""
    head = {"Authorization": f"Bearer {server.key}"}
    found = []
    with urlopen(Request(f"{server.url}/v1/jobs/{job}/events", headers=head), timeout=60) as stream:
        for line in stream:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "event":
                found.append((value, None))
            elif name == "data":
                found[-1] = (found[-1][0], json.loads(value))
    return found


def pairs(server, plan):
    return {(one["learner"], one["guide"]) for one in server("GET", f"/v1/plans/{plan}/pairs")["items"]}


def publish(server, plan):
    tag = send(server, "GET", f"/v1/plans/{plan}")[1]["ETag"]
    status, heads, _ = send(server, "POST", f"/v1/plans/{plan}/approve", If_Match=tag)
    assert status == 200
    status, _, body = send(server, "POST", f"/v1/plans/{plan}/publish", If_Match=heads["ETag"])
    assert status == 202
    server.wait_for(body["job"])


def test_from_a_spreadsheet_to_a_calendar_that_changes(server, tmp_path, sheet, peerloom):
    def new_key(*options):
        address = ("--database", f"sqlite:///{tmp_path}/peerloom.db")
        return peerloom(tmp_path, "key", "create", *options, *address).stdout.strip()

    # A network is made with the installation's key; from then on its own key is enough.
    server.key = new_key()
    assert send(server, "POST", "/v1/networks", b'{"id": "net", "name": "Net"}')[0] == 201
    server.key = new_key("--network", "net")

    # People are imported. A bad row is named, and nothing is half imported; then all come.
    bad = sheet.replace("Europe/Madrid,Tue", "Europe/Madird,Tue").encode()
    status, _, body = send(server, "POST", "/v1/members/bulk", bad, Content_Type="text/csv")
    assert (status, [one["line"] for one in body["errors"]]) == (422, [6])
    assert server("GET", "/v1/members")["items"] == []
    status, _, body = send(server, "POST", "/v1/members/bulk", sheet.encode(), Content_Type="text/csv")
    assert (status, body["created"], len(body["sheet"]["organizations_added"])) == (200, 8, 3), body

    # A program of eight weeks; and a policy that is changed under the ETag that was read.
    today = datetime.now(UTC)
    monday = today.date() + timedelta(days=7 - today.weekday())
    cycle = {"id": "c", "start": f"{monday}", "end": f"{monday + timedelta(days=55)}"}
    program = {"id": "mentoring", "name": "Mentoring", "policy": "default", "cycle": cycle}
    assert server("PUT", "/v1/programs/mentoring", program)["version"] == 1
    _, heads, policy = send(server, "GET", "/v1/policies/default")
    change = json.dumps({"pairs": {**policy["pairs"], "min_common_hours": 5}}).encode()
    assert send(server, "PUT", "/v1/policies/default", change, If_Match=heads["ETag"])[0] == 201
    assert send(server, "PUT", "/v1/policies/default", change, If_Match=heads["ETag"])[0] == 412
    (difference,) = server("GET", "/v1/policies/default/compare?from=1&to=2")["differences"]
    assert (difference["old"], difference["new"]) == (4, 5)

    # Before any run: whom could they meet, and why can Hal meet nobody?
    found = server("GET", f"/v1/programs/mentoring/candidates?member={quote(HAL)}")
    assert (found["eligible"], found["items"]) == (0, [])
    assert any(one["code"] == "language" for one in found["rules"]), found["rules"]

    # A run, watched live to its end; its answer is proven.
    job = server("POST", "/v1/programs/mentoring/plans", {})["id"]
    events = watch(server, job)
    assert [name for name, _ in events] == ["progress"] * (len(events) - 1) + ["end"]
    plan = events[-1][1]["result"]["plan"]
    found = server("GET", f"/v1/plans/{plan}")
    assert (found["state"], found["status"]) == ("proposed", "optimal")
    assert [tier["value"] for tier in found["tiers"]] == [tier["bound"] for tier in found["tiers"]]
    assert pairs(server, plan) == PAIRS

    # Why this pair, why not that one, and why nobody for Hal?
    asked = server("GET", f"/v1/plans/{plan}/explain?learner={ADA}&guide={CEM}")["pair"]
    assert asked["together"]
    asked = server("GET", f"/v1/plans/{plan}/explain?learner={EVA}&guide={CEM}")["pair"]
    assert (asked["together"], asked["eligible"]) == (False, True)
    assert asked["sentences"]
    asked = server("GET", f"/v1/plans/{plan}/explain?member={HAL}")["member"]
    assert asked["roles"][0]["reason"] == "no_eligible_guide"

    # Eva with Cem? The price is told at once: somebody would be left out. So it is undone, and Ada keeps Cem.
    edit = server("POST", f"/v1/plans/{plan}/edits", {"op": "pin", "learner": EVA, "guide": CEM})
    tier = edit["price"]["effect"]["tiers"][0]
    assert (tier["words"], tier["before"], tier["after"]) == ("learners with a guide", 4, 3)
    assert {"learner": ADA, "guide": CEM, "change": "ends"} in edit["price"]["effect"]["moves"]
    server("POST", f"/v1/plans/{plan}/edits", {"op": "undo"})
    server("POST", f"/v1/plans/{plan}/edits", {"op": "pin", "learner": ADA, "guide": CEM})
    watched = watch(server, server("POST", f"/v1/plans/{plan}/resolve", {})["id"])
    assert watched[-1][1]["state"] == "done"
    assert server("GET", f"/v1/plans/{plan}")["revision"] == 2
    assert pairs(server, plan) == PAIRS
    result = server.wait_for(server("POST", f"/v1/plans/{plan}/audit")["id"])
    assert result["clean"], result

    # Approved and published: everybody's sessions stand, and a calendar program shows them.
    publish(server, plan)
    feed = server("POST", "/v1/feeds", {"member": GIL})
    client = Client(tmp_path / "client", f"{server.url}/feeds/{feed['token']}.ics")
    theirs = server("GET", f"/v1/sessions?member={GIL}")["items"]
    seen = client.sync()
    assert len(seen) == len(theirs) > 1

    # Fay is busy when they would meet the second time: the next plan moves that session, once, and no other.
    busy = [{"start": theirs[1]["start"], "end": theirs[1]["end"]}]
    fay = server("GET", f"/v1/members/{FAY}")
    profile = {k: v for k, v in fay.items() if k not in ("version", "changed_at", "channel")}
    server("PUT", f"/v1/members/{FAY}", {**profile, "busy": busy})
    others = [one for one in server("GET", "/v1/sessions")["items"] if FAY not in one["attendees"]]
    again = server.wait_for(server("POST", "/v1/programs/mentoring/plans", {})["id"])["plan"]
    assert pairs(server, again) == PAIRS
    publish(server, again)
    after = {one["uid"]: one for one in server("GET", "/v1/sessions")["items"]}
    assert all(after[one["uid"]] == one for one in others)
    moved = [one for one in theirs if after[one["uid"]]["start"] != one["start"]]
    assert moved == [theirs[1]]
    assert after[moved[0]["uid"]]["sequence"] == moved[0]["sequence"] + 1
    now = client.sync()
    assert len(now) == len(seen)
    assert len(set(seen) - set(now)) == len(set(now) - set(seen)) == 1
    assert client.sync() == now
    assert server("GET", f"/v1/plans/{plan}")["state"] == "superseded"

    # A problem is put up, and a pod forms around it, beside the pairs.
    _, heads, policy = send(server, "GET", "/v1/policies/default")
    pods = {**policy["pods"], "veteran_each": False, "most_newcomers": 100, "quorum": 50}
    change = json.dumps({"pairs": policy["pairs"], "pods": pods}).encode()
    assert send(server, "PUT", "/v1/policies/default", change, If_Match=heads["ETag"])[0] == 201
    water = {"id": "water", "title": "Waste of water", "sponsor": ADA, "statement": "Half of it is lost."}
    server("PUT", "/v1/problems/water", {**water, "least_people": 3, "most_people": 5})
    job = server("POST", "/v1/programs/mentoring/plans", {"family": "pods", "seconds": 2})["id"]
    plan = server.wait_for(job)["plan"]
    (pod,) = server("GET", f"/v1/plans/{plan}/pods")["items"]
    inside = {seat["member"] for seat in pod["seats"]}
    assert 3 <= len(inside) <= 5
    assert pod["meeting"]

    # What else could one of them do, and at what cost? To leave is always an option.
    one = sorted(inside)[0]
    moves = server("GET", f"/v1/plans/{plan}/moves?member={quote(one)}")
    assert (moves["pods"], "leave" in {option["kind"] for option in moves["options"]}) == (["water"], True)
    asked = server("GET", f"/v1/plans/{plan}/explain?member={quote(one)}&pod=water")["seat"]
    assert asked["together"]
    assert asked["sentences"]

    # Published, the pod meets, the pairs go on, and nobody is in two sessions at once.
    before = server("GET", "/v1/sessions?family=pairs")["items"]
    publish(server, plan)
    meetings = server("GET", "/v1/sessions?family=pods")["items"]
    assert {one["title"] for one in meetings} == {"Pod: Waste of water"}
    assert server("GET", "/v1/sessions?family=pairs")["items"] == before
    taking = [one for one in (*before, *meetings) if one["state"] == "scheduled"]
    for person in inside:
        mine = sorted((s["start"], s["end"]) for s in taking if person in s["attendees"])
        assert all(end <= start for (_, end), (start, _) in pairwise(mine))
    assert server("GET", f"/v1/plans/{again}")["state"] == "published"
    assert server.stop() == 0

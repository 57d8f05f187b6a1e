"""Rounds over real sockets: people meet somebody new each time, in their calendars, and one who leaves moves
nobody else's day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from urllib.parse import quote

import pytest

from tests.clients.khal import Client
from tests.serving import Server
from tests.walkthrough.test_service_story import ADA, BEN, EVA, GIL, publish, send, watch


@pytest.fixture
def server(tmp_path):
    """A fresh installation."""
    running = Server(tmp_path, f"sqlite:///{tmp_path}/peerloom.db")
    yield running
    if running.process.poll() is None:
        running.stop()


def groups(server, plan):
    return {one["group"]: one for one in server("GET", f"/v1/plans/{plan}/groups?limit=1000")["items"]}


def met(server, plan):
    return [
        frozenset(pair) for one in groups(server, plan).values() for pair in combinations(one["members"], 2)
    ]


def profile_of(server, member):
    shown = server("GET", f"/v1/members/{member}")
    return {k: v for k, v in shown.items() if k not in ("version", "changed_at", "channel")}


def put(server, profile):
    server("PUT", f"/v1/members/{profile['id']}", profile)


def meetings(server, **query):
    path = "/v1/sessions?family=rounds&limit=1000" + "".join(f"&{k}={quote(v)}" for k, v in query.items())
    return {one["uid"]: one for one in server("GET", path)["items"]}


def test_rounds_from_a_run_to_calendars_that_follow_who_leaves(server, tmp_path, sheet, peerloom):
    def new_key(*options):
        address = ("--database", f"sqlite:///{tmp_path}/peerloom.db")
        return peerloom(tmp_path, "key", "create", *options, *address).stdout.strip()

    server.key = new_key()
    assert send(server, "POST", "/v1/networks", b'{"id": "net", "name": "Net"}')[0] == 201
    server.key = new_key("--network", "net")
    assert send(server, "POST", "/v1/members/bulk", sheet.encode(), Content_Type="text/csv")[0] == 200
    for one in server("GET", "/v1/members?limit=1000")["items"]:  # all learned English: they can all meet
        put(server, profile_of(server, one["id"]) | {"languages": sorted({"en", *one["languages"]})})
    today = datetime.now(UTC)
    monday = today.date() + timedelta(days=7 - today.weekday())
    cycle = {"id": "c", "start": f"{monday}", "end": f"{monday + timedelta(days=55)}", "session_minutes": 30}
    server(
        "PUT", "/v1/programs/coffee", {"id": "coffee", "name": "Coffee", "policy": "default", "cycle": cycle}
    )

    # Three rounds of pairs: nobody meets anybody twice, and that is proven.
    asked = {"family": "rounds", "rounds": {"number": 3, "size": 2}, "seconds": 30}
    events = watch(server, server("POST", "/v1/programs/coffee/plans", asked)["id"])
    plan = events[-1][1]["result"]["plan"]
    found = server("GET", f"/v1/plans/{plan}")
    tiers = {one["name"]: one for one in found["tiers"]}
    assert (tiers["repeats"]["value"], tiers["repeats"]["proven"]) == (0, True)
    assert len(set(met(server, plan))) == len(met(server, plan)) == 12
    weeks = [date.fromisoformat(one["week_of"]) for one in server("GET", f"/v1/plans/{plan}/rounds")["items"]]
    assert weeks[0] == monday
    assert all(other > one for one, other in pairwise(weeks))

    # Whom does Ada meet, and how many rounds with new people could there still be? Seven others, less three.
    asked = server("GET", f"/v1/plans/{plan}/explain?member={ADA}")["rounds"]
    assert (len(asked["met"]), asked["fresh_rounds_left"]) == (3, 4)
    assert "for the first time" in asked["rounds"][0]["sentences"][0]

    # Ada and Ben are of one house, and want to meet in round 2 all the same; the rest is solved around that.
    edit = {"op": "pin", "member": ADA, "other_member": BEN, "round": 2}
    assert server("POST", f"/v1/plans/{plan}/edits", edit)["price"]["sentences"]
    server.wait_for(server("POST", f"/v1/plans/{plan}/resolve", {"seconds": 2})["id"])
    assert any(
        {ADA, BEN} == set(one["members"]) and one["round"] == 2 for one in groups(server, plan).values()
    )
    result = server.wait_for(server("POST", f"/v1/plans/{plan}/audit")["id"])
    assert result["clean"], result

    # Published: every group has its session in its own round's period, or a reason why not.
    publish(server, plan)
    before, planned = meetings(server), groups(server, plan)
    without = server("GET", f"/v1/plans/{plan}/unscheduled")["items"]
    assert len(before) + len(without) == 12
    ends = [*weeks[1:], monday + timedelta(days=56)]
    for one in before.values():
        number = planned[one["key"][0]]["round"]
        assert weeks[number - 1] <= date.fromisoformat(one["start"][:10]) < ends[number - 1]
        assert set(one["attendees"]) == set(planned[one["key"][0]]["members"])
    feed = server("POST", "/v1/feeds", {"member": GIL})
    client = Client(tmp_path / "client", f"{server.url}/feeds/{feed['token']}.ics")
    assert len(client.sync()) == len(meetings(server, member=GIL)) > 0

    # Eva leaves: no other two are parted, who is left alone joins others, and nobody's day moves for it.
    put(server, profile_of(server, EVA) | {"status": "left"})
    job = server("POST", "/v1/programs/coffee/plans", {"family": "rounds", "seconds": 3})["id"]
    again = server.wait_for(job)["plan"]
    tiers = {one["name"]: one for one in server("GET", f"/v1/plans/{again}")["tiers"]}
    assert (tiers["changed_groups"]["value"], tiers["changed_groups"]["proven"]) == (0, True)
    changes = server("GET", f"/v1/plans/{again}/changes")["items"]
    assert sum(one["change"] == "kept" for one in changes) == 6
    assert sum(one["change"] == "changed" and len(one["joined"]) == 1 for one in changes) == 3
    assert {EVA in one["members"] for one in changes if one["change"] == "ended"} == {True}
    publish(server, again)
    after, now = meetings(server), groups(server, again)
    for uid, one in before.items():
        if EVA in one["attendees"]:
            assert after[uid]["state"] == "cancelled"
        elif set(now[one["key"][0]]["members"]) == set(one["attendees"]):
            assert after[uid] == one
    theirs = [one for one in meetings(server, member=GIL).values() if one["state"] == "scheduled"]
    assert len(client.sync()) == len(theirs)
    assert server("GET", f"/v1/plans/{plan}")["state"] == "superseded"
    assert server.stop() == 0

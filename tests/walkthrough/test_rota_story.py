"""From pods to a rota in a calendar program: sessions move once, roles show, a swap, and all goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.network import Network
from matcher.domain.settings import NetworkSettings
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.store.keys import add_key
from matcher.store.networks import add_network
from tests.clients.khal import Client
from tests.serving import Server
from tests.walkthrough.test_subscription import WEEK, shown

TEAMS = {"water": ("ada", "ben", "cem", "dee"), "food": ("eva", "fay", "gus", "hal")}


def document(monday):
    cycle = {"id": "c", "start": f"{monday:%Y-%m-%d}", "end": f"{monday + timedelta(days=27):%Y-%m-%d}"}
    ones = {"lead": 1, "co": 0, "shadow": 0}
    policy = {
        "id": "default", "version": 1, "pods": {"most_newcomers": 100, "veteran_each": False},
        "rota": {"facilitators": {"pod": ones, "forum": ones}, "holidays": False},
    }  # fmt: skip
    return {
        "format": "peerloom-network/1", "id": "net", "name": "Net", "policies": [policy],
        "organizations": [{"id": one, "name": one.title()} for one in ("north", "south", "west")],
        "problems": [
            {"id": name, "title": name.title(), "sponsor": "north", "least_people": 3, "most_people": 5}
            for name in TEAMS
        ],
        "forums": [{"id": "open", "title": "Open hour", "expert": "hal"}],
        "programs": [{"id": "main", "name": "Main", "policy": "default", "cycle": cycle}],
        "members": [
            {
                "id": name, "name": name.title(), "organization": ("north", "south", "west")[k % 3],
                "time_zone": "UTC", "training": "lead", "hours_per_month": 40, "languages": ["en"],
                "availability": WEEK, "wishes": [team], "roles": ["learner", "guide"],
            }
            for team, people in TEAMS.items()
            for k, name in enumerate(people)
        ],
    }  # fmt: skip


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path, f"sqlite:///{tmp_path}/peerloom.db")
    yield running
    if running.process.poll() is None:
        running.stop()


def publish(server, family):
    """Solve, approve, publish; the plan's id."""
    asked = {"family": family, "seconds": 4}
    plan = server.wait_for(server("POST", "/v1/programs/main/plans", asked)["id"])["plan"]
    server("POST", f"/v1/plans/{plan}/approve")
    server.wait_for(server("POST", f"/v1/plans/{plan}/publish")["job"])
    return plan


def subscribed(server, member, folder):
    """A calendar program that reads a member's feed."""
    feed = server("POST", "/v1/feeds", {"member": member})
    return Client(folder, f"{server.url}/feeds/{feed['token']}.ics")


def in_pods(seen):
    """When pods meet, by what a calendar program shows."""
    return sorted(start for start, title in seen if title.startswith("Pod:"))


def test_a_rota_reaches_calendars_and_leaves_them(server, tmp_path):
    database = Database(f"sqlite:///{tmp_path}/peerloom.db")
    today = datetime.now(UTC)
    with database.write() as connection:
        add_network(connection, "net", "Net", NetworkSettings(), today)
        monday = today.date() + timedelta(days=7 - today.weekday())
        store_document(connection, NetworkSource.of(Network.model_validate(document(monday))), today)
        _, server.key = add_key(connection, "net", "test", today)
    database.close()
    publish(server, "pods")
    client = subscribed(server, "ada", tmp_path / "client")
    simple = client.sync()
    assert {title for _, title in simple} == {"Pod: Water"}
    uids = {one["uid"] for one in server("GET", "/v1/sessions?family=pods")["items"]}

    rota = publish(server, "rota")
    turns = server("GET", f"/v1/plans/{rota}/turns")["items"]
    held = server("GET", "/v1/sessions?family=pods")["items"]
    assert {one["uid"] for one in held} == uids
    seen = client.sync()
    assert len(in_pods(seen)) == len(in_pods(simple))
    mine = [one for one in server("GET", "/v1/sessions?member=ada")["items"] if one["state"] == "scheduled"]
    assert [start for start, _ in seen] == sorted(one["start"][:16].replace("T", " ") for one in mine)
    roles = {one["start"][:16].replace("T", " ") for one in turns if one["member"] == "ada"}
    assert {start for start, title in seen if title.endswith("(you lead)")} == roles

    own = next(one for one in turns if one["key"] == ["water"])
    options = server("GET", f"/v1/plans/{rota}/turns/{own['id']}/stand-ins")["stand_ins"]
    other = next(one["member"] for one in options if one["gives"] is None)
    mine, theirs = (subscribed(server, who, tmp_path / f"of {who}") for who in (own["member"], other))
    leading = (own["start"][:16].replace("T", " "), "Pod: Water (you lead)")
    assert (leading in mine.sync(), leading in theirs.sync()) == (True, False)
    asked = server("POST", f"/v1/plans/{rota}/swaps", {"turn": own["id"], "member": other})
    assert server.wait_for(asked["job"])["changed"] == 1
    after = server("GET", f"/v1/sessions/{own['id'].rsplit('-', 2)[0]}")
    assert (after["roles"], own["member"] in after["roles"]) == ({other: "lead"}, False)
    assert (leading in mine.sync(), leading in theirs.sync()) == (False, True)

    server("POST", f"/v1/plans/{rota}/retract")
    seen = [(start, title) for start, title in client.sync() if not title.startswith("Cancelled:")]
    assert seen == simple
    assert [one for one in shown(server) if one in simple] == simple
    assert server.stop() == 0

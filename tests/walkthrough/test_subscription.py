"""A calendar program subscribes to a real server: vdirsyncer fetches, khal shows.

Publish, subscribe, see all sessions; plan again around a busy hour, and see one of them moved, once; take it
back; revoke the address, and everything is gone.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from matcher.documents.read import NetworkSource
from matcher.domain.member import Member
from matcher.domain.network import Network
from matcher.domain.settings import NetworkSettings
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.store.keys import add_key
from matcher.store.networks import add_network
from matcher.store.tables import members
from tests.clients.khal import Client
from tests.serving import Server

WEEK = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]


def document(monday):
    cycle = {"id": "c", "start": f"{monday:%Y-%m-%d}", "end": f"{monday + timedelta(days=55):%Y-%m-%d}"}
    people = {"time_zone": "Europe/Berlin", "availability": WEEK, "hours_per_month": 40}
    learner = {**people, "seeks": [{"skill": "python", "level": 3}], "capacities": {"learners": 0}}
    guide = {**people, "offers": [{"skill": "python", "level": 5}], "capacities": {"guides_wanted": 0}}
    return {
        "format": "peerloom-network/1", "id": "net", "name": "Net",
        "skills": [{"id": "python", "name": "Python"}],
        "organizations": [{"id": one, "name": one.title()} for one in ("north", "south")],
        "programs": [{"id": "mentoring", "name": "Mentoring", "policy": "default", "cycle": cycle}],
        "members": [
            {**learner, "id": "ada", "name": "Ada", "organization": "north", "seniority": 3},
            {**guide, "id": "gus", "name": "Gus", "organization": "south", "seniority": 7},
        ],
    }  # fmt: skip


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path, f"sqlite:///{tmp_path}/peerloom.db")
    yield running
    if running.process.poll() is None:
        running.stop()


def publish(server):
    """Solve, approve, publish; the plan's id."""
    plan = server.wait_for(server("POST", "/v1/programs/mentoring/plans", {})["id"])["plan"]
    server("POST", f"/v1/plans/{plan}/approve")
    server.wait_for(server("POST", f"/v1/plans/{plan}/publish")["job"])
    return plan


def shown(server):
    """The sessions as khal would show them."""
    return sorted(
        (datetime.fromisoformat(one["start"]).strftime("%Y-%m-%d %H:%M"), one["title"])
        for one in server("GET", "/v1/sessions")["items"]
    )


def make_busy(database, member, session):
    with database.write() as connection:
        row = connection.execute(members.select().where(members.c.id == member)).one()
        person = json.loads(row.body) | {"busy": [{"start": session["start"], "end": session["end"]}]}
        body = Member.model_validate(person).model_dump_json(exclude_defaults=True)
        connection.execute(update(members).where(members.c.id == member).values(body=body))


def test_a_subscription_follows_every_change(server, tmp_path):
    database = Database(f"sqlite:///{tmp_path}/peerloom.db")
    today = datetime.now(UTC)
    with database.write() as connection:
        add_network(connection, "net", "Net", NetworkSettings(), today)
        monday = today.date() + timedelta(days=7 - today.weekday())
        store_document(connection, NetworkSource.of(Network.model_validate(document(monday))), today)
        _, server.key = add_key(connection, "net", "test", today)
    first = publish(server)
    feed = server("POST", "/v1/feeds", {"member": "ada"})
    client = Client(tmp_path / "client", f"{server.url}/feeds/{feed['token']}.ics")

    assert client.sync() == shown(server)
    seen = client.sync()
    assert len(seen) == 4
    assert {title for _, title in seen} == {"Mentoring: Ada and Gus"}

    second_session = server("GET", "/v1/sessions")["items"][1]
    make_busy(database, "gus", second_session)
    second = publish(server)
    moved = client.sync()
    assert moved == shown(server)
    assert len(moved) == 4
    assert set(seen) - set(moved) == {seen[1]}

    server("POST", f"/v1/plans/{second}/retract")
    assert client.sync() == seen
    server("POST", f"/v1/plans/{first}/retract")
    assert client.sync() == [(start, f"Cancelled: {title}") for start, title in seen]

    server("DELETE", f"/v1/feeds/{feed['id']}")
    assert {title for _, title in client.sync()} == {"This calendar has ended"}
    assert sum(1 for _ in (tmp_path / "client" / "events").iterdir()) == 1
    database.close()
    assert server.stop() == 0
    assert feed["token"] not in server.log.read_text()

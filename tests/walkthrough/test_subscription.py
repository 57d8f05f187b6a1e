"""A calendar program subscribes to a real server: vdirsyncer fetches, khal shows.

Publish, subscribe, see all sessions; plan again around a busy hour, and see one of them moved, once; take it
back; revoke the address, and everything is gone.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

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

ROOT = Path(__file__).parents[2]
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


class Server:
    """`peerloom serve` on a free port, in a process of its own."""

    def __init__(self, folder, url):
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        settings = {"PEERLOOM_DATABASE": url, "PEERLOOM_DATA": str(folder / "data"), "PEERLOOM_MAIL": "off"}
        self.log = folder / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "peerloom", "serve", "--port", "0"],
                cwd=folder, env={**os.environ, "PYTHONPATH": path, **settings}, stdout=log, stderr=log,
            )  # fmt: skip
        end = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text())):
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)
        self.url = found[0]
        self.key = ""

    def __call__(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        heads = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        with urlopen(Request(self.url + path, data, heads, method=method), timeout=60) as answer:
            return json.loads(answer.read())

    def wait_for(self, job):
        end = time.monotonic() + 180
        while (found := self("GET", f"/v1/jobs/{job}"))["ended_at"] is None:
            assert time.monotonic() < end, found
            time.sleep(0.1)
        assert found["state"] == "done", found
        return found["result"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


class Client:
    """vdirsyncer and khal, in a folder of their own."""

    def __init__(self, folder, url):
        self.folder = folder
        events = folder / "events"
        events.mkdir(parents=True)
        (folder / "vdirsyncer").write_text(
            f'[general]\nstatus_path = "{folder}/status"\n'
            '[pair feed]\na = "remote"\nb = "local"\ncollections = null\npartial_sync = "revert"\n'
            f'[storage remote]\ntype = "http"\nurl = "{url}"\n'
            f'[storage local]\ntype = "filesystem"\npath = "{events}"\nfileext = ".ics"\n'
        )
        (folder / "khal").write_text(
            f"[calendars]\n[[feed]]\npath = {events}\n[sqlite]\npath = {folder}/khal.db\n"
            "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\ntimeformat = %H:%M\n"
            "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\n"
            "longdatetimeformat = %Y-%m-%d %H:%M\n"
        )
        self._run("vdirsyncer", "discover")

    def sync(self):
        """Fetch; then what khal shows: (start, title), sorted. (vdirsyncer makes UIDs of its own.)"""
        said = self._run("vdirsyncer", "sync")
        assert "error" not in said.lower(), said
        today = datetime.now(UTC).strftime("%Y-%m-%d")
        form = "{start-date} {start-time}|{title}"
        lines = self._run("khal", "list", "--day-format", "", "--format", form, today, "90d")
        return sorted(tuple(line.split("|")) for line in lines.splitlines() if "|" in line)

    def _run(self, program, *arguments):
        options = {"vdirsyncer": ["-c", "vdirsyncer"], "khal": ["-c", "khal", "--no-color"]}[program]
        module = {"vdirsyncer": "vdirsyncer", "khal": "khal"}[program]
        done = subprocess.run(
            [sys.executable, "-m", module, *options, *arguments],
            cwd=self.folder, env={**os.environ, "HOME": str(self.folder)},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{program} {arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if program == "vdirsyncer" else "")


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

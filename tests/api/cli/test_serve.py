"""`peerloom serve` as a process of its own, over a real socket."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from api.cli import serve as serve_command
from fixtures.demo import demo_network
from matcher.documents.read import NetworkSource
from matcher.domain.settings import NetworkSettings
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.store.jobs import find_job
from matcher.store.keys import add_key
from matcher.store.networks import add_network

ROOT = Path(__file__).parents[3]


@pytest.fixture
def database(tmp_path):
    """The demo network in a database of its own."""
    made = Database(f"sqlite:///{tmp_path}/peerloom.db")
    made.upgrade()
    demo, now = demo_network(), datetime.now(UTC)
    with made.write() as connection:
        add_network(connection, demo.id, demo.name, NetworkSettings(), now)
        store_document(connection, NetworkSource.of(demo), now)
    yield made
    made.close()


class Served:
    """A server, and requests to it with a key."""

    def __init__(self, database, folder, **settings):
        with database.write() as connection:
            _, self._secret = add_key(connection, "demo", "test", datetime.now(UTC))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "peerloom", "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            cwd=folder,
            env={
                **os.environ,
                "PEERLOOM_DATABASE": str(database.url),
                "PYTHONPATH": str(ROOT),
                "PYTHONUNBUFFERED": "1",
                **settings,
            },
            text=True,
        )
        self.port = int(re.search(r":(\d+),", self.process.stdout.readline())[1])

    def send(self, method, path, body=None, **headers):
        peer = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        data = json.dumps(body) if body is not None else None
        headers = {"Authorization": f"Bearer {self._secret}", "Content-Type": "application/json", **headers}
        peer.request(method, path, data, headers)
        return peer.getresponse()

    def end(self, how):
        self.process.send_signal(how)
        try:
            return self.process.wait(30)
        finally:
            self.process.stdout.close()


def events(stream):
    """Server-sent events as (id, name, data)."""
    found = {}
    for line in stream:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name in ("id", "event", "data"):
            found[name] = value
        elif not line.strip() and found:
            yield int(found["id"]), found["event"], json.loads(found["data"])
            found = {}


def test_a_run_is_watched_live_while_others_are_served_and_a_stop_gives_the_next_one_back(database, tmp_path):
    served = Served(database, tmp_path)
    try:
        asked = served.send("POST", "/v1/programs/mentoring/plans", {"seconds": 300})
        location = asked.getheader("Location")
        streams = [served.send("GET", f"{location}/events") for _ in range(9)]
        assert [one.status for one in streams] == [200] * 8 + [503]
        assert streams[8].getheader("Retry-After")
        began = time.perf_counter()
        assert served.send("GET", "/healthz").status == 200
        assert time.perf_counter() - began < 2
        seen = list(events(streams[0]))
        assert [name for _, name, _ in seen] == ["progress"] * (len(seen) - 1) + ["end"]
        numbers = [number for number, _, _ in seen]
        assert numbers == sorted(numbers)
        assert len({data["progress"]["phase"] for _, _, data in seen}) > 1
        job = seen[-1][2]
        assert job["state"] == "done", job
        assert json.load(served.send("GET", f"/v1/plans/{job['result']['plan']}"))["status"] == "optimal"
        for one in streams:
            one.close()
        late = served.send("GET", f"{location}/events", **{"Last-Event-ID": str(numbers[-1])})
        assert [name for _, name, _ in events(late)] == ["end"]

        following = json.load(served.send("POST", "/v1/programs/mentoring/plans", {}))["id"]
        while json.load(served.send("GET", f"/v1/jobs/{following}"))["state"] == "queued":
            time.sleep(0.05)
    finally:
        code = served.end(signal.SIGTERM)
    assert code == 0
    with database.read() as connection:
        job = find_job(connection, "demo", following)
    assert (job.state, job.attempt, job.owner) == ("queued", 0, None)
    assert list((tmp_path / "peerloom-data" / "jobs").iterdir()) == []


def test_kernels_are_compiled_beside_the_work_at_low_priority_and_a_stop_ends_that(database, tmp_path):
    served = Served(database, tmp_path, PEERLOOM_WARM="on", NUMBA_CACHE_DIR=str(tmp_path / "kernels"))
    own = psutil.Process(served.process.pid)
    (warming,) = [one for one in own.children(recursive=True) if "warm" in one.cmdline()]
    assert warming.nice() > own.nice()
    assert served.send("GET", "/readyz").status == 200
    assert served.end(signal.SIGTERM) == 0
    psutil.wait_procs([warming], timeout=10)
    assert not warming.is_running()


@pytest.mark.parametrize(
    ("host", "port", "environment", "address"),
    [
        ("127.0.0.1", 8123, {}, "http://127.0.0.1:8123"),
        ("0.0.0.0", 8123, {}, "http://127.0.0.1:8123"),
        ("::1", 80, {}, "http://[::1]:80"),
        ("127.0.0.1", 0, {}, None),
        ("127.0.0.1", 8123, {"PEERLOOM_BASE_URL": "https://peers.example"}, None),
    ],
)
def test_links_name_the_address_that_is_served_unless_a_setting_does(host, port, environment, address):
    assert serve_command._reached_at(host, port, environment) == address

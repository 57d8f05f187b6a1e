"""Feeds under load: what one core of the server answers, measured by the server's own CPU time.

`python -m benchmarks.feeds [--members 2000] [--requests 5000]` makes a network with sessions for everybody in
SQLite, starts `peerloom serve`, and reads feeds over kept-alive connections: first (rendered and stored),
again in full, and with If-None-Match (304). Then the feeds of all groups the same way, those of the two
organizations and of the program, which hold all sessions, and members' feeds as JSON.
"""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import click
import psutil
from sqlalchemy import insert

from benchmarks.processes import ROOT, machine
from matcher.documents.read import NetworkSource
from matcher.domain.feed import FeedGroup, FeedScope, Subject
from matcher.domain.member import Member
from matcher.domain.network import Network
from matcher.domain.policy import Kind
from matcher.domain.settings import NetworkSettings
from matcher.planning.sessions.sessions import schedule_sessions
from matcher.service.feeds import subscribe
from matcher.service.publication import publish
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.store.networks import add_network
from matcher.store.plans import find_plan, series_values
from matcher.store.tables import plan_series, plans, snapshots

CONNECTIONS = 4


def network(members: int) -> Network:
    """Pairs of people who are free on working days, in a cycle of twelve weeks."""
    week = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]
    zones = ("Europe/Berlin", "America/New_York", "Europe/Lisbon", "Europe/Athens")
    people = [
        {"id": f"m{n}", "name": f"Member {n}", "organization": f"o{n % 2}", "availability": week}
        | {"time_zone": zones[n % len(zones)]}
        for n in range(members)
    ]
    cycle = {"id": "c", "start": "2030-01-07", "end": "2030-03-31", "weeks_between_sessions": 1}
    return Network.model_validate(
        {
            "id": "net",
            "name": "Net",
            "organizations": [{"id": "o0", "name": "O0"}, {"id": "o1", "name": "O1"}],
            "programs": [{"id": "p", "name": "P", "policy": "default", "cycle": cycle}],
            "members": people,
        }
    )


def prepare(database: Database, members: int) -> tuple[list[str], list[str], list[str]]:
    """Publish sessions for all, and make a feed for each member, for each pair, and for the organizations and
    the program. Returns their tokens."""
    now = datetime.now(UTC)
    document = network(members)
    pairs = [(f"m{n}", f"m{n + 1}") for n in range(0, members - 1, 2)]
    people: dict[str, Member] = {one.id: one for one in document.members}
    schedule = schedule_sessions(
        pairs, people, document.programs[0], seed=1, changed_at=now, network="net", plan="plan"
    )
    with database.write() as connection:
        add_network(connection, "net", "Net", NetworkSettings(), now)
        store_document(connection, NetworkSource.of(document), now)
        own = {"network_id": "net", "created_at": now}
        connection.execute(insert(snapshots).values(own | {"sha256": "0" * 64, "body": b""}))
        row = {"id": "plan", "program": "p", "cycle": "c", "kind": "mentoring", "policy": "default"}
        row |= {"state": "approved", "status": "optimal", "sentence": "", "snapshot": "0" * 64}
        connection.execute(insert(plans).values(own | row | {"policy_version": 1, "changed_at": now}))
        listed = [{"network_id": "net", "plan": "plan", **series_values(pair)} for pair in pairs]
        connection.execute(insert(plan_series).values(points=500, body="{}"), listed)
        publish(connection, find_plan(connection, "net", "plan"), schedule, (), now)
        return tuple(  # type: ignore[return-value]
            [subscribe(connection, "net", one, now)[1] for one in subjects]
            for subjects in (
                [Subject(FeedScope.MEMBER, f"m{n}") for n in range(members)],
                [Subject.of_group(FeedGroup(program="p", kind=Kind.MENTORING, key=pair)) for pair in pairs],
                [
                    Subject(FeedScope.ORGANIZATION, "o0"),
                    Subject(FeedScope.ORGANIZATION, "o1"),
                    Subject(FeedScope.PROGRAM, "p"),
                ],
            )
        )


def ask(port: int, wanted: list[tuple[str, dict[str, str]]]) -> list[tuple[int, str, int, float]]:
    """GET each over `CONNECTIONS` connections: status, ETag, bytes and seconds of each, in order."""
    found: list[tuple[int, str, int, float]] = [(0, "", 0, 0.0)] * len(wanted)

    def run(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for place in range(first, len(wanted), CONNECTIONS):
            path, headers = wanted[place]
            began = time.perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            size = len(answer.read())
            seconds = time.perf_counter() - began
            found[place] = (answer.status, answer.headers["ETag"] or "", size, seconds)
        connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@click.command()
@click.option("--members", default=2000, show_default=True)
@click.option("--requests", default=5000, show_default=True, help="Requests with If-None-Match.")
def main(members: int, requests: int) -> None:
    """Measure feeds."""
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        url = f"sqlite:///{folder}/peerloom.db"
        database = Database(url)
        database.upgrade()
        tokens = prepare(database, members)
        database.close()
        log = folder / "log.txt"
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path, "PEERLOOM_MAIL": "off", "PEERLOOM_DATABASE": url}
        with log.open("wb") as out:
            server = subprocess.Popen(
                [sys.executable, "-u", "-m", "peerloom", "serve", "--port", "0"],
                cwd=folder,
                env=environment,
                stdout=out,
                stderr=out,
            )
        try:
            measure(server, _port(log), tokens, requests)
        finally:
            server.terminate()
            server.wait()


def _port(log: Path) -> int:
    end = time.monotonic() + timedelta(minutes=1).total_seconds()
    while not (found := re.search(r"127\.0\.0\.1:(\d+)", log.read_text())):
        if time.monotonic() > end:
            raise RuntimeError(log.read_text())
        time.sleep(0.05)
    return int(found[1])


def measure(
    server: subprocess.Popen[bytes], port: int, tokens: tuple[list[str], list[str], list[str]], requests: int
) -> None:
    """Ask each way, and print a table."""
    process = psutil.Process(server.pid)
    print("| what | answers | a second of CPU | median ms, p95 ms over the wire |\n|---|---|---|---|")
    for whose, found in zip(("member", "pair", "organization, program"), tokens, strict=True):
        addresses = [f"/feeds/{token}.ics" for token in found]
        whole: list[tuple[str, dict[str, str]]] = [(one, {}) for one in addresses]
        _measured(process, port, f"{whose}: first read: rendered, ETag and use stored", 200, whole)
        tags = [tag for _, tag, _, _ in _measured(process, port, f"{whose}: read again in full", 200, whole)]
        every = len(addresses)
        conditional = [
            (addresses[n % every], {"If-None-Match": tags[n % every]}) for n in range(max(requests, every))
        ]
        _measured(process, port, f"{whose}: 304 to If-None-Match", 304, conditional)
    in_json = [(f"/feeds/{token}.ics", {"Accept": "application/json"}) for token in tokens[0]]
    tags = [tag for _, tag, _, _ in _measured(process, port, "member: JSON in full", 200, in_json)]
    again = [
        (path, {**headers, "If-None-Match": tag}) for (path, headers), tag in zip(in_json, tags, strict=True)
    ]
    _measured(process, port, "member: 304 for JSON", 304, again)


def _measured(
    process: psutil.Process, port: int, name: str, status: int, wanted: list[tuple[str, dict[str, str]]]
) -> list[tuple[int, str, int, float]]:
    before = process.cpu_times()
    found = ask(port, wanted)
    after = process.cpu_times()
    cpu = (after.user - before.user) + (after.system - before.system)
    wrong = {code for code, *_ in found} - {status}
    if wrong:
        raise RuntimeError(f"{name}: status {wrong}")
    times = sorted(seconds for *_, seconds in found)
    median, late = times[len(times) // 2], times[len(times) * 95 // 100]
    print(f"| {name} | {len(found):,} | {len(found) / cpu:,.0f} | {median * 1000:.1f}, {late * 1000:.1f} |")
    return found


if __name__ == "__main__":
    main()

"""The service: members imported a second, and reads beside a solve.

    python -m benchmarks.service [--members N] [--reads N]

Draws a network of N members (100,000) from seed 1 and prints a Markdown table. `import`: `upsert_members` of
JSON Lines into a fresh SQLite file, validation and commit included; then the same again, unchanged. `read`:
GETs over a real server (16 threads) with all members stored, alone and beside a `peerloom solve pairs`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.pairs import PEERLOOM, SEED, Bench
from benchmarks.processes import ROOT, commit, machine
from matcher.documents.read import open_network
from matcher.documents.write import record
from matcher.domain.settings import NetworkSettings
from matcher.service.bulk import Record, upsert_members
from matcher.store.clock import utc_now
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.store.keys import add_key
from matcher.store.networks import add_network
from matcher.store.parts import replace_parts


def imported(bench: Bench, network: Path, database: Database) -> str:
    """Import all members, twice, and the rest of the document. The id of the network."""
    source = open_network(network)
    with network.open("rb") as file:
        start, end = len(b'{"member":'), len(b"}\n")
        lines = [line[start:-end] for line in file if line.startswith(b'{"member":')]
    with database.write() as connection:
        add_network(connection, source.header.id, source.header.name, NetworkSettings(), utc_now())
        for name in ("skills", "organizations"):
            bodies = {one.id: record(one).decode() for one in getattr(source.header, name)}
            replace_parts(connection, source.header.id, name, bodies, utc_now())
    for what in ("added", "the same again"):
        began, cpu = time.perf_counter(), time.process_time()
        with database.write() as connection:
            records = (Record(number, line) for number, line in enumerate(lines, start=1))
            upsert_members(connection, source.header.id, records, utc_now(), lines=True)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        figure = f"{len(lines) / took:,.0f} a second ({len(lines) / cpu:,.0f} a second of CPU)"
        bench.row("import", f"{len(lines):,} members as JSON Lines into SQLite, {what}", figure)
    with database.write() as connection:
        store_document(connection, source, utc_now())
    return source.header.id


@contextmanager
def served(folder: Path, address: str) -> Iterator[int]:
    """A server over the database, in a process of its own; its port."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    child = subprocess.Popen(
        [sys.executable, *PEERLOOM, "serve", "--port", "0", "--database", address],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        yield int(child.stdout.readline().partition("http://127.0.0.1:")[2].partition(",")[0])
    finally:
        child.terminate()
        child.wait()


def reads(bench: Bench, port: int, secret: str, ids: list[str], number: int, beside: str) -> None:
    """Time GETs of members and of pages, one after the other on one connection."""
    draw = random.Random(int(SEED))
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for what, path in (
        ("a member", lambda: f"/v1/members/{draw.choice(ids)}"),
        ("a page of 100 members", lambda: f"/v1/members?after={cursor(draw.choice(ids))}"),
        ("a search by name", lambda: f"/v1/members?q={draw.choice('ABCDEFGHIJKLM')}"),
    ):
        seconds = []
        for _ in range(number):
            began = time.perf_counter()
            connection.request("GET", path(), headers={"Authorization": f"Bearer {secret}"})
            answer = connection.getresponse()
            answer.read()
            seconds.append(time.perf_counter() - began)
            assert answer.status == 200, answer.status
        middle, late = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
        bench.row("read", f"{what}, {beside}", f"median {middle * 1000:.0f} ms, 95 % {late * 1000:.0f} ms")


def cursor(identifier: str) -> str:
    """The cursor of a page that begins after a member."""
    from api.http.pages import cursor_of

    return cursor_of(identifier)


def main() -> None:
    """Import, serve, solve beside it, read."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--members", type=int, default=100_000)
    options.add_argument("--reads", type=int, default=200)
    asked = options.parse_args()
    print(f"{machine()}; commit {commit()}; seed {SEED}\n")
    print("| case | what | figure |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        bench = Bench(folder, 1)
        partners = str(max(2, asked.members // 330))
        name = bench.network("people.jsonl", "-n", str(asked.members), "-k", partners)
        address = f"sqlite:///{folder}/bench.db"
        database = Database(address)
        database.upgrade()
        network = imported(bench, folder / name, database)
        with database.write() as connection:
            _, secret = add_key(connection, network, "benchmark", utc_now())
        database.close()
        with (folder / name).open(encoding="utf-8") as file:
            ids = [row["member"]["id"] for row in map(json.loads, file) if "member" in row]
        with served(folder, address) as port:
            reads(bench, port, secret, ids, asked.reads, "nothing beside it")
            solve = subprocess.Popen(
                [sys.executable, *PEERLOOM, "solve", "pairs", name, "--program", "mentoring", "-q"],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stderr=subprocess.DEVNULL,
            )
            try:
                time.sleep(5)
                reads(bench, port, secret, ids, asked.reads, "beside a solve")
                assert solve.poll() is None, "the solve ended too early: its reads prove nothing"
            finally:
                solve.terminate()
                solve.wait()


if __name__ == "__main__":
    main()

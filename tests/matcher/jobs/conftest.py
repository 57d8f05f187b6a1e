"""Engines with work of the tests' own, in real processes, on either database."""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from matcher.domain.settings import NetworkSettings
from matcher.settings import Settings
from matcher.store.jobs import enqueue, find_job
from matcher.store.networks import add_network
from matcher.wiring import open_services

CHILDREN = Path(__file__).parent / "children"


@pytest.fixture
def server(monkeypatch):
    """The module that tests run as a server; children find their work beside it."""
    monkeypatch.setenv("PYTHONPATH", f"{CHILDREN}{os.pathsep}{Path(__file__).parents[3]}")
    monkeypatch.syspath_prepend(str(CHILDREN))
    yield importlib.import_module("peerloom_test_server")
    sys.modules.pop("peerloom_test_server")


@pytest.fixture
def services(database_url, tmp_path):
    made = open_services(
        Settings(database=database_url, data=tmp_path / "data", job_megabytes=300, workers=2)
    )
    with made.database.write() as connection:
        add_network(connection, "net", "Net", NetworkSettings(), made.now())
    yield made
    made.close()


@pytest.fixture
def run(services, server):
    """Starts engines that are stopped when the test ends."""
    engines = []

    def start(parts=services):
        engines.append(server.engine(parts))
        engines[-1].start()
        return engines[-1]

    yield start
    for engine in engines:
        engine.stop()


@pytest.fixture
def queue(services):
    """Queues a job that does what is asked; returns a function that reads it."""

    def put(what, program=None, kind="test", **more):
        with services.database.write() as connection:
            job = enqueue(connection, "net", kind, {"do": what, **more}, services.now(), program)
        services.wake.set()

        def read():
            with services.database.read() as connection:
                return find_job(connection, "net", job.id)

        return read

    return put


def until(read, holds, seconds=30):
    """What `read` gives once it holds; fails with the last one otherwise."""
    end = time.monotonic() + seconds
    while not holds(found := read()):
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return found


def gone(*pids):
    """Whether no such process lives (a zombie that nobody waits for does not)."""
    return all(
        not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE for pid in pids
    )


@pytest.fixture
def wait():
    return until


@pytest.fixture
def are_gone():
    return gone

"""A server without HTTP: an engine on a database, until it is killed. Arguments: address, data folder."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from matcher.jobs.engine import Engine
from matcher.jobs.kind import JobKind
from matcher.jobs.supervisor import Pace
from matcher.settings import Settings
from matcher.wiring import open_services


def prepare(services, job, folder):
    (folder / "attempt.txt").write_text(str(job.attempt))


def store(connection, job, folder, now):
    return {"answer": (folder / "answer.txt").read_text(), "attempt": job.attempt}


KINDS = {"test": JobKind(prepare, store), "question": JobKind(prepare, store, aside=True)}
PACE = Pace(beat=0.1, stale=1.0, grace=0.5)


def engine(services):
    return Engine(services, KINDS, "peerloom_test_work", PACE)


if __name__ == "__main__":
    parts = open_services(Settings(database=sys.argv[1], data=Path(sys.argv[2])))
    engine(parts).start()
    print("ready", flush=True)
    time.sleep(600)

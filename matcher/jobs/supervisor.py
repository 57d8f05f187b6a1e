"""Watches over one claimed job from its files to its end. Whatever happens, the row tells it."""

from __future__ import annotations

import json
import logging
import shutil
import signal
from dataclasses import dataclass
from threading import Event
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Literal

from matcher.domain.errors import PeerloomError
from matcher.jobs.child import TOLD
from matcher.jobs.kind import PROBLEM, REQUEST, JobFailure, JobKind
from matcher.jobs.process import ChildProcess, LatestProgress
from matcher.store.database import DatabaseUnavailable
from matcher.store.jobs import Cancel, Fenced, Job, beat, finish, release

if TYPE_CHECKING:
    from pathlib import Path

    from matcher.wiring import Services

TICK_SECONDS = 0.1
STORE_TRIES = 5
_log = logging.getLogger("peerloom.jobs")


@dataclass(frozen=True)
class Pace:
    """How often an owner gives a sign of life, when its silence means that it is lost, and how long a child
    that was asked for its answer may take. Seconds."""

    beat: float = 1.0
    stale: float = 30.0
    grace: float = 30.0


class _Stopped(Exception):
    """The server is going down: the job goes back to the queue."""


class _Dropped(Exception):
    """Somebody asked to drop the job."""


class Supervisor:
    """Runs one job that was claimed. `stopping` is set when the server goes down."""

    def __init__(
        self, services: Services, job: Job, kind: JobKind, work: str, pace: Pace, stopping: Event
    ) -> None:
        self._services = services
        self._job = job
        self._kind = kind
        self._work = work
        self._pace = pace
        self._stopping = stopping
        self._beaten = monotonic()
        self._seconds = min(
            float(job.request.get("seconds", services.settings.job_seconds)), services.settings.job_seconds
        )
        self.folder: Path = (services.settings.data / "jobs" / f"{job.id}-{job.fence}").absolute()

    def run(self) -> None:
        """See the job to its end."""
        job = self._job
        try:
            for left in self.folder.parent.glob(f"{job.id}-*"):  # of an owner that died
                shutil.rmtree(left, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self._kind.prepare(self._services, job, self.folder)
            self._beat(None)
            self._solve()
            self._end("done")
        except Fenced:
            _log.warning("job %s: taken over, ended or removed meanwhile; nothing was stored", job.id)
        except _Stopped:
            self._release()
        except _Dropped:
            self._end("cancelled")
        except PeerloomError as error:
            failure = error if isinstance(error, JobFailure) else JobFailure("refused", str(error))
            self._end("failed", failure.problem)
        except Exception:
            _log.exception("job %s", job.id)
            told = "Something went wrong on our side; the server's log has more."
            self._end("failed", {"code": "internal", "detail": told})
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- the child ------------------------------------------------

    def _solve(self) -> None:
        """Raises `JobFailure`, `Fenced`, `_Stopped`, `_Dropped`."""
        asked = {
            "kind": self._job.kind,
            "request": self._job.request,
            "seconds": self._seconds,
            "seed": self._job.request.get("seed", 1),
        }
        (self.folder / REQUEST).write_text(json.dumps(asked), "utf-8")
        child = ChildProcess(self.folder, "matcher.jobs.child", [str(self.folder), self._work])
        progress = LatestProgress(child)
        try:
            code = self._watch(child, progress)
        finally:
            child.kill()
            progress.close()
        if (last := progress.take()) is not None:
            self._beat(last)
        if code == TOLD:
            told = json.loads((self.folder / PROBLEM).read_bytes())
            raise JobFailure(told["code"], told["detail"], tuple(told.get("errors", ())))
        if code != 0:
            _log.error("job %s: child ended with %s\n%s", self._job.id, code, child.last_words())
            raise JobFailure("crashed", _crash(code))

    def _watch(self, child: ChildProcess, progress: LatestProgress) -> int:
        """Until the child ends. Returns its exit code."""
        started = beaten = monotonic()
        asked_at: float | None = None
        limit = self._services.settings.job_seconds
        while (code := child.wait(TICK_SECONDS)) is None:
            now = monotonic()
            if self._stopping.is_set():
                raise _Stopped
            used = child.megabytes()
            most = self._services.settings.job_megabytes
            if used > most:
                raise JobFailure(
                    "memory",
                    f"It took {used:,} MB of memory, more than the {most:,} MB that PEERLOOM_JOB_MEGABYTES "
                    "allows, so it was ended.",
                )
            if now - beaten >= self._pace.beat:
                beaten = now
                if self._beat(progress.take()) == "keep" and asked_at is None:
                    child.stop()
                    asked_at = now
            if now - started >= limit and asked_at is None:
                child.stop()
                asked_at = now
            if asked_at is not None and now - asked_at >= self._pace.grace:
                asked = f"was asked to end, as it took the {limit:,} seconds of PEERLOOM_JOB_SECONDS"
                asked = asked if asked_at - started >= limit else "was asked for its best answer"
                raise JobFailure(
                    "time",
                    f"It {asked}, and did not within {self._pace.grace:g} seconds: it was ended, and nothing "
                    "was stored.",
                )
        return code

    # -- the row --------------------------------------------------

    def _beat(self, progress: dict[str, Any] | None) -> Cancel | None:
        """Raises `Fenced`, `_Dropped`; a database that is away is borne until others may take the job."""
        try:
            with self._services.database.write() as connection:
                asked = beat(connection, self._job, self._services.now(), progress)
        except DatabaseUnavailable:
            if monotonic() - self._beaten >= self._pace.stale:
                raise Fenced(self._job.id) from None
            return None
        self._beaten = monotonic()
        if asked == "drop":
            raise _Dropped
        return asked

    def _end(
        self, state: Literal["done", "failed", "cancelled"], problem: dict[str, Any] | None = None
    ) -> None:
        for left in reversed(range(STORE_TRIES)):
            try:
                self._store(state, problem)
                return
            except Fenced:
                _log.warning("job %s: taken over, ended or removed; nothing was stored", self._job.id)
                return
            except DatabaseUnavailable:
                if not left:
                    _log.exception("job %s: the database is away; another server will run it", self._job.id)
                    return
                sleep(1)

    def _store(self, state: Literal["done", "failed", "cancelled"], problem: dict[str, Any] | None) -> None:
        database, job, now = self._services.database, self._job, self._services.now()
        try:
            with database.write() as connection:
                if state != "done":
                    finish(connection, job, state, now, problem=problem)
                elif beat(connection, job, now) == "drop":  # takes the row, or is fenced
                    finish(connection, job, "cancelled", now)
                else:
                    result = self._kind.store(connection, job, self.folder, now)
                    finish(connection, job, "done", now, result=result)
        except (Fenced, DatabaseUnavailable):
            raise
        except PeerloomError as error:
            failure = error if isinstance(error, JobFailure) else JobFailure("conflict", str(error))
            with database.write() as connection:
                finish(connection, job, "failed", now, problem=failure.problem)

    def _release(self) -> None:
        try:
            with self._services.database.write() as connection:
                release(connection, self._job)
        except (Fenced, DatabaseUnavailable):
            _log.warning("job %s: could not be given back; it will be found lost", self._job.id)


def _crash(code: int) -> str:
    if code < 0:
        name = signal.Signals(-code).name
        more = " (often the sign that the machine ran out of memory)" if -code == signal.SIGKILL else ""
        return f"Its process was ended by {name}{more}; nothing was stored. Start it again."
    return f"Its process ended with an error (exit code {code}): our fault; the server's log has more."

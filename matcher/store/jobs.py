"""Jobs: the row is the truth. Queued, claimed by one owner at a time, finished by the latest owner only.

States: queued -> running -> done | failed | cancelled. Every claim raises the row's `fence`; whoever beats or
finishes must show the fence of their own claim, so a late owner can store nothing. Several servers may work
on one database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from matcher.domain.errors import PeerloomError
from matcher.store.errors import Conflict, NotFound
from matcher.store.ids import new_id
from matcher.store.tables import jobs

MOST_ATTEMPTS = 3
"""A job whose owner died so often is not tried again."""

STALE = timedelta(seconds=30)
"""A running job that was silent for so long has lost its owner."""

Cancel = Literal["drop", "keep"]
OPEN = ("queued", "running")


class Fenced(PeerloomError):
    """Somebody else owns the job now, or it has ended, or its network is gone: nothing may be stored."""

    def __init__(self, identifier: str) -> None:
        super().__init__(f"The job {identifier!r} is not this owner's any more.")


@dataclass(frozen=True)
class Job:
    """One job. `progress` has phase, seconds, tier, value, bound, detail; `progress_number` grows with it.

    `result` names what was made, such as {"plan": ID}; `problem` has code, detail and perhaps errors.
    """

    network: str
    id: str
    kind: str
    program: str | None
    request: dict[str, Any]
    state: str
    attempt: int
    fence: int
    owner: str | None
    heartbeat_at: datetime | None
    cancel: Cancel | None
    progress: dict[str, Any]
    progress_number: int
    result: dict[str, Any] | None
    problem: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in OPEN


def enqueue(
    connection: Connection,
    network: str,
    kind: str,
    request: Mapping[str, Any],
    now: datetime,
    program: str | None = None,
) -> Job:
    """Queue a job. Jobs of one program run one after another; those without a program wait for nobody."""
    identifier = new_id("job")
    row = {
        "network_id": network,
        "id": identifier,
        "kind": kind,
        "program": program,
        "request": json.dumps(request),
        "state": "queued",
        "created_at": now,
    }
    connection.execute(insert(jobs).values(row))
    return find_job(connection, network, identifier)


def find_job(connection: Connection, network: str, identifier: str) -> Job:
    """One job. Raises `NotFound`."""
    row = connection.execute(select(jobs).where(*_is(network, identifier))).first()
    if row is None:
        raise NotFound("job", identifier)
    return _read(row)


def list_jobs(
    connection: Connection,
    network: str,
    below: str,
    most: int,
    *,
    state: str | None = None,
    kind: str | None = None,
    program: str | None = None,
) -> list[Job]:
    """Up to `most` jobs, the newest first; with ids below `below` (empty: all)."""
    query = select(jobs).where(jobs.c.network_id == network)
    for column, wanted in ((jobs.c.state, state), (jobs.c.kind, kind), (jobs.c.program, program)):
        if wanted is not None:
            query = query.where(column == wanted)
    if below:
        query = query.where(jobs.c.id < below)
    return [_read(row) for row in connection.execute(query.order_by(jobs.c.id.desc()).limit(most))]


def any_waits(connection: Connection, now: datetime, kinds: Sequence[str], stale: timedelta = STALE) -> bool:
    """Whether `claim` may find something: asked first, since reading keeps nobody waiting."""
    query = select(jobs.c.id).where(jobs.c.kind.in_(kinds), _open_to_claims(now, stale)).limit(1)
    return connection.execute(query).first() is not None


def claim(
    connection: Connection,
    owner: str,
    now: datetime,
    kinds: Sequence[str],
    stale: timedelta = STALE,
) -> Job | None:
    """Take the oldest job that waits, or whose owner fell silent; None when there is none to take.

    What was lost too often is failed on the way, and what was to be dropped is cancelled.
    """
    _bury(connection, now, stale)
    query = (
        select(jobs)
        .where(jobs.c.kind.in_(kinds), _open_to_claims(now, stale))
        .order_by(jobs.c.created_at, jobs.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=jobs)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    values = {
        "state": "running",
        "attempt": row.attempt + 1,
        "fence": row.fence + 1,
        "owner": owner,
        "heartbeat_at": now,
        "started_at": row.started_at or now,
    }
    try:
        with connection.begin_nested():
            connection.execute(update(jobs).where(*_is(row.network_id, row.id)).values(values))
    except IntegrityError:  # another server has begun a job of the same program in this very moment
        return None
    return find_job(connection, row.network_id, row.id)


def _open_to_claims(now: datetime, stale: timedelta) -> ColumnElement[bool]:
    """Jobs that wait while no other of their program runs, and jobs that lost their owner."""
    other = jobs.alias("other")
    busy = exists().where(
        other.c.network_id == jobs.c.network_id,
        other.c.program == jobs.c.program,
        other.c.state == "running",
    )
    return or_(and_(jobs.c.state == "queued", ~busy), _lost(now, stale))


def _lost(now: datetime, stale: timedelta) -> ColumnElement[bool]:
    return and_(jobs.c.state == "running", jobs.c.heartbeat_at < now - stale)


def _bury(connection: Connection, now: datetime, stale: timedelta) -> None:
    """End what lost its owner and is not to run again."""
    lost = _lost(now, stale)
    problem = {
        "code": "lost",
        "detail": f"The server that ran it ended without a word {MOST_ATTEMPTS} times, so it is not tried "
        "again: look into the server's log, then start the job anew.",
    }
    connection.execute(
        update(jobs)
        .where(lost, jobs.c.attempt >= MOST_ATTEMPTS)
        .values(state="failed", ended_at=now, problem=json.dumps(problem))
    )
    connection.execute(
        update(jobs).where(lost, jobs.c.cancel == "drop").values(state="cancelled", ended_at=now)
    )


def beat(
    connection: Connection, job: Job, now: datetime, progress: Mapping[str, Any] | None = None
) -> Cancel | None:
    """Say that the owner lives, and how far it is. Returns whether, and how, the job shall end.

    Raises `Fenced` where it is not the owner's any more.
    """
    values: dict[str, Any] = {"heartbeat_at": now}
    if progress is not None:
        values |= {"progress": json.dumps(progress), "progress_number": jobs.c.progress_number + 1}
    _as_owner(connection, job, values)
    asked: Cancel | None = connection.execute(
        select(jobs.c.cancel).where(*_is(job.network, job.id))
    ).scalar_one()
    return asked


def finish(
    connection: Connection,
    job: Job,
    state: Literal["done", "failed", "cancelled"],
    now: datetime,
    *,
    result: Mapping[str, Any] | None = None,
    problem: Mapping[str, Any] | None = None,
) -> None:
    """End a job, in the transaction that stores its result. Raises `Fenced`, so that nothing is stored."""
    values = {
        "state": state,
        "ended_at": now,
        "heartbeat_at": now,
        "result": json.dumps(result) if result is not None else None,
        "problem": json.dumps(problem) if problem is not None else None,
    }
    _as_owner(connection, job, values)


def release(connection: Connection, job: Job) -> None:
    """Give a job back to the queue, as if it had not been tried. Raises `Fenced`."""
    _as_owner(
        connection, job, {"state": "queued", "owner": None, "heartbeat_at": None, "attempt": job.attempt - 1}
    )


def cancel_job(connection: Connection, network: str, identifier: str, how: Cancel, now: datetime) -> Job:
    """Ask for a job's end: "drop" stores nothing, "keep" stores the best answer so far.

    One that waits ends at once. Raises `NotFound`, and `Conflict` for one that has ended.
    """
    waiting = update(jobs).where(*_is(network, identifier), jobs.c.state == "queued")
    if not connection.execute(waiting.values(state="cancelled", cancel=how, ended_at=now)).rowcount:
        running = update(jobs).where(*_is(network, identifier), jobs.c.state == "running")
        if not connection.execute(running.values(cancel=how)).rowcount:
            job = find_job(connection, network, identifier)
            raise Conflict(f"The job {identifier!r} has ended already ({job.state}).")
    return find_job(connection, network, identifier)


def _as_owner(connection: Connection, job: Job, values: Mapping[str, Any]) -> None:
    own = update(jobs).where(*_is(job.network, job.id), jobs.c.state == "running", jobs.c.fence == job.fence)
    if not connection.execute(own.values(values)).rowcount:
        raise Fenced(job.id)


def _is(network: str, identifier: str) -> tuple[Any, Any]:
    return jobs.c.network_id == network, jobs.c.id == identifier


def _read(row: Row[Any]) -> Job:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    for name in ("request", "progress", "result", "problem"):
        found[name] = json.loads(found[name]) if found[name] is not None else None
    return Job(**found)

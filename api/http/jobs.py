"""/v1/jobs: what is at work, watched live or by asking, and called off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Any, Literal

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import Identifier, Model, Text
from matcher.store import jobs as store
from matcher.store.errors import NotFound
from matcher.wiring import Services

MOST_STREAMS = 8
"""Each stream holds a thread of the server: so many at a time, the others are asked to come back."""

LOOK_SECONDS, ALIVE_SECONDS = 0.3, 15.0

jobs = APIBlueprint(
    "jobs",
    __name__,
    url_prefix="/v1/jobs",
    abp_tags=[Tag(name="jobs")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)
_streams = BoundedSemaphore(MOST_STREAMS)


class ProgressView(BaseModel):
    """The latest sign of life: the phase, seconds since the start, value and bound of the tier at work."""

    phase: str = "queued"
    seconds: float = 0
    tier: str | None = None
    value: int | None = None
    bound: int | None = None
    detail: str = ""


class JobProblem(BaseModel):
    """Why a job failed: a code (input, infeasible, unknown, memory, time, crashed, lost ...) and why."""

    code: str
    detail: str
    errors: list[dict[str, str]] = []


class JobView(BaseModel):
    """A job. `result` names what was made: {"plan": ID} for a run."""

    id: str
    kind: str
    program: str | None
    request: dict[str, Any]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    attempt: int
    cancel: Literal["drop", "keep"] | None
    progress: ProgressView
    progress_number: int
    result: dict[str, Any] | None
    problem: JobProblem | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, job: store.Job) -> JobView:
        """As it is shown."""
        return cls.model_validate({name: getattr(job, name) for name in cls.model_fields})


class JobPage(BaseModel):
    """Some jobs, the newest first."""

    items: list[JobView]
    next: str | None


class JobQuery(PageQuery):
    """Which jobs."""

    state: Literal["queued", "running", "done", "failed", "cancelled"] | None = None
    kind: Text | None = Field(default=None, max_length=20)
    program: Identifier | None = None


class JobPath(BaseModel):
    """Which job."""

    model_config = ConfigDict(extra="forbid")
    job: Identifier


class Cancellation(Model):
    """How to end: with `keep` the best answer so far is stored, without it nothing is."""

    keep: bool = False


def accepted(job: store.Job) -> Response:
    """The answer to a request that a job will do: 202 and where to watch it."""
    return answer(JobView.of(job), 202, Location=f"/v1/jobs/{job.id}")


@jobs.get("", responses={200: JobPage})
@validated
def list_jobs(query: JobQuery) -> Response:
    """List jobs
    The newest first."""
    (below,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = store.list_jobs(
            connection, network_id(), str(below), query.limit + 1,
            state=query.state, kind=query.kind, program=query.program,
        )  # fmt: skip
    return page(
        rows,
        query,
        lambda row: cursor_of(row.id),
        lambda items, following: JobPage(items=[JobView.of(one) for one in items], next=following),
    )


@jobs.get("/<job>", responses={200: JobView})
@validated
def get_job(path: JobPath) -> Response:
    """Read a job"""
    with services().database.read() as connection:
        found = store.find_job(connection, network_id(), path.job)
    return answer(JobView.of(found))


@jobs.post("/<job>/cancel", responses={200: JobView})
@validated
def cancel_job(path: JobPath, body: Cancellation) -> Response:
    """Call a job off
    With `keep`, the best answer so far is stored; without, nothing is."""
    parts = services()
    how: store.Cancel = "keep" if body.keep else "drop"
    with parts.database.write() as connection:
        found = store.cancel_job(connection, network_id(), path.job, how, parts.now())
    return answer(JobView.of(found))


_EVENT = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "description": "the job's progress_number"},
        "event": {"enum": ["progress", "end"]},
        "data": {"type": "string", "contentMediaType": "application/json", "description": "the job"},
    },
}
_STREAM = {"description": "Events", "content": {"text/event-stream": {"schema": _EVENT}}}


@jobs.get("/<job>/events", responses={200: _STREAM})
@validated
def watch_job(path: JobPath) -> Response:
    """Watch a job
    Server-sent events: `progress` with the job as it stands whenever it moved, `end` at its end. Each id is
    the job's progress_number; Last-Event-ID leaves out what was seen. A comment comes every 15 s."""
    parts, network = services(), network_id()
    text = request.headers.get("Last-Event-ID", "").strip()
    seen = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
    with parts.database.read() as connection:
        store.find_job(connection, network, path.job)
    if not _streams.acquire(blocking=False):
        raise Problem(
            "unavailable",
            f"{MOST_STREAMS} people watch jobs now: ask for the job itself, or come back.",
            headers={"Retry-After": "10"},
        )
    response = Response(_events(parts, network, path.job, seen), content_type="text/event-stream")
    response.call_on_close(_streams.release)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _events(parts: Services, network: str, identifier: str, seen: int) -> Iterator[bytes]:
    told = monotonic()
    while True:
        try:
            with parts.database.read() as connection:
                job = store.find_job(connection, network, identifier)
        except NotFound:  # its network was removed
            return
        if job.ended:
            yield _event("end", job)
            return
        if job.progress_number > seen:
            seen, told = job.progress_number, monotonic()
            yield _event("progress", job)
        elif monotonic() - told >= ALIVE_SECONDS:
            told = monotonic()
            yield b": still at work\n\n"
        sleep(LOOK_SECONDS)


def _event(name: str, job: store.Job) -> bytes:
    data = json.dumps(JobView.of(job).model_dump(mode="json"), ensure_ascii=False)
    return f"id: {job.progress_number}\nevent: {name}\ndata: {data}\n\n".encode()

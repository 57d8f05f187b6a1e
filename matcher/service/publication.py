"""Publication of a plan: its sessions, its running pairs, and the news to exactly the people concerned.

proposed -> approved -> published -> superseded | retracted. A job finds the times; then one transaction
stores all or nothing. What it replaced is kept, so that a publication can be taken back.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from matcher.domain.history import EndedPair, Ending, RunningPair
from matcher.domain.member import Status
from matcher.domain.policy import Kind
from matcher.domain.session import Schedule, Session
from matcher.jobs.kind import JobKind
from matcher.jobs.scheduling import ASKED, NETWORK, PLAN, SCHEDULE, Asked
from matcher.planning.sessions.clashes import clashes
from matcher.service.acceptance import chase, publishable
from matcher.service.notices import announce
from matcher.store import running
from matcher.store.documents import write_snapshot
from matcher.store.errors import Conflict, Stale
from matcher.store.jobs import Job, enqueue
from matcher.store.networks import find_network, lock_network
from matcher.store.plans import PlanRow, change_plan, find_plan, plan_document, published_plan
from matcher.store.publications import add_publication
from matcher.store.recipients import recipients
from matcher.store.running import RunningRow
from matcher.store.sessions import Scope, commitments, put_sessions, put_unscheduled, sessions_in

if TYPE_CHECKING:
    from matcher.store.database import Connection
    from matcher.wiring import Services

_STEPS = {
    "proposed": "approve it first",
    "published": "it is published already",
    "superseded": "a later plan took its place: make a new plan",
    "retracted": "it was taken back: make a new plan",
    "discarded": "it was discarded: make a new plan",
}


class Replaced(BaseModel):
    """What a publication replaced: the plan before, the sessions that it changed or made (`made`: their UIDs)
    as they were, the running pairs, and what it added to the pairs that ended."""

    superseded: str | None
    sessions: list[Session]
    made: list[str]
    running: list[RunningRow]
    ended: list[int]
    aged: bool


def scope_of(plan: PlanRow) -> Scope:
    """The sessions that a plan is about."""
    return Scope(plan.program, plan.cycle, Kind(plan.kind))


def request_publication(
    services: Services, network: str, identifier: str, version: int | None, accepted_only: bool = False
) -> Job:
    """Queue the publication of an approved plan. `version`: the one that was read, None for any;
    `accepted_only` leaves out pairs whose answers are open.

    Raises `NotFound`, `Stale`, `Conflict` with what has to come first.
    """
    now = services.now()
    chase(services.database, now)
    with services.database.write() as connection:
        plan = find_plan(connection, network, identifier)
        if version is not None and plan.version != version:
            raise Stale("plan", identifier, plan.version)
        _must_be_approved(plan)
        publishable(connection, find_network(connection, network), plan, accepted_only)
        request = {"plan": plan.id, "version": plan.version, "accepted_only": accepted_only}
        job = enqueue(connection, network, "schedule", request, now, plan.program)
    services.wake.set()
    return job


def prepare_schedule(services: Services, job: Job, folder: Path) -> None:
    """The plan, its snapshot, the sessions before, and those of other programs."""
    now = services.now().replace(microsecond=0)
    with services.database.read() as connection:
        plan = _wanted(connection, job)
        write_snapshot(connection, job.network, plan.snapshot, folder / NETWORK)
        body = plan_document(connection, job.network, plan.id, plan.revision)
        (folder / PLAN).write_bytes(gzip.decompress(body))
        network = find_network(connection, job.network)
        pairs = publishable(connection, network, plan, job.request["accepted_only"])
        asked = Asked(
            plan=plan.id,
            seed=plan.summary.get("seed", 1),
            now=now,
            domain=network.settings.uid_domain,
            pairs=None if pairs is None else tuple(pairs),
            previous=tuple(sessions_in(connection, job.network, scope_of(plan))),
            commitments=tuple(commitments(connection, job.network, scope_of(plan), now)),
        )
    (folder / ASKED).write_text(asked.model_dump_json(), "utf-8")


def store_schedule(connection: Connection, job: Job, folder: Path, now: datetime) -> dict[str, Any]:
    """Publish, in the transaction that ends the job."""
    plan = _wanted(connection, job)
    asked = Asked.model_validate_json((folder / ASKED).read_bytes())
    schedule = Schedule.model_validate_json((folder / SCHEDULE).read_bytes())
    return publish(connection, plan, schedule, asked.previous, now, asked.pairs)


SCHEDULE_JOB = JobKind(prepare_schedule, store_schedule)
"""Publication of an approved plan."""


def publish(
    connection: Connection,
    plan: PlanRow,
    schedule: Schedule,
    previous: Sequence[Session],
    now: datetime,
    pairs: Sequence[tuple[str, str]] | None = None,
) -> dict[str, Any]:
    """Store a plan's schedule, which was made knowing `previous`, and everything that follows from it.

    `pairs`: those of the plan that the schedule is about, in order, None for all.

    Returns counts. Raises `Conflict` where the world moved on since the schedule was made.
    """
    network = lock_network(connection, plan.network)  # so that no other program takes a time meanwhile
    allowed = publishable(connection, network, plan, accepted_only=pairs is not None)
    if allowed is not None and list(pairs or ()) != allowed:
        raise Conflict("People changed their answers meanwhile: publish again.")
    scope = scope_of(plan)
    before = {one.uid: one for one in sessions_in(connection, plan.network, scope)}
    if before != {one.uid: one for one in previous}:
        raise Conflict("The sessions of the plan before changed meanwhile: publish again.")
    changed = [one for one in schedule.sessions if before.get(one.uid) != one]
    _check_people(connection, plan.network, changed)
    taken = commitments(connection, plan.network, scope, now)
    for one, other in clashes((s for s in changed if s.start > now), taken):
        raise Conflict(
            f"{one.learner} or {one.guide} got another session at {one.start:%Y-%m-%d %H:%M} UTC meanwhile "
            f"({other.program}): publish again."
        )
    former = published_plan(connection, plan.network, plan.program, plan.cycle, plan.kind)
    if former is not None:
        change_plan(connection, former, {"state": "superseded"}, now)
    opened = _run(connection, plan, pairs, now)
    put_sessions(connection, plan.network, plan.id, changed, now)
    put_unscheduled(connection, plan.network, plan.id, schedule.unscheduled)
    replaced = Replaced(
        superseded=former.id if former is not None else None,
        sessions=[before[one.uid] for one in changed if one.uid in before],
        made=[one.uid for one in changed if one.uid not in before],
        running=opened.before,
        ended=opened.ended,
        aged=opened.aged,
    )
    add_publication(connection, plan.network, plan.id, replaced.model_dump_json())
    change_plan(connection, plan, {"state": "published", "published_at": now}, now)
    told = announce(connection, network, changed, plan.id, now)
    return {
        "plan": plan.id,
        "superseded": replaced.superseded,
        "sessions": len(schedule.sessions),
        "changed": len(changed),
        "unscheduled": len(schedule.unscheduled),
        "feeds": told.feeds,
        "mails": told.mails,
    }


@dataclass(frozen=True)
class _Opened:
    before: list[RunningRow]
    ended: list[int]
    aged: bool


def _run(
    connection: Connection, plan: PlanRow, chosen: Sequence[tuple[str, str]] | None, now: datetime
) -> _Opened:
    """Let the plan's pairs run in place of those before.

    Pairs that ran in an earlier cycle, or came with a document, and are not in the plan, have ended: they
    become history, one cycle ago. Pairs that a plan of the same cycle drops run no more, and are no history:
    the cycle is not over. A program's first plan of a further cycle makes its history one cycle older.
    """
    kind = Kind(plan.kind)
    before = running.running_of(connection, plan.network, plan.program, kind)
    known = {(one.learner, one.guide): one for one in before}
    pairs = chosen if chosen is not None else running.pairs_of(connection, plan.network, plan.id)
    rows = []
    for learner, guide in pairs:
        old = known.get((learner, guide))
        since = RunningPair.model_validate_json(old.body).since if old is not None else None
        pair = RunningPair(learner=learner, guide=guide, kind=kind, since=since or now.date())
        body = pair.model_dump_json(exclude_defaults=True)
        rows.append(RunningRow(learner, guide, plan.program, plan.id, body))
    cycles = running.cycles_of(connection, plan.network, plan.program, kind)
    aged = bool(cycles) and plan.cycle not in cycles.values()
    if aged:
        running.age_ended(connection, plan.network, plan.program, kind, 1)
    kept = set(pairs)
    over = [
        EndedPair(learner=one.learner, guide=one.guide, kind=kind, ending=Ending.COMPLETED)
        for one in before
        if (one.learner, one.guide) not in kept and (one.plan is None or cycles.get(one.plan) != plan.cycle)
    ]
    ended = running.add_ended(connection, plan.network, plan.program, over)
    running.replace_running(connection, plan.network, plan.program, kind, rows)
    return _Opened(before, ended, aged)


def _wanted(connection: Connection, job: Job) -> PlanRow:
    plan = find_plan(connection, job.network, job.request["plan"])
    _must_be_approved(plan)
    if plan.version != job.request["version"]:
        raise Stale("plan", plan.id, plan.version)
    return plan


def _must_be_approved(plan: PlanRow) -> None:
    if plan.state != "approved":
        raise Conflict(f"The plan {plan.id!r} is {plan.state}: {_STEPS[plan.state]}.")


def _check_people(connection: Connection, network: str, sessions: Sequence[Session]) -> None:
    people = {person for one in sessions for person in one.attendees}
    found = recipients(connection, network, people)
    here = {one for one, who in found.items() if who.member.status is Status.ACTIVE}
    coming = {p for one in sessions if one.state == "scheduled" for p in one.attendees}
    gone = sorted((people - found.keys()) | (coming - here))
    if gone:
        shown = ", ".join(gone[:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
        raise Conflict(f"{shown} left the network since the plan was made: make a new plan.")

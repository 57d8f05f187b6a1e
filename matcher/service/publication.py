"""Publication of a plan: its sessions, what runs, and the news to exactly the people concerned.

proposed -> approved -> published -> superseded | retracted. A job finds the times; then one transaction
stores all or nothing. What it replaced is kept, so that a publication can be taken back.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from matcher.domain.family import Family
from matcher.domain.member import Status
from matcher.domain.policy import Kind
from matcher.domain.session import Key, Schedule, Session
from matcher.jobs.kind import JobKind
from matcher.jobs.scheduling import ASKED, NETWORK, PLAN, SCHEDULE, Asked
from matcher.planning.sessions.clashes import clashes
from matcher.service.acceptance import chase, publishable
from matcher.service.conferences import with_conference
from matcher.service.families import ends_of
from matcher.service.family_rota import held_series, rota_beside
from matcher.service.notices import announce
from matcher.service.turn_news import tell_turns
from matcher.service.webhooks.events import Event, tell_plan, tell_unmatched
from matcher.store.documents import write_snapshot
from matcher.store.errors import Conflict, Stale
from matcher.store.jobs import Job, enqueue
from matcher.store.networks import find_network, lock_network
from matcher.store.plans import (
    PlanRow,
    change_plan,
    find_plan,
    plan_document,
    published_plan,
    series_of,
)
from matcher.store.publications import add_publication, find_publication
from matcher.store.recipients import recipients
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
    as they were, and what its family needs to put back what ran (`opened`). `instead`: of series that a rota
    gives times to, the sessions that the plan would give them without it."""

    superseded: str | None
    sessions: list[Session]
    made: list[str]
    opened: str
    instead: list[Session] = []

    @classmethod
    def of(cls, connection: Connection, plan: PlanRow) -> Replaced:
        """What the publication of a plan replaced. Raises `NotFound`."""
        return cls.model_validate_json(find_publication(connection, plan.network, plan.id))


def scope_of(connection: Connection, plan: PlanRow) -> Scope:
    """The sessions that a plan is about."""
    kind = Kind(plan.kind) if plan.kind else None
    others = ends_of(plan).others(connection, plan)
    return Scope(plan.program, plan.cycle, Family(plan.family), kind, others)


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
        job = queue_publication(connection, network, identifier, version, now, accepted_only=accepted_only)
    services.wake.set()
    return job


def queue_publication(
    connection: Connection,
    network: str,
    identifier: str,
    version: int | None,
    now: datetime,
    *,
    accepted_only: bool = False,
) -> Job:
    """Queue a publication in a transaction of the caller's. Raises as `request_publication`."""
    plan = find_plan(connection, network, identifier)
    if version is not None and plan.version != version:
        raise Stale("plan", identifier, plan.version)
    _must_be_approved(plan)
    publishable(connection, find_network(connection, network), plan, accepted_only)
    request = {
        "plan": plan.id,
        "family": plan.family,
        "version": plan.version,
        "accepted_only": accepted_only,
    }
    return enqueue(connection, network, "schedule", request, now, plan.program)


def prepare_schedule(services: Services, job: Job, folder: Path) -> None:
    """The plan, its snapshot, the sessions before, and those of other plans."""
    now = services.now().replace(microsecond=0)
    with services.database.read() as connection:
        plan = _wanted(connection, job)
        write_snapshot(connection, job.network, plan.snapshot, folder / NETWORK)
        body = plan_document(connection, job.network, plan.id, plan.revision)
        (folder / PLAN).write_bytes(gzip.decompress(body))
        network = find_network(connection, job.network)
        scope = scope_of(connection, plan)
        only = publishable(connection, network, plan, job.request["accepted_only"])
        asked = Asked(
            plan=plan.id,
            family=Family(plan.family),
            seed=plan.summary.get("seed", 1),
            now=now,
            domain=network.settings.uid_domain,
            only=None if only is None else tuple(only),
            previous=tuple(sessions_in(connection, job.network, scope)),
            commitments=tuple(commitments(connection, job.network, scope, now)),
            held=tuple(held_series(connection, plan)),
            replaced=tuple(sessions_before_rota(connection, plan, scope)),
        )
    (folder / ASKED).write_text(asked.model_dump_json(), "utf-8")


def sessions_before_rota(connection: Connection, plan: PlanRow, scope: Scope) -> list[Session]:
    """The sessions of a scope as they were before the rota that gives them times."""
    rota = rota_beside(connection, plan)
    return [] if rota is None else [one for one in Replaced.of(connection, rota).sessions if scope.holds(one)]


def store_schedule(connection: Connection, job: Job, folder: Path, now: datetime) -> dict[str, Any]:
    """Publish, in the transaction that ends the job."""
    plan = _wanted(connection, job)
    asked = Asked.model_validate_json((folder / ASKED).read_bytes())
    schedule = Schedule.model_validate_json((folder / SCHEDULE).read_bytes())
    return publish(connection, plan, schedule, asked.previous, now, asked.only)


SCHEDULE_JOB = JobKind(prepare_schedule, store_schedule)
"""Publication of an approved plan."""


def publish(
    connection: Connection,
    plan: PlanRow,
    schedule: Schedule,
    previous: Sequence[Session],
    now: datetime,
    only: Sequence[Key] | None = None,
) -> dict[str, Any]:
    """Store a plan's schedule, which was made knowing `previous`, and everything that follows from it.

    `only`: keys of those pairs or groups of the plan that the schedule is about, in order, None for all.

    Returns counts. Raises `Conflict` where the world moved on since the schedule was made.
    """
    network = lock_network(connection, plan.network)  # so that no other program takes a time meanwhile
    allowed = publishable(connection, network, plan, accepted_only=only is not None)
    if allowed is not None and list(only or ()) != allowed:
        raise Conflict("People changed their answers meanwhile: publish again.")
    before, changed = changed_sessions(connection, plan, schedule, previous, now)
    former = published_plan(connection, plan.network, plan.program, plan.cycle, plan.family, plan.kind)
    if former is not None:
        change_plan(connection, former, {"state": "superseded"}, now)
    keys = series_of(connection, plan.network, plan.id) if only is None else only
    opened = ends_of(plan).run(connection, plan, keys, now)
    changed = [one if one.uid in before else with_conference(one, network.settings) for one in changed]
    put_sessions(connection, plan.network, changed, now)
    put_unscheduled(connection, plan.network, plan.id, schedule.unscheduled)
    replaced = Replaced(
        superseded=former.id if former is not None else None,
        sessions=[before[one.uid] for one in changed if one.uid in before],
        made=[one.uid for one in changed if one.uid not in before],
        opened=opened,
        instead=list(schedule.instead),
    )
    add_publication(connection, plan.network, plan.id, replaced.model_dump_json())
    done = change_plan(connection, plan, {"state": "published", "published_at": now}, now)
    tell_plan(connection, done, Event.PLAN_PUBLISHED, now)
    tell_unmatched(connection, done, now)
    told = announce(connection, network, changed, plan.id, now)
    news = tell_turns(connection, network, before, changed, plan.id, now)
    return {
        "plan": plan.id,
        "superseded": replaced.superseded,
        "sessions": len(schedule.sessions),
        "changed": len(changed),
        "unscheduled": len(schedule.unscheduled),
        "feeds": told.feeds,
        "mails": told.mails + news,
    }


def changed_sessions(
    connection: Connection, plan: PlanRow, schedule: Schedule, previous: Sequence[Session], now: datetime
) -> tuple[dict[str, Session], list[Session]]:
    """The sessions that a plan is about as they are stored, by UID, and those that a schedule changes.

    Raises `Conflict` where the world moved on since the schedule was made, knowing `previous`.
    """
    scope = scope_of(connection, plan)
    before = {one.uid: one for one in sessions_in(connection, plan.network, scope)}
    if before != {one.uid: one for one in previous}:
        raise Conflict("The sessions of the plan before changed meanwhile: publish again.")
    changed = [one for one in schedule.sessions if before.get(one.uid) != one]
    _check_people(connection, plan.network, changed)
    taken = commitments(connection, plan.network, scope, now)
    for one, other in clashes((s for s in changed if s.start > now), taken):
        raise Conflict(
            f"{_in_both(one, other)} got another session at {one.start:%Y-%m-%d %H:%M} UTC meanwhile "
            f"({other.program}): publish again."
        )
    return before, changed


def _in_both(one: Session, other: Session) -> str:
    return next(person for person in one.attendees if person in other.attendees)


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

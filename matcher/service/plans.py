"""Plans: asked for, solved by a job on a snapshot of the network, stored as proposed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.documents.write import record
from matcher.domain.errors import InputError
from matcher.domain.family import Family
from matcher.domain.policy import Kind
from matcher.domain.program import Program
from matcher.jobs.kind import SESSIONS, JobKind
from matcher.jobs.work import AUDITED, BASE, HASH, OVERLAY, PACKED, PREVIOUS, REPORT, RESULT, SIDES, VARIANT
from matcher.planning.around import AROUND
from matcher.planning.commitments import write_commitments
from matcher.planning.filed import FiledPlan
from matcher.service.acceptance import left_out
from matcher.service.families import FAMILIES, ends_of
from matcher.service.webhooks.events import Event, tell_plan
from matcher.store.documents import (
    header_of,
    keep_snapshot,
    keep_variant,
    packed,
    write_document,
    write_snapshot,
)
from matcher.store.errors import Conflict
from matcher.store.jobs import Job, enqueue
from matcher.store.plans import (
    PlanRow,
    add_plan,
    find_plan,
    plan_around,
    plan_document,
    plan_sessions,
    published_plan,
    snapshot_of,
)
from matcher.store.policies import policy_version
from matcher.store.sessions import Scope, commitments

if TYPE_CHECKING:
    from matcher.store.database import Connection
    from matcher.wiring import Services


@dataclass(frozen=True)
class PlanRequest:
    """What a coordinator asks of a run. `seconds` of wall time; `policy`: (id, version) to try instead of the
    program's; `previous`: the plan whose pairs count as running, None for the published one, if any;
    `rounds`: number, size, most_of_one and held of rounds, as far as this run says them itself;
    `as_of`: as if it were then, None for now."""

    family: Family = Family.PAIRS
    kind: Kind | None = None
    seconds: int = 600
    seed: int = 1
    policy: tuple[str, int] | None = None
    previous: str | None = None
    rounds: Mapping[str, int] = field(default_factory=dict)
    as_of: datetime | None = None


def request_plan(services: Services, network: str, program: str, asked: PlanRequest) -> Job:
    """Queue a run of one program. Raises `NotFound`, `InputError`, `Conflict` before anything is queued."""
    policy = list(asked.policy) if asked.policy is not None else None
    return _request(services, network, program, asked, "solve", [policy], {"policy": policy})


def request_comparison(
    services: Services, network: str, program: str, asked: PlanRequest, policies: Sequence[tuple[str, int]]
) -> Job:
    """Queue runs of one program under two policies, on the same people, each with half of the seconds.

    `policies`: (id, version) of both. Errors as in `request_plan`.
    """
    both = [list(policy) for policy in policies]
    return _request(services, network, program, asked, "compare", both, {"policies": both})


def _request(
    services: Services, network: str, program: str, asked: PlanRequest, what: str,
    policies: Sequence[list[Any] | None], more: dict[str, Any],
) -> Job:  # fmt: skip
    with services.database.write() as connection:
        job = queue_run(connection, network, program, asked, services.now(), what, policies, more)
    services.wake.set()
    return job


def queue_run(
    connection: Connection,
    network: str,
    program: str,
    asked: PlanRequest,
    now: datetime,
    what: str = "solve",
    policies: Sequence[list[Any] | None] = (None,),
    more: Mapping[str, Any] | None = None,
) -> Job:
    """Queue a run of one program, in a transaction of the caller's. Raises as `request_plan`."""
    chosen, kind = FAMILIES[asked.family].choose(header_of(connection, network), program, asked.kind)
    for policy in policies:
        if policy is not None:
            policy_version(connection, network, *policy)
    before = published_plan(connection, network, chosen.id, chosen.cycle.id, asked.family, kind)
    if asked.previous is not None:
        before = find_plan(connection, network, asked.previous)
        if (before.program, before.family, before.kind) != (chosen.id, asked.family, kind):
            raise Conflict(
                f"The plan {before.id!r} holds {f'{before.kind} {before.family}'.strip()} of the program "
                f"{before.program!r}: name one with {f'{kind} {asked.family}'.strip()} of {chosen.id!r}."
            )
    if asked.family is Family.ROUNDS:  # refused before anything is queued
        body = _document_of(connection, before)
        FAMILIES[asked.family].wanted(chosen, asked.rounds, body, (asked.as_of or now).date())
    elif asked.rounds:
        raise InputError(f"A run that forms {asked.family.value} takes no rounds: leave them out.")
    request = {
        "family": asked.family,
        "kind": kind,
        "seconds": asked.seconds,
        "seed": asked.seed,
        "previous": asked.previous,
        "rounds": dict(asked.rounds),
        **({"as_of": asked.as_of.isoformat()} if asked.as_of is not None else {}),
        **(more if more is not None else {"policy": None}),
    }
    return enqueue(connection, network, what, request, now, chosen.id)


def prepare_solve(services: Services, job: Job, folder: Path) -> None:
    """The network as it is now, with the policy to try and the plan before."""
    (overlay,) = _prepare(services, job, folder, [job.request["policy"]])
    (folder / OVERLAY).write_text(json.dumps(overlay), "utf-8")


def _prepare(
    services: Services, job: Job, folder: Path, policies: Sequence[list[Any] | None]
) -> list[dict[str, Any]]:
    """Write what a run needs but its overlay; returns an overlay for each of the policies."""
    request, program = job.request, str(job.program)
    now = datetime.fromisoformat(request["as_of"]) if "as_of" in request else services.now()
    overlays: list[dict[str, Any]] = []
    before: PlanRow | None
    with services.database.read() as connection:
        sha256 = write_document(connection, job.network, folder / BASE)
        for policy in policies:
            overlays.append({"program": program})
            if policy is not None:
                overlays[-1]["policy"] = json.loads(record(policy_version(connection, job.network, *policy)))
        kind = Kind(request["kind"]) if request["kind"] else None
        header = header_of(connection, job.network)
        chosen, _ = FAMILIES[Family(request["family"])].choose(header, program, kind)
        if request["previous"] is not None:
            before = find_plan(connection, job.network, request["previous"])
        else:
            before = published_plan(
                connection, job.network, program, chosen.cycle.id, request["family"], request["kind"]
            )
        body = _document_of(connection, before)
        if body:
            (folder / PREVIOUS).write_bytes(body)
        write_world(connection, job.network, request["family"], request["kind"], chosen, now, folder)
        ends = FAMILIES[Family(request["family"])]
        wanted = ends.wanted(chosen, request["rounds"], body, now.date())
        overlays = [{**overlay, **wanted} for overlay in overlays]
    (folder / PACKED).write_bytes(packed(folder / BASE))
    (folder / HASH).write_text(sha256, "utf-8")
    return overlays


def write_world(
    connection: Connection,
    network: str,
    family: str,
    kind: str,
    program: Program,
    now: datetime,
    folder: Path,
) -> None:
    """What a run is made around: coming sessions of other plans, whose times are taken, and what else its
    family needs."""
    ends = FAMILIES[Family(family)]
    scope = Scope(
        program.id,
        program.cycle.id,
        Family(family),
        Kind(kind) if kind else None,
        families=ends.moves(program),
    )
    write_commitments(folder / SESSIONS, commitments(connection, network, scope, now))
    around = ends.around(connection, network, program, now)
    if around is not None:
        (folder / AROUND).write_text(around.model_dump_json(exclude_defaults=True), "utf-8")


def sessions_file(folder: Path) -> bytes | None:
    """What `write_world` wrote of them, to be kept with the plan; None where there were no such sessions."""
    path = folder / SESSIONS
    return path.read_bytes() if path.exists() else None


def _document_of(connection: Connection, plan: PlanRow | None) -> bytes:
    """A plan's latest revision, without what was not published of it; empty without a plan."""
    if plan is None:
        return b""
    body = gzip.decompress(plan_document(connection, plan.network, plan.id, plan.revision))
    missing = left_out(connection, plan)
    return json.dumps(ends_of(plan).without(json.loads(body), missing)).encode() if missing else body


def store_solve(connection: Connection, job: Job, folder: Path, now: datetime) -> dict[str, Any]:
    """The plan and what it was made from."""
    sha256 = (folder / HASH).read_text("utf-8")
    keep_snapshot(connection, job.network, sha256, (folder / PACKED).read_bytes(), now)
    return {"plan": _store_plan(connection, job, folder, sha256, now, sessions_file(folder))}


def _store_plan(
    connection: Connection, job: Job, folder: Path, base: str, now: datetime, sessions: bytes | None
) -> str:
    filed = FiledPlan.read(folder / RESULT)
    if (folder / VARIANT).exists():
        keep_variant(connection, job.network, folder / VARIANT, filed.head["snapshot"], base, now)
    plan = add_plan(connection, job.network, filed, job.id, now, sessions)
    tell_plan(connection, plan, Event.PLAN_PROPOSED, now)
    return plan.id


SOLVE = JobKind(prepare_solve, store_solve)
"""A run of one program: makes a proposed plan."""


def prepare_compare(services: Services, job: Job, folder: Path) -> None:
    """The network as it is now, with both policies and the plan before."""
    overlays = _prepare(services, job, folder, job.request["policies"])
    (folder / OVERLAY).write_text(json.dumps(overlays), "utf-8")


def store_compare(connection: Connection, job: Job, folder: Path, now: datetime) -> dict[str, Any]:
    """Both plans, proposed."""
    sha256 = (folder / HASH).read_text("utf-8")
    keep_snapshot(connection, job.network, sha256, (folder / PACKED).read_bytes(), now)
    sessions = sessions_file(folder)
    first, second = (_store_plan(connection, job, folder / side, sha256, now, sessions) for side in SIDES)
    return {"plans": [first, second], "compare": f"/v1/plans/{first}/compare?with={second}"}


COMPARE = JobKind(prepare_compare, store_compare)
"""Runs of one program under two policies: makes two proposed plans on the same snapshot."""


def request_audit(services: Services, network: str, identifier: str) -> Job:
    """Queue an audit of a plan's latest revision; it waits for no other job. Raises `NotFound`."""
    with services.database.write() as connection:
        plan = find_plan(connection, network, identifier)
        request = {"plan": plan.id, "family": plan.family, "revision": plan.revision}
        job = enqueue(connection, network, "audit", request, services.now())
    services.wake.set()
    return job


def prepare_audit(services: Services, job: Job, folder: Path) -> None:
    """The plan and the document that it was made from."""
    plan, revision = job.request["plan"], job.request["revision"]
    with services.database.read() as connection:
        body = plan_document(connection, job.network, plan, revision)
        sha256 = snapshot_of(connection, job.network, plan, revision)
        write_snapshot(connection, job.network, sha256, folder / BASE)
        if (sessions := plan_sessions(connection, job.network, plan, revision)) is not None:
            (folder / SESSIONS).write_bytes(sessions)
        if (around := plan_around(connection, job.network, plan, revision)) is not None:
            (folder / AROUND).write_bytes(around)
    (folder / AUDITED).write_bytes(gzip.decompress(body))


def store_audit(connection: Connection, job: Job, folder: Path, now: datetime) -> dict[str, Any]:
    """What was checked, and what is off."""
    report: dict[str, Any] = json.loads((folder / REPORT).read_bytes())
    return {"plan": job.request["plan"], "revision": job.request["revision"], **report}


AUDIT = JobKind(prepare_audit, store_audit)
"""An audit of one revision of a plan, without the solver."""

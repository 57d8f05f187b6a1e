"""Plans: asked for, solved by a job on a snapshot of the network, stored as proposed."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.documents.read import choose
from matcher.documents.write import record
from matcher.domain.policy import Kind
from matcher.jobs.kind import JobKind
from matcher.jobs.work import BASE, HASH, OVERLAY, PACKED, PREVIOUS, RESULT, VARIANT
from matcher.planning.filed import FiledPlan
from matcher.store.documents import (
    header_of,
    keep_snapshot,
    keep_variant,
    packed,
    write_document,
)
from matcher.store.errors import Conflict
from matcher.store.jobs import Job, enqueue
from matcher.store.plans import add_plan, find_plan, plan_document, published_plan
from matcher.store.policies import policy_version

if TYPE_CHECKING:
    from datetime import datetime

    from matcher.store.database import Connection
    from matcher.wiring import Services


@dataclass(frozen=True)
class PlanRequest:
    """What a coordinator asks of a run. `seconds` of wall time; `policy`: (id, version) to try instead of the
    program's; `previous`: the plan whose pairs count as running, None for the published one, if any."""

    kind: Kind | None = None
    seconds: int = 600
    seed: int = 1
    policy: tuple[str, int] | None = None
    previous: str | None = None


def request_plan(services: Services, network: str, program: str, asked: PlanRequest) -> Job:
    """Queue a run of one program. Raises `NotFound`, `InputError`, `Conflict` before anything is queued."""
    with services.database.write() as connection:
        chosen, _, kind = choose(header_of(connection, network), program, asked.kind)
        if asked.policy is not None:
            policy_version(connection, network, *asked.policy)
        if asked.previous is not None:
            before = find_plan(connection, network, asked.previous)
            if (before.program, before.kind) != (chosen.id, kind.value):
                raise Conflict(
                    f"The plan {before.id!r} holds {before.kind} pairs of the program {before.program!r}: "
                    f"name one with {kind.value} pairs of {chosen.id!r}."
                )
        request = {
            "kind": kind.value,
            "seconds": asked.seconds,
            "seed": asked.seed,
            "policy": list(asked.policy) if asked.policy is not None else None,
            "previous": asked.previous,
        }
        job = enqueue(connection, network, "solve", request, services.now(), chosen.id)
    services.wake.set()
    return job


def prepare_solve(services: Services, job: Job, folder: Path) -> None:
    """The network as it is now, with the policy to try and the plan before."""
    request, program = job.request, str(job.program)
    with services.database.read() as connection:
        sha256 = write_document(connection, job.network, folder / BASE)
        overlay: dict[str, Any] = {"program": program}
        if request["policy"] is not None:
            chosen_policy = policy_version(connection, job.network, *request["policy"])
            overlay["policy"] = json.loads(record(chosen_policy))
        header = header_of(connection, job.network)
        chosen, _, _ = choose(header, program, request["kind"])
        before = None
        if request["previous"] is not None:
            before = find_plan(connection, job.network, request["previous"])
        else:
            before = published_plan(connection, job.network, program, chosen.cycle.id, request["kind"])
        if before is not None:
            body = plan_document(connection, job.network, before.id, before.revision)
            (folder / PREVIOUS).write_bytes(gzip.decompress(body))
    (folder / OVERLAY).write_text(json.dumps(overlay), "utf-8")
    (folder / PACKED).write_bytes(packed(folder / BASE))
    (folder / HASH).write_text(sha256, "utf-8")


def store_solve(connection: Connection, job: Job, folder: Path, now: datetime) -> dict[str, Any]:
    """The plan and what it was made from."""
    filed = FiledPlan.read(folder / RESULT)
    sha256 = (folder / HASH).read_text("utf-8")
    keep_snapshot(connection, job.network, sha256, (folder / PACKED).read_bytes(), now)
    if (folder / VARIANT).exists():
        keep_variant(connection, job.network, folder / VARIANT, filed.head["snapshot"], sha256, now)
    return {"plan": add_plan(connection, job.network, filed, job.id, now).id}


SOLVE = JobKind(prepare_solve, store_solve)
"""A run of one program: makes a proposed plan."""

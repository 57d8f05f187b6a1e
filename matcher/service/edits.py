"""A plan's life until it is published: edits by hand, solving around them, approval."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.domain.edit import Edit, EditPrice, clash_with, standing
from matcher.domain.session import Key
from matcher.jobs.kind import JobFailure, JobKind
from matcher.jobs.work import BASE, OVERLAY, PREVIOUS, RESULT, VARIANT
from matcher.planning.filed import FiledPlan
from matcher.service.acceptance import (
    Links,
    Standing,
    ask_pairs,
    declined_pairs,
    queue_next,
    standing_of,
)
from matcher.service.asking import ask
from matcher.store.documents import base_of, keep_variant, write_snapshot
from matcher.store.edits import EditRow, add_edit, close_edits, list_edits
from matcher.store.errors import Conflict, Stale
from matcher.store.jobs import Job, enqueue
from matcher.store.networks import find_network, lock_network
from matcher.store.plans import (
    PlanRow,
    add_revision,
    change_plan,
    find_plan,
    plan_document,
    series_of,
    snapshot_of,
)

if TYPE_CHECKING:
    from datetime import datetime

    from matcher.store.database import Connection
    from matcher.wiring import Services

VERSION = "version.json"
BY_ACCEPTANCE = "acceptance"
"""The note of edits that people made by declining."""


def edit_plan(
    services: Services, network: str, identifier: str, edit: Edit, version: int | None
) -> tuple[EditRow, PlanRow]:
    """Audit, price and store one edit of a proposed plan; the next re-solve works around it.

    `version`: the plan's that was read, None for any. Raises `NotFound`, `Stale`, `Conflict` (another edit
    says the opposite, the plan is no longer proposed), `Refused` (a rule or a place forbids it, by name) and
    `AskerUnavailable`; nothing is stored then.
    """
    with services.database.read() as connection:
        plan = _proposed(find_plan(connection, network, identifier), version)
        log = [(row.number, row.edit) for row in list_edits(connection, network, identifier)]
    if edit.op == "undo":
        edit, price = _undoing(log, edit)
    else:
        if (clash := clash_with(log, edit)) is not None:
            raise Conflict(clash)
        kept = [*standing(log), (0, edit)]
        gone = [one for one in log if one not in kept]
        question = {
            "ask": "edit",
            "edit": edit.model_dump(mode="json"),
            "pins": _pins(kept),
            "undone": _pins(gone),
        }
        price = EditPrice.model_validate_json(json.dumps(ask(services, plan, question)))
    now = services.now()
    with services.database.write() as connection:
        changed = change_plan(connection, plan, {}, now)
        return add_edit(connection, network, identifier, edit, price, now), changed


def request_resolve(
    services: Services, network: str, identifier: str, seconds: int, seed: int, version: int | None
) -> Job:
    """Queue a run around all edits of a proposed plan, or around the declined pairs of an approved one.
    Raises `NotFound`, `Stale`, `Conflict` where none waits."""
    with services.database.write() as connection:
        plan = _solvable(find_plan(connection, network, identifier), version)
        if plan.state == "approved":
            if not declined_pairs(connection, plan):
                raise Conflict(f"No pair of the approved plan {identifier!r} was declined.")
        elif not _waiting(connection, plan):
            raise Conflict(f"No edit of the plan {identifier!r} waits for a run: edit it first.")
        request = {
            "plan": plan.id,
            "family": plan.family,
            "kind": plan.kind,
            "seconds": seconds,
            "seed": seed,
        }
        job = enqueue(connection, network, "resolve", request, services.now(), plan.program)
    services.wake.set()
    return job


def approve_plan(services: Services, network: str, identifier: str, version: int | None) -> PlanRow:
    """Approve a proposed plan whose edits are all in its latest revision. Where the network wants acceptance,
    both sides of each new pair are asked. Raises `NotFound`, `Stale`, `Conflict`."""
    with services.database.write() as connection:
        plan = _proposed(find_plan(connection, network, identifier), version)
        if waiting := _waiting(connection, plan):
            raise Conflict(f"{len(waiting)} edits wait for a run: POST /v1/plans/{identifier}/resolve first.")
        now = services.now()
        whole = find_network(connection, network)
        if whole.settings.acceptance.needed:
            Links.of(services.settings).require()
            ask_pairs(connection, whole, plan, now)
        return change_plan(connection, plan, {"state": "approved"}, now)


def discard_plan(services: Services, network: str, identifier: str, version: int | None) -> PlanRow:
    """Put a plan away that was not published. Raises `NotFound`, `Stale`, `Conflict`."""
    with services.database.write() as connection:
        plan = _at(find_plan(connection, network, identifier), version)
        if plan.state not in ("proposed", "approved"):
            raise Conflict(
                f"The plan {identifier!r} is {plan.state}: only one before publication is discarded."
            )
        return change_plan(connection, plan, {"state": "discarded"}, services.now())


def prepare_resolve(services: Services, job: Job, folder: Path) -> None:
    """The people of the plan's first revision, all standing edits, the answers of the people asked, and the
    present revision as what runs."""
    network, identifier = job.network, job.request["plan"]
    with services.database.read() as connection:
        plan = _solvable(find_plan(connection, network, identifier), None)
        rows = list_edits(connection, network, identifier)
        first = snapshot_of(connection, network, identifier, 1)
        write_snapshot(connection, network, first, folder / BASE)
        body = plan_document(connection, network, identifier, plan.revision)
        answers = standing_of(connection, plan)
    edits = standing([(row.number, row.edit) for row in rows])
    pins = [*_pins(edits, answers.accepted | answers.declined), *_answered(answers)]
    (folder / PREVIOUS).write_bytes(gzip.decompress(body))
    (folder / OVERLAY).write_text(json.dumps({"program": plan.program, "pins": pins}), "utf-8")
    declined = sorted(answers.declined)
    (folder / VERSION).write_text(json.dumps([plan.version, first, declined]), "utf-8")


def store_resolve(connection: Connection, job: Job, folder: Path, now: datetime) -> dict[str, Any]:
    """The next revision, which holds every edit; pairs that it adds to an approved plan are asked in turn."""
    network, identifier = job.network, job.request["plan"]
    lock_network(connection, network)  # so that nobody answers while pairs come and go
    version, first, declined = json.loads((folder / VERSION).read_text("utf-8"))
    filed = FiledPlan.read(folder / RESULT)
    if (folder / VARIANT).exists():
        base = base_of(connection, network, first)
        keep_variant(connection, network, folder / VARIANT, filed.head["snapshot"], base, now)
    try:
        plan = add_revision(connection, network, identifier, filed, job.id, now, version)
    except Stale:
        told = f"The plan {identifier!r} was changed while it was solved: ask for another run."
        raise JobFailure("stale", told) from None
    _log_declined(connection, plan, declined, now)
    close_edits(connection, network, identifier, plan.revision)
    done: dict[str, Any] = {"plan": plan.id, "revision": plan.revision}
    if plan.state == "approved":
        done["asked"] = ask_further(connection, plan, now)
    return done


RESOLVE = JobKind(prepare_resolve, store_resolve)
"""A run around edits: makes the next revision of a plan."""


def _undoing(log: list[tuple[int, Edit]], edit: Edit) -> tuple[Edit, EditPrice]:
    holds = [number for number, _ in standing(log)]
    number = edit.number if edit.number is not None else max(holds, default=0)
    if number not in holds:
        raise Conflict(
            "No edit holds that could be undone." if not holds else f"Edit {number} does not hold."
        )
    return edit.model_copy(update={"number": number}), EditPrice(
        sentences=(f"Edit {number} no longer holds.",)
    )


def ask_further(connection: Connection, plan: PlanRow, now: datetime) -> int:
    """Ask the pairs that a run added; returns how many. People answered while it ran: a pair that both
    accepted meanwhile must still be there, one that was declined meanwhile takes a further run."""
    here = set(series_of(connection, plan.network, plan.id))
    if standing_of(connection, plan).accepted - here:
        told = f"Pairs of the plan {plan.id!r} were accepted while it was solved: ask for another run."
        raise JobFailure("stale", told)
    asked = ask_pairs(connection, find_network(connection, plan.network), plan, now)
    queue_next(connection, plan, now)
    return asked


def _log_declined(
    connection: Connection, plan: PlanRow, declined: Sequence[list[str]], now: datetime
) -> None:
    """Write declined pairs into the log of edits as forbidden, once each."""
    log = standing([(row.number, row.edit) for row in list_edits(connection, plan.network, plan.id)])
    known = {(edit.learner, edit.guide) for _, edit in log if edit.op == "forbid"}
    for learner, guide in declined:
        if (learner, guide) not in known:
            edit = Edit(op="forbid", learner=learner, guide=guide, note=BY_ACCEPTANCE)
            price = EditPrice(sentences=(f"{learner} - {guide} was declined, or not answered in time.",))
            add_edit(connection, plan.network, plan.id, edit, price, now)


def _answered(answers: Standing) -> list[dict[str, Any]]:
    """What the answers ask of the next run: accepted pairs stay, declined ones do not come again."""
    rows = [(pair, "pair") for pair in sorted(answers.accepted)]
    rows += [(pair, "not_pair") for pair in sorted(answers.declined)]
    return [
        {"learner": learner, "guide": guide, "must": must, "note": BY_ACCEPTANCE}
        for (learner, guide), must in rows
    ]


def _pins(edits: Sequence[tuple[int, Edit]], but: Collection[Key] = frozenset()) -> list[dict[str, Any]]:
    """What edits ask of the next run, `but` of those pairs, whose own answers count."""
    pins = (pin for _, edit in edits for pin in edit.pins())
    return [pin.model_dump(mode="json") for pin in pins if (pin.learner, pin.guide) not in but]


def _waiting(connection: Connection, plan: PlanRow) -> list[EditRow]:
    return [row for row in list_edits(connection, plan.network, plan.id) if row.revision is None]


def _proposed(plan: PlanRow, version: int | None) -> PlanRow:
    if plan.state != "proposed":
        raise Conflict(
            f"The plan {plan.id!r} is {plan.state}: only a proposed plan takes edits and approval."
        )
    return _at(plan, version)


def _solvable(plan: PlanRow, version: int | None) -> PlanRow:
    return _at(plan, version) if plan.state == "approved" else _proposed(plan, version)


def _at(plan: PlanRow, version: int | None) -> PlanRow:
    if version is not None and plan.version != version:
        raise Stale("plan", plan.id, plan.version)
    return plan

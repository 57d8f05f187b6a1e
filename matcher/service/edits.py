"""A plan's life until it is published: edits by hand, solving around them, approval."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.domain.edit import Ask, Edit, EditPrice, clash_with, standing
from matcher.jobs.kind import JobFailure, JobKind
from matcher.jobs.work import BASE, OVERLAY, PREVIOUS, RESULT, VARIANT
from matcher.planning.filed import FiledPlan
from matcher.service.acceptance import (
    Links,
    ask_people,
    declined_series,
    program_of,
    queue_next,
    standing_of,
)
from matcher.service.asking import ask
from matcher.service.families import Ends, ends_of
from matcher.service.plans import sessions_file, write_world
from matcher.service.webhooks.events import Event, tell_plan
from matcher.store.documents import base_of, keep_variant, write_snapshot
from matcher.store.edits import EditRow, add_edit, close_edits, list_edits
from matcher.store.errors import Conflict, Stale
from matcher.store.jobs import Job, enqueue
from matcher.store.networks import find_network, lock_network
from matcher.store.plans import (
    PlanRow,
    Seat,
    add_revision,
    change_plan,
    find_plan,
    plan_document,
    series_of,
    snapshot_of,
)

if TYPE_CHECKING:
    from datetime import datetime

    from matcher.settings import Settings
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
        if edit.op != "undo" and edit.family != plan.family:
            raise Conflict(f"The plan {identifier!r} holds {plan.family}: this edit is about {edit.family}.")
        log = [(row.number, row.edit) for row in list_edits(connection, network, identifier)]
    if edit.op == "undo":
        edit, price = _undoing(log, edit)
    else:
        if (clash := clash_with(log, edit)) is not None:
            raise Conflict(clash)
        kept = [*standing(log), (0, edit)]
        gone = [one for one in log if one not in kept]
        overlay = ends_of(plan).overlay
        question = {
            "ask": "edit",
            "edit": edit.model_dump(mode="json"),
            "held": overlay(_asks(kept)),
            "undone": overlay(_asks(gone)),
        }
        price = EditPrice.model_validate_json(json.dumps(ask(services, plan, question)))
    now = services.now()
    with services.database.write() as connection:
        changed = change_plan(connection, plan, {}, now)
        return add_edit(connection, network, identifier, edit, price, now), changed


def request_resolve(
    services: Services, network: str, identifier: str, seconds: int, seed: int, version: int | None
) -> Job:
    """Queue a run around all edits of a proposed plan, or around what was declined of an approved one.
    Raises `NotFound`, `Stale`, `Conflict` where none waits."""
    with services.database.write() as connection:
        plan = _solvable(find_plan(connection, network, identifier), version)
        if plan.state == "approved":
            if not declined_series(connection, plan):
                raise Conflict(f"Nothing of the approved plan {identifier!r} was declined.")
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
    the people of each new pair or seat are asked. Raises `NotFound`, `Stale`, `Conflict`."""
    with services.database.write() as connection:
        return approve(connection, network, identifier, version, services.settings, services.now())


def approve(
    connection: Connection,
    network: str,
    identifier: str,
    version: int | None,
    settings: Settings,
    now: datetime,
) -> PlanRow:
    """Approve a plan as `approve_plan` does, in a transaction of the caller's."""
    plan = _proposed(find_plan(connection, network, identifier), version)
    if waiting := _waiting(connection, plan):
        raise Conflict(f"{len(waiting)} edits wait for a run: POST /v1/plans/{identifier}/resolve first.")
    whole = find_network(connection, network)
    if whole.settings.acceptance.needed_for(plan.family):
        Links.of(settings).require()
        ask_people(connection, whole, plan, now)
    return change_plan(connection, plan, {"state": "approved"}, now)


def discard_plan(services: Services, network: str, identifier: str, version: int | None) -> PlanRow:
    """Put a plan away that was not published. Raises `NotFound`, `Stale`, `Conflict`."""
    with services.database.write() as connection:
        return discard(connection, network, identifier, version, services.now())


def discard(
    connection: Connection, network: str, identifier: str, version: int | None, now: datetime
) -> PlanRow:
    """Put a plan away as `discard_plan` does, in a transaction of the caller's."""
    plan = _at(find_plan(connection, network, identifier), version)
    if plan.state not in ("proposed", "approved"):
        raise Conflict(f"The plan {identifier!r} is {plan.state}: only one before publication is discarded.")
    return change_plan(connection, plan, {"state": "discarded"}, now)


def prepare_resolve(services: Services, job: Job, folder: Path) -> None:
    """The people of the plan's first revision, all standing edits, the answers of the people asked (which
    count before edits), and the present revision as what runs."""
    network, identifier = job.network, job.request["plan"]
    with services.database.read() as connection:
        plan = _solvable(find_plan(connection, network, identifier), None)
        rows = list_edits(connection, network, identifier)
        first = snapshot_of(connection, network, identifier, 1)
        write_snapshot(connection, network, first, folder / BASE)
        body = plan_document(connection, network, identifier, plan.revision)
        answers = standing_of(connection, plan)
        program = program_of(connection, plan)
        write_world(connection, network, plan.family, plan.kind, program, services.now(), folder)
    ends = ends_of(plan)
    accepted = sorted(answers.accepted) if ends.keeps_accepted else []
    answered = [Ask(first, second, True, BY_ACCEPTANCE) for first, second in accepted]
    answered += [ask for edit in _refusals(ends, answers.refused) for ask in edit.asks()]
    known = {ask.place for ask in answered}
    asks = [
        ask for ask in _asks(standing([(row.number, row.edit) for row in rows])) if ask.place not in known
    ]
    (folder / PREVIOUS).write_bytes(gzip.decompress(body))
    overlay = {"program": plan.program, **ends.overlay([*asks, *answered])}
    (folder / OVERLAY).write_text(json.dumps(overlay), "utf-8")
    refused = sorted(answers.refused)
    (folder / VERSION).write_text(json.dumps([plan.version, first, refused]), "utf-8")


def store_resolve(connection: Connection, job: Job, folder: Path, now: datetime) -> dict[str, Any]:
    """The next revision, which holds every edit; who is new in an approved plan is asked in turn."""
    network, identifier = job.network, job.request["plan"]
    lock_network(connection, network)  # so that nobody answers while pairs come and go
    version, first, refused = json.loads((folder / VERSION).read_text("utf-8"))
    filed = FiledPlan.read(folder / RESULT)
    if (folder / VARIANT).exists():
        base = base_of(connection, network, first)
        keep_variant(connection, network, folder / VARIANT, filed.head["snapshot"], base, now)
    try:
        sessions = sessions_file(folder)
        plan = add_revision(connection, network, identifier, filed, job.id, now, version, sessions)
    except Stale:
        told = f"The plan {identifier!r} was changed while it was solved: ask for another run."
        raise JobFailure("stale", told) from None
    _log_refused(connection, plan, [(tuple(key), member) for key, member in refused], now)
    close_edits(connection, network, identifier, plan.revision)
    tell_plan(connection, plan, Event.PLAN_PROPOSED, now)
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
    """Ask the people of what a run added; returns how many pairs or groups. People answered while it ran: a
    pair that both accepted meanwhile must still be there, what was declined meanwhile takes a further run."""
    here = set(series_of(connection, plan.network, plan.id))
    if ends_of(plan).keeps_accepted and standing_of(connection, plan).accepted - here:
        told = f"Pairs of the plan {plan.id!r} were accepted while it was solved: ask for another run."
        raise JobFailure("stale", told)
    asked = ask_people(connection, find_network(connection, plan.network), plan, now)
    queue_next(connection, plan, now)
    return asked


def _log_refused(connection: Connection, plan: PlanRow, refused: Sequence[Seat], now: datetime) -> None:
    """Write what was refused into the log of edits as forbidden, once each."""
    log = standing([(row.number, row.edit) for row in list_edits(connection, plan.network, plan.id)])
    known = {ask.place for _, edit in log if edit.op == "forbid" for ask in edit.asks()}
    for edit in _refusals(ends_of(plan), refused):
        (ask,) = edit.asks()
        if ask.place not in known:
            price = EditPrice(sentences=(f"{ask.words} was declined, or not answered in time.",))
            add_edit(connection, plan.network, plan.id, edit, price, now)


def _refusals(ends: Ends, refused: Iterable[Seat]) -> list[Edit]:
    return [edit.model_copy(update={"note": BY_ACCEPTANCE}) for edit in ends.refusals(refused)]


def _asks(edits: Sequence[tuple[int, Edit]]) -> list[Ask]:
    """What edits ask of the next run."""
    return [ask for _, edit in edits for ask in edit.asks()]


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

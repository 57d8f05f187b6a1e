"""Turns of a published rota change hands: two people swap, or somebody stands in.

It is judged before anything is stored: every rule must hold with everything else as it is. A job then writes
the plan's next revision and the sessions of these turns, and tells exactly the people concerned.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.domain.family import Family
from matcher.domain.rota_explanation import ExchangePrice
from matcher.domain.session import Schedule
from matcher.jobs.kind import SESSIONS, JobFailure, JobKind
from matcher.jobs.scheduling import ASKED, SCHEDULE, Asked
from matcher.jobs.work import AUDITED, BASE, PRICE, RESULT
from matcher.planning.around import AROUND
from matcher.planning.filed import FiledPlan
from matcher.service.asking import ask
from matcher.service.notices import announce
from matcher.service.publication import Replaced, changed_sessions, scope_of
from matcher.service.turn_news import tell_turns
from matcher.service.turns import TurnRow, find_turn
from matcher.store.documents import write_snapshot
from matcher.store.errors import Conflict, Stale
from matcher.store.jobs import Job, enqueue
from matcher.store.networks import find_network, lock_network
from matcher.store.plans import PlanRow, add_revision, find_plan, plan_around, plan_document, plan_sessions
from matcher.store.publications import replace_publication
from matcher.store.sessions import commitments, put_sessions, sessions_in

if TYPE_CHECKING:
    from datetime import datetime

    from matcher.store.database import Connection
    from matcher.wiring import Services

Handed = list[tuple[list[Any], str]]
"""Turns (key, index, role, number), and who takes each from now on."""


@dataclass(frozen=True)
class Swap:
    """What changes hands: `turn` and `other_turn` their people, or `turn` goes to `member`. Turns by id."""

    turn: str
    other_turn: str | None = None
    member: str | None = None


def handed_by(connection: Connection, plan: PlanRow, swap: Swap, now: datetime) -> Handed:
    """Who takes what from now on. Raises `NotFound`, `Conflict` for turns that cannot change hands."""
    if plan.state != "published":
        told = "edit it instead" if plan.state == "proposed" else "make a new plan"
        raise Conflict(
            f"The plan {plan.id!r} is {plan.state}: turns of a published rota are swapped; {told}."
        )
    turns = [find_turn(connection, plan, one) for one in (swap.turn, swap.other_turn) if one]
    for turn in turns:
        if turn.start <= now:
            raise Conflict(f"{turn.title} on {turn.start:%Y-%m-%d} has begun: its turns stay.")
    if len(turns) == 1:
        if turns[0].member == swap.member:
            raise Conflict(f"{swap.member} takes that turn already.")
        return [(_place(turns[0]), str(swap.member))]
    one, other = turns
    if one.member is None or other.member is None or one.member == other.member:
        raise Conflict("A swap is between two people with a turn each.")
    return [(_place(one), other.member), (_place(other), one.member)]


def _place(turn: TurnRow) -> list[Any]:
    return [list(turn.key), turn.index, turn.role, turn.number]


def price_swap(
    services: Services, network: str, plan: str, swap: Swap
) -> tuple[PlanRow, Handed, ExchangePrice]:
    """What it would do to the plan and to both ledgers, if the rules allow it.

    Raises `NotFound`, `Conflict`, `Refused` that names the rule, `AskerUnavailable`.
    """
    with services.database.read() as connection:
        row = find_plan(connection, network, plan)
        handed = handed_by(connection, row, swap, services.now())
    price = ask(services, row, {"ask": "exchange", "handed": handed})
    return row, handed, ExchangePrice.model_validate(price)


def request_swap(
    services: Services, network: str, plan: str, swap: Swap, version: int | None
) -> tuple[Job, ExchangePrice]:
    """Judge a swap, and queue the job that makes it. Errors as in `price_swap`, and `Stale`."""
    row, handed, price = price_swap(services, network, plan, swap)
    if version is not None and row.version != version:
        raise Stale("plan", plan, row.version)
    with services.database.write() as connection:
        job = queue_swap(connection, row, handed, services.now())
    services.wake.set()
    return job, price


def queue_swap(connection: Connection, plan: PlanRow, handed: Handed, now: datetime) -> Job:
    """Queue the job that lets turns change hands."""
    request = {"plan": plan.id, "family": plan.family, "revision": plan.revision, "handed": handed}
    return enqueue(connection, plan.network, "exchange", request, now, plan.program)


def prepare_exchange(services: Services, job: Job, folder: Path) -> None:
    """The plan's latest revision, what it was made from and around, and the sessions there are."""
    now = services.now().replace(microsecond=0)
    with services.database.read() as connection:
        plan = _wanted(connection, job)
        write_snapshot(connection, job.network, plan.snapshot, folder / BASE)
        body = plan_document(connection, job.network, plan.id, plan.revision)
        around = plan_around(connection, job.network, plan.id, plan.revision)
        sessions = plan_sessions(connection, job.network, plan.id, plan.revision)
        scope = scope_of(connection, plan)
        asked = Asked(
            plan=plan.id,
            family=Family(plan.family),
            seed=plan.summary.get("seed", 1),
            now=now,
            domain=find_network(connection, job.network).settings.uid_domain,
            previous=tuple(sessions_in(connection, job.network, scope)),
            commitments=tuple(commitments(connection, job.network, scope, now)),
        )
    (folder / AUDITED).write_bytes(gzip.decompress(body))
    for name, held in ((AROUND, around), (SESSIONS, sessions)):
        if held is not None:
            (folder / name).write_bytes(held)
    (folder / ASKED).write_text(asked.model_dump_json(), "utf-8")


def store_exchange(connection: Connection, job: Job, folder: Path, now: datetime) -> dict[str, Any]:
    """The next revision of the rota, its changed sessions, and the news to their people."""
    network = lock_network(connection, job.network)
    plan = _wanted(connection, job)
    schedule = Schedule.model_validate_json((folder / SCHEDULE).read_bytes())
    asked = Asked.model_validate_json((folder / ASKED).read_bytes())
    before, changed = changed_sessions(connection, plan, schedule, asked.previous, now)
    filed = FiledPlan.read(folder / RESULT)
    plan = add_revision(connection, job.network, plan.id, filed, job.id, now, plan.version)
    put_sessions(connection, job.network, changed, now)
    replaced = Replaced.of(connection, plan)
    known = {one.uid for one in replaced.sessions} | set(replaced.made)
    more = [before[one.uid] for one in changed if one.uid in before and one.uid not in known]
    made = [one.uid for one in changed if one.uid not in before]
    replaced = replaced.model_copy(
        update={"sessions": [*replaced.sessions, *more], "made": [*replaced.made, *made]}
    )
    replace_publication(connection, job.network, plan.id, replaced.model_dump_json())
    told = announce(connection, network, changed, plan.id, now)
    news = tell_turns(connection, network, before, changed, plan.id, now)
    price: dict[str, Any] = json.loads((folder / PRICE).read_bytes())
    return {
        "plan": plan.id,
        "revision": plan.revision,
        "changed": len(changed),
        "feeds": told.feeds,
        "mails": told.mails + news,
        "price": price,
    }


EXCHANGE = JobKind(prepare_exchange, store_exchange)
"""Turns of a published rota change hands."""


def _wanted(connection: Connection, job: Job) -> PlanRow:
    plan = find_plan(connection, job.network, job.request["plan"])
    if plan.state != "published" or plan.revision != job.request["revision"]:
        raise JobFailure("stale", f"The rota {plan.id!r} was changed meanwhile: ask again.")
    return plan

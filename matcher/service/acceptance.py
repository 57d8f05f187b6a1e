"""A yes from both sides before sessions are made: who is asked, what they answer, what follows from it.

Approval asks both sides of each pair that does not run already. A pair that one side declines, or leaves
unanswered until the deadline, is out: a run around it is queued, which keeps the accepted pairs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from matcher.domain.policy import Kind
from matcher.domain.program import Program
from matcher.domain.session import Key
from matcher.service.notices import message_id
from matcher.settings import Settings
from matcher.store import running
from matcher.store.acceptances import (
    SIDES,
    Acceptance,
    acceptances_of,
    acceptances_to_remind,
    add_acceptances,
    change_acceptance,
    drop_acceptances,
    find_acceptance,
    networks_to_remind,
    overdue_acceptances,
)
from matcher.store.database import Connection, Database
from matcher.store.documents import header_of
from matcher.store.errors import Conflict, NotFound
from matcher.store.ids import new_id
from matcher.store.jobs import Job, enqueue, list_jobs
from matcher.store.networks import NetworkRow, find_network, lock_network
from matcher.store.outbox import Letter, post
from matcher.store.plans import PlanRow, find_plan, in_plan, series_of

QUESTION, REMINDER = "question", "reminder"
RESOLVE_SECONDS = 600


class Closed(Conflict):
    """An answer that comes too late, or to a question that is no longer asked; the sentence says which."""


class Question(BaseModel):
    """What a mail that asks is made from: whose answer, and the program's name and cycle."""

    acceptance: str
    program: str
    start: date
    end: date


@dataclass(frozen=True)
class Links:
    """Addresses under which members answer: signed, so that only who was sent one can use it."""

    base_url: str
    secret: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Links:
        """Those of an installation."""
        return cls(settings.base_url, settings.secret)

    def address(self, one: Acceptance) -> str:
        """Where this side answers. Raises `Conflict` without a secret."""
        return f"{self.base_url}/answer/{self.token(one)}"

    def token(self, one: Acceptance) -> str:
        """The id of the question and its signature: HMAC-SHA256 (RFC 2104) over network, plan, learner, guide
        and side, in URL-safe base 64. Raises `Conflict` without a secret."""
        self.require()
        text = json.dumps(
            [one.network, one.plan, one.learner, one.guide, one.side],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        digest = hmac.digest(self.secret.encode(), text.encode(), hashlib.sha256)
        return f"{one.id}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    def find(self, connection: Connection, token: str) -> Acceptance:
        """What a token asks. Raises `NotFound` for one that was not signed here."""
        found = find_acceptance(connection, token.partition(".")[0])
        if not self.secret or not hmac.compare_digest(self.token(found).encode(), token.encode()):
            raise NotFound("question", "...")
        return found

    def require(self) -> None:
        """Raise `Conflict` where nothing can be signed."""
        if not self.secret:
            raise Conflict(
                "The network asks both sides of a pair by signed links: set PEERLOOM_SECRET to a long random "
                "text and start the service again, or switch the setting acceptance.needed off."
            )


@dataclass(frozen=True)
class Standing:
    """The pairs of a plan by what was answered: both yes, a no or a deadline that passed, still open."""

    accepted: frozenset[Key]
    declined: frozenset[Key]
    waiting: frozenset[Key]


def standing_of(connection: Connection, plan: PlanRow) -> Standing:
    """How the pairs stand that were asked about."""
    states: dict[Key, set[str]] = {}
    for one in acceptances_of(connection, plan.network, plan.id):
        states.setdefault(one.pair, set()).add(one.state)
    accepted = frozenset(pair for pair, found in states.items() if found == {"yes"})
    declined = frozenset(pair for pair, found in states.items() if found & {"no", "expired"})
    return Standing(accepted, declined, frozenset(states.keys() - accepted - declined))


def declined_pairs(connection: Connection, plan: PlanRow) -> list[Key]:
    """Pairs of the latest revision that are out, in order."""
    declined = standing_of(connection, plan).declined
    return [pair for pair in series_of(connection, plan.network, plan.id) if pair in declined]


def ask_pairs(connection: Connection, network: NetworkRow, plan: PlanRow, now: datetime) -> int:
    """Ask both sides of each pair of the latest revision that does not run and was not asked; returns how
    many. Questions about pairs that are planned no more are forgotten, unless they were declined."""
    pairs = series_of(connection, plan.network, plan.id)
    here = set(pairs)
    known = acceptances_of(connection, plan.network, plan.id)
    declined = standing_of(connection, plan).declined
    drop_acceptances(connection, [one for one in known if one.pair not in here | declined])
    done = {one.pair for one in known} | _running(connection, plan)
    deadline = now + timedelta(days=network.settings.acceptance.days)
    rows = [
        Acceptance(plan.network, plan.id, learner, guide, side, new_id("ask"), "open", now, deadline)
        for learner, guide in pairs
        if (learner, guide) not in done
        for side in SIDES
    ]
    add_acceptances(connection, rows)
    due = now + timedelta(minutes=network.settings.hold_minutes)
    if rows:
        post(connection, network.id, _letters(connection, network, plan, rows, QUESTION, due), now)
    return len(rows) // 2


def publishable(
    connection: Connection, network: NetworkRow, plan: PlanRow, accepted_only: bool
) -> list[Key] | None:
    """The pairs that may get sessions, in order; None for all, where nobody needs to be asked.

    Raises `Conflict` that counts the open answers, unless `accepted_only`; and while a run around declined
    pairs is at work.
    """
    if not network.settings.acceptance.needed:
        return None
    for job in _runs(connection, plan, "queued", "running"):
        raise Conflict(f"The job {job.id!r} solves around declined pairs: publish when it has ended.")
    stands = standing_of(connection, plan)
    allowed = stands.accepted | _running(connection, plan)
    pairs = series_of(connection, plan.network, plan.id)
    waiting = [pair for pair in pairs if pair not in allowed and pair not in stands.declined]
    if waiting and not accepted_only:
        raise Conflict(
            f"{len(waiting)} pairs of the plan {plan.id!r} wait for an answer: publish when all have, "
            'or send {"accepted_only": true} to leave them out.'
        )
    return [pair for pair in pairs if pair in allowed]


def left_out(connection: Connection, plan: PlanRow) -> set[Key]:
    """Pairs of a plan that got no sessions when it was published, because not both accepted them."""
    if plan.state != "published":
        return set()
    stands = standing_of(connection, plan)
    return set(stands.declined | stands.waiting) - _running(connection, plan)


def look_up(connection: Connection, links: Links, token: str, now: datetime) -> tuple[Acceptance, PlanRow]:
    """What a token asks, while it can be answered. Raises `NotFound`, `Closed`."""
    found = links.find(connection, token)
    plan = find_plan(connection, found.network, found.plan)
    if found.state == "expired" or found.deadline <= now:
        raise Closed("The time to answer is over.")
    if plan.state != "approved" or not in_plan(connection, found.network, found.plan, found.pair):
        raise Closed("This pair is not asked about any more.")
    return found, plan


def give_answer(
    connection: Connection, links: Links, token: str, answer: Literal["yes", "no"], note: str, now: datetime
) -> Acceptance:
    """Store an answer; the same one again changes nothing, another one before the deadline counts instead.

    A no queues a run around the pair. Raises `NotFound`, `Closed`.
    """
    network = links.find(connection, token).network
    lock_network(connection, network)  # so that no publication counts the answers meanwhile
    found, plan = look_up(connection, links, token, now)
    if (found.state, found.note) == (answer, note):
        return found
    change_acceptance(connection, found, state=answer, note=note, answered_at=now)
    if answer == "no":
        queue_next(connection, plan, now)
    return find_acceptance(connection, found.id)


def queue_next(connection: Connection, plan: PlanRow, now: datetime) -> bool:
    """Queue a run around the declined pairs of an approved plan, unless there are none or one waits already;
    returns whether it was."""
    if plan.state != "approved" or not declined_pairs(connection, plan):
        return False
    if _runs(connection, plan, "queued"):  # one that runs already does not know of this answer
        return False
    seed = plan.summary.get("seed", 1)
    request = {
        "plan": plan.id,
        "family": plan.family,
        "kind": plan.kind,
        "seconds": RESOLVE_SECONDS,
        "seed": seed,
    }
    enqueue(connection, plan.network, "resolve", request, now, plan.program)
    return True


def chase(database: Database, now: datetime) -> int:
    """End the questions whose deadline passed, with what follows, and remind of the others once, when it is
    time; returns how many rows changed."""
    with database.read() as connection:  # as a rule nothing is to be done: then nobody has to wait
        if not overdue_acceptances(connection, now) and not _to_remind(connection, now):
            return 0
    with database.write() as connection:
        overdue = overdue_acceptances(connection, now)
        for one in overdue:
            change_acceptance(connection, one, state="expired")
        for network, plan in sorted({(one.network, one.plan) for one in overdue}):
            queue_next(connection, find_plan(connection, network, plan), now)
        late = _to_remind(connection, now)
        for row, rows in late:
            plans = {one.plan: find_plan(connection, row.id, one.plan) for one in rows}
            declined = {name: standing_of(connection, about).declined for name, about in plans.items()}
            asked = [one for one in rows if one.pair not in declined[one.plan]]
            for name, about in plans.items():
                some = [one for one in asked if one.plan == name]
                post(connection, row.id, _letters(connection, row, about, some, REMINDER, now), now)
            for one in rows:
                change_acceptance(connection, one, reminded_at=now)
        return len(overdue) + sum(len(rows) for _, rows in late)


def _to_remind(connection: Connection, now: datetime) -> list[tuple[NetworkRow, list[Acceptance]]]:
    found = []
    for identifier in networks_to_remind(connection):
        network = find_network(connection, identifier)
        until = now - timedelta(days=network.settings.acceptance.remind_after_days)
        if rows := acceptances_to_remind(connection, identifier, until):
            found.append((network, rows))
    return found


def _runs(connection: Connection, plan: PlanRow, *states: str) -> list[Job]:
    """Runs around this plan in these states."""
    found = []
    for state in states:
        jobs = list_jobs(
            connection, plan.network, "", 1000, state=state, kind="resolve", program=plan.program
        )
        found += [job for job in jobs if job.request["plan"] == plan.id]
    return found


def _running(connection: Connection, plan: PlanRow) -> set[Key]:
    rows = running.running_of(connection, plan.network, plan.program, Kind(plan.kind))
    return {(one.learner, one.guide) for one in rows}


def _letters(
    connection: Connection,
    network: NetworkRow,
    plan: PlanRow,
    rows: Sequence[Acceptance],
    kind: str,
    due: datetime,
) -> list[Letter]:
    program = program_of(connection, plan)
    return [
        Letter(
            kind=kind,
            member=one.member,
            message_id=message_id(network.settings.uid_domain, kind, one.id),
            body=Question(acceptance=one.id, program=program.name, start=program.cycle.start,
                          end=program.cycle.end).model_dump_json(),
            due_at=due,
            plan=one.plan,
        )
        for one in rows
    ]  # fmt: skip


def program_of(connection: Connection, plan: PlanRow) -> Program:
    """The program of a plan."""
    return next(one for one in header_of(connection, plan.network).programs if one.id == plan.program)

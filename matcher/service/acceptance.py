"""A yes from everybody before sessions are made: who is asked, what they answer, what follows from it.

Approval asks both people of each pair, and each member of each group, whose seat does not run already. What
one of them declines, or leaves unanswered until the deadline, is out: a run around it is queued.
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

from matcher.domain.program import Program
from matcher.domain.session import Key
from matcher.mail.tags import AddressTags
from matcher.service.families import ends_of
from matcher.service.notices import message_id
from matcher.settings import Settings
from matcher.store.acceptances import (
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
from matcher.store.plans import (
    PlanRow,
    Seat,
    find_plan,
    has_seat,
    seats_of,
    series_columns,
    series_of,
)
from matcher.texts.words import Words

QUESTION, REMINDER = "question", "reminder"


ClosedBecause = Literal[
    "over", "not_asked", "not_yours", "begun", "not_in_force", "gone_elsewhere", "rule", "too_near", "other"
]
"""Why nothing can be answered; each has its sentence, "closed." and its name, in `matcher.texts`."""


class Closed(Conflict):
    """An answer that comes too late, or to a question that is no longer asked; `why` says which."""

    def __init__(self, why: ClosedBecause, sentence: str | None = None) -> None:
        super().__init__(sentence or Words()(f"closed.{why}"))
        self.why = why


class Question(BaseModel):
    """What a mail that asks is made from: whose answer, and the program's name and cycle."""

    acceptance: str
    program: str
    start: date
    end: date


@dataclass(frozen=True)
class Links:
    """Addresses under which members answer: signed, so that only who was sent one can use it. `plus`: whether
    mail to them may be answered at signed plus-addresses."""

    base_url: str
    secret: str = field(repr=False)
    plus: bool = True

    @classmethod
    def of(cls, settings: Settings) -> Links:
        """Those of an installation."""
        return cls(settings.base_url, settings.secret, settings.mail_tags == "on")

    @property
    def tags(self) -> AddressTags | None:
        """What signs addresses of mail; None where nothing does."""
        return AddressTags(self.secret) if self.secret and self.plus else None

    def address(self, one: Acceptance) -> str:
        """Where this member answers. Raises `Conflict` without a secret."""
        return f"{self.base_url}/answer/{self.token(one)}"

    def token(self, one: Acceptance) -> str:
        """The id of the question and its signature: HMAC-SHA256 (RFC 2104) over network, plan, the key of the
        pair or group, and member, in URL-safe base 64. Raises `Conflict` without a secret."""
        return f"{one.id}.{self.signature(one.network, one.plan, one.series, one.member)}"

    def signature(self, *parts: object) -> str:
        """HMAC-SHA256 (RFC 2104) over these parts, URL-safe base 64. Raises `Conflict` without a secret."""
        self.require()
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        digest = hmac.digest(self.secret.encode(), text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    @staticmethod
    def same(one: str, other: str) -> bool:
        """Whether two tokens are the same, told in constant time."""
        return hmac.compare_digest(one.encode(), other.encode())

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
                "The network asks people by signed links: set PEERLOOM_SECRET to a long random "
                "text and start the service again, or switch the setting acceptance.needed off."
            )


@dataclass(frozen=True)
class Standing:
    """A plan's pairs and groups by what their people answered: all yes, a no or a deadline that passed, still
    open; and the seats that were refused. Of one that is planned, only those who are in it count."""

    accepted: frozenset[Key]
    declined: frozenset[Key]
    waiting: frozenset[Key]
    refused: frozenset[Seat]


def standing_of(connection: Connection, plan: PlanRow) -> Standing:
    """How those stand that were asked about."""
    planned = seats_of(connection, plan.network, plan.id)
    states: dict[Key, set[str]] = {}
    refused: set[Seat] = set()
    for one in acceptances_of(connection, plan.network, plan.id):
        if one.refused:
            refused.add(one.seat)
        if one.member in planned.get(one.series, [one.member]):
            states.setdefault(one.series, set()).add(one.state)
    accepted = frozenset(key for key, found in states.items() if found == {"yes"})
    declined = frozenset(key for key, found in states.items() if found & {"no", "expired"})
    return Standing(accepted, declined, frozenset(states.keys() - accepted - declined), frozenset(refused))


def declined_series(connection: Connection, plan: PlanRow) -> list[Key]:
    """Pairs and groups of the latest revision that are out as they stand, in order."""
    declined = standing_of(connection, plan).declined
    return [key for key in series_of(connection, plan.network, plan.id) if key in declined]


def ask_people(connection: Connection, network: NetworkRow, plan: PlanRow, now: datetime) -> int:
    """Ask everybody in the pairs or groups of the latest revision whose seat is new and who was not asked;
    returns about how many pairs or groups. Questions about what is planned no more are forgotten, unless it
    was declined."""
    planned = seats_of(connection, plan.network, plan.id)
    here = {(key, member) for key, members in planned.items() for member in members}
    known = acceptances_of(connection, plan.network, plan.id)
    declined = standing_of(connection, plan).declined
    over = [one for one in known if one.seat not in here and not one.refused]
    drop_acceptances(connection, [one for one in over if one.series in planned or one.series not in declined])
    done = {one.seat for one in known} | ends_of(plan).running(connection, plan)
    deadline = now + timedelta(days=network.settings.acceptance.days)
    new = [(key, one) for key, people in planned.items() for one in people if (key, one) not in done]
    rows = [
        Acceptance(plan.network, plan.id, *series_columns(key), member, new_id("ask"), "open", now, deadline)
        for key, member in new
    ]
    add_acceptances(connection, rows)
    due = now + timedelta(minutes=network.settings.hold_minutes)
    if rows:
        post(connection, network.id, _letters(connection, network, plan, rows, QUESTION, due), now)
    return len({one.series for one in rows})


def publishable(
    connection: Connection, network: NetworkRow, plan: PlanRow, accepted_only: bool
) -> list[Key] | None:
    """The keys of what may get sessions, in order; None for all, where nobody needs to be asked.

    Raises `Conflict` that counts the open answers, unless `accepted_only`; and while a run around declined
    pairs or seats is at work.
    """
    if not network.settings.acceptance.needed_for(plan.family):
        return None
    for job in _runs(connection, plan, "queued", "running"):
        raise Conflict(f"The job {job.id!r} solves around what was declined: publish when it has ended.")
    stands = standing_of(connection, plan)
    allowed = stands.accepted | _unasked(connection, plan)
    keys = series_of(connection, plan.network, plan.id)
    waiting = [key for key in keys if key not in allowed and key not in stands.declined]
    if waiting and not accepted_only:
        raise Conflict(
            f"{len(waiting)} {plan.family} of the plan {plan.id!r} wait for an answer: publish when all "
            'have, or send {"accepted_only": true} to leave them out.'
        )
    return [key for key in keys if key in allowed]


def left_out(connection: Connection, plan: PlanRow) -> set[Key]:
    """Pairs or groups of a plan that got no sessions when it was published, because not all accepted."""
    if plan.state != "published":
        return set()
    stands = standing_of(connection, plan)
    running = {key for key, _ in ends_of(plan).running(connection, plan)}
    return set(stands.declined | stands.waiting) - running


def _unasked(connection: Connection, plan: PlanRow) -> set[Key]:
    """Pairs or groups of which all run already, so that nobody was asked."""
    running = ends_of(plan).running(connection, plan)
    planned = seats_of(connection, plan.network, plan.id)
    return {key for key, members in planned.items() if all((key, member) in running for member in members)}


def look_up(connection: Connection, links: Links, token: str, now: datetime) -> tuple[Acceptance, PlanRow]:
    """What a token asks, while it can be answered. Raises `NotFound`, `Closed`."""
    found = links.find(connection, token)
    plan = find_plan(connection, found.network, found.plan)
    if found.state == "expired" or found.deadline <= now:
        raise Closed("over")
    if plan.state != "approved" or not has_seat(connection, found.network, found.plan, found.seat):
        raise Closed("not_asked")
    return found, plan


def give_answer(
    connection: Connection, links: Links, token: str, answer: Literal["yes", "no"], note: str, now: datetime
) -> Acceptance:
    """Store an answer; the same one again changes nothing, another one before the deadline counts instead.

    A no queues a run around it. Raises `NotFound`, `Closed`.
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
    """Queue a run around what was declined of an approved plan, unless there are none or one waits already;
    returns whether it was."""
    if plan.state != "approved" or not declined_series(connection, plan):
        return False
    if _runs(connection, plan, "queued"):  # one that runs already does not know of this answer
        return False
    seed = plan.summary.get("seed", 1)
    request = {
        "plan": plan.id,
        "family": plan.family,
        "kind": plan.kind,
        "seconds": ends_of(plan).repair_seconds,
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
            asked = [one for one in rows if one.series not in declined[one.plan]]
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

"""The mail that asks one side of a pair, and what its page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from matcher.domain.member import Member
from matcher.mail.message import Envelope, Outgoing, text_mail
from matcher.service.acceptance import REMINDER, Links, Question, program_of, standing_of
from matcher.store.acceptances import Acceptance, find_acceptance
from matcher.store.database import Connection
from matcher.store.errors import NotFound
from matcher.store.outbox import Mail
from matcher.store.plans import PlanRow, find_plan, in_plan
from matcher.store.recipients import Recipient, recipients


@dataclass(frozen=True)
class Asked:
    """What one side is asked, as they may read it. `other`: the other side's name, or what stands for it;
    `until`: the deadline in their own zone."""

    name: str
    other: str
    side: str
    program: str
    start: date
    end: date
    until: str
    answer: str | None
    note: str


def asked(connection: Connection, one: Acceptance, plan: PlanRow) -> Asked:
    """What the page of a question shows."""
    people = recipients(connection, one.network, one.pair)
    program = program_of(connection, plan)
    reader = people[one.member].member
    return Asked(
        name=reader.name,
        other=_other_name(one, people),
        side=one.side,
        program=program.name,
        start=program.cycle.start,
        end=program.cycle.end,
        until=_local(one.deadline, reader.time_zone),
        answer=one.state if one.state in ("yes", "no") else None,
        note=one.note,
    )


def no_longer_asked(connection: Connection, mail: Mail, now: datetime) -> str | None:
    """Why a mail that asks is not needed any more; None where it is."""
    question = Question.model_validate_json(mail.letter.body)
    try:
        one = find_acceptance(connection, question.acceptance)
    except NotFound:
        return "The pair is planned no more."
    if one.state != "open":
        return "It was answered before it could be sent."
    if one.deadline <= now:
        return "The deadline passed before it could be sent."
    plan = find_plan(connection, one.network, one.plan)
    if plan.state != "approved":
        return f"The plan is {plan.state}."
    planned = in_plan(connection, one.network, one.plan, one.pair)
    if not planned or one.pair in standing_of(connection, plan).declined:
        return "The pair is planned no more."
    return None


def question_mail(
    connection: Connection, mail: Mail, reader: Recipient, envelope: Envelope, links: Links
) -> Outgoing:
    """The mail that asks, or reminds, with the address where this reader answers."""
    question = Question.model_validate_json(mail.letter.body)
    one = find_acceptance(connection, question.acceptance)
    other = _other_name(one, recipients(connection, one.network, one.pair))
    reminds = mail.letter.kind == REMINDER
    part = "learn from" if one.side == "learner" else "guide"
    lines = [
        f"Hello {reader.member.name},",
        "",
        *(["You have not answered yet."] if reminds else []),
        f"In {question.program} ({question.start} to {question.end}) you would {part} {other}.",
        f"Please say yes or no until {_local(one.deadline, reader.member.time_zone)}:",
        "",
        links.address(one),
        "",
        "The address is yours alone: please do not pass it on.",
    ]
    subject = f"{'Reminder: a' if reminds else 'A'} pair in {question.program}: yes or no?"
    return text_mail(subject, "\n".join(lines), envelope)


def _other_name(one: Acceptance, people: dict[str, Recipient]) -> str:
    reader, other = people[one.member].member, people[({*one.pair} - {one.member}).pop()].member
    return other.name if _reads_name(reader, other) else f"a member of {other.organization}"


def _reads_name(reader: Member, other: Member) -> bool:
    """Whether one may read the other's name: colleagues may, unless it is for coordinators alone."""
    colleagues = reader.organization == other.organization
    return other.shows("name") or (colleagues and other.visibility.get("name") != "coordinators")


def _local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M} ({zone})"

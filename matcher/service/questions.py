"""The mail that asks a member of a pair or group, and what its page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from matcher.mail.message import Envelope, Outgoing, text_mail
from matcher.service.acceptance import REMINDER, Links, Question, program_of, standing_of
from matcher.service.families import ends_of
from matcher.store.acceptances import Acceptance, find_acceptance
from matcher.store.database import Connection
from matcher.store.errors import NotFound
from matcher.store.outbox import Mail
from matcher.store.plans import PlanRow, find_plan, has_seat, seats_of
from matcher.store.recipients import Recipient, recipients
from matcher.texts.words import Words, words_of


@dataclass(frozen=True)
class Asked:
    """What one member is asked, as they may read it, in their words. `would`: what they would do; `until`:
    the deadline in their own zone."""

    words: Words
    name: str
    would: str
    program: str
    start: date
    end: date
    until: str
    answer: str | None
    note: str


def asked(connection: Connection, one: Acceptance, plan: PlanRow) -> Asked:
    """What the page of a question shows."""
    program = program_of(connection, plan)
    reader = recipients(connection, one.network, [one.member])[one.member].member
    words = words_of(reader)
    return Asked(
        words=words,
        name=reader.name,
        would=_would(connection, one, plan, words),
        program=program.name,
        start=program.cycle.start,
        end=program.cycle.end,
        until=words.moment(one.deadline, reader.time_zone),
        answer=one.state if one.state in ("yes", "no") else None,
        note=one.note,
    )


def no_longer_asked(connection: Connection, mail: Mail, now: datetime) -> str | None:
    """Why a mail that asks is not needed any more; None where it is."""
    question = Question.model_validate_json(mail.letter.body)
    try:
        one = find_acceptance(connection, question.acceptance)
    except NotFound:
        return "It is planned no more."
    if one.state != "open":
        return "It was answered before it could be sent."
    if one.deadline <= now:
        return "The deadline passed before it could be sent."
    plan = find_plan(connection, one.network, one.plan)
    if plan.state != "approved":
        return f"The plan is {plan.state}."
    planned = has_seat(connection, one.network, one.plan, one.seat)
    if not planned or one.series in standing_of(connection, plan).declined:
        return "It is planned no more."
    return None


def question_mail(
    connection: Connection, mail: Mail, reader: Recipient, envelope: Envelope, links: Links
) -> Outgoing:
    """The mail that asks, or reminds, with the address where this reader answers."""
    question = Question.model_validate_json(mail.letter.body)
    one = find_acceptance(connection, question.acceptance)
    words = words_of(reader.member)
    would = _would(connection, one, find_plan(connection, one.network, one.plan), words)
    reminds = mail.letter.kind == REMINDER
    lines = [
        words("mail.hello", name=reader.member.name),
        "",
        *([words("mail.question.unanswered")] if reminds else []),
        words(
            "question.what",
            program=question.program,
            start=words.day(question.start),
            end=words.day(question.end),
            would=would,
        ),
        words("mail.please_answer", until=words.moment(one.deadline, reader.member.time_zone)),
        "",
        links.address(one),
        "",
        words("mail.address_is_yours"),
    ]
    subject = words(f"mail.question.{'reminder' if reminds else 'subject'}", program=question.program)
    return text_mail(subject, "\n".join(lines), envelope, words)


def _would(connection: Connection, one: Acceptance, plan: PlanRow, words: Words) -> str:
    people = seats_of(connection, one.network, one.plan).get(one.series, [])
    found = recipients(connection, one.network, {*people, one.member})
    return ends_of(plan).would(connection, plan, one.seat, found, words)

"""What webhooks are told, in the transaction in which it happens. Ids, states and times only: who may know
more asks the API with a key of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from matcher.domain.family import Family
from matcher.domain.night import Night
from matcher.domain.session import Session
from matcher.store.database import Connection
from matcher.store.plans import PlanRow, list_rows
from matcher.store.webhooks import list_webhooks, post_message

IN_ONE = 500
"""Sessions or members in one message; more of them are told in several."""


class Event(StrEnum):
    """What is told."""

    PLAN_PROPOSED = "plan.proposed"
    PLAN_PUBLISHED = "plan.published"
    PLAN_RETRACTED = "plan.retracted"
    SESSION_CHANGED = "session.changed"
    MEMBER_UNMATCHED = "member.unmatched"
    NIGHT_DONE = "night.done"
    PING = "webhook.ping"


WITHOUT_PLACE = {Family.PAIRS: ("unmatched", "learner"), Family.PODS: ("unplaced", "member")}
"""Lists of those without a place, by family, and who is named in them."""


def tell(
    connection: Connection, network: str, event: Event, key: str, data: dict[str, Any], now: datetime
) -> int:
    """Put a message into the outbox of each webhook that wants this event; returns how many. The same `key`
    again is told no second time."""
    body = message(event, data, now)
    wanted = [one for one in list_webhooks(connection, network) if event in one.events]
    return sum(
        post_message(connection, one, event, f"{event}/{key}", body, now) is not None for one in wanted
    )


def message(event: Event, data: dict[str, Any], now: datetime) -> str:
    """A message as it is sent: type, timestamp and data, as the specification recommends."""
    moment = now.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps(
        {"type": event, "timestamp": moment, "data": data}, ensure_ascii=False, separators=(",", ":")
    )


def tell_plan(connection: Connection, plan: PlanRow, event: Event, now: datetime) -> None:
    """Tell what became of a plan."""
    data = {
        "plan": plan.id, "program": plan.program, "cycle": plan.cycle, "family": plan.family,
        "kind": plan.kind or None, "state": plan.state, "revision": plan.revision, "status": plan.status,
        "value": plan.summary.get("value"), "bound": plan.summary.get("bound"),
        "counts": plan.summary.get("counts", {}),
    }  # fmt: skip
    tell(connection, plan.network, event, f"{plan.id}/{plan.revision}/{plan.version}", data, now)


def tell_unmatched(connection: Connection, plan: PlanRow, now: datetime) -> None:
    """Tell who has no place in a published plan."""
    if Family(plan.family) not in WITHOUT_PLACE:
        return
    part, name = WITHOUT_PLACE[Family(plan.family)]
    rows = list_rows(connection, plan.network, plan.id, part, -1, 1_000_000)
    people = sorted({json.loads(body)[name] for _, body in rows})
    own = {"plan": plan.id, "program": plan.program, "family": plan.family, "kind": plan.kind or None}
    for number, some in enumerate(_parts(people)):
        data = {**own, "members": some}
        tell(
            connection, plan.network, Event.MEMBER_UNMATCHED, f"{plan.id}/{plan.revision}/{number}", data, now
        )


def tell_sessions(
    connection: Connection, network: str, changed: Iterable[Session], plan: str | None, now: datetime
) -> None:
    """Tell which sessions are other than before."""
    shown = [
        {
            "uid": one.uid, "sequence": one.sequence, "state": one.state, "program": one.program,
            "start": one.start.isoformat(), "end": one.end.isoformat(), "series": list(one.key),
        }
        for one in changed
    ]  # fmt: skip
    for some in _parts(shown):
        key = f"{plan}/{some[0]['uid']}/{some[0]['sequence']}/{now.isoformat()}"
        tell(connection, network, Event.SESSION_CHANGED, key[:190], {"plan": plan, "sessions": some}, now)


def tell_night(connection: Connection, night: Night, now: datetime) -> None:
    """Tell that a night ended, and how."""
    if night.rehearsal:
        return
    steps = [
        {
            "family": one.family,
            "kind": one.kind,
            "outcome": one.outcome,
            "plan": one.plan,
            "counts": one.counts,
        }
        for one in night.steps
    ]
    data = {
        "night": night.id, "program": night.program, "date": night.date.isoformat(), "state": night.state,
        "sentence": night.sentence, "steps": steps,
    }  # fmt: skip
    tell(connection, night.network, Event.NIGHT_DONE, night.id, data, now)


def _parts(found: Sequence[Any]) -> Iterable[list[Any]]:
    for begin in range(0, len(found), IN_ONE):
        yield list(found[begin : begin + IN_ONE])

"""What the service does for pods; the functions of `matcher.service.families.Ends`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from matcher.domain.edit import Ask, Edit
from matcher.domain.pods_plan import PlanPod
from matcher.domain.session import Key
from matcher.service.names import name_for
from matcher.store.database import Connection
from matcher.store.plans import PlanRow, Seat, list_series, published_plan, seats_of
from matcher.store.recipients import Recipient

keeps_accepted = False


def run(connection: Connection, plan: PlanRow, keys: Sequence[Key], now: datetime) -> str:
    """What runs is what is published: there are no rows beside the plan."""
    return json.dumps(None)


def undo(connection: Connection, plan: PlanRow, opened: str, now: datetime) -> None:
    """Nothing was replaced."""


def running(connection: Connection, plan: PlanRow) -> set[Seat]:
    """The seats of the program's published plan."""
    before = published_plan(connection, plan.network, plan.program, plan.cycle, plan.family, plan.kind)
    if before is None:
        return set()
    planned = seats_of(connection, plan.network, before.id)
    return {(key, member) for key, members in planned.items() for member in members}


def without(document: dict[str, Any], keys: Collection[Key]) -> dict[str, Any]:
    """The document without these pods."""
    return {**document, "pods": [one for one in document["pods"] if (one["pod"],) not in keys]}


def overlay(asks: Iterable[Ask]) -> dict[str, Any]:
    """Pinned seats of the program."""
    seats = [
        {
            "member": ask.first,
            "pod": ask.second,
            "must": "seat" if ask.wanted else "no_seat",
            "note": ask.note,
        }
        for ask in asks
    ]
    return {"seats": seats}


def refusals(seats: Iterable[Seat]) -> list[Edit]:
    """Each refused seat is forbidden."""
    return [Edit(op="forbid", member=member, pod=pod) for (pod,), member in sorted(seats)]


def would(connection: Connection, plan: PlanRow, seat: Seat, people: Mapping[str, Recipient]) -> str:
    """The pod's title and the others in it."""
    key, member = seat
    found = list_series(connection, plan.network, plan.id, ("", ""), 1000, member)
    pods = {pod.pod: pod for pod in map(PlanPod.model_validate_json, found)}
    title = pods[key[0]].title if key[0] in pods else key[0]
    reader = people[member].member
    others = [name_for(reader, one.member) for one in people.values() if one.id != member]
    return f"be in {title!r} with {', '.join(sorted(others))}"

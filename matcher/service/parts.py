"""Organizations, skills, problems and programs: put and removed, so that the network holds together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from matcher.documents.faults import FaultList, Suggester, counted
from matcher.documents.header import HeaderCheck
from matcher.documents.write import record
from matcher.domain.errors import Fault, InputError
from matcher.domain.forum import Forum
from matcher.domain.network import NetworkHeader
from matcher.domain.organization import Organization
from matcher.domain.problem import Circle, Problem
from matcher.domain.program import Program
from matcher.domain.skill import Skill
from matcher.service.headers import KINDS, header_faults, named_things
from matcher.store.database import Connection
from matcher.store.documents import header_of
from matcher.store.errors import Conflict, Expected, NotFound
from matcher.store.members import list_members, naming_skills, wishing_for
from matcher.store.networks import lock_network
from matcher.store.parts import PartRow, find_part, remove_part, save_part
from matcher.store.uses import uses_of_program

Part = Organization | Skill | Problem | Circle | Forum | Program
NAMED = 10
"""So many of those that name a thing are told; the others are counted."""

_PLACE = re.compile(r"(\w+)\[(\d+)\](.*)")


@dataclass(frozen=True)
class Merged:
    """How many parts were added, changed, and found the same."""

    created: int
    updated: int
    unchanged: int


def get_part(connection: Connection, network: str, name: str, identifier: str) -> PartRow:
    """One part of a network's header; `name` is its list's. Raises `NotFound`."""
    found = find_part(connection, network, name, identifier)
    if found is None:
        raise NotFound(KINDS[name], identifier)
    return found


def put_part(
    connection: Connection, network: str, name: str, part: Part, expected: Expected, now: datetime
) -> tuple[PartRow, bool]:
    """Add a part, or replace the one of its id; the same again changes nothing. The second value says whether
    it was added.

    Raises `InputError` when it names what is not there (paths lead into the part), `Conflict` when others
    name what it no longer is, `Stale`.
    """
    lock_network(connection, network)
    found = find_part(connection, network, name, part.id)
    expected.check(KINDS[name], part.id, found.version if found is not None else None)
    body = record(part).decode()
    if found is not None and found.body == body:
        return found, False
    _refuse_faults(connection, network, name, [part], lambda fault: replace(fault, path=_inside(fault.path)))
    return save_part(connection, network, name, part.id, body, now), found is None


def put_parts(
    connection: Connection, network: str, name: str, parts: Sequence[Part], now: datetime
) -> Merged:
    """Add or replace many parts of one list by id, checked together: they may name each other.

    Raises `InputError` when one names what is not there or two have one id (paths begin with the index),
    `Conflict` when others name what one no longer is.
    """
    lock_network(connection, network)
    _refuse_faults(connection, network, name, parts, lambda fault: fault)
    created = updated = 0
    for part in parts:
        before = find_part(connection, network, name, part.id)
        row = save_part(connection, network, name, part.id, record(part).decode(), now)
        created += before is None
        updated += before is not None and row.version != before.version
    return Merged(created, updated, len(parts) - created - updated)


def delete_part(connection: Connection, network: str, name: str, identifier: str, expected: Expected) -> None:
    """Remove a part. Raises `NotFound`, `Stale`, and `Conflict` when something names it, saying what."""
    lock_network(connection, network)
    found = get_part(connection, network, name, identifier)
    expected.check(KINDS[name], identifier, found.version)
    header = header_of(connection, network)
    kept: tuple[Any, ...] = tuple(one for one in getattr(header, name) if one.id != identifier)
    changed = header.model_copy(update={name: kept})
    uses = [named_things(changed, fault) for fault in header_faults(connection, changed)]
    if name == "organizations":
        people = list_members(connection, network, "", NAMED + 1, organization=identifier)
        uses += told_of([Fault("", f"member {one.id!r} belongs to it") for one in people])
    elif name in ("problems", "circles"):
        people_ids = wishing_for(connection, network, identifier, ("wishes",))
        uses += told_of([Fault("", f"member {one!r} wishes for it") for one in people_ids])
    elif name == "programs":
        uses += [Fault("", use) for use in uses_of_program(connection, network, identifier)]
    if uses:
        raise Conflict(f"The {KINDS[name]} {identifier!r} cannot be removed: it is still named.", uses)
    if name == "skills":
        _keep_named_skills(connection, changed, f"skill {identifier!r}")
    remove_part(connection, network, name, identifier)


def told_of(faults: list[Fault]) -> list[Fault]:
    """The first of many faults, and that there are more."""
    return faults if len(faults) <= NAMED else [*faults[:NAMED], Fault("", "and more")]


def _refuse_faults(
    connection: Connection,
    network: str,
    name: str,
    parts: Sequence[Part],
    placed: Callable[[Fault], Fault],
) -> None:
    """Check the network with these parts in it. Paths of their faults begin with the index; `placed` turns
    them to what is told."""
    header = header_of(connection, network)
    sent = {part.id for part in parts}
    others = [one for one in getattr(header, name) if one.id not in sent]
    # The new ones come last: where two claim one name, the fault is then theirs.
    changed = header.model_copy(update={name: (*others, *parts)})
    own: list[Fault] = []
    elsewhere: list[Fault] = []
    for fault in header_faults(connection, changed):
        found = _PLACE.fullmatch(fault.path)
        if found is not None and found[1] == name and int(found[2]) >= len(others):
            own.append(placed(Fault(f"[{int(found[2]) - len(others)}]{found[3]}", fault.reason)))
        else:
            elsewhere.append(named_things(changed, fault))
    what = f"{KINDS[name]} {parts[0].id!r}" if len(parts) == 1 else name
    if own:
        raise InputError(f"The {what} cannot be stored: {counted(len(own), 'fault')}.", own)
    if elsewhere:
        raise Conflict(f"Others name what the {what} would no longer be.", elsewhere)
    if name == "skills" and len(others) < len(header.skills):
        _keep_named_skills(connection, changed, what)


def _inside(path: str) -> str:
    """A path from the only part on, without its index."""
    return path.partition("]")[2].lstrip(".")


def _keep_named_skills(connection: Connection, header: NetworkHeader, what: str) -> None:
    """Raise `Conflict` when members name skills by texts that mean none any more, as `what` changed."""
    check = HeaderCheck(header, FaultList(), Suggester())
    lost: Iterator[tuple[str, str]] = naming_skills(
        connection, header.id, lambda text: check.skill_id(text) is None
    )
    faults = [Fault("", f"member {member!r} names {text!r}") for member, text in islice(lost, NAMED + 1)]
    if faults:
        raise Conflict(f"Members name the {what} by what would no longer be its name.", told_of(faults))

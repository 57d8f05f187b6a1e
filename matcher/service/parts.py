"""Organizations, skills, problems and programs: put and removed, so that the network holds together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from matcher.documents.faults import FaultList, Suggester, counted
from matcher.documents.header import HeaderCheck
from matcher.documents.write import record
from matcher.domain.errors import Fault, InputError
from matcher.domain.network import NetworkHeader
from matcher.domain.organization import Organization
from matcher.domain.problem import Problem
from matcher.domain.program import Program
from matcher.domain.skill import Skill
from matcher.service.headers import KINDS, header_faults, named_things
from matcher.store.database import Connection
from matcher.store.documents import header_of
from matcher.store.errors import Conflict, Expected, NotFound
from matcher.store.members import list_members, naming_skills
from matcher.store.networks import lock_network
from matcher.store.parts import PartRow, find_part, remove_part, save_part
from matcher.store.uses import uses_of_program

Part = Organization | Skill | Problem | Program
NAMED = 10
"""So many of those that name a thing are told; the others are counted."""


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
    header = header_of(connection, network)
    others = [one for one in getattr(header, name) if one.id != part.id]
    # The part comes last: where two claim one name, the fault is then its own.
    changed = header.model_copy(update={name: (*others, part)})
    _refuse_faults(connection, changed, name, len(others), part.id)
    if name == "skills" and found is not None:
        _keep_named_skills(connection, changed, part.id)
    return save_part(connection, network, name, part.id, body, now), found is None


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
    elif name == "programs":
        uses += [Fault("", use) for use in uses_of_program(connection, network, identifier)]
    if uses:
        raise Conflict(f"The {KINDS[name]} {identifier!r} cannot be removed: it is still named.", uses)
    if name == "skills":
        _keep_named_skills(connection, changed, identifier)
    remove_part(connection, network, name, identifier)


def told_of(faults: list[Fault]) -> list[Fault]:
    """The first of many faults, and that there are more."""
    return faults if len(faults) <= NAMED else [*faults[:NAMED], Fault("", "and more")]


def _refuse_faults(
    connection: Connection, header: NetworkHeader, name: str, position: int, identifier: str
) -> None:
    own: list[Fault] = []
    elsewhere: list[Fault] = []
    prefix = f"{name}[{position}]"
    for fault in header_faults(connection, header):
        if fault.path.startswith(prefix):
            own.append(Fault(fault.path.removeprefix(prefix).lstrip("."), fault.reason))
        else:
            elsewhere.append(named_things(header, fault))
    if own:
        sentence = f"The {KINDS[name]} {identifier!r} cannot be stored: {counted(len(own), 'fault')}."
        raise InputError(sentence, own)
    if elsewhere:
        raise Conflict(f"Others name what the {KINDS[name]} {identifier!r} would no longer be.", elsewhere)


def _keep_named_skills(connection: Connection, header: NetworkHeader, identifier: str) -> None:
    """Raise `Conflict` when members name skills by texts that mean none any more."""
    check = HeaderCheck(header, FaultList(), Suggester())
    lost: Iterator[tuple[str, str]] = naming_skills(
        connection, header.id, lambda text: check.skill_id(text) is None
    )
    faults = [Fault("", f"member {member!r} names {text!r}") for member, text in islice(lost, NAMED + 1)]
    if faults:
        raise Conflict(
            f"Members name the skill {identifier!r} by what it would no longer be called.", told_of(faults)
        )

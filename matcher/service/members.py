"""Single members: put and removed, so that the network holds together."""

from __future__ import annotations

from datetime import datetime

from matcher.documents.check import ReferenceCheck
from matcher.documents.faults import FaultList, counted
from matcher.domain.errors import Fault, InputError
from matcher.domain.member import Member
from matcher.service.headers import header_faults, keep_units, named_things
from matcher.service.parts import told_of
from matcher.store.database import Connection
from matcher.store.documents import header_of
from matcher.store.errors import Conflict, Expected, NotFound
from matcher.store.members import (
    MemberRow,
    MemberWriter,
    find_member,
    known_ids,
    remove_members,
    wishing_for,
)
from matcher.store.networks import lock_network
from matcher.store.uses import uses_of_member


def get_member(connection: Connection, network: str, identifier: str) -> MemberRow:
    """One member. Raises `NotFound`."""
    found = find_member(connection, network, identifier)
    if found is None:
        raise NotFound("member", identifier)
    return found


def put_member(
    connection: Connection, network: str, member: Member, expected: Expected, now: datetime
) -> tuple[MemberRow, bool]:
    """Add a member, or replace the profile of this id; the same again changes nothing. The second value says
    whether they were added.

    Raises `InputError` when the profile names what is not there, `Conflict`, `Stale`.
    """
    lock_network(connection, network)
    found = find_member(connection, network, member.id)
    expected.check("member", member.id, found.version if found is not None else None)
    header = header_of(connection, network)
    faults = FaultList()
    known = known_ids(connection, network, (*member.prefers, *member.avoids))
    check = ReferenceCheck(header, faults, known=known)
    check.member(member, 0)
    check.finish_wishes()
    if faults.count:
        sentence = f"The member {member.id!r} cannot be stored: {counted(faults.count, 'fault')}."
        raise InputError(sentence, [inside(fault, "members[0]") for fault in faults.told()])
    writer = MemberWriter(connection, network, now, [member.id] if found is not None else [])
    writer.add(member)
    writer.flush()
    keep_units(connection, header)
    return get_member(connection, network, member.id), found is None


def delete_member(connection: Connection, network: str, identifier: str, expected: Expected) -> None:
    """Remove a member whom nothing names. Raises `NotFound`, `Stale`, and `Conflict` that says what does."""
    lock_network(connection, network)
    found = get_member(connection, network, identifier)
    expected.check("member", identifier, found.version)
    header = header_of(connection, network)
    uses = [Fault("", use) for use in uses_of_member(connection, network, identifier)]
    uses += [named_things(header, fault) for fault in header_faults(connection, header, identifier)]
    wishing = [
        Fault("", f"member {one!r} wishes for them or avoids them")
        for one in wishing_for(connection, network, identifier)
    ]
    uses += told_of(wishing)
    if uses:
        raise Conflict(
            f"The member {identifier!r} cannot be removed, as the history would lose a person: "
            'set their status to "left" instead.',
            uses,
        )
    remove_members(connection, network, [identifier])
    keep_units(connection, header)


def inside(fault: Fault, prefix: str) -> Fault:
    """A fault of a document's part, with its path from the part on."""
    path = fault.path
    if path == prefix or path.startswith((f"{prefix}.", f"{prefix}[")):
        path = path.removeprefix(prefix).lstrip(".")
    return Fault(path, fault.reason, fault.line)

"""Whether a network's header holds together, with a change applied, and with the members that are stored."""

from __future__ import annotations

from matcher.documents.faults import FaultList, Suggester
from matcher.documents.header import HeaderCheck
from matcher.documents.pods import pod_people
from matcher.documents.rota import rota_people
from matcher.documents.rounds import round_people
from matcher.domain.errors import Fault
from matcher.domain.network import NetworkHeader
from matcher.store.database import Connection
from matcher.store.errors import Conflict
from matcher.store.members import has_unit, known_ids


def header_faults(
    connection: Connection, header: NetworkHeader, without: str | None = None
) -> tuple[Fault, ...]:
    """All that a header names and is not there, and names that two claim; members are the stored ones,
    but for `without`."""
    faults = FaultList()
    check = HeaderCheck(header, faults, Suggester())
    check.run()
    named = {problem.sponsor for problem in header.problems}
    named |= {one for program in header.programs for pin in program.pins for one in (pin.learner, pin.guide)}
    named |= pod_people(header) | {member for _, member in round_people(header)}
    named |= {member for _, member in rota_people(header)}
    people = known_ids(connection, header.id, named) - {without}
    check.finish(people, lambda member: f"there is no member {member!r}", _units(connection, header))
    return faults.told()


def _units(connection: Connection, header: NetworkHeader) -> set[str]:
    """The units with members, of those that quotas speak of."""
    scopes = {
        quota.id for policy in header.policies for quota in policy.pairs.quotas if quota.scope == "unit"
    }
    return {scope for scope in scopes if has_unit(connection, header.id, scope)}


def keep_units(connection: Connection, header: NetworkHeader) -> None:
    """Raise `Conflict` when a quota speaks of a unit that no member belongs to any more."""
    have = _units(connection, header)
    faults = [
        Fault("", f"policy {policy.id!r} has a quota on the unit {quota.id!r}, which would have no member")
        for policy in header.policies
        for quota in policy.pairs.quotas
        if quota.scope == "unit" and quota.id not in have
    ]
    if faults:
        raise Conflict("A quota is on a unit that nobody would belong to: change the policy first.", faults)


def named_things(header: NetworkHeader, fault: Fault) -> Fault:
    """A fault of a header with the things it stands in by their ids: "program 'mentoring', policy: ..."."""
    place, _, rest = fault.path.partition("]")
    part, _, number = place.partition("[")
    if not number.isdigit():
        return Fault("", f"{fault.path}: {fault.reason}" if fault.path else fault.reason)
    thing = getattr(header, part)[int(number)]
    inner = f", {rest.lstrip('.')}" if rest.strip(".") else ""
    return Fault("", f"{KINDS[part]} {thing.id!r}{inner}: {fault.reason}")


KINDS = {
    "skills": "skill",
    "organizations": "organization",
    "programs": "program",
    "problems": "problem",
    "circles": "circle",
    "forums": "forum",
    "running_pods": "running pod",
    "ended_pods": "ended pod",
    "running_rounds": "running round",
    "ended_rounds": "ended round",
    "policies": "policy",
}
"""What one of a list is called."""

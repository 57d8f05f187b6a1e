"""The end of a cycle: turns that were done are added to the ledgers of members, once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from matcher.domain.family import Family
from matcher.domain.member import Ledger, Member
from matcher.domain.rota_plan import RotaPerson
from matcher.domain.session import Session, State
from matcher.service.publication import scope_of
from matcher.store.database import Connection
from matcher.store.documents import header_of
from matcher.store.errors import Conflict, NotFound
from matcher.store.ledgers import ClosedCycle, add_closed_cycle, closed_cycle
from matcher.store.members import MemberWriter
from matcher.store.networks import lock_network
from matcher.store.plans import list_rows, published_plan
from matcher.store.recipients import recipients
from matcher.store.sessions import sessions_in


def close_cycle(connection: Connection, network: str, program: str, cycle: str, now: datetime) -> ClosedCycle:
    """Add what everybody did and bore in a program's cycle to their ledgers. Again, it changes nothing.

    Turns are those of sessions that took place; burden is that of the published rota's sessions. Who was
    on leave for more than half of the cycle is marked as back from leave, which a later rota may credit.
    Raises `NotFound` for a cycle without a rota, `Conflict` while it is not over.
    """
    lock_network(connection, network)
    done = closed_cycle(connection, network, program, cycle)
    if done is not None:
        return done
    plan = published_plan(connection, network, program, cycle, Family.ROTA, "")
    if plan is None:
        raise NotFound("published rota", f"{program}/{cycle}")
    held = sessions_in(connection, network, scope_of(connection, plan))
    first, last = _span(connection, network, program, cycle, held)
    if now.date() <= last:
        raise Conflict(f"The cycle {cycle!r} of {program!r} lasts until {last}: close it after that.")
    turns: dict[str, Counter[str]] = defaultdict(Counter)
    for session in held:
        if session.state is State.SCHEDULED and session.end <= now:
            for member, role in session.roles.items():
                turns[member][role] += 1
    rows = list_rows(connection, network, plan.id, "ledgers", -1, 1_000_000)
    people = {one.member: one for one in (RotaPerson.model_validate_json(body) for _, body in rows)}
    found = recipients(connection, network, sorted(people.keys() | turns.keys()))
    writer = MemberWriter(connection, network, now)
    added: dict[str, dict[str, int]] = {}
    for name, one in found.items():
        more = {**turns[name], "burden": people[name].burden if name in people else 0}
        writer.add(_with(one.member, more, first, last), None)
        if any(more.values()):
            added[name] = {what: count for what, count in more.items() if count}
    writer.flush()
    add_closed_cycle(connection, network, program, cycle, plan.id, added, now)
    return ClosedCycle(program, cycle, plan.id, now, added)


def _span(
    connection: Connection, network: str, program: str, cycle: str, held: Sequence[Session]
) -> tuple[date, date]:
    """First and last day of a cycle: the program's own, or, of one that it left behind, of its sessions."""
    for one in header_of(connection, network).programs:
        if one.id == program and one.cycle.id == cycle:
            return one.cycle.start, one.cycle.end
    days = [one.start.date() for one in held] or [date.min]
    return min(days), max(days)


def _with(member: Member, more: dict[str, int], first: date, last: date) -> Member:
    """A member with a further cycle in their ledger."""
    old = member.ledger
    counts = {name: getattr(old, name) + more.get(name, 0) for name in ("lead", "co", "shadow", "burden")}
    away = _days_away(member, first, last) * 2 > (last - first).days + 1
    ledger = Ledger(**counts, cycles=old.cycles + 1, back_from_leave=away)
    return member.model_copy(update={"ledger": ledger})


def _days_away(member: Member, first: date, last: date) -> int:
    days = {
        one.start + timedelta(days=k)
        for one in member.leave
        for k in range((min(one.end, last) - one.start).days + 1)
    }
    return sum(first <= day <= last for day in days)

"""Which programs have a night now, and what it begins with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from matcher.domain.errors import InputError
from matcher.domain.family import Family
from matcher.domain.member import Status
from matcher.domain.network import NetworkHeader
from matcher.domain.night import GuardLine, GuardName, Intake, Night, NightState, NightStep
from matcher.domain.nightly import NightlyPolicy, NightMode
from matcher.domain.policy import Kind
from matcher.domain.program import Program
from matcher.planning.words import counted
from matcher.service.acceptance import chase
from matcher.service.busy.polling import poll
from matcher.service.webhooks.events import tell_night
from matcher.store.acceptances import overdue_acceptances
from matcher.store.database import Connection
from matcher.store.documents import header_of
from matcher.store.errors import NotFound
from matcher.store.ids import new_id
from matcher.store.members import count_members
from matcher.store.networks import find_network, list_networks, lock_network
from matcher.store.nights import add_night, had_night, last_night, running_nights
from matcher.store.plans import published_plan, seats_of
from matcher.store.policies import latest_policies
from matcher.store.recipients import recipients
from matcher.wiring import Services

ORDER = (Family.PAIRS, Family.PODS, Family.ROUNDS, Family.ROTA)
"""Pods take from the hours that pairs leave; a rota gives times to both."""

ENOUGH_TO_TELL = 5
"""Fewer people than this are never a mass leave."""


@dataclass(frozen=True)
class Due:
    """A program with a night before it."""

    network: str
    program: Program
    policy: NightlyPolicy
    steps: tuple[NightStep, ...]


def network_ids(services: Services) -> list[str]:
    """Every network of the database."""
    found: list[str] = []
    with services.database.read() as connection:
        while some := list_networks(connection, found[-1] if found else "", 500):
            found += [one.id for one in some]
    return found


def due_programs(
    connection: Connection, network: str, today: date, program: str | None = None
) -> Iterator[Due]:
    """The programs of a network whose policy wants a night, whose cycle is not over, and of which something
    is to be solved. `program`: that one only. Raises `NotFound` for one that the network does not have."""
    header = header_of(connection, network)
    policies = {one.id: one.nightly for one in latest_policies(connection, network)}
    if program is not None and program not in {one.id for one in header.programs}:
        raise NotFound("program", program)
    for one in header.programs:
        policy = policies[one.policy]
        if program not in (None, one.id) or policy.mode is NightMode.OFF or one.cycle.end < today:
            continue
        if steps := tuple(_steps(connection, header, one, policy)):
            yield Due(network, one, policy, steps)


def _steps(
    connection: Connection, header: NetworkHeader, program: Program, policy: NightlyPolicy
) -> Iterator[NightStep]:
    for family in ORDER:
        if policy.families is not None and family not in policy.families:
            continue
        kinds: tuple[Kind | None, ...] = program.kinds if family is Family.PAIRS else (None,)
        for kind in kinds:
            name = kind.value if kind is not None else ""
            before = published_plan(connection, header.id, program.id, program.cycle.id, family, name)
            if before is not None or policy.families is not None:
                known = before.id if before is not None else None
                yield NightStep(family=family, kind=kind, before=known)


def local_date(services: Services, network: str, as_of: datetime | None = None) -> date:
    """Today in a network's own zone, or the day of `as_of`. Raises `NotFound`."""
    with services.database.read() as connection:
        zone = find_network(connection, network).settings.time_zone
    return (as_of or services.now()).astimezone(ZoneInfo(zone)).date()


def begin_nights(
    services: Services,
    network: str,
    *,
    program: str | None = None,
    rehearsal: bool = False,
    again: bool = False,
    as_of: datetime | None = None,
) -> list[Night]:
    """Begin the night of each program that is due, and return these and those that run already.

    A program that had its night of this day gets none, unless `again` is wanted. Calendars that are due are
    read first, and questions whose deadline passed are ended. `as_of`: rehearse as if it were then.
    Raises `NotFound`, and `InputError` for a program that is named and not due.
    """
    today = local_date(services, network, as_of)
    with services.database.read() as connection:
        waiting = list(due_programs(connection, network, today, program))
        running = {one.program: one for one in running_nights(connection, network)}
        fresh = [one for one in waiting if one.program.id not in running]
        if not (again or rehearsal):
            fresh = [one for one in fresh if not had_night(connection, network, one.program.id, today)]
    if program is not None and not waiting and program not in running:
        raise InputError(
            f"The program {program!r} has no night: its policy says so, its cycle is over, or nothing of it "
            "is published and nightly.families of its policy names nothing."
        )
    found = [one for one in running.values() if program in (None, one.program)]
    if fresh:
        taken = _take_in(services, network)
        found += [_begin(services, one, today, taken, rehearsal, as_of) for one in fresh]
    return found


@dataclass(frozen=True)
class _Taken:
    overdue: int
    read: int
    failed: int


def _take_in(services: Services, network: str) -> _Taken:
    now = services.now()
    with services.database.read() as connection:
        overdue = sum(one.network == network for one in overdue_acceptances(connection, now))
    if chase(services.database, now):
        services.wake.set()
    polled = poll(services, network)
    return _Taken(overdue, polled.read, polled.failed)


def _begin(
    services: Services, due: Due, today: date, taken: _Taken, rehearsal: bool, as_of: datetime | None
) -> Night:
    now = services.now().replace(microsecond=0)
    with services.database.write() as connection:
        lock_network(connection, due.network)  # two that begin at once: the second finds the first
        for one in running_nights(connection, due.network):
            if one.program == due.program.id:
                return one
        intake = _intake(connection, due, taken)
        guards = _mass_leave(intake, due.policy)
        night = Night(
            network=due.network,
            id=new_id("night"),
            program=due.program.id,
            date=today,
            mode=due.policy.mode,
            rehearsal=rehearsal,
            as_of=as_of,
            started_at=now,
            deadline=now + timedelta(seconds=due.policy.seconds),
            intake=intake,
            guards=guards,
            steps=due.steps,
        )
        if any(not one.passed for one in guards):
            night = stopped(night, now)
        add_night(connection, night)
        if night.state is not NightState.RUNNING:
            tell_night(connection, night, now)
        return night


def stopped(night: Night, now: datetime) -> Night:
    """A night that a guard of its own ended before anything was solved."""
    told = " ".join(one.sentence for one in night.guards if not one.passed)
    sentence = f"Nothing was solved: {told}"
    return night.model_copy(
        update={"state": NightState.HELD, "ended_at": now, "steps": (), "sentence": sentence}
    )


def _intake(connection: Connection, due: Due, taken: _Taken) -> Intake:
    before = last_night(connection, due.network, due.program.id, (NightState.DONE, NightState.FAILED))
    planned = {
        person
        for step in due.steps
        if step.before is not None
        for people in seats_of(connection, due.network, step.before).values()
        for person in people
    }
    known = recipients(connection, due.network, planned)
    return Intake(
        active=count_members(connection, due.network, Status.ACTIVE),
        active_before=before.intake.active if before is not None else None,
        left=sum(one not in known or known[one].member.status is Status.LEFT for one in planned),
        taking_part=len(planned),
        overdue=taken.overdue,
        calendars_read=taken.read,
        calendars_failed=taken.failed,
    )


def _mass_leave(intake: Intake, policy: NightlyPolicy) -> tuple[GuardLine, ...]:
    lost = max(0, (intake.active_before or 0) - intake.active)
    parts = (
        (lost, intake.active_before or 0, "active members fewer than the night before"),
        (intake.left, intake.taking_part, "people of published plans left"),
    )
    lines = []
    for gone, of, what in parts:
        if not of:
            continue
        most = policy.most_left_percent
        passed = gone < ENOUGH_TO_TELL or gone * 100 <= most * of
        limit = (
            "" if passed else f", more than {most} %: was an import cut off? Look, then run the night again"
        )
        sentence = f"{counted(gone, 'person', 'people')} of {of:,} ({what}){limit}."
        lines.append(GuardLine(guard=GuardName.LEFT, passed=passed, sentence=sentence))
    return tuple(lines)

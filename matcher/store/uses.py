"""What of a network's plans, pairs and sessions names its programs and people."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, or_, select

from matcher.store.tables import ended_pairs, jobs, plan_seats, plans, running_pairs, session_people

OPEN_PLANS = ("proposed", "approved", "published")
OPEN_JOBS = ("queued", "running")
LIVE_PLANS = ("approved", "published")


def uses_of_program(connection: Connection, network: str, program: str) -> list[str]:
    """What names a program, in words: jobs and plans that are not over, and pairs that run."""
    counts = (
        (jobs, jobs.c.state.in_(OPEN_JOBS), "job in work"),
        (plans, plans.c.state.in_(OPEN_PLANS), "plan proposed, approved or published"),
        (running_pairs, running_pairs.c.program.is_not(None), "running pair"),
    )
    found = []
    for table, open_, words in counts:
        query = select(func.count()).where(table.c.network_id == network, table.c.program == program, open_)
        number = connection.execute(query).scalar_one()
        if number:
            found.append(f"{number:,} x {words}")
    return found


def uses_of_member(connection: Connection, network: str, member: str) -> list[str]:
    """What names a member, in words: pairs of any time, plans and sessions."""
    tables: tuple[tuple[Table, tuple[str, ...], str], ...] = (
        (running_pairs, ("learner", "guide"), "running pair"),
        (ended_pairs, ("learner", "guide"), "pair of a past cycle"),
        (plan_seats, ("member",), "seat in a plan"),
        (session_people, ("member",), "session"),
    )
    found = []
    for table, columns, words in tables:
        query = select(func.count()).where(
            table.c.network_id == network, or_(*(table.c[name] == member for name in columns))
        )
        number = connection.execute(query).scalar_one()
        if number:
            found.append(f"{number:,} x {words}")
    return found


def live_plans(connection: Connection, network: str) -> list[str]:
    """The ids of the plans that are approved or published."""
    query = select(plans.c.id).where(plans.c.network_id == network, plans.c.state.in_(LIVE_PLANS))
    return list(connection.execute(query.order_by(plans.c.id)).scalars())

"""What an operator wants to know of a database at a glance, in numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from matcher.store.nights import last_successes
from matcher.store.tables import busy_sources, feeds, jobs, outbox, plans

Labels = dict[str, str]


@dataclass(frozen=True)
class Measure:
    """One number: its name, what it says, and its samples by labels."""

    name: str
    words: str
    samples: tuple[tuple[Labels, float], ...]


def measures(connection: Connection, now: datetime) -> Iterator[Measure]:
    """Every number, worked out from the rows as they stand, so that all servers say the same.

    The work grows with the number of jobs, mails in waiting and published plans.
    """
    yield from _jobs(connection, now)
    yield from _plans(connection)
    yield from _mails(connection, now)
    done = last_successes(connection)
    yield Measure(
        "night_last_success_timestamp_seconds",
        "When the latest night of a program ended that did not fail.",
        tuple(({"network": network, "program": one}, at.timestamp()) for network, one, at in done),
    )
    reads = connection.execute(select(func.sum(feeds.c.accesses))).scalar_one() or 0
    yield Measure("feed_reads", "Reads of feeds, noted at most hourly.", (({}, float(reads)),))
    failing = select(func.count()).select_from(busy_sources).where(busy_sources.c.failures > 0)
    count = connection.execute(failing).scalar_one()
    yield Measure("calendars_failing", "Members' calendars that cannot be read.", (({}, float(count)),))


def _jobs(connection: Connection, now: datetime) -> Iterator[Measure]:
    columns = jobs.c
    counts = connection.execute(
        select(columns.kind, columns.state, func.count()).group_by(columns.kind, columns.state)
    ).all()
    yield Measure(
        "jobs",
        "Jobs by kind and state.",
        tuple(({"kind": kind, "state": state}, float(count)) for kind, state, count in counts),
    )
    oldest = connection.execute(
        select(func.min(columns.created_at)).where(columns.state == "queued")
    ).scalar_one()
    age = max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0
    yield Measure("queue_age_seconds", "How long the oldest job has waited.", (({}, age),))
    spent: dict[str, tuple[int, float]] = {}
    query = select(columns.kind, columns.started_at, columns.ended_at).where(columns.state == "done")
    for kind, started, ended in connection.execute(query):
        count, seconds = spent.get(kind, (0, 0.0))
        spent[kind] = count + 1, seconds + (ended - started).total_seconds()
    yield Measure(
        "job_seconds_sum",
        "Seconds that jobs took which are done, by kind.",
        tuple(({"kind": kind}, seconds) for kind, (_, seconds) in sorted(spent.items())),
    )
    yield Measure(
        "job_seconds_count",
        "Jobs that are done, by kind.",
        tuple(({"kind": kind}, float(count)) for kind, (count, _) in sorted(spent.items())),
    )


def _plans(connection: Connection) -> Iterator[Measure]:
    columns = plans.c
    query = select(columns.network_id, columns.program, columns.family, columns.kind, columns.summary)
    coverage: list[tuple[Labels, float]] = []
    gaps: list[tuple[Labels, float]] = []
    for network, program, family, kind, summary in connection.execute(
        query.where(columns.state == "published")
    ):
        own = {"network": network, "program": program, "family": family, "kind": kind}
        tiers = json.loads(summary).get("tiers", ())
        for tier in tiers:
            if tier["value"] is not None and tier["bound"] is not None:
                gap = abs(tier["bound"] - tier["value"]) / max(1, abs(tier["bound"]))
                gaps.append(({**own, "tier": tier["name"]}, gap))
        if tiers and tiers[0]["value"] is not None:
            coverage.append(({**own, "tier": tiers[0]["name"]}, float(tiers[0]["value"])))
    yield Measure("plan_coverage", "Value of the first tier of each published plan.", tuple(coverage))
    yield Measure(
        "plan_gap_ratio",
        "Distance between value and bound of each tier of each published plan, as a share of the bound.",
        tuple(gaps),
    )


def _mails(connection: Connection, now: datetime) -> Iterator[Measure]:
    columns = outbox.c
    counts = connection.execute(select(columns.state, func.count()).group_by(columns.state)).all()
    yield Measure(
        "mails", "Mails by state.", tuple(({"state": state}, float(count)) for state, count in counts)
    )
    overdue = connection.execute(
        select(func.min(columns.due_at)).where(columns.state == "held", columns.due_at <= now)
    ).scalar_one()
    late = max(0.0, (now - overdue).total_seconds()) if overdue is not None else 0.0
    yield Measure("mail_age_seconds", "How long the oldest mail that is due has waited.", (({}, late),))

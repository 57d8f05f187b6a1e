"""The work of publication, in the child: sessions for a plan, on the plan's own snapshot."""

from __future__ import annotations

from datetime import datetime

from matcher.domain.base import Model
from matcher.domain.family import Family
from matcher.domain.rota_plan import PlanSeries
from matcher.domain.session import Key, Session
from matcher.jobs.kind import Task

NETWORK, PLAN, ASKED, SCHEDULE = "network.jsonl", "plan.json", "asked.json", "schedule.json"
"""The snapshot, the plan's document, what is asked, and the answer."""


class Asked(Model):
    """What a schedule has to respect: sessions of the plan before, and of other programs; `now`: nothing is
    put before it. `domain` is the right side of new UIDs. `only`: keys of the plan's series that get
    sessions, None for all. `held`: series of it that a published rota gives times to; `replaced`: sessions as
    they were before that."""

    plan: str
    family: Family
    seed: int
    now: datetime
    domain: str
    previous: tuple[Session, ...]
    commitments: tuple[Session, ...]
    only: tuple[Key, ...] | None = None
    held: tuple[PlanSeries, ...] = ()
    replaced: tuple[Session, ...] = ()


def schedule(task: Task) -> None:
    """Find times, check them, and write the schedule."""
    from matcher.documents.read import open_network
    from matcher.planning.families import ends_of
    from matcher.planning.sessions.held import beside_rota
    from matcher.planning.sessions.scheduling import Occasion

    asked = Asked.model_validate_json((task.folder / ASKED).read_bytes())
    task.limits.tell("read")
    source = open_network(task.folder / NETWORK)
    ends = ends_of(asked.family)
    plan = ends.read(task.folder / PLAN)
    task.limits.tell("schedule")
    when = Occasion(
        seed=asked.seed,
        changed_at=asked.now,
        previous=asked.previous,
        commitments=asked.commitments,
        not_before=asked.now,
        name=asked.plan,
        domain=asked.domain,
        only=None if asked.only is None else frozenset(asked.only),
    )
    found = beside_rota(ends, source, plan, when, asked.held, asked.replaced)
    (task.folder / SCHEDULE).write_text(found.model_dump_json(), "utf-8")

"""The work of publication, in the child: sessions for the pairs of a plan, on the plan's own snapshot."""

from __future__ import annotations

from datetime import datetime

from matcher.domain.base import Model
from matcher.domain.session import Session
from matcher.jobs.kind import Task

NETWORK, PLAN, ASKED, SCHEDULE = "network.jsonl", "plan.json", "asked.json", "schedule.json"
"""The snapshot, the plan's document, what is asked, and the answer."""


class Asked(Model):
    """What a schedule has to respect: sessions of the plan before, and of other programs; `now`: nothing is
    put before it. `domain` is the right side of new UIDs. `pairs`: those of the plan that get sessions, None
    for all."""

    plan: str
    seed: int
    now: datetime
    domain: str
    previous: tuple[Session, ...]
    commitments: tuple[Session, ...]
    pairs: tuple[tuple[str, str], ...] | None = None


def schedule(task: Task) -> None:
    """Find times for the pairs, check them, and write the schedule."""
    from matcher.documents.read import open_network
    from matcher.planning.files import read_plan
    from matcher.planning.sessions.scheduling import schedule_plan

    asked = Asked.model_validate_json((task.folder / ASKED).read_bytes())
    task.limits.tell("read")
    source = open_network(task.folder / NETWORK)
    plan, _ = read_plan(task.folder / PLAN)
    if asked.pairs is not None:
        chosen = set(asked.pairs)
        kept = tuple(pair for pair in plan.pairs if (pair.learner, pair.guide) in chosen)
        plan = plan.model_copy(update={"pairs": kept})
    task.limits.tell("schedule")
    found, _ = schedule_plan(
        source,
        plan,
        seed=asked.seed,
        changed_at=asked.now,
        previous=asked.previous,
        commitments=asked.commitments,
        not_before=asked.now,
        name=asked.plan,
        domain=asked.domain,
    )
    (task.folder / SCHEDULE).write_text(found.model_dump_json(), "utf-8")

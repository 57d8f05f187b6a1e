"""What publication and retraction do to the pairs that run and those that ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel

from matcher.domain.history import EndedPair, Ending, RunningPair
from matcher.domain.policy import Kind
from matcher.domain.session import Key
from matcher.store import running
from matcher.store.database import Connection
from matcher.store.plans import PlanRow
from matcher.store.running import RunningRow


class Opened(BaseModel):
    """What a publication replaced: the running pairs before, the places of the pairs that it ended, and
    whether it made the history one cycle older."""

    running: list[RunningRow]
    ended: list[int]
    aged: bool


def run(connection: Connection, plan: PlanRow, keys: Sequence[Key], now: datetime) -> str:
    """Let these pairs of a plan run in place of those before. Returns what `undo` needs (JSON).

    Pairs that ran in an earlier cycle, or came with a document, and are not in the plan, have ended: they
    become history, one cycle ago. Pairs that a plan of the same cycle drops run no more, and are no history:
    the cycle is not over. A program's first plan of a further cycle makes its history one cycle older.
    """
    kind = Kind(plan.kind)
    before = running.running_of(connection, plan.network, plan.program, kind)
    known = {(one.learner, one.guide): one for one in before}
    rows = []
    for learner, guide in keys:
        old = known.get((learner, guide))
        since = RunningPair.model_validate_json(old.body).since if old is not None else None
        pair = RunningPair(learner=learner, guide=guide, kind=kind, since=since or now.date())
        body = pair.model_dump_json(exclude_defaults=True)
        rows.append(RunningRow(learner, guide, plan.program, plan.id, body))
    cycles = running.cycles_of(connection, plan.network, plan.program, kind)
    aged = bool(cycles) and plan.cycle not in cycles.values()
    if aged:
        running.age_ended(connection, plan.network, plan.program, kind, 1)
    kept = set(keys)
    over = [
        EndedPair(learner=one.learner, guide=one.guide, kind=kind, ending=Ending.COMPLETED)
        for one in before
        if (one.learner, one.guide) not in kept and (one.plan is None or cycles.get(one.plan) != plan.cycle)
    ]
    ended = running.add_ended(connection, plan.network, plan.program, over)
    running.replace_running(connection, plan.network, plan.program, kind, rows)
    return Opened(running=before, ended=ended, aged=aged).model_dump_json()


def undo(connection: Connection, plan: PlanRow, opened: str) -> None:
    """Put back what `run` replaced."""
    before = Opened.model_validate_json(opened)
    kind = Kind(plan.kind)
    running.replace_running(connection, plan.network, plan.program, kind, before.running)
    running.remove_ended(connection, plan.network, before.ended)
    if before.aged:
        running.age_ended(connection, plan.network, plan.program, kind, -1)

"""The use case "give a plan its sessions": pairs of a plan -> a checked schedule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from matcher.candidates.context import SkillList
from matcher.documents.checked import read_checked
from matcher.documents.read import NetworkSource
from matcher.domain.errors import InputError
from matcher.domain.member import Member
from matcher.domain.plan import Outcome, PairsPlan
from matcher.domain.session import DOMAIN, Schedule, Session
from matcher.planning.sessions.agenda import why_matched
from matcher.planning.sessions.check import check_schedule
from matcher.planning.sessions.sessions import schedule_sessions


class ScheduleFailure(RuntimeError):
    """A schedule that did not pass the check of its own, and is not handed out: our fault."""


def schedule_plan(
    source: NetworkSource,
    plan: PairsPlan,
    *,
    seed: int,
    changed_at: datetime,
    previous: Sequence[Session] = (),
    commitments: Sequence[Session] = (),
    not_before: datetime | None = None,
    name: str | None = None,
    domain: str = DOMAIN,
) -> tuple[Schedule, dict[str, Member]]:
    """Sessions for the pairs of a plan, checked before they leave, and the members concerned by id.

    Each description says why the two were matched, as far as both organizations may read it.

    `name` is the plan's id, written on what changes; the other options are those of `schedule_sessions`.
    Raises InputError for a plan without an answer, made from other profiles or from bare edges, and as
    `schedule_sessions` does.
    """
    if plan.program is None:
        raise InputError("This result was made from bare edges: there are no calendars to find times in.")
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        raise InputError(
            f"This result holds no answer (status {plan.status}): nothing is scheduled, nothing is cancelled."
        )
    if plan.network.sha256 != source.sha256:
        raise InputError(
            "The result was made from other profiles than these (their SHA-256 differs): "
            "run 'peerloom solve pairs' again, with --previous to keep the pairs that run."
        )
    program = next(program for program in source.header.programs if program.id == plan.program)
    pairs = [(pair.learner, pair.guide) for pair in plan.pairs]
    concerned = {person for pair in pairs for person in pair}
    concerned |= {person for session in previous for person in session.attendees}
    members = {one.id: one for one in source.people() if isinstance(one, Member) and one.id in concerned}
    skills = SkillList(source.header.skills)
    schedule = schedule_sessions(
        pairs,
        members,
        program,
        seed=seed,
        changed_at=changed_at,
        network=source.header.id,
        kind=plan.kind,
        plan=name,
        domain=domain,
        why={(a, b): why_matched(members[a], members[b], skills) for a, b in pairs},
        previous=previous,
        commitments=commitments,
        not_before=not_before,
    )
    faults = check_schedule(schedule, pairs, members, program, commitments=commitments, not_before=not_before)
    if faults:
        raise ScheduleFailure(f"the schedule did not pass its own check: {faults[0]}")
    return schedule, members


def read_schedule(path: Path) -> Schedule:
    """A schedule from its file; an empty one where there is no file. Raises InputError for anything else."""
    try:
        schedule, _ = read_checked(
            path, Schedule, "is not a schedule of ours: move it, or choose another folder."
        )
    except FileNotFoundError:
        return Schedule()
    return schedule

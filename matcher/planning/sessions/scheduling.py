"""The use case "give a plan its sessions": a plan -> a checked schedule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from matcher.candidates.context import SkillList
from matcher.documents.checked import read_checked
from matcher.documents.read import NetworkSource
from matcher.domain.errors import Fault, InputError
from matcher.domain.family import Family
from matcher.domain.member import Member
from matcher.domain.plan import Outcome, PairsPlan, PlanSource
from matcher.domain.program import Program
from matcher.domain.rota_plan import RotaPlan
from matcher.domain.session import DOMAIN, Key, Schedule, Session, Unscheduled
from matcher.planning.sessions.agenda import why_matched
from matcher.planning.sessions.check import check_schedule
from matcher.planning.sessions.sessions import schedule_sessions


class ScheduleFailure(RuntimeError):
    """A schedule that did not pass the check of its own, and is not handed out: our fault."""


class PlanOfSessions(Protocol):
    """What the plans of all families have in common."""

    @property
    def family(self) -> Family:
        """What it holds."""

    @property
    def network(self) -> PlanSource:
        """What was solved."""

    @property
    def program(self) -> str | None:
        """The program that it is for."""

    @property
    def status(self) -> Outcome:
        """How far it is proven."""


@dataclass(frozen=True)
class Occasion:
    """When and around what a plan gets sessions: the options of `schedule_sessions`. `name` is the plan's id,
    written on what changes; `only`: keys of those of its series that get sessions, None for all."""

    seed: int
    changed_at: datetime
    previous: Sequence[Session] = ()
    commitments: Sequence[Session] = ()
    not_before: datetime | None = None
    name: str | None = None
    domain: str = DOMAIN
    only: Collection[Key] | None = None


def begin(
    source: NetworkSource, plan: PlanOfSessions, concerned: Iterable[str]
) -> tuple[Program, dict[str, Member]]:
    """The program of a plan, and these members by id.

    Raises InputError for a plan without an answer, made from other profiles or from bare edges.
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
            f"run '{plan.family.command}' again, with --previous to keep what runs."
        )
    program = next(program for program in source.header.programs if program.id == plan.program)
    wanted = set(concerned)
    return program, {one.id: one for one in source.people() if isinstance(one, Member) and one.id in wanted}


def schedule_pairs(
    source: NetworkSource, plan: PairsPlan, when: Occasion
) -> tuple[Schedule, dict[str, Member]]:
    """Sessions for the pairs of a plan, checked before they leave, and the members concerned by id.

    Each description says why the two were matched, as far as both organizations may read it. Errors as in
    `begin` and `schedule_sessions`.
    """
    pairs = [(pair.learner, pair.guide) for pair in plan.pairs]
    if when.only is not None:
        pairs = [pair for pair in pairs if pair in when.only]
    concerned = {person for pair in pairs for person in pair}
    concerned |= {person for session in when.previous for person in session.attendees}
    program, members = begin(source, plan, concerned)
    policy = next(one for one in source.header.policies if one.id == program.policy)
    skills = SkillList(source.header.skills)
    schedule = schedule_sessions(
        pairs,
        members,
        program,
        seed=when.seed,
        changed_at=when.changed_at,
        network=source.header.id,
        kind=plan.kind,
        plan=when.name,
        domain=when.domain,
        agenda=policy.rota.agendas.pair,
        why={(a, b): why_matched(members[a], members[b], skills) for a, b in pairs},
        previous=when.previous,
        commitments=when.commitments,
        not_before=when.not_before,
    )
    passed(
        check_schedule(
            schedule, pairs, members, program, commitments=when.commitments, not_before=when.not_before
        )
    )
    return schedule, members


def passed(faults: Sequence[Fault]) -> None:
    """Raise ScheduleFailure for a schedule with faults."""
    if faults:
        raise ScheduleFailure(f"the schedule did not pass its own check: {faults[0]}")


def beside(whole: Schedule, plan: PlanOfSessions) -> tuple[Schedule, Schedule]:
    """A schedule of several plans as that of one of them, and that of the others."""
    mine = plan.holds if isinstance(plan, RotaPlan) else None

    def own(one: Session | Unscheduled) -> bool:
        if mine is not None:
            return one.family is Family.ROTA or (one.family, one.kind, one.key) in mine
        return one.family is plan.family

    sides = []
    for side in (True, False):
        sides.append(
            Schedule(
                sessions=tuple(one for one in whole.sessions if own(one) is side),
                unscheduled=tuple(one for one in whole.unscheduled if own(one) is side),
            )
        )
    return sides[0], sides[1]


def read_schedule(path: Path) -> Schedule:
    """A schedule from its file; an empty one where there is no file. Raises InputError for anything else."""
    try:
        schedule, _ = read_checked(
            path, Schedule, "is not a schedule of ours: move it, or choose another folder."
        )
    except FileNotFoundError:
        return Schedule()
    return schedule

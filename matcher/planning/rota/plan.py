"""The use case "make a rota": document and plans -> meeting times -> turns -> audited plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from matcher.domain.plan import Outcome, PlanSource, PolicyName
from matcher.domain.rota_plan import RotaPlan
from matcher.planning import outcome
from matcher.planning.commitments import commitments_source
from matcher.planning.rota import report
from matcher.planning.rota.formed import GroupPlans
from matcher.planning.rota.instance import Fairness, Mode, Prepared, prepare
from matcher.planning.rota.proof import outcome_of, tiers_of
from matcher.planning.rota.turns import turns_of
from matcher.planning.rota.verify import objections
from matcher.planning.rota.why_no_time import openings
from matcher.planning.rota.why_open import looked_into
from solvers.limits import Limits
from solvers.result import Effort, Status

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.session import Session
    from matcher.planning.rota.other_times import Filled
    from solvers.rota.times.instance import TimesInstance
    from solvers.rota.times.solution import TimesAnswer
    from solvers.rota.turns.solution import TurnsAnswer

TIMES_SHARE, OTHER_SHARE, TURNS_SHARE, OTHER_TIMES_SHARE = 0.35, 0.15, 0.35, 0.5
"""Of the time that is left: for meeting times, for those of the other mode, which are shown beside them, for
turns, and for times at which more turns are taken; the rest is for turns at these."""


@dataclass(frozen=True)
class Asked:
    """What a rota is made from beside the document. `as_of`: now; what began earlier is not touched."""

    plans: GroupPlans | None = None
    before: RotaPlan | None = None
    before_source: PlanSource | None = None
    as_of: datetime | None = None
    commitments: Sequence[Session] = ()
    mode: Mode | None = None
    fairness: Fairness | None = None


def plan_rota(
    source: NetworkSource,
    program_id: str | None = None,
    limits: Limits | None = None,
    asked: Asked | None = None,
) -> RotaPlan:
    """Give the groups of one program's cycle times and facilitators, audited before they leave.

    `program_id` defaults to the only program. Raises InputError for documents, pins or plans that cannot be
    used, PolicyError for pins against a rule that nobody overrides, and AuditFailure (never a plan) when an
    audit objects.
    """
    limits, asked = limits or Limits(), asked or Asked()
    effort = Effort()
    limits.tell("candidates")
    with effort.phase("candidates"):
        prepared = prepared_for(source, program_id, asked)
    from matcher.planning.rota.other_times import Filled, fill
    from solvers.rota.times.solve import solve as solve_times
    from solvers.rota.turns.greedy import lightest
    from solvers.rota.turns.solve import solve as solve_turns

    limits.tell("times")
    with effort.phase("times"):
        times = solve_times(prepared.times, _share(limits, TIMES_SHARE))
    outcome.merge_effort(effort, times.effort)
    with effort.phase("other mode"):
        other = solve_times(_other_mode(prepared), _share(limits, OTHER_SHARE))
    limits.tell("turns")
    with effort.phase("turns"):
        turns = turns_of(prepared, times.times)
        answer = solve_turns(turns.instance, _share(limits, TURNS_SHARE))
    found = Filled(times, turns, answer.person)
    if answer.tiers:
        with effort.phase("other times"):
            found = fill(prepared, found, _share(limits, OTHER_TIMES_SHARE))
        if found.turns is not turns or (answer.status is not Status.OPTIMAL and not limits.over):
            with effort.phase("turns again"):
                begin = lightest(found.turns.instance, limits.seed, found.person)
                answer = solve_turns(found.turns.instance, limits, begin)
    outcome.merge_effort(effort, answer.effort)
    effort.counts |= {
        "members": len(prepared.people),
        "groups": len(prepared.context.groups),
        "turns": found.turns.instance.n_turns,
        "choices": len(found.turns.instance.choices),
    }
    head = head_of(prepared, limits.seed, asked)
    body = _body(prepared, found, answer, other, limits, effort)
    hashed = input_hash(prepared, limits.seed, asked)
    return RotaPlan.model_validate({**head, **body, "effort": outcome.effort_of(effort, hashed)})


def prepared_for(source: NetworkSource, program_id: str | None, asked: Asked) -> Prepared:
    """The run that was asked for, ready to be solved."""
    return prepare(
        source,
        program_id,
        formed=asked.plans.formed if asked.plans is not None else None,
        before=asked.before,
        as_of=asked.as_of,
        commitments=asked.commitments,
        mode=asked.mode,
        fairness=asked.fairness,
    )


def _share(limits: Limits, share: float) -> Limits:
    """Limits that end after a share of the time that is left."""
    return replace(limits, seconds=limits.elapsed + share * limits.left)


def _other_mode(prepared: Prepared) -> TimesInstance:
    groups = tuple(replace(one, rotating=not one.rotating) for one in prepared.times.groups)
    return replace(prepared.times, groups=groups)


def head_of(prepared: Prepared, seed: int, asked: Asked) -> dict[str, object]:
    """The fields of a plan that say what was asked."""
    source, program, policy = prepared.source, prepared.program, prepared.policy
    return {
        "network": outcome.source_row(source.header.id, source.path, source.sha256),
        "program": program.id,
        "cycle": program.cycle.id,
        "policy": PolicyName(id=policy.id, version=policy.version),
        "mode": prepared.context.policy.mode,
        "fairness": prepared.context.policy.fairness,
        "changes_policy": prepared.context.policy.changes,
        "seed": seed,
        "as_of": asked.as_of,
        "groups": asked.plans.sources if asked.plans is not None else (),
        "previous_plan": _before_source(asked),
        "commitments": commitments_source(asked.commitments),
    }


def _before_source(asked: Asked) -> PlanSource | None:
    if asked.before is None or asked.before_source is not None:
        return asked.before_source
    return outcome.source_row("previous", None, outcome.hash_of(asked.before.model_dump(mode="json")))


def input_hash(prepared: Prepared, seed: int, asked: Asked) -> str:
    """SHA-256 over all that an answer depends on, but for time."""
    before, commitments = _before_source(asked), commitments_source(asked.commitments)
    return outcome.hash_of(
        prepared.source.sha256,
        prepared.program.id,
        "rota",
        seed,
        prepared.context.policy.mode,
        prepared.context.policy.fairness,
        asked.as_of and asked.as_of.isoformat(),
        [one.sha256 for one in asked.plans.sources] if asked.plans is not None else [],
        before and before.sha256,
        commitments and commitments.sha256,
    )


def _body(
    prepared: Prepared,
    found: Filled,
    answer: TurnsAnswer,
    other: TimesAnswer,
    limits: Limits,
    effort: Effort,
) -> dict[str, object]:
    """The fields that the answers give."""
    times, turns = found.times, found.turns
    tiers = tiers_of(prepared, times.tiers, turns, answer.tiers, found.least, found.series)
    if answer.status in (Status.INFEASIBLE, Status.UNKNOWN):
        status = Outcome(answer.status.value)
        sentence = outcome.SENTENCES[status]
    else:
        status, sentence = outcome_of(tiers)
    body: dict[str, object] = {
        "status": status,
        "sentence": sentence,
        "conflict": answer.conflict,
        "notes": (*prepared.context.notes, *times.notes, *answer.notes, *found.notes),
    }
    if status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        return body
    limits.tell("explain")
    person = answer.person.tolist()
    with effort.phase("explain"):
        rows = report.rows(prepared, times.times, turns, person)
        rows["no_time"] = openings(prepared, times, rows["no_time"], limits)
        rows["open_turns"] = looked_into(prepared, turns, person, rows["open_turns"], limits)
        body |= {
            "value": tiers[-1].value,
            "bound": tiers[-1].bound,
            "tiers": tiers,
            "modes": report.modes(prepared, times, other),
            **rows,
        }
    limits.tell("audit")
    with effort.phase("audit"):
        off = objections(prepared, times.times, times.slots, turns, person, tiers)
    if off:
        raise outcome.AuditFailure(off)
    return body

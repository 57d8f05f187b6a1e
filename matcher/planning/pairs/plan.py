"""The use case "form pairs": document -> candidates -> instance -> answer -> audited plan."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.errors import InputError
from matcher.domain.plan import Outcome, PairsPlan, PlanSource, PolicyName
from matcher.domain.policy import Changes, Kind
from matcher.planning import outcome
from matcher.planning.commitments import commitments_source, committed
from matcher.planning.pairs import report
from matcher.planning.pairs.changes import changes_of
from matcher.planning.pairs.instance import Prepared, prepare
from matcher.planning.pairs.reasons import counts
from matcher.planning.pairs.reasons.insight import deepen
from matcher.planning.pairs.reasons.reasons import left_over
from matcher.planning.pairs.reasons.repairs import rule_of, with_numbers
from matcher.planning.pairs.running import Before
from matcher.planning.pairs.solving import (
    balance_cost,
    common_body,
    tier_objections,
)
from matcher.planning.pairs.standing import Standing
from solvers.limits import Limits
from solvers.result import Effort

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.plan import Unmatched
    from matcher.domain.session import Session
    from matcher.planning.findings import Objection
    from matcher.planning.pairs.audit.verify import Profiles
    from solvers.pairs.instance import PairsInstance
    from solvers.pairs.solution import PairsAnswer


def plan_pairs(
    source: NetworkSource,
    program_id: str | None = None,
    kind: Kind | None = None,
    limits: Limits | None = None,
    previous: PairsPlan | None = None,
    previous_source: PlanSource | None = None,
    repaired: int = 0,
    commitments: Sequence[Session] = (),
) -> PairsPlan:
    """Form the pairs of one program's cycle, audited by two independent checks before they leave.

    `program_id` and `kind` default to the only program and its first kind. `previous` is a plan whose pairs
    count as running (those that it broke no longer do), `previous_source` says where it came from.
    `repaired`: for how many of the learners left out it is also solved what the best plan would make of a
    repair. `commitments` are sessions of other plans: their times and hours are taken.

    Raises InputError for documents, pins or previous plans that cannot be used, PolicyError for
    policies that contradict themselves, and AuditFailure (never a plan) when an audit objects.
    """
    limits = limits or Limits()
    source = committed(source, commitments, program_id)
    effort = Effort()
    limits.tell("candidates")
    with effort.phase("candidates"):
        before = Before.of(previous) if previous is not None else Before()
        prepared = prepare(source, program_id, kind, before)
    if previous is not None and previous.kind is not None and previous.kind is not prepared.kind:
        raise InputError(
            f"The previous plan holds {previous.kind} pairs, this run forms {prepared.kind} pairs: "
            "give a plan of the same kind, or none."
        )
    head = _head(prepared, limits, previous, previous_source, commitments_source(commitments))
    instance = prepared.instance
    if instance is None:
        return _without_answer(prepared, head, effort, prepared.conflict)
    limits.tell("solve")
    from solvers.pairs.solve import solve

    with effort.phase("solve"):
        answer = solve(instance, limits, prepared.wishes)
    if answer.status.value in ("infeasible", "unknown"):
        return _without_answer(prepared, head, effort, answer.conflict or answer.notes, answer)
    return _with_answer(prepared, head, effort, instance, answer, limits, repaired)


def _head(
    prepared: Prepared,
    limits: Limits,
    previous: PairsPlan | None,
    previous_source: PlanSource | None,
    taken: PlanSource | None,
) -> dict[str, object]:
    """The fields of a plan that say what was asked."""
    source, program = prepared.source, prepared.program
    policy = next(policy for policy in prepared.header.policies if policy.id == program.policy)
    if previous is not None and previous_source is None:
        previous_source = outcome.source_row(
            "previous", None, outcome.hash_of(previous.model_dump(mode="json"))
        )
    asked = input_hash(prepared, limits.seed, previous_source, taken)
    return {
        "network": outcome.source_row(source.header.id, source.path, source.sha256),
        "program": program.id,
        "cycle": program.cycle.id,
        "policy": PolicyName(id=policy.id, version=policy.version),
        "kind": prepared.kind,
        "order": prepared.policy.order,
        "changes_policy": prepared.policy.changes,
        "seed": limits.seed,
        "left_out": report.left_out(prepared.candidates),
        "previous": tuple(protected_ids(prepared)),
        "previous_plan": previous_source,
        "commitments": taken,
        "_hash": asked,
    }


def input_hash(
    prepared: Prepared, seed: int, previous: PlanSource | None, commitments: PlanSource | None
) -> str:
    """SHA-256 over all that an answer depends on, but for time."""
    return outcome.hash_of(
        prepared.source.sha256,
        prepared.program.id,
        prepared.kind,
        seed,
        previous and previous.sha256,
        commitments and commitments.sha256,
    )


def protected_ids(prepared: Prepared) -> list[tuple[str, str]]:
    """The pairs worth keeping, as ids, in their order."""
    candidates = prepared.candidates
    return [(candidates.learner_ids[i], candidates.guide_ids[j]) for i, j in prepared.running.protected]


def _without_answer(
    prepared: Prepared,
    head: dict[str, object],
    effort: Effort,
    conflict: tuple[str, ...],
    answer: PairsAnswer | None = None,
) -> PairsPlan:
    status = Outcome.INFEASIBLE if answer is None else Outcome(answer.status.value)
    if answer is not None:
        outcome.merge_effort(effort, answer.effort)
    asked = {key: value for key, value in head.items() if not key.startswith("_")}
    return PairsPlan.model_validate(
        {
            **asked,
            "status": status,
            "sentence": outcome.SENTENCES[status],
            "conflict": tuple(conflict) if status is Outcome.INFEASIBLE else (),
            "notes": () if status is Outcome.INFEASIBLE else tuple(conflict),
            "effort": outcome.effort_of(effort, str(head["_hash"])),
        }
    )


def _with_answer(
    prepared: Prepared,
    head: dict[str, object],
    effort: Effort,
    instance: PairsInstance,
    answer: PairsAnswer,
    limits: Limits,
    repaired: int,
) -> PairsPlan:
    candidates, pairs = prepared.candidates, answer.pairs
    limits.tell("explain")
    with effort.phase("explain"):
        body = common_body(instance, answer)
        parts = np.asarray(candidates.parts(pairs.learner, pairs.guide))
        protected = set(prepared.running.protected)
        forced = set(prepared.pins.pairs)
        frozen = protected if prepared.policy.changes is Changes.FROZEN else set()
        body["pairs"] = report.pair_rows(
            instance, pairs, protected, forced | frozen, prepared.overrides, parts
        )
        standing = Standing(instance, pairs, proven=answer.status.value == "optimal")
        unmatched, idle = left_over(
            standing, partial(counts.of_learner, candidates), partial(counts.of_guide, candidates)
        )
        carried = {one.id: one.carried_pairs for one in prepared.header.organizations}
        body["give_and_take"] = report.give_and_take(instance, pairs, carried, list(candidates.group_ids))
        skills = report.skill_rows(prepared, standing.learner_load, standing.guide_load)
        body["changes"] = changes_of(
            instance,
            pairs,
            protected_ids(prepared),
            prepared.running.ended,
            [(candidates.learner_ids[i], candidates.guide_ids[j]) for i, j in prepared.pins.pairs],
        )
        deep = deepen(
            instance,
            answer,
            (unmatched, idle, skills),
            candidates.group_ids,
            limits,
            candidates,
            repaired=repaired,
        )
        body["idle_guides"], body["skill_prices"], body["cuts"] = deep.idle, deep.skills, deep.cuts
        body["notes"] = (*answer.notes, *(limit.sentence for limit in prepared.widened), *deep.notes)
    if instance.balance is not None:
        with effort.phase("cost of balance"):
            body["balance_cost"] = balance_cost(instance, answer, limits)
    if "eligible_pairs" not in answer.effort.counts:
        with effort.phase("count"):
            effort.counts["eligible_pairs"] = instance.edges.count()
    limits.tell("audit")
    with effort.phase("audit"):
        off = tier_objections(instance, answer)
        profiles = _profiles(prepared, body, deep.unmatched)
        off += [str(objection) for objection in _profile_objections(prepared, body, profiles)]
        body["unmatched"] = tuple(
            row.model_copy(update={"repairs": with_numbers(row.learner, row.repairs, profiles)})
            for row in deep.unmatched
        )
    if off:
        raise outcome.AuditFailure(off)
    outcome.merge_effort(effort, answer.effort)
    effort.counts["learners"], effort.counts["guides"] = instance.n_learners, instance.n_guides
    asked = {key: value for key, value in head.items() if not key.startswith("_")}
    return PairsPlan.model_validate(
        {**asked, **body, "effort": outcome.effort_of(effort, str(head["_hash"]))}
    )


def _profiles(prepared: Prepared, body: dict[str, object], unmatched: Sequence[Unmatched]) -> Profiles:
    """The profiles of everybody in a pair, or in a repair that sets a rule aside, read again."""
    from matcher.planning.pairs.audit.verify import gather

    pairs = body["pairs"]
    assert isinstance(pairs, tuple)
    wanted = {person for pair in pairs for person in (pair.learner, pair.guide)}
    for row in unmatched:
        about = [rule_of(repair) for repair in row.repairs]
        wanted |= {person for one in about if one is not None for person in (row.learner, one[1])}
    return gather(prepared.source, prepared.program, prepared.policy, prepared.kind, wanted)


def _profile_objections(prepared: Prepared, body: dict[str, object], profiles: Profiles) -> list[Objection]:
    """The second audit, on the profiles."""
    from matcher.planning.pairs.audit.verify import check_pairs

    pairs = body["pairs"]
    assert isinstance(pairs, tuple)
    return check_pairs(profiles, pairs, protected_ids(prepared))

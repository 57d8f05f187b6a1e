"""The use case "form pods": document -> seats -> instance -> answer -> audited plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matcher.domain.plan import Outcome, PlanSource, PolicyName
from matcher.domain.pods_plan import PodsPlan
from matcher.planning import outcome
from matcher.planning.commitments import commitments_source
from matcher.planning.pods import reasons, report
from matcher.planning.pods.changes import changes_of
from matcher.planning.pods.instance import Prepared, prepare
from matcher.planning.pods.verify import seat_objections, tier_objections
from solvers.limits import Limits
from solvers.result import Effort

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.session import Session
    from solvers.pods.solution import PodsAnswer


def plan_pods(
    source: NetworkSource,
    program_id: str | None = None,
    limits: Limits | None = None,
    before: PodsPlan | None = None,
    before_source: PlanSource | None = None,
    commitments: Sequence[Session] = (),
) -> PodsPlan:
    """Form the pods of one program's cycle, audited by two independent checks before they leave.

    `program_id` defaults to the only program. `before` is a plan whose seats count as running (those that it
    broke no longer do), `before_source` says where it came from. `commitments` are sessions of other plans:
    their times are taken, and the pairs among them take hours. Raises InputError for documents, pins or plans
    that cannot be used, PolicyError for policies that contradict themselves, and AuditFailure (never a plan)
    when an audit objects.
    """
    limits = limits or Limits()
    effort = Effort()
    limits.tell("candidates")
    with effort.phase("candidates"):
        prepared = prepare(source, program_id, before, commitments)
    if before is not None and before_source is None:
        before_source = outcome.source_row("previous", None, outcome.hash_of(before.model_dump(mode="json")))
    limits.tell("solve")
    from solvers.pods.solve import solve

    with effort.phase("solve"):
        answer = solve(prepared.instance, limits)
    outcome.merge_effort(effort, answer.effort)
    effort.counts["members"], effort.counts["pods"] = prepared.instance.n_members, prepared.instance.n_pods
    effort.counts["eligible_seats"] = int(prepared.instance.eligible.sum())
    taken = commitments_source(commitments)
    head = {**_head(prepared, limits, before_source), "commitments": taken}
    body = _body(prepared, answer, limits, effort)
    hashed = input_hash(prepared, limits.seed, before_source, taken)
    return PodsPlan.model_validate({**head, **body, "effort": outcome.effort_of(effort, hashed)})


def input_hash(
    prepared: Prepared, seed: int, before: PlanSource | None, commitments: PlanSource | None
) -> str:
    """SHA-256 over all that an answer depends on, but for time."""
    return outcome.hash_of(
        prepared.source.sha256,
        prepared.program.id,
        "pods",
        seed,
        before and before.sha256,
        commitments and commitments.sha256,
    )


def _head(prepared: Prepared, limits: Limits, before_source: PlanSource | None) -> dict[str, object]:
    """The fields of a plan that say what was asked."""
    source, program, policy = prepared.source, prepared.program, prepared.policy
    return {
        "network": outcome.source_row(source.header.id, source.path, source.sha256),
        "program": program.id,
        "cycle": program.cycle.id,
        "policy": PolicyName(id=policy.id, version=policy.version),
        "order": policy.pods.order,
        "changes_policy": policy.pods.changes,
        "seed": limits.seed,
        "left_out": report.left_out(prepared),
        "previous": tuple(sorted(prepared.seat_ids(prepared.running.protected))),
        "previous_plan": before_source,
    }


def _body(prepared: Prepared, answer: PodsAnswer, limits: Limits, effort: Effort) -> dict[str, object]:
    """The fields that the answer gives."""
    status = Outcome(answer.status.value)
    body: dict[str, object] = {
        "status": status,
        "sentence": outcome.SENTENCES[status],
        "conflict": answer.conflict,
        "notes": (*prepared.notes, *answer.notes),
    }
    if status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        return body
    instance, seats, slot = prepared.instance, answer.seats, answer.slot
    limits.tell("explain")
    with effort.phase("explain"):
        pods = report.pod_rows(prepared, seats, slot)
        body |= {
            "value": answer.value,
            "bound": answer.bound,
            "tiers": outcome.tier_rows(answer.tiers),
            "prices": report.price_rows(instance, answer.prices),
            "floor_prices": report.price_rows(instance, answer.floor_prices),
            "pods": pods,
            "not_run": reasons.not_run(prepared, seats),
            "unplaced": reasons.unplaced(prepared, seats, proven=answer.status.value == "optimal"),
            "changes": changes_of(
                prepared.seat_ids(seats.rows()),
                prepared.seat_ids(prepared.running.protected),
                prepared.running.ended,
                prepared.seat_ids(prepared.pins.seats),
            ),
        }
    limits.tell("audit")
    with effort.phase("audit"):
        tiers = [(tier.name, tier.sense, tier.value) for tier in answer.tiers]
        off = tier_objections(instance, seats, slot, tiers)
        off += [str(one) for one in seat_objections(prepared.context, pods)]
    if off:
        raise outcome.AuditFailure(off)
    return body

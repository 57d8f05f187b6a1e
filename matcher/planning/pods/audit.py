"""The use case "audit" for pods: a result against its document, without the solver.

Rules, points and attendance of every pod are worked out in plain Python from the profiles; tier values,
reasons and changes are counted again from the numbers. Whatever is off is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.domain.errors import InputError
from matcher.domain.plan import Outcome, PlanSource
from matcher.domain.pods_plan import PodsPlan
from matcher.planning.commitments import commitments_source, same_commitments
from matcher.planning.findings import AuditReport
from matcher.planning.pods import reasons, report
from matcher.planning.pods.changes import changes_of
from matcher.planning.pods.instance import Prepared, prepare, week_minute
from matcher.planning.pods.plan import input_hash
from matcher.planning.pods.repriced import reprice_pods
from matcher.planning.pods.running import time_of
from matcher.planning.pods.verify import seat_objections, tier_objections
from solvers.pods.check.score import groups
from solvers.pods.instance import Seats
from solvers.pods.solution import no_slots

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.session import Session
    from solvers.pods.instance import Index
    from solvers.pods.solution import PodPrices

Tell = Callable[[str], None]


def audit_pods(
    source: NetworkSource,
    plan: PodsPlan,
    *,
    before: PodsPlan | None = None,
    before_source: PlanSource | None = None,
    commitments: Sequence[Session] = (),
    sample: int | None = None,
    seed: int = 1,
    tell: Tell = lambda _: None,
) -> AuditReport:
    """Check a plan of pods against the network it came from.

    `before` is the plan that was given as previous when the plan was made, `commitments` are the sessions of
    other plans. `sample`: try the groups of so many pods against the prices, drawn by `seed`, instead of all.
    Raises InputError where one of them is missing, or was not asked for.
    """
    out = AuditReport()
    if plan.program is None:
        out.object(
            "format", "", "the result came from a bare instance, so no network document can be its source"
        )
        return out
    if (plan.previous_plan is None) != (before is None):
        raise InputError(
            "The result was made without a previous one: audit it without --previous."
            if before is not None
            else "The result was made with a previous one: give that as --previous."
        )
    same_commitments(plan.commitments, commitments)
    out.compare("hash", "commitments", plan.commitments, commitments_source(commitments))
    if before_source is not None and plan.previous_plan is not None:
        out.compare("hash", "previous_plan.sha256", plan.previous_plan.sha256, before_source.sha256)
    out.compare("hash", "network.sha256", plan.network.sha256, source.sha256)
    out.compare("network", "network.id", plan.network.id, source.header.id)
    tell("candidates")
    try:
        prepared = prepare(source, plan.program, before, commitments)
    except InputError as error:
        out.object("input", "", str(error))
        return out
    _head(out, plan, prepared)
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        if plan.pods or plan.tiers:
            out.object("status", "", f"status is {plan.status}, but there are pods or tiers")
        out.unchecked.append(f"Status {plan.status} holds no answer, so there is nothing more to check.")
        return out
    tell("rules and points")
    out.objections += seat_objections(prepared.context, plan.pods)
    out.checked.append(
        ("rules and points", f"{sum(len(pod.seats) for pod in plan.pods):,} seats, one by one")
    )
    found = _numbers(out, plan, prepared)
    if found is not None:
        tell("tiers and counts")
        _counted(out, plan, prepared, *found, sample, seed, tell)
    return out


def _head(out: AuditReport, plan: PodsPlan, prepared: Prepared) -> None:
    """What was asked for."""
    policy, said = prepared.policy, plan.policy
    out.compare("head", "policy", (said.id, said.version) if said else None, (policy.id, policy.version))
    out.compare("head", "cycle", plan.cycle, prepared.program.cycle.id)
    out.compare("head", "order", plan.order, policy.pods.order)
    out.compare("head", "changes_policy", str(plan.changes_policy), policy.pods.changes)
    hashed = input_hash(prepared, plan.seed, plan.previous_plan, plan.commitments)
    out.compare("hash", "effort.input_hash", plan.effort.input_hash, hashed)
    out.checked.append(
        ("document", f"hash, program {prepared.program.id}, policy {policy.id} {policy.version}")
    )


def _numbers(out: AuditReport, plan: PodsPlan, prepared: Prepared) -> tuple[Seats, Index] | None:
    """Seats and slots as numbers; None, and an objection, where they are none of the run's."""
    table, rows = prepared.table, []
    slot = no_slots(prepared.instance.n_pods)
    for pod in plan.pods:
        p = table.pod_number.get(pod.pod)
        members = [table.member_number.get(member) for member in pod.members]
        if p is None or None in members:
            out.object("seats", pod.pod, "is no pod of this run, or has members who take no part")
            return None
        rows += [(i, p) for i in members if i is not None]
        if pod.meeting is not None and prepared.instance.pods[p].rhythm >= 0:
            start = prepared.instance.rhythms[prepared.instance.pods[p].rhythm].start
            at = np.flatnonzero(start == week_minute(time_of(pod.meeting)))
            if not len(at):
                out.object("slot", pod.pod, "meets at a time when nobody can come")
                return None
            slot[p] = int(at[0])
    return Seats.of(sorted(rows)), slot


def _counted(
    out: AuditReport, plan: PodsPlan, prepared: Prepared, seats: Seats, slot: Index,
    sample: int | None, seed: int, tell: Tell,
) -> None:  # fmt: skip
    """Everything that is counted from the seats."""
    tiers = [(tier.name, tier.sense, tier.value) for tier in plan.tiers]
    for sentence in tier_objections(prepared.instance, seats, slot, tiers):
        out.object("tiers", "", sentence)
    out.checked.append(("tiers", ", ".join(f"{name} {value}" for name, _, value in tiers)))
    for tier in plan.tiers:
        beaten = tier.value is not None and tier.bound is not None and tier.value > tier.bound
        if beaten or (tier.proven and tier.value != tier.bound):
            out.object("bound", tier.name, f"value {tier.value} does not fit bound {tier.bound}")
    _bounds(out, plan, prepared, seats, slot, sample, seed, tell)
    proven = plan.status is Outcome.OPTIMAL
    changes = changes_of(
        prepared.seat_ids(seats.rows()),
        prepared.seat_ids(prepared.running.protected),
        prepared.running.ended,
        prepared.seat_ids(prepared.pins.seats),
    )
    found: dict[str, Any] = {
        "pods": report.pod_rows(prepared, seats, slot),
        "unplaced": reasons.unplaced(prepared, seats, proven),
        "not_run": reasons.not_run(prepared, seats),
        "left_out": report.left_out(prepared),
        **{f"changes.{name}": getattr(changes, name) for name in type(changes).model_fields},
    }
    for name, rows in found.items():
        said: Any = plan
        for part in name.split("."):
            said = getattr(said, part)
        _same(out, name, said, rows)
        out.checked.append((name.replace("_", " "), f"{len(rows):,} counted again"))
    out.compare(
        "previous", "previous", sorted(plan.previous), sorted(prepared.seat_ids(prepared.running.protected))
    )
    for name, number in (("members", prepared.instance.n_members), ("pods", prepared.instance.n_pods)):
        out.compare("counts", f"effort.counts.{name}", plan.effort.counts.get(name), number)


def _bounds(
    out: AuditReport, plan: PodsPlan, prepared: Prepared, seats: Seats, slot: Index,
    sample: int | None, seed: int, tell: Tell,
) -> None:  # fmt: skip
    """Bounds that rest on prices, added up again; that no group of the plan is worth more than its pod's
    number says, and no other one either, as far as they are tried."""
    from solvers.faults import InstanceError
    from solvers.pods.check.bound import bound_from_prices
    from solvers.pods.check.floors import floor_from_prices, require_reached

    values = {tier.name: tier.value for tier in plan.tiers}
    for rows, floors in ((plan.prices, False), (plan.floor_prices, True)):
        for row in rows:
            name: str = row.tier
            try:
                prices = report.prices_of(prepared.instance, row)
                if floors:
                    name, found = floor_from_prices(prepared.instance, prices, values)
                else:
                    require_reached(prices, values)
                    found = bound_from_prices(prepared.instance, prices)
            except (KeyError, InstanceError) as error:
                out.object("prices", row.tier, f"are not of this run: {error}")
                continue
            _compare(out, plan, name, found)
            _groups(out, prepared, prices, seats, slot)
            tell("prices")
            reprice_pods(out, prepared, prices, name, sample, seed)


def _compare(out: AuditReport, plan: PodsPlan, name: str, found: int | None) -> None:
    """What a tier says of its bound against what its prices give."""
    said = next((tier.bound for tier in plan.tiers if tier.name == name), None)
    if said is None or found is None or said > found:
        out.object("bound", name, f"says {said}, the prices give {found}")
        return
    if said < found:
        out.unchecked.append(f"The bound {said} of {name} rests on a search; its prices alone give {found}.")
    out.checked.append((f"bound of {name}", f"{found:,} from the prices"))


def _groups(out: AuditReport, prepared: Prepared, prices: PodPrices, seats: Seats, slot: Index) -> None:
    """No group of the plan that reaches the floors of prices is worth more than its pod's number says."""
    from solvers.pods.check.bound import group_worth
    from solvers.pods.check.floors import reaches

    instance = prepared.instance
    for p, members in enumerate(groups(instance, seats)):
        if not members or not reaches(instance, prices, p, members, int(slot[p])):
            continue
        if group_worth(instance, prices, p, members, int(slot[p])) > int(prices.pod[p]):
            about = f"{prices.tier}, {instance.pod_ids[p]}"
            out.object("prices", about, "the group is worth more than its pod's number says")


def _same(out: AuditReport, name: str, said: tuple[Any, ...], found: tuple[Any, ...]) -> None:
    """Object to each row that is not as it was found."""
    if len(said) != len(found):
        out.object(name, "", f"has {len(said)} entries, not {len(found)}")
        return
    for one, true in zip(said, found, strict=True):
        if one != true:
            fields = [
                field for field in type(true).model_fields if getattr(one, field) != getattr(true, field)
            ]
            about = str(getattr(true, "pod", None) or getattr(true, "member", ""))
            field = fields[0]
            out.object(name, about, f"{field} is {getattr(true, field)}, not {getattr(one, field)}")

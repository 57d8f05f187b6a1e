"""The use case "audit": a result against its document, without the solver. Whatever is off is listed.

Rules and points of every pair are computed in plain Python from the profiles; tier values, places, balance
and changes are counted again; the bounds are derived from the duals over every eligible pair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.domain.errors import InputError
from matcher.domain.plan import Outcome, PairsPlan, PlanSource
from matcher.domain.policy import Changes
from matcher.planning.commitments import commitments_source, committed, same_commitments
from matcher.planning.findings import AuditReport
from matcher.planning.pairs import report
from matcher.planning.pairs.audit.bounds import audit_bounds
from matcher.planning.pairs.audit.verify import check_pairs, gather
from matcher.planning.pairs.changes import changes_of
from matcher.planning.pairs.instance import Prepared, prepare
from matcher.planning.pairs.plan import input_hash, protected_ids
from matcher.planning.pairs.reasons import counts
from matcher.planning.pairs.reasons.reasons import left_over
from matcher.planning.pairs.running import Before
from matcher.planning.pairs.standing import Standing
from solvers.pairs.check.audit import check
from solvers.pairs.check.score import tier_values
from solvers.pairs.edges import Edges
from solvers.pairs.instance import Order

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.session import Session
    from solvers.pairs.instance import PairsInstance

Tell = Callable[[str], None]


def audit_plan(
    source: NetworkSource,
    plan: PairsPlan,
    *,
    sample: int | None = None,
    seed: int = 1,
    previous: PairsPlan | None = None,
    previous_source: PlanSource | None = None,
    commitments: Sequence[Session] = (),
    tell: Tell = lambda _: None,
) -> AuditReport:
    """Check a plan against the network it came from.

    `sample`: derive the bounds over the eligible pairs of so many learners, drawn by `seed`, instead of all.
    `previous` is the plan that was given as previous when the plan was made; without it, the plan's own list
    of pairs before is taken, and the report says so. `commitments`: the sessions of other plans that it was
    made around. Raises InputError where these are missing, or were not asked for.
    """
    out = AuditReport()
    if plan.program is None or plan.kind is None:
        out.object(
            "format", "", "the result came from a bare instance, so no network document can be its source"
        )
        return out
    out.compare("hash", "network.sha256", plan.network.sha256, source.sha256)
    out.compare("network", "network.id", plan.network.id, source.header.id)
    before = _before(out, plan, previous, previous_source)
    same_commitments(plan.commitments, commitments)
    out.compare("hash", "commitments", plan.commitments, commitments_source(commitments))
    tell("candidates")
    try:
        source = committed(source, commitments, plan.program)
        prepared = prepare(source, plan.program, plan.kind, before, listed=False)
    except InputError as error:
        out.object("input", "", str(error))
        return out
    _head(out, plan, prepared)
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        _without_answer(out, plan, prepared)
        return out
    instance = prepared.instance
    if instance is None:
        out.object("status", "", f"the pins contradict each other: {'; '.join(prepared.conflict)}")
        return out
    tell("rules and points")
    edges = _pairs(out, plan, prepared, instance)
    if edges is None:
        return out
    tell("tiers and counts")
    _tiers(out, plan, instance, edges)
    _lists(out, plan, prepared, instance, edges)
    tell("bounds")
    audit_bounds(out, plan, prepared, instance, edges, sample, seed)
    return out


def _before(
    out: AuditReport, plan: PairsPlan, previous: PairsPlan | None, source: PlanSource | None
) -> Before:
    """What the previous plan says of the pairs that ran."""
    if plan.previous_plan is None:
        if previous is not None:
            out.object("previous", "", "the result was made without a previous plan: audit it without one")
        return Before()
    if previous is not None:
        if source is not None:
            out.compare("hash", "previous_plan.sha256", plan.previous_plan.sha256, source.sha256)
        return Before.of(previous)
    out.unchecked.append("Which pairs ran before was taken from the result: give --previous to check it too.")
    ended = ((one.learner, one.guide) for one in plan.changes.ended)
    return Before((*plan.previous, *ended), None)


def _head(out: AuditReport, plan: PairsPlan, prepared: Prepared) -> None:
    """What was asked for."""
    policy = next(policy for policy in prepared.header.policies if policy.id == prepared.program.policy)
    said = plan.policy
    out.compare("head", "policy", (said.id, said.version) if said else None, (policy.id, policy.version))
    out.compare("head", "cycle", plan.cycle, prepared.program.cycle.id)
    out.compare("head", "order", plan.order.value, prepared.policy.order.value)
    out.compare("head", "changes_policy", str(plan.changes_policy), prepared.policy.changes.value)
    found = input_hash(prepared, plan.seed, plan.previous_plan, plan.commitments)
    out.compare("hash", "effort.input_hash", plan.effort.input_hash, found)
    out.checked.append(
        ("document", f"hash, program {prepared.program.id}, policy {policy.id} {policy.version}")
    )


def _without_answer(out: AuditReport, plan: PairsPlan, prepared: Prepared) -> None:
    if plan.pairs or plan.tiers:
        out.object("status", "", f"status is {plan.status}, but there are pairs or tiers")
    if plan.status is Outcome.UNKNOWN:
        out.unchecked.append("Status unknown claims nothing, so there is nothing to check.")
        return
    conflict = prepared.conflict
    if not conflict and prepared.instance is not None:
        from solvers.limits import Limits
        from solvers.pairs.side.conflict import clashing_pins

        conflict = clashing_pins(prepared.instance, Limits())
    if not conflict:
        out.object("status", "", "status is infeasible, but the pins do not contradict each other")
    out.checked.append(
        ("pins", "they contradict each other" if conflict else "they do not contradict each other")
    )


def _pairs(out: AuditReport, plan: PairsPlan, prepared: Prepared, instance: PairsInstance) -> Edges | None:
    """Rules, points and flags of every pair; None where pairs name strangers: nothing can be counted."""
    candidates = prepared.candidates
    wanted = {person for pair in plan.pairs for person in (pair.learner, pair.guide)}
    profiles = gather(prepared.source, prepared.program, prepared.policy, prepared.kind, wanted)
    protected = protected_ids(prepared)
    out.objections.extend(check_pairs(profiles, plan.pairs, protected))
    out.checked.append(("pairs", f"{len(plan.pairs):,}: every rule, every part of points, places and hours"))
    numbers: list[tuple[int, int, int]] = []
    strangers = False
    for pair in plan.pairs:
        i = candidates.learner_number.get(pair.learner)
        j = candidates.guide_number.get(pair.guide)
        if i is None or j is None:
            strangers = True
            out.object("stranger", f"{pair.learner} - {pair.guide}", "one of them takes no part in this role")
        else:
            numbers.append((i, j, pair.points))
    if strangers:
        return None
    columns = np.array(numbers, np.int32).reshape(-1, 3)
    edges = Edges(columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy())
    for violation in check(instance, edges):
        out.object(violation.code, ", ".join(violation.ids[:2]), violation.message)
    ran, forced = set(protected), set(prepared.pins.pairs)
    frozen = ran if prepared.policy.changes is Changes.FROZEN else set()
    for pair, (i, j, _) in zip(plan.pairs, numbers, strict=True):
        about = f"{pair.learner} - {pair.guide}"
        named = pair.learner, pair.guide
        out.compare("flags", f"{about} kept", pair.kept, named in ran)
        out.compare("flags", f"{about} pinned", pair.pinned, (i, j) in forced or named in frozen)
        out.compare("overrides", about, pair.overrides, prepared.overrides.get((i, j), ()))
    return edges


def _tiers(out: AuditReport, plan: PairsPlan, instance: PairsInstance, edges: Edges) -> None:
    """Values of the tiers, and whether the status is what they earn."""
    counted = [(tier.name, str(tier.sense), tier.value) for tier in tier_values(instance, edges)]
    said = [(tier.name, str(tier.sense), tier.value) for tier in plan.tiers]
    if instance.order is Order.STABLE:  # its one tier is recounted with the bounds
        counted = [("blocking_pairs", "min", plan.blocking_pairs)]
    if [row[:2] for row in said] == [row[:2] for row in counted]:
        for (name, _, value), (_, _, found) in zip(said, counted, strict=True):
            out.compare("tier", name, value, found)
    else:
        out.object("tier", "", f"the result has the tiers {said}, the order {plan.order} has {counted}")
    if plan.tiers and (plan.status is Outcome.OPTIMAL) != all(tier.proven for tier in plan.tiers):
        out.object("status", "", f"status is {plan.status}, which the tiers' proofs do not bear out")
    out.checked.append(("tiers", ", ".join(f"{name} {value}" for name, _, value in counted)))


def _lists(
    out: AuditReport, plan: PairsPlan, prepared: Prepared, instance: PairsInstance, edges: Edges
) -> None:
    """Everything that is counted from the pairs: who is left over and why, give and take, changes, skills."""
    candidates = prepared.candidates
    standing = Standing(instance, edges, proven=plan.status is Outcome.OPTIMAL)

    def rows(
        name: str, found: tuple[Any, ...], key: Callable[[Any], str], without: set[str] | None = None
    ) -> None:
        said = {key(one): one.model_dump(exclude=without) for one in getattr(plan, name)}
        true = {key(one): one.model_dump(exclude=without) for one in found}
        if len(said) != len(getattr(plan, name)):
            out.object(name, "", "somebody is listed twice")
        for who in sorted(said.keys() | true.keys()):
            if who not in said:
                out.object(name, who, "is missing from the result")
            elif who not in true:
                out.object(name, who, "does not belong there")
            elif said[who] != true[who]:
                fields = [field for field in true[who] if said[who][field] != true[who][field]]
                told = [f"{field} is {true[who][field]}, not {said[who][field]}" for field in fields[:2]]
                out.object(name, who, "; ".join(told))
        out.checked.append((name.replace("_", " "), f"{len(true):,} counted again"))

    unmatched, idle = left_over(
        standing, partial(counts.of_learner, candidates), partial(counts.of_guide, candidates)
    )
    rows("unmatched", unmatched, lambda one: one.learner, {"cut", "repairs"})
    rows("idle_guides", idle, lambda one: one.guide, {"nearest", "tier", "loss"})
    rows("left_out", report.left_out(candidates), lambda one: f"{one.member} as {one.role}")
    carried = {one.id: one.carried_pairs for one in prepared.header.organizations}
    lines = report.give_and_take(instance, edges, carried, list(candidates.group_ids))
    rows("give_and_take", lines, lambda one: f"group {one.organization}" if one.group else one.organization)
    skills = report.skill_rows(prepared, standing.learner_load, standing.guide_load)
    rows("skill_prices", skills, lambda one: one.skill, {"tier", "price", "bound", "exact"})
    forced = [(candidates.learner_ids[i], candidates.guide_ids[j]) for i, j in prepared.pins.pairs]
    found = changes_of(instance, edges, protected_ids(prepared), prepared.running.ended, forced)
    for name in ("kept", "added", "dropped", "ended"):
        said_pairs = {(one.learner, one.guide, one.reason) for one in getattr(plan.changes, name)}
        true_pairs = {(one.learner, one.guide, one.reason) for one in getattr(found, name)}
        for learner, guide, reason in sorted(said_pairs ^ true_pairs):
            where = "missing" if (learner, guide, reason) in true_pairs else "not so"
            out.object("changes", f"{name} {learner} - {guide}", f"{reason}: {where}")
    out.compare("previous", "previous", sorted(plan.previous), sorted(protected_ids(prepared)))
    out.compare("counts", "effort.counts.learners", plan.effort.counts.get("learners"), instance.n_learners)
    out.compare("counts", "effort.counts.guides", plan.effort.counts.get("guides"), instance.n_guides)
    if plan.balance_cost is not None:
        out.unchecked.append("What give and take cost rests on a second solve, which an audit does not make.")

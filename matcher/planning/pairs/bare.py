"""The use case "bring your own points": a bare instance -> the same plan document, without profiles."""

from __future__ import annotations

import hashlib
from pathlib import Path

from matcher.domain.errors import InputError
from matcher.domain.plan import PairsPlan
from matcher.planning import outcome
from matcher.planning.pairs import report
from matcher.planning.pairs.changes import changes_of, named
from matcher.planning.pairs.reasons.insight import deepen
from matcher.planning.pairs.reasons.reasons import left_over
from matcher.planning.pairs.solving import (
    balance_cost,
    common_body,
    tier_objections,
)
from matcher.planning.pairs.standing import Standing
from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.pairs.explicit.loading import load_document
from solvers.pairs.solve import solve
from solvers.result import Effort


def plan_instance(path: Path, limits: Limits, repaired: int = 0) -> PairsPlan:
    """Solve bare edges with points (`solvers.pairs.explicit.loading`): the same document, without profiles.

    `repaired`: for how many of the learners left out it is also solved what the best plan would make of a
    repair. Raises InputError for an instance that cannot be used.
    """
    effort = Effort()
    with effort.phase("read"):
        try:
            document = load_document(path)
        except InstanceError as error:
            raise InputError(f"{path} is not a usable pairs instance: {error}") from error
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    instance = document.instance
    with effort.phase("solve"):
        answer = solve(instance, limits, document.wishes)
    asked: dict[str, object] = {
        "network": outcome.source_row(path.stem, path, sha256),
        "order": instance.order.value,
        "changes_policy": instance.changes,
        "seed": limits.seed,
        "previous": tuple(named(instance, instance.previous)),
    }
    body = common_body(instance, answer)
    notes = (*document.notes, *answer.notes)
    if answer.status.value in ("infeasible", "unknown"):
        body.update({"value": None, "bound": None, "tiers": (), "duals": None, "conflict": answer.conflict})
    else:
        with effort.phase("explain"):
            pairs = answer.pairs
            pairs_before = set(
                zip(instance.previous.learner.tolist(), instance.previous.guide.tolist(), strict=True)
            )
            forced = set(zip(instance.pinned.learner.tolist(), instance.pinned.guide.tolist(), strict=True))
            body["pairs"] = report.pair_rows(instance, pairs, pairs_before, forced, {}, None)
            standing = Standing(instance, pairs, proven=answer.status.value == "optimal")
            unmatched, idle = left_over(standing, None, None)
            numbers = (
                [str(g + 1) for g in range(len(instance.balance.group_least))] if instance.balance else []
            )
            deep = deepen(instance, answer, (unmatched, idle, ()), numbers, limits, repaired=repaired)
            body["unmatched"], body["idle_guides"], body["cuts"] = deep.unmatched, deep.idle, deep.cuts
            notes = (*notes, *deep.notes)
            groups = [f"group {number}" for number in numbers]
            body["give_and_take"] = report.give_and_take(instance, pairs, {}, groups)
            protected = named(instance, instance.previous)
            body["changes"] = changes_of(instance, pairs, protected, (), named(instance, instance.pinned))
            if instance.balance is not None:
                body["balance_cost"] = balance_cost(instance, answer, limits)
        if "eligible_pairs" not in answer.effort.counts:
            effort.counts["eligible_pairs"] = instance.edges.count()
        with effort.phase("audit"):
            off = tier_objections(instance, answer)
        if off:
            raise outcome.AuditFailure(off)
    outcome.merge_effort(effort, answer.effort)
    effort.counts["learners"], effort.counts["guides"] = instance.n_learners, instance.n_guides
    hashed = outcome.hash_of(sha256, limits.seed)
    return PairsPlan.model_validate(
        {**asked, **body, "notes": notes, "effort": outcome.effort_of(effort, hashed)}
    )

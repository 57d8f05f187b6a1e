"""The use case "form pairs": document -> candidates -> instance -> answer -> audited plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.errors import InputError, PeerloomError
from matcher.domain.plan import (
    BalanceCost,
    Outcome,
    PairsPlan,
    PlanSource,
    PolicyName,
)
from matcher.domain.policy import Changes, Kind, Order
from matcher.planning import report
from matcher.planning.changes import changes_of, named
from matcher.planning.instance import Prepared, prepare
from matcher.planning.reasons import Standing, idle_guides, unmatched_learners
from solvers.limits import Limits
from solvers.result import Effort

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.planning.verify import Objection
    from solvers.pairs.instance import PairsInstance
    from solvers.pairs.solution import PairsAnswer
    from solvers.pairs.wishes import ListedWishes


class AuditFailure(PeerloomError):
    """An answer that did not pass its own audit, which is a fault of the program; `objections` say what is off."""

    def __init__(self, objections: list[str]) -> None:
        shown = "; ".join(objections[:3]) + (
            f"; and {len(objections) - 3} more" if len(objections) > 3 else ""
        )
        super().__init__(
            f"The answer did not pass its own audit, so it was not given out. This is our fault: please report it. {shown}"
        )
        self.objections = tuple(objections)


def plan_pairs(
    source: NetworkSource,
    program_id: str | None = None,
    kind: Kind | None = None,
    limits: Limits | None = None,
    previous: PairsPlan | None = None,
    previous_source: PlanSource | None = None,
) -> PairsPlan:
    """Form the pairs of one program's cycle, audited by two independent checks before they leave.

    `program_id` and `kind` default to the only program and its first kind. `previous` is a plan whose pairs
    count as running, `previous_source` says where it came from. Raises InputError for documents, pins or
    previous plans that cannot be used, PolicyError for policies that contradict themselves, and AuditFailure
    (never a plan) when an audit objects.
    """
    limits = limits or Limits()
    effort = Effort()
    limits.tell("candidates")
    with effort.phase("candidates"):
        prepared = prepare(source, program_id, kind, previous)
    if previous is not None and previous.kind is not None and previous.kind is not prepared.kind:
        raise InputError(
            f"The previous plan holds {previous.kind} pairs, this run forms {prepared.kind} pairs: "
            "give a plan of the same kind, or none."
        )
    head = _head(prepared, limits, previous, previous_source)
    instance = prepared.instance
    if instance is None:
        return _without_answer(prepared, head, effort, prepared.conflict)
    limits.tell("solve")
    with effort.phase("solve"):
        answer = answer_of(instance, limits, prepared.wishes)
    if answer.status.value in ("infeasible", "unknown"):
        return _without_answer(prepared, head, effort, answer.conflict or answer.notes, answer)
    return _with_answer(prepared, head, effort, instance, answer, limits)


def answer_of(instance: PairsInstance, limits: Limits, wishes: ListedWishes | None) -> PairsAnswer:
    """Solve by the instance's order."""
    if instance.order.value == "stable":
        from solvers.pairs.stable import solve_stable

        return solve_stable(instance, limits, wishes)
    from solvers.pairs.solve import solve

    return solve(instance, limits)


def _head(
    prepared: Prepared, limits: Limits, previous: PairsPlan | None, previous_source: PlanSource | None
) -> dict[str, object]:
    """The fields of a plan that say what was asked."""
    source, program = prepared.source, prepared.program
    policy = next(policy for policy in prepared.header.policies if policy.id == program.policy)
    if previous is not None and previous_source is None:
        previous_source = report.source_row(
            "previous", None, report.hash_of(previous.model_dump(mode="json"))
        )
    asked = report.hash_of(
        source.sha256, program.id, prepared.kind, limits.seed, previous_source and previous_source.sha256
    )
    return {
        "network": report.source_row(source.header.id, source.path, source.sha256),
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
        "_hash": asked,
    }


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
        _merge(effort, answer.effort)
    asked = {key: value for key, value in head.items() if not key.startswith("_")}
    return PairsPlan.model_validate(
        {
            **asked,
            "status": status,
            "sentence": report.SENTENCES[status],
            "conflict": tuple(conflict) if status is Outcome.INFEASIBLE else (),
            "notes": () if status is Outcome.INFEASIBLE else tuple(conflict),
            "effort": report.effort_of(effort, str(head["_hash"])),
        }
    )


def _with_answer(
    prepared: Prepared,
    head: dict[str, object],
    effort: Effort,
    instance: PairsInstance,
    answer: PairsAnswer,
    limits: Limits,
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
        body["unmatched"] = tuple(unmatched_learners(standing, candidates.funnel))
        body["idle_guides"] = tuple(idle_guides(standing, candidates.guide_funnel))
        carried = {one.id: one.carried_pairs for one in prepared.header.organizations}
        body["give_and_take"] = report.give_and_take(instance, pairs, carried, list(candidates.group_ids))
        body["skill_prices"] = report.skill_rows(prepared, standing.learner_load, standing.guide_load)
        body["changes"] = changes_of(
            instance,
            pairs,
            protected_ids(prepared),
            prepared.running.ended,
            [(candidates.learner_ids[i], candidates.guide_ids[j]) for i, j in prepared.pins.pairs],
        )
        body["notes"] = (*answer.notes, *(limit.sentence for limit in prepared.widened))
    if instance.balance is not None:
        with effort.phase("cost of balance"):
            body["balance_cost"] = balance_cost(instance, answer, limits)
    limits.tell("audit")
    with effort.phase("audit"):
        off = solver_objections(instance, answer)
        off += [str(objection) for objection in _profile_objections(prepared, body)]
    if off:
        raise AuditFailure(off)
    _merge(effort, answer.effort)
    effort.counts["learners"], effort.counts["guides"] = instance.n_learners, instance.n_guides
    asked = {key: value for key, value in head.items() if not key.startswith("_")}
    return PairsPlan.model_validate({**asked, **body, "effort": report.effort_of(effort, str(head["_hash"]))})


def common_body(instance: PairsInstance, answer: PairsAnswer) -> dict[str, object]:
    """The fields that every answered plan has, with profiles or without."""
    status = Outcome(answer.status.value)
    return {
        "status": status,
        "sentence": report.SENTENCES[status],
        "value": answer.value,
        "bound": answer.bound,
        "tiers": report.tier_rows(answer),
        "duals": report.dual_rows(instance, answer),
        "blocking_pairs": answer.blocking_pairs,
    }


def solver_objections(instance: PairsInstance, answer: PairsAnswer) -> list[str]:
    """The first audit: hard rules and tier values on whole numbers, without the solver."""
    from solvers.pairs.audit import check
    from solvers.pairs.score import tier_values

    off = [violation.message for violation in check(instance, answer.pairs)]
    if off:
        return off
    found = [(tier.name, tier.sense, tier.value) for tier in answer.tiers]
    counted = [tuple(row) for row in tier_values(instance, answer.pairs)]
    if instance.order.value != "stable" and found != counted:
        off.append(f"tiers are {counted}, the answer says {found}")
    return off


def _profile_objections(prepared: Prepared, body: dict[str, object]) -> list[Objection]:
    """The second audit, on the profiles."""
    from matcher.planning.verify import check_pairs, gather

    pairs = body["pairs"]
    assert isinstance(pairs, tuple)
    wanted = {person for pair in pairs for person in (pair.learner, pair.guide)}
    profiles = gather(prepared.source, prepared.program, prepared.policy, prepared.kind, wanted)
    frozen = protected_ids(prepared) if prepared.policy.changes is Changes.FROZEN else []
    return check_pairs(profiles, pairs, frozen)


COST_SECONDS = 20.0
"""A second solve for the cost of give and take is made only where the first took no longer than this."""


def balance_cost(instance: PairsInstance, answer: PairsAnswer, limits: Limits) -> BalanceCost:
    """What give and take cost in places (learners' wishes met) and points.

    Exactly nothing where no limit is reached, since a limit that does not bind changes no optimum of a linear
    program; otherwise by a second solve without it, if there is time.
    """
    from dataclasses import replace

    balance = instance.balance
    assert balance is not None
    net = np.bincount(instance.learner_org[answer.pairs.learner], minlength=instance.n_organizations)
    net = net - np.bincount(instance.guide_org[answer.pairs.guide], minlength=instance.n_organizations)
    inside = balance.group >= 0
    groups = np.zeros(len(balance.group_least), np.int64)
    np.add.at(groups, balance.group[inside], net[inside])
    binds = (net <= balance.least).any() or (net >= balance.most).any()
    binds = binds or (groups <= balance.group_least).any() or (groups >= balance.group_most).any()
    proven = answer.status.value == "optimal"
    side = (
        instance.all_or_nothing or instance.budgets or not instance.both_ways or instance.order is Order.FLOOR
    )
    if not binds and proven and not side:
        return BalanceCost(places=0, points=0, how_known="exact: no limit of give and take is reached")
    took = answer.effort.seconds.get("total", sum(answer.effort.seconds.values()))
    if took > COST_SECONDS or limits.left < 2 * took or limits.cancelled():
        return BalanceCost(places=None, how_known="not computed: a second solve would take too long")
    limits.tell("solve without give and take")
    from solvers.pairs.solve import solve

    free = solve(replace(instance, balance=None), replace(limits, report=lambda _: None))
    if any(tier.value is None for tier in free.tiers) or not free.tiers:
        return BalanceCost(places=None, how_known="not computed: the second solve ended without an answer")
    places = len(free.pairs) - len(answer.pairs)
    points = int(free.pairs.points.sum()) - int(answer.pairs.points.sum())
    exact = proven and free.status.value == "optimal"
    how = (
        "exact: by a second solve without give and take" if exact else "estimated: not both solves are proven"
    )
    return BalanceCost(places=places, points=points, how_known=how)


def _merge(effort: Effort, inner: Effort) -> None:
    """Take the solver's own phases and counts in, under "solve: ..."."""
    for name, seconds in inner.seconds.items():
        effort.seconds[f"solve: {name}"] = seconds
    for name, megabytes in inner.megabytes.items():
        effort.megabytes[f"solve: {name}"] = megabytes
    for name, number in inner.counts.items():
        effort.counts[name] = effort.counts.get(name, 0) + number


def solve_instance_file(path: Path, limits: Limits) -> PairsPlan:
    """Solve bare edges with points (`solvers.pairs.explicit`): the same document, without profiles.

    Raises InputError for an instance that cannot be used.
    """
    import hashlib

    from solvers.pairs.explicit import load_document
    from solvers.pairs.instance import InstanceError

    effort = Effort()
    with effort.phase("read"):
        try:
            document = load_document(path)
        except InstanceError as error:
            raise InputError(f"{path} is not a usable pairs instance: {error}") from error
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    instance = document.instance
    with effort.phase("solve"):
        answer = answer_of(instance, limits, document.wishes)
    asked: dict[str, object] = {
        "network": report.source_row(path.stem, path, sha256),
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
            body["unmatched"] = tuple(unmatched_learners(standing, None))
            body["idle_guides"] = tuple(idle_guides(standing, None))
            groups = (
                [f"group {g + 1}" for g in range(len(instance.balance.group_least))]
                if instance.balance
                else []
            )
            body["give_and_take"] = report.give_and_take(instance, pairs, {}, groups)
            protected = named(instance, instance.previous)
            body["changes"] = changes_of(instance, pairs, protected, (), named(instance, instance.pinned))
            if instance.balance is not None:
                body["balance_cost"] = balance_cost(instance, answer, limits)
        with effort.phase("audit"):
            off = solver_objections(instance, answer)
        if off:
            raise AuditFailure(off)
    _merge(effort, answer.effort)
    effort.counts["learners"], effort.counts["guides"] = instance.n_learners, instance.n_guides
    hashed = report.hash_of(sha256, limits.seed)
    return PairsPlan.model_validate(
        {**asked, **body, "notes": notes, "effort": report.effort_of(effort, hashed)}
    )

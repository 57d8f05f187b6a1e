"""The use case "frontier": what few changes cost in points, and give and take in places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matcher.documents.read import NetworkSource
from matcher.domain.base import Model
from matcher.domain.errors import InputError
from matcher.domain.plan import PlanSource
from matcher.domain.policy import GiveAndTake, Kind
from matcher.planning import outcome
from solvers.limits import Limits
from solvers.pairs.frontier import FrontierPoint, balance_frontier, changes_frontier
from solvers.pairs.instance import Balance, PairsInstance


class Frontiers(Model):
    """Both frontiers of one document; empty where there is nothing to trade, with a note that says why.

    Of each answer, `broken` counts the running pairs it ends and `placed` the learners with a guide.
    """

    network: PlanSource
    program: str | None = None
    changes: tuple[FrontierPoint, ...] = ()
    balance: tuple[FrontierPoint, ...] = ()
    notes: tuple[str, ...] = ()


def network_frontiers(
    source: NetworkSource, program_id: str | None, kind: Kind | None, limits: Limits, which: frozenset[str]
) -> Frontiers:
    """The frontiers of a network's program; `which` of "changes" and "balance"."""
    from matcher.planning.pairs.bounds import balance_of
    from matcher.planning.pairs.instance import prepare
    from matcher.planning.pairs.running import Before

    limits.tell("candidates")
    prepared = prepare(source, program_id, kind, Before())
    instance = prepared.instance
    if instance is None:
        place = source.path or source.header.id
        raise InputError(f"{place}: the pins contradict each other: {'; '.join(prepared.conflict)}")

    def balance_at(slack: int) -> Balance:
        group = prepared.policy.give_and_take.group_slack if prepared.policy.give_and_take else None
        rule = GiveAndTake(slack=slack, group_slack=group)
        policy = prepared.policy.model_copy(update={"give_and_take": rule})
        balance, _ = balance_of(prepared.candidates, prepared.header, policy, instance.pinned)
        assert balance is not None
        return balance

    named = outcome.source_row(source.header.id, source.path, source.sha256)
    return _frontiers(named, prepared.program.id, instance, balance_at, limits, which)


def instance_frontiers(path: Path, limits: Limits, which: frozenset[str]) -> Frontiers:
    """The frontiers of a bare instance; slack is counted without a ledger."""
    import hashlib

    import numpy as np

    from solvers.faults import InstanceError
    from solvers.pairs.explicit.loading import load_document

    try:
        instance = load_document(path).instance
    except InstanceError as error:
        raise InputError(f"{path} is not a usable pairs instance: {error}") from error
    empty = np.zeros(0, np.int64)

    def balance_at(slack: int) -> Balance:
        each = np.full(instance.n_organizations, slack, np.int64)
        return Balance(-each, each, np.full(instance.n_organizations, -1, np.int32), empty, empty)

    named = outcome.source_row(path.stem, path, hashlib.sha256(path.read_bytes()).hexdigest())
    return _frontiers(named, None, instance, balance_at, limits, which)


def _frontiers(
    source: PlanSource,
    program: str | None,
    instance: PairsInstance,
    balance_at: Callable[[int], Balance],
    limits: Limits,
    which: frozenset[str],
) -> Frontiers:
    if instance.order.value == "stable":
        raise InputError("The order stable has no tiers to trade: choose welfare or floor for a frontier.")
    notes: list[str] = []
    changes: list[FrontierPoint] = []
    balance: list[FrontierPoint] = []
    if "changes" in which:
        if len(instance.previous):
            changes = changes_frontier(instance, limits)
        else:
            notes.append("No pairs run that may be broken, so few changes cost nothing.")
    if "balance" in which:
        if instance.n_organizations > 1:
            balance = balance_frontier(instance, balance_at, limits)
        else:
            notes.append("One organization alone has nothing to give and take.")
    if limits.over:
        notes.append("The time ran out: the frontier may lack points.")
    return Frontiers(
        network=source,
        program=program,
        changes=tuple(changes),
        balance=tuple(balance),
        notes=tuple(notes),
    )

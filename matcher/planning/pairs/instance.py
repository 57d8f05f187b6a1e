"""From a network document to the numbers a solver takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.policy import Changes, Kind, MinimumLoad, PairPolicy
from matcher.planning.pairs.bounds import Widened, balance_of, budgets_of, quotas_of
from matcher.planning.pairs.pins import Pins, clashes, read_pins
from matcher.planning.pairs.running import Before, Running, Watch, sort_out
from solvers.pairs.edges import EdgeOracle, Edges, Index, IntArray
from solvers.pairs.instance import Order, PairsInstance, no_edges

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from matcher.documents.read import NetworkSource
    from matcher.domain.network import NetworkHeader
    from matcher.domain.program import Program
    from solvers.pairs.stable.wishes import ListedWishes


@dataclass(frozen=True)
class Prepared:
    """One run, ready to be solved. `overrides`: codes per pinned pair of numbers.

    Where pins contradict each other, `conflict` says so in sentences and `instance` is None.
    """

    source: NetworkSource
    program: Program
    policy: PairPolicy
    kind: Kind
    candidates: Candidates
    running: Running
    pins: Pins
    need: Index
    capacity: Index
    instance: PairsInstance | None
    overrides: dict[tuple[int, int], tuple[str, ...]]
    widened: tuple[Widened, ...]
    conflict: tuple[str, ...]
    wishes: ListedWishes | None = None

    @property
    def header(self) -> NetworkHeader:
        """The network without its people."""
        return self.source.header


def prepare(
    source: NetworkSource, program_id: str | None, kind: Kind | None, before: Before, listed: bool = True
) -> Prepared:
    """Read the people once, find the candidates, and state the instance. Errors as in `plan_pairs`.

    `before`: what a previous plan says of the pairs that run. `listed`: few eligible pairs may be listed once
    (see `Candidates.edges`), which pays where many questions are asked.
    """
    from matcher.candidates.candidates import build_candidates
    from matcher.documents.read import choose

    program, policy, kind = choose(source.header, program_id, kind)
    watch = Watch(source.people())
    candidates = build_candidates(source.header, watch, program, policy, kind)
    running = sort_out(candidates, watch.running, before)
    pins = read_pins(candidates, program)
    edges = candidates.edges if listed else candidates.oracle
    prepared = assemble(source, program, policy, kind, candidates, running, pins, edges)
    if prepared.instance is not None and prepared.instance.order is Order.STABLE:
        return replace(prepared, wishes=_wishes(candidates, watch.prefers))
    return prepared


def _wishes(candidates: Candidates, prefers: dict[str, tuple[str, ...]]) -> ListedWishes:
    """Whom people named, as numbers, best first."""
    from solvers.pairs.stable.wishes import ListedWishes

    learners, guides = candidates.learner_number, candidates.guide_number
    sides: list[dict[int, list[int]]] = []
    for own, other in ((learners, guides), (guides, learners)):
        sides.append(
            {
                own[one]: [other[name] for name in names if name in other]
                for one, names in prefers.items()
                if one in own
            }
        )
    return ListedWishes(*sides)


def assemble(
    source: NetworkSource,
    program: Program,
    policy: PairPolicy,
    kind: Kind,
    candidates: Candidates,
    running: Running,
    pins: Pins,
    edges: EdgeOracle,
) -> Prepared:
    """State the instance of candidates whose running pairs and pins are known; `edges` as the solver asks."""
    hours_learner, hours_guide = _hours_left(candidates, running)
    need, capacity = _room(candidates, policy, hours_learner, hours_guide)
    forced = set(pins.pairs)
    frozen = (
        [pair for pair in running.protected if pair not in forced] if policy.changes is Changes.FROZEN else []
    )
    by_hand = _edges(candidates, pins.pairs)
    frozen_edges = _edges(candidates, frozen)
    running_edges = _edges(candidates, running.protected)
    need = _raised(need, by_hand.learner, running_edges.learner)
    capacity = _raised(capacity, by_hand.guide, running_edges.guide)

    conflict = clashes(candidates, pins, frozen_edges, need, capacity, policy.both_ways)
    pinned = _edges(candidates, [*pins.pairs, *frozen])
    balance, widened = balance_of(candidates, source.header, policy, pinned)
    quotas, more = quotas_of(candidates, policy, pinned)
    widened += more
    budgets, more = budgets_of(candidates, policy, need, capacity, hours_learner, pinned)
    widened += more
    instance: PairsInstance | None = None
    if not conflict:
        ignore = policy.minimum_load is MinimumLoad.IGNORE
        protected = [pair for pair in running.protected if pair not in forced]
        free = policy.changes is not Changes.FROZEN
        instance = PairsInstance(
            learner_ids=candidates.learner_ids,
            guide_ids=candidates.guide_ids,
            organization_ids=candidates.organization_ids,
            edges=edges,
            need=need,
            capacity=capacity,
            min_load=np.zeros_like(capacity) if ignore else np.minimum(candidates.min_load, capacity),
            learner_org=candidates.learner_org,
            guide_org=candidates.guide_org,
            priority=candidates.priority,
            pinned=pinned,
            previous=_edges(candidates, protected) if free else no_edges(),
            order=Order(policy.order.value),
            changes="off" if not free else "tier" if policy.changes is Changes.TIER else "bonus",
            bonus=policy.changes_bonus if policy.changes is Changes.BONUS else 0,
            balance=balance,
            quotas=quotas,
            budgets=budgets,
            guide_of_learner=candidates.guide_of_learner,
            both_ways=policy.both_ways,
            most_broken=policy.most_broken if free else None,
            all_or_nothing=policy.minimum_load is MinimumLoad.ALL_OR_NOTHING,
        )
    overrides = dict(zip(pins.pairs, pins.overrides, strict=True))
    for pair, codes in overrides.items():
        wide = [w.rule for w in widened if pair[0] in w.learners or pair[1] in w.guides]
        overrides[pair] = tuple(dict.fromkeys((*codes, *wide)))
    return Prepared(
        source=source,
        program=program,
        policy=policy,
        kind=kind,
        candidates=candidates,
        running=running,
        pins=pins,
        need=need,
        capacity=capacity,
        instance=instance,
        overrides=overrides,
        widened=tuple(widened),
        conflict=conflict,
    )


def _hours_left(candidates: Candidates, running: Running) -> tuple[IntArray, IntArray]:
    """Hours a month that learners and guides have left beside running pairs of other kinds."""
    learners = np.asarray(candidates.learner_hours, np.int64).copy()
    guides = np.asarray(candidates.guide_hours, np.int64).copy()
    for member, hours in running.other_hours.items():
        i, j = candidates.learner_number.get(member), candidates.guide_number.get(member)
        if i is not None:
            learners[i] = max(0, learners[i] - hours)
        if j is not None:
            guides[j] = max(0, guides[j] - hours)
    return learners, guides


def _room(
    candidates: Candidates, policy: PairPolicy, learner_hours: IntArray, guide_hours: IntArray
) -> tuple[Index, Index]:
    """Guides wanted per learner and learners taken per guide, within the hours left."""
    need = np.asarray(candidates.need, np.int64)
    capacity = np.asarray(candidates.capacity, np.int64)
    if policy.learner_hours:
        need = np.minimum(need, learner_hours // policy.learner_hours)
    if policy.guide_hours:
        capacity = np.minimum(capacity, guide_hours // policy.guide_hours)
    return need.astype(np.int32), capacity.astype(np.int32)


def _raised(room: Index, by_hand: Index, running: Index) -> Index:
    """Places, at least the running pairs; for who has none otherwise, the pinned ones (see `Candidates`)."""
    size = len(room)
    room = np.maximum(room, np.bincount(running, minlength=size))
    return np.where(room == 0, np.bincount(by_hand, minlength=size), room).astype(np.int32)


def _edges(candidates: Candidates, pairs: Sequence[tuple[int, int]]) -> Edges:
    """Pairs of numbers with their points, eligible or not, in order of the numbers."""
    if not pairs:
        return no_edges()
    ordered = sorted(pairs)
    learners = np.array([i for i, _ in ordered], np.int32)
    guides = np.array([j for _, j in ordered], np.int32)
    points = np.asarray(candidates.parts(learners, guides)).sum(axis=1).astype(np.int32)
    return Edges(learners, guides, points)

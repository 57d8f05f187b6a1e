"""A result taken up again: the document it came from, its instance, and the solved flow behind it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.errors import InputError, UnknownIdError
from matcher.domain.plan import Outcome, PairsPlan, Repair
from matcher.planning.commitments import committed, same_commitments
from matcher.planning.files import named_document, read_plan
from matcher.planning.pairs.audit.certificate import read_duals
from matcher.planning.pairs.reasons.repairs import (
    direct_repairs,
    rule_of,
    solved_repairs,
    together,
    with_numbers,
)
from solvers.limits import Limits
from solvers.pairs.answer import floor_reached
from solvers.pairs.edges import Edges
from solvers.pairs.explain import State
from solvers.pairs.explain.cuts import Cut, Cutter
from solvers.pairs.explain.direct import Room
from solvers.pairs.instance import Order, PairsInstance

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.session import Session
    from matcher.planning.pairs.audit.verify import Profiles
    from matcher.planning.pairs.instance import Prepared


LARGE = 2_000
"""Beyond so many learners a question is answered from the solved flow alone: nothing is solved from scratch
unless time is given for it, and repairs are the direct ones."""

PATIENCE = 60.0
"""Seconds for solving again, up to LARGE learners."""


@dataclass(frozen=True)
class Asked:
    """A plan that can be asked. `prepared` is None for a bare instance, which has no profiles."""

    plan: PairsPlan
    instance: PairsInstance
    pairs: Edges
    prepared: Prepared | None

    @cached_property
    def learner(self) -> dict[str, int]:
        """The number of each learner."""
        return {name: i for i, name in enumerate(self.instance.learner_ids)}

    @cached_property
    def guide(self) -> dict[str, int]:
        """The number of each guide."""
        return {name: j for j, name in enumerate(self.instance.guide_ids)}

    @property
    def large(self) -> bool:
        """Whether there are more than LARGE learners."""
        return self.instance.n_learners > LARGE

    def limits(self, seconds: float | None) -> Limits | None:
        """The limits for solving again: as asked, else by size; None where nothing is solved again."""
        if seconds is None:
            seconds = 0.0 if self.large else PATIENCE
        return Limits(seconds=seconds, seed=self.plan.seed) if seconds else None

    @property
    def groups(self) -> list[str]:
        """Names of groups of organizations, by number."""
        if self.prepared is not None:
            return list(self.prepared.candidates.group_ids)
        balance = self.instance.balance
        return [str(g + 1) for g in range(len(balance.group_least))] if balance is not None else []

    @cached_property
    def organization_of(self) -> dict[str, str]:
        """The organization of everybody who takes part."""
        ids, instance = self.instance.organization_ids, self.instance
        found = {name: ids[int(k)] for name, k in zip(instance.guide_ids, instance.guide_org, strict=True)}
        found |= {
            name: ids[int(k)] for name, k in zip(instance.learner_ids, instance.learner_org, strict=True)
        }
        return found

    @cached_property
    def state(self) -> State:
        """The solved flow. Raises InputError where the plan has no certificate to ask."""
        if self.plan.duals is None or self.instance.order is Order.STABLE:
            raise InputError(
                "A stable match has no prices: what forcing a pair costs is known for the orders "
                "welfare and floor."
            )
        from solvers.pairs.flow.network import build_network

        names = build_network(self.instance).node_names
        duals = read_duals(self.plan.duals, self.instance, names)
        if isinstance(duals, str):
            raise InputError(f"The result's certificate does not fit its document: {duals}. Solve again.")
        proven = self.plan.status is Outcome.OPTIMAL
        try:
            return State(self.instance, self.pairs, duals, proven=proven)
        except ValueError as error:
            raise InputError(f"The result does not fit its document: {error}.") from error

    @cached_property
    def room(self) -> Room:
        """What the limits leave beside the pairs."""
        return Room(self.instance, self.pairs)

    @cached_property
    def cutter(self) -> Cutter:
        """Finds what blocks learners who are left out."""
        return Cutter(self.state)

    def cut_of(self, learner: str) -> Cut | None:
        """What blocks a learner who is left out, with all who are left out for the same places (not beyond
        LARGE)."""
        if self.large:
            return self.cutter.cut(self.learner[learner])
        return self._cuts.get(self.learner[learner])

    @cached_property
    def _cuts(self) -> dict[int, Cut | None]:
        waiting = [row for row in self.plan.unmatched if row.eligible != 0]
        order = sorted(waiting, key=lambda row: (row.eligible or 0, row.learner))
        return self.cutter.cuts(self.learner[row.learner] for row in order)

    def repairs(self, learner: int, cut: Cut | None) -> tuple[Repair, ...]:
        """What one pair more would take, and up to LARGE learners what the best plan would make of one change
        across the cut."""
        direct = direct_repairs(
            self.room,
            [learner],
            self.groups,
            self.prepared.candidates if self.prepared is not None else None,
            floor=floor_reached(self.instance, self.pairs),
            least_points=self.state.least_points,
            looked=1,
        ).get(learner, ())
        solved = () if self.large else solved_repairs(self.state, learner, cut, self.groups)
        repairs = together(direct, solved)
        about = [one for one in map(rule_of, repairs) if one is not None]
        if not about:
            return repairs
        name = self.instance.learner_ids[learner]
        return with_numbers(name, repairs, self.profiles((name, *(guide for _, guide in about))))

    def profiles(self, people: Collection[str]) -> Profiles:
        """The profiles of some people, read again. Those of the last call are kept: who asks about many pairs
        calls for all their people first."""
        from matcher.candidates.context import Context
        from matcher.domain.member import Member
        from matcher.planning.pairs.audit.verify import Profiles

        last = self._read[-1] if self._read else None
        if last is not None and all(one in last.members for one in people):
            return last
        prepared = self.prepared
        assert prepared is not None
        about = prepared.source.about(people)
        context = Context.of(prepared.header, about, prepared.program, prepared.policy, prepared.kind)
        members = {one.id: one for one in about if isinstance(one, Member)}
        self._read[:] = [Profiles(context, members, {})]
        return self._read[-1]

    @cached_property
    def _read(self) -> list[Profiles]:
        return []


def take_up(
    result: Path, network: Path | NetworkSource | None = None, commitments: Sequence[Session] = ()
) -> Asked:
    """Read a result and the network it came from (`network`, or the path that the result names), with the
    sessions of other plans that it was made around.

    Raises InputError when any of them cannot be used or the document has changed since.
    """
    plan, _ = read_plan(result)
    given = network or named_document(plan.network, result)
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        raise InputError(f"{result} holds no answer (status {plan.status}), so there is nothing to explain.")
    if plan.program is None:
        if not isinstance(given, Path):
            raise InputError(f"{result} was made from bare edges, not from a network.")
        return _bare(plan, given)
    from matcher.documents.read import open_network
    from matcher.planning.pairs.instance import prepare
    from matcher.planning.pairs.running import Before

    source = open_network(given) if isinstance(given, Path) else given
    path = source.path or f"The network {source.header.id!r}"
    _same(plan, path, source.sha256)
    before = Before()
    if plan.previous_plan is not None:
        before = Before((*plan.previous, *((one.learner, one.guide) for one in plan.changes.ended)), None)
    same_commitments(plan.commitments, commitments)
    prepared = prepare(committed(source, commitments, plan.program), plan.program, plan.kind, before)
    if prepared.instance is None:
        raise InputError(f"{path}: the pins contradict each other: {'; '.join(prepared.conflict)}")
    return Asked(plan, prepared.instance, _edges(plan, prepared.instance), prepared)


def _bare(plan: PairsPlan, path: Path) -> Asked:
    import hashlib

    from solvers.faults import InstanceError
    from solvers.pairs.explicit.loading import load_document

    try:
        data = path.read_bytes()
        instance = load_document(path).instance
    except OSError as error:
        raise InputError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    except InstanceError as error:
        raise InputError(f"{path} is not a usable pairs instance: {error}") from error
    _same(plan, path, hashlib.sha256(data).hexdigest())
    return Asked(plan, instance, _edges(plan, instance), None)


def _same(plan: PairsPlan, path: Path | str, sha256: str) -> None:
    if plan.network.sha256 != sha256:
        raise InputError(
            f"{path} is not what was solved (it changed since, or is another one): "
            "solve it again, or give the right one with --document."
        )


def _edges(plan: PairsPlan, instance: PairsInstance) -> Edges:
    learner = {name: i for i, name in enumerate(instance.learner_ids)}
    guide = {name: j for j, name in enumerate(instance.guide_ids)}
    for pair in plan.pairs:
        if pair.learner not in learner:
            raise UnknownIdError("learner", pair.learner)
        if pair.guide not in guide:
            raise UnknownIdError("guide", pair.guide)
    rows = [(learner[pair.learner], guide[pair.guide], pair.points) for pair in plan.pairs]
    columns = np.array(rows, np.int32).reshape(-1, 3)
    return Edges(columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy())

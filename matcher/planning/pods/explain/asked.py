"""A result of pods taken up again: its document, its instance, and the answer ready to be weighed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.free_time import DAY_MINUTES
from matcher.domain.errors import InputError, UnknownIdError
from matcher.domain.plan import Outcome
from matcher.domain.pods_plan import MeetingTime, PlanPod, PodsPlan
from matcher.planning.commitments import same_commitments
from matcher.planning.files import named_document, read_pods
from matcher.planning.pods.instance import Prepared, prepare
from matcher.planning.pods.running import implied_before
from solvers.pods.explain.state import State
from solvers.pods.instance import PodsInstance, Seats
from solvers.pods.solution import Assignment, no_slots

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.session import Session


@dataclass(frozen=True)
class Asked:
    """A plan that can be asked. `assignment` is its answer in numbers, and `state` the same, taken apart."""

    plan: PodsPlan
    prepared: Prepared
    assignment: Assignment
    state: State

    @property
    def instance(self) -> PodsInstance:
        """What was solved."""
        return self.state.instance

    def freed(self, seats: Collection[tuple[str, str]]) -> Asked:
        """The same plan, with these seats (member, pod) no longer pinned."""
        gone = {(self.member.get(member), self.pod.get(pod)) for member, pod in seats}
        kept = [seat for seat in self.instance.pinned.rows() if seat not in gone]
        if len(kept) == len(self.instance.pinned):
            return self
        instance = replace(self.instance, pinned=Seats.of(kept))
        return replace(self, state=State(instance, self.assignment))

    @cached_property
    def member(self) -> dict[str, int]:
        """The number of each member who may be in a pod."""
        return self.prepared.table.member_number

    @cached_property
    def pod(self) -> dict[str, int]:
        """The number of each pod."""
        return self.prepared.table.pod_number

    @cached_property
    def row(self) -> dict[str, PlanPod]:
        """The pods that run, by id."""
        return {pod.pod: pod for pod in self.plan.pods}

    @cached_property
    def organization_of(self) -> dict[str, str]:
        """The organization of everybody in the network."""
        return {one.id: one.organization for one in self.prepared.context.members.values()}

    def title(self, p: int) -> str:
        """What a pod is called."""
        return self.prepared.table.targets[p].title

    def name(self, i: int) -> str:
        """A member's name, for coordinators."""
        return self.prepared.table.members[i].name

    def number_of(self, member: str) -> int:
        """The number of a member. Raises `UnknownIdError`, `InputError` for one who may be in no pod."""
        i = self.member.get(member)
        if i is not None:
            return i
        if member not in self.prepared.context.members:
            raise UnknownIdError("member", member)
        rule = next((one.sentence for one in self.plan.left_out if one.member == member), "")
        raise InputError(f"{member!r} takes no part in pods. {rule}".strip())

    def pod_number(self, pod: str) -> int:
        """The number of a pod. Raises `UnknownIdError`."""
        if pod not in self.pod:
            raise UnknownIdError("pod", pod, "Or it takes no part in the program.")
        return self.pod[pod]


def take_up_named(
    result: Path, given: Path | NetworkSource | None, commitments: Sequence[Session] = ()
) -> Asked:
    """As `take_up`, with the document in a file, or in the one that the result names."""
    from matcher.documents.read import open_network

    if given is None:
        plan, _ = read_pods(result)
        given = named_document(plan.network, result)
    return take_up(result, open_network(given) if isinstance(given, Path) else given, commitments)


def take_up(result: Path, source: NetworkSource, commitments: Sequence[Session] = ()) -> Asked:
    """Read a result and put it beside the document that it came from, and the sessions of other plans.

    Raises InputError where it holds no answer, or does not fit these.
    """
    plan, _ = read_pods(result)
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        raise InputError(f"This result holds no answer (status {plan.status}): there is nothing to ask.")
    if plan.network.sha256 != source.sha256:
        raise InputError("The result was made from another document than this (their SHA-256 differs).")
    same_commitments(plan.commitments, commitments)
    before = implied_before(source.header.running_pods, plan)
    prepared = prepare(source, plan.program, before, commitments)
    instance = prepared.instance
    try:
        answer = _answer(prepared, plan, instance)
        return Asked(plan, prepared, answer, State(instance, answer))
    except (KeyError, ValueError) as error:
        raise InputError(f"The result does not fit its document: {error}.") from error


def _answer(prepared: Prepared, plan: PodsPlan, instance: PodsInstance) -> Assignment:
    table = prepared.table
    rows = []
    slot = no_slots(instance.n_pods)
    for pod in plan.pods:
        p = table.pod_number[pod.pod]
        rows += [(table.member_number[seat.member], p) for seat in pod.seats]
        if pod.meeting is not None:
            slot[p] = _slot(instance, p, pod.meeting)
    return Assignment(Seats.of(sorted(rows)), slot)


def _slot(instance: PodsInstance, p: int, meeting: MeetingTime) -> int:
    hour, minute = meeting.start.split(":")
    start = (meeting.weekday - 1) * DAY_MINUTES + int(hour) * 60 + int(minute)
    found = np.flatnonzero(instance.rhythms[instance.pods[p].rhythm].start == start)
    if not len(found):
        raise ValueError(f"{instance.pod_ids[p]} meets at a time that the document does not have")
    return int(found[0])

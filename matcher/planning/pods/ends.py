"""What planning does for pods; the functions of `matcher.planning.families.Ends`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from matcher.documents.read import NetworkSource, choose_program, open_network
from matcher.domain.plan import PlanSource
from matcher.domain.pods_plan import PlanPod, PodsPlan
from matcher.domain.program import PinnedSeat
from matcher.planning.files import read_pods, write_plan

if TYPE_CHECKING:
    from pydantic import BaseModel

    from matcher.domain.member import Member
    from matcher.domain.session import Key, Schedule, Session
    from matcher.planning.findings import AuditReport
    from matcher.planning.overlay import Overlay
    from matcher.planning.pods.explain.asked import Asked
    from matcher.planning.sessions.scheduling import Occasion
    from solvers.limits import Limits


def read(path: Path) -> PodsPlan:
    """The plan in a file."""
    plan, _ = read_pods(path)
    return plan


def write(path: Path, plan: PodsPlan) -> None:
    """Write a plan, whole or not at all."""
    write_plan(path, plan)


def solve(
    source: NetworkSource,
    program: str,
    kind: str | None,
    limits: Limits,
    previous: Path | None,
    commitments: Sequence[Session] = (),
) -> PodsPlan:
    """Form the pods of a program."""
    from matcher.planning.pods.plan import plan_pods

    before = named = None
    if previous is not None:
        before = read(previous)
        named = PlanSource(id=before.network.id, sha256=hashlib.sha256(previous.read_bytes()).hexdigest())
    return plan_pods(source, program, limits, before, named, commitments)


def around(overlay: Overlay, base: Path, kind: str | None, present: Path) -> Overlay:
    """The overlay with the fewest changes as a tier of its own. Under the policy `frozen`, what ran before
    the plan stays, whatever is changed by hand."""
    header = open_network(base).header
    _, own = choose_program(header, overlay.program)
    if own.pods.changes == "tier":
        return overlay
    fewest = own.pods.model_copy(update={"changes": "tier"})
    overlay = overlay.model_copy(update={"policy": own.model_copy(update={"pods": fewest})})
    if own.pods.changes != "frozen":
        return overlay
    frozen = tuple(
        PinnedSeat(member=seat.member, pod=pod.pod, must="seat")
        for pod in read(present).pods
        for seat in pod.seats
        if seat.kept and seat.pinned
    )
    return overlay.model_copy(update={"seats": (*frozen, *overlay.seats)})


def audit(
    source: NetworkSource, plan: PodsPlan, tell: Callable[..., None], commitments: Sequence[Session] = ()
) -> AuditReport:
    """Check a plan against its document, without the solver."""
    from matcher.planning.pods.audit import audit_pods
    from matcher.planning.pods.running import implied_before

    before = implied_before(source.header.running_pods, plan)
    report = audit_pods(source, plan, before=before, commitments=commitments, tell=tell)
    if before is not None:
        report.unchecked.append("Which seats ran before was taken from the result.")
    return report


def take_up(plan: Path, document: Path, commitments: Sequence[Session] = ()) -> Asked:
    """A plan that can be asked."""
    from matcher.planning.pods.explain.asked import take_up

    return take_up(plan, open_network(document), commitments)


def answer(asked: Asked, question: dict[str, Any], limits: Limits) -> BaseModel:
    """What an edit costs, why a seat, a pod or a member is as it is, or what a member could do instead.
    Only a question that says "around" is solved for."""
    from matcher.domain.edit import Edit
    from matcher.planning.audience import Audience
    from matcher.planning.pods.explain.edits import price_edit
    from matcher.planning.pods.explain.explain import explain_member, explain_pod, explain_seat
    from matcher.planning.pods.explain.forced import solve_around_pod, solve_around_seat
    from matcher.planning.pods.explain.moves import moves_of

    if question["ask"] == "edit":
        seats = [PinnedSeat.model_validate(seat) for seat in question["undone"]["seats"]]
        return price_edit(asked, Edit.model_validate(question["edit"]), seats)
    if question["ask"] == "moves":
        return moves_of(asked, question["member"])
    audience = Audience.of(question["audience"])
    around = replace(limits, seed=asked.plan.seed) if question.get("around") else None
    if question["ask"] == "pod":
        if around is not None:
            return solve_around_pod(asked, question["pod"], around, audience)
        return explain_pod(asked, question["pod"], audience)
    if question["ask"] == "seat":
        if around is not None:
            return solve_around_seat(asked, question["member"], question["pod"], around, audience)
        return explain_seat(asked, question["member"], question["pod"], audience)
    return explain_member(asked, question["member"], audience)


def schedule(source: NetworkSource, plan: PodsPlan, when: Occasion) -> tuple[Schedule, dict[str, Member]]:
    """Sessions for the pods, at their weekly times."""
    from matcher.planning.pods.sessions import schedule_pods

    return schedule_pods(source, plan, when)


def series(plan: PodsPlan) -> Iterator[tuple[Key, tuple[str, ...], int, PlanPod]]:
    """Each pod under its id."""
    for pod in plan.pods:
        yield (pod.pod,), pod.members, pod.points, pod


def rows(plan: PodsPlan) -> Iterator[tuple[str, int, bytes]]:
    """Who has no pod and why, which pods do not run, and the changes."""
    for part, entries in (
        ("unplaced", plan.unplaced),
        ("not_run", plan.not_run),
        ("left_out", plan.left_out),
    ):
        for number, entry in enumerate(entries):
            yield part, number, to_json(entry)
    number = 0
    for what in ("kept", "added", "moved", "dropped", "ended"):
        for change in getattr(plan.changes, what):
            yield "changes", number, to_json({"change": what, **change.model_dump()})
            number += 1


def counts(plan: PodsPlan) -> dict[str, int | None]:
    """People, pods, and the lengths of the lists."""
    return {
        "members": plan.effort.counts.get("members", 0),
        "eligible_seats": plan.effort.counts.get("eligible_seats"),
        "pods": len(plan.pods),
        "seats": sum(len(pod.seats) for pod in plan.pods),
        "not_run": len(plan.not_run),
        "unplaced": len(plan.unplaced),
        "left_out": len(plan.left_out),
        "kept": len(plan.changes.kept),
        "added": len(plan.changes.added),
        "moved": len(plan.changes.moved),
        "dropped": len(plan.changes.dropped),
        "ended": len(plan.changes.ended),
    }

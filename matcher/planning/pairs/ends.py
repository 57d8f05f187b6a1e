"""What planning does for pairs; the functions of `matcher.planning.families.Ends`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from matcher.documents.read import NetworkSource, choose, open_network
from matcher.domain.edit import Edit
from matcher.domain.plan import PairsPlan, PlanPair, PlanSource
from matcher.domain.policy import Changes, Kind, Order
from matcher.domain.program import PinnedPair
from matcher.planning.files import read_plan, write_plan

if TYPE_CHECKING:
    from pydantic import BaseModel

    from matcher.domain.member import Member
    from matcher.domain.session import Schedule, Session
    from matcher.planning.findings import AuditReport
    from matcher.planning.overlay import Overlay
    from matcher.planning.pairs.explain.asked import Asked
    from matcher.planning.sessions.scheduling import Occasion
    from solvers.limits import Limits


def read(path: Path) -> PairsPlan:
    """The plan in a file."""
    plan, _ = read_plan(path)
    return plan


def write(path: Path, plan: PairsPlan) -> None:
    """Write a plan, whole or not at all."""
    write_plan(path, plan)


def solve(
    source: NetworkSource,
    program: str,
    kind: str | None,
    limits: Limits,
    previous: Path | None,
    commitments: Sequence[Session] = (),
) -> PairsPlan:
    """Form the pairs of a program."""
    from matcher.planning.pairs.plan import plan_pairs

    before = named = None
    if previous is not None:
        before, _ = read_plan(previous)
        named = PlanSource(id=before.network.id, sha256=hashlib.sha256(previous.read_bytes()).hexdigest())
    chosen = Kind(kind) if kind else None
    return plan_pairs(source, program, chosen, limits, before, named, commitments=commitments)


def around(overlay: Overlay, base: Path, kind: str | None, present: Path) -> Overlay:
    """The overlay with the fewest changes as a tier of its own. Under the policy `frozen`, what ran before
    the plan stays, whatever is changed by hand."""
    header = open_network(base).header
    program, policy, _ = choose(header, overlay.program, Kind(kind) if kind else None)
    if policy.changes is Changes.TIER or policy.order is Order.STABLE:
        return overlay
    own = next(one for one in header.policies if one.id == program.policy)
    fewest = policy.model_copy(update={"changes": Changes.TIER})
    overlay = overlay.model_copy(update={"policy": own.model_copy(update={"pairs": fewest})})
    if policy.changes is not Changes.FROZEN:
        return overlay
    frozen = tuple(
        PinnedPair(learner=pair.learner, guide=pair.guide, must="pair")
        for pair in read(present).pairs
        if pair.kept and pair.pinned
    )
    return overlay.model_copy(update={"pins": (*frozen, *overlay.pins)})


def audit(
    source: NetworkSource, plan: PairsPlan, tell: Callable[..., None], commitments: Sequence[Session] = ()
) -> AuditReport:
    """Check a plan against its document, without the solver."""
    from matcher.planning.pairs.audit.audit import audit_plan

    return audit_plan(source, plan, commitments=commitments, tell=tell)


def take_up(plan: Path, document: Path, commitments: Sequence[Session] = ()) -> Asked:
    """A plan that can be asked."""
    from matcher.planning.pairs.explain.asked import take_up

    return take_up(plan, document, commitments)


def answer(asked: Asked, question: dict[str, Any], limits: Limits) -> BaseModel:
    """What an edit costs, or why a pair or a member stands as they do."""
    from matcher.planning.audience import Audience
    from matcher.planning.pairs.explain.edits import price_edit
    from matcher.planning.pairs.explain.explain import explain_member, explain_pair

    limits = replace(limits, seed=asked.plan.seed)
    if question["ask"] == "edit":
        edit = Edit.model_validate(question["edit"])
        pins, undone = (
            [PinnedPair.model_validate(pin) for pin in question[name]["pins"]] for name in ("held", "undone")
        )
        return price_edit(asked, edit, pins, undone, limits)
    audience = Audience.of(question["audience"])
    if question["ask"] == "pair":
        return explain_pair(asked, question["learner"], question["guide"], audience, limits)
    return explain_member(asked, question["member"], audience, limits)


def schedule(source: NetworkSource, plan: PairsPlan, when: Occasion) -> tuple[Schedule, dict[str, Member]]:
    """Sessions for the pairs."""
    from matcher.planning.sessions.scheduling import schedule_pairs

    return schedule_pairs(source, plan, when)


def series(plan: PairsPlan) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], int, PlanPair]]:
    """Each pair under its two people."""
    for pair in plan.pairs:
        people = (pair.learner, pair.guide)
        yield people, people, pair.points, pair


def rows(plan: PairsPlan) -> Iterator[tuple[str, int, bytes]]:
    """Who is left out and why, and the changes."""
    for part, entries in (
        ("unmatched", plan.unmatched),
        ("idle", plan.idle_guides),
        ("left_out", plan.left_out),
    ):
        for number, entry in enumerate(entries):
            yield part, number, to_json(entry)
    number = 0
    for what in ("kept", "added", "dropped", "ended"):
        for change in getattr(plan.changes, what):
            yield "changes", number, to_json({"change": what, **change.model_dump()})
            number += 1


def counts(plan: PairsPlan) -> dict[str, int | None]:
    """People, pairs, and the lengths of the lists."""
    return {
        "learners": plan.effort.counts.get("learners", 0),
        "guides": plan.effort.counts.get("guides", 0),
        "eligible_pairs": plan.effort.counts.get("eligible_pairs"),
        "pairs": len(plan.pairs),
        "unmatched": len(plan.unmatched),
        "idle": len(plan.idle_guides),
        "left_out": len(plan.left_out),
        "kept": len(plan.changes.kept),
        "added": len(plan.changes.added),
        "dropped": len(plan.changes.dropped),
        "ended": len(plan.changes.ended),
    }

"""The work of each kind of job, in the child: files of a folder in, files out.

Heavy imports stay inside the functions: the server imports this module for the names of the files.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from matcher.jobs.kind import JobFailure, Task, Work
from matcher.jobs.scheduling import schedule

if TYPE_CHECKING:
    from pathlib import Path

    from matcher.domain.plan import PairsPlan
    from matcher.planning.overlay import Overlay

BASE, PACKED, HASH = "network.jsonl", "network.jsonl.gz", "network.sha256"
"""The network as it was when the job began; packed as the store keeps it; the hash of its lines."""

OVERLAY, VARIANT = "overlay.json", "document.jsonl"
"""What this run changes in the header, and the document that was solved where that changes anything."""

PREVIOUS, RESULT = "previous.json", "plan"
"""The result that counts as running, if any; the folder of the filed plan."""


SIDES = ("first", "second")
"""Folders of the two plans of a comparison."""

AUDITED, REPORT = "audited.json", "report.json"
MOST_OBJECTIONS = 100
"""The result that an audit looks at, and what it found; so many objections are listed, all are counted."""


def solve(task: Task) -> None:
    """Form the pairs that the overlay's program asks for, and file them."""
    from matcher.planning.filed import FiledPlan
    from matcher.planning.overlay import Overlay

    overlay = Overlay.model_validate_json((task.folder / OVERLAY).read_bytes())
    plan = solved(task, overlay, task.folder / VARIANT)
    FiledPlan.write(plan, task.folder / RESULT)


def resolve(task: Task) -> None:
    """Form the pairs again around edits, with as few changes of the present revision as possible."""
    from matcher.documents.read import choose, open_network
    from matcher.domain.policy import Changes, Order
    from matcher.domain.program import PinnedPair
    from matcher.planning.filed import FiledPlan
    from matcher.planning.files import read_plan
    from matcher.planning.overlay import Overlay

    overlay = Overlay.model_validate_json((task.folder / OVERLAY).read_bytes())
    header = open_network(task.folder / BASE).header
    program, policy, _ = choose(header, overlay.program, task.request["kind"])
    if policy.changes is not Changes.TIER and policy.order is not Order.STABLE:
        own = next(one for one in header.policies if one.id == program.policy)
        fewest = policy.model_copy(update={"changes": Changes.TIER})
        overlay = overlay.model_copy(update={"policy": own.model_copy(update={"pairs": fewest})})
        if policy.changes is Changes.FROZEN:  # what ran before the plan stays, whatever is changed by hand
            present, _ = read_plan(task.folder / PREVIOUS)
            frozen = tuple(
                PinnedPair(learner=pair.learner, guide=pair.guide, must="pair")
                for pair in present.pairs
                if pair.kept and pair.pinned
            )
            overlay = overlay.model_copy(update={"pins": (*frozen, *overlay.pins)})
    FiledPlan.write(solved(task, overlay, task.folder / VARIANT), task.folder / RESULT)


def compare(task: Task) -> None:
    """Form the pairs under each of two policies, on the same people."""
    from matcher.planning.filed import FiledPlan
    from matcher.planning.overlay import Overlay

    overlays = json.loads((task.folder / OVERLAY).read_bytes())
    for name, overlay in zip(SIDES, overlays, strict=True):
        folder = task.folder / name
        folder.mkdir()
        half = replace(task.limits, seconds=task.limits.seconds / len(SIDES), started=perf_counter())
        one = replace(task, limits=half)
        plan = solved(one, Overlay.model_validate(overlay), folder / VARIANT)
        FiledPlan.write(plan, folder / RESULT)


def audit(task: Task) -> None:
    """Check a plan against its document, without the solver."""
    from matcher.documents.read import open_network
    from matcher.planning.files import read_plan
    from matcher.planning.pairs.audit.audit import audit_plan

    plan, _ = read_plan(task.folder / AUDITED)
    found = audit_plan(open_network(task.folder / BASE), plan, tell=task.limits.tell)
    report = {
        "clean": found.clean,
        "checked": [{"what": what, "how_much": how_much} for what, how_much in found.checked],
        "unchecked": found.unchecked,
        "objections": [vars(one) for one in found.objections[:MOST_OBJECTIONS]],
        "objection_count": len(found.objections),
    }
    (task.folder / REPORT).write_text(json.dumps(report), "utf-8")


def solved(task: Task, overlay: Overlay, variant: Path) -> PairsPlan:
    """The audited plan of the base document under an overlay. Raises `JobFailure` where there is none."""
    from matcher.documents.read import open_network
    from matcher.domain.plan import Outcome, PlanSource
    from matcher.domain.policy import Kind
    from matcher.planning.files import read_plan
    from matcher.planning.overlay import lay_over
    from matcher.planning.pairs.plan import plan_pairs

    task.limits.tell("read")
    source = open_network(lay_over(task.folder / BASE, overlay, variant))
    previous = before = None
    if (task.folder / PREVIOUS).exists():
        data = (task.folder / PREVIOUS).read_bytes()
        previous, _ = read_plan(task.folder / PREVIOUS)
        before = PlanSource(id=previous.network.id, sha256=hashlib.sha256(data).hexdigest())
    kind = Kind(task.request["kind"])
    plan = plan_pairs(source, overlay.program, kind, task.limits, previous, before)
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        told = plan.conflict or plan.notes
        raise JobFailure(plan.status.value, plan.sentence, tuple({"detail": one} for one in told))
    return plan.model_copy(update={"network": plan.network.model_copy(update={"path": None})})


WORK: dict[str, Work] = {
    "solve": solve,
    "resolve": resolve,
    "compare": compare,
    "audit": audit,
    "schedule": schedule,
}
"""Kind of job -> its work."""

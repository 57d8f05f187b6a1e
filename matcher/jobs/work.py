"""The work of each kind of job, in the child: files of a folder in, files out.

Heavy imports stay inside the functions: the server imports this module for the names of the files.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from matcher.jobs.kind import JobFailure, Task, Work

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


def solve(task: Task) -> None:
    """Form the pairs that the overlay's program asks for, and file them."""
    from matcher.planning.filed import FiledPlan
    from matcher.planning.overlay import Overlay

    overlay = Overlay.model_validate_json((task.folder / OVERLAY).read_bytes())
    plan = solved(task, overlay, task.folder / VARIANT)
    FiledPlan.write(plan, task.folder / RESULT)


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


WORK: dict[str, Work] = {"solve": solve}
"""Kind of job -> its work."""

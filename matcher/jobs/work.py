"""The work of each kind of job, in the child: files of a folder in, files out.

Heavy imports stay inside the functions: the server imports this module for the names of the files.
"""

from __future__ import annotations

import json
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from matcher.jobs.kind import ANSWER, DOCUMENT, PLAN, SESSIONS, JobFailure, Task, Work
from matcher.jobs.scheduling import schedule

if TYPE_CHECKING:
    from pathlib import Path

    from matcher.planning.overlay import Overlay

BASE, PACKED, HASH = "network.jsonl", "network.jsonl.gz", "network.sha256"
"""The network as it was when the job began; packed as the store keeps it; the hash of its lines."""

OVERLAY, VARIANT = "overlay.json", "document.jsonl"
"""What this run changes in the header, and the document that was solved where that changes anything."""

PREVIOUS, RESULT = "previous.json", "plan"
"""The result that counts as running, if any; the folder of the filed plan."""


SIDES = ("first", "second")
"""Folders of the two plans of a comparison."""

AUDITED, REPORT, PRICE = "audited.json", "report.json", "price.json"
MOST_OBJECTIONS = 100
"""The result that an audit looks at, or whose turns change hands; what was found, or what that does. So many
objections are listed, all are counted."""


def solve(task: Task) -> None:
    """Solve what the overlay's program asks for, and file the plan."""
    from matcher.planning.filed import FiledPlan
    from matcher.planning.overlay import Overlay

    overlay = Overlay.model_validate_json((task.folder / OVERLAY).read_bytes())
    plan = solved(task, overlay, task.folder / VARIANT)
    FiledPlan.write(plan, task.folder / RESULT, _around(task))


def resolve(task: Task) -> None:
    """Solve again around edits, with as few changes of the present revision as possible."""
    from matcher.planning.families import ends_of
    from matcher.planning.filed import FiledPlan
    from matcher.planning.overlay import Overlay

    overlay = Overlay.model_validate_json((task.folder / OVERLAY).read_bytes())
    ends = ends_of(task.request["family"])
    overlay = ends.around(overlay, task.folder / BASE, task.request["kind"], task.folder / PREVIOUS)
    plan = solved(task, overlay, task.folder / VARIANT)
    FiledPlan.write(plan, task.folder / RESULT, _around(task))


def compare(task: Task) -> None:
    """Solve under each of two policies, on the same people."""
    from matcher.planning.filed import FiledPlan
    from matcher.planning.overlay import Overlay

    overlays = json.loads((task.folder / OVERLAY).read_bytes())
    for name, overlay in zip(SIDES, overlays, strict=True):
        folder = task.folder / name
        folder.mkdir()
        half = replace(task.limits, seconds=task.limits.seconds / len(SIDES), started=perf_counter())
        one = replace(task, limits=half)
        plan = solved(one, Overlay.model_validate(overlay), folder / VARIANT)
        FiledPlan.write(plan, folder / RESULT, _around(task))


def audit(task: Task) -> None:
    """Check a plan against its document, without the solver."""
    from matcher.documents.read import open_network
    from matcher.planning.around import read_around
    from matcher.planning.commitments import read_commitments
    from matcher.planning.families import ends_of

    ends = ends_of(task.request["family"])
    plan = ends.read(task.folder / AUDITED)
    source, sessions = open_network(task.folder / BASE), read_commitments(task.folder / SESSIONS)
    found = ends.audit(source, plan, task.limits.tell, sessions, **read_around(task.folder))
    report = {
        "clean": found.clean,
        "checked": [{"what": what, "how_much": how_much} for what, how_much in found.checked],
        "unchecked": found.unchecked,
        "objections": [vars(one) for one in found.objections[:MOST_OBJECTIONS]],
        "objection_count": len(found.objections),
    }
    (task.folder / REPORT).write_text(json.dumps(report), "utf-8")


def explain(task: Task) -> None:
    """Answer one question about a plan, solving for it."""
    from matcher.planning.around import read_around
    from matcher.planning.commitments import read_commitments
    from matcher.planning.families import ends_of

    ends = ends_of(task.request["family"])
    task.limits.tell("read")
    sessions = read_commitments(task.folder / SESSIONS)
    around = read_around(task.folder)
    asked = ends.take_up(task.folder / PLAN, task.folder / DOCUMENT, sessions, **around)
    limits = replace(task.limits, started=perf_counter())
    found = ends.answer(asked, task.request["question"], limits)
    (task.folder / ANSWER).write_text(found.model_dump_json(), "utf-8")


def exchange(task: Task) -> None:
    """Let turns of a published rota change hands: its next revision, and the sessions of it."""
    from matcher.domain.family import Family
    from matcher.planning.around import read_around
    from matcher.planning.commitments import read_commitments
    from matcher.planning.families import ends_of
    from matcher.planning.filed import FiledPlan
    from matcher.planning.files import write_plan
    from matcher.planning.rota.explain.exchange import exchanged

    task.limits.tell("read")
    sessions = read_commitments(task.folder / SESSIONS)
    around = read_around(task.folder)
    asked = ends_of(Family.ROTA).take_up(task.folder / AUDITED, task.folder / BASE, sessions, **around)
    handed = [(asked.turn(*place), member) for place, member in task.request["handed"]]
    plan, price = exchanged(asked, handed)
    FiledPlan.write(plan, task.folder / RESULT, _around(task))
    write_plan(task.folder / PLAN, plan)
    (task.folder / PRICE).write_text(price.model_dump_json(), "utf-8")
    schedule(task)


def _around(task: Task) -> bytes | None:
    """What a rota is made around, as it is kept with it; None for other families."""
    from matcher.planning.around import read_around

    for found in read_around(task.folder).values():
        return found.model_dump_json(exclude_defaults=True).encode()
    return None


def solved(task: Task, overlay: Overlay, variant: Path) -> Any:
    """The audited plan of the base document under an overlay. Raises `JobFailure` where there is none."""
    from matcher.documents.read import open_network
    from matcher.domain.plan import Outcome
    from matcher.planning.around import read_around
    from matcher.planning.commitments import read_commitments
    from matcher.planning.families import ends_of
    from matcher.planning.overlay import lay_over

    task.limits.tell("read")
    source = open_network(lay_over(task.folder / BASE, overlay, variant))
    previous = task.folder / PREVIOUS
    plan = ends_of(task.request["family"]).solve(
        source,
        overlay.program,
        task.request["kind"],
        task.limits,
        previous if previous.exists() else None,
        read_commitments(task.folder / SESSIONS),
        **read_around(task.folder),
    )
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        told = plan.conflict or plan.notes
        raise JobFailure(plan.status.value, plan.sentence, tuple({"detail": one} for one in told))
    return plan.model_copy(update={"network": plan.network.model_copy(update={"path": None})})


WORK: dict[str, Work] = {
    "solve": solve,
    "resolve": resolve,
    "compare": compare,
    "audit": audit,
    "explain": explain,
    "schedule": schedule,
    "exchange": exchange,
}
"""Kind of job -> its work."""

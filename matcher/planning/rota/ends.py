"""What planning does for rotas; the functions of `matcher.planning.families.Ends`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.documents.read import NetworkSource, choose_program, open_network
from matcher.domain.plan import PlanSource
from matcher.domain.rota_plan import RotaPlan
from matcher.planning.files import read_rota, write_plan
from matcher.planning.rota.rows import counts, list_rows, series_rows

if TYPE_CHECKING:
    from matcher.domain.member import Member
    from matcher.domain.session import Schedule
    from matcher.planning.findings import AuditReport
    from matcher.planning.overlay import Overlay
    from matcher.planning.sessions.scheduling import Occasion
    from solvers.limits import Limits

series, rows = series_rows, list_rows


def read(path: Path) -> RotaPlan:
    """The plan in a file."""
    plan, _ = read_rota(path)
    return plan


def write(path: Path, plan: RotaPlan) -> None:
    """Write a plan, whole or not at all."""
    write_plan(path, plan)


def solve(
    source: NetworkSource, program: str, kind: str | None, limits: Limits, previous: Path | None
) -> RotaPlan:
    """Make the rota of a program."""
    from matcher.planning.rota.plan import Asked, plan_rota

    before = named = None
    if previous is not None:
        before = read(previous)
        named = PlanSource(id=before.network.id, sha256=hashlib.sha256(previous.read_bytes()).hexdigest())
    return plan_rota(source, program, limits, Asked(before=before, before_source=named))


def around(overlay: Overlay, base: Path, kind: str | None, present: Path) -> Overlay:
    """The overlay with the fewest changes as a tier of its own."""
    header = open_network(base).header
    _, own = choose_program(header, overlay.program)
    fewest = own.rota.model_copy(update={"changes": "tier"})
    return overlay.model_copy(update={"policy": own.model_copy(update={"rota": fewest})})


def audit(source: NetworkSource, plan: RotaPlan, tell: Callable[..., None]) -> AuditReport:
    """Check a plan against its document, without the solvers."""
    from matcher.planning.rota.audit import audit_rota
    from matcher.planning.rota.history import implied_before
    from matcher.planning.rota.plan import Asked

    before = implied_before(plan)
    report = audit_rota(source, plan, Asked(before=before, before_source=plan.previous_plan), tell)
    if before is not None:
        report.unchecked.append("What was announced before was taken from the result.")
    return report


def schedule(source: NetworkSource, plan: RotaPlan, when: Occasion) -> tuple[Schedule, dict[str, Member]]:
    """Sessions for the series, at the rota's times and with its facilitators."""
    from matcher.planning.rota.sessions import schedule_rota

    return schedule_rota(source, plan, when)


__all__ = ["around", "audit", "counts", "read", "rows", "schedule", "series", "solve", "write"]

"""What planning does for rotas; the functions of `matcher.planning.families.Ends`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matcher.documents.read import NetworkSource, choose_program, open_network
from matcher.domain.rota_plan import RotaPlan
from matcher.planning.files import read_rota, write_plan
from matcher.planning.rota.rows import counts, list_rows, series_rows

if TYPE_CHECKING:
    from matcher.domain.member import Member
    from matcher.domain.plan import PlanSource
    from matcher.domain.session import Schedule
    from matcher.planning.around import Around
    from matcher.planning.overlay import Overlay
    from matcher.planning.rota.plan import Asked
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
    source: NetworkSource,
    program: str,
    kind: str | None,
    limits: Limits,
    previous: Path | None,
    around: Around | None = None,
) -> RotaPlan:
    """Make the rota of a program, around what is in force."""
    from matcher.planning.rota.plan import plan_rota

    before, named = read_rota(previous) if previous is not None else (None, None)
    if named is not None:
        named = named.model_copy(update={"path": None})
    return plan_rota(source, program, limits, _asked(around, before, named))


def _asked(around: Around | None, before: RotaPlan | None, named: PlanSource | None) -> Asked:
    from matcher.candidates.rota.groups import Formed
    from matcher.planning.rota.formed import GroupPlans
    from matcher.planning.rota.plan import Asked

    if around is None:
        return Asked(before=before, before_source=named)
    formed = Formed(around.pods, around.titles, around.pairs)
    return Asked(GroupPlans(formed), before, named, around.as_of, around.sessions)


def around(overlay: Overlay, base: Path, kind: str | None, present: Path) -> Overlay:
    """The overlay with the fewest changes as a tier before fairness."""
    header = open_network(base).header
    _, own = choose_program(header, overlay.program)
    if own.rota.changes == "tier":
        return overlay
    fewest = own.rota.model_copy(update={"changes": "tier"})
    return overlay.model_copy(update={"policy": own.model_copy(update={"rota": fewest})})


def schedule(source: NetworkSource, plan: RotaPlan, when: Occasion) -> tuple[Schedule, dict[str, Member]]:
    """Sessions for the series, at the rota's times and with its facilitators."""
    from matcher.planning.rota.sessions import schedule_rota

    return schedule_rota(source, plan, when)


__all__ = ["around", "counts", "read", "rows", "schedule", "series", "solve", "write"]

"""What planning does for rotas; the functions of `matcher.planning.families.Ends`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matcher.documents.read import NetworkSource
from matcher.domain.rota_plan import RotaPlan
from matcher.planning.files import read_rota, write_plan
from matcher.planning.rota.rows import counts, list_rows, series_rows

if TYPE_CHECKING:
    from matcher.domain.member import Member
    from matcher.domain.session import Schedule
    from matcher.planning.sessions.scheduling import Occasion

series, rows = series_rows, list_rows


def read(path: Path) -> RotaPlan:
    """The plan in a file."""
    plan, _ = read_rota(path)
    return plan


def write(path: Path, plan: RotaPlan) -> None:
    """Write a plan, whole or not at all."""
    write_plan(path, plan)


def schedule(source: NetworkSource, plan: RotaPlan, when: Occasion) -> tuple[Schedule, dict[str, Member]]:
    """Sessions for the series, at the rota's times and with its facilitators."""
    from matcher.planning.rota.sessions import schedule_rota

    return schedule_rota(source, plan, when)


__all__ = ["counts", "read", "rows", "schedule", "series", "write"]

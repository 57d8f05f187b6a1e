"""Every family of plans, and what the service does for it: the one list to extend for a further family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from matcher.domain.family import Family
from matcher.domain.session import Key
from matcher.service import running_pairs
from matcher.store.database import Connection
from matcher.store.plans import PlanRow


@dataclass(frozen=True)
class Ends:
    """What each family does its own way.

    `run` lets these pairs or groups of a plan run in place of those before, and returns what `undo` needs to
    put those back.
    """

    run: Callable[[Connection, PlanRow, Sequence[Key], datetime], str]
    undo: Callable[[Connection, PlanRow, str], None]


def _run_group(connection: Connection, plan: PlanRow, keys: Sequence[Key], now: datetime) -> str:
    """Groups have no rows of their own beside the published plan and its sessions."""
    return ""


def _undo_group(connection: Connection, plan: PlanRow, opened: str) -> None:
    """Nothing was replaced."""


FAMILIES: dict[Family, Ends] = {
    Family.PAIRS: Ends(running_pairs.run, running_pairs.undo),
    Family.PODS: Ends(_run_group, _undo_group),
}


def ends_of(plan: PlanRow) -> Ends:
    """What the service does for the family of a plan."""
    return FAMILIES[Family(plan.family)]

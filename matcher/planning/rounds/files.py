"""Rounds plans read back from disk (`matcher.planning.files` writes them)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from matcher.documents.checked import read_checked
from matcher.domain.errors import InputError
from matcher.domain.plan import PlanSource
from matcher.domain.rounds_plan import RoundsPlan


def read_rounds(path: Path) -> tuple[RoundsPlan, PlanSource]:
    """A plan from its file, and what names the file in later plans. Raises InputError with every fault."""
    try:
        plan, data = read_checked(
            path, RoundsPlan, "is not a result of 'peerloom solve rounds': give the file that -o wrote."
        )
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    return plan, PlanSource(id=plan.network.id, path=str(path), sha256=hashlib.sha256(data).hexdigest())

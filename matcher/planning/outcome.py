"""What the plans of every family say of themselves: sentences, tiers, effort, hashes, and failed audits."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from matcher.domain.errors import PeerloomError
from matcher.domain.plan import Outcome, PlanEffort, PlanSource, PlanTier
from solvers.result import Effort, Tier

if TYPE_CHECKING:
    pass

SENTENCES = {
    Outcome.OPTIMAL: "Every tier is proven: no allowed answer is better.",
    Outcome.FEASIBLE: "Every hard rule holds; how much better an answer could be is bounded, not closed.",
    Outcome.INFEASIBLE: "The pins and hard rules set by hand contradict each other.",
    Outcome.UNKNOWN: "No answer was found within the limits.",
}


class AuditFailure(PeerloomError):
    """An answer that did not pass its own audit: a fault of the program. `objections` say what is off."""

    def __init__(self, objections: list[str]) -> None:
        shown = "; ".join(objections[:3]) + (
            f"; and {len(objections) - 3} more" if len(objections) > 3 else ""
        )
        super().__init__(
            "The answer did not pass its own audit, so it was not given out: our fault, please report it. "
            + shown
        )
        self.objections = tuple(objections)


def tier_rows(tiers: Iterable[Tier]) -> tuple[PlanTier, ...]:
    """The tiers of an answer."""
    return tuple(PlanTier.model_validate(tier, from_attributes=True) for tier in tiers)


def merge_effort(effort: Effort, inner: Effort) -> None:
    """Take the solver's own phases and counts in, under "solve: ..."."""
    for name, seconds in inner.seconds.items():
        effort.seconds[f"solve: {name}"] = seconds
    for name, megabytes in inner.megabytes.items():
        effort.megabytes[f"solve: {name}"] = megabytes
    for name, number in inner.counts.items():
        effort.counts[name] = effort.counts.get(name, 0) + number


def effort_of(effort: Effort, input_hash: str) -> PlanEffort:
    """Effort as the document has it: seconds in thousandths, and the versions that ran."""
    versions = {"python": platform.python_version()}
    for name in ("peerloom", "ortools", "numpy", "numba"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "source"
    return PlanEffort(
        seconds={name: round(seconds, 3) for name, seconds in effort.seconds.items()},
        megabytes=dict(effort.megabytes),
        counts=dict(effort.counts),
        versions=versions,
        input_hash=input_hash,
    )


def hash_of(*parts: object) -> str:
    """SHA-256 over everything that a run's answer depends on."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def source_row(identifier: str, path: object, sha256: str) -> PlanSource:
    """What was solved."""
    return PlanSource(id=identifier, path=str(path) if path is not None else None, sha256=sha256)

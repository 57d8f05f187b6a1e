"""What every model family answers with: a status that cannot lie, tiers with bounds, and the effort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from time import perf_counter
from typing import Literal, NamedTuple


class Status(StrEnum):
    """How far an answer is proven."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"

    @property
    def sentence(self) -> str:
        """The status in words, for people."""
        return {
            Status.OPTIMAL: "Every tier is proven: no allowed answer is better.",
            Status.FEASIBLE: (
                "Every hard rule holds; how much better an answer could be is bounded, not closed."
            ),
            Status.INFEASIBLE: "The pins and hard rules set by hand contradict each other.",
            Status.UNKNOWN: "No answer was found within the limits.",
        }[self]


@dataclass(frozen=True)
class Tier:
    """One stage of a lexicographic order: `value` reached, `bound` no answer can pass, given the tiers
    before.

    Whole numbers, or None where there is none (a floor when nobody counts towards it). `proven` only where
    value equals bound and every earlier tier is proven. `condition` says in words what the bound rests on,
    when it rests on something.
    """

    name: str
    sense: Literal["max", "min"]
    value: int | None
    bound: int | None
    proven: bool
    condition: str | None = None

    def __post_init__(self) -> None:
        if self.proven and self.value != self.bound:
            raise ValueError(f"tier {self.name}: proven, but value {self.value} is not bound {self.bound}")
        if self.value is not None and self.bound is not None:
            beaten = self.value > self.bound if self.sense == "max" else self.value < self.bound
            if beaten:
                raise ValueError(f"tier {self.name}: value {self.value} passes bound {self.bound}")

    @property
    def gap(self) -> int | None:
        """How far the value is from the bound, in the tier's own unit; None where either is missing."""
        return None if self.value is None or self.bound is None else abs(self.bound - self.value)


class TierValue(NamedTuple):
    """One tier of an answer, counted afresh. `value` is None only for a floor without anyone to count."""

    name: str
    sense: Literal["max", "min"]
    value: int | None


def sort_key(values: Sequence[TierValue]) -> tuple[tuple[bool, int], ...]:
    """A key by which better answers of one instance come later (None, of a floor, last)."""
    return tuple(
        (True, 0) if tier.value is None else (False, tier.value if tier.sense == "max" else -tier.value)
        for tier in values
    )


def status_of(tiers: tuple[Tier, ...]) -> Status:
    """The status that a list of tiers earns."""
    if not tiers or tiers[-1].value is None:
        return Status.UNKNOWN
    return Status.OPTIMAL if all(tier.proven for tier in tiers) else Status.FEASIBLE


@dataclass
class Effort:
    """What an answer cost: seconds and memory by phase, and counts by name (rounds, eligible_pairs ...)."""

    seconds: dict[str, float] = field(default_factory=dict)
    megabytes: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time spent inside to phase `name`, and note the memory high-water mark at its end."""
        began = perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - began
            self.megabytes[name] = peak_megabytes()

    def count(self, name: str, amount: int = 1) -> None:
        """Add `amount` to the counter `name`."""
        self.counts[name] = self.counts.get(name, 0) + amount


def peak_megabytes() -> int:
    """The highest resident memory of this process so far, in MB (10^6 bytes)."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak / 1e6) if sys.platform == "darwin" else int(peak * 1024 / 1e6)

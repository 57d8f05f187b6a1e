"""How long a run may take, how it tells of itself, and how it is called off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter


@dataclass(frozen=True)
class Progress:
    """One sign of life: the phase, the seconds since the start, and value and bound of the tier at work."""

    phase: str
    seconds: float
    tier: str | None = None
    value: int | None = None
    bound: int | None = None
    detail: str = ""


def _quiet(_: Progress) -> None:
    return None


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Limits:
    """Bounds on one run. `seconds` is wall time (0: the constructive start only); `seed` drives the lottery.

    `report` is called with every sign of life; `cancelled` is asked often, and True ends the run with the
    best answer so far.
    """

    seconds: float = 600.0
    seed: int = 1
    workers: int = 2
    report: Callable[[Progress], None] = _quiet
    cancelled: Callable[[], bool] = _never
    started: float = field(default_factory=perf_counter)

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= 30 * 86_400:
            raise ValueError(f"seconds must lie between 0 and 2592000, not {self.seconds}")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed must lie between 0 and 2147483647, not {self.seed}")
        if self.workers < 1:
            raise ValueError(f"workers must be at least 1, not {self.workers}")

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return perf_counter() - self.started

    @property
    def left(self) -> float:
        """Seconds that remain, never below 0."""
        return max(0.0, self.seconds - self.elapsed)

    @property
    def over(self) -> bool:
        """Whether the run must come to its end now."""
        return self.elapsed >= self.seconds or self.cancelled()

    def tell(self, phase: str, **what: object) -> None:
        """Report progress under `phase`; `what` are fields of `Progress`."""
        self.report(Progress(phase=phase, seconds=self.elapsed, **what))  # type: ignore[arg-type]

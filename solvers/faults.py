"""What can be wrong with an instance or an answer, the same for every model family."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class InstanceError(ValueError):
    """An instance that contradicts itself; `field` names the part."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(f"{field_name}: {message}")
        self.field = field_name


class UnauditedError(RuntimeError):
    """The solver's answer breaks a rule of its instance: our fault, and never handed out."""


@dataclass(frozen=True)
class Violation:
    """One broken rule: its code, a sentence, and the ids of whom or what it concerns."""

    code: str
    message: str
    ids: tuple[str, ...] = ()


def require(name: str, holds: bool, message: str) -> None:
    """Raise InstanceError about the part `name` unless something holds."""
    if not holds:
        raise InstanceError(name, message)


def within(name: str, array: NDArray[np.integer], low: int, high: int) -> None:
    """Raise InstanceError about the part `name` unless every number of it lies in low..high."""
    if array.size:
        require(name, bool(low <= array.min() and array.max() <= high), f"must lie in {low}..{high}")

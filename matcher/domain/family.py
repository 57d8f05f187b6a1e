"""The families of plans: what a run forms."""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    """What a plan holds, and what its sessions are meetings of."""

    PAIRS = "pairs"
    PODS = "pods"
    ROTA = "rota"
    ROUNDS = "rounds"

    @property
    def command(self) -> str:
        """The command that forms it."""
        return "peerloom solve pods --rounds" if self is Family.ROUNDS else f"peerloom solve {self.value}"

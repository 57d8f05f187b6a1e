"""`peerloom solve pods --rounds`: circles or pairs, reshuffled so that people keep meeting new people."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.rounds_plan import RoundsPlan
    from solvers.limits import Limits

SECONDS = 30.0
"""So long rounds are improved, where nothing else is asked for."""


@dataclass(frozen=True)
class RoundsOptions:
    """The options of rounds, None where they are not given."""

    rounds: int | None
    size: int | None
    most_of_one: int | None
    held: int | None

    @property
    def said(self) -> dict[str, int]:
        """What is given, by the names of a program's rounds."""
        named = {
            "number": self.rounds,
            "size": self.size,
            "most_of_one": self.most_of_one,
            "held": self.held,
        }
        return {name: value for name, value in named.items() if value is not None}

    def check(self, instance: Path | None, previous: Path | None) -> None:
        """Refuse options that do not go together."""
        if instance is not None and self.said:
            raise click.UsageError(
                "--rounds, --size, --most-of-one and --held go with a network document, not with --instance."
            )
        if self.said and self.rounds is None:
            raise click.UsageError("--size, --most-of-one and --held go with --rounds.")
        if self.held and previous is None:
            raise click.UsageError("--held goes with --previous, the result whose rounds took place.")


def of_rounds(instance: Path) -> bool:
    """Whether a bare instance says how many rounds it has, as pods do not. A file that cannot be read says
    nothing: whoever loads it tells what is wrong."""
    try:
        found: Any = json.loads(instance.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "rounds" in found


def form_rounds(
    instance: Path | None,
    opened: Callable[[], AbstractContextManager[NetworkSource]],
    program: str | None,
    options: RoundsOptions,
    previous: Path | None,
    limits: Limits,
) -> RoundsPlan:
    """The rounds of a network document, or of a bare instance."""
    from matcher.planning.rounds.plan import plan_instance, plan_rounds

    if instance is not None:
        return plan_instance(instance, limits)
    from matcher.documents.read import choose_program
    from matcher.planning.files import read_rounds
    from matcher.planning.rounds.instance import Asked

    before = read_rounds(previous) if previous is not None else (None, None)
    with opened() as source:
        chosen, _ = choose_program(source.header, program)
        return plan_rounds(source, chosen.id, Asked.of(chosen, options.said), limits, *before)

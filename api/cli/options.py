"""Options that several commands share, and the run of a solve: progress, Ctrl-C, limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.progress import ProgressLine, stopping

if TYPE_CHECKING:
    from solvers.limits import Limits

PROGRAM = click.option("--program", help="Which program, when the network has several.")
KIND = click.option(
    "--kind",
    type=click.Choice(("mentoring", "reverse", "shadowing")),
    help="Which kind of pairs (default: the program's first).",
)
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of the lottery."
)
INSTANCE = click.option(
    "--instance",
    type=click.Path(path_type=Path),
    help="Bare edges with points (JSON) instead of FILE.",
)
QUIET = click.option("-q", "--quiet", is_flag=True, help="No progress and no tables.")


def one_source(file: Path | None, instance: Path | None) -> None:
    """Refuse a call that names no input, or two."""
    if (file is None) == (instance is None):
        raise click.UsageError("Give either FILE, a network document, or --instance INSTANCE.json.")


@contextmanager
def running(quiet: bool, seed: int, seconds: float = 600.0) -> Iterator[Limits]:
    """Limits that show progress on stderr and end early at Ctrl-C, for the length of the block."""
    from solvers.limits import Limits

    line = ProgressLine(quiet)
    with stopping() as stop:
        try:
            yield Limits(seconds=seconds, seed=seed, report=line, cancelled=stop)
        finally:
            line.close()

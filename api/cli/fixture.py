"""`peerloom fixture`: write a realistic network of any size."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import click

_ENDINGS = (".json", ".jsonl", ".ndjson")
_SHOWN_FROM = 20_000
"""Members from which on a progress bar is worth its place."""


@click.command()
@click.option(
    "--members", "-n", type=int, default=360, show_default=True, help="People, from 2 to 10 million."
)
@click.option(
    "--organizations", "-k", type=int, default=24, show_default=True, help="Partners, from 2 to 20,000."
)
@click.option("--problems", "-p", type=int, default=20, show_default=True, help="Problem statements.")
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same numbers give the same network."
)
@click.option(
    "--running",
    type=int,
    default=0,
    show_default=True,
    help="Percent of the learners who have a running pair.",
)
@click.option(
    "--guides-percent",
    type=int,
    default=37,
    show_default=True,
    help="Percent of the members who guide; 12 % of all are on both sides.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    required=True,
    help="The file: .json (one document) or .jsonl (streamed lines), with .gz if you like.",
)
def fixture(
    members: int,
    organizations: int,
    problems: int,
    seed: int,
    running: int,
    guides_percent: int,
    output: Path,
) -> None:
    """Write a realistic network of any size: invented people, real skills, real time zones."""
    import json

    from fixtures.generator import records
    from matcher.documents.write import NetworkWriter
    from matcher.domain.network import NetworkHeader

    _check_name(output)
    lines = records(members, organizations, problems, seed, running=running, guides_percent=guides_percent)
    began = perf_counter()
    pairs = -members
    header = NetworkHeader.model_validate(next(lines)["header"])
    with _progress(members) as tell, NetworkWriter(output, header) as writer:
        for line in lines:
            ((key, part),) = line.items()
            writer.add_record(
                key.encode(), json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode()
            )
            pairs += 1
            if pairs % 1000 == 0:
                tell(pairs + members)
    seconds = perf_counter() - began
    click.echo(
        f"{output}: {members:,} members of {organizations:,} organizations, {problems:,} problems, "
        f"{pairs:,} ended and running pairs; {output.stat().st_size / 1e6:,.1f} MB "
        f"in {seconds:,.1f} s ({members / max(seconds, 1e-9):,.0f} members/s)."
    )


def _check_name(output: Path) -> None:
    from matcher.domain.errors import Fault, InputError

    if not output.name.lower().removesuffix(".gz").endswith(_ENDINGS):
        reason = f"must end in {', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]}, each with .gz if you like"
        raise InputError(f"The ending of {output.name} names no format.", (Fault("output", reason),))


@contextmanager
def _progress(members: int) -> Iterator[Callable[[int], None]]:
    if members < _SHOWN_FROM or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*shown, console=Console(stderr=True)) as bars:
        task = bars.add_task("Members", total=members)
        yield lambda lines: bars.update(task, completed=min(lines, members))

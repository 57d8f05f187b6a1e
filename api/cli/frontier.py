"""`peerloom frontier`: what one goal costs in another, as a table and a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import (
    DATABASE,
    INSTANCE,
    KIND,
    NETWORK,
    PROGRAM,
    QUIET,
    SEED,
    network_source,
    one_source,
    running,
)

if TYPE_CHECKING:
    from rich.console import Console

    from matcher.planning.pairs.frontier import Frontiers


@click.group()
def frontier() -> None:
    """Draw what one goal costs in another."""


@frontier.command("pairs", short_help="Draw both frontiers of mentor pairs.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@INSTANCE
@NETWORK
@DATABASE
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the picture (SVG) here.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the numbers (JSON) here.")
@PROGRAM
@KIND
@click.option(
    "--only", type=click.Choice(("changes", "balance")), help="Only one of the two frontiers (default: both)."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, 86_400),
    default=600.0,
    show_default=True,
    help="Time limit for all solves.",
)
@SEED
@QUIET
def pairs(
    file: Path | None,
    instance: Path | None,
    network: str | None,
    database: str | None,
    output: Path | None,
    json_path: Path | None,
    program: str | None,
    kind: str | None,
    only: str | None,
    seconds: float,
    seed: int,
    quiet: bool,
) -> None:
    """Points against running pairs broken, and pairs against give and take, for FILE or --network."""
    one_source(file, instance, network)
    from matcher.documents.write import check_writable, replacing
    from matcher.domain.policy import Kind
    from matcher.planning.chart import frontier_svg
    from matcher.planning.pairs.frontier import instance_frontiers, network_frontiers

    which = frozenset({only} if only else {"changes", "balance"})
    check_writable(output, json_path)
    with running(quiet, seed, seconds) as limits:
        if instance is not None:
            found = instance_frontiers(instance, limits, which)
        else:
            with network_source(file, network, database) as source:
                found = network_frontiers(source, program, Kind(kind) if kind else None, limits, which)
    for path, text in ((output, frontier_svg(found)), (json_path, found.model_dump_json(indent=2) + "\n")):
        if path is not None:
            with replacing(path) as stream:
                stream.write(text.encode())
    if not quiet:
        from api.cli.tables import console

        _show(console(), found, [path for path in (output, json_path) if path is not None])


def _show(out: Console, found: Frontiers, written: list[Path]) -> None:
    from rich.markup import escape

    from api.cli.tables import grid, number

    if found.changes:
        rows = [
            (
                number(row.broken),
                number(row.points),
                number(row.pairs),
                f"bonus {row.setting} per kept pair"
                if row.by == "bonus"
                else f"at most {row.setting} broken",
                "corner of the hull" if row.hull else "between corners",
                "proven" if row.proven else "not proven",
            )
            for row in found.changes
        ]
        columns = [
            ("broken", "right"),
            ("points", "right"),
            ("pairs", "right"),
            ("by", "left"),
            ("", "left"),
            ("", "left"),
        ]
        out.print(grid("Points against running pairs broken", columns, rows))
    if found.balance:
        lines = [
            (
                "no bound" if row.setting is None else number(row.setting),
                number(row.placed),
                number(row.pairs),
                number(row.points),
                "proven" if row.proven else "not proven",
            )
            for row in found.balance
        ]
        headings = [
            ("slack", "right"),
            ("learners placed", "right"),
            ("pairs", "right"),
            ("points", "right"),
            ("", "left"),
        ]
        out.print(grid("Pairs against give and take", headings, lines))
    for note in found.notes:
        out.print(f"Note: {escape(note)}")
    for path in written:
        out.print(f"Written: {escape(str(path))}")

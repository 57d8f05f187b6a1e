"""`peerloom solve turns`: sessions and facilitators of your own, without profiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from api.cli.options import INFEASIBLE_EXIT, QUIET, SEED, running

_SHOWN = 20
"""Turns and people that the tables show; the file has all."""


@click.command("turns")
@click.argument("instance", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the result (JSON) here.")
@click.option(
    "--seconds", type=click.FloatRange(0, 2_592_000), default=60.0, show_default=True, help="Time limit."
)
@SEED
@QUIET
@click.pass_context
def turns(
    context: click.Context, instance: Path, output: Path | None, seconds: float, seed: int, quiet: bool
) -> None:
    """Find who takes which turn of INSTANCE: bare sessions, people and rules (JSON), without profiles.

    Exit codes: 0 answered, 1 unusable input, 3 the pins contradict each other or nothing was found.
    """
    from matcher.documents.write import check_writable, write_json
    from matcher.planning.turns_instance import answer_instance

    check_writable(output)
    with running(quiet, seed, seconds) as limits:
        found = answer_instance(instance, limits)
    if output is not None:
        write_json(output, found)
    if not quiet:
        show(found)
        click.echo(
            f"Written: {output}"
            if output is not None
            else "Nothing was written; add -o out.json to keep the result."
        )
    if found["status"] not in ("optimal", "feasible"):
        context.exit(INFEASIBLE_EXIT)


def show(found: dict[str, Any]) -> None:
    """Print an answer: tiers with proofs, who takes what, and what each person has."""
    from rich.markup import escape

    from api.cli.tables import console, grid, tier_grid
    from matcher.domain.plan import PlanTier

    out = console()
    out.print(f"turns  status: [bold]{found['status']}[/bold]. {escape(found['sentence'])}")
    if found["conflict"]:
        out.print(f"These contradict each other: {escape('; '.join(found['conflict']))}.")
    if found["tiers"]:
        out.print(tier_grid([PlanTier.model_validate(tier) for tier in found["tiers"]]))
    open_turns = [row for row in found["turns"] if row["person"] is None]
    rows = [
        (row["turn"], row["person"] or "nobody", "pinned" if row["pinned"] else "kept" if row["kept"] else "")
        for row in [*open_turns, *(row for row in found["turns"] if row["person"] is not None)][:_SHOWN]
    ]
    if rows:
        columns = [("turn", "left"), ("who", "left"), ("", "left")]
        out.print(grid(f"{len(rows)} of {len(found['turns']):,} turns, open ones first", columns, rows))
        people = sorted(found["people"], key=lambda one: (-one["turns"], one["person"]))[:_SHOWN]
        shown = [
            (
                one["person"],
                str(one["turns"]),
                ", ".join(f"{name} {load / 100:.2f}" for name, load in one["load"].items()),
                str(one["burden"]),
            )
            for one in people
        ]
        columns = [("who", "left"), ("turns", "right"), ("load of a full share", "left"), ("burden", "right")]
        out.print(grid(f"{len(shown)} of {len(found['people']):,} people", columns, shown))
    for note in found["notes"]:
        out.print(f"Note: {escape(note)}")

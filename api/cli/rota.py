"""`peerloom solve rota`: when the groups meet, and who facilitates, in fair rotation."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import (
    DATABASE,
    GROUPS,
    INFEASIBLE_EXIT,
    NETWORK,
    PROGRAM,
    QUIET,
    SEED,
    SESSIONS,
    instant,
    network_source,
    one_source,
    running,
    taken_sessions,
)

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.planning.rota.instance import Fairness, Mode
    from matcher.planning.rota.plan import Asked


@click.command("rota")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the result (JSON) here.")
@click.option(
    "--instance",
    type=click.Path(path_type=Path),
    help="Bare turns, or groups and steps, of your own (JSON) instead of FILE.",
)
@NETWORK
@DATABASE
@PROGRAM
@GROUPS
@click.option(
    "--previous", type=click.Path(path_type=Path), help="A rota before; what was announced stays if it can."
)
@click.option(
    "--as-of", metavar="INSTANT", help="Now, such as 2026-10-20T09:00Z: what began earlier is not touched."
)
@click.option(
    "--mode",
    type=click.Choice(("stable", "rotating")),
    help="One weekly time for a whole series, or one for each session (default: the policy's).",
)
@click.option(
    "--fairness",
    type=click.Choice(("quick", "full")),
    help="How far the fairness of loads is pursued (default: the policy's).",
)
@SESSIONS
@click.option(
    "--seconds", type=click.FloatRange(0, 2_592_000), default=60.0, show_default=True, help="Time limit."
)
@SEED
@QUIET
@click.pass_context
def rota(
    context: click.Context,
    file: Path | None,
    output: Path | None,
    instance: Path | None,
    network: str | None,
    database: str | None,
    program: str | None,
    groups: tuple[Path, ...],
    previous: Path | None,
    as_of: str | None,
    mode: Mode | None,
    fairness: Fairness | None,
    sessions: Path | None,
    seconds: float,
    seed: int,
    quiet: bool,
) -> None:
    """Give groups their times and facilitators, from the network document FILE or a network of the database.

    Exit codes: 0 answered, 1 unusable input, 3 the pins contradict each other or nothing was found.
    """
    from matcher.documents.write import check_writable
    from matcher.planning.rota.plan import plan_rota

    check_writable(output)
    one_source(file, instance, network)
    if instance is not None:
        if program or groups or previous or as_of or mode or fairness or sessions:
            raise click.UsageError("Only -o, --seconds, --seed and --quiet go with --instance.")
        from api.cli.rota_instance import solve_instance

        if not solve_instance(instance, output, seconds, seed, quiet):
            context.exit(INFEASIBLE_EXIT)
        return
    moment = instant(as_of, "--as-of") if as_of is not None else None
    with running(quiet, seed, seconds) as limits:
        limits.tell("read")
        with network_source(file, network, database) as source:
            asked = asked_for(source, groups, previous, moment, sessions, mode, fairness)
            plan = plan_rota(source, program, limits, asked)
    if output is not None:
        from matcher.planning.files import write_plan

        write_plan(output, plan)
    if not quiet:
        from api.cli.rota_tables import show_rota
        from api.cli.tables import console, tell_written

        show_rota(console(), plan, str(output) if output is not None else None)
        tell_written(output)
    if plan.status.value not in ("optimal", "feasible"):
        context.exit(INFEASIBLE_EXIT)


def asked_for(
    source: NetworkSource,
    groups: tuple[Path, ...],
    previous: Path | None,
    as_of: datetime | None,
    sessions: Path | None,
    mode: Mode | None = None,
    fairness: Fairness | None = None,
) -> Asked:
    """What a rota is made from beside the document, from the options of a call."""
    from matcher.planning.files import read_rota
    from matcher.planning.rota.formed import read_groups
    from matcher.planning.rota.plan import Asked

    before = read_rota(previous) if previous is not None else (None, None)
    taken = taken_sessions(sessions)
    plans = read_groups(groups, source.sha256)
    return Asked(plans, before[0], before[1], as_of, taken, mode, fairness)

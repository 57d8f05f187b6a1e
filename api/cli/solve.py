"""`peerloom solve`: form pairs, pods or rounds from a network document, or from bare points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import (
    DATABASE,
    INFEASIBLE_EXIT,
    INSTANCE,
    KIND,
    NETWORK,
    PROGRAM,
    QUIET,
    SEED,
    SESSIONS,
    network_source,
    one_source,
    running,
    taken_sessions,
)
from api.cli.rota import rota
from api.cli.rounds import SECONDS, RoundsOptions, form_rounds, of_rounds
from api.cli.turns import turns

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.plan import PairsPlan
    from matcher.domain.pods_plan import PodsPlan
    from matcher.domain.rounds_plan import RoundsPlan
    from solvers.limits import Limits

POD_SECONDS = 60.0
"""So long pods are improved, where nothing else is asked for."""


@click.group()
def solve() -> None:
    """Form pairs, pods, rounds, a rota or turns, and say how far the best is proven."""


solve.add_command(rota)
solve.add_command(turns)


@solve.command("pairs")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the result (JSON) here.")
@INSTANCE
@NETWORK
@DATABASE
@PROGRAM
@KIND
@click.option(
    "--previous", type=click.Path(path_type=Path), help="A result before; its pairs count as running."
)
@click.option(
    "--seconds", type=click.FloatRange(0, 2_592_000), default=600.0, show_default=True, help="Time limit."
)
@SEED
@click.option(
    "--repairs",
    type=click.IntRange(0, 100_000),
    default=0,
    show_default=True,
    help="For so many learners left out, solve also what the best plan would make of a repair.",
)
@SESSIONS
@QUIET
@click.pass_context
def pairs(
    context: click.Context,
    file: Path | None,
    output: Path | None,
    instance: Path | None,
    network: str | None,
    database: str | None,
    program: str | None,
    kind: str | None,
    previous: Path | None,
    seconds: float,
    seed: int,
    repairs: int,
    sessions: Path | None,
    quiet: bool,
) -> None:
    """Form mentor pairs from the network document FILE, or from a network of the database.

    Exit codes: 0 answered, 1 unusable input, 3 the pins contradict each other or nothing was found.
    """
    one_source(file, instance, network)
    if instance is not None and (program or kind or previous or sessions):
        raise click.UsageError(
            "--program, --kind, --previous and --sessions go with a network document, not with --instance."
        )
    from matcher.documents.write import check_writable

    check_writable(output)
    with running(quiet, seed, seconds) as limits:
        if instance is not None:
            from matcher.planning.pairs.bare import plan_instance

            plan = plan_instance(instance, limits, repairs)
        else:
            limits.tell("read")
            with network_source(file, network, database) as source:
                plan = _plan(source, program, kind, previous, sessions, repairs, limits)
    if output is not None:
        from matcher.planning.files import write_plan

        write_plan(output, plan)
    if not quiet:
        _show(plan, output)
    if plan.status.value not in ("optimal", "feasible"):
        context.exit(INFEASIBLE_EXIT)


def _plan(
    source: NetworkSource,
    program: str | None,
    kind: str | None,
    previous: Path | None,
    sessions: Path | None,
    repaired: int,
    limits: Limits,
) -> PairsPlan:
    from matcher.domain.policy import Kind
    from matcher.planning.pairs.plan import plan_pairs

    before = before_source = None
    if previous is not None:
        from matcher.planning.files import read_plan

        before, before_source = read_plan(previous)
    chosen = Kind(kind) if kind else None
    taken = taken_sessions(sessions)
    return plan_pairs(source, program, chosen, limits, before, before_source, repaired, taken)


def _show(plan: PairsPlan, output: Path | None) -> None:
    from api.cli.tables import console, show_plan, tell_written

    show_plan(console(), plan, str(output) if output is not None else None)
    tell_written(output)


@solve.command("pods")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the result (JSON) here.")
@INSTANCE
@NETWORK
@DATABASE
@PROGRAM
@click.option(
    "--previous", type=click.Path(path_type=Path), help="A result before; its seats count as running."
)
@SESSIONS
@click.option(
    "--rounds", type=click.IntRange(1, 53), help="Circles or pairs reshuffled so often, in place of pods."
)
@click.option(
    "--size",
    type=click.IntRange(2, 20),
    help="People in a group of a round, as wished (default 4; 2: pairs).",
)
@click.option(
    "--most-of-one", type=click.IntRange(1, 20), help="People of one organization in a group of a round."
)
@click.option("--held", type=click.IntRange(0, 53), help="So many first rounds of --previous took place.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 2_592_000),
    help="Time limit (default: 60, and 30 for rounds).",
)
@SEED
@QUIET
@click.pass_context
def pods(
    context: click.Context,
    file: Path | None,
    output: Path | None,
    instance: Path | None,
    network: str | None,
    database: str | None,
    program: str | None,
    previous: Path | None,
    sessions: Path | None,
    rounds: int | None,
    size: int | None,
    most_of_one: int | None,
    held: int | None,
    seconds: float | None,
    seed: int,
    quiet: bool,
) -> None:
    """Form pods and circles from the network document FILE, or from a network of the database.

    With --rounds, form groups for several rounds instead: nobody meets the same people again while that can
    be; ends as soon as the answer is proven to be best.

    Exit codes: 0 answered, 1 unusable input, 3 the pins contradict each other or nothing was found.
    """
    one_source(file, instance, network)
    if instance is not None and (program or previous or sessions):
        raise click.UsageError(
            "--program, --previous and --sessions go with a network document, not with --instance."
        )
    from matcher.documents.write import check_writable

    options = RoundsOptions(rounds, size, most_of_one, held)
    options.check(instance, previous)
    check_writable(output)
    if rounds is not None or (instance is not None and of_rounds(instance)):
        if sessions is not None:
            raise click.UsageError("--sessions goes with pods: rounds take no account of them.")
        with running(quiet, seed, SECONDS if seconds is None else seconds) as limits:
            formed = form_rounds(
                instance, lambda: network_source(file, network, database), program, options, previous, limits
            )
        _write_rounds(formed, output, quiet)
        return
    with running(quiet, seed, POD_SECONDS if seconds is None else seconds) as limits:
        limits.tell("read")
        if instance is not None:
            from matcher.planning.pods.bare import plan_instance

            plan = plan_instance(instance, limits)
        else:
            with network_source(file, network, database) as source:
                plan = _plan_pods(source, program, previous, sessions, limits)
    if output is not None:
        from matcher.planning.files import write_plan

        write_plan(output, plan)
    if not quiet:
        from api.cli.pod_tables import show_pods_plan
        from api.cli.tables import console, tell_written

        show_pods_plan(console(), plan, str(output) if output is not None else None)
        tell_written(output)
    if plan.status.value not in ("optimal", "feasible"):
        context.exit(INFEASIBLE_EXIT)


def _write_rounds(plan: RoundsPlan, output: Path | None, quiet: bool) -> None:
    if output is not None:
        from matcher.planning.files import write_plan

        write_plan(output, plan)
    if not quiet:
        from api.cli.rounds_tables import show_rounds
        from api.cli.tables import console, tell_written

        show_rounds(console(), plan, str(output) if output is not None else None)
        tell_written(output)


def _plan_pods(
    source: NetworkSource,
    program: str | None,
    previous: Path | None,
    sessions: Path | None,
    limits: Limits,
) -> PodsPlan:
    from matcher.planning.pods.plan import plan_pods

    before = before_source = None
    if previous is not None:
        from matcher.planning.files import read_pods

        before, before_source = read_pods(previous)
    return plan_pods(source, program, limits, before, before_source, taken_sessions(sessions))

"""`peerloom solve rounds`: circles or pairs that are reshuffled, so that people keep meeting new people."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.options import DATABASE, NETWORK, PROGRAM, QUIET, SEED, network_source, one_source, running


@click.command("rounds")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the result (JSON) here.")
@click.option(
    "--instance", type=click.Path(path_type=Path), help="Bare members and rounds (JSON) instead of FILE."
)
@NETWORK
@DATABASE
@PROGRAM
@click.option("--rounds", type=click.IntRange(1, 53), help="How many rounds in the cycle.")
@click.option(
    "--size", type=click.IntRange(2, 20), help="People in a group, as wished (default 4); 2: pairs."
)
@click.option("--most-of-one", type=click.IntRange(1, 20), help="People of one organization in a group.")
@click.option(
    "--previous", type=click.Path(path_type=Path), help="A result before, of this or of an earlier cycle."
)
@click.option("--held", type=click.IntRange(0, 53), help="So many first rounds of --previous took place.")
@click.option(
    "--seconds", type=click.FloatRange(0, 2_592_000), default=30.0, show_default=True, help="Time limit."
)
@SEED
@QUIET
def rounds(
    file: Path | None,
    output: Path | None,
    instance: Path | None,
    network: str | None,
    database: str | None,
    program: str | None,
    rounds: int | None,
    size: int | None,
    most_of_one: int | None,
    previous: Path | None,
    held: int | None,
    seconds: float,
    seed: int,
    quiet: bool,
) -> None:
    """Form groups for several rounds from the network document FILE, or from a network of the database.

    Nobody meets the same people again while that can be. Ends as soon as the answer is proven to be best, and
    else at the time limit. Exit codes: 0 answered, 1 unusable input.
    """
    one_source(file, instance, network)
    if instance is not None and (program or rounds or size or most_of_one or previous or held):
        raise click.UsageError(
            "--program, --rounds, --size, --most-of-one, --previous and --held go with a network document."
        )
    if instance is None and rounds is None:
        raise click.UsageError("Say how many rounds: --rounds 6.")
    if held and previous is None:
        raise click.UsageError("--held goes with --previous, the result whose rounds took place.")
    from matcher.documents.write import check_writable
    from matcher.planning.rounds.instance import Asked
    from matcher.planning.rounds.plan import plan_instance, plan_rounds

    check_writable(output)
    with running(quiet, seed, seconds) as limits:
        if instance is not None:
            plan = plan_instance(instance, limits)
        else:
            from matcher.planning.files import read_rounds

            before = read_rounds(previous) if previous is not None else (None, None)
            asked = Asked(rounds or 1, size or 4, held or 0, most_of_one)
            with network_source(file, network, database) as source:
                plan = plan_rounds(source, program, asked, limits, *before)
    if output is not None:
        from matcher.planning.files import write_plan

        write_plan(output, plan)
    if not quiet:
        from api.cli.rounds_tables import show_rounds

        show_rounds(plan, output)

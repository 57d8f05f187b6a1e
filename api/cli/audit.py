"""`peerloom audit`: re-check a result without the solver."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import (
    DATABASE,
    GROUPS,
    NETWORK,
    SESSIONS,
    file_and_result,
    network_source,
    taken_sessions,
)
from api.cli.progress import ProgressLine

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.planning.findings import AuditReport
    from solvers.limits import Limits


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.argument("result", required=False, type=click.Path(path_type=Path))
@NETWORK
@DATABASE
@click.option(
    "--sample",
    type=click.IntRange(1),
    help="Derive the bounds from the pairs of so many learners, or the groups of so many pods, only.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Draws the sample.")
@click.option("--previous", type=click.Path(path_type=Path), help="The result given as --previous, if any.")
@SESSIONS
@GROUPS
@click.option("-q", "--quiet", is_flag=True, help="Only what is off.")
@click.pass_context
def audit(
    context: click.Context,
    file: Path | None,
    result: Path | None,
    network: str | None,
    database: str | None,
    sample: int | None,
    seed: int,
    previous: Path | None,
    sessions: Path | None,
    groups: tuple[Path, ...],
    quiet: bool,
) -> None:
    """Check RESULT (of 'peerloom solve') against the network document FILE, or a network of the database.

    Pairs: every rule and point of every pair, tiers, counts, give and take, and the bounds from the duals
    over every eligible pair. Pods: every rule, point and attendance of every seat, tiers, counts and reasons.
    Rounds: every rule of every group, and what is counted. Rotas: every session and turn. Exit codes:
    0 all is well, 1 something is off (listed).
    """
    from rich.markup import escape

    from api.cli.tables import console, grid, show_objections
    from matcher.planning.files import command_of
    from solvers.limits import Limits

    file, result = file_and_result(file, result, network)
    line = ProgressLine(quiet)
    limits = Limits(report=line)
    command = command_of(result)
    if command in ("rounds", "rota") and sample is not None:
        raise click.UsageError(f"--sample goes with results of pairs and pods: {command} derive no bounds.")
    if sessions is not None and command == "rounds":
        raise click.UsageError("--sessions is for results of pairs, pods and rotas: rounds meet at no time.")
    if groups and command != "rota":
        raise click.UsageError("--groups goes with results of a rota: others form their own groups.")
    try:
        with ExitStack() as opened:

            def source() -> NetworkSource:
                limits.tell("read")
                return opened.enter_context(network_source(file, network, database))

            if command in _AUDITS:
                report = _AUDITS[command](source, result, previous, limits, sessions, groups, sample, seed)
            else:
                report = _pairs(source, result, previous, limits, sample, seed, sessions)
    finally:
        line.close()
    out = console()
    if not quiet:
        out.print(
            grid(f"Audit of {escape(str(result))}", [("what", "left"), ("checked", "left")], report.checked)
        )
        for sentence in report.unchecked:
            out.print(f"Not checked: {sentence}", markup=False)
    if report.objections:
        show_objections(out, report.objections)
        context.exit(1)
    if not quiet:
        sampled = " (bounds on a sample)" if sample is not None else ""
        out.print(f"All is well: nothing is off{sampled}.")


def _pairs(
    source: Callable[[], NetworkSource],
    result: Path,
    previous: Path | None,
    limits: Limits,
    sample: int | None,
    seed: int,
    sessions: Path | None,
) -> AuditReport:
    from matcher.planning.files import read_plan
    from matcher.planning.pairs.audit.audit import audit_plan

    plan, _ = read_plan(result)
    before, before_source = read_plan(previous) if previous is not None else (None, None)
    return audit_plan(
        source(),
        plan,
        sample=sample,
        seed=seed,
        previous=before,
        previous_source=before_source,
        commitments=taken_sessions(sessions),
        tell=limits.tell,
    )


def _pods(
    source: Callable[[], NetworkSource],
    result: Path,
    previous: Path | None,
    limits: Limits,
    sessions: Path | None,
    _: tuple[Path, ...],
    sample: int | None,
    seed: int,
) -> AuditReport:
    from matcher.planning.files import read_pods
    from matcher.planning.pods.audit import audit_pods

    plan = read_pods(result)[0]
    before, before_source = read_pods(previous) if previous is not None else (None, None)
    return audit_pods(
        source(),
        plan,
        before=before,
        before_source=before_source,
        commitments=taken_sessions(sessions),
        sample=sample,
        seed=seed,
        tell=limits.tell,
    )


def _rounds(
    source: Callable[[], NetworkSource],
    result: Path,
    previous: Path | None,
    limits: Limits,
    *__: object,
) -> AuditReport:
    from matcher.planning.files import read_rounds
    from matcher.planning.rounds.audit import audit_rounds

    plan, _ = read_rounds(result)
    before, before_source = read_rounds(previous) if previous is not None else (None, None)
    return audit_rounds(source(), plan, previous=before, previous_source=before_source, tell=limits.tell)


def _rota(
    source: Callable[[], NetworkSource],
    result: Path,
    previous: Path | None,
    limits: Limits,
    sessions: Path | None,
    groups: tuple[Path, ...],
    *__: object,
) -> AuditReport:
    from api.cli.rota import asked_for
    from matcher.planning.files import read_rota
    from matcher.planning.rota.audit import audit_rota

    plan, _ = read_rota(result)
    opened = source()
    asked = asked_for(opened, groups, previous, None, sessions)
    return audit_rota(opened, plan, asked, limits.tell)


_AUDITS: dict[str, Callable[..., AuditReport]] = {"pods": _pods, "rounds": _rounds, "rota": _rota}
"""What audits a result of another command than `solve pairs`."""

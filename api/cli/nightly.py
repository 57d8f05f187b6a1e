"""`peerloom nightly`: rematch every program that is due, with what runs kept and the fewest changes."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import DATABASE, QUIET, database_of, instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.domain.night import Night
    from matcher.wiring import Services

HELD_EXIT = 4
GRACE_SECONDS = 120
"""How long after its deadline a night may take before this command leaves it to the next process."""


@click.command()
@click.option("--network", multiple=True, metavar="ID", help="Only this network; may be given again.")
@click.option("--program", metavar="ID", help="Only this program (with one --network).")
@click.option("--dry-run", is_flag=True, help="Solve and report; nothing is approved, published or mailed.")
@click.option("--as-of", metavar="INSTANT", help="With --dry-run: as if it were then.")
@click.option("--again", is_flag=True, help="Also programs that had their night today.")
@click.option("--report", type=click.Path(path_type=Path), help="Write what happened: .json, .html or text.")
@click.option("--check", is_flag=True, help="Only say which programs missed a night; exit code 1 if any did.")
@QUIET
@DATABASE
def nightly(
    network: tuple[str, ...],
    program: str | None,
    dry_run: bool,
    as_of: str | None,
    again: bool,
    report: Path | None,
    check: bool,
    quiet: bool,
    database: str | None,
) -> None:
    """Rematch every program that is due.

    Takes in who joined, left, declined or is busy; solves pairs, pods, rounds and rota again with what runs
    kept; then publishes or proposes, as the policy's guards say, and reports. Safe to run twice, to be
    killed, and beside a server: the next run goes on where this one stopped.

    Exit code 0: all well; 1: something failed; 4: a guard kept something back for a coordinator.
    """
    if program is not None and len(network) != 1:
        raise click.UsageError("--program needs one --network.")
    if as_of is not None and not dry_run:
        raise click.UsageError("--as-of needs --dry-run: what is published is published now.")
    moment = instant(as_of, "--as-of") if as_of is not None else None
    with database_of(database) as services:
        if check:
            _check(services, network)
            return
        nights = _run(services, network, program, moment, dry_run, again, quiet)
    if report is not None:
        _write(report, nights)
    _end(nights, quiet)


def _check(services: Services, networks: tuple[str, ...]) -> None:
    from matcher.service.nightly.running import missed

    found = missed(services, networks or None)
    for network, program, ended in found:
        when = f"its last good night ended {ended:%Y-%m-%d %H:%M} UTC" if ended else "it had none yet"
        click.echo(f"{network}/{program} missed a night: {when}.")
    if found:
        raise SystemExit(1)
    click.echo("Every program that is due had its night.")


def _run(
    services: Services,
    networks: tuple[str, ...],
    program: str | None,
    moment: datetime | None,
    dry_run: bool,
    again: bool,
    quiet: bool,
) -> list[Night]:
    from matcher.domain.errors import PeerloomError
    from matcher.service.nightly.due import begin_nights, network_ids
    from matcher.service.nightly.running import see_through

    nights: list[Night] = []
    for one in networks or network_ids(services):
        try:
            nights += begin_nights(
                services, one, program=program, rehearsal=dry_run, again=again, as_of=moment
            )
        except PeerloomError as error:
            if len(networks) == 1:
                raise
            click.echo(f"{one}: {error}", err=True)
    if not nights:
        return []
    latest = max(one.deadline for one in nights)
    seconds = (latest - services.now()).total_seconds() + GRACE_SECONDS
    with _workers(services):
        return see_through(
            services, nights, tell=lambda one: _tell(one, quiet), give_up_after=max(seconds, GRACE_SECONDS)
        )


@contextmanager
def _workers(services: Services) -> Iterator[None]:
    """Do queued jobs in this process too: no server has to run."""
    from matcher.jobs.engine import Engine
    from matcher.service.kinds import KINDS

    engine = Engine(services, KINDS)
    engine.start()
    try:
        yield
    finally:
        engine.stop()


def _tell(night: Night, quiet: bool) -> None:
    if quiet:
        return
    steps = ", ".join(f"{one.name} {one.outcome.value}" for one in night.steps)
    click.echo(f"{night.network}/{night.program}: {steps}", err=True)


def _write(path: Path, nights: list[Night]) -> None:
    from matcher.service.nightly.telling import headline, html_report, text_report

    if path.suffix == ".json":
        text = json.dumps([json.loads(one.model_dump_json()) for one in nights], indent=1, ensure_ascii=False)
    elif path.suffix in (".html", ".htm"):
        body = "\n".join(f"<h1>{headline(one)}</h1>\n{html_report(one)}" for one in nights)
        text = f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Night</title>\n{body}\n</html>'
    else:
        text = "\n".join(text_report(one) for one in nights)
    path.write_text(text + "\n", "utf-8")


def _end(nights: list[Night], quiet: bool) -> None:
    from matcher.domain.night import NightState
    from matcher.service.nightly.telling import text_report

    if not nights:
        click.echo("No program has a night before it.", err=True)
        return
    if not quiet:
        click.echo("\n".join(text_report(one) for one in nights))
    states = {one.state for one in nights}
    if states & {NightState.FAILED, NightState.RUNNING}:
        raise SystemExit(1)
    if NightState.HELD in states:
        raise SystemExit(HELD_EXIT)

"""Options that several commands share, and the run of a solve: progress, Ctrl-C, limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.progress import ProgressLine, stopping

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.session import Session
    from matcher.wiring import Services
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
    help="Bare points of your own (JSON) instead of FILE.",
)
NETWORK = click.option("--network", metavar="ID", help="A network of the database instead of FILE.")
DATABASE = click.option("--database", help="SQLAlchemy's address of the database (PEERLOOM_DATABASE).")
SESSIONS = click.option(
    "--sessions",
    type=click.Path(path_type=Path),
    help="Sessions of other plans (sessions.json): their times are taken; for pods, the hours of pairs too.",
)
GROUPS = click.option(
    "--groups",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A result of pods or pairs whose groups meet, in place of those that run; may be given again.",
)
QUIET = click.option("-q", "--quiet", is_flag=True, help="No progress and no tables.")


INFEASIBLE_EXIT = 3


def instant(text: str, option: str) -> datetime:
    """A moment with an offset, in UTC. Raises BadParameter."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min
    if moment.utcoffset() is None:
        raise click.BadParameter(
            f"{text!r} is no instant; write one such as 2026-09-01T09:00Z.", param_hint=option
        )
    return moment.astimezone(UTC)


def one_source(file: Path | None, instance: Path | None, network: str | None) -> None:
    """Refuse a call that names no input, or two."""
    if [file, instance, network].count(None) != 2:
        raise click.UsageError(
            "Give either FILE, a network document, or --network ID, or --instance INSTANCE.json."
        )


def file_and_result(file: Path | None, result: Path | None, network: str | None) -> tuple[Path | None, Path]:
    """FILE and RESULT of a command; with --network the one argument there is is RESULT."""
    if network is not None and result is None:
        file, result = None, file
    if result is None:
        raise click.UsageError("Missing argument 'RESULT'.")
    return file, result


def taken_sessions(file: Path | None) -> tuple[Session, ...]:
    """The sessions in a file; none without one. Raises InputError."""
    if file is None:
        return ()
    from matcher.domain.errors import InputError
    from matcher.planning.sessions.scheduling import read_schedule

    if not file.exists():
        raise InputError(f"There is no file {file}.")
    return read_schedule(file).sessions


@contextmanager
def database_of(address: str | None, *, upgrade: bool = False) -> Iterator[Services]:
    """The parts over a database, for the length of the block."""
    from matcher.settings import settings_from
    from matcher.wiring import open_services

    services = open_services(settings_from(database=address), upgrade=upgrade)
    try:
        yield services
    finally:
        services.close()


@contextmanager
def network_source(file: Path | None, network: str | None, database: str | None) -> Iterator[NetworkSource]:
    """The document FILE, or a network of the database as it stands; says on stderr which one it was."""
    if (file is None) == (network is None):
        raise click.UsageError("Give either FILE, a network document, or --network ID.")
    if network is None:
        assert file is not None
        from matcher.documents.read import open_network

        yield open_network(file)
        return
    from matcher.store.source import stored_source

    with ExitStack() as kept:
        with database_of(database) as services, services.database.read() as connection:
            source = kept.enter_context(stored_source(connection, network))
            click.echo(f"network {network} of {services.database.shown}", err=True)
        yield source


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

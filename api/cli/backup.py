"""`peerloom backup` and `peerloom restore`: everything in a database as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import DATABASE, database_of

if TYPE_CHECKING:
    from matcher.store.backup import Backup


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@DATABASE
def backup(file: Path, force: bool, database: str | None) -> None:
    """Write all of the database into FILE, as it stands at one moment.

    A server may go on working meanwhile. The file is the same for SQLite and PostgreSQL: restoring it into
    the other kind moves an installation. PEERLOOM_SECRET is not in it: keep that too.
    """
    from matcher.domain.errors import InputError
    from matcher.store.backup import write_backup

    if file.exists() and not force:
        raise InputError(f"{file} is there already: name another file, or give --force.")
    with database_of(database) as services:
        _tell(write_backup(services.database, file, services.now()))
    click.echo(f"Written: {file}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@DATABASE
def restore(file: Path, database: str | None) -> None:
    """Put the backup FILE into an empty database; all of it or nothing."""
    from matcher.store.backup import read_backup

    with database_of(database, upgrade=True) as services:
        _tell(read_backup(services.database, file))
        click.echo(f"Restored into {services.database.shown}.")


def _tell(found: Backup) -> None:
    names = ("networks", "members", "plans", "sessions")
    counts = ", ".join(f"{found.rows[name]:,} {name}" for name in names)
    total = sum(found.rows.values())
    click.echo(f"{counts}; {total:,} rows in all, of {found.made_at:%Y-%m-%d %H:%M} UTC.")

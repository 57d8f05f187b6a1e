"""`peerloom key`: API keys, made and revoked on the machine of the database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import click

from api.cli.options import DATABASE, database_of

if TYPE_CHECKING:
    from matcher.store.keys import Key


@click.group()
def key() -> None:
    """Make, list and revoke API keys."""


@key.command()
@click.option("--network", help="The one network that the key opens; without it, the installation.")
@click.option("--name", default="", help="What the key is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it expires; never without.")
@click.option(
    "--access",
    type=click.Choice(("write", "read")),
    default="write",
    show_default=True,
    help="Whether it may change anything.",
)
@DATABASE
def create(
    network: str | None, name: str, days: int | None, access: Literal["write", "read"], database: str | None
) -> None:
    """Make a key, and show it once."""
    from matcher.store.keys import add_key
    from matcher.store.networks import find_network

    with database_of(database, upgrade=True) as services:
        now = services.now()
        with services.database.write() as connection:
            if network is not None:
                find_network(connection, network)
            expires = now + timedelta(days=days) if days is not None else None
            made, secret = add_key(connection, network, name, now, expires, access)
        click.echo(secret)
        click.echo(f"{made.id}, {_scope(made)}. It is shown this once: keep it in a safe place.", err=True)


@key.command("list")
@DATABASE
def list_all(database: str | None) -> None:
    """List keys, without their secrets."""
    from matcher.store.keys import list_keys

    with database_of(database) as services, services.database.read() as connection:
        for one in list_keys(connection):
            state = (
                "revoked"
                if one.revoked_at
                else f"expires {one.expires_at:%Y-%m-%d}"
                if one.expires_at
                else "valid"
            )
            used = f"last used {one.used_at:%Y-%m-%d}" if one.used_at else "never used"
            click.echo(f"{one.id}  {_scope(one)}  {state}, {used}  {one.name}")


@key.command()
@click.argument("identifier")
@DATABASE
def revoke(identifier: str, database: str | None) -> None:
    """Make the key IDENTIFIER open nothing any more."""
    from matcher.store.keys import revoke_key

    with database_of(database) as services:
        with services.database.write() as connection:
            revoke_key(connection, identifier, services.now())
        click.echo(f"{identifier} opens nothing any more.")


@key.command()
@click.argument("identifier")
@click.option(
    "--days",
    type=click.IntRange(0, 365),
    default=7,
    show_default=True,
    help="So long the key IDENTIFIER still opens what it did.",
)
@DATABASE
def rotate(identifier: str, days: int, database: str | None) -> None:
    """Make a key that opens what the key IDENTIFIER does, and let that one end."""
    from matcher.store.keys import rotate_key

    with database_of(database) as services:
        now = services.now()
        with services.database.write() as connection:
            made, secret = rotate_key(connection, identifier, now, now + timedelta(days=days))
        click.echo(secret)
        click.echo(
            f"{made.id}, {_scope(made)}. It is shown this once. {identifier} ends in {days} days.", err=True
        )


def _scope(one: Key) -> str:
    of = f"for the network {one.network!r}" if one.network is not None else "for the whole installation"
    return f"{of}, reads only" if one.access == "read" else of

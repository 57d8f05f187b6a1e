"""`peerloom key`: API keys, made and revoked on the machine of the database."""

from __future__ import annotations

from datetime import timedelta

import click

_DATABASE = click.option("--database", help="SQLAlchemy's address of the database (PEERLOOM_DATABASE).")


@click.group()
def key() -> None:
    """Make, list and revoke API keys."""


@key.command()
@click.option("--network", help="The one network that the key opens; without it, the installation.")
@click.option("--name", default="", help="What the key is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it expires; never without.")
@_DATABASE
def create(network: str | None, name: str, days: int | None, database: str | None) -> None:
    """Make a key, and show it once."""
    from matcher.settings import settings_from
    from matcher.store.keys import add_key
    from matcher.store.networks import find_network
    from matcher.wiring import open_services

    services = open_services(settings_from(database=database), upgrade=True)
    try:
        now = services.now()
        with services.database.write() as connection:
            if network is not None:
                find_network(connection, network)
            expires = now + timedelta(days=days) if days is not None else None
            made, secret = add_key(connection, network, name, now, expires)
        click.echo(secret)
        click.echo(f"{made.id}, {_scope(network)}. It is shown this once: keep it in a safe place.", err=True)
    finally:
        services.close()


@key.command("list")
@_DATABASE
def list_all(database: str | None) -> None:
    """List keys, without their secrets."""
    from matcher.settings import settings_from
    from matcher.store.keys import list_keys
    from matcher.wiring import open_services

    services = open_services(settings_from(database=database))
    try:
        with services.database.read() as connection:
            for one in list_keys(connection):
                state = (
                    "revoked"
                    if one.revoked_at
                    else f"expires {one.expires_at:%Y-%m-%d}"
                    if one.expires_at
                    else "valid"
                )
                used = f"last used {one.used_at:%Y-%m-%d}" if one.used_at else "never used"
                click.echo(f"{one.id}  {_scope(one.network)}  {state}, {used}  {one.name}")
    finally:
        services.close()


@key.command()
@click.argument("identifier")
@_DATABASE
def revoke(identifier: str, database: str | None) -> None:
    """Make the key IDENTIFIER open nothing any more."""
    from matcher.settings import settings_from
    from matcher.store.keys import revoke_key
    from matcher.wiring import open_services

    services = open_services(settings_from(database=database))
    try:
        with services.database.write() as connection:
            revoke_key(connection, identifier, services.now())
        click.echo(f"{identifier} opens nothing any more.")
    finally:
        services.close()


def _scope(network: str | None) -> str:
    return f"for the network {network!r}" if network is not None else "for the whole installation"

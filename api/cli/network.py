"""`peerloom network`, `peerloom export`: the networks of the database."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.options import DATABASE, database_of


@click.group()
def network() -> None:
    """Make and list the networks of the database."""


@network.command()
@click.argument("identifier", metavar="ID")
@click.option("--name", help="Its name; the id without it.")
@DATABASE
def create(identifier: str, name: str | None, database: str | None) -> None:
    """Make the network ID, with a default policy."""
    from pydantic import ValidationError

    from matcher.documents.faults import faults_of
    from matcher.domain.errors import InputError
    from matcher.domain.network import NetworkHeader
    from matcher.domain.settings import NetworkSettings
    from matcher.store.networks import add_network

    try:
        header = NetworkHeader(id=identifier, name=name if name is not None else identifier)
    except ValidationError as error:
        raise InputError("Such a network cannot be.", faults_of(error, NetworkHeader)) from None
    with database_of(database, upgrade=True) as services:
        with services.database.write() as connection:
            add_network(connection, header.id, header.name, NetworkSettings(), services.now())
        click.echo(f"Network {header.id} of {services.database.shown}.")
        click.echo(f"Next: peerloom import people.csv --network {header.id}")


@network.command("list")
@DATABASE
def list_all(database: str | None) -> None:
    """List the networks with how many members are active."""
    from matcher.domain.member import Status
    from matcher.store.members import count_members
    from matcher.store.networks import list_networks

    after = ""
    with database_of(database) as services, services.database.read() as connection:
        while rows := list_networks(connection, after, 1000):
            for row in rows:
                active = count_members(connection, row.id, Status.ACTIVE)
                click.echo(f"{row.id}  {active:,} active members  {row.name}")
            after = rows[-1].id


@click.command()
@click.option("--network", "identifier", required=True, metavar="ID", help="Which network.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The document to write: .json or .jsonl, also .gz.",
)
@DATABASE
def export(identifier: str, output: Path, database: str | None) -> None:
    """Write a network of the database as a network document."""
    from matcher.store.documents import write_document

    with database_of(database) as services, services.database.read() as connection:
        sha256 = write_document(connection, identifier, output)
        click.echo(f"network {identifier} of {services.database.shown}", err=True)
    click.echo(f"Written: {output} (SHA-256 {sha256})")

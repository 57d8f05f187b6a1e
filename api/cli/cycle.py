"""`peerloom cycle`: a cycle that is over goes into the ledgers of members."""

from __future__ import annotations

import click

from api.cli.options import DATABASE, PROGRAM, database_of

ADDED = ("lead", "co", "shadow", "burden")
WORDS = {"burden": "unsocial"}


@click.group()
def cycle() -> None:
    """Close a cycle that is over."""


@cycle.command()
@click.option("--network", required=True, metavar="ID", help="Which network of the database.")
@PROGRAM
@click.option("--cycle", "identifier", metavar="ID", help="Which cycle; the program's own without it.")
@DATABASE
def close(network: str, program: str | None, identifier: str | None, database: str | None) -> None:
    """Add the turns and the unsocial burden of a cycle to the ledgers of members.

    After its last day, once: again it tells the same and changes nothing. The rota can then not be taken
    back.
    """
    from api.cli.tables import console, grid, number
    from matcher.documents.read import choose_program
    from matcher.service.ledgers import close_cycle
    from matcher.store.documents import header_of

    with database_of(database) as services, services.database.write() as connection:
        chosen, _ = choose_program(header_of(connection, network), program)
        found = identifier if identifier is not None else chosen.cycle.id
        done = close_cycle(connection, network, chosen.id, found, services.now())
    rows = [
        (member, *(number(added[what]) if what in added else "-" for what in ADDED))
        for member, added in sorted(done.added.items())
    ]
    headings = ((WORDS.get(what, what), "right") for what in ADDED)
    columns = [("who", "left"), *headings]
    click.echo(
        f"{done.program}, cycle {done.cycle}: closed on {done.closed_at:%Y-%m-%d}, by the rota {done.plan}."
    )
    if rows:
        console().print(grid("What the ledgers got", columns, rows))
    else:
        click.echo("Nobody had a turn or an unsocial hour.")

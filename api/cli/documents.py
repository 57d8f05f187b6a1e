"""`peerloom import`, `peerloom schema`: documents in, and what they look like."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import DATABASE, database_of

if TYPE_CHECKING:
    from matcher.documents.headings import ColumnMapping
    from matcher.documents.import_report import ImportReport

_FILE = click.Path(path_type=Path)
_SHOWN = 20


@click.command("import")
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_FILE, help="The network document to write (.json or .jsonl, also .gz).")
@click.option("--organizations", type=_FILE, help="A second sheet: id, name, group, country, competitors.")
@click.option("--mapping", type=_FILE, help="JSON: which column holds which field; see above.")
@click.option("--into", type=_FILE, help="A network document to update and extend, by id.")
@click.option("--network", metavar="ID", help="A network of the database to update and extend, by id.")
@DATABASE
@click.option("--sync", is_flag=True, help="With --network: mark active members who are absent as left.")
@click.option("--force", is_flag=True, help="With --network: replace it even under published plans.")
@click.option("--skip-bad", is_flag=True, help="Write the good rows, and list the others.")
@click.option("--report", type=_FILE, help="Write what was found and done as JSON.")
@click.option("--name", help="The new network's name; the file's name without it.")
@click.option(
    "--cycle-start",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="First day of the 12-week cycle; next Monday without it.",
)
def import_table(
    file: Path,
    output: Path | None,
    organizations: Path | None,
    mapping: Path | None,
    into: Path | None,
    network: str | None,
    database: str | None,
    sync: bool,
    force: bool,
    skip_bad: bool,
    report: Path | None,
    name: str | None,
    cycle_start: datetime | None,
) -> None:
    """Turn a coordinator's spreadsheet (CSV) into a network document.

    Columns are guessed from their headings, in five languages; the guess is shown. A mapping says it instead:

    \b
    {"columns": {"name": "Full name", "offers": "Can teach", "attributes.track": "Track"},
     "defaults": {"time_zone": "Europe/Berlin", "availability": "Mon-Fri 09:00-17:00"},
     "date_format": "%d/%m/%Y"}

    \b
    Cells: skills   Python (4); Data analysis 3; SQL     sought ones also  Kubernetes (level 3, priority 5)
           hours    Mon-Fri 09:00-12:00, 14:00-17:00; Sat 10-12
           people   ids, e-mail addresses or full names, separated by ";"

    Every bad row is listed with its line, column and reason, and nothing is written unless all rows are good.

    With --network ID the rows go into the database (a network without a program gets one). FILE may then be a
    network document too (.json or .jsonl, also .gz), which takes the place of all that the network holds.
    """
    if network is not None:
        if output is not None or into is not None or name is not None:
            raise click.UsageError("--network goes without --output, --into and --name.")
        if _is_document(file):
            if sync or skip_bad or mapping or organizations or report or cycle_start:
                raise click.UsageError(
                    "A network document is stored as it is: of the options only --force fits."
                )
            _store_document(file, network, database, force)
            return
    elif sync or force or database:
        raise click.UsageError("--sync, --force and --database go with --network.")
    from matcher.documents.table import import_members, read_mapping
    from matcher.documents.write import check_writable, write_json

    target = output or into
    if target is None and network is None:
        raise click.UsageError(
            "Say where to write with -o net.json, or what to update with --into net.json or --network ID."
        )
    check_writable(report)
    starts = cycle_start.date() if cycle_start is not None else _next_monday(date.today())
    chosen = read_mapping(mapping) if mapping is not None else None
    if network is not None:
        done = _store_sheet(file, network, database, starts, organizations, chosen, skip_bad, sync)
        if report is not None:
            write_json(report, done.as_dict())
        return
    assert target is not None
    done = import_members(
        file,
        target,
        cycle_start=starts,
        organizations=organizations,
        mapping=chosen,
        into=into,
        skip_bad=skip_bad,
        name=name,
    )
    if report is not None:
        write_json(report, done.as_dict())
    _tell(done)
    if done.output is None:
        raise done.error()


def _is_document(file: Path) -> bool:
    return file.name.lower().removesuffix(".gz").endswith((".json", ".jsonl", ".ndjson"))


def _store_document(file: Path, network: str, database: str | None, force: bool) -> None:
    from matcher.documents.read import open_network
    from matcher.service.document import replace_document

    source = open_network(file)
    with database_of(database) as services:
        click.echo(f"network {network} of {services.database.shown}", err=True)
        with services.database.write() as connection:
            done = replace_document(connection, network, source, services.now(), force=force)
    click.echo(
        f"{network}: {done.created:,} members added, {done.updated:,} updated, "
        f"{done.unchanged:,} as they were, {done.removed:,} removed."
    )


def _store_sheet(
    file: Path,
    network: str,
    database: str | None,
    cycle_start: date,
    organizations: Path | None,
    mapping: ColumnMapping | None,
    skip_bad: bool,
    sync: bool,
) -> ImportReport:
    from matcher.service.sheets import import_sheet

    with database_of(database) as services:
        click.echo(f"network {network} of {services.database.shown}", err=True)
        with services.database.write() as connection:
            done, report = import_sheet(
                connection,
                network,
                file,
                services.now(),
                mapping=mapping,
                organizations=organizations,
                skip_bad=skip_bad,
                sync=sync,
                cycle_start=cycle_start,
            )
    _tell_columns(report)
    _tell_done(report, network, f"--network {network}")
    if done.left:
        click.echo(f"{done.left:,} who are absent were marked as left.")
    return report


def _tell(done: ImportReport) -> None:
    _tell_columns(done)
    if done.output is not None:
        _tell_done(done, done.output, done.output)


def _tell_columns(done: ImportReport) -> None:
    click.echo(f"{done.file}: {done.described}, {done.rows:,} rows.")
    how = "guessed from the headings" if done.guessed else "as mapped"
    click.echo(f"Columns, {how}:")
    width = max(map(len, done.columns), default=0)
    for field, heading in done.columns.items():
        click.echo(f"  {field:<{width}}  <-  {heading}")
    if done.unused:
        click.echo(f"  not used: {', '.join(done.unused)}")


def _tell_done(done: ImportReport, where: str, following: str) -> None:
    if done.bad_rows:
        from matcher.documents.faults import FaultList

        faults = FaultList()
        faults.extend(done.all_bad)
        click.echo(f"{done.bad_rows:,} of {done.rows:,} rows were skipped:", err=True)
        for fault in faults.told():
            click.echo(f"  {fault}", err=True)
    for what, names in (("skills", done.skills_added), ("organizations", done.organizations_added)):
        if names:
            more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
            click.echo(f"{len(names):,} {what} added: {', '.join(names[:_SHOWN])}{more}")
    for note in done.notes:
        click.echo(f"Note: {note}")
    click.echo(
        f"{where}: {done.added:,} members added, {done.updated:,} updated, {done.kept:,} as they were."
    )
    click.echo(f"Next: peerloom edges {following}")


def _next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


@click.command()
@click.argument(
    "document",
    type=click.Choice(
        [
            "network",
            "pairs-instance",
            "pairs-result",
            "pods-instance",
            "pods-result",
            "turns-instance",
            "rounds-instance",
            "rounds-result",
            "times-instance",
            "rota-result",
        ]
    ),
    default="network",
)
def schema(document: str) -> None:
    """Print the JSON Schema (2020-12) of a document.

    \b
    network         what `import` writes and `edges`, `solve` and `audit` read
    pairs-instance  points of your own, for `solve pairs --instance`
    pods-instance   pods with points of your own (solvers.pods.explicit reads it)
    rounds-instance  people and rounds of your own, for `solve pods --instance`
    turns-instance  sessions and facilitators of your own (solvers.rota.turns.explicit reads it)
    pairs-result    what `solve pairs` writes
    pods-result     what `solve pods` writes
    rounds-result   what `solve pods --rounds` writes
    rota-result     what `solve rota` writes
    times-instance  meeting times with steps of your own (solvers.rota.times.explicit reads it)
    """
    import json

    from matcher.documents.schema import schema_of

    click.echo(json.dumps(schema_of(document), indent=2, ensure_ascii=False))

"""`peerloom import`, `peerloom schema`: documents in, and what they look like."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from matcher.documents.import_report import ImportReport

_FILE = click.Path(path_type=Path)
_SHOWN = 20


@click.command("import")
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_FILE, help="The network document to write (.json or .jsonl, also .gz).")
@click.option("--organizations", type=_FILE, help="A second sheet: id, name, group, country, competitors.")
@click.option("--mapping", type=_FILE, help="JSON: which column holds which field; see above.")
@click.option("--into", type=_FILE, help="A network document to update and extend, by id.")
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
    """
    from matcher.documents.table import import_members, read_mapping
    from matcher.documents.write import check_writable, write_json

    target = output or into
    if target is None:
        raise click.UsageError(
            "Say where to write with -o net.json, or which network to update with --into net.json."
        )
    check_writable(report)
    done = import_members(
        file,
        target,
        cycle_start=cycle_start.date() if cycle_start is not None else _next_monday(date.today()),
        organizations=organizations,
        mapping=read_mapping(mapping) if mapping is not None else None,
        into=into,
        skip_bad=skip_bad,
        name=name,
    )
    if report is not None:
        write_json(report, done.as_dict())
    _tell(done)
    if done.output is None:
        raise done.error()


def _tell(done: ImportReport) -> None:
    click.echo(f"{done.file}: {done.described}, {done.rows:,} rows.")
    how = "guessed from the headings" if done.guessed else "as mapped"
    click.echo(f"Columns, {how}:")
    width = max(map(len, done.columns), default=0)
    for field, heading in done.columns.items():
        click.echo(f"  {field:<{width}}  <-  {heading}")
    if done.unused:
        click.echo(f"  not used: {', '.join(done.unused)}")
    if done.output is None:
        return
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
        f"{done.output}: {done.added:,} members added, {done.updated:,} updated, {done.kept:,} as they were."
    )
    click.echo(f"Next: peerloom edges {done.output}")


def _next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


@click.command()
@click.argument(
    "document", type=click.Choice(["network", "pairs-instance", "pairs-result"]), default="network"
)
def schema(document: str) -> None:
    """Print the JSON Schema (2020-12) of a document.

    \b
    network         what `import` writes and `edges`, `solve` and `audit` read
    pairs-instance  points of your own, for `solve pairs --instance`
    pairs-result    what `solve pairs` writes
    """
    import json

    from matcher.documents.schema import schema_of

    click.echo(json.dumps(schema_of(document), indent=2, ensure_ascii=False))

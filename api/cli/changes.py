"""`peerloom changes`: two rotas side by side, turn by turn."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--member", metavar="ID", help="Only what concerns this member.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def changes(before: Path, after: Path, member: str | None, as_json: bool) -> None:
    """Tell what differs between the rotas BEFORE and AFTER of one cycle, and why."""
    from api.cli.rota_tables import show_differences
    from api.cli.tables import console
    from matcher.domain.errors import InputError
    from matcher.planning.files import read_rota
    from matcher.planning.rota.diff import differences

    (old, source), (new, _) = read_rota(before), read_rota(after)
    if (old.network.id, old.program, old.cycle) != (new.network.id, new.program, new.cycle):
        raise InputError(
            f"{before} is a rota of {old.network.id}/{old.program}/{old.cycle}, and {after} of "
            f"{new.network.id}/{new.program}/{new.cycle}: compare rotas of one cycle."
        )
    made_from = new.previous_plan is not None and new.previous_plan.sha256 == source.sha256
    found = differences(old, new, [new.changes] if made_from else ())
    wanted = [one for one in found if member in (None, *one.people)]
    if not as_json:
        show_differences(console(), wanted)
        return
    import json

    rows = [
        {"change": one.what, "title": one.title, "start": f"{one.start:%Y-%m-%dT%H:%M:%SZ}"}
        | {"people": one.people, **one.change.model_dump(mode="json")}
        for one in wanted
    ]
    click.echo(json.dumps(rows, indent=2, ensure_ascii=False))

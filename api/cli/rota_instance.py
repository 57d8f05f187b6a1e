"""`peerloom solve rota --instance`: sessions, times and facilitators of your own, without profiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.options import running

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN = 20
"""Rows that a table shows at most; the file has all."""


def solve_instance(path: Path, output: Path | None, seconds: float, seed: int, quiet: bool) -> bool:
    """Solve a bare instance of turns or of times, write and show the answer; whether there is one."""
    from api.cli.tables import console, tell_written
    from matcher.documents.write import write_json
    from matcher.planning.rota.bare import answer_instance

    with running(quiet, seed, seconds) as limits:
        found = answer_instance(path, limits)
    if output is not None:
        write_json(output, found)
    if not quiet:
        _show(console(), found)
        tell_written(output)
    return found["status"] in ("optimal", "feasible")


def _show(out: Console, found: dict[str, Any]) -> None:
    """Tiers with proofs, and what was chosen."""
    from rich.markup import escape

    from api.cli.tables import tier_grid
    from matcher.domain.plan import PlanTier

    turns = "turns" in found
    what = "turns" if turns else "meeting times"
    out.print(f"{what}  status: [bold]{found['status']}[/bold]. {escape(found['sentence'])}")
    if found.get("conflict"):
        out.print(f"These contradict each other: {escape('; '.join(found['conflict']))}.")
    if found["tiers"]:
        out.print(tier_grid([PlanTier.model_validate(tier) for tier in found["tiers"]]))
    _show_turns(out, found) if turns else _show_times(out, found)
    for note in found["notes"]:
        out.print(f"Note: {escape(note)}")


def _show_turns(out: Console, found: dict[str, Any]) -> None:
    from api.cli.tables import grid

    open_turns = [row for row in found["turns"] if row["person"] is None]
    rows = [
        (row["turn"], row["person"] or "nobody", "pinned" if row["pinned"] else "kept" if row["kept"] else "")
        for row in [*open_turns, *(row for row in found["turns"] if row["person"] is not None)][:_SHOWN]
    ]
    if not rows:
        return
    columns = [("turn", "left"), ("who", "left"), ("", "left")]
    out.print(grid(f"{len(rows)} of {len(found['turns']):,} turns, open ones first", columns, rows))
    people = sorted(found["people"], key=lambda one: (-one["turns"], one["person"]))[:_SHOWN]
    shown = [
        (
            one["person"],
            str(one["turns"]),
            ", ".join(f"{name} {load / 100:.2f}" for name, load in one["load"].items()),
            str(one["burden"]),
        )
        for one in people
    ]
    columns = [("who", "left"), ("turns", "right"), ("load of a full share", "left"), ("burden", "right")]
    out.print(grid(f"{len(shown)} of {len(found['people']):,} people", columns, shown))


def _show_times(out: Console, found: dict[str, Any]) -> None:
    from api.cli.tables import grid

    rows = []
    for group in found["groups"]:
        steps = [one["step"] for one in group["sessions"]]
        told = ", ".join("none" if step is None else str(step) for step in steps[:6])
        rows.append((group["id"], told + (", ..." if len(steps) > 6 else "")))
    columns = [("group", "left"), ("sessions begin at step", "left")]
    out.print(grid(f"{min(len(rows), _SHOWN)} of {len(rows):,} groups", columns, rows[:_SHOWN]))

"""Rounds as tables for people, on standard output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from rich.console import Console
from rich.markup import escape

from api.cli.tables import grid, listing, tier_grid
from matcher.domain.rounds_plan import PlanRound, RoundsPlan
from matcher.planning.words import counted


def show_rounds(out: Console, plan: RoundsPlan, file: str | None, name: Callable[[str], str] = str) -> None:
    """Print a plan: summary with proof, rounds, changes, who has no group, and what people get of it."""
    what = " ".join(part for part in (plan.network.id, plan.program, "rounds", plan.cycle) if part)
    out.print(f"[bold]{escape(what)}[/bold]  status: [bold]{plan.status}[/bold]. {plan.sentence}")
    out.print(tier_grid(plan.tiers))
    seconds = sum(s for name, s in plan.effort.seconds.items() if not name.startswith("solve: "))
    out.print(
        f"{counted(len(plan.people), 'person', 'people')}, {counted(len(plan.rounds), 'round')} in groups of "
        f"{plan.size}; found by: {escape(plan.method)}; seed {plan.seed}; {seconds:.2f} s"
    )
    out.print(_sizes(plan))
    _groups(out, plan, file, name)
    _changes(out, plan, file)
    if plan.left_out:
        columns = [("round", "right"), ("who", "left"), ("why", "left")]
        listing(
            out,
            "Without a group",
            columns,
            plan.left_out,
            lambda one: (str(one.round), one.member, one.sentence),
            file,
        )
    _people(out, plan, file, name)
    for sentence, count in Counter(one.sentence for one in plan.not_taking_part).most_common():
        out.print(f"  {count:,} not taking part: {sentence}", style="dim")
    for note in plan.notes:
        out.print(f"Note: {escape(note)}")


def _sizes(plan: RoundsPlan) -> object:
    def row(one: PlanRound) -> tuple[str, ...]:
        sizes = sorted(Counter(map(len, one.groups)).items(), reverse=True)
        return (
            str(one.number),
            one.week_of.isoformat() if one.week_of is not None else "",
            str(sum(map(len, one.groups))),
            ", ".join(f"{count} of {size}" for size, count in sizes) or "none",
            str(len(one.absent)),
            "took place" if one.held else "",
        )

    columns = [
        ("round", "right"),
        ("week of", "left"),
        ("people", "right"),
        ("groups", "left"),
        ("absent", "right"),
        ("", "left"),
    ]
    return grid("Rounds", columns, map(row, plan.rounds))


def _groups(out: Console, plan: RoundsPlan, file: str | None, name: Callable[[str], str]) -> None:
    """The groups of the first round that is still to come."""
    first = next((one for one in plan.rounds if not one.held), None)
    if first is None or not first.groups:
        return
    numbered = list(enumerate(first.groups, 1))
    listing(
        out,
        f"Groups of round {first.number}",
        [("", "right"), ("people", "left")],
        numbered,
        lambda one: (str(one[0]), ", ".join(map(name, one[1]))),
        file,
    )


def _changes(out: Console, plan: RoundsPlan, file: str | None) -> None:
    """What became of the groups of the plan before."""
    changes = plan.changes
    rows = [*changes.dropped, *changes.ended, *changes.changed, *changes.added]
    if not rows and not changes.kept:
        return
    out.print(f"{counted(len(changes.kept), 'group')} as planned before, {len(changes.changed)} changed.")
    columns = [("round", "right"), ("what changed", "left")]
    listing(out, "Changes", columns, rows, lambda one: (str(one.round), one.sentence), file)


def _people(out: Console, plan: RoundsPlan, file: str | None, name: Callable[[str], str]) -> None:
    """What people get, those with most repeats and fewest new people first."""
    people = sorted(plan.people, key=lambda one: (-one.repeats, one.new_people, one.member))
    columns = [
        ("person", "left"),
        ("organization", "left"),
        ("rounds", "right"),
        ("new people", "right"),
        ("organizations", "right"),
        ("repeats", "right"),
        ("fresh rounds left", "right"),
    ]
    listing(
        out,
        "What people get of it",
        columns,
        people,
        lambda one: (
            name(one.member),
            one.organization,
            str(one.rounds),
            str(one.new_people),
            str(one.organizations),
            str(one.repeats),
            f"at most {one.fresh_rounds_left}",
        ),
        file,
    )

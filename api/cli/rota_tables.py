"""Rotas as tables for people, on standard output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from api.cli.tables import grid, listing, number, tier_grid
from matcher.domain.plan import Outcome
from matcher.domain.rota_plan import PlanSeries, PlanTurn, RotaChange, RotaPerson, RotaPlan
from matcher.planning.words import counted, tier_words

if TYPE_CHECKING:
    from matcher.planning.rota.diff import Difference

Names = Callable[[str], str]


def show_rota(out: Console, plan: RotaPlan, file: str | None, names: Names = str) -> None:
    """Print a plan: summary with proof, series, what is open, people, ways to find times, changes.

    `names` turns a member's id into their name.
    """
    _summary(out, plan)
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        return
    _series(out, plan, file, names)
    _open(out, plan, file)
    _people(out, plan, file, names)
    _modes(out, plan, names)
    _changes(out, plan, file)


def _summary(out: Console, plan: RotaPlan) -> None:
    what = " ".join(part for part in (plan.network.id, plan.program, "rota", plan.cycle) if part)
    out.print(f"[bold]{escape(what)}[/bold]  status: [bold]{plan.status}[/bold]. {plan.sentence}")
    for sentence in (*plan.conflict, *(f"Note: {note}" for note in plan.notes)):
        out.print(f"  {escape(sentence)}")
    if plan.tiers:
        out.print(tier_grid(plan.tiers))
    sessions = [session for one in plan.series for session in one.sessions]
    filled = sum(turn.member is not None for session in sessions for turn in session.turns)
    seconds = sum(s for name, s in plan.effort.seconds.items() if not name.startswith("solve: "))
    out.print(
        f"{counted(len(plan.series), 'group')}, {counted(len(sessions), 'session')} at {plan.mode} times, "
        f"{filled:,} of {number(plan.effort.counts.get('turns'))} turns taken; seed {plan.seed}; "
        f"{seconds:.2f} s"
    )


def _series(out: Console, plan: RotaPlan, file: str | None, names: Names) -> None:
    def row(one: PlanSeries) -> Sequence[str]:
        times = ", ".join(f"{slot} ({count}x)" for slot, count in one.slots.items()) or "-"
        come = [len(session.attending) for session in one.sessions]
        here = f"{min(come)}-{max(come)} of {len(one.members)}" if come else "-"
        if come and min(come) == max(come):
            here = f"{come[0]} of {len(one.members)}"
        leads = [
            f"{session.start:%d %b} {', '.join(_taken(turn, names) for turn in session.turns)}"
            for session in one.sessions[:3]
            if session.turns
        ]
        more = ["..."] if leads and len(one.sessions) > len(leads) else []
        return one.title, one.kind, f"{times} {one.time_zone}", here, "\n".join((*leads, *more)) or "-"

    columns = [
        ("group", "left"),
        ("", "left"),
        ("meets", "left"),
        ("come", "right"),
        ("facilitators (lead, co-, shadow)", "left"),
    ]
    listing(out, "When they meet, and who facilitates", columns, plan.series, row, file)


def _taken(turn: PlanTurn, names: Names) -> str:
    who = names(turn.member) if turn.member is not None else "OPEN"
    return who if turn.role == "lead" else f"{turn.role}: {who}"


def _open(out: Console, plan: RotaPlan, file: str | None) -> None:
    if plan.no_time:
        listing(
            out,
            "Without a time",
            [("group", "left"), ("week", "right"), ("why", "left")],
            plan.no_time,
            lambda one: (
                " + ".join(one.key),
                number(one.index) if one.index is not None else "all",
                " ".join((one.sentence, *one.repairs[:1])),
            ),
            file,
        )
    if plan.open_turns:
        listing(
            out,
            "Open turns",
            [("group", "left"), ("week", "right"), ("turn", "left"), ("why", "left")],
            plan.open_turns,
            lambda one: (
                " + ".join(one.key),
                number(one.index),
                one.role,
                " ".join((one.sentence, *one.repairs[:1])),
            ),
            file,
        )
    elif any(session.turns for one in plan.series for session in one.sessions):
        out.print("Every turn is taken.")


def _people(out: Console, plan: RotaPlan, file: str | None, names: Names) -> None:
    people = [one for one in plan.people if one.load is not None or one.turns]
    people.sort(key=lambda one: (-(one.load or 0), one.member))

    def row(one: RotaPerson) -> Sequence[str]:
        turns = ", ".join(f"{count} {role}" for role, count in one.turns.items()) or "none"
        carried = f"{one.carried / 100:g}" + (f" ({one.credited / 100:g} credited)" if one.credited else "")
        return (
            names(one.member),
            one.organization,
            turns,
            carried,
            "-" if one.load is None else f"{one.load / 100:.2f}",
            number(one.burden),
            one.promoted_to or "",
        )

    if people:
        columns = [
            ("who", "left"),
            ("organization", "left"),
            ("turns", "left"),
            ("before", "right"),
            ("load", "right"),
            ("unsocial", "right"),
            ("may now", "left"),
        ]
        listing(out, "Loads, highest first", columns, people, row, file)


def _modes(out: Console, plan: RotaPlan, names: Names) -> None:
    if len(plan.modes) < 2:
        return
    told = [{tier.name: tier for tier in mode.tiers} for mode in plan.modes]
    rows = [
        (tier_words(name), *(number(tiers[name].value) if name in tiers else "-" for tiers in told))
        for name in dict.fromkeys(name for tiers in told for name in tiers)
    ]
    who = [names(mode.highest) if mode.highest is not None else "-" for mode in plan.modes]
    rows.append(("who bears most", *who))
    columns = [("", "left"), *((mode.mode, "right") for mode in plan.modes)]
    out.print(grid("One weekly time, or a time for each session", columns, rows))


def _changes(out: Console, plan: RotaPlan, file: str | None) -> None:
    if plan.previous_plan is None:
        return
    changes = plan.changes
    out.print(
        f"[bold]Changes[/bold]: {counted(changes.kept_sessions, 'session')} and "
        f"{counted(changes.kept_turns, 'turn')} kept; {len(changes.moved):,} moved, "
        f"{len(changes.taken_over):,} taken over, {len(changes.added):,} added, {len(changes.ended):,} ended."
    )
    rows = [("moved", one) for one in changes.moved] + [("taken_over", one) for one in changes.taken_over]
    rows += [("added", one) for one in changes.added] + [("ended", one) for one in changes.ended]
    if rows:
        listing(out, "What changes", CHANGED, rows, lambda row: _changed(*row), file)


def show_differences(out: Console, found: Sequence[Difference]) -> None:
    """Print what differs between two rotas, all of it."""
    if not found:
        out.print("Nothing differs.")
        return
    out.print(grid("What changes", CHANGED, (_changed(one.what, one.change) for one in found)))


CHANGED = [("", "left"), ("reason", "left"), ("", "left")]


def _changed(what: str, one: RotaChange) -> Sequence[str]:
    return what.replace("_", " "), one.reason, one.sentence

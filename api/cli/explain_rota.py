"""`peerloom explain` of a rota: a turn with its stand-ins, a group with its other times, a member."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from api.cli.tables import grid, number
from matcher.domain.rota_explanation import GroupTimes, RotaExplanation, TurnExplanation
from matcher.planning.words import counted

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.planning.audience import Audience
    from matcher.planning.rota.explain.asked import Asked

MOST = 12
"""Stand-ins or times that are shown."""


def taken_up(
    result: Path,
    source: Path | NetworkSource | None,
    groups: tuple[Path, ...],
    previous: Path | None,
    sessions: Path | None,
) -> Asked:
    """The rota of a file, and what it was made from."""
    from api.cli.rota import asked_for
    from matcher.documents.read import open_network
    from matcher.planning.files import named_document, read_rota
    from matcher.planning.rota.explain.asked import take_up

    plan, _ = read_rota(result)
    if source is None:
        source = named_document(plan.network, result)
    opened = open_network(source) if isinstance(source, Path) else source
    return take_up(opened, plan, asked_for(opened, groups, previous, None, sessions))


def answer(
    asked: Asked, member: str | None, turn: tuple[str, int, str] | None, group: str | None, reader: Audience
) -> TurnExplanation | GroupTimes | RotaExplanation:
    """The answer to one question. Raises InputError, UnknownIdError, UsageError."""
    from matcher.domain.errors import InputError, UnknownIdError
    from matcher.planning.rota.explain.groups import explain_member, explain_times
    from matcher.planning.rota.explain.turns import explain_turn

    if member is not None:
        return explain_member(asked, member, reader)
    if not reader.sees_all:
        raise InputError("Turns and times are explained to coordinators only: ask with --member.")
    name = turn[0] if turn is not None else group
    assert name is not None
    found = next(
        (one for one in asked.prepared.context.groups if name in (one.id, " + ".join(one.key))), None
    )
    if found is None:
        raise UnknownIdError("group", name)
    if turn is None:
        return explain_times(asked, found.kind, found.key)
    role, _, which = turn[2].partition("/")
    if role not in ("lead", "co", "shadow") or (which and not which.isdigit()):
        raise click.UsageError(
            f"{turn[2]!r} is no role: write lead, co or shadow, and co/2 for a second one."
        )
    return explain_turn(asked, asked.turn(found.key, turn[1], role, int(which or 1) - 1))


def show(out: Console, found: TurnExplanation | GroupTimes | RotaExplanation) -> None:
    """Print an answer."""
    if isinstance(found, TurnExplanation):
        _turn(out, found)
    elif isinstance(found, GroupTimes):
        _times(out, found)
    else:
        _member(out, found)
    for sentence in found.sentences:
        out.print(sentence, markup=False)


def _turn(out: Console, found: TurnExplanation) -> None:
    who = found.turn.member or "nobody"
    out.print(f"{found.title}, week {found.index}, {found.turn.role}: {who}", style="bold", markup=False)
    rows = [
        (
            f"{one.name} ({one.member})",
            one.organization,
            one.gives or "",
            "-" if one.load is None else f"{one.load / 100:.2f}",
            one.effect.sentence,
        )
        for one in found.stand_ins[:MOST]
    ]
    if rows:
        columns = [("who", "left"), ("organization", "left"), ("in exchange for", "left")]
        columns += [("load then", "right"), ("what it does", "left")]
        title = f"Who could take it, the best first ({len(found.stand_ins):,})"
        out.print(grid(title, columns, rows))
    _rules(out, "Who cannot, by the first rule against them", found.rules)
    if found.conflict:
        out.print(f"Together these leave nobody: {', '.join(found.conflict)}.", markup=False)
    for repair in found.repairs:
        out.print(f"What would help: {repair}", markup=False)


def _times(out: Console, found: GroupTimes) -> None:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    rows = [
        (
            f"{days[one.weekday - 1]} {one.start} {one.time_zone}" + (" (chosen)" if one.chosen else ""),
            f"{one.sessions} of {found.sessions}",
            number(one.come),
            number(one.burden),
        )
        for one in found.times[:MOST]
    ]
    columns = [("time", "left"), ("sessions", "right"), ("people", "right"), ("unsocial", "right")]
    out.print(grid(f"When {found.title} could meet, the best first", columns, rows))
    _rules(out, "What keeps other times from all sessions", found.rules)


def _member(out: Console, found: RotaExplanation) -> None:
    out.print(f"{found.member}: {counted(len(found.turns), 'turn')}", style="bold", markup=False)
    rows = [
        (f"{one.start:%a %d %b %H:%M} UTC", one.title, one.role, " ".join(one.why)) for one in found.turns
    ]
    if rows:
        columns = [("when", "left"), ("group", "left"), ("turn", "left"), ("why", "left")]
        out.print(grid("Turns", columns, rows))
    for rule in found.left_out:
        out.print(f"No turn: {rule.sentence}", markup=False)


def _rules(out: Console, title: str, rules: dict[str, int]) -> None:
    if rules:
        rows = [(code, number(count)) for code, count in sorted(rules.items(), key=lambda row: -row[1])]
        out.print(grid(title, [("rule", "left"), ("how many", "right")], rows))

"""`peerloom explain`: why, why not, what it would cost, what would help."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import DATABASE, GROUPS, SESSIONS, network_source, taken_sessions

if TYPE_CHECKING:
    from rich.console import Console

    from matcher.documents.read import NetworkSource
    from matcher.domain.explanation import Effect, MemberExplanation, PairExplanation
    from matcher.domain.pods_explanation import PodExplanation, SeatExplanation, SeatsExplanation
    from matcher.domain.rounds_explanation import RoundsExplanation
    from matcher.planning.audience import Audience
    from matcher.planning.pairs.explain.asked import Asked as PairsAsked
    from matcher.planning.pods.explain.asked import Asked as PodsAsked

SOLVE_AROUND = 10.0
"""Seconds for solving around one seat, where nothing else is asked for."""


@click.command()
@click.argument("result", type=click.Path(path_type=Path))
@click.option("--pair", nargs=2, metavar="LEARNER GUIDE", help="Why these two are a pair, or why not.")
@click.option("--member", metavar="ID", help="How one member stands: in both roles, or in pods.")
@click.option(
    "--pod",
    metavar="ID",
    help="Of a result of pods: why it runs, or not; with --member, why this seat, or why not.",
)
@click.option("--round", "number", type=int, help="With --member, of a result of rounds: in this one.")
@click.option(
    "--turn",
    nargs=3,
    type=(str, int, str),
    metavar="GROUP WEEK ROLE",
    help="Of a rota: who takes a turn, and who else could.",
)
@click.option("--group", metavar="GROUP", help="Of a rota: at which other times a group could meet.")
@GROUPS
@click.option("--previous", type=click.Path(path_type=Path), help="Of a rota: the one given as --previous.")
@click.option(
    "--document",
    type=click.Path(path_type=Path),
    help="The document that was solved, if it is elsewhere now.",
)
@click.option("--network", metavar="ID", help="The network of the database that was solved.")
@SESSIONS
@DATABASE
@click.option(
    "--audience",
    default="coordinator",
    show_default=True,
    help="Who reads it: coordinator, organization:ID or member:ID. Others than coordinators see no secrets.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 86_400),
    help="Time for solving again, where shared hours or a floor leave a cost open "
    "(default: 60, and 0 for more than 2,000 learners); of pods, around --pod (default: 10).",
)
def explain(
    result: Path,
    pair: tuple[str, str] | None,
    member: str | None,
    pod: str | None,
    turn: tuple[str, int, str] | None,
    group: str | None,
    groups: tuple[Path, ...],
    previous: Path | None,
    number: int | None,
    document: Path | None,
    network: str | None,
    sessions: Path | None,
    database: str | None,
    audience: str,
    as_json: bool,
    seconds: float | None,
) -> None:
    """Explain RESULT of 'peerloom solve': a pair, member, seat, pod or round; a turn or group of a rota."""
    about = [pair, member if member is not None else pod, turn, group]
    if about.count(None) != 3:
        raise click.UsageError(
            "Give either --pair LEARNER GUIDE, or --member ID, or --pod ID (of pods); of a rota --turn or "
            "--group, too."
        )
    if pair is not None and (pod is not None or number is not None):
        raise click.UsageError("--pod and --round go with --member ID.")
    from api.cli.tables import console
    from matcher.planning.audience import Audience
    from matcher.planning.files import command_of

    reader = Audience.of(audience)
    if document is not None and network is not None:
        raise click.UsageError("Give either --document or --network.")
    family = command_of(result) or "pairs"
    if family != "pairs" and pair is not None:
        ways = {
            "pods": "with --member ID, with --pod ID, or with both for one seat",
            "rounds": "with --member ID, and --round NUMBER for one round",
            "rota": "with --member ID, --turn or --group",
        }
        raise click.UsageError(f"This is a result of {family}: ask {ways[family]}.")
    for option, given, goes_with in (("--pod", pod, "pods"), ("--round", number, "rounds")):
        if given is not None and family != goes_with:
            raise click.UsageError(f"This is no result of {goes_with}: {option} says nothing about it.")
    if family != "rota" and (turn or group or groups or previous):
        raise click.UsageError("--turn, --group, --groups and --previous go with results of a rota.")
    with ExitStack() as kept:
        source: Path | NetworkSource | None = document
        if network is not None:
            source = kept.enter_context(network_source(None, network, database))
        taken = taken_sessions(sessions)
        if family == "rounds":
            if member is None:
                raise click.UsageError("This is a result of rounds: ask with --member ID.")
            standing = _standing(result, source, member, number, reader)
            click.echo(standing.model_dump_json(indent=2)) if as_json else _show_rounds(console(), standing)
            return
        if family == "pods":
            from matcher.planning.pods.explain.asked import take_up_named

            shown = _seats(take_up_named(result, source, taken), member, pod, reader, seconds)
            click.echo(shown.model_dump_json(indent=2)) if as_json else _show_seats(console(), shown)
            return
        if family == "rota":
            from api.cli.explain_rota import answer as answer_rota
            from api.cli.explain_rota import show, taken_up

            asked = taken_up(result, source, groups, previous, sessions)
            told = answer_rota(asked, member, turn, group, reader)
            click.echo(told.model_dump_json(indent=2)) if as_json else show(console(), told)
            return
        from matcher.planning.pairs.explain.asked import take_up

        answer = _pairs(take_up(result, source, taken), pair, member, reader, seconds)
    if as_json:
        click.echo(answer.model_dump_json(indent=2))
        return
    _show(console(), answer)


def _pairs(
    asked: PairsAsked,
    pair: tuple[str, str] | None,
    member: str | None,
    reader: Audience,
    seconds: float | None,
) -> PairExplanation | MemberExplanation:
    from matcher.planning.pairs.explain.explain import explain_member, explain_pair

    limits = asked.limits(seconds)
    if pair is not None:
        return explain_pair(asked, *pair, reader, limits)
    assert member is not None
    return explain_member(asked, member, reader, limits)


def _seats(
    asked: PodsAsked,
    member: str | None,
    pod: str | None,
    reader: Audience,
    seconds: float | None,
) -> PodExplanation | SeatExplanation | SeatsExplanation:
    """One member, one of their seats, or a pod; for coordinators with what the latter cost when all is solved
    around them."""
    from matcher.planning.pods.explain.explain import explain_member, explain_pod, explain_seat
    from matcher.planning.pods.explain.forced import solve_around_pod, solve_around_seat
    from solvers.limits import Limits

    given = SOLVE_AROUND if seconds is None else seconds
    around = given > 0 and reader.sees_all
    limits = Limits(seconds=given, seed=asked.plan.seed)
    if member is None:
        assert pod is not None
        if around:
            return solve_around_pod(asked, pod, limits, reader)
        return explain_pod(asked, pod, reader)
    if pod is None:
        return explain_member(asked, member, reader)
    if around:
        return solve_around_seat(asked, member, pod, limits, reader)
    return explain_seat(asked, member, pod, reader)


def _standing(
    result: Path,
    source: Path | NetworkSource | None,
    member: str,
    number: int | None,
    reader: Audience,
) -> RoundsExplanation:
    from matcher.planning.rounds.explain import explain_member, take_up_named

    return explain_member(take_up_named(result, source), member, reader, number)


def _show_rounds(out: Console, answer: RoundsExplanation) -> None:
    from rich.markup import escape

    for sentence in answer.sentences:
        out.print(escape(sentence))
    for one in answer.rounds:
        week = f", week of {one.week_of}" if one.week_of is not None else ""
        out.print(f"[bold]Round {one.round}[/bold]{week}")
        for sentence in one.sentences:
            out.print(f"  {escape(sentence)}")


def _show_seats(out: Console, answer: PodExplanation | SeatExplanation | SeatsExplanation) -> None:
    from rich.markup import escape

    from matcher.domain.pods_explanation import PodExplanation, SeatsExplanation

    if isinstance(answer, PodExplanation):
        _show_pod(out, answer)
        return
    if not isinstance(answer, SeatsExplanation):
        _show_seat(out, answer)
        return
    for sentence in answer.sentences:
        out.print(escape(sentence))
    for seat in answer.seats:
        _show_seat(out, seat)
    if answer.nearest:
        out.print("[bold]What else they could do[/bold]")
        for option in answer.nearest:
            out.print(f"  {escape(option.sentence)}")


def _show_pod(out: Console, pod: PodExplanation) -> None:
    from rich.markup import escape

    out.print(f"[bold]{escape(pod.pod)}[/bold]")
    for sentence in pod.sentences:
        out.print(f"  {escape(sentence)}")
    taken = ", ".join(f"{code} {number:,}" for code, number in pod.rules.items())
    out.print(f"  May be in it: {pod.eligible:,}. {f'Taken away by {escape(taken)}.' if taken else ''}")
    if pod.effect is not None:
        _show_effect(out, pod.effect)


def _show_seat(out: Console, seat: SeatExplanation) -> None:
    from rich.markup import escape

    out.print(f"[bold]{escape(seat.member)} - {escape(seat.pod)}[/bold]")
    for sentence in seat.sentences:
        out.print(f"  {escape(sentence)}")
    if seat.parts:
        parts = ", ".join(f"{name} {points:,}" for name, points in seat.parts.items())
        out.print(f"  Points of the seat: {escape(parts)}")
    if seat.effect is not None:
        _show_effect(out, seat.effect)


def _show(out: Console, answer: PairExplanation | MemberExplanation) -> None:
    from rich.markup import escape

    from matcher.domain.explanation import PairExplanation

    if isinstance(answer, PairExplanation):
        _show_pair(out, answer)
        return
    for rule in answer.left_out:
        out.print(escape(f"{answer.member}: {rule.sentence}"))
    for role in answer.roles:
        out.print(f"[bold]{escape(answer.member)} as {role.role}[/bold]")
        for sentence in role.sentences:
            out.print(f"  {escape(sentence)}")
        for pair in role.partners:
            _show_pair(out, pair)


def _show_pair(out: Console, pair: PairExplanation) -> None:
    from rich.markup import escape

    out.print(f"[bold]{escape(pair.learner)} - {escape(pair.guide)}[/bold]")
    for sentence in pair.sentences:
        out.print(f"  {escape(sentence)}")
    if pair.effect is not None:
        _show_effect(out, pair.effect)


def _show_moves(out: Console, effect: Effect) -> None:
    """Who would move between pods."""
    from rich.markup import escape

    from matcher.domain.explanation import SeatMove

    moves = [move for move in effect.moves if isinstance(move, SeatMove)]
    for member in dict.fromkeys(move.member for move in moves):
        pods = {
            change: ", ".join(move.pod for move in moves if (move.member, move.change) == (member, change))
            for change in ("ends", "starts")
        }
        out.print(escape(f"    {member}: {pods['ends'] or 'no pod'} -> {pods['starts'] or 'no pod'}"))


def _show_effect(out: Console, effect: Effect) -> None:
    """What a change would do to the tiers, where it does anything."""
    from api.cli.tables import grid, number

    _show_moves(out, effect)
    if all(tier.before == tier.after for tier in effect.tiers):
        return
    rows = [
        (
            tier.words,
            number(tier.before),
            number(tier.after),
            "-" if tier.gain is None else f"{tier.gain:+,}",
        )
        for tier in effect.tiers
    ]
    columns = [("tier", "left"), ("this plan", "right"), ("instead", "right"), ("gain", "right")]
    proof = "exact" if effect.exact else "not proven to the end"
    out.print(grid(f"  What it would do to the whole ({proof})", columns, rows))

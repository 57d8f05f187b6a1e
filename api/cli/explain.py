"""`peerloom explain`: why, why not, what it would cost, what would help."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import DATABASE, network_source

if TYPE_CHECKING:
    from rich.console import Console

    from matcher.documents.read import NetworkSource
    from matcher.domain.explanation import MemberExplanation, PairExplanation


@click.command()
@click.argument("result", type=click.Path(path_type=Path))
@click.option("--pair", nargs=2, metavar="LEARNER GUIDE", help="Why these two are a pair, or why not.")
@click.option("--member", metavar="ID", help="How one member stands, in both roles.")
@click.option(
    "--document",
    type=click.Path(path_type=Path),
    help="The document that was solved, if it is elsewhere now.",
)
@click.option("--network", metavar="ID", help="The network of the database that was solved.")
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
    "(default: 60, and 0 for more than 2,000 learners).",
)
def explain(
    result: Path,
    pair: tuple[str, str] | None,
    member: str | None,
    document: Path | None,
    network: str | None,
    database: str | None,
    audience: str,
    as_json: bool,
    seconds: float | None,
) -> None:
    """Explain RESULT, which 'peerloom solve pairs -o RESULT' wrote: one pair, or one member."""
    if (pair is None) == (member is None):
        raise click.UsageError("Give either --pair LEARNER GUIDE or --member ID.")
    from matcher.planning.audience import Audience
    from matcher.planning.pairs.explain.asked import take_up
    from matcher.planning.pairs.explain.explain import explain_member, explain_pair

    reader = Audience.of(audience)
    if document is not None and network is not None:
        raise click.UsageError("Give either --document or --network.")
    with ExitStack() as kept:
        source: Path | NetworkSource | None = document
        if network is not None:
            source = kept.enter_context(network_source(None, network, database))
        asked = take_up(result, source)
        limits = asked.limits(seconds)
        answer: PairExplanation | MemberExplanation
        if pair is not None:
            answer = explain_pair(asked, *pair, reader, limits)
        else:
            assert member is not None
            answer = explain_member(asked, member, reader, limits)
    if as_json:
        click.echo(answer.model_dump_json(indent=2))
        return
    from api.cli.tables import console

    _show(console(), answer)


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

    from api.cli.tables import grid, number

    out.print(f"[bold]{escape(pair.learner)} - {escape(pair.guide)}[/bold]")
    for sentence in pair.sentences:
        out.print(f"  {escape(sentence)}")
    if pair.effect is not None and any(tier.before != tier.after for tier in pair.effect.tiers):
        rows = [
            (
                tier.words,
                number(tier.before),
                number(tier.after),
                "-" if tier.gain is None else f"{tier.gain:+,}",
            )
            for tier in pair.effect.tiers
        ]
        columns = [("tier", "left"), ("this plan", "right"), ("instead", "right"), ("gain", "right")]
        proof = "exact" if pair.effect.exact else "not proven to the end"
        out.print(grid(f"  What it would do to the whole ({proof})", columns, rows))

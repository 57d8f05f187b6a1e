"""`peerloom seats`: who could join which pod, with points, and why the others cannot."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from api.cli.options import DATABASE, NETWORK, PROGRAM, network_source

if TYPE_CHECKING:
    from matcher.candidates.pods.table import SeatTable
    from matcher.documents.read import NetworkSource
    from matcher.domain.member import Member

_BEST = 8
"""Open pods, or weekly times, that `--why` names."""


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.argument("asked", nargs=-1, metavar="[--why MEMBER [POD]]")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Where the seats go: .jsonl, or .jsonl.gz."
)
@NETWORK
@DATABASE
@PROGRAM
@click.option("--why", is_flag=True, help="Explain one seat (MEMBER POD) or one person (MEMBER) instead.")
def seats(
    file: Path | None,
    asked: tuple[str, ...],
    output: Path | None,
    network: str | None,
    database: str | None,
    program: str | None,
    why: bool,
) -> None:
    """Show who could join which pod or circle, and why the others cannot.

    Writes a line of JSON for each eligible seat: member, pod, points. What each rule takes away goes to
    standard error. With --why MEMBER POD: the rules against one seat, or its points by part. With --why
    MEMBER: how many pods each rule takes away. All of it is for coordinators: secrets are shown.
    """
    if network is not None and file is not None:
        file, asked = None, (str(file), *asked)
    if asked and not why:
        raise click.UsageError(f"What is {asked[0]!r}? To ask about people, write --why MEMBER [POD].")
    if why and not 1 <= len(asked) <= 2:
        raise click.UsageError("--why takes one person (MEMBER) or a seat (MEMBER POD).")
    if why and output is not None:
        raise click.UsageError("--why prints its answer; leave out -o.")
    with network_source(file, network, database) as source:
        table = _table(source, program)
        if len(asked) == 2:
            _why_seat(table, *asked)
        elif asked:
            _why_member(table, asked[0])
        else:
            _write(table, output)


def _table(source: NetworkSource, program: str | None) -> SeatTable:
    from matcher.candidates.pods.context import PodContext
    from matcher.candidates.pods.table import build_table
    from matcher.documents.read import choose_program

    chosen = choose_program(source.header, program)
    return build_table(PodContext.of(source.header, source.people(), *chosen, source.header.running_pods))


def _write(table: SeatTable, output: Path | None) -> None:
    from api.cli.edges import funnel_table
    from api.cli.tables import console
    from matcher.candidates.funnel import funnel_of
    from matcher.candidates.pods.rules import CODES
    from matcher.documents.write import replacing

    with ExitStack() as stack:
        out: BinaryIO = stack.enter_context(replacing(output)) if output else sys.stdout.buffer
        for lines in _lines(table):
            out.write(lines)
        out.flush()
    told = console()
    told.stderr = True
    n, count = table.failed.shape
    told.print(f"{n:,} members x {count:,} pods: {int(table.eligible.sum()):,} eligible seats.")
    funnel = funnel_of(table.failed.ravel(), codes=CODES)
    told.print(funnel_table("What each rule takes away", funnel, _sentences(), "seats"))
    if output:
        told.print(f"Written to {output}.", markup=False)


def _sentences() -> dict[str, str]:
    from matcher.candidates.pods.rules import RULES

    return {rule.code: rule.sentence for rule in RULES}


def _lines(table: SeatTable) -> Iterator[bytes]:
    """The eligible seats of each member as lines of JSON."""
    pods = [json.dumps(target.id, ensure_ascii=False) for target in table.targets]
    for member, open_, points in zip(table.members, table.eligible, table.points.tolist(), strict=True):
        name = json.dumps(member.id, ensure_ascii=False)
        rows = [f'{{"member":{name},"pod":{pods[p]},"points":{points[p]}}}\n' for p in open_.nonzero()[0]]
        yield "".join(rows).encode()


def _why_member(table: SeatTable, identifier: str) -> None:
    from api.cli.edges import funnel_table
    from api.cli.tables import console, grid
    from matcher.candidates.funnel import funnel_of
    from matcher.candidates.pods.rules import CODES, member_reasons

    member, out = _member(table, identifier), console()
    for reason in member_reasons(table.context, member):
        out.print(f"{reason.sentence} ({reason.code})", markup=False)
    i = table.member_number.get(identifier)
    if i is None:
        return
    funnel = funnel_of(table.failed[i], codes=CODES)
    title = f"{member.name} ({member.id}): what each rule takes away of the pods"
    out.print(funnel_table(title, funnel, _sentences(), "pods"))
    open_ = table.eligible[i].nonzero()[0].tolist()
    best = sorted(open_, key=lambda p: (-int(table.points[i, p]), p))[:_BEST]
    if best:
        rows = [(table.targets[p].title, table.targets[p].id, str(table.points[i, p])) for p in best]
        columns = [("pod", "left"), ("", "left"), ("points", "right")]
        out.print(grid(f"The {len(best)} with most points of {len(open_):,} open ones", columns, rows))


def _why_seat(table: SeatTable, identifier: str, pod: str) -> None:
    from api.cli.edges import parts_table, reasons_table
    from api.cli.tables import console, grid
    from matcher.candidates.pods.attendance import attendance
    from matcher.candidates.pods.context import resolve
    from matcher.candidates.pods.points import parts_of
    from matcher.candidates.pods.rules import reasons
    from matcher.planning.pods.sentences import clock

    context, member, out = table.context, _member(table, identifier), console()
    target = context.target[_known(resolve(pod, set(table.pod_number)), "pod", list(table.pod_number))]
    against = reasons(context, member, target)
    seat = f"{member.name} ({member.id}) in {target.title} ({target.id})"
    parts = parts_of(context, member, target)
    if against:
        out.print(f"Not eligible: {seat}.", markup=False)
        out.print(reasons_table("Rules against the seat", against))
        out.print(f"Were it allowed, it would have {sum(parts.values())} points:")
    else:
        out.print(f"Eligible: {seat}, {sum(parts.values())} points.", markup=False)
    out.print(parts_table(parts, context.policy.maxima.model_dump()))
    if context.policy.meetings:
        times = [
            (attendance(context, member, target.rhythm, start), start)
            for start in context.week(target.rhythm).start.tolist()
        ]
        times = sorted((one for one in times if one[0].half), key=lambda one: (-one[0].ease, one[1]))[:_BEST]
        rows = [(clock(start), f"{one.comes} of {one.sessions}", str(one.ease)) for one, start in times]
        columns = [(f"time in {context.zone}", "left"), ("can come to", "right"), ("points", "right")]
        out.print(grid("Best weekly times", columns, rows))
    if (member.id, target.id) in context.running:
        out.print("The seat runs already.")
    for said, pins in (("forced", context.forced), ("forbade", context.forbidden)):
        if (member.id, target.id) in pins:
            out.print(f"A coordinator {said} this seat.")


def _member(table: SeatTable, identifier: str) -> Member:
    return table.context.members[_known(identifier, "member", list(table.context.members))]


def _known(identifier: str, kind: str, known: list[str]) -> str:
    """The id, if it is one of the known."""
    from difflib import get_close_matches

    from matcher.domain.errors import UnknownIdError

    if identifier not in known:
        close = get_close_matches(identifier, known, n=3, cutoff=0.6)
        raise UnknownIdError(kind, identifier, f"Did you mean {' or '.join(close)}?" if close else "")
    return identifier

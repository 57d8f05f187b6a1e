"""`peerloom edges`: who could meet whom, with points, and why the others cannot."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from api.cli.options import DATABASE, KIND, NETWORK, PROGRAM, network_source

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from matcher.candidates.funnel import Funnel
    from matcher.candidates.rules import Reason
    from matcher.candidates.why import PairReport
    from matcher.documents.read import NetworkSource
    from matcher.domain.policy import Kind, PairPolicy
    from matcher.domain.program import Program
    from solvers.pairs.edges import Index

_BEST = 8
"""Eligible people whom `--why MEMBER` names."""

CROSSED = 100_000
"""Up to so many couples are looked at by the kernel that every run has loaded already."""


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.argument("people", nargs=-1, metavar="[--why LEARNER [GUIDE]]")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Where the edges go: .jsonl, or .jsonl.gz."
)
@NETWORK
@DATABASE
@PROGRAM
@KIND
@click.option("--why", is_flag=True, help="Explain one pair (LEARNER GUIDE) or one person (LEARNER) instead.")
def edges(
    file: Path | None,
    people: tuple[str, ...],
    output: Path | None,
    network: str | None,
    database: str | None,
    program: str | None,
    kind: str | None,
    why: bool,
) -> None:
    """Show who could meet whom, and why the others cannot.

    Writes a line of JSON for each eligible pair: learner, guide, points, parts. What each rule takes away
    goes to standard error. With --why LEARNER GUIDE: the rules against one pair, or its points by part.
    With --why LEARNER: how many candidates each rule takes away. All of it is for coordinators: secrets are
    shown.
    """
    if network is not None and file is not None:
        file, people = None, (str(file), *people)
    if people and not why:
        raise click.UsageError(f"What is {people[0]!r}? To ask about people, write --why LEARNER [GUIDE].")
    if why and not 1 <= len(people) <= 2:
        raise click.UsageError("--why takes one person (LEARNER) or a pair (LEARNER GUIDE).")
    if why and output is not None:
        raise click.UsageError("--why prints its answer; leave out -o.")

    from matcher.documents.read import choose

    with network_source(file, network, database) as source:
        chosen = choose(source.header, program, kind)
        if len(people) == 2:
            _why_pair(source, chosen, people)
        elif people:
            _why_member(source, chosen, people[0])
        else:
            _write(source, chosen, output)


def _candidates(source: NetworkSource, chosen: tuple[Program, PairPolicy, Kind]) -> Candidates:
    from matcher.candidates.candidates import build_candidates

    return build_candidates(source.header, source.people(), *chosen)


def _write(source: NetworkSource, chosen: tuple[Program, PairPolicy, Kind], output: Path | None) -> None:
    from api.cli.tables import console
    from matcher.documents.write import replacing

    candidates = _candidates(source, chosen)
    count = 0
    with ExitStack() as stack:
        out: BinaryIO = stack.enter_context(replacing(output)) if output else sys.stdout.buffer
        for lines, number in edge_lines(candidates):
            out.write(lines)
            count += number
        out.flush()
    told = console()
    told.stderr = True
    n, m = len(candidates.learner_ids), len(candidates.guide_ids)
    told.print(f"{n:,} learners x {m:,} guides ({candidates.kind}): {count:,} eligible pairs.")
    told.print(_funnel_table("What each rule takes away, over all pairs", candidates.network_funnel()))
    left_out = _left_out_words(candidates)
    if left_out:
        told.print(f"Left out before any pair: {left_out}.", markup=False)
    if output:
        told.print(f"Written to {output}.", markup=False)


def edge_lines(candidates: Candidates) -> Iterator[tuple[bytes, int]]:
    """All edges as lines of JSON, in chunks, with the number of lines in each."""
    import json

    import numpy as np

    from matcher.domain.policy import PARTS

    learner_ids = [json.dumps(one, ensure_ascii=False) for one in candidates.learner_ids]
    guide_ids = [json.dumps(one, ensure_ascii=False) for one in candidates.guide_ids]
    form = ",".join(f'"{part}":%d' for part in PARTS)
    for those, points in _blocks(candidates):
        at, guides = np.nonzero(points >= 0)
        learners = those[at]
        parts = candidates.parts(learners, guides.astype(np.int32))
        rows = zip(
            learners.tolist(), guides.tolist(), points[at, guides].tolist(), parts.tolist(), strict=True
        )
        lines = [
            f'{{"learner":{learner_ids[i]},"guide":{guide_ids[j]},"points":{w},'
            f'"parts":{{{form % tuple(row)}}}}}\n'
            for i, j, w, row in rows
        ]
        yield "".join(lines).encode(), len(lines)


def _blocks(candidates: Candidates) -> Iterator[tuple[Index, Index]]:
    """Learners and their points with every guide; small networks need no kernel that compiles first."""
    import numpy as np

    from matcher.candidates.funnel import crossed

    n, m = len(candidates.learner_ids), len(candidates.guide_ids)
    if n * m > CROSSED:
        yield from candidates.oracle.dense_points()
    else:
        learners = np.arange(n, dtype=np.int32)
        yield learners, candidates.oracle.points(*crossed(learners, m)).reshape(n, m)


def _left_out_words(candidates: Candidates) -> str:
    from collections import Counter

    counts = Counter((role, code) for _, role, code in candidates.left_out)
    return ", ".join(
        f"{count:,} {role}{'s' if count > 1 else ''} ({code})"
        for (role, code), count in sorted(counts.items())
    )


def _funnel_table(title: str, funnel: Funnel) -> Any:
    from matcher.candidates.rules import RULE

    sentences = {
        code: rule.sentence for code, rule in RULE.items() if rule.of_pair is not None or funnel.taken[code]
    }
    return funnel_table(title, funnel, sentences, "pairs")


def funnel_table(title: str, funnel: Funnel, sentences: Mapping[str, str], things: str) -> Any:
    """What each of the rules (code: sentence) takes away, of so many `things`."""
    from api.cli.tables import grid, number

    if funnel.sampled is not None:
        title += f" (of {funnel.sampled:,} learners, evenly spread)"
    rows = [
        (
            code,
            sentence,
            number(funnel.taken[code]),
            number(funnel.alone[code]),
            number(funnel.remain[code]),
        )
        for code, sentence in sentences.items()
    ]
    columns = [
        ("rule", "left"),
        ("", "left"),
        ("takes", "right"),
        ("it alone", "right"),
        ("left after it", "right"),
    ]
    return grid(f"{title}: {funnel.total:,} {things}, {funnel.eligible:,} eligible", columns, rows)


def _why_pair(source: NetworkSource, chosen: tuple[Program, PairPolicy, Kind], pair: tuple[str, ...]) -> None:
    from matcher.candidates.why import why_pair

    report = why_pair(source.header, source.people(), *chosen, pair)
    _show_pair(report, chosen[1])


def _show_pair(report: PairReport, policy: PairPolicy) -> None:
    from api.cli.tables import console

    out = console()
    pair = (
        f"{report.learner.name} ({report.learner.id}) with {report.guide.name} ({report.guide.id}) as guide"
    )
    if report.reasons:
        out.print(f"Not eligible: {pair}.", markup=False)
        out.print(reasons_table("Rules against the pair", report.reasons))
        out.print(f"Were it allowed, it would have {report.points} points:")
    else:
        out.print(f"Eligible: {pair}, {report.points} points.", markup=False)
    out.print(parts_table(report.parts, policy.maxima.model_dump()))
    month = report.common_minutes * 30 // report.cycle_days
    out.print(
        f"Common free time: {month // 60} h {month % 60:02d} min a month "
        f"({policy.min_common_hours} h needed, {policy.full_common_hours} h for full points); "
        f"seniority gap {report.guide.seniority - report.learner.seniority:+d}."
    )
    if report.running:
        out.print("The pair runs already.")
    if report.pin:
        out.print(f"A coordinator {'forced' if report.pin == 'pair' else 'forbade'} this pair.")


def reasons_table(title: str, reasons: Sequence[Reason]) -> Any:
    """Rules that stand against a pair or a seat."""
    from api.cli.tables import grid

    rows = [
        (one.code, one.sentence, "yes" if one.secret else "", "yes" if one.pin_overrides else "no")
        for one in reasons
    ]
    columns = [
        ("rule", "left"),
        ("what stands against it", "left"),
        ("secret", "left"),
        ("a pin overrides", "left"),
    ]
    return grid(title, columns, rows)


def parts_table(parts: Mapping[str, int], maxima: Mapping[str, int]) -> Any:
    """Points by part, beside the most that each can give."""
    from api.cli.tables import grid

    rows = [(name, str(value), str(maxima[name])) for name, value in parts.items()]
    rows.append(("together", str(sum(parts.values())), "1000"))
    return grid("Points by part", [("part", "left"), ("points", "right"), ("at most", "right")], rows)


def _why_member(source: NetworkSource, chosen: tuple[Program, PairPolicy, Kind], identifier: str) -> None:
    from api.cli.tables import console
    from matcher.candidates.candidates import build_candidates
    from matcher.candidates.context import Context
    from matcher.candidates.rules import member_reasons
    from matcher.candidates.why import People
    from matcher.domain.member import Role

    people = People([identifier])
    candidates = build_candidates(source.header, people.watch(source.people()), *chosen)
    member = people.get(identifier)
    context = Context.of(source.header, (), *chosen)
    out = console()
    for role, numbers, funnel in (
        (Role.LEARNER, candidates.learner_number, candidates.funnel),
        (Role.GUIDE, candidates.guide_number, candidates.guide_funnel),
    ):
        for reason in member_reasons(context, member, role):
            out.print(f"As a {role}: {reason.sentence} ({reason.code})", markup=False)
        if identifier in numbers:
            number = numbers[identifier]
            other = "guides" if role is Role.LEARNER else "learners"
            title = f"{member.name} ({member.id}) as a {role}: what each rule takes away of the {other}"
            out.print(_funnel_table(title, funnel(number)))
            _show_best(candidates, role is Role.LEARNER, number)


def _show_best(candidates: Candidates, as_learner: bool, number: int) -> None:
    from api.cli.tables import console, grid

    oracle = candidates.oracle
    if as_learner:
        found = oracle.row(number)
        names = [candidates.guide_ids[j] for j in found.guide.tolist()]
    else:
        found = oracle.column(number)
        names = [candidates.learner_ids[i] for i in found.learner.tolist()]
    best = sorted(zip(found.points.tolist(), names, strict=True), key=lambda one: -one[0])[:_BEST]
    if best:
        title = f"The {len(best)} with most points of {len(names):,} eligible"
        columns = [("guide" if as_learner else "learner", "left"), ("points", "right")]
        console().print(grid(title, columns, [(name, str(points)) for points, name in best]))

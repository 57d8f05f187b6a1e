"""Results as tables for people, on standard output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from matcher.domain.plan import Outcome, PairsPlan, PlanPair, PlanTier
from matcher.planning.words import rule_sentence, signed, tier_words, with_nearest, with_repair

if TYPE_CHECKING:
    from matcher.planning.findings import Objection

ROWS = 15
Item = TypeVar("Item")


def console() -> Console:
    """Where tables go; wide enough for files and pipes."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=max(out.width, 120))


def number(value: int | None) -> str:
    """A whole number with thousands separators; a dash where there is none."""
    return "-" if value is None else f"{value:,}"


def tell_written(output: Path | None) -> None:
    """Say where the result stands, or how to keep it."""
    out = console()
    if output is not None:
        out.print(f"Written: {output}", markup=False, soft_wrap=True)
    else:
        out.print("Nothing was written; add -o out.json to keep the result.", style="dim")


def grid(title: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> Table:
    """A table; `columns` are headings with "left" or "right"."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="", pad_edge=False)
    for heading, justify in columns:
        table.add_column(heading, justify="right" if justify == "right" else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    return table


def show_plan(
    out: Console,
    plan: PairsPlan,
    file: str | None,
    names: Callable[[str], str] = str,
    partners: Callable[[str], str] | None = None,
) -> None:
    """Print a plan: summary with proof, pairs, who was left out, idle guides, give and take, changes.

    `names` and `partners` turn a member's id into their name and that of their organization.
    """
    show_summary(out, plan)
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        return
    show_pairs(out, plan, file, names, partners)
    show_unmatched(out, plan, file, names)
    show_idle(out, plan, file, names)
    show_give_and_take(out, plan)
    show_changes(out, plan, file, names)
    for note in plan.notes:
        out.print(f"Note: {escape(note)}")


def show_summary(out: Console, plan: PairsPlan) -> None:
    """What came out, and how far it is proven."""
    what = " ".join(part for part in (plan.network.id, plan.program, plan.kind, plan.cycle) if part)
    out.print(f"[bold]{escape(what)}[/bold]  status: [bold]{plan.status}[/bold]. {plan.sentence}")
    for sentence in plan.conflict:
        out.print(f"  {escape(sentence)}")
    if plan.tiers:
        out.print(tier_grid(plan.tiers))
    eligible = plan.effort.counts.get("eligible_pairs")
    seconds = sum(s for name, s in plan.effort.seconds.items() if not name.startswith("solve: "))
    counts = plan.effort.counts
    out.print(
        f"{number(counts.get('learners'))} learners, {number(counts.get('guides'))} guides"
        + (f", {eligible:,} eligible pairs" if eligible is not None else "")
        + f"; {len(plan.pairs):,} pairs; seed {plan.seed}; {seconds:.2f} s"
        + (f"; {plan.blocking_pairs:,} blocking pairs" if plan.blocking_pairs is not None else "")
    )


def tier_grid(tiers: Sequence[PlanTier]) -> Table:
    """What was proven, tier by tier."""
    columns = [("tier", "left"), ("", "left"), ("value", "right"), ("bound", "right"), ("proof", "left")]
    return grid("What was proven", columns, [_tier(tier) for tier in tiers])


def _tier(tier: PlanTier) -> tuple[str, str, str, str, str]:
    if tier.proven:
        proof = "proven"
    elif tier.value is None or tier.bound is None:
        proof = "no bound"
    else:
        proof = f"within {abs(tier.bound - tier.value):,}"
    if tier.condition:
        proof += f" ({tier.condition})"
    sense = "highest" if tier.sense == "max" else "lowest"
    return tier_words(tier.name), sense, number(tier.value), number(tier.bound), proof


def listing(
    out: Console,
    title: str,
    columns: Sequence[tuple[str, str]],
    items: Sequence[Item],
    row: Callable[[Item], Sequence[str]],
    file: str | None,
    most: int = ROWS,
) -> None:
    """The first of many, as a table whose title says how many they are, and where the others stand."""
    out.print(grid(f"{title} ({len(items):,})", columns, map(row, items[:most])))
    if len(items) > most:
        out.print(f"  and {len(items) - most:,} more" + (f" in {escape(file)}" if file else ""))


def show_pairs(
    out: Console,
    plan: PairsPlan,
    file: str | None,
    names: Callable[[str], str],
    partners: Callable[[str], str] | None = None,
) -> None:
    """The first pairs with their points by part."""
    if not plan.pairs:
        out.print("No pairs.")
        return

    def row(pair: PlanPair) -> Sequence[str]:
        flags = [word for word, holds in (("kept", pair.kept), ("pinned", pair.pinned)) if holds]
        if pair.overrides:
            flags.append(f"overrides {', '.join(pair.overrides)}")
        made_of = ", ".join(f"{part} {points}" for part, points in pair.parts.items() if points)
        sides = [
            names(one) + (f"\n{partners(one)}" if partners else "") for one in (pair.learner, pair.guide)
        ]
        return (*sides, str(pair.points), made_of, "; ".join(flags))

    columns = [
        ("learner", "left"),
        ("guide", "left"),
        ("points", "right"),
        ("made of", "left"),
        ("", "left"),
    ]
    listing(out, "Pairs", columns, plan.pairs, row, file)


def _columns(person: str, places: str) -> list[tuple[str, str]]:
    """Of people who have fewer partners than they could."""
    return [
        (person, "left"),
        ("organization", "left"),
        (places, "right"),
        ("reason", "left"),
        ("", "left"),
    ]


def show_unmatched(out: Console, plan: PairsPlan, file: str | None, names: Callable[[str], str]) -> None:
    """Learners with fewer guides than wanted, and why."""
    if not plan.effort.counts.get("learners"):
        out.print("Nobody takes part as a learner.")
    elif not plan.unmatched:
        out.print("Every learner has the guides they want.")
    else:
        listing(
            out,
            "Learners with fewer guides than wanted",
            _columns("learner", "got"),
            plan.unmatched,
            lambda one: (
                names(one.learner),
                one.organization,
                f"{one.got}/{one.wanted}",
                one.reason,
                with_repair(one),
            ),
            file,
        )
    by_rule: dict[tuple[str, str], int] = {}
    for left in plan.left_out:
        by_rule[left.role, left.rule] = by_rule.get((left.role, left.rule), 0) + 1
    for (role, rule), count in sorted(by_rule.items(), key=lambda item: -item[1]):
        out.print(f"  {count:,} not taking part as {role}: {rule_sentence(rule)}", style="dim")


def show_idle(out: Console, plan: PairsPlan, file: str | None, names: Callable[[str], str]) -> None:
    """Guides with places over, and why."""
    if not plan.idle_guides:
        some = plan.effort.counts.get("guides")
        out.print("Every guide's places are used." if some else "Nobody takes part as a guide.")
        return
    listing(
        out,
        "Guides with places over",
        _columns("guide", "used"),
        plan.idle_guides,
        lambda one: (
            names(one.guide),
            one.organization,
            f"{one.used}/{one.places}",
            one.reason,
            with_nearest(one),
        ),
        file,
    )


def show_give_and_take(out: Console, plan: PairsPlan) -> None:
    """What each organization gives and gets; organizations nearest to their limits first."""
    if not plan.give_and_take:
        return

    def room(least: int | None, most: int | None, net: int) -> int:
        return min(most - net, net - least) if least is not None and most is not None else 0

    lines = sorted(plan.give_and_take, key=lambda one: (room(one.least, one.most, one.net), -abs(one.net)))
    rows = [
        (
            f"group {one.organization}" if one.group else one.organization,
            str(one.received),
            str(one.given),
            signed(one.net),
            signed(one.carried),
            f"{signed(one.least)} to {signed(one.most)}"
            if one.least is not None and one.most is not None
            else "none",
        )
        for one in lines[:ROWS]
    ]
    columns = [
        ("organization", "left"),
        ("received", "right"),
        ("given", "right"),
        ("net", "right"),
        ("carried", "right"),
        ("limits on net", "right"),
    ]
    out.print(grid("Give and take", columns, rows))
    if len(lines) > ROWS:
        out.print(f"  and {len(lines) - ROWS:,} more")
    cost = plan.balance_cost
    if cost is not None:
        places = "an unknown number of" if cost.places is None else f"{cost.places:,}"
        out.print(f"Give and take cost {places} places ({cost.how_known}).")


def show_changes(out: Console, plan: PairsPlan, file: str | None, names: Callable[[str], str]) -> None:
    """The plan against the pairs before it."""
    changes = plan.changes
    if not (changes.kept or changes.dropped or changes.ended):
        return
    out.print(
        f"[bold]Changes[/bold]: {len(changes.kept):,} kept, {len(changes.added):,} added, "
        f"{len(changes.dropped):,} dropped, {len(changes.ended):,} ended."
    )
    listed = [("dropped", one) for one in changes.dropped] + [("ended", one) for one in changes.ended]
    if listed:
        columns = [("", "left"), ("learner", "left"), ("guide", "left"), ("reason", "left"), ("", "left")]
        listing(
            out,
            "Pairs that do not go on",
            columns,
            listed,
            lambda one: (one[0], names(one[1].learner), names(one[1].guide), one[1].reason, one[1].sentence),
            file,
        )


def show_objections(out: Console, objections: Sequence[Objection], most: int = 200) -> None:
    """What an audit found."""
    columns = [("what", "left"), ("where", "left"), ("", "left")]
    listing(
        out,
        "What is off",
        columns,
        objections,
        lambda one: (one.code, one.about, one.sentence),
        None,
        most,
    )

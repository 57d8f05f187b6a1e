"""Plans of pods as tables for people, on standard output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.markup import escape

from api.cli.tables import listing, number, tier_grid
from matcher.domain.plan import Outcome
from matcher.domain.pods_plan import PlanPod, PodsPlan
from matcher.planning.pods.sentences import when
from matcher.planning.words import counted, rule_sentence


def show_pods_plan(out: Console, plan: PodsPlan, file: str | None, names: Callable[[str], str] = str) -> None:
    """Print a plan: summary with proof, pods, who is without one, pods that do not run, changes.

    `names` turns a member's id into their name.
    """
    _summary(out, plan)
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        return
    _pods(out, plan, file, names)
    _left(out, plan, file, names)
    _not_run(out, plan, file)
    _changes(out, plan, file, names)


def _summary(out: Console, plan: PodsPlan) -> None:
    what = " ".join(part for part in (plan.network.id, plan.program, "pods", plan.cycle) if part)
    out.print(f"[bold]{escape(what)}[/bold]  status: [bold]{plan.status}[/bold]. {plan.sentence}")
    for sentence in (*plan.conflict, *(f"Note: {note}" for note in plan.notes)):
        out.print(f"  {escape(sentence)}")
    if plan.tiers:
        out.print(tier_grid(plan.tiers))
    counts = plan.effort.counts
    seconds = sum(s for name, s in plan.effort.seconds.items() if not name.startswith("solve: "))
    out.print(
        f"{number(counts.get('members'))} members, {number(counts.get('pods'))} pods that may run, "
        f"{number(counts.get('eligible_seats'))} eligible seats; {len(plan.pods):,} pods run with "
        f"{sum(len(pod.seats) for pod in plan.pods):,} seats; seed {plan.seed}; {seconds:.2f} s"
    )


def _pods(out: Console, plan: PodsPlan, file: str | None, names: Callable[[str], str]) -> None:
    if not plan.pods:
        out.print("No pod runs.")
        return

    def row(pod: PlanPod) -> Sequence[str]:
        people = ", ".join(names(one) for one in pod.members)
        meets = "-"
        if pod.meeting is not None:
            always = len(pod.meeting.always)
            meets = f"{when(pod.meeting)}; {always} of {len(pod.seats)} can always come"
        asked = sum(need.people for need in pod.needs)
        met = sum(min(need.people, len(need.members)) for need in pod.needs)
        running = " (running)" if pod.running else ""
        return (
            f"{pod.title}\n{pod.pod}{running}",
            f"{len(pod.seats)}: {people}",
            str(pod.organizations),
            meets,
            f"{met}/{asked}",
            number(pod.points),
        )

    columns = [
        ("pod", "left"),
        ("members", "left"),
        ("org.", "right"),
        ("meets", "left"),
        ("needs", "right"),
        ("points", "right"),
    ]
    listing(out, "Pods", columns, plan.pods, row, file)


def _left(out: Console, plan: PodsPlan, file: str | None, names: Callable[[str], str]) -> None:
    if not plan.unplaced:
        out.print("Everybody who takes part is in a pod.")
    else:
        listing(
            out,
            "Members without a pod",
            [("member", "left"), ("organization", "left"), ("reason", "left"), ("", "left")],
            plan.unplaced,
            lambda one: (
                names(one.member),
                one.organization,
                one.reason,
                " ".join((one.sentence, *one.repairs[:1])),
            ),
            file,
        )
    for rule, count in Counter(one.rule for one in plan.left_out).most_common():
        out.print(f"  {count:,} not taking part: {pod_rule_sentence(rule)}", style="dim")


def pod_rule_sentence(code: str) -> str:
    """The sentence of a rule on seats, or of another reason."""
    from matcher.candidates.pods.rules import RULE

    return RULE[code].sentence if code in RULE else rule_sentence(code)


def _not_run(out: Console, plan: PodsPlan, file: str | None) -> None:
    if plan.not_run:
        listing(
            out,
            "Pods that do not run",
            [("pod", "left"), ("could join", "right"), ("reason", "left"), ("", "left")],
            plan.not_run,
            lambda one: (f"{one.title} ({one.pod})", number(one.eligible), one.reason, one.sentence),
            file,
        )


def _changes(out: Console, plan: PodsPlan, file: str | None, names: Callable[[str], str]) -> None:
    changes = plan.changes
    if not (changes.kept or changes.moved or changes.dropped or changes.ended):
        return
    out.print(
        f"[bold]Changes[/bold]: {counted(len(changes.kept), 'seat')} kept, {len(changes.added):,} added, "
        f"{len(changes.moved):,} moved, {len(changes.dropped):,} dropped, {len(changes.ended):,} ended."
    )
    rows = [("moved", one) for one in changes.moved]
    rows += [("dropped", one) for one in changes.dropped] + [("ended", one) for one in changes.ended]
    if rows:
        listing(
            out,
            "Seats that do not go on",
            [("", "left"), ("member", "left"), ("pod", "left"), ("reason", "left"), ("", "left")],
            rows,
            lambda row: (row[0], names(row[1].member), row[1].pod, row[1].reason, row[1].sentence),
            file,
        )

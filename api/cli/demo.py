"""`peerloom demo`: the whole way on a network that comes along, from profiles to calendars."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from api.cli.options import QUIET, SEED, running

if TYPE_CHECKING:
    from rich.console import Console

    from matcher.calendar.files import CalendarFiles
    from matcher.documents.read import NetworkSource
    from matcher.domain.member import Member
    from matcher.domain.plan import PairsPlan
    from matcher.domain.pods_plan import PodsPlan
    from matcher.domain.rota_plan import RotaPlan
    from matcher.domain.rounds_plan import RoundsPlan
    from matcher.domain.session import Schedule
    from solvers.limits import Limits

POD_SECONDS = 6.0
"""So long pods are improved."""

ROTA_SECONDS = 4.0
"""So long a rota is improved."""
ROUNDS, GROUP, ROUND_SECONDS = 6, 4, 1.5
"""So many rounds of coffee in groups of so many people, improved so long."""

ANNOUNCED = timedelta(days=14)
"""How long before the cycle the calendars say they were made: every run writes the same bytes."""


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("peerloom-demo"),
    show_default=True,
    help="Folder for the network, the result and the calendars.",
)
@SEED
@QUIET
def demo(output: Path, seed: int, quiet: bool) -> None:
    """Match the demo network: profiles, pairs with their proof, pods, a rota, sessions, calendars.

    Needs no server and no account. It can be run again into the same folder.
    """
    began = perf_counter()
    with running(quiet, seed) as limits, _compiling() as compiled:
        source = _write_network(output, limits)
        plan = _solve(source, output, limits)
        limits.tell("edges")
        _write_edges(source, output)
        limits.tell("sessions")
        schedule, paired = _schedule(source, plan, seed)
        compiled(limits)
        limits.tell("pods")
        pods = _solve_pods(source, schedule, output, limits)
        limits.tell("rounds")
        rounds = _solve_rounds(source, output, limits)
        limits.tell("rota")
        rota = _solve_rota(source, schedule, output, limits)
        limits.tell("calendars")
        files = _write_calendars(output, source, schedule, paired)
    if not quiet:
        _show(output, source, (plan, pods, rounds, rota), schedule, files, perf_counter() - began)


@contextmanager
def _compiling() -> Iterator[Callable[[Limits], None]]:
    """Where the kernels of pods are not in the cache yet, has those of the proof compiled beside all else;
    the function compiles the others and waits, so that pods get their full time in the first run too."""
    from solvers.pods import warm

    if warm.proof_is_ready():
        yield lambda limits: None
        return
    command = [sys.executable, "-P", "-m", warm.__name__]
    path = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
    none = subprocess.DEVNULL
    environment = {**os.environ, "PYTHONPATH": path}
    child = subprocess.Popen(command, env=environment, stdin=none, stdout=none, stderr=none)

    def compiled(limits: Limits) -> None:
        limits.tell("kernels")
        warm.warm_annealing()
        child.wait()  # whatever became of it, what is missing compiles when it is called

    try:
        yield compiled
    finally:
        child.kill()
        child.wait()


def _write_network(output: Path, limits: Limits) -> NetworkSource:
    """The demo network as a document, read back as any other would be."""
    from fixtures.demo import demo_network
    from matcher.documents.read import open_network
    from matcher.documents.write import write_network

    limits.tell("network")
    write_network(output / "network.json", demo_network())
    return open_network(output / "network.json")


def _solve(source: NetworkSource, output: Path, limits: Limits) -> PairsPlan:
    from matcher.planning.files import write_plan
    from matcher.planning.pairs.plan import plan_pairs

    plan = plan_pairs(source, limits=limits)
    write_plan(output / "pairs.json", plan)
    return plan


def _solve_pods(source: NetworkSource, schedule: Schedule, output: Path, limits: Limits) -> PodsPlan:
    """Pods and circles around the sessions of the pairs."""
    from matcher.planning.files import write_plan
    from matcher.planning.pods.plan import plan_pods

    seconds = limits.elapsed + POD_SECONDS
    plan = plan_pods(source, limits=replace(limits, seconds=seconds), commitments=schedule.sessions)
    write_plan(output / "pods.json", plan)
    return plan


def _solve_rota(source: NetworkSource, schedule: Schedule, output: Path, limits: Limits) -> RotaPlan:
    """When the pods and forums meet around the sessions of the pairs, and who facilitates."""
    from matcher.planning.files import write_plan
    from matcher.planning.rota.formed import read_groups
    from matcher.planning.rota.plan import Asked, plan_rota

    asked = Asked(read_groups((output / "pods.json",), source.sha256), commitments=schedule.sessions)
    seconds = limits.elapsed + ROTA_SECONDS
    plan = plan_rota(source, limits=replace(limits, seconds=seconds), asked=asked)
    write_plan(output / "rota.json", plan)
    return plan


def _solve_rounds(source: NetworkSource, output: Path, limits: Limits) -> RoundsPlan:
    """Rounds in which everybody keeps meeting new people."""
    from matcher.planning.files import write_plan
    from matcher.planning.rounds.instance import Asked
    from matcher.planning.rounds.plan import plan_rounds

    seconds = limits.elapsed + ROUND_SECONDS
    plan = plan_rounds(source, None, Asked(ROUNDS, GROUP), replace(limits, seconds=seconds))
    write_plan(output / "rounds.json", plan)
    return plan


def _write_edges(source: NetworkSource, output: Path) -> None:
    """Every pair that could meet, as `peerloom edges` writes them."""
    from api.cli.edges import edge_lines
    from matcher.candidates.candidates import build_candidates
    from matcher.documents.read import choose
    from matcher.documents.write import replacing

    candidates = build_candidates(source.header, source.people(), *choose(source.header))
    with replacing(output / "edges.jsonl") as file:
        for lines, _ in edge_lines(candidates):
            file.write(lines)


def _schedule(source: NetworkSource, plan: PairsPlan, seed: int) -> tuple[Schedule, Mapping[str, Member]]:
    """Sessions of all pairs, checked before they leave, and the people in them."""
    from matcher.planning.sessions.scheduling import Occasion, schedule_pairs

    program = next(program for program in source.header.programs if program.id == plan.program)
    made_at = datetime.combine(program.cycle.start - ANNOUNCED, time(9), UTC)
    return schedule_pairs(source, plan, Occasion(seed=seed, changed_at=made_at))


def _write_calendars(
    output: Path, source: NetworkSource, schedule: Schedule, members: Mapping[str, Member]
) -> CalendarFiles:
    from matcher.calendar.events import Mailbox
    from matcher.calendar.files import write_calendars
    from matcher.documents.write import write_json

    write_json(output / "sessions.json", schedule)
    return write_calendars(
        output / "calendars",
        schedule,
        members,
        source.header.organizations,
        organizer=Mailbox("Peerloom demo", "peerloom@example.org"),
        name="Peerloom demo",
    )


def _show(
    output: Path,
    source: NetworkSource,
    plans: tuple[PairsPlan, PodsPlan, RoundsPlan, RotaPlan],
    schedule: Schedule,
    files: CalendarFiles,
    seconds: float,
) -> None:
    """Tables, and what to do next."""
    from api.cli.pod_tables import show_pods_plan
    from api.cli.rota_tables import show_rota
    from api.cli.rounds_tables import show_rounds
    from api.cli.tables import console, show_plan

    out = console()
    plan, pods, rounds, rota = plans
    header = source.header
    members = {member.id: member for member in source.network().members}
    zones = {member.time_zone for member in members.values()}
    countries = {member.country for member in members.values() if member.country}
    out.print(
        f"{header.name}: {len(members):,} members of {len(header.organizations)} organizations "
        f"in {len(countries)} countries and {len(zones)} time zones; {len(header.skills)} skills.",
        markup=False,
    )
    partner = {organization.id: organization.name for organization in header.organizations}
    shown = {one.id: f"{one.name} ({one.id})" for one in members.values()}
    home = {one.id: partner[one.organization] for one in members.values()}
    show_plan(
        out,
        plan,
        str(output / "pairs.json"),
        lambda member: shown.get(member, member),
        lambda member: home.get(member, ""),
    )
    _show_sessions(out, schedule, files)
    show_pods_plan(out, pods, str(output / "pods.json"), lambda member: members[member].name)
    show_rounds(out, rounds, str(output / "rounds.json"), lambda member: members[member].name)
    show_rota(out, rota, str(output / "rota.json"), lambda member: members[member].name)
    _show_next(out, output, plan)
    out.print(f"Done in {seconds:.1f} s.")


def _show_sessions(out: Console, schedule: Schedule, files: CalendarFiles) -> None:
    met = {session.key for session in schedule.sessions}
    without = [one for one in schedule.unscheduled if one.index is None]
    weeks = len(schedule.unscheduled) - len(without)
    out.print(
        f"[bold]Sessions[/bold]: {len(schedule.sessions):,} of {len(met):,} pairs at times free for both; "
        f"{len(without):,} pairs found no time at all, {weeks:,} single weeks found none."
    )
    for one in without[:5]:
        out.print(f"  {one.sentence}", markup=False)
    out.print(f"Calendars: {files.feeds:,} feeds and {files.invites:,} invites.")


def _show_next(out: Console, output: Path, plan: PairsPlan) -> None:
    network, result = output / "network.json", output / "pairs.json"
    rows = [
        (f"{output}/calendars/feeds/", "one calendar per member: open one with your calendar program"),
        (f"{output}/calendars/members.csv", "who has which file"),
        (str(result), "every pair, reason, price and the certificate"),
        (f"{output}/pods.json", "every pod and circle, why each is in it, and when it meets"),
        (f"{output}/rounds.json", "six rounds of groups that change, and whom everybody meets"),
        (f"{output}/rota.json", "when pods and forums meet, and who facilitates"),
        (f"{output}/edges.jsonl", "who could meet whom, with points by part"),
        (str(network), "the profiles all of this was made from; edit them, or put yours in"),
    ]
    learner = plan.unmatched[0].learner if plan.unmatched else None
    commands = [(f"peerloom audit {network} {result}", "re-check the result without the solver")]
    if learner is not None:
        commands.append((f"peerloom edges {network} --why {learner}", "why this learner found nobody"))
    if plan.pairs:
        pair = plan.pairs[0]
        commands.append(
            (
                f"peerloom explain {result} --pair {pair.learner} {pair.guide}",
                "why these two, and what it costs",
            )
        )
    commands.append((f"peerloom solve pairs {network} --previous {result}", "again: what runs stays"))
    commands.append(
        (f"peerloom solve pods {network} --sessions {output}/sessions.json", "pods, with more time")
    )
    commands.append((f"peerloom solve pods {network} --rounds 8", "groups that change, more often"))
    rota = f"{network} {output}/rota.json"
    commands.append((f"peerloom calendars {rota} -o {output} --organizer YOU@HOME", "the rota's sessions"))
    commands.append(("peerloom import members.csv -o net.json", "your own spreadsheet"))
    width = max(len(left) for left, _ in (*rows, *commands)) + 2
    for title, lines in (("Look around", rows), ("Try next", commands)):
        out.print(title, style="bold")
        for left, right in lines:
            out.print(f"  {left:<{width}}{right}", markup=False, soft_wrap=True)

"""The use case "audit" for rounds: a result against its document, without the solver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from matcher.candidates.context import rivals
from matcher.domain.errors import InputError
from matcher.domain.member import Member, Status
from matcher.domain.plan import Outcome, PlanSource, PolicyName
from matcher.domain.rounds_plan import RoundsPlan
from matcher.planning.findings import AuditReport
from matcher.planning.rounds import report
from matcher.planning.rounds.changes import changes_of
from matcher.planning.rounds.instance import Asked, Prepared, prepare
from matcher.planning.rounds.plan import input_hash
from solvers.pods.rounds.check.audit import check
from solvers.pods.rounds.check.bound import bounded
from solvers.pods.rounds.check.score import tier_values
from solvers.pods.rounds.costs import Costs

if TYPE_CHECKING:
    from pydantic import BaseModel

    from matcher.documents.read import NetworkSource
    from solvers.pods.rounds.instance import Round, RoundsInstance


def audit_rounds(
    source: NetworkSource,
    plan: RoundsPlan,
    *,
    previous: RoundsPlan | None = None,
    previous_source: PlanSource | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> AuditReport:
    """Check a plan against the network it came from, and the plan that was given as previous, if any."""
    out = AuditReport()
    if plan.program is None:
        told = "the result came from a bare instance, so no network document can be its source"
        out.object("format", "", told)
        return out
    out.compare("hash", "network.sha256", plan.network.sha256, source.sha256)
    out.compare("network", "network.id", plan.network.id, source.header.id)
    if plan.previous_plan is not None and previous is None:
        out.object("previous", "", "the result continues another one: give it with --previous")
        return out
    if plan.previous_plan is None and previous is not None:
        out.object("previous", "", "the result was made without a previous one: audit it without")
        return out
    if plan.previous_plan is not None and previous_source is not None:
        out.compare("hash", "previous_plan.sha256", plan.previous_plan.sha256, previous_source.sha256)
    held = sum(one.held for one in plan.rounds)
    asked = Asked(len(plan.rounds), plan.size, held, plan.most_of_one)
    tell("read")
    try:
        prepared = prepare(source, plan.program, asked, previous)
    except InputError as error:
        out.object("input", "", str(error))
        return out
    hashed = input_hash(prepared, asked, plan.seed, plan.previous_plan)
    out.compare("hash", "effort.input_hash", plan.effort.input_hash, hashed)
    out.compare("head", "cycle", plan.cycle, prepared.program.cycle.id)
    policy = prepared.policy
    out.compare("head", "policy", plan.policy, PolicyName(id=policy.id, version=policy.version))
    out.compare("head", "changes_policy", plan.changes_policy, policy.pods.changes)
    earlier = tuple((*pair, ago) for pair, ago in sorted(prepared.earlier.items()))
    out.compare("history", "earlier", plan.earlier, earlier)
    tell("rules")
    seated = {i for one in plan.rounds for group in one.groups for i in group}
    members = {one.id: one for one in source.about(seated) if isinstance(one, Member) and one.id in seated}
    for code, about, sentence in _against_profiles(source, plan, members):
        out.object(code, about, sentence)
    groups = sum(len(one.groups) for one in plan.rounds)
    out.checked.append(("rules, from the profiles", f"{groups:,} groups in {len(plan.rounds)} rounds"))
    rounds = _numbered(out, plan, prepared.instance)
    if rounds is not None:
        tell("tiers and counts")
        _counted(out, plan, prepared, rounds)
    return out


def _against_profiles(
    source: NetworkSource, plan: RoundsPlan, members: dict[str, Member]
) -> Iterator[tuple[str, str, str]]:
    """Rules on people and on who sits with whom, straight from the profiles. Held rounds are not judged."""
    competing = rivals(source.header.organizations)
    for one in plan.rounds:
        if one.held:
            continue
        for group in one.groups:
            about = f"round {one.number}: {', '.join(group)}"
            for who in group:
                if who not in members:
                    yield "stranger", about, f"{who} is not in the network"
                elif members[who].status is Status.LEFT:
                    yield "left", about, f"{who} has left"
            known = [members[who] for who in group if who in members]
            if known and not set.intersection(*(set(one.languages) for one in known)):
                yield "language", about, "no language is spoken by all of them"
            for a, b in combinations(known, 2):
                if b.id in a.avoids or a.id in b.avoids:
                    yield "avoid", about, f"{a.id} and {b.id} are kept apart by an avoid list"
                if (a.organization, b.organization) in competing:
                    yield "competitors", about, f"{a.id} and {b.id} come from competitors"


def _numbered(out: AuditReport, plan: RoundsPlan, instance: RoundsInstance) -> tuple[Round, ...] | None:
    """The rounds as numbers, checked against every hard rule; None where they cannot be read so."""
    number = {name: i for i, name in enumerate(instance.person_ids)}
    strangers = sorted({i for one in plan.rounds for group in one.groups for i in group} - number.keys())
    for name in strangers:
        out.object("not_taking_part", name, "has a group, but takes no part in these rounds")
    if strangers:
        return None
    rounds = tuple(
        tuple(tuple(sorted(number[i] for i in group)) for group in one.groups) for one in plan.rounds
    )
    for violation in check(instance, rounds):
        out.object(violation.code, ", ".join(violation.ids[:2]), violation.message)
    return rounds


def _counted(out: AuditReport, plan: RoundsPlan, prepared: Prepared, rounds: tuple[Round, ...]) -> None:
    """Everything that is counted from the groups: tiers with their bounds, people, who has no group."""
    instance = prepared.instance
    tiers = bounded(instance, Costs.of(instance), tier_values(instance, rounds))
    said = [(tier.name, tier.value, tier.bound, tier.proven) for tier in plan.tiers]
    found = [(tier.name, tier.value, tier.bound, tier.proven) for tier in tiers]
    out.compare("tier", "tiers", said, found)
    proven = all(tier.proven for tier in tiers)
    out.compare("status", "status", plan.status, Outcome.OPTIMAL if proven else Outcome.FEASIBLE)
    told = ", ".join(f"{tier.name} {tier.value} (at least {tier.bound})" for tier in tiers)
    out.checked.append(("tiers and their bounds", told))
    for name, true in (
        ("rounds", report.round_rows(instance, rounds, prepared.weeks, prepared.planned)),
        ("previous", prepared.before),
        ("left_out", report.no_group_rows(instance, rounds)),
        ("people", report.person_rows(instance, rounds)),
        ("not_taking_part", prepared.others),
    ):
        _same_rows(out, name, getattr(plan, name), true)
    now = changes_of(prepared, rounds)
    for what in type(now).model_fields:
        _same_rows(out, f"changes.{what}", getattr(plan.changes, what), getattr(now, what))


def _same_rows(out: AuditReport, name: str, rows: Sequence[BaseModel], true: Sequence[BaseModel]) -> None:
    if len(rows) != len(true):
        out.object(name, "", f"there are {len(rows)}, the document gives {len(true)}")
    for row, right in zip(rows, true, strict=False):
        if row != right:
            out.object(name, str(next(iter(row.model_dump().values()))), f"should be {right!r}")
    out.checked.append((name.replace("_", " "), f"{len(true):,} counted again"))


def implied_before(plan: RoundsPlan) -> RoundsPlan | None:
    """The plan before as far as a plan itself tells of it; None where it was made without one."""
    if plan.previous_plan is None:
        return None
    held = [one.model_copy(update={"held": False}) for one in plan.rounds if one.held]
    return plan.model_copy(update={"rounds": (*held, *plan.previous)})

"""The use case "audit" for rotas: a result against its document, without the solvers.

Who can come to each session and who may take each turn is worked out in plain Python from the profiles,
minute by minute; rules over several turns, tiers, reasons, ledgers and changes are counted again from the
numbers. Whatever is off is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from matcher.candidates.rota.context import STEP
from matcher.candidates.rota.rules import standing_reasons, step_reasons
from matcher.domain.errors import InputError
from matcher.domain.plan import Outcome
from matcher.domain.rota_plan import RotaPlan
from matcher.planning.findings import AuditReport, Objection
from matcher.planning.rota import report
from matcher.planning.rota.history import name_of
from matcher.planning.rota.plan import Asked, head_of, input_hash, prepared_for
from matcher.planning.rota.proof import (
    GIVEN,
    TIMES,
    TURNS,
    Rests,
    fewest_open,
    given,
    outcome_of,
    searched_in,
)
from matcher.planning.rota.standing import handed_in, standing_times, standing_turns
from matcher.planning.rota.turns import Turns, turns_of
from matcher.planning.rota.verify import objections
from matcher.planning.sessions.check import absence
from solvers.rota.times.check import counted as times_counted
from solvers.rota.turns.check import counted as turns_counted

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.member import Member
    from matcher.domain.rota_plan import PlanSession
    from matcher.planning.rota.instance import Prepared

Tell = Callable[[str], None]


def audit_rota(
    source: NetworkSource, plan: RotaPlan, asked: Asked | None = None, tell: Tell = lambda _: None
) -> AuditReport:
    """Check a rota against the network it came from.

    `asked`: the plans, the rota before and the sessions that were given when it was made; mode, fairness and
    moment are the plan's own. Raises InputError as `plan_rota`.
    """
    out = AuditReport()
    if plan.program is None:
        out.object("format", "", "the result has no program, so no network document can be its source")
        return out
    asked = replace(asked or Asked(), mode=plan.mode, fairness=_fairness(plan), as_of=plan.as_of)
    for given_now, option, told in (
        (asked.before, "--previous", plan.previous_plan),
        (asked.commitments, "--sessions", plan.commitments),
        (asked.plans and asked.plans.sources, "--groups", plan.groups),
    ):
        if bool(given_now) != bool(told):
            how = "without" if given_now else "with"
            raise InputError(f"The result was made {how} {option}: audit it {how} {option}, too.")
    tell("candidates")
    try:
        prepared = prepared_for(source, plan.program, asked)
    except InputError as error:
        out.object("input", "", str(error))
        return out
    _head(out, prepared, plan, asked)
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        if plan.series or plan.tiers:
            out.object("status", "", f"status is {plan.status}, but there are series or tiers")
        out.unchecked.append(f"Status {plan.status} holds no answer, so there is nothing more to check.")
        return out
    if not out.clean:
        return out
    tell("audit")
    standing = standing_times(prepared, plan)
    for about, what in standing.faults:
        out.object("series", about, what)
    turns = turns_of(prepared, standing.times, handed_in(prepared, plan))
    person, faults = standing_turns(prepared, plan, turns)
    for about, what in faults:
        out.object("turns", about, what)
    for sentence in objections(prepared, standing.times, standing.slots, turns, person, plan.tiers):
        out.object("rule", "", sentence)
    if out.objections:
        return out
    sessions = [(one, session) for one in plan.series for session in one.sessions]
    for one, session in sessions:
        for found in _session(prepared, name_of(one), session):
            out.objections.append(found)
    for found in _turns(prepared, turns, person):
        out.objections.append(found)
    out.checked += [("sessions", f"{len(sessions):,}"), ("turns", f"{len(person):,}")]
    _rows(out, plan, report.rows(prepared, standing.times, turns, person))
    _proofs(out, prepared, plan, turns)
    return out


def _fairness(plan: RotaPlan) -> Any:
    return None if plan.fairness == "cost" else plan.fairness


def _head(out: AuditReport, prepared: Prepared, plan: RotaPlan, asked: Asked) -> None:
    """What was asked, and the hash over it."""
    head = head_of(prepared, plan.seed, asked)
    for name in ("program", "cycle", "policy", "mode", "fairness", "changes_policy", "commitments"):
        out.compare("head", name, getattr(plan, name), head[name])
    out.compare("hash", "network", plan.network.sha256, prepared.source.sha256)
    groups = asked.plans.sources if asked.plans is not None else ()
    out.compare("hash", "groups", [one.sha256 for one in plan.groups], [one.sha256 for one in groups])
    before = head["previous_plan"]
    said = plan.previous_plan.sha256 if plan.previous_plan is not None else None
    out.compare("hash", "previous_plan", said, getattr(before, "sha256", None))
    if out.clean:
        hashed = input_hash(prepared, plan.seed, asked)
        out.compare("hash", "effort.input_hash", plan.effort.input_hash, hashed)
        out.checked.append(("what was asked", "as the hash says"))


def _session(prepared: Prepared, name: str, session: PlanSession) -> Iterator[Objection]:
    """One session against the profiles, minute by minute."""
    context = prepared.context
    group = context.group[name]
    if session.end - session.start != timedelta(minutes=group.minutes):
        yield Objection("length", name, f"session {session.index} lasts {session.end - session.start}")
    local = session.start.astimezone(ZoneInfo(group.zone))
    t = {group.index(k): k for k in range(len(group.weeks))}[session.index]
    if not session.fixed:
        grid = min(context.policy.grid_minutes, 30)  # a clock that skips half an hour moves a full one
        if (local.hour * 60 + local.minute) % grid:
            yield Objection("grid", name, f"session {session.index} begins at {local:%H:%M}, off the grid")
        first = context.program.cycle.start + timedelta(days=7 * group.weeks[t])
        if not first <= local.date() < first + timedelta(days=7):
            yield Objection("week", name, f"session {session.index} is not in its week, but on {local:%F}")
    end = session.start + timedelta(minutes=STEP * context.length(group))
    people = [context.members[one] for one in group.members]
    free = [one.id for one in people if why_away(prepared, one, session.start, end) is None]
    if tuple(free) != session.attending:
        yield Objection("attending", name, f"session {session.index}: {session.attending} attend, not {free}")
    if not session.fixed and len(free) < group.quorum:
        yield Objection("quorum", name, f"{len(free)} can come to session {session.index}")


def why_away(prepared: Prepared, member: Member, start: datetime, end: datetime) -> str | None:
    """Why a member cannot come, in plain Python; None when they can."""
    context = prepared.context
    if any(one.start < end and start < one.end for one in context.busy.get(member.id, ())):
        return "in another session"
    off, zone, moment = context.days_off(member), ZoneInfo(member.time_zone), start
    while moment < end:
        if moment.astimezone(zone).date() in off:
            return "public holiday"
        moment += timedelta(minutes=STEP)
    return absence(member, start, end)


def _turns(prepared: Prepared, turns: Turns, person: Sequence[int]) -> Iterator[Objection]:
    """Every turn against the rules of record, one by one; those that are fixed or pinned aside."""
    context = prepared.context
    for k, (place, step, i) in enumerate(zip(turns.places, turns.steps, person, strict=True)):
        if i < 0 or k in turns.fixed or k in turns.pinned:
            continue
        group, member = context.group[place[0]], prepared.people[i]
        found = standing_reasons(context, member, group, place[2])
        for one in (*found, *step_reasons(context, member, group, step)):
            yield Objection(one.code, place[0], f"{place[2]} of session {place[1]}: {one.sentence}")


def _rows(out: AuditReport, plan: RotaPlan, found: dict[str, Any]) -> None:
    """Series, reasons, people, organizations and changes, row by row."""
    for name in ("series", "no_time", "open_turns", "people", "organizations"):
        said, counted = getattr(plan, name), found[name]
        if len(said) != len(counted):
            out.object(name, "", f"the result lists {len(said)}, there are {len(counted)}")
        for k, (a, b) in enumerate(zip(said, counted, strict=False)):
            left, right = a.model_dump(exclude=LATER), b.model_dump(exclude=LATER)
            for field in left:
                if left[field] != right[field]:
                    about = f"{name}[{k}].{field}"
                    out.object(name, about, f"the result says {left[field]}, it is {right[field]}")
        out.checked.append((name, f"{len(counted):,} rows"))
    changes = found["changes"]
    for field in ("kept_sessions", "kept_turns", "moved", "taken_over", "added", "ended"):
        said, counted = getattr(plan.changes, field), getattr(changes, field)
        out.compare("changes", f"changes.{field}", said, counted)


LATER = {"conflict", "repairs"}
"""What solving again found, and cannot be counted."""


def _proofs(out: AuditReport, prepared: Prepared, plan: RotaPlan, turns: Turns) -> None:
    """What the tiers and the status claim of themselves."""
    rests = given(fewest_open(prepared, turns), plan.tiers, searched_in(plan.tiers))
    proven = True
    for tier, resting in zip(plan.tiers, rests, strict=True):
        proven = proven and tier.value == tier.bound
        if tier.proven and not proven:
            out.object("tiers", tier.name, "is called proven, but it or an earlier one is not closed")
        if resting is Rests.TIMES and GIVEN not in (tier.condition or ""):
            out.object("tiers", tier.name, "rests on the meeting times, and does not say so")
        if resting is Rests.SEARCH:
            out.unchecked.append(
                f"That {tier.name} is at least {tier.value} at any times rests on search, not on counting."
            )
        lower = tier.sense == "min"
        if tier.value is not None and tier.bound is not None:
            beaten = tier.value < tier.bound if lower else tier.value > tier.bound
            if beaten:
                out.object("tiers", tier.name, f"its value {tier.value} passes its bound {tier.bound}")
    if not plan.modes or plan.modes[0].mode != plan.mode:
        out.object("modes", "", "the first mode is not the plan's own")
        return
    own = [(TIMES + one.name, one.value) for one in plan.modes[0].tiers]
    said = [(one.name, one.value) for one in plan.tiers if not one.name.startswith(TURNS)]
    out.compare("modes", plan.mode, own, said)
    status, sentence = outcome_of(plan.tiers)
    out.compare("status", "", plan.status, status)
    out.compare("status", "sentence", plan.sentence, sentence)
    out.checked.append(("tiers", f"{len(plan.tiers)} values"))
    _counting(out, prepared, plan, turns)


def _counting(out: AuditReport, prepared: Prepared, plan: RotaPlan, turns: Turns) -> None:
    """Which bounds follow from counting alone, without any search."""
    values = {tier.name: tier.value for tier in plan.tiers}
    bounds: dict[str, int] = {}
    for stage, found in (
        (TIMES, times_counted.counted(prepared.times, _of(TIMES, values))),
        (TURNS, turns_counted.counted(turns.instance, _of(TURNS, values))),
    ):
        bounds |= {stage + name: bound for name, bound in found.items()}
    for tier in plan.tiers:
        bound = bounds.get(tier.name)
        if bound is None or tier.value is None:
            continue
        if tier.value < bound if tier.sense == "min" else tier.value > bound:
            out.object("tiers", tier.name, f"its value {tier.value} passes {bound}, which is counted")
    shown = [tier.name for tier in plan.tiers if tier.value == bounds.get(tier.name)]
    out.checked.append(("bounds", f"{len(shown)} of {len(plan.tiers)} reached by counting alone"))
    rest = [tier.name for tier in plan.tiers if tier.bound and tier.name not in shown]  # 0 needs no proof
    told = f"The bounds of {', '.join(rest)}, and the" if rest else "The"
    out.unchecked.append(f"{told} other way to choose times, rest on the search.")


def _of(stage: str, values: Mapping[str, int | None]) -> dict[str, int | None]:
    """The values of one stage, by the names that it has for them."""
    return {name.removeprefix(stage): value for name, value in values.items() if name.startswith(stage)}

"""One night after another step of it: each step is one transaction, so that any process can go on where
another one died, and nothing is queued, approved or published twice.

A step waits -> solves (a job) -> is judged -> publishes (a job) or is proposed. What a step did, and the job
that it waits for, stand in the night's row before anything happens with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matcher.domain.errors import PeerloomError
from matcher.domain.family import Family
from matcher.domain.night import Night, NightState, NightStep, Outcome
from matcher.domain.nightly import NightlyPolicy, NightMode
from matcher.service.acceptance import standing_of
from matcher.service.edits import approve, discard
from matcher.service.nightly.judging import (
    changes_in,
    facts_of,
    fewest_changes,
    guard_lines,
    plan_if,
    told_changes,
)
from matcher.service.plans import PlanRequest, queue_run
from matcher.service.publication import queue_publication
from matcher.service.webhooks.events import tell_night
from matcher.settings import Settings
from matcher.store.database import Connection
from matcher.store.documents import header_of
from matcher.store.errors import Conflict, NotFound, Stale
from matcher.store.jobs import find_job
from matcher.store.nights import keep_night, list_nights, lock_night
from matcher.store.plans import find_plan, list_plans, published_plan
from matcher.store.policies import latest_policies
from matcher.wiring import Services

LEAST_SECONDS = 5
MOST_TRIES = 3
"""Runs of one step, when others change what it rests on meanwhile."""

_OPEN = ("proposed", "approved")


@dataclass(frozen=True)
class _World:
    """What a step may look at and change, all in one transaction."""

    connection: Connection
    settings: Settings
    night: Night
    policy: NightlyPolicy
    now: datetime


def advance(services: Services, network: str, identifier: str) -> Night:
    """Do all that can be done now: until the night waits for a job, or has ended. Raises `NotFound`."""
    while True:
        with services.database.write() as connection:
            night = lock_night(connection, network, identifier)
            if night.state is not NightState.RUNNING:
                return night
            moved = _moved(connection, services, night)
            if moved is None:
                return night
            keep_night(connection, moved)
            if moved.state is not NightState.RUNNING:
                tell_night(connection, moved, services.now())
        services.wake.set()
        if moved.state is not NightState.RUNNING:
            return moved


def _moved(connection: Connection, services: Services, night: Night) -> Night | None:
    """The night one step further; None where it waits for a job."""
    now = services.now()
    at = next((k for k, one in enumerate(night.steps) if not one.outcome.ended), None)
    if at is None:
        return _ended(night, now)
    world = _World(connection, services.settings, night, _policy(connection, night), now)
    try:
        with connection.begin_nested():
            step = _next(world, night.steps[at])
    except PeerloomError as error:  # nothing of the step is stored; the others go on
        step = _failed(night.steps[at], str(error))
    if step is None:
        return None
    return night.model_copy(update={"steps": (*night.steps[:at], step, *night.steps[at + 1 :])})


def _policy(connection: Connection, night: Night) -> NightlyPolicy:
    header = header_of(connection, night.network)
    policy = next((one.policy for one in header.programs if one.id == night.program), None)
    found = [one.nightly for one in latest_policies(connection, night.network) if one.id == policy]
    return found[0] if found else NightlyPolicy()


def _next(world: _World, step: NightStep) -> NightStep | None:
    match step.outcome:
        case Outcome.WAITING:
            return _solve(world, step)
        case Outcome.SOLVING:
            return _judge(world, step)
        case _:
            return _publish(world, step)


def _failed(step: NightStep, sentence: str) -> NightStep:
    return step.model_copy(update={"outcome": Outcome.FAILED, "sentence": sentence})


def _solve(world: _World, step: NightStep) -> NightStep:
    """Queue a run, with a fair share of the time that is left."""
    night = world.night
    left = int((night.deadline - world.now).total_seconds())
    if left < LEAST_SECONDS:
        return step.model_copy(
            update={
                "outcome": Outcome.SKIPPED,
                "sentence": "The night's time was over: raise nightly.seconds of the policy.",
            }
        )
    if (asked_before := _asked_before(world, step)) is not None:
        return asked_before
    open_steps = sum(not one.outcome.ended for one in night.steps)
    kind = step.kind.value if step.kind is not None else ""
    header = header_of(world.connection, night.network)
    program = next((one for one in header.programs if one.id == night.program), None)
    if program is None:
        raise NotFound("program", night.program)
    before = published_plan(world.connection, night.network, program.id, program.cycle.id, step.family, kind)
    seconds = max(LEAST_SECONDS, left // open_steps)
    asked = PlanRequest(family=step.family, kind=step.kind, seconds=seconds, as_of=night.as_of)
    job = queue_run(world.connection, night.network, night.program, asked, world.now)
    return step.model_copy(
        update={
            "outcome": Outcome.SOLVING,
            "job": job.id,
            "before": before.id if before is not None else None,
            "tries": step.tries + 1,
        }
    )


def _asked_before(world: _World, step: NightStep) -> NightStep | None:
    """A plan that an earlier night had approved, and whose people were asked: published once all answered."""
    for one in _earlier_steps(world):
        if (one.family, one.kind, one.outcome) != (step.family, step.kind, Outcome.ASKED):
            continue
        plan = plan_if(world.connection, world.night.network, one.plan)
        if plan is None or plan.state != "approved" or world.night.rehearsal:
            continue
        kept = step.model_copy(update={"plan": plan.id, "counts": one.counts, "changes": one.changes})
        if waiting := standing_of(world.connection, plan).waiting:
            return _done(kept, Outcome.ASKED, f"{len(waiting)} pairs or groups still wait for an answer.")
        job = queue_publication(world.connection, plan.network, plan.id, plan.version, world.now)
        return kept.model_copy(update={"outcome": Outcome.PUBLISHING, "job": job.id, "tries": 1})
    return None


def _job_result(world: _World, step: NightStep) -> dict[str, Any] | NightStep | None:
    """What a step's job left; the step as it failed; None while it is at work."""
    assert step.job is not None
    try:
        job = find_job(world.connection, world.night.network, step.job)
    except NotFound:
        return _failed(step, "Its job was removed.")
    if not job.ended:
        return None
    if job.state == "cancelled":
        return _failed(step, "Its job was cancelled.")
    if job.state == "failed":
        problem = job.problem or {}
        if problem.get("code") == "conflict" and step.tries < MOST_TRIES:  # the world moved on: once more
            again = {"outcome": Outcome.WAITING, "job": None, "plan": None}
            _put_away(world, step)
            return step.model_copy(update=again)
        more = "".join(f" {one['detail']}" for one in problem.get("errors", ())[:3])
        return _failed(step, f"{problem.get('detail', 'Its job failed.')}{more}")
    return job.result or {}


def _judge(world: _World, step: NightStep) -> NightStep | None:
    """Compare the new plan with what is published, and go by the guards."""
    found = _job_result(world, step)
    if not isinstance(found, dict):
        return found
    connection, network = world.connection, world.night.network
    plan = find_plan(connection, network, found["plan"])
    before = plan_if(connection, network, step.before)
    facts = facts_of(connection, plan, before)
    counts = changes_in(plan.summary["counts"])
    told = {
        "plan": plan.id,
        "value": plan.summary["value"],
        "bound": plan.summary["bound"],
        "counts": counts,
        "fewest": fewest_changes(plan, facts),
        "guards": guard_lines(facts, world.policy),
        "changes": told_changes(connection, plan),
    }
    step = step.model_copy(update=told)
    if before is not None and not counts:
        discard(connection, network, plan.id, plan.version, world.now)
        return _done(step, Outcome.UNCHANGED, "Nothing is to be changed.")
    if world.night.rehearsal:
        discard(connection, network, plan.id, plan.version, world.now)
        outcome = Outcome.PROPOSED if _passes(step) else Outcome.HELD
        return _done(step, outcome, "A rehearsal: the plan was put away.")
    _replace_proposals(world, plan.program, plan.cycle, step)
    if not _passes(step):
        stands = " ".join(one.sentence for one in step.guards if not one.passed)
        return _done(step, Outcome.HELD, f"It waits for a coordinator. {stands}")
    if world.night.mode is NightMode.PROPOSE:
        return _done(step, Outcome.PROPOSED, "It waits for a coordinator, as the policy says.")
    approved = approve(connection, network, plan.id, plan.version, world.settings, world.now)
    if standing_of(connection, approved).waiting:
        return _done(
            step, Outcome.ASKED, "It is approved: the people of new pairs or groups are asked first."
        )
    job = queue_publication(connection, network, plan.id, approved.version, world.now)
    return step.model_copy(update={"outcome": Outcome.PUBLISHING, "job": job.id})


def _passes(step: NightStep) -> bool:
    return all(one.passed for one in step.guards)


def _done(step: NightStep, outcome: Outcome, sentence: str) -> NightStep:
    return step.model_copy(update={"outcome": outcome, "sentence": sentence, "job": None})


def _publish(world: _World, step: NightStep) -> NightStep | None:
    found = _job_result(world, step)
    if not isinstance(found, dict):
        return found
    told = f"{found['changed']} sessions changed, {found['mails']} mails, {found['feeds']} feeds."
    return _done(step, Outcome.PUBLISHED, told)


def _put_away(world: _World, step: NightStep) -> None:
    """Discard the plan of a try that could not be published."""
    plan = plan_if(world.connection, world.night.network, step.plan)
    if plan is not None and plan.state in _OPEN:
        discard(world.connection, world.night.network, plan.id, plan.version, world.now)


def _replace_proposals(world: _World, program: str, cycle: str, step: NightStep) -> None:
    """Put away what earlier nights proposed and nobody took up: the new plan says the same, newer."""
    wanted = {
        "program": program,
        "cycle": cycle,
        "family": Family(step.family).value,
        "kind": step.kind.value if step.kind is not None else "",
        "state": "proposed",
    }
    mine = {f"{one.plan}" for one in _earlier_steps(world)}
    for plan in list_plans(world.connection, world.night.network, "", 100, wanted):
        if plan.id in mine and plan.id != step.plan and plan.revision == 1:
            try:
                discard(world.connection, world.night.network, plan.id, plan.version, world.now)
            except (Conflict, Stale):
                continue


def _earlier_steps(world: _World) -> list[NightStep]:
    night = world.night
    earlier = list_nights(world.connection, night.network, night.id, 30, night.program)
    return [step for one in earlier for step in one.steps if step.plan is not None]


def _ended(night: Night, now: datetime) -> Night:
    """The night with its outcome: failed where a step did, held where a guard kept something back."""
    outcomes = {one.outcome for one in night.steps}
    state = NightState.DONE
    if outcomes & {Outcome.FAILED, Outcome.SKIPPED}:
        state = NightState.FAILED
    elif Outcome.HELD in outcomes:
        state = NightState.HELD
    said = ", ".join(f"{one.name} {one.outcome.value}" for one in night.steps)
    sentence = f"{said[:1].upper()}{said[1:]}."
    return night.model_copy(
        update={"state": state, "ended_at": now.replace(microsecond=0), "sentence": sentence}
    )

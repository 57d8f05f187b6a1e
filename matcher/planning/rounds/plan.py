"""The use case "form rounds": document, or bare members, -> instance -> answer -> audited plan."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.domain.errors import InputError
from matcher.domain.plan import PlanSource, PolicyName
from matcher.domain.rounds_plan import RoundsPlan
from matcher.planning.outcome import effort_of, hash_of, merge_effort, source_row
from matcher.planning.rounds.changes import changes_of
from matcher.planning.rounds.instance import Asked, Prepared, prepare
from matcher.planning.rounds.report import body_of
from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.result import Effort

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource


def plan_rounds(
    source: NetworkSource,
    program_id: str | None,
    asked: Asked,
    limits: Limits,
    previous: RoundsPlan | None = None,
    previous_source: PlanSource | None = None,
) -> RoundsPlan:
    """Form the rounds of one program's cycle, checked without the solver before they leave.

    `previous` is a plan of an earlier cycle, whose meetings count as history, or of the same one, of which
    `asked.held` rounds took place and stay; `previous_source` says where it came from. Raises InputError for
    documents and previous plans that cannot be used, and for rounds that do not fit the cycle.
    """
    from solvers.pods.rounds.solve import solve

    effort = Effort()
    limits.tell("read")
    with effort.phase("prepare"):
        prepared = prepare(source, program_id, asked, previous)
    instance = prepared.instance
    limits.tell("solve")
    with effort.phase("solve"):
        answer = solve(instance, limits)
    merge_effort(effort, answer.effort)
    effort.counts["people"] = instance.n_people
    if previous is not None and previous_source is None:
        previous_source = source_row("previous", None, hash_of(previous.model_dump(mode="json")))
    return RoundsPlan.model_validate(
        {
            "network": source_row(source.header.id, source.path, source.sha256),
            "program": prepared.program.id,
            "cycle": prepared.program.cycle.id,
            "policy": PolicyName(id=prepared.policy.id, version=prepared.policy.version),
            "changes_policy": prepared.policy.pods.changes,
            "size": asked.size,
            "most_of_one": asked.most_of_one,
            "seed": limits.seed,
            **body_of(instance, answer, prepared.weeks, prepared.planned),
            "changes": changes_of(prepared, answer.rounds),
            "not_taking_part": prepared.others,
            "earlier": tuple((*pair, ago) for pair, ago in sorted(prepared.earlier.items())),
            "previous": prepared.before,
            "previous_plan": previous_source,
            "notes": _notes(prepared, asked, previous),
            "effort": effort_of(effort, input_hash(prepared, asked, limits.seed, previous_source)),
        }
    )


def input_hash(prepared: Prepared, asked: Asked, seed: int, previous: PlanSource | None) -> str:
    """SHA-256 over all that an answer depends on, but for time."""
    wanted = (asked.rounds, asked.size, asked.held, asked.most_of_one)
    return hash_of(
        prepared.source.sha256, prepared.program.id, "rounds", wanted, seed, previous and previous.sha256
    )


def _notes(prepared: Prepared, asked: Asked, previous: RoundsPlan | None) -> tuple[str, ...]:
    notes = []
    if prepared.any_time:
        told = f"{prepared.any_time} of those who take part name no weekly hours"
        notes.append(f"{told}: they are expected in every round but for leave.")
    if previous is not None and previous.cycle == prepared.program.cycle.id and not prepared.before:
        open_ = len(previous.rounds) > asked.held and asked.rounds > asked.held
        if open_:
            notes.append("The previous result has groups of another size: open rounds are formed anew.")
    return tuple(notes)


def plan_instance(path: Path, limits: Limits) -> RoundsPlan:
    """Form the rounds of a bare instance (`solvers.pods.rounds.explicit`): a document without profiles.

    Raises InputError for an instance that cannot be used.
    """
    from solvers.pods.rounds.explicit import load_instance
    from solvers.pods.rounds.solve import solve

    effort = Effort()
    with effort.phase("read"):
        try:
            instance = load_instance(path)
        except InstanceError as error:
            raise InputError(f"{path} is not a usable rounds instance: {error}") from error
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    limits.tell("solve")
    with effort.phase("solve"):
        answer = solve(instance, limits)
    merge_effort(effort, answer.effort)
    effort.counts["people"] = instance.n_people
    return RoundsPlan.model_validate(
        {
            "network": source_row(path.stem, path, sha256),
            "size": instance.size,
            "most_of_one": instance.most_of_one,
            "seed": limits.seed,
            **body_of(instance, answer, None),
            "effort": effort_of(effort, hash_of(sha256, limits.seed)),
        }
    )

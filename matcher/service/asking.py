"""Questions about plans, answered by a process that holds the plan: why, why not, and what an edit costs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.domain.explanation import MemberExplanation, PairExplanation
from matcher.domain.family import Family
from matcher.domain.pods_explanation import (
    PersonMoves,
    PodExplanation,
    SeatExplanation,
    SeatsExplanation,
)
from matcher.domain.rota_explanation import GroupTimes, RotaExplanation, TurnExplanation
from matcher.domain.rounds_explanation import RoundsExplanation
from matcher.jobs.kind import ANSWER, DOCUMENT, FAMILY, PLAN, SESSIONS, JobKind
from matcher.planning.around import AROUND
from matcher.service.families import ends_of
from matcher.service.turns import find_turn
from matcher.store.documents import write_snapshot
from matcher.store.errors import Conflict
from matcher.store.jobs import Job, enqueue
from matcher.store.plans import (
    PlanRow,
    find_plan,
    plan_around,
    plan_document,
    plan_sessions,
    snapshot_of,
)

if TYPE_CHECKING:
    from datetime import datetime

    from matcher.store.database import Connection
    from matcher.wiring import Services


def ask(services: Services, plan: PlanRow, question: dict[str, Any]) -> dict[str, Any]:
    """Ask the latest revision of a plan. Raises `Refused`, `AskerUnavailable`."""

    def load(folder: Path) -> None:
        with services.database.read() as connection:
            _write(connection, plan.network, plan.id, plan.revision, folder)
        (folder / FAMILY).write_text(plan.family, "utf-8")

    key = (plan.network, plan.id, plan.revision)
    return services.askers.ask(services.settings, key, load, question)


def _write(connection: Connection, network: str, plan: str, revision: int, folder: Path) -> None:
    """What a process needs to be asked about one revision of a plan."""
    body = plan_document(connection, network, plan, revision)
    sha256 = snapshot_of(connection, network, plan, revision)
    write_snapshot(connection, network, sha256, folder / DOCUMENT)
    (folder / PLAN).write_bytes(gzip.decompress(body))
    if (sessions := plan_sessions(connection, network, plan, revision)) is not None:
        (folder / SESSIONS).write_bytes(sessions)
    if (around := plan_around(connection, network, plan, revision)) is not None:
        (folder / AROUND).write_bytes(around)


def request_explanation(
    services: Services, network: str, identifier: str, question: dict[str, Any], seconds: int
) -> Job:
    """Queue a question whose answer is solved for, for so many seconds at most; it waits for no run.

    `question`: "learner" and "guide" of a plan of pairs; "pod", with or without "member", of one of pods.
    Raises `NotFound`, `Conflict` for a plan of another family.
    """
    asked = "pair" if "learner" in question else "seat" if "member" in question else "pod"
    family = Family.PAIRS if asked == "pair" else Family.PODS
    with services.database.write() as connection:
        plan = _of_family(connection, network, identifier, family)
        request = {
            "plan": plan.id,
            "family": plan.family,
            "revision": plan.revision,
            "seconds": seconds,
            "question": {"ask": asked, "around": True, "audience": "coordinator", **question},
        }
        job = enqueue(connection, network, "explain", request, services.now())
    services.wake.set()
    return job


def prepare_explain(services: Services, job: Job, folder: Path) -> None:
    """The plan and the document that it was made from."""
    with services.database.read() as connection:
        _write(connection, job.network, job.request["plan"], job.request["revision"], folder)


def store_explain(connection: Connection, job: Job, folder: Path, now: datetime) -> dict[str, Any]:
    """The answer, under "pair", "seat" or "pod"."""
    request = job.request
    found = json.loads((folder / ANSWER).read_bytes())
    return {
        "plan": request["plan"],
        "revision": request["revision"],
        request["question"]["ask"]: found,
    }


EXPLAIN = JobKind(prepare_explain, store_explain, aside=True)
"""A question about one revision of a plan that is solved for."""


def explain_pair(
    services: Services, network: str, plan: str, learner: str, guide: str, audience: str
) -> PairExplanation:
    """Why two people are a pair of a plan, or why not, for one audience ("coordinator", "member:ID",
    "organization:ID"). Raises `NotFound`, `Refused`, `AskerUnavailable`."""
    question = {"ask": "pair", "learner": learner, "guide": guide, "audience": audience}
    return PairExplanation.model_validate(_asked(services, network, plan, Family.PAIRS, question))


def explain_seat(
    services: Services, network: str, plan: str, member: str, pod: str, audience: str
) -> SeatExplanation:
    """Why a member is in a pod of a plan, or why not. Audiences and errors as in `explain_pair`."""
    question = {"ask": "seat", "member": member, "pod": pod, "audience": audience}
    return SeatExplanation.model_validate(_asked(services, network, plan, Family.PODS, question))


def explain_member(
    services: Services, network: str, plan: str, member: str, audience: str
) -> MemberExplanation | SeatsExplanation | RoundsExplanation | RotaExplanation:
    """How a member stands in a plan. Audiences and errors as in `explain_pair`."""
    with services.database.read() as connection:
        row = find_plan(connection, network, plan)
    question = {"ask": "member", "member": member, "audience": audience}
    found = ends_of(row).member_answer.model_validate(ask(services, row, question))
    assert isinstance(found, MemberExplanation | SeatsExplanation | RoundsExplanation | RotaExplanation)
    return found


def explain_round(
    services: Services, network: str, plan: str, member: str, number: int, audience: str
) -> RoundsExplanation:
    """How a member stands in one round of a plan. Audiences and errors as in `explain_pair`."""
    question = {"ask": "member", "member": member, "round": number, "audience": audience}
    return RoundsExplanation.model_validate(_asked(services, network, plan, Family.ROUNDS, question))


def moves_of(services: Services, network: str, plan: str, member: str) -> PersonMoves:
    """Everything a member could do instead of their seats in a plan of pods, with what each costs.

    Raises `NotFound`, `Conflict` for a plan of pairs, `Refused`, `AskerUnavailable`.
    """
    question = {"ask": "moves", "member": member}
    return PersonMoves.model_validate(_asked(services, network, plan, Family.PODS, question))


def explain_pod(services: Services, network: str, plan: str, pod: str, audience: str) -> PodExplanation:
    """Why a pod of a plan runs, or why not. Audiences and errors as in `explain_pair`."""
    question = {"ask": "pod", "pod": pod, "audience": audience}
    return PodExplanation.model_validate(_asked(services, network, plan, Family.PODS, question))


def explain_turn(services: Services, network: str, plan: str, turn: str) -> TurnExplanation:
    """One turn of a rota, who else could take it, ranked by what that does, and who cannot by which rule.

    Raises `NotFound`, `Conflict` for a plan of another family, `Refused`, `AskerUnavailable`.
    """
    with services.database.read() as connection:
        row = find_turn(connection, find_plan(connection, network, plan), turn)
    question = {"ask": "turn", "turn": [row.key, row.index, row.role, row.number]}
    return TurnExplanation.model_validate(_asked(services, network, plan, Family.ROTA, question))


def explain_times(services: Services, network: str, plan: str, kind: str, key: Sequence[str]) -> GroupTimes:
    """The weekly times at which a group of a rota could meet. Errors as in `explain_turn`."""
    question = {"ask": "times", "kind": kind, "key": list(key)}
    return GroupTimes.model_validate(_asked(services, network, plan, Family.ROTA, question))


def _asked(
    services: Services, network: str, plan: str, family: Family, question: dict[str, Any]
) -> dict[str, Any]:
    with services.database.read() as connection:
        row = _of_family(connection, network, plan, family)
    return ask(services, row, question)


def _of_family(connection: Connection, network: str, plan: str, family: Family) -> PlanRow:
    row = find_plan(connection, network, plan)
    if row.family != family:
        raise Conflict(f"The plan {plan!r} holds {row.family}: this question is about {family.value}.")
    return row

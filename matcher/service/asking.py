"""Questions about plans, answered by a process that holds the plan: why, why not, and what an edit costs."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.domain.explanation import MemberExplanation, PairExplanation
from matcher.domain.family import Family
from matcher.domain.pods_explanation import PersonMoves, SeatExplanation, SeatsExplanation
from matcher.domain.rota_explanation import GroupTimes, RotaExplanation, TurnExplanation
from matcher.jobs.kind import DOCUMENT, FAMILY, PLAN, WORLD
from matcher.service.families import ends_of
from matcher.service.turns import find_turn
from matcher.store.documents import write_snapshot
from matcher.store.errors import Conflict
from matcher.store.plans import PlanRow, find_plan, plan_around, plan_document

if TYPE_CHECKING:
    from matcher.wiring import Services


def ask(services: Services, plan: PlanRow, question: dict[str, Any]) -> dict[str, Any]:
    """Ask the latest revision of a plan. Raises `Refused`, `AskerUnavailable`."""

    def load(folder: Path) -> None:
        with services.database.read() as connection:
            body = plan_document(connection, plan.network, plan.id, plan.revision)
            around = plan_around(connection, plan.network, plan.id, plan.revision)
            write_snapshot(connection, plan.network, plan.snapshot, folder / DOCUMENT)
        (folder / PLAN).write_bytes(gzip.decompress(body))
        (folder / FAMILY).write_text(plan.family, "utf-8")
        if around is not None:
            (folder / WORLD).write_bytes(around)

    key = (plan.network, plan.id, plan.revision)
    return services.askers.ask(services.settings, key, load, question)


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
) -> MemberExplanation | SeatsExplanation | RotaExplanation:
    """How a member stands in a plan. Audiences and errors as in `explain_pair`."""
    with services.database.read() as connection:
        row = find_plan(connection, network, plan)
    question = {"ask": "member", "member": member, "audience": audience}
    found = ends_of(row).member_answer.model_validate(ask(services, row, question))
    assert isinstance(found, MemberExplanation | SeatsExplanation | RotaExplanation)
    return found


def moves_of(services: Services, network: str, plan: str, member: str) -> PersonMoves:
    """Everything a member could do instead of their seats in a plan of pods, with what each costs.

    Raises `NotFound`, `Conflict` for a plan of pairs, `Refused`, `AskerUnavailable`.
    """
    question = {"ask": "moves", "member": member}
    return PersonMoves.model_validate(_asked(services, network, plan, Family.PODS, question))


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
        row = find_plan(connection, network, plan)
    if row.family != family:
        raise Conflict(f"The plan {plan!r} holds {row.family}: this question is about {family.value}.")
    return ask(services, row, question)

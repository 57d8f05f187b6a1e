"""Questions about plans, answered by a process that holds the plan: why, why not, and what an edit costs."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.domain.explanation import MemberExplanation, PairExplanation
from matcher.jobs.kind import DOCUMENT, FAMILY, PLAN
from matcher.store.documents import write_snapshot
from matcher.store.plans import PlanRow, find_plan, plan_document

if TYPE_CHECKING:
    from matcher.wiring import Services


def ask(services: Services, plan: PlanRow, question: dict[str, Any]) -> dict[str, Any]:
    """Ask the latest revision of a plan. Raises `Refused`, `AskerUnavailable`."""

    def load(folder: Path) -> None:
        with services.database.read() as connection:
            body = plan_document(connection, plan.network, plan.id, plan.revision)
            write_snapshot(connection, plan.network, plan.snapshot, folder / DOCUMENT)
        (folder / PLAN).write_bytes(gzip.decompress(body))
        (folder / FAMILY).write_text(plan.family, "utf-8")

    key = (plan.network, plan.id, plan.revision)
    return services.askers.ask(services.settings, key, load, question)


def explain_pair(
    services: Services, network: str, plan: str, learner: str, guide: str, audience: str
) -> PairExplanation:
    """Why two people are a pair of a plan, or why not, for one audience ("coordinator", "member:ID",
    "organization:ID"). Raises `NotFound`, `Refused`, `AskerUnavailable`."""
    question = {"ask": "pair", "learner": learner, "guide": guide, "audience": audience}
    return PairExplanation.model_validate(ask(services, _plan(services, network, plan), question))


def explain_member(
    services: Services, network: str, plan: str, member: str, audience: str
) -> MemberExplanation:
    """How a member stands in a plan. Audiences and errors as in `explain_pair`."""
    question = {"ask": "member", "member": member, "audience": audience}
    return MemberExplanation.model_validate(ask(services, _plan(services, network, plan), question))


def _plan(services: Services, network: str, plan: str) -> PlanRow:
    with services.database.read() as connection:
        return find_plan(connection, network, plan)
